//! Text to numbers.

use super::Number;
use super::decimal::{parse_decimal, parse_exponent};

/// Reads a whole string as a Lua numeral with an optional sign and surrounding
/// white space (manual §3.1, §3.4.3). Returns `None` if it is anything else.
///
/// Decimal integers that do not fit become floats; hexadecimal integers wrap
/// around modulo 2^64. Takes time linear in the length.
pub(crate) fn parse_number(s: &[u8]) -> Option<Number> {
    let s = trim(s);
    let (negative, digits) = match s.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, s),
    };
    if let [b'0', b'x' | b'X', hex @ ..] = digits {
        return parse_hex(hex, negative);
    }
    if let Some(n) = parse_decimal_integer(digits, negative) {
        return Some(Number::Integer(n));
    }
    let value = parse_decimal(digits)?;
    Some(Number::Float(if negative { -value } else { value }))
}

/// Whether C's `isspace` holds in the "C" locale.
fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t'..=b'\r')
}

fn trim(mut s: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = s
        && is_space(*first)
    {
        s = rest;
    }
    while let [rest @ .., last] = s
        && is_space(*last)
    {
        s = rest;
    }
    s
}

fn parse_decimal_integer(digits: &[u8], negative: bool) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    let zeros = digits.iter().position(|&b| b != b'0').unwrap_or(digits.len());
    // Accumulated as a negative number, whose range is one larger.
    let mut n = 0i64;
    for &b in &digits[zeros..] {
        if !b.is_ascii_digit() {
            return None;
        }
        n = n.checked_mul(10)?.checked_sub(i64::from(b - b'0'))?;
    }
    if negative { Some(n) } else { n.checked_neg() }
}

/// Returns the value of a hexadecimal digit.
fn hex_value(b: u8) -> Option<u8> {
    char::from(b).to_digit(16).map(|v| v as u8)
}

/// Parses what follows `0x`: an integer unless it has a point or an exponent.
fn parse_hex(s: &[u8], negative: bool) -> Option<Number> {
    let mut wrapped = 0u64;
    let mut count = 0;
    for &b in s {
        let Some(digit) = hex_value(b) else { break };
        wrapped = (wrapped << 4) | u64::from(digit);
        count += 1;
    }
    if count == s.len() {
        if count == 0 {
            return None;
        }
        let n = if negative { wrapped.wrapping_neg() } else { wrapped };
        return Some(Number::Integer(n as i64));
    }
    let value = parse_hex_float(s)?;
    Some(Number::Float(if negative { -value } else { value }))
}

fn parse_hex_float(s: &[u8]) -> Option<f64> {
    let mut mantissa = 0u64;
    let mut sticky = false;
    let mut exponent = 0i64;
    let mut any = false;
    let mut point = false;
    let mut at = 0;
    while let Some(&b) = s.get(at) {
        if b == b'.' && !point {
            point = true;
        } else if let Some(digit) = hex_value(b) {
            any = true;
            if mantissa >> 60 == 0 {
                mantissa = (mantissa << 4) | u64::from(digit);
                exponent -= if point { 4 } else { 0 };
            } else {
                sticky |= digit != 0;
                exponent += if point { 0 } else { 4 };
            }
        } else {
            break;
        }
        at += 1;
    }
    if !any {
        return None;
    }
    if let Some(b'p' | b'P') = s.get(at) {
        exponent = exponent.saturating_add(parse_exponent(&s[at + 1..])?);
    } else if at != s.len() {
        return None;
    }
    Some(assemble(mantissa, exponent, sticky))
}

/// Returns the double nearest to `mantissa` × 2^`exponent`, ties to even;
/// `sticky` says that non-zero bits lie below the mantissa's last one.
fn assemble(mantissa: u64, exponent: i64, sticky: bool) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let shift_up = mantissa.leading_zeros();
    let m = mantissa << shift_up;
    // The value is m / 2^63 × 2^top with m / 2^63 in [1, 2).
    let top = exponent.saturating_sub(i64::from(shift_up)).saturating_add(63);
    if top > 1023 {
        return f64::INFINITY;
    }
    if top < -1080 {
        return 0.0;
    }
    let below = (-1022 - top).max(0);
    let drop = (11 + below) as u32;
    // 128 bits so that a drop of 64 and more needs no special case.
    let wide = u128::from(m);
    let kept = (wide >> drop) as u64;
    let rest = wide & ((1u128 << drop) - 1);
    let half = 1u128 << (drop - 1);
    let up = rest > half || (rest == half && (sticky || kept & 1 == 1));
    // For normal numbers `kept` holds the hidden bit, which adds one to the
    // exponent field; a carry out of the fraction adds one more, as it should.
    let field = if below > 0 { 0 } else { (top + 1022) as u64 };
    f64::from_bits((field << 52) + kept + u64::from(up))
}
