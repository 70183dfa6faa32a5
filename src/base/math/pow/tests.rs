//! Powers held to exact ones, at their ends, and to their rules; and the tables to each other.

use super::*;

/// How many numbers lie between two positive ones.
fn apart(a: f64, b: f64) -> u64 {
    a.to_bits().abs_diff(b.to_bits())
}

#[test]
fn powers_that_are_numbers_are_exact() {
    for base in 1..=1000_u64 {
        let mut exact = 1_u64;
        for exponent in 0..=53_i32 {
            let (x, y) = (base as f64, f64::from(exponent));
            assert_eq!(pow(x, y), exact as f64, "{base}^{exponent}");
            let signed = if exponent % 2 == 0 { exact as f64 } else { -(exact as f64) };
            assert_eq!(pow(-x, y), signed, "(-{base})^{exponent}");
            match exact.checked_mul(base) {
                Some(next) if next <= 1 << 53 => exact = next,
                _ => break,
            }
        }
    }
    for exponent in -1074..=1023 {
        // A power of 2 by its digits.
        let expected = if exponent < -1022 {
            f64::from_bits(1 << (exponent + 1074))
        } else {
            f64::from_bits(((exponent + 1023) as u64) << 52)
        };
        assert_eq!(pow(2.0, f64::from(exponent)), expected, "2^{exponent}");
        assert_eq!(pow(0.5, f64::from(-exponent)), expected, "2^{exponent}");
        assert_eq!(pow(4.0, f64::from(exponent) / 2.0), expected, "2^{exponent}");
    }
}

#[test]
fn nearly_all_results_are_the_nearest_numbers() {
    // The fifth powers of numbers of 25 bits have 125: as exact integers they round to nearest.
    let (mut state, mut off) = (0x9e37_79b9_7f4a_7c15_u64, 0);
    for _ in 0..50_000 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let x = (state >> 39) + 2;
        let nearest = u128::from(x).pow(5) as f64;
        // The square has 50 bits.
        let ours = pow((x * x) as f64, 2.5);
        assert!(apart(ours, nearest) <= 1, "{x}^5");
        off += apart(ours, nearest);
        // What is multiplied comes nearer.
        assert_eq!(pow(x as f64, 5.0), nearest, "{x}^5");
        assert_eq!(pow(-(x as f64), 5.0), -nearest, "(-{x})^5");
        let x = x >> 4;
        assert_eq!(pow(x as f64, 6.0), u128::from(x).pow(6) as f64, "{x}^6");
        assert_eq!(pow(-(x as f64), 4.0), u128::from(x).pow(4) as f64, "{x}^4");
        assert_eq!(pow(x as f64, -1.0), 1.0 / x as f64, "{x}^-1");
    }
    assert!(off <= 150, "{off} of 50,000 are not nearest");
    let mut off = 0;
    for exponent in -323..=308 {
        let nearest: f64 = format!("1e{exponent}").parse().expect("a numeral");
        let ours = pow(10.0, f64::from(exponent));
        assert!(apart(ours, nearest) <= 1, "1e{exponent}");
        off += apart(ours, nearest);
    }
    assert!(off <= 6, "{off} powers of ten are not nearest");
}

#[test]
fn results_at_the_ends_are_rounded_once() {
    assert_eq!(pow(2.0, 1024.0), f64::INFINITY);
    assert_eq!(pow(10.0, 308.3), f64::INFINITY);
    assert_eq!(pow(2.0, -1075.0), 0.0);
    assert_eq!(pow(2.0, -1074.9), 5e-324);
    assert_eq!(pow(f64::MAX, 1.0), f64::MAX);
    for tiny in
        [5e-324, 1.5e-323, 2.2e-308, 2.225_073_858_507_201e-308, f64::MIN_POSITIVE, 2.3e-308]
    {
        assert_eq!(pow(tiny, 1.0), tiny);
        assert_eq!(pow(tiny.sqrt(), 2.0), tiny.sqrt() * tiny.sqrt(), "{tiny:e}");
    }
    // As large as no other power of it: (1 - 2^-53)^(2^63).
    assert_eq!(pow(1.0 - f64::EPSILON / 2.0, 9_223_372_036_854_775_808.0), 0.0);
    assert!(apart(pow(1.0 + f64::EPSILON, 4_503_599_627_370_496.0), std::f64::consts::E) <= 1);
}

#[test]
fn special_cases_are_those_of_annex_f() {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    let same = |x: f64, y: f64, expected: f64| {
        let result = pow(x, y);
        let equal = result.to_bits() == expected.to_bits() || result.is_nan() && expected.is_nan();
        assert!(equal, "{x:e}^{y:e} is {result:e}, not {expected:e}");
    };
    for x in [0.0, -0.0, 1.0, -3.5, inf, -inf, nan, 5e-324] {
        same(x, 0.0, 1.0);
        same(x, -0.0, 1.0);
        same(1.0, x, 1.0);
    }
    for (x, y, expected) in [
        (0.0, 3.0, 0.0),
        (-0.0, 3.0, -0.0),
        (-0.0, 2.0, 0.0),
        (-0.0, 0.5, 0.0),
        (0.0, -1.0, inf),
        (-0.0, -1.0, -inf),
        (-0.0, -2.0, inf),
        (-0.0, -0.5, inf),
        (-1.0, inf, 1.0),
        (-1.0, -inf, 1.0),
        (-1.0, 1e300, 1.0),
        (-1.0, 9_007_199_254_740_991.0, -1.0),
        (-1.0, 9_007_199_254_740_992.0, 1.0),
        (0.5, inf, 0.0),
        (0.5, -inf, inf),
        (-2.0, inf, inf),
        (-2.0, -inf, 0.0),
        (inf, 0.5, inf),
        (inf, -1e-300, 0.0),
        (-inf, 3.0, -inf),
        (-inf, 2.0, inf),
        (-inf, 0.5, inf),
        (-inf, -3.0, -0.0),
        (-inf, -2.5, 0.0),
        (-8.0, 1.0 / 3.0, nan),
        (nan, 1.0, nan),
        (2.0, nan, nan),
        (3.0, 1e-300, 1.0),
        (3.0, 1e300, inf),
        (3.0, -1e300, 0.0),
        (0.3, 1e300, 0.0),
        (-3.0, 1e300, inf),
        (-2.0, 1023.0, -8.98846567431158e307),
        (-2.0, 1025.0, -inf),
        (-2.0, -1075.0, -0.0),
    ] {
        same(x, y, expected);
    }
}

#[test]
fn powers_that_are_multiplied_are_near_the_others() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..50_000 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // All sizes for which they are multiplied, and some beyond.
        let exponent = 1023 - 93 + (state >> 52) % 187;
        let x = f64::from_bits(exponent << 52 | state >> 12);
        for y in (-11..=11).filter(|y| *y != 0) {
            let (ours, other) = (pow(x, f64::from(y)), positive(x.to_bits(), f64::from(y), 0));
            assert!(apart(ours, other) <= 1, "{x}^{y}");
        }
    }
}
