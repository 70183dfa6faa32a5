//! JSON as the lines of a trace have it: each value is written in one way only.

use crate::base::base64;
use std::io::Write;

/// Appends a string, or `{"$bytes":…}` for bytes that are no UTF-8.
pub(super) fn push_bytes(text: &mut Vec<u8>, bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(string) => push_str(text, string),
        Err(_) => {
            text.extend_from_slice(b"{\"$bytes\":\"");
            text.extend_from_slice(base64::encode(bytes).as_bytes());
            text.extend_from_slice(b"\"}");
        }
    }
}

/// Returns the bytes that a text of [`push_bytes`] stands for.
pub(super) fn decode_bytes(text: &[u8]) -> Option<Vec<u8>> {
    base64::decode(text)
}

/// Appends a string.
pub(super) fn push_str(text: &mut Vec<u8>, string: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    text.push(b'"');
    let bytes = string.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let short = match byte {
            b'"' | b'\\' => *byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0..0x20 => b'u',
            _ => continue,
        };
        text.extend_from_slice(&bytes[from..at]);
        text.extend_from_slice(&[b'\\', short]);
        if short == b'u' {
            let (high, low) = (byte >> 4, byte & 15);
            text.extend_from_slice(&[b'0', b'0', HEX[usize::from(high)], HEX[usize::from(low)]]);
        }
        from = at + 1;
    }
    text.extend_from_slice(&bytes[from..]);
    text.push(b'"');
}

/// Appends an integer.
pub(super) fn push_int(text: &mut Vec<u8>, int: i64) {
    if int < 0 {
        text.push(b'-');
    }
    push_digits(text, int.unsigned_abs());
}

/// Appends a count; one that is no integer of Lua's as a string.
pub(super) fn push_count(text: &mut Vec<u8>, count: u64) {
    let large = i64::try_from(count).is_err();
    text.extend(large.then_some(b'"'));
    push_digits(text, count);
    text.extend(large.then_some(b'"'));
}

fn push_digits(text: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut from = digits.len();
    loop {
        from -= 1;
        digits[from] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.extend_from_slice(&digits[from..]);
}

/// Appends a float, in such a way that it is read as the same one.
pub(super) fn push_float(text: &mut Vec<u8>, float: f64) {
    if float.is_finite() {
        // With a point or an exponent, and the fewest digits that tell it from others.
        let _ = write!(text, "{float:?}");
        return;
    }
    let name = match float {
        f64::INFINITY => "inf",
        f64::NEG_INFINITY => "-inf",
        _ => "nan",
    };
    let _ = write!(text, "{{\"$float\":\"{name}\"}}");
}

/// Appends bytes as hexadecimal digits.
pub(super) fn push_hex(text: &mut Vec<u8>, bytes: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        text.push(HEX[usize::from(byte >> 4)]);
        text.push(HEX[usize::from(byte & 15)]);
    }
}
