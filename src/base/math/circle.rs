//! Sine, cosine and tangent: the angle is brought between -π/4 and π/4 (`rem_pio2.rs`), the
//! nearest 64th taken from a table, and short series do the rest. Both functions come in two
//! numbers, so that what is made of them is nearly always the nearest number.
//!
//! Unlike most of its neighbours this file is Moonfuel's own. No product is fused with a sum, on
//! any target: where a product must be exact, its factors are short enough.

use super::pair::{Pair, quotient, sum, total, upper_half};
use super::rem_pio2::rem_pio2;
use super::tables::CIRCLE;

const QUARTER: f64 = std::f64::consts::FRAC_PI_4;
/// Added and taken away, it rounds to a multiple of a 64th.
const ROUNDING: f64 = 6_755_399_441_055_744.0 / 64.0;
/// An angle so small is its sine and its tangent, and its cosine is 1. (Its powers would have few
/// bits at last, and processors take a hundred cycles for each product of that kind.)
const TINY: f64 = 1.0 / (1_u64 << 28) as f64;

/// The sine of an angle.
#[inline]
pub(crate) fn sin(x: f64) -> f64 {
    if x.abs() < TINY {
        return x;
    }
    let near = Near::of(x);
    let result = total(if near.quarters & 1 == 0 { near.sine() } else { near.cosine() });
    if near.quarters & 2 == 0 { result } else { -result }
}

/// The cosine of an angle.
#[inline]
pub(crate) fn cos(x: f64) -> f64 {
    if x.abs() < TINY {
        return 1.0;
    }
    let near = Near::of(x);
    let result = total(if near.quarters & 1 == 0 { near.cosine() } else { near.sine() });
    if (near.quarters + 1) & 2 == 0 { result } else { -result }
}

/// The tangent of an angle.
#[inline]
pub(crate) fn tan(x: f64) -> f64 {
    if x.abs() < TINY {
        return x;
    }
    let near = Near::of(x);
    let (sine, cosine) = (near.sine(), near.cosine());
    if near.quarters & 1 == 0 {
        total(quotient(sine, cosine))
    } else {
        -total(quotient(cosine, sine))
    }
}

/// An angle between -π/4 and π/4, as a 64th `a` of the table and what is left to it, `r`: of no
/// number where there was no angle.
struct Near {
    /// By how many quarters of the circle it was turned.
    quarters: i32,
    is_negative: bool,
    /// The sine of `a`, and its cosine: 26 bits of each, and what is missing.
    sine: Pair,
    cosine: Pair,
    /// 26 bits of `r`, and what is missing.
    r: Pair,
    /// sin(r) - r and cos(r) - 1, with what is missing in r.
    of_sine: f64,
    of_cosine: f64,
}

impl Near {
    #[inline]
    fn of(x: f64) -> Near {
        let (quarters, angle, rest) = if x.abs() <= QUARTER {
            (0, x, 0.0)
        } else if x.is_finite() {
            rem_pio2(x)
        } else {
            (0, x - x, 0.0)
        };
        let is_negative = angle.is_sign_negative();
        let (size, size_rest) = if is_negative { (-angle, -rest) } else { (angle, rest) };

        let rounded = size + ROUNDING;
        // What is no number has no place in the table.
        let row = (rounded.to_bits() & 63).min(CIRCLE.len() as u64 - 1);
        let [sine, sine_low, cosine, cosine_low] = CIRCLE[row as usize].map(f64::from_bits);
        // Exact: both lie near each other, or nothing is taken away.
        let r = size - (rounded - ROUNDING);
        let r2 = r * r;
        let upper = upper_half(r);
        Near {
            quarters,
            is_negative,
            sine: (sine, sine_low),
            cosine: (cosine, cosine_low),
            r: (upper, r - upper),
            of_sine: size_rest - r * r2 * (1.0 / 6.0 - r2 * (1.0 / 120.0 - r2 * (1.0 / 5040.0))),
            of_cosine: -(r2 * (0.5 - r2 * (1.0 / 24.0 - r2 * (1.0 / 720.0)))) - r * size_rest,
        }
    }

    /// sin(a + r) = sin(a) cos(r) + cos(a) sin(r): the product of 26 bits each is exact.
    #[inline]
    fn sine(&self) -> Pair {
        let (upper, lower) = self.r;
        let (high, low) = sum(self.sine.0, self.cosine.0 * upper);
        let small = total(self.sine) * self.of_cosine + total(self.cosine) * self.of_sine;
        let low =
            low + (self.cosine.0 * lower + (self.cosine.1 * total(self.r) + (self.sine.1 + small)));
        if self.is_negative { (-high, -low) } else { (high, low) }
    }

    /// cos(a + r) = cos(a) cos(r) - sin(a) sin(r).
    #[inline]
    fn cosine(&self) -> Pair {
        let (upper, lower) = self.r;
        let (high, low) = sum(self.cosine.0, -(self.sine.0 * upper));
        let small = total(self.cosine) * self.of_cosine - total(self.sine) * self.of_sine;
        let low =
            low + (self.cosine.1 - self.sine.0 * lower - (self.sine.1 * total(self.r) - small));
        (high, low)
    }
}
