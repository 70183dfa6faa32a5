//! C's `printf` conversions of numbers, byte for byte as glibc does them.

use std::io::Write;

/// The flags of a conversion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `-`: pad on the right.
    pub minus: bool,
    /// `+`: show a plus sign.
    pub plus: bool,
    /// A space where a plus sign would stand.
    pub space: bool,
    /// `#`: the alternate form.
    pub alt: bool,
    /// `0`: pad with zeros after the sign.
    pub zero: bool,
}

/// A conversion of a float.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloatSpec {
    /// One of `e`, `f`, `g`, `a` or its capital.
    pub conv: u8,
    /// The flags.
    pub flags: Flags,
    /// The least number of bytes.
    pub width: Option<usize>,
    /// The precision; 6, or for `a` whatever is exact, if missing.
    pub precision: Option<usize>,
}

/// More digits than any double has after its point; what is asked beyond is zeros.
const EXACT_DIGITS: usize = 1100;

/// Appends a float converted as C's `printf` would.
pub fn format_double(spec: FloatSpec, n: f64, out: &mut Vec<u8>) {
    let upper = spec.conv.is_ascii_uppercase();
    let conv = spec.conv.to_ascii_lowercase();
    let magnitude = n.abs();
    let mut prefix = sign_text(n.is_sign_negative(), spec.flags).to_vec();
    let mut body = Vec::new();
    let mut zero = spec.flags.zero;
    if !n.is_finite() {
        body.extend_from_slice(if n.is_nan() { b"nan" } else { b"inf" });
        zero = false;
    } else {
        match conv {
            b'a' => {
                prefix.extend_from_slice(b"0x");
                hexadecimal(magnitude, spec, &mut body);
            }
            b'e' => exponential(magnitude, spec, &mut body),
            b'g' => general(magnitude, spec, &mut body),
            _ => fixed(magnitude, spec, &mut body),
        }
    }
    if upper {
        prefix.make_ascii_uppercase();
        body.make_ascii_uppercase();
    }
    pad(&prefix, &body, spec.flags.minus, zero, spec.width, out);
}

/// Appends an integer converted as C's `printf` would with `%ll` and `conv`,
/// one of `d`, `i`, `u`, `x`, `X`, `o`.
pub fn format_int_spec(
    flags: Flags,
    width: Option<usize>,
    precision: Option<usize>,
    conv: u8,
    n: i64,
    out: &mut Vec<u8>,
) {
    let signed = matches!(conv, b'd' | b'i');
    let mut prefix = Vec::new();
    let mut digits = Vec::new();
    // Writing to a vector cannot fail.
    let _ = match conv {
        b'd' | b'i' => write!(digits, "{}", n.unsigned_abs()),
        b'x' => write!(digits, "{:x}", n as u64),
        b'X' => write!(digits, "{:X}", n as u64),
        b'o' => write!(digits, "{:o}", n as u64),
        _ => write!(digits, "{}", n as u64),
    };
    if signed {
        prefix.extend_from_slice(sign_text(n < 0, flags));
    }
    if precision == Some(0) && n == 0 {
        digits.clear();
    }
    let missing = precision.unwrap_or(0).saturating_sub(digits.len());
    let mut body = vec![b'0'; missing];
    body.append(&mut digits);
    if flags.alt {
        match conv {
            b'x' | b'X' if n != 0 => prefix.extend_from_slice(&[b'0', conv]),
            b'o' if body.first() != Some(&b'0') => body.insert(0, b'0'),
            _ => {}
        }
    }
    let zero = flags.zero && precision.is_none();
    pad(&prefix, &body, flags.minus, zero, width, out);
}

fn sign_text(negative: bool, flags: Flags) -> &'static [u8] {
    if negative {
        b"-"
    } else if flags.plus {
        b"+"
    } else if flags.space {
        b" "
    } else {
        b""
    }
}

fn pad(
    prefix: &[u8],
    body: &[u8],
    left: bool,
    zero: bool,
    width: Option<usize>,
    out: &mut Vec<u8>,
) {
    let len = prefix.len() + body.len();
    let fill = width.unwrap_or(0).saturating_sub(len);
    if !left && !zero {
        push_repeated(b' ', fill, out);
    }
    out.extend_from_slice(prefix);
    if !left && zero {
        push_repeated(b'0', fill, out);
    }
    out.extend_from_slice(body);
    if left {
        push_repeated(b' ', fill, out);
    }
}

fn push_repeated(byte: u8, count: usize, out: &mut Vec<u8>) {
    out.resize(out.len() + count, byte);
}

fn fixed(n: f64, spec: FloatSpec, out: &mut Vec<u8>) {
    let precision = spec.precision.unwrap_or(6);
    let exact = precision.min(EXACT_DIGITS);
    let _ = write!(out, "{n:.exact$}");
    push_repeated(b'0', precision - exact, out);
    if precision == 0 && spec.flags.alt {
        out.push(b'.');
    }
}

/// Returns the digits of `n` rounded to `1 + after` of them, without a point,
/// and the decimal exponent of the first.
fn scientific(n: f64, after: usize) -> (Vec<u8>, i32) {
    let exact = after.min(EXACT_DIGITS);
    let text = format!("{n:.exact$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut digits: Vec<u8> = mantissa.bytes().filter(|&b| b != b'.').collect();
    push_repeated(b'0', after - exact, &mut digits);
    (digits, exponent.parse().unwrap_or(0))
}

fn exponential(n: f64, spec: FloatSpec, out: &mut Vec<u8>) {
    let (digits, exponent) = scientific(n, spec.precision.unwrap_or(6));
    push_scientific(&digits, exponent, spec.flags.alt, out);
}

fn push_scientific(digits: &[u8], exponent: i32, alt: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(&digits[..1]);
    if digits.len() > 1 || alt {
        out.push(b'.');
    }
    out.extend_from_slice(&digits[1..]);
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(out, "e{sign}{:02}", exponent.unsigned_abs());
}

fn general(n: f64, spec: FloatSpec, out: &mut Vec<u8>) {
    let precision = spec.precision.unwrap_or(6).max(1);
    let (mut digits, exponent) = scientific(n, precision - 1);
    if !spec.flags.alt {
        let kept = digits.iter().rposition(|&b| b != b'0').map_or(1, |last| last + 1);
        digits.truncate(kept);
    }
    if exponent < -4 || i64::from(exponent) >= precision as i64 {
        push_scientific(&digits, exponent, spec.flags.alt, out);
        return;
    }
    if exponent < 0 {
        out.extend_from_slice(b"0.");
        push_repeated(b'0', (-1 - exponent) as usize, out);
        out.extend_from_slice(&digits);
        return;
    }
    let whole = exponent as usize + 1;
    if digits.len() < whole {
        push_repeated(b'0', whole - digits.len(), &mut digits);
    }
    out.extend_from_slice(&digits[..whole]);
    if digits.len() > whole || spec.flags.alt {
        out.push(b'.');
    }
    out.extend_from_slice(&digits[whole..]);
}

/// Appends what follows `0x`. As in glibc the leading digit of a subnormal is
/// 0, and rounding may make a leading digit one larger.
fn hexadecimal(n: f64, spec: FloatSpec, out: &mut Vec<u8>) {
    const FRACTION_DIGITS: usize = 13;
    let bits = n.to_bits();
    let field = (bits >> 52) as i32 & 0x7ff;
    let hidden = u64::from(field != 0) << 52;
    let mut mantissa = (bits & ((1 << 52) - 1)) | hidden;
    let exponent = match field {
        0 if mantissa == 0 => 0,
        0 => -1022,
        _ => field - 1023,
    };
    let mut shown = FRACTION_DIGITS;
    let mut zeros = 0;
    match spec.precision {
        Some(precision) if precision < FRACTION_DIGITS => {
            let drop = 4 * (FRACTION_DIGITS - precision);
            let half = 1u64 << (drop - 1);
            let rest = mantissa & ((1 << drop) - 1);
            let odd = (mantissa >> drop) & 1 == 1;
            if rest > half || (rest == half && odd) {
                mantissa += 1 << drop;
            }
            shown = precision;
        }
        Some(precision) => zeros = precision - FRACTION_DIGITS,
        None => {
            while shown > 0 && (mantissa >> (4 * (FRACTION_DIGITS - shown))) & 0xf == 0 {
                shown -= 1;
            }
        }
    }
    let _ = write!(out, "{:x}", mantissa >> 52);
    if shown + zeros > 0 || spec.flags.alt {
        out.push(b'.');
    }
    for digit in 0..shown {
        let _ = write!(out, "{:x}", (mantissa >> (48 - 4 * digit)) & 0xf);
    }
    push_repeated(b'0', zeros, out);
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(out, "p{sign}{}", exponent.unsigned_abs());
}
