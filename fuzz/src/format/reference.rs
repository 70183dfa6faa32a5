//! C's `printf`, one conversion at a time, in the locale "C".

use moonfuel::HostValue;

pub(super) struct Spec {
    pub(super) flags: Vec<u8>,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) conversion: u8,
}

impl Spec {
    pub(super) fn text(&self) -> Vec<u8> {
        let mut text = vec![b'%'];
        text.extend(&self.flags);
        text.extend(self.width.iter().flat_map(|width| width.to_string().into_bytes()));
        text.extend(self.precision.iter().flat_map(|p| format!(".{p}").into_bytes()));
        text.push(self.conversion);
        text
    }

    fn has(&self, flag: u8) -> bool {
        self.flags.contains(&flag)
    }

    fn sign(&self, negative: bool) -> &'static str {
        match negative {
            true => "-",
            false if self.has(b'+') => "+",
            false if self.has(b' ') => " ",
            false => "",
        }
    }

    /// Fills up to the width: what stands before zeros, and the rest.
    fn padded(&self, before: &str, text: &[u8], zeros: bool) -> Vec<u8> {
        let missing = self.width.unwrap_or(0).saturating_sub(before.len() + text.len());
        let fill = |byte: u8| vec![byte; missing];
        let before = before.as_bytes();
        match (self.has(b'-'), zeros) {
            (true, _) => [before, text, &fill(b' ')].concat(),
            (false, true) => [before, &fill(b'0'), text].concat(),
            (false, false) => [&fill(b' ')[..], before, text].concat(),
        }
    }
}

/// What a conversion writes; nothing where Lua refuses.
pub(super) fn shown(spec: &Spec, arg: &HostValue) -> Option<Vec<u8>> {
    Some(match (spec.conversion, arg) {
        (b'q', arg) => quoted(arg),
        (b'c', HostValue::Integer(n)) => spec.padded("", &[*n as u8], false),
        (b's', HostValue::String(text)) => return string(spec, text),
        (conversion, HostValue::Integer(n)) => integer(spec, conversion, *n),
        (conversion, HostValue::Number(n)) => float(spec, conversion, *n),
        _ => return None,
    })
}

/// `%q` of a number: text that reads as the number.
fn quoted(arg: &HostValue) -> Vec<u8> {
    let text = match arg {
        HostValue::Integer(i64::MIN) => "0x8000000000000000".to_owned(),
        HostValue::Integer(n) => n.to_string(),
        HostValue::Number(n) if n.is_nan() => "(0/0)".to_owned(),
        HostValue::Number(n) if n.is_infinite() && *n > 0.0 => "1e9999".to_owned(),
        HostValue::Number(n) if n.is_infinite() => "-1e9999".to_owned(),
        HostValue::Number(n) => {
            let sign = if n.is_sign_negative() { "-" } else { "" };
            format!("{sign}{}", hexadecimal(n.abs(), None, false))
        }
        _ => String::new(),
    };
    text.into_bytes()
}

fn string(spec: &Spec, text: &[u8]) -> Option<Vec<u8>> {
    if spec.width.is_none() && spec.precision.is_none() && spec.flags.is_empty() {
        return Some(text.to_vec());
    }
    if text.contains(&0) {
        return None;
    }
    if spec.precision.is_none() && text.len() >= 100 {
        return Some(text.to_vec());
    }
    let kept = spec.precision.unwrap_or(usize::MAX).min(text.len());
    Some(spec.padded("", &text[..kept], false))
}

fn integer(spec: &Spec, conversion: u8, n: i64) -> Vec<u8> {
    let bits = n.cast_unsigned();
    let (before, mut digits) = match conversion {
        b'd' | b'i' => (spec.sign(n < 0), n.unsigned_abs().to_string()),
        b'u' => ("", bits.to_string()),
        b'x' => (if spec.has(b'#') && n != 0 { "0x" } else { "" }, format!("{bits:x}")),
        b'X' => (if spec.has(b'#') && n != 0 { "0X" } else { "" }, format!("{bits:X}")),
        _ => ("", format!("{bits:o}")),
    };
    if let Some(precision) = spec.precision {
        if n == 0 && precision == 0 {
            digits.clear();
        }
        digits.insert_str(0, &"0".repeat(precision.saturating_sub(digits.len())));
    }
    if conversion == b'o' && spec.has(b'#') && !digits.starts_with('0') {
        digits.insert(0, '0');
    }
    spec.padded(before, digits.as_bytes(), spec.has(b'0') && spec.precision.is_none())
}

fn float(spec: &Spec, conversion: u8, n: f64) -> Vec<u8> {
    let upper = conversion.is_ascii_uppercase();
    let cased = |text: String| if upper { text.to_ascii_uppercase() } else { text };
    if !n.is_finite() {
        let text = cased(if n.is_nan() { "nan" } else { "inf" }.to_owned());
        // The machine's NaN is the one that operations give.
        return spec.padded(spec.sign(n.is_nan() || n < 0.0), text.as_bytes(), false);
    }
    let (sign, size) = (spec.sign(n.is_sign_negative()), n.abs());
    let alternative = spec.has(b'#');
    let precision = spec.precision.unwrap_or(6);
    let text = match conversion.to_ascii_lowercase() {
        b'a' => {
            let text = cased(hexadecimal(size, spec.precision, alternative));
            let before = format!("{sign}{}", &text[..2]);
            return spec.padded(&before, &text.as_bytes()[2..], spec.has(b'0'));
        }
        b'e' => scientific(size, precision, alternative),
        b'f' => with_point(format!("{size:.precision$}"), alternative),
        _ => general(size, precision.max(1), alternative),
    };
    spec.padded(sign, cased(text).as_bytes(), spec.has(b'0'))
}

fn with_point(text: String, point: bool) -> String {
    if point && !text.contains('.') { text + "." } else { text }
}

fn scientific(size: f64, precision: usize, alternative: bool) -> String {
    let text = format!("{size:.precision$e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = with_point(mantissa.to_owned(), alternative);
    let power: i32 = power.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
}

fn general(size: f64, digits: usize, alternative: bool) -> String {
    let text = scientific(size, digits - 1, true);
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let number: i32 = power.parse().unwrap_or(0);
    let short = |text: &str| match alternative {
        true => text.to_owned(),
        false => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
    };
    if number < -4 || number >= digits as i32 {
        return format!("{}e{power}", short(mantissa));
    }
    let behind = (digits as i32 - 1 - number) as usize;
    short(&with_point(format!("{size:.behind$}"), true))
}

/// `%a`: the bits as they are, the leading one before the point.
fn hexadecimal(size: f64, precision: Option<usize>, point: bool) -> String {
    let bits = size.to_bits();
    let (mut lead, mut fraction) = (u64::from(bits >> 52 != 0), bits & ((1 << 52) - 1));
    let power = match bits >> 52 {
        0 if fraction == 0 => 0,
        0 => -1_022,
        power => power as i64 - 1_023,
    };
    let mut digits = format!("{fraction:013x}");
    match precision {
        None => digits.truncate(digits.trim_end_matches('0').len()),
        Some(precision) if precision < 13 => {
            let shift = 4 * (13 - precision);
            let all = lead << 52 | fraction;
            let (rest, half) = (all & ((1 << shift) - 1), 1_u64 << (shift - 1));
            let mut kept = all >> shift;
            kept += u64::from(rest > half || (rest == half && kept & 1 == 1));
            lead = kept >> (4 * precision);
            fraction = kept & ((1_u64 << (4 * precision)) - 1);
            digits =
                if precision == 0 { String::new() } else { format!("{fraction:0precision$x}") };
        }
        Some(precision) => digits.push_str(&"0".repeat(precision - 13)),
    }
    let point = if digits.is_empty() && !point { "" } else { "." };
    format!("0x{lead}{point}{digits}p{power:+}")
}
