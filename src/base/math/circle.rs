//! Sine, cosine and tangent: the angle is brought between -π/4 and π/4 (`rem_pio2.rs`), the
//! nearest 64th taken from a table, and short series do the rest. Both functions come in two
//! numbers, so that what is made of them is nearly always the nearest number.
//!
//! Unlike most of its neighbours this file is Moonfuel's own. No product is fused with a sum, on
//! any target: where a product must be exact, its factors are short enough.

use super::pair::{Pair, quotient, upper_half};
use super::rem_pio2::rem_pio2;
use super::tables::CIRCLE;

const QUARTER: f64 = std::f64::consts::FRAC_PI_4;
/// Added and taken away, it rounds to a multiple of a 64th.
const ROUNDING: f64 = 6_755_399_441_055_744.0 / 64.0;

/// The sine of an angle.
#[inline]
pub(crate) fn sin(x: f64) -> f64 {
    if x == 0.0 {
        // With its sign.
        return x;
    }
    let (quarters, sine, cosine) = around(x);
    let (high, low) = if quarters & 1 == 0 { sine } else { cosine };
    let result = high + low;
    if quarters & 2 == 0 { result } else { -result }
}

/// The cosine of an angle.
#[inline]
pub(crate) fn cos(x: f64) -> f64 {
    let (quarters, sine, cosine) = around(x);
    let (high, low) = if quarters & 1 == 0 { cosine } else { sine };
    let result = high + low;
    if (quarters + 1) & 2 == 0 { result } else { -result }
}

/// The tangent of an angle.
#[inline]
pub(crate) fn tan(x: f64) -> f64 {
    if x == 0.0 {
        // With its sign.
        return x;
    }
    let (quarters, sine, cosine) = around(x);
    let (high, low) =
        if quarters & 1 == 0 { quotient(sine, cosine) } else { quotient(cosine, sine) };
    let result = high + low;
    if quarters & 1 == 0 { result } else { -result }
}

/// By how many quarters of the circle the angle was turned, and sine and cosine of what is left:
/// of no number where the angle is none.
#[inline]
fn around(x: f64) -> (i32, Pair, Pair) {
    let (quarters, angle, rest) = if x.abs() <= QUARTER {
        (0, x, 0.0)
    } else if x.is_finite() {
        rem_pio2(x)
    } else {
        (0, x - x, 0.0)
    };
    let (size, size_rest) = if angle.is_sign_negative() { (-angle, -rest) } else { (angle, rest) };

    let rounded = size + ROUNDING;
    let [sine, sine_low, cosine, cosine_low] =
        CIRCLE[(rounded.to_bits() & 63) as usize].map(f64::from_bits);
    // Exact: both lie near each other, or nothing is taken away.
    let r = size - (rounded - ROUNDING);
    let r2 = r * r;
    // sin(r) - r and cos(r) - 1, with what is missing in r.
    let of_sine = size_rest - r * r2 * (1.0 / 6.0 - r2 * (1.0 / 120.0 - r2 * (1.0 / 5040.0)));
    let of_cosine = -(r2 * (0.5 - r2 * (1.0 / 24.0 - r2 * (1.0 / 720.0)))) - r * size_rest;

    // sin(a + r) = sin(a) cos(r) + cos(a) sin(r); cos(a + r) = cos(a) cos(r) - sin(a) sin(r).
    // The tables' first numbers have 26 bits: times 26 of r that is exact.
    let (whole_sine, whole_cosine) = (sine + sine_low, cosine + cosine_low);
    let upper = upper_half(r);
    let lower = r - upper;
    let more = cosine * upper;
    let sum = sine + more;
    let sum_low = ((sine - sum) + more)
        + (cosine * lower
            + (cosine_low * r + (sine_low + (whole_sine * of_cosine + whole_cosine * of_sine))));
    let less = sine * upper;
    let difference = cosine - less;
    let difference_low = ((cosine - difference) - less)
        + (cosine_low
            - sine * lower
            - (sine_low * r - (whole_cosine * of_cosine - whole_sine * of_sine)));

    let signed = if angle.is_sign_negative() { (-sum, -sum_low) } else { (sum, sum_low) };
    (quarters, signed, (difference, difference_low))
}
