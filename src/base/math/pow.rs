//! Powers: `x` to the `y` as e to `y` times the logarithm of `x`, both of them in two numbers,
//! since `y` makes up to ten bits of the logarithm's error part of the result. Third powers and
//! their like are multiplied. Moonfuel's own, as `exp.rs` and `log.rs` are.
//!
//! Results are within 0.507 units of the last place (300,000 of all kinds were compared with
//! results of 200 bits; `tests.rs` has exact ones), and those that are multiplied are the nearest
//! numbers: where a power is a number, it is that one.

#[cfg(test)]
mod tests;

use super::exp::exponential;
use super::log::parts;
use super::pair::{product, quotient, square, total, upper_half};

const INFINITY: u64 = 0x7ff0_0000_0000_0000;
const SIGN: u64 = 1 << 63;

/// `x` to the `y` (C's `pow`, Annex F of C99).
#[inline]
pub(crate) fn pow(x: f64, y: f64) -> f64 {
    if y == 0.5 && x >= 0.0 {
        // 0 for -0 too.
        return (x + 0.0).sqrt();
    }
    let bits = x.to_bits();
    let whole = y as i32;
    if f64::from(whole) == y && (1..=MOST).contains(&whole.unsigned_abs()) && is_near_one(x) {
        return product_of(x, whole);
    }
    // Positive and of full precision, and with a y between 2^-64 and 2^64.
    let is_plain = bits.wrapping_sub(1 << 52) < INFINITY - (1 << 52)
        && (y.to_bits() & !SIGN).wrapping_sub((1023 - 64) << 52) < 128 << 52;
    if is_plain { positive(bits, y, 0) } else { special(x, y) }
}

/// Most factors of a power that is multiplied: with more the other way is as short.
const MOST: u32 = 10;

/// Tells whether a power of so many factors has its full precision, and so have its parts.
#[inline(always)]
fn is_near_one(x: f64) -> bool {
    const FROM: u64 = 1023 - 90;
    ((x.to_bits() & !SIGN) >> 52).wrapping_sub(FROM) <= 2 * 90
}

/// The product of so many factors `x`, or one over that: in two numbers, so that nearly all
/// results are the nearest ones.
#[inline]
fn product_of(x: f64, factors: i32) -> f64 {
    let one = (x, 0.0);
    let count = factors.unsigned_abs();
    let mut power = one;
    // From the second bit of the count on.
    for bit in (0..count.ilog2()).rev() {
        power = square(power);
        if count >> bit & 1 == 1 {
            power = product(power, one);
        }
    }
    total(if factors < 0 { quotient((1.0, 0.0), power) } else { power })
}

/// What has a rule of its own, and what must be brought into the range of the others.
#[cold]
fn special(x: f64, y: f64) -> f64 {
    if y == 0.0 || x == 1.0 {
        return 1.0;
    }
    if x.is_nan() || y.is_nan() {
        return x + y;
    }
    let size = x.abs();
    if y.is_infinite() {
        return if size == 1.0 {
            1.0
        } else if (size > 1.0) == (y > 0.0) {
            f64::INFINITY
        } else {
            0.0
        };
    }
    let is_whole = y.trunc() == y;
    // From 2^53 on, every number is even.
    let is_odd = is_whole && y.abs() < 9_007_199_254_740_992.0 && y as i64 & 1 == 1;
    let is_negative = x.is_sign_negative() && is_odd;
    if size == 0.0 || x.is_infinite() {
        let result = if (size == 0.0) == (y > 0.0) { 0.0 } else { f64::INFINITY };
        return if is_negative { -result } else { result };
    }
    if x < 0.0 && !is_whole {
        let none = x - x;
        return none / none;
    }
    let result = if size == 1.0 {
        1.0
    } else if y.abs() < f64::from_bits((1023 - 64) << 52) {
        // Nothing that x may be is far enough from 1 for such a power of it.
        1.0
    } else if y.abs() >= f64::from_bits((1023 + 64) << 52) {
        // Nothing that x may be is near enough to 1.
        if (size > 1.0) == (y > 0.0) { f64::INFINITY } else { 0.0 }
    } else if size < f64::MIN_POSITIVE {
        let scaled = size * 4_503_599_627_370_496.0;
        positive(scaled.to_bits(), y, -52)
    } else {
        positive(size.to_bits(), y, 0)
    };
    if is_negative { -result } else { result }
}

/// The `y`th power of the number of these bits (positive, of full precision) times 2^`scale`.
#[inline]
fn positive(bits: u64, y: f64, scale: i64) -> f64 {
    let (log, rest) = parts(bits, scale);
    // log * y as two numbers: the product of their upper halves is exact.
    let (log_high, y_high) = (upper_half(log), upper_half(y));
    let high = y_high * log_high;
    let low = (y - y_high) * log_high + y * (log - log_high + rest);
    exponential(high, low)
}
