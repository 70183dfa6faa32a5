//! Logarithms, by Tang's method: a fraction is brought near 1 by a tabled factor, and a short
//! series does the rest. The result is kept in two numbers, some 68 bits of it, so that what is
//! made of it (powers, other bases) is nearly always the nearest number too.
//!
//! Unlike most of its neighbours this file is Moonfuel's own. No product is fused with a sum, on
//! any target: where a product must be exact, its factors are short enough.

use super::pair::{Pair, product, sum, total, upper_half};
use super::tables::{FIRST, LOGARITHMS};

/// The logarithm of 2: a multiple of 2^-42, and what is missing.
const LN_2: [f64; 2] =
    [f64::from_bits(0x3fe6_2e42_fefa_3800), f64::from_bits(0x3d2e_f357_93c7_6730)];
/// One over the logarithms of 2 and of 10, and what is missing in each.
const PER_LN_2: Pair =
    (f64::from_bits(0x3ff7_1547_652b_82fe), f64::from_bits(0x3c77_77d0_ffda_0d24));
const PER_LN_10: Pair =
    (f64::from_bits(0x3fdb_cb7b_1526_e50e), f64::from_bits(0x3c69_5355_baaa_fad3));

/// The natural logarithm of `x`.
#[inline]
pub(crate) fn log(x: f64) -> f64 {
    of_any(x, |log| log.0)
}

/// The logarithm of `x` to the base 2: exact where `x` is a power of 2.
#[inline]
pub(crate) fn log2(x: f64) -> f64 {
    of_any(x, |log| total(product(log, PER_LN_2)))
}

/// The logarithm of `x` to the base 10: exact where `x` is a power of 10.
#[inline]
pub(crate) fn log10(x: f64) -> f64 {
    of_any(x, |log| total(product(log, PER_LN_10)))
}

/// What `finish` makes of the natural logarithm of `x`.
#[inline(always)]
fn of_any(x: f64, finish: impl Fn(Pair) -> f64) -> f64 {
    let bits = x.to_bits();
    if bits.wrapping_sub(1 << 52) < (0x7ff << 52) - (1 << 52) {
        return finish(logarithm(bits, 0));
    }
    if x == 0.0 {
        f64::NEG_INFINITY
    } else if x < 0.0 {
        let none = x - x;
        none / none
    } else if x < f64::MIN_POSITIVE {
        let scaled = x * 4_503_599_627_370_496.0;
        finish(logarithm(scaled.to_bits(), -52))
    } else {
        // Infinity, or no number.
        x
    }
}

/// The natural logarithm of the number of these bits (positive, of full precision) times
/// 2^`scale`, and what is missing in it.
#[inline]
fn logarithm(bits: u64, scale: i64) -> Pair {
    let (high, low) = parts(bits, scale);
    sum(high, low)
}

/// [`logarithm`] as a number and one that is to be added to it, which is some 16 bits shorter.
// Who needs no more does not wait for the nearest number.
#[inline(always)]
pub(super) fn parts(bits: u64, scale: i64) -> Pair {
    let from_first = bits.wrapping_sub(FIRST);
    let exponent = (from_first as i64 >> 52) + scale;
    let interval = (from_first >> 45) as usize & 127;
    let fraction_bits = bits.wrapping_sub(from_first & (0xfff << 52));
    let [inverse, table_high, table_low] = LOGARITHMS[interval].map(f64::from_bits);

    // r = fraction * inverse - 1, exactly: r + r_low. |r| < 2^-8. If a is smaller than b, r is
    // all of it: both are multiples of 2^-73, and b is below 2^-20.
    let fraction = f64::from_bits(fraction_bits);
    let upper = f64::from_bits(fraction_bits & (!0 << 32));
    let a = upper * inverse - 1.0;
    let b = (fraction - upper) * inverse;
    let r = a + b;
    let r_low = (a - r) + b;

    // exponent * ln(2) + table + r: the first sum is exact, and is 0 or larger than r.
    let k = exponent as f64;
    let whole = k * LN_2[0] + table_high;
    let (with_r, missing) = sum(whole, r);

    // - r^2 / 2, of which the upper half's square is exact.
    let r_upper = upper_half(r);
    let square = 0.5 * r_upper * r_upper;
    let of_square = 0.5 * (r - r_upper) * (r + r_upper);
    let (high, of_high) = sum(with_r, -square);

    // The series of ln(1 + r) from its third member on, and r_low's part.
    let r2 = r * r;
    let series = r
        * r2
        * ((1.0 / 3.0 - r * 0.25)
            + r2 * ((0.2 - r * (1.0 / 6.0)) + r2 * ((1.0 / 7.0 - r * 0.125) + r2 * (1.0 / 9.0))));
    let small = k * LN_2[1] + table_low + (r_low - r * r_low);
    (high, ((small + missing) + (of_high - of_square)) + series)
}
