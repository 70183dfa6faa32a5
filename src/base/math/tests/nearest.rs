//! Moonfuel's own functions held to series in integers: 100 bits behind the point, of arguments
//! that are multiples of 2^-20.

use super::*;

/// Bits of an argument behind the point, and of a result.
const ARGUMENT: u32 = 20;
const RESULT: u32 = 100;
const UNIT: i128 = 1 << RESULT;

fn times(number: i128, argument: i128) -> i128 {
    (number * argument) >> ARGUMENT
}

/// Sums members, of which each is made of the one before and its number, until they vanish.
fn series(first: i128, next: impl Fn(i128, i128) -> (i128, i128)) -> i128 {
    let (mut sum, mut member, mut number) = (0, first, 1);
    while member != 0 && number < 400 {
        let (added, following) = next(member, number);
        sum += added;
        member = if following == -1 { 0 } else { following };
        number += 1;
    }
    sum
}

fn sine(x: i128) -> i128 {
    series(times(UNIT, x), |member, n| {
        (member, -times(times(member, x), x) / (2 * n * (2 * n + 1)))
    })
}

fn cosine(x: i128) -> i128 {
    series(UNIT, |member, n| (member, -times(times(member, x), x) / ((2 * n - 1) * 2 * n)))
}

fn exponential(x: i128) -> i128 {
    series(UNIT, |member, n| (member, times(member, x) / n))
}

fn hyperbolic_sine(x: i128) -> i128 {
    series(times(UNIT, x), |member, n| (member, times(times(member, x), x) / (2 * n * (2 * n + 1))))
}

fn hyperbolic_cosine(x: i128) -> i128 {
    series(UNIT, |member, n| (member, times(times(member, x), x) / ((2 * n - 1) * 2 * n)))
}

fn arc_tangent(x: i128) -> i128 {
    series(times(UNIT, x), |member, n| (member / (2 * n - 1), -times(times(member, x), x)))
}

fn arc_sine(x: i128) -> i128 {
    series(times(UNIT, x), |member, n| {
        let odd = 2 * n - 1;
        (member / odd, times(times(member, x), x) / (2 * n) * odd)
    })
}

/// Of a number between 1/2 and 3/2: twice the angle whose hyperbolic tangent is (x - 1) / (x + 1).
fn logarithm(x: i128) -> i128 {
    let (above, below) = (x - (1 << ARGUMENT), x + (1 << ARGUMENT));
    series(2 * (UNIT / below) * above, |member, n| {
        (member / (2 * n - 1), member / below * above / below * above)
    })
}

/// The quotient of two results, bit by bit.
fn quotient(above: i128, below: i128) -> i128 {
    let (mut result, mut rest) = (above / below, above % below);
    for _ in 0..RESULT / 20 {
        rest <<= 20;
        result = (result << 20) + rest / below;
        rest %= below;
    }
    result
}

fn half_pi() -> i128 {
    // Both numbers are multiples of 2^-106 or so; the second one's last bits do not matter.
    let whole = |number: f64, bits: i32| (number * f64::from(bits).exp2()) as i128;
    (whole(std::f64::consts::FRAC_PI_2, 52) << 48)
        + whole(f64::from_bits(0x3c91_a626_3314_5c07), RESULT as i32)
}

/// The number nearest to a result.
fn nearest(result: i128) -> f64 {
    result as f64 / UNIT as f64
}

/// Compares 4000 results; tells how many are not the nearest number, none of which may be
/// further from it than its neighbour.
fn not_nearest(
    most: f64,
    least: f64,
    ours: impl Fn(f64) -> f64,
    exact: impl Fn(i128) -> i128,
) -> usize {
    let mut draw = Draw(0x2545_f491_4f6c_dd1d);
    let scale = f64::from(1 << ARGUMENT);
    let mut count = 0;
    for _ in 0..4000 {
        let unit = (draw.bits() >> 11) as f64 / (1_u64 << 53) as f64;
        let argument = ((least + unit * (most - least)) * scale) as i128;
        if argument == 0 {
            continue;
        }
        let x = argument as f64 / scale;
        let (result, expected) = (ours(x), nearest(exact(argument)));
        let apart = result.to_bits().abs_diff(expected.to_bits());
        assert!(apart <= 1, "{x}: {result:e}, not {expected:e}");
        count += apart as usize;
    }
    count
}

#[test]
fn nearly_all_results_are_the_nearest_numbers() {
    assert_eq!(not_nearest(0.785, -0.785, sin, sine), 0);
    assert_eq!(not_nearest(0.785, -0.785, cos, cosine), 0);
    assert_eq!(not_nearest(0.785, -0.785, tan, |x| quotient(sine(x), cosine(x))), 0);
    assert_eq!(not_nearest(0.5, -0.5, |x| atan2(x, 1.0), arc_tangent), 0);
    assert_eq!(not_nearest(0.5, -0.5, |x| atan2(1.0, x), |x| half_pi() - arc_tangent(x)), 0);
    assert_eq!(
        not_nearest(
            0.5,
            -0.5,
            |x| atan2(x, -1.0),
            |x| {
                let angle = 2 * half_pi() - arc_tangent(x.abs());
                if x < 0 { -angle } else { angle }
            }
        ),
        0
    );
    assert_eq!(not_nearest(0.5, -0.5, asin, arc_sine), 0);
    assert_eq!(not_nearest(0.5, -0.5, acos, |x| half_pi() - arc_sine(x)), 0);
    assert_eq!(not_nearest(1.4, 0.6, log, logarithm), 0);
    let found = not_nearest(1.0, -1.0, exp, exponential);
    assert!(found <= 12, "{found} exponentials are not nearest");
    for (least, most) in [(-0.25, 0.25), (-3.0, 3.0), (0.25, 0.6)] {
        let counts = [
            not_nearest(most, least, sinh, hyperbolic_sine),
            not_nearest(most, least, cosh, hyperbolic_cosine),
            not_nearest(most, least, tanh, |x| quotient(hyperbolic_sine(x), hyperbolic_cosine(x))),
        ];
        assert!(counts.iter().all(|count| *count <= 12), "{counts:?} from {least} to {most}");
    }
}

#[test]
fn logarithms_of_powers_are_exact() {
    for exponent in -1074..=1023 {
        let x = ldexp(1.0, exponent);
        assert_eq!(log2(x), f64::from(exponent));
    }
    let mut x = 1.0;
    for exponent in 0..=22 {
        assert_eq!(log10(x), f64::from(exponent));
        x *= 10.0;
    }
    assert_eq!(log(1.0).to_bits(), 0);
    for x in [0.0, -0.0] {
        assert_eq!(
            (log(x), log2(x), log10(x)),
            (f64::NEG_INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY)
        );
    }
    assert!(log(-1.0).is_nan() && log(f64::NAN).is_nan() && log(f64::NEG_INFINITY).is_nan());
    assert_eq!(log(f64::INFINITY), f64::INFINITY);
}

#[test]
fn angles_keep_signs_and_ends() {
    use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};
    let (inf, tiny) = (f64::INFINITY, 5e-324);
    for (y, x, angle) in [
        (0.0, 1.0, 0.0),
        (0.0, 0.0, 0.0),
        (0.0, -0.0, PI),
        (0.0, -1.0, PI),
        (1.0, 0.0, FRAC_PI_2),
        (1.0, -0.0, FRAC_PI_2),
        (inf, 1.0, FRAC_PI_2),
        (inf, -1.0, FRAC_PI_2),
        (inf, inf, FRAC_PI_4),
        (inf, -inf, 3.0 * FRAC_PI_4),
        (1.0, inf, 0.0),
        (1.0, -inf, PI),
        (tiny, 1.0, tiny),
        (tiny, -1.0, PI),
        (tiny, tiny, FRAC_PI_4),
        (tiny, 2.0, 0.0),
        (1e308, 1e308, FRAC_PI_4),
        (1.0, tiny, FRAC_PI_2),
        (3e-320, 1e-10, 3e-320 / 1e-10),
    ] {
        assert_eq!(atan2(y, x).to_bits(), angle.to_bits(), "{y:e} {x:e}");
        assert_eq!(atan2(-y, x).to_bits(), (-angle).to_bits(), "-{y:e} {x:e}");
    }
    for x in [0.0, tiny, 1e-300, 1e-20] {
        assert_eq!((sin(x), tan(x), asin(x), cos(x)), (x, x, x, 1.0));
        assert_eq!(sin(-x).to_bits(), (-x).to_bits());
        assert_eq!(tan(-x).to_bits(), (-x).to_bits());
        assert_eq!(asin(-x).to_bits(), (-x).to_bits());
    }
    assert_eq!((asin(1.0), asin(-1.0), acos(1.0), acos(-1.0)), (FRAC_PI_2, -FRAC_PI_2, 0.0, PI));
    for x in [inf, -inf, f64::NAN, 1.0 + f64::EPSILON, -2.0] {
        assert!(asin(x).is_nan() && acos(x).is_nan(), "{x}");
    }
    for x in [inf, -inf, f64::NAN] {
        assert!(sin(x).is_nan() && cos(x).is_nan() && tan(x).is_nan());
        assert!(atan2(x, f64::NAN).is_nan());
    }
    // Where nothing but the digits of π is left.
    assert_eq!((sin(PI), cos(FRAC_PI_2)), (1.2246467991473532e-16, 6.123233995736766e-17));
    assert_eq!((sin(1e22), cos(1e300)), (-0.8522008497671888, -0.5753861119575491));
    assert_eq!((exp(0.0), exp(-0.0), exp(inf), exp(-inf)), (1.0, 1.0, inf, 0.0));
    assert_eq!(
        (exp(709.782712893384), exp(709.79), exp(-745.2)),
        (1.7976931348622732e308, inf, 0.0)
    );
    for x in [0.0, tiny, 1e-300, 1e-20, inf] {
        let tangent = if x == inf { 1.0 } else { x };
        assert_eq!((sinh(x), tanh(x)), (x, tangent));
        assert_eq!(sinh(-x).to_bits(), (-x).to_bits());
        assert_eq!(tanh(-x).to_bits(), (-tangent).to_bits());
        assert_eq!((cosh(x), cosh(-x)), if x == inf { (inf, inf) } else { (1.0, 1.0) });
    }
    assert!(sinh(f64::NAN).is_nan() && cosh(f64::NAN).is_nan() && tanh(f64::NAN).is_nan());
    assert_eq!((sinh(37.0), sinh(-37.0)), (5859571186401306.0, -5859571186401306.0));
    // Half of a power that is too large, and the first that is too large itself.
    let (last, next) = (710.4758600739439, 710.475860073944);
    assert_eq!((sinh(last), cosh(last)), (1.7976931348621744e308, 1.7976931348621744e308));
    assert_eq!((sinh(next), cosh(-next), sinh(-next)), (inf, inf, -inf));
    assert_eq!((tanh(19.0), tanh(22.1), tanh(-1e300)), (0.9999999999999999, 1.0, -1.0));
}
