//! Strings of bytes as Lua literals.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::prng::Prng;

/// Returns a literal in double quotes for the bytes; what is not plain ASCII is
/// written as three digits.
pub fn quote(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\{byte:03}")),
        }
    }
    out.push('"');
    out
}

/// Returns up to `most` of the pieces, one after the other.
pub fn pieces(rng: &mut Prng, from: &[&str], most: usize) -> String {
    let count = rng.below(most + 1);
    (0..count).map(|_| rng.pick(from)).collect()
}

/// Returns up to `most` of the bytes.
pub fn bytes(rng: &mut Prng, from: &[u8], most: usize) -> Vec<u8> {
    let count = rng.below(most + 1);
    (0..count).map(|_| rng.pick(from)).collect()
}
