//! JSON as the lines of a trace have it: each value is written in one way only.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::Write;

#[cfg(test)]
mod tests;

/// Appends a string, or `{"$bytes":…}` for bytes that are no UTF-8.
pub(in crate::session) fn push_bytes(text: &mut Vec<u8>, bytes: &[u8]) {
    let from = text.len();
    if !push_quoted(text, bytes) {
        text.truncate(from);
        text.extend_from_slice(b"{\"$bytes\":\"");
        text.extend_from_slice(STANDARD.encode(bytes).as_bytes());
        text.extend_from_slice(b"\"}");
    }
}

/// Returns the bytes that a text of [`push_bytes`] stands for.
pub(in crate::session) fn decode_bytes(text: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// The two hexadecimal digits of each byte.
const HEX: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut hex = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        hex[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    hex
};

/// What stands behind the backslash for each byte; nothing for those that are as they are.
const ESCAPES: [u8; 256] = {
    let mut escapes = [0; 256];
    let mut byte = 0;
    while byte < 0x20 {
        escapes[byte] = b'u';
        byte += 1;
    }
    escapes[b'"' as usize] = b'"';
    escapes[b'\\' as usize] = b'\\';
    escapes[b'\n' as usize] = b'n';
    escapes[b'\r' as usize] = b'r';
    escapes[b'\t' as usize] = b't';
    escapes
};

/// A byte in all eight of a word.
const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Returns how many bytes at the beginning are ASCII and as they are. Eight are looked at
/// together: most of a trace is such text.
fn plain_prefix(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(word) = bytes[at..].first_chunk::<8>() {
        let word = u64::from_le_bytes(*word);
        // The high bit of each byte that is less; a byte above such a one may have it too.
        let below = |word: u64, byte: u8| word.wrapping_sub(all(byte)) & !word;
        let found = below(word, 0x20) | below(word ^ all(b'"'), 1) | below(word ^ all(b'\\'), 1);
        let found = (found | word) & all(0x80);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| is_plain(*byte)) {
        at += 1;
    }
    at
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii() && ESCAPES[usize::from(byte)] == 0
}

/// Appends a string.
pub(in crate::session) fn push_str(text: &mut Vec<u8>, string: &str) {
    push_quoted(text, string.as_bytes());
}

/// Appends bytes as a string. Tells whether they are UTF-8; if not, what is appended is nothing
/// of use.
fn push_quoted(text: &mut Vec<u8>, bytes: &[u8]) -> bool {
    // Most of it goes as it is: room is made once.
    text.reserve(bytes.len() + bytes.len() / 8 + 2);
    text.push(b'"');
    // What is before `from` is written, and what is before `at` goes as it is.
    let (mut from, mut at) = (0, 0);
    loop {
        at += plain_prefix(&bytes[at..]);
        let Some(byte) = bytes.get(at) else { break };
        if !byte.is_ascii() {
            // What is between two bytes of ASCII is whole, or no UTF-8.
            let begin = at;
            while bytes.get(at).is_some_and(|byte| !byte.is_ascii()) {
                at += 1;
            }
            if std::str::from_utf8(&bytes[begin..at]).is_err() {
                return false;
            }
            continue;
        }
        text.extend_from_slice(&bytes[from..at]);
        match ESCAPES[usize::from(*byte)] {
            b'u' => {
                text.extend_from_slice(b"\\u00");
                text.extend_from_slice(&HEX[usize::from(*byte)]);
            }
            short => {
                text.push(b'\\');
                text.push(short);
            }
        }
        at += 1;
        from = at;
    }
    text.extend_from_slice(&bytes[from..]);
    text.push(b'"');
    true
}

/// Appends an integer.
pub(in crate::session) fn push_int(text: &mut Vec<u8>, int: i64) {
    if int < 0 {
        text.push(b'-');
    }
    push_digits(text, int.unsigned_abs());
}

/// Appends a count; one that is no integer of Lua's as a string.
pub(in crate::session) fn push_count(text: &mut Vec<u8>, count: u64) {
    if i64::try_from(count).is_ok() {
        return push_digits(text, count);
    }
    text.push(b'"');
    push_digits(text, count);
    text.push(b'"');
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
pub(in crate::session) fn push_float(text: &mut Vec<u8>, float: f64) {
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

/// Appends a hash as hexadecimal digits.
pub(in crate::session) fn push_hex(text: &mut Vec<u8>, hash: &[u8; 32]) {
    let mut digits = [0; 64];
    for (digits, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(hash) {
        *digits = HEX[usize::from(*byte)];
    }
    text.extend_from_slice(&digits);
}
