//! The hyperbolic sine, cosine and tangent: of e to the `x` and to the `-x`, each in two numbers,
//! and of a short series where these would leave little of each other.
//!
//! Unlike most of its neighbours this file is Moonfuel's own.

use super::exp::{Parts, parts, scaled};
use super::pair::{Pair, quotient, sum, total};

/// Beyond this, e to the `-x` is nothing beside e to the `x`.
const FAR: f64 = 22.0;
/// Below this, a sine is hardly more than its angle.
const NEAR: f64 = 0.25;
/// Below this, it is its angle.
const TINY: f64 = 1.0 / (1_u64 << 28) as f64;

/// The hyperbolic sine of `x`.
pub(crate) fn sinh(x: f64) -> f64 {
    let size = x.abs();
    if x.is_nan() || size < TINY {
        return x;
    }
    let sine = if size > FAR { half_power(size) } else { total(sine(size)) };
    sine.copysign(x)
}

/// The hyperbolic cosine of `x`.
pub(crate) fn cosh(x: f64) -> f64 {
    let size = x.abs();
    if x.is_nan() {
        return x;
    }
    if size < TINY {
        return 1.0;
    }
    if size > FAR { half_power(size) } else { total(cosine(size)) }
}

/// The hyperbolic tangent of `x`.
pub(crate) fn tanh(x: f64) -> f64 {
    let size = x.abs();
    if x.is_nan() || size < TINY {
        return x;
    }
    let tangent = if size > FAR { 1.0 } else { total(quotient(sine(size), cosine(size))) };
    tangent.copysign(x)
}

/// Half of e to the `x`, which is a number for some `x` for which the whole is too large.
fn half_power(x: f64) -> f64 {
    const LARGEST: f64 = 711.0;
    if x > LARGEST {
        return f64::INFINITY;
    }
    let Parts { number, series, exponent } = parts(x, 0.0);
    let quarter = scaled(number, exponent - 2);
    (quarter + quarter * series) * 2.0
}

/// Half of e to the `x`, for `x` that is not far from 0.
#[inline]
fn half(x: f64) -> Pair {
    let Parts { number, series, exponent } = parts(x, 0.0);
    let power = scaled(number, exponent - 1);
    (power, power * series)
}

#[inline]
fn sine(x: f64) -> Pair {
    if x < NEAR {
        let x2 = x * x;
        let low = (1.0 / 6.0 + x2 * (1.0 / 120.0))
            + x2 * x2
                * ((1.0 / 5040.0 + x2 * (1.0 / 362_880.0))
                    + x2 * x2 * (1.0 / 39_916_800.0 + x2 * (1.0 / 6_227_020_800.0)));
        return (x, x * x2 * low);
    }
    let (ahead, back) = (half(x), half(-x));
    let (high, low) = sum(ahead.0, -back.0);
    (high, low + (ahead.1 - back.1))
}

#[inline]
fn cosine(x: f64) -> Pair {
    let (ahead, back) = (half(x), half(-x));
    let (high, low) = sum(ahead.0, back.0);
    (high, low + (ahead.1 + back.1))
}
