//! Tests of what patterns are told apart by.

use super::{has_specials, position};

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

#[test]
fn positions_are_those_of_any_search() {
    // Of two letters, so that most places come to nothing, early or late.
    let text = |bits: u64, len: usize| -> Vec<u8> {
        (0..len).map(|at| if bits.rotate_left(at as u32) & 5 == 5 { b'b' } else { b'a' }).collect()
    };
    let mut bits = 0x0123_4567_89AB_CDEF_u64;
    for round in 0..2000 {
        bits = bits.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(round);
        let bytes = text(bits, (bits >> 20 & 255) as usize);
        let needle =
            text(bits.rotate_left(31), (bits >> 40 & [3, 15, 127][round as usize % 3]) as usize);
        let expected = (0..=bytes.len()).find(|at| bytes[*at..].starts_with(&needle));
        assert_eq!(position(&bytes, &needle), expected, "{bytes:?} {needle:?}");
    }
}
