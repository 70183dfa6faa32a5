//! Strings, eight bytes at a time.

use super::{ESCAPES, plain_prefix, push_str};

#[test]
fn eight_bytes_at_once_are_eight_bytes() {
    let escaped = |byte: &u8| ESCAPES[usize::from(*byte)] != 0;
    // Each byte at each place of a word, behind plain ones and before any other.
    for length in 1..20 {
        for at in 0..length {
            for (byte, behind) in (0..=255).flat_map(|byte| [(byte, b'x'), (byte, 0xff)]) {
                let mut bytes = vec![b'x'; length];
                bytes[at] = byte;
                bytes[at + 1..].fill(behind);
                let first = bytes.iter().position(escaped).unwrap_or(length);
                assert_eq!(plain_prefix(&bytes), first, "{bytes:?}");
            }
        }
    }
    let mut seed = 1_u64;
    for _ in 0..20_000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // Few different ones, about the bounds.
        let pick =
            |n: u32| b"\x1f\x20\x21\x22\x23\x5b\x5c\x5d\x9c\xa2\xff\x00"[(seed >> n) as usize % 12];
        let bytes: Vec<u8> = (0..12).map(|n| pick(4 * n)).collect();
        let first = bytes.iter().position(escaped).unwrap_or(bytes.len());
        assert_eq!(plain_prefix(&bytes), first, "{bytes:?}");
    }
    let mut text = Vec::new();
    push_str(&mut text, "a \"line\"\nof \u{1}\\text\t→ é");
    let written = r#""a \"line\"\nof \u0001\\text\t→ é""#;
    assert_eq!(String::from_utf8(text).unwrap(), written);
}
