//! e to the `x`, by Tang's method: a power of 2 from a table of 128, and a short series.
//!
//! Unlike most of its neighbours this file is Moonfuel's own. No product is fused with a sum, on
//! any target: where a product must be exact, its factors are short enough.

use super::tables::POWERS;

/// The logarithm of 2 by 128: a multiple of 2^-43, and what is missing.
const PART: [f64; 2] =
    [f64::from_bits(0x3f76_2e42_fefa_0000), f64::from_bits(0x3d0c_f79a_bc9e_3b3a)];
/// 128 over the logarithm of 2.
const PARTS: f64 = f64::from_bits(0x4067_1547_652b_82fe);
/// Added and taken away, it rounds to a whole number.
const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// e to the `x`.
#[inline]
pub(crate) fn exp(x: f64) -> f64 {
    /// What is so small changes no bit of 1. (Its powers have few bits at last, for which
    /// processors take a hundred cycles each.)
    const TINY: f64 = 1.0 / (1_u64 << 56) as f64;
    if x.is_nan() {
        x
    } else if x.abs() < TINY {
        1.0
    } else {
        exponential(x, 0.0)
    }
}

/// `number * (1 + series) * 2^exponent`: the number is from 1 to 2, the series below a hundredth.
pub(super) struct Parts {
    pub(super) number: f64,
    pub(super) series: f64,
    pub(super) exponent: i64,
}

/// e to `high + low`, which is between -800 and 800.
#[inline(always)]
pub(super) fn parts(high: f64, low: f64) -> Parts {
    // The multiple of ln(2) / 128 that is nearest: below 2^18, so that its product with the
    // upper part is exact, and so is what is left.
    let rounded = high * PARTS + ROUNDING;
    let count = rounded.to_bits() as i64 as i32;
    let multiple = rounded - ROUNDING;
    let r = (high - multiple * PART[0]) - multiple * PART[1] + low;
    let [number, missing] = POWERS[(count & 127) as usize].map(f64::from_bits);
    let r2 = r * r;
    let series = missing
        + (r + r2
            * ((0.5 + r * (1.0 / 6.0))
                + r2 * ((1.0 / 24.0 + r * (1.0 / 120.0)) + r2 * (1.0 / 720.0))));
    Parts { number, series, exponent: i64::from(count >> 7) }
}

/// `number * 2^exponent` of a number from 1 to 2, where that has its precision.
#[inline(always)]
pub(super) fn scaled(number: f64, exponent: i64) -> f64 {
    f64::from_bits(number.to_bits().wrapping_add((exponent as u64) << 52))
}

/// e to `high + low`.
#[inline]
pub(super) fn exponential(high: f64, low: f64) -> f64 {
    // Beyond these the result is no number of any precision.
    const LARGEST: f64 = 709.79;
    const LEAST: f64 = -745.14;
    if high > LARGEST {
        return f64::INFINITY;
    }
    if high < LEAST {
        return 0.0;
    }
    let Parts { number, series, exponent } = parts(high, low);
    // What is added must have its precision too.
    if (-960..=1022).contains(&exponent) {
        let power = scaled(number, exponent);
        return power + power * series;
    }
    at_the_ends(number, series, exponent)
}

/// `power * (1 + series) * 2^exponent` where that may be too large, or without full precision.
#[cold]
fn at_the_ends(power: f64, series: f64, exponent: i64) -> f64 {
    let of_two = |exponent: i64| f64::from_bits(((exponent + 1023) as u64) << 52);
    if exponent > 0 {
        return (power + power * series) * 2.0 * of_two(exponent - 1);
    }
    // Rounded once: 2^-1022 times a number whose last place is that of the result.
    let power = power * of_two(exponent + 1022);
    let product = power * series;
    let mut sum = power + product;
    if sum < 1.0 {
        let missing = (power - sum) + product;
        let one_more = 1.0 + sum;
        sum = (one_more + ((1.0 - one_more) + sum + missing)) - 1.0;
    }
    sum * f64::MIN_POSITIVE
}
