//! Tests of comparing bytes.

use super::equal;

#[test]
fn every_byte_of_a_string_counts() {
    for len in 0..40 {
        let text: Vec<u8> = (0..len).collect();
        assert!(equal(&text, &text.clone()), "{len}");
        for at in 0..text.len() {
            let mut other = text.clone();
            other[at] ^= 0x40;
            assert!(!equal(&text, &other), "{len} {at}");
            assert!(!equal(&text, &text[..at]), "{len} {at}");
        }
    }
}
