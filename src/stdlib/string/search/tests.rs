//! Tests of what patterns are told apart by.

use super::has_specials;

#[test]
fn every_special_byte_is_seen_in_short_and_in_long_patterns() {
    for plain in [0, 1, 15, 16, 17, 40] {
        let text = vec![b'x'; plain];
        assert!(!has_specials(&text), "{plain}");
        for byte in 0..=u8::MAX {
            for at in [0, plain / 2, plain] {
                let mut pattern = text.clone();
                pattern.insert(at, byte);
                let special = b"^$*+?.([%-".contains(&byte);
                assert_eq!(has_specials(&pattern), special, "{byte} at {at} of {plain}");
            }
        }
    }
}
