//! The two words of a number. From the crate `libm` 0.2.16, see `LICENSE.txt`.

/// Makes a number of its words.
#[inline]
pub(super) fn combine_words(hi: u32, lo: u32) -> f64 {
    f64::from_bits((hi as u64) << 32 | lo as u64)
}
