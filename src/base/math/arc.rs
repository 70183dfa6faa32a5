//! The angle of a sine, a cosine or a tangent. All of them are that of a right triangle of which
//! two sides are known: the angle of the 128th next to their quotient is taken from a table, and
//! a short series is for what is left of it, in two numbers all the way (`pair.rs`).
//!
//! Unlike most of its neighbours this file is Moonfuel's own.

use super::pair::{Pair, product, quotient, root, sum, total, upper_half};
use super::tables::ARCS;

const HALF_PI: Pair = (std::f64::consts::FRAC_PI_2, f64::from_bits(0x3c91_a626_3314_5c07));
const PI: Pair = (std::f64::consts::PI, f64::from_bits(0x3ca1_a626_3314_5c07));
/// Added and taken away, it rounds to a multiple of a 128th.
const ROUNDING: f64 = 6_755_399_441_055_744.0 / 128.0;
/// An angle so small is its sine, and its tangent.
const SMALL: f64 = 1.0 / (1_u64 << 60) as f64;

/// The angle of the point at (`x`, `y`), between -π and π.
pub(crate) fn atan2(y: f64, x: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        return x + y;
    }
    let (above, below) = match (y.abs(), x.abs()) {
        (above, below) if above.is_infinite() && below.is_infinite() => (1.0, 1.0),
        (above, _) if above.is_infinite() => (1.0, 0.0),
        (above, below) if below.is_infinite() || above == 0.0 => (0.0, 1.0),
        sides => sides,
    };
    let ahead = x.is_sign_positive();
    let steep = above > below;
    let (small, large) = if steep { (below, above) } else { (above, below) };
    let tangent = small / large;
    // An angle so small is its tangent, which may have few bits. And what is that near to a right
    // angle is one. (Processors take a hundred cycles for what has few bits.)
    if tangent < SMALL && steep {
        return HALF_PI.0.copysign(y);
    }
    if tangent < SMALL && ahead && above != 0.0 && x.is_finite() {
        return tangent.copysign(y);
    }
    // Sides without full precision would lose some in products: by 2^600, up or down.
    let scale = if large > 1e150 {
        f64::from_bits((1023 - 600) << 52)
    } else if large < 1e-150 {
        f64::from_bits((1023 + 600) << 52)
    } else {
        1.0
    };
    let angle = arc(tangent, (small * scale, 0.0), (large * scale, 0.0));
    let angle = if steep { minus(HALF_PI, angle) } else { angle };
    let angle = if ahead { angle } else { minus(PI, angle) };
    total(angle).copysign(y)
}

/// The angle with the sine `x`, between -π/2 and π/2.
pub(crate) fn asin(x: f64) -> f64 {
    let size = x.abs();
    if size < SMALL {
        return x;
    }
    let Some(other) = other_side(size) else { return none(x) };
    let angle = triangle((size, 0.0), other);
    total(angle).copysign(x)
}

/// The angle with the cosine `x`, between 0 and π.
pub(crate) fn acos(x: f64) -> f64 {
    let size = x.abs();
    if size < SMALL {
        return HALF_PI.0;
    }
    let Some(other) = other_side(size) else { return none(x) };
    let angle = triangle(other, (size, 0.0));
    let angle = if x.is_sign_positive() { angle } else { minus(PI, angle) };
    total(angle)
}

/// What no angle has for its sine is answered by no number.
fn none(x: f64) -> f64 {
    let none = x - x;
    none / none
}

/// The other short side of a triangle with a side of this size and a long one of 1, if there is
/// one: the root of (1 - size) (1 + size).
#[inline]
fn other_side(size: f64) -> Option<Pair> {
    if size < 1.0 {
        Some(root(product(sum(1.0, -size), sum(1.0, size))))
    } else {
        (size == 1.0).then_some((0.0, 0.0))
    }
}

/// The angle between 0 and π/2 with the quotient of these for its tangent.
#[inline]
fn triangle(above: Pair, below: Pair) -> Pair {
    if above.0 <= below.0 {
        arc(above.0 / below.0, above, below)
    } else {
        minus(HALF_PI, arc(below.0 / above.0, below, above))
    }
}

/// One pair minus another that is not larger.
#[inline]
fn minus(large: Pair, small: Pair) -> Pair {
    let (high, low) = sum(large.0, -small.0);
    (high, low + (large.1 - small.1))
}

/// The angle with the tangent `small / large`, which is next to `tangent`: from 0 to 1.
#[inline]
fn arc(tangent: f64, small: Pair, large: Pair) -> Pair {
    let rounded = tangent + ROUNDING;
    let near = rounded - ROUNDING;
    let [angle, angle_rest] =
        ARCS[(rounded.to_bits() & 0xff).min(128) as usize].map(f64::from_bits);
    // The tangent of the difference of two angles: (t - n) / (1 + t n), each side times `large`.
    // Products of the 7 bits of n with half a number are exact, and so is what is left of `small`,
    // which is not smaller than that (n is 0, or the quotient more than a 256th).
    let (upper, small_upper) = (upper_half(large.0), upper_half(small.0));
    let (left, left_rest) = sum(small.0 - near * upper, -near * (large.0 - upper));
    let left = (left, left_rest + (small.1 - near * large.1));
    let (below, below_rest) = sum(large.0, near * small_upper);
    let below = (below, below_rest + (near * (small.0 - small_upper + small.1) + large.1));
    let (t, t_rest) = quotient(left, below);
    let t2 = t * t;
    let series = t * t2 * (1.0 / 3.0 - t2 * (0.2 - t2 * (1.0 / 7.0)));
    let (high, low) = sum(angle, t);
    (high, low + (angle_rest + (t_rest - series)))
}
