//! Bytes as text, in base64 with padding (RFC 4648, §4).

/// The digits, by their values.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Returns the text of bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let mut bits = 0;
        for at in 0..3 {
            bits = bits << 8 | usize::from(three.get(at).copied().unwrap_or(0));
        }
        for at in 0..4 {
            let digit = DIGITS[bits >> (18 - 6 * at) & 63];
            text.push(if at <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

/// Returns the bytes of a text; nothing if it is none that [`encode`] writes.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut pieces = text.chunks(4).peekable();
    while let Some(piece) = pieces.next() {
        let last = pieces.peek().is_none();
        let digits = piece.iter().take_while(|byte| **byte != b'=').count();
        let is_padded = piece[digits..].iter().all(|byte| *byte == b'=');
        if piece.len() < 4 || digits < 2 || !is_padded || digits < 4 && !last {
            return None;
        }
        let mut bits = 0;
        for byte in &piece[..digits] {
            bits = bits << 6 | value(*byte)?;
        }
        bits <<= 6 * (4 - digits);
        let three = bits.to_be_bytes();
        let count = digits - 1;
        // Bits that belong to no byte are 0.
        if three[1 + count..].iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend_from_slice(&three[1..=count]);
    }
    Some(bytes)
}

/// Returns the value of a digit.
fn value(digit: u8) -> Option<u32> {
    Some(u32::from(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests;
