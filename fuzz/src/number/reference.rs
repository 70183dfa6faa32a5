//! Reading and showing numbers, as the manual and C describe it.

use moonfuel::HostValue;

/// Are two values the same number, to the bit? NaNs are one.
pub(super) fn same(a: &HostValue, b: &HostValue) -> bool {
    match (a, b) {
        (HostValue::Number(a), HostValue::Number(b)) => {
            a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
        }
        _ => a == b,
    }
}

fn is_space(byte: u8) -> bool {
    b" \t\n\r\x0b\x0c".contains(&byte)
}

fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_space(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_space(*last)
    {
        text = rest;
    }
    text
}

fn signed(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// Reads a numeral with white space around it.
pub(super) fn read(text: &[u8]) -> Option<HostValue> {
    let (negative, digits) = signed(trimmed(text));
    if let [b'0', b'x' | b'X', hex @ ..] = digits {
        return hexadecimal(hex, negative);
    }
    if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
        let value = digits.iter().try_fold(0_i128, |value, digit| {
            value.checked_mul(10)?.checked_add(i128::from(digit - b'0'))
        });
        let value = value.map(|value| if negative { -value } else { value });
        if let Some(Ok(value)) = value.map(i64::try_from) {
            return Some(HostValue::Integer(value));
        }
    }
    decimal(digits, negative)
}

fn decimal(text: &[u8], negative: bool) -> Option<HostValue> {
    let (mantissa, exponent) = match text.iter().position(|byte| byte.eq_ignore_ascii_case(&b'e')) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    if let Some(exponent) = exponent {
        let (_, digits) = signed(exponent);
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
    }
    let points = mantissa.iter().filter(|byte| **byte == b'.').count();
    let digits = mantissa.iter().filter(|byte| byte.is_ascii_digit()).count();
    if points > 1 || digits == 0 || points + digits != mantissa.len() {
        return None;
    }
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(HostValue::Number(if negative { -value } else { value }))
}

fn hexadecimal(text: &[u8], negative: bool) -> Option<HostValue> {
    let (mantissa, exponent) = match text.iter().position(|byte| byte.eq_ignore_ascii_case(&b'p')) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let digits = mantissa.iter().filter(|byte| byte.is_ascii_hexdigit()).count();
    let points = mantissa.iter().filter(|byte| **byte == b'.').count();
    if points > 1 || digits == 0 || points + digits != mantissa.len() {
        return None;
    }
    if exponent.is_none() && points == 0 {
        // Integers wrap around.
        let value = mantissa.iter().fold(0_i64, |value, digit| value << 4 | i64::from(hex(*digit)));
        return Some(HostValue::Integer(if negative { value.wrapping_neg() } else { value }));
    }
    let mut power: i128 = 0;
    if let Some(exponent) = exponent {
        let (below, digits) = signed(exponent);
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        for digit in digits {
            power = (power * 10 + i128::from(digit - b'0')).min(1 << 40);
        }
        if below {
            power = -power;
        }
    }
    let (mut bits, mut lost, mut behind) = (0_u128, false, false);
    for byte in mantissa {
        if *byte == b'.' {
            behind = true;
            continue;
        }
        if bits >> 120 == 0 {
            bits = bits << 4 | u128::from(hex(*byte));
            power -= if behind { 4 } else { 0 };
        } else {
            lost |= *byte != b'0';
            power += if behind { 0 } else { 4 };
        }
    }
    let value = scaled(bits, lost, power);
    Some(HostValue::Number(if negative { -value } else { value }))
}

fn hex(digit: u8) -> u8 {
    char::from(digit).to_digit(16).unwrap_or(0) as u8
}

/// `bits * 2^power`, to the nearest float; `lost` says that there was a little more.
fn scaled(bits: u128, lost: bool, power: i128) -> f64 {
    if bits == 0 {
        return 0.0;
    }
    let length = 128 - i128::from(bits.leading_zeros());
    let top = power + length - 1;
    if top > 1_023 {
        return f64::INFINITY;
    }
    // The value of the last bit that the float has.
    let unit = (top - 52).max(-1_074);
    let shift = unit - power;
    let kept = if shift <= 0 {
        bits << (-shift)
    } else if shift > 127 {
        // Less than a quarter of the smallest, or exactly known to be below a half.
        0
    } else {
        let rest = bits & ((1 << shift) - 1);
        let half = 1_u128 << (shift - 1);
        let kept = bits >> shift;
        let up = rest > half || (rest == half && (lost || kept & 1 == 1));
        kept + u128::from(up)
    };
    // At most 2^53, so both factors and the product are exact.
    let (first, second) = (unit / 2, unit - unit / 2);
    kept as f64 * 2_f64.powi(first as i32) * 2_f64.powi(second as i32)
}

/// Reads an integer in a base.
pub(super) fn based(text: &[u8], base: i64) -> Option<HostValue> {
    let (negative, digits) = signed(trimmed(text));
    if digits.is_empty() {
        return None;
    }
    let mut value = 0_i64;
    for digit in digits {
        let digit = char::from(*digit).to_digit(36)?;
        if i64::from(digit) >= base {
            return None;
        }
        value = value.wrapping_mul(base).wrapping_add(i64::from(digit));
    }
    Some(HostValue::Integer(if negative { value.wrapping_neg() } else { value }))
}

/// C's `%.{digits}g`.
pub(super) fn general(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        let sign = if value.is_sign_negative() { "-" } else { "" };
        return format!("{sign}{}", if value.is_nan() { "nan" } else { "inf" });
    }
    let scientific = format!("{value:.*e}", digits - 1);
    let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let short = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if power < -4 || power >= digits as i32 {
        let sign = if power < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", short(mantissa), power.abs());
    }
    short(&format!("{value:.*}", (digits as i32 - 1 - power) as usize))
}
