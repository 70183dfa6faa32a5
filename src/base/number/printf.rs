//! C's `printf` conversions of numbers, byte for byte as glibc does them.

use super::digits;
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

impl FloatSpec {
    /// Returns about how many digits converting `n` makes.
    pub fn digits(&self, n: f64) -> usize {
        // A little more than log10(2) for each bit before the point.
        let bits = ((n.to_bits() >> 52) as usize & 0x7ff).saturating_sub(1023) % 1024;
        self.precision.unwrap_or(6) + bits * 5 / 16
    }
}

/// Appends a float converted as C's `printf` would.
pub fn format_double(spec: FloatSpec, n: f64, out: &mut Vec<u8>) {
    let start = out.len();
    let magnitude = n.abs();
    let mut zero = spec.flags.zero;
    out.extend_from_slice(sign_text(n.is_sign_negative(), spec.flags));
    let mut prefix = out.len();
    if !n.is_finite() {
        out.extend_from_slice(if n.is_nan() { b"nan" } else { b"inf" });
        zero = false;
    } else {
        match spec.conv.to_ascii_lowercase() {
            b'a' => {
                out.extend_from_slice(b"0x");
                prefix = out.len();
                hexadecimal(magnitude, spec, out);
            }
            b'e' => exponential(magnitude, spec, out),
            b'g' => general(magnitude, spec, out),
            _ => fixed(magnitude, spec, out),
        }
    }
    if spec.conv.is_ascii_uppercase() {
        out[start..].make_ascii_uppercase();
    }
    pad(out, start, prefix - start, spec.flags.minus, zero, spec.width);
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
    let start = out.len();
    let signed = matches!(conv, b'd' | b'i');
    if signed {
        out.extend_from_slice(sign_text(n < 0, flags));
    }
    if flags.alt && n != 0 && matches!(conv, b'x' | b'X') {
        out.extend_from_slice(&[b'0', conv]);
    }
    let prefix = out.len() - start;
    let magnitude = if signed { n.unsigned_abs() } else { n as u64 };
    // At most 22 octal digits.
    let mut text = [0; 22];
    let mut first = text.len();
    let (shift, letters) = match conv {
        b'x' => (4, b"0123456789abcdef"),
        b'X' => (4, b"0123456789ABCDEF"),
        _ => (3, b"01234567........"),
    };
    let mut rest = magnitude;
    while rest > 0 {
        first -= 1;
        if matches!(conv, b'x' | b'X' | b'o') {
            text[first] = letters[rest as usize & ((1 << shift) - 1)];
            rest >>= shift;
        } else {
            text[first] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
    }
    let digits = &text[first..];
    let mut wanted = precision.unwrap_or(1);
    if flags.alt && conv == b'o' {
        wanted = wanted.max(digits.len() + 1);
    }
    push_repeated(b'0', wanted.saturating_sub(digits.len()), out);
    out.extend_from_slice(digits);
    pad(out, start, prefix, flags.minus, flags.zero && precision.is_none(), width);
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

/// Widens what was appended at `start`: with spaces before or behind, or with zeros
/// between the first `prefix` bytes and the others.
fn pad(
    out: &mut Vec<u8>,
    start: usize,
    prefix: usize,
    left: bool,
    zero: bool,
    width: Option<usize>,
) {
    let end = out.len();
    let fill = width.unwrap_or(0).saturating_sub(end - start);
    if fill == 0 {
        return;
    }
    push_repeated(b' ', fill, out);
    if !left {
        let from = if zero { start + prefix } else { start };
        out.copy_within(from..end, from + fill);
        out[from..from + fill].fill(if zero { b'0' } else { b' ' });
    }
}

fn push_repeated(byte: u8, count: usize, out: &mut Vec<u8>) {
    out.resize(out.len() + count, byte);
}

fn fixed(n: f64, spec: FloatSpec, out: &mut Vec<u8>) {
    let precision = spec.precision.unwrap_or(6);
    let (digits, whole) = digits::fixed(n, precision);
    if whole == 0 {
        out.push(b'0');
    }
    out.extend_from_slice(&digits[..whole]);
    if precision > 0 || spec.flags.alt {
        out.push(b'.');
    }
    out.extend_from_slice(&digits[whole..]);
}

fn exponential(n: f64, spec: FloatSpec, out: &mut Vec<u8>) {
    let (digits, exponent) = digits::scientific(n, spec.precision.unwrap_or(6) + 1);
    push_scientific(&digits, exponent, spec.flags.alt, out);
}

fn push_scientific(digits: &[u8], exponent: i32, alt: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(&digits[..1]);
    if digits.len() > 1 || alt {
        out.push(b'.');
    }
    out.extend_from_slice(&digits[1..]);
    let sign = if exponent < 0 { b'-' } else { b'+' };
    let number = exponent.unsigned_abs();
    out.extend_from_slice(&[b'e', sign]);
    if number >= 100 {
        out.push(b'0' + (number / 100) as u8);
    }
    out.extend_from_slice(&[b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]);
}

fn general(n: f64, spec: FloatSpec, out: &mut Vec<u8>) {
    let precision = spec.precision.unwrap_or(6).max(1);
    let (mut digits, exponent) = digits::scientific(n, precision);
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
    out.push(b'0' + (mantissa >> 52) as u8);
    if shown + zeros > 0 || spec.flags.alt {
        out.push(b'.');
    }
    for digit in 0..shown {
        out.push(b"0123456789abcdef"[(mantissa >> (48 - 4 * digit)) as usize & 0xf]);
    }
    push_repeated(b'0', zeros, out);
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(out, "p{sign}{}", exponent.unsigned_abs());
}
