//! Powers: `x` to the `y` as 2 to `y` times the logarithm of `x`, with a table for each half.
//!
//! Unlike its neighbours this file is Moonfuel's own. Both halves are Tang's method: a fraction is
//! brought near 1 by a tabled factor, and short series do the rest. The logarithm is kept in two
//! numbers, some 68 bits of it, since `y` makes up to ten bits of its error part of the result.
//! No product is fused with a sum, on any target: where a product must be exact, its factors are
//! short enough. Results are within 0.506 units of the last place (300,000 of all kinds were compared
//! with results of 200 bits; `tests.rs` has exact ones): where a power is a number, it is that one.

mod tables;
#[cfg(test)]
mod tests;

use tables::{FIRST, LOGARITHMS, POWERS};

/// The logarithm of 2: a multiple of 2^-42, and what is missing.
const LN_2: [f64; 2] =
    [f64::from_bits(0x3fe6_2e42_fefa_3800), f64::from_bits(0x3d2e_f357_93c7_6730)];
/// One over 128 of it: a multiple of 2^-43, and what is missing.
const PART: [f64; 2] =
    [f64::from_bits(0x3f76_2e42_fefa_0000), f64::from_bits(0x3d0c_f79a_bc9e_3b3a)];
/// 128 over the logarithm of 2.
const PARTS: f64 = f64::from_bits(0x4067_1547_652b_82fe);
/// Added and taken away, it rounds to a whole number.
const ROUNDING: f64 = 6_755_399_441_055_744.0;
/// The bits of 1.
const ONE: u64 = 0x3ff0_0000_0000_0000;
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
    // Positive and of full precision, and with a y between 2^-64 and 2^64.
    let is_plain = bits.wrapping_sub(1 << 52) < INFINITY - (1 << 52)
        && (y.to_bits() & !SIGN).wrapping_sub((1023 - 64) << 52) < 128 << 52;
    if is_plain { positive(bits, y, 0) } else { special(x, y) }
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
    let (log, rest) = logarithm(bits, scale);
    // log * y as two numbers: the product of their upper halves is exact.
    let (log_high, y_high) = (upper_half(log), upper_half(y));
    let high = y_high * log_high;
    let low = (y - y_high) * log_high + y * (log - log_high + rest);
    exponential(high, low)
}

/// A number without the lower 27 bits of its fraction.
#[inline]
fn upper_half(number: f64) -> f64 {
    f64::from_bits(number.to_bits() & (!0 << 27))
}

/// The natural logarithm, and what is missing in it.
#[inline]
fn logarithm(bits: u64, scale: i64) -> (f64, f64) {
    let from_first = bits.wrapping_sub(FIRST);
    let exponent = (from_first as i64 >> 52) + scale;
    let interval = (from_first >> 45) as usize & 127;
    let fraction_bits = bits.wrapping_sub(from_first & (0xfff << 52));
    let [inverse, table_high, table_low] = LOGARITHMS[interval].map(f64::from_bits);

    // r = fraction * inverse - 1, exactly: r + r_low. |r| < 2^-8.
    let fraction = f64::from_bits(fraction_bits);
    let upper = f64::from_bits(fraction_bits & (!0 << 32));
    let a = upper * inverse - 1.0;
    let b = (fraction - upper) * inverse;
    let r = a + b;
    let of_b = r - a;
    let r_low = (a - (r - of_b)) + (b - of_b);

    // exponent * ln(2) + table + r: the first sum is exact, and is 0 or larger than r.
    let k = exponent as f64;
    let whole = k * LN_2[0] + table_high;
    let with_r = whole + r;
    let missing = (whole - with_r) + r;

    // - r^2 / 2, of which the upper half's square is exact.
    let r_upper = upper_half(r);
    let square = 0.5 * r_upper * r_upper;
    let of_square = 0.5 * (r - r_upper) * (r + r_upper);
    let high = with_r - square;
    let of_high = (with_r - high) - square;

    // The series of ln(1 + r) from its third member on, and r_low's part.
    let r2 = r * r;
    let series = r
        * r2
        * ((1.0 / 3.0 - r * 0.25)
            + r2 * ((0.2 - r * (1.0 / 6.0)) + r2 * ((1.0 / 7.0 - r * 0.125) + r2 * (1.0 / 9.0))));
    let small = k * LN_2[1] + table_low + (r_low - r * r_low);
    let low = small + missing + of_high - of_square + series;
    let log = high + low;
    (log, (high - log) + low)
}

/// e to `high + low`.
#[inline]
fn exponential(high: f64, low: f64) -> f64 {
    // Beyond these the result is no number of any precision.
    const LARGEST: f64 = 709.79;
    const LEAST: f64 = -745.14;
    if high > LARGEST {
        return f64::INFINITY;
    }
    if high < LEAST {
        return 0.0;
    }
    // The multiple of ln(2) / 128 that is nearest: below 2^18, so that its product with the
    // upper part is exact, and so is what is left.
    let rounded = high * PARTS + ROUNDING;
    let count = rounded.to_bits() as i64 as i32;
    let multiple = rounded - ROUNDING;
    let r = (high - multiple * PART[0]) - multiple * PART[1] + low;
    let [power, missing] = POWERS[(count & 127) as usize].map(f64::from_bits);
    let r2 = r * r;
    let series = missing
        + (r + r2
            * ((0.5 + r * (1.0 / 6.0))
                + r2 * ((1.0 / 24.0 + r * (1.0 / 120.0)) + r2 * (1.0 / 720.0))));
    let exponent = i64::from(count >> 7);
    // What is added must have its precision too.
    if (-960..=1022).contains(&exponent) {
        let power = f64::from_bits(power.to_bits().wrapping_add((exponent as u64) << 52));
        return power + power * series;
    }
    at_the_ends(power, series, exponent)
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
