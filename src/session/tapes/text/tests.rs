//! Strings, eight bytes at a time.

use super::{STANDARD, is_plain, plain_prefix, push_bytes, push_str};
use base64::Engine;

#[test]
fn eight_bytes_at_once_are_eight_bytes() {
    let escaped = |byte: &u8| !is_plain(*byte);
    assert_eq!((0..=255).filter(escaped).count(), 0x20 + 2 + 0x80);
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

#[test]
fn bytes_are_a_string_if_they_are_utf_8() {
    let ends: [&[u8]; 4] = [b"", b"x", b"twelve bytes", b"\n"];
    let mut pieces: Vec<Vec<u8>> = ["é", "→", "𝄞", "éé→", "\u{7ff}\u{800}\u{ffff}\u{10000}"]
        .map(|text| text.as_bytes().to_vec())
        .into();
    // Each character cut and doubled; surrogates, what is too long or too large, lone bytes.
    for whole in pieces.clone() {
        pieces.extend((1..whole.len()).map(|cut| whole[..cut].to_vec()));
        pieces.push(whole[1..].to_vec());
        pieces.push([&whole[..], &whole[..1]].concat());
    }
    pieces.extend(
        [&b"\xed\xa0\x80"[..], b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xff"].map(<[u8]>::to_vec),
    );
    let mut refused = 0;
    for piece in &pieces {
        for (before, behind) in ends.iter().flat_map(|before| ends.map(|behind| (before, behind))) {
            let bytes = [before, &piece[..], behind].concat();
            let mut text = b"[".to_vec();
            push_bytes(&mut text, &bytes);
            let expected = match std::str::from_utf8(&bytes) {
                Ok(string) => serde_json::Value::from(string).to_string(),
                Err(_) => {
                    refused += 1;
                    format!("{{\"$bytes\":\"{}\"}}", STANDARD.encode(&bytes))
                }
            };
            assert_eq!(String::from_utf8(text).unwrap(), format!("[{expected}"));
        }
    }
    assert!(refused > 100, "{refused}");
}
