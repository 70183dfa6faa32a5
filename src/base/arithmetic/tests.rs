//! Short ways of arithmetic come to the bits of the long ones.

use super::*;

#[test]
fn powers_of_two_are_those_of_the_library() {
    for exponent in -1100..=1100 {
        let exponent = f64::from(exponent);
        let (short, long) = (float_pow(2.0, exponent), real::pow(2.0, exponent));
        assert_eq!(short.to_bits(), long.to_bits(), "2 ^ {exponent}");
    }
    for exponent in [0.5, -0.0, 1e9, -1e9, f64::INFINITY, f64::NEG_INFINITY] {
        let (short, long) = (float_pow(2.0, exponent), real::pow(2.0, exponent));
        assert_eq!(short.to_bits(), long.to_bits(), "2 ^ {exponent}");
    }
    assert!(float_pow(2.0, f64::NAN).is_nan());
}
