//! The two words of a number. From the crate `libm` 0.2.16, see `LICENSE.txt`.

/// Returns the word with the sign, the exponent and the first bits of the fraction.
#[inline]
pub(super) fn get_high_word(x: f64) -> u32 {
    (x.to_bits() >> 32) as u32
}

/// Returns the word with the rest of the fraction.
#[inline]
pub(super) fn get_low_word(x: f64) -> u32 {
    x.to_bits() as u32
}

/// Returns the number with another low word.
#[inline]
pub(super) fn with_set_low_word(f: f64, lo: u32) -> f64 {
    f64::from_bits(f.to_bits() & 0xffff_ffff_0000_0000 | lo as u64)
}

/// Makes a number of its words.
#[inline]
pub(super) fn combine_words(hi: u32, lo: u32) -> f64 {
    f64::from_bits((hi as u64) << 32 | lo as u64)
}
