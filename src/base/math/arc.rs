//! The angle of a sine, a cosine or a tangent. All of them are that of a right triangle of which
//! two sides are known: the quotient of the sides, of which the nearest 128th is taken from a
//! table, and a short series for the rest, in two numbers all the way (`pair.rs`).
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
    // An angle so small is its tangent: the quotient, which may have few bits. And what is that
    // near to a right angle is one. (Processors take a hundred cycles for what has few bits.)
    let tangent = above / below;
    if ahead && tangent < SMALL && above != 0.0 && x.is_finite() {
        return tangent.copysign(y);
    }
    if tangent > 1.0 / SMALL {
        return HALF_PI.0.copysign(y);
    }
    // Sides without full precision would lose some in products: by 2^600, up or down.
    let larger = above.max(below);
    let scale = if larger > 1e150 {
        f64::from_bits((1023 - 600) << 52)
    } else if larger < 1e-150 {
        f64::from_bits((1023 + 600) << 52)
    } else {
        1.0
    };
    let angle = triangle((above * scale, 0.0), (below * scale, 0.0));
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
    if below == (1.0, 0.0) && above.0 <= 1.0 {
        arc(above)
    } else if above.0 <= below.0 {
        arc(quotient(above, below))
    } else {
        minus(HALF_PI, arc(quotient(below, above)))
    }
}

/// One pair minus another that is not larger.
#[inline]
fn minus(large: Pair, small: Pair) -> Pair {
    let (high, low) = sum(large.0, -small.0);
    (high, low + (large.1 - small.1))
}

/// The angle with a tangent from 0 to 1.
#[inline]
fn arc((tangent, rest): Pair) -> Pair {
    let rounded = tangent + ROUNDING;
    let near = rounded - ROUNDING;
    let [angle, angle_rest] =
        ARCS[(rounded.to_bits() & 0xff).min(128) as usize].map(f64::from_bits);
    // The tangent of the difference of two angles: (t - n) / (1 + t n). t - n is exact, and so
    // is the product of the 7 bits of n with the upper half of t.
    let upper = upper_half(tangent);
    let (below, below_rest) = sum(1.0, near * upper);
    let below = (below, below_rest + near * (tangent - upper + rest));
    let (t, t_rest) = quotient((tangent - near, rest), below);
    let t2 = t * t;
    let series = t * t2 * (1.0 / 3.0 - t2 * (0.2 - t2 * (1.0 / 7.0)));
    let (high, low) = sum(angle, t);
    (high, low + (angle_rest + (t_rest - series)))
}
