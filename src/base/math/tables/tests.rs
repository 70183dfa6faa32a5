//! The tables held to each other, and to integers.

use super::*;

#[test]
fn tables_are_what_they_say() {
    // Each power of 2 times the first is the next: to a hundred bits, by sums of two numbers.
    let powers = POWERS.map(|row| row.map(f64::from_bits));
    let [first, first_missing] = powers[1];
    for (i, [power, missing]) in powers.into_iter().enumerate() {
        let [next, next_missing] = powers.get(i + 1).copied().unwrap_or([2.0, 0.0]);
        let product = power * first;
        let rest = power.mul_add(first, -product);
        let error = (product - next) + rest + next * (missing + first_missing - next_missing);
        assert!(error.abs() < 1e-30, "{i}: {error:e}");
    }
    // Logarithms by ln(v) = 2 artanh((v - 1) / (v + 1)), in integers of 2^-100.
    for (i, [inverse, high, low]) in
        LOGARITHMS.map(|row| row.map(f64::from_bits)).into_iter().enumerate()
    {
        let scaled = (inverse * 65_536.0) as i128;
        assert_eq!(scaled as f64 / 65_536.0, inverse);
        let (above, below) = (65_536 - scaled, 65_536 + scaled);
        let mut power = (above << 100) / below;
        let mut logarithm = 0;
        for member in (1..60).step_by(2) {
            logarithm += 2 * power / member;
            power = power * above / below * above / below;
        }
        let units = |number: f64, of: i32| (number * f64::from(of).exp2()) as i128;
        assert_eq!(high * 43_f64.exp2(), (high * 43_f64.exp2()).trunc(), "{i}");
        let told = (units(high, 43) << 57) + units(low, 100);
        assert!((told - logarithm).abs() < 1 << 8, "{i}: {told} for {logarithm}");
        let [from, to] =
            [0, (1 << 45) - 1].map(|at| f64::from_bits(FIRST + ((i as u64) << 45) + at));
        assert!(
            (from * inverse - 1.0).abs() < 1.0 / 256.0 && (to * inverse - 1.0).abs() < 1.0 / 256.0
        );
    }
}

#[test]
fn sines_and_cosines_are_those_of_the_same_angles() {
    // sin² + cos² = 1, and the sine of the next angle follows from the first's and this one's:
    // by sums of pairs, to some seventy bits.
    let rows = CIRCLE.map(|row| row.map(f64::from_bits));
    let [s1, s1_low, c1, c1_low] = rows[1];
    for (k, pair) in rows.windows(2).enumerate() {
        let ([s, s_low, c, c_low], [next, next_low, ..]) = (pair[0], pair[1]);
        assert_eq!([s, c].map(|x| x.to_bits() & ((1 << 27) - 1)), [0, 0], "{k}");
        // The products of 26 bits each are exact.
        let one = ((c * c - 1.0) + s * s) + 2.0 * (s * s_low + c * c_low);
        assert!(one.abs() < 1e-15, "{k}: {one:e}");
        let (a, b) = (s * c1, c * s1);
        let sum = a + b;
        let rest = (a - sum) + b;
        let rest = if a < b { (b - sum) + a } else { rest };
        let small = s * c1_low + s_low * c1 + c * s1_low + c_low * s1;
        let smaller = s_low * c1_low + c_low * s1_low;
        let error = (sum - next) + (rest + small + smaller - next_low);
        assert!(error.abs() < 1e-22, "{k}: {error:e}");
    }
}
