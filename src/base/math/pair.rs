//! Numbers with what is missing in them: some hundred bits, where sums and products need them.
//! Nothing is fused, on any target: products are exact where their factors are short enough.

/// A number, and what is missing in it.
pub(super) type Pair = (f64, f64);

/// A number without the lower 27 bits of its fraction.
#[inline]
pub(super) fn upper_half(number: f64) -> f64 {
    f64::from_bits(number.to_bits() & (!0 << 27))
}

/// The sum of two numbers of which the first is 0 or not the smaller one.
#[inline]
pub(super) fn sum(large: f64, small: f64) -> Pair {
    let sum = large + small;
    (sum, (large - sum) + small)
}

/// The number nearest to a pair.
#[inline]
pub(super) fn total((number, rest): Pair) -> f64 {
    number + rest
}

/// The product of two pairs.
#[inline]
pub(super) fn product(a: Pair, b: Pair) -> Pair {
    let (a_upper, b_upper) = (upper_half(a.0), upper_half(b.0));
    let low = a_upper * (b.0 - b_upper) + (a.0 - a_upper) * b.0 + (a.0 * b.1 + a.1 * b.0);
    sum(a_upper * b_upper, low)
}

/// The square of a pair.
#[inline]
pub(super) fn square((number, rest): Pair) -> Pair {
    let upper = upper_half(number);
    sum(upper * upper, (number - upper) * (number + upper) + 2.0 * number * rest)
}

/// The quotient of two pairs.
#[inline]
pub(super) fn quotient(above: Pair, below: Pair) -> Pair {
    let (number, rest) = sum(above.0, above.1);
    let (divisor, divisor_rest) = sum(below.0, below.1);
    // Both divisions at once.
    let (result, inverse) = (number / divisor, 1.0 / divisor);
    // number - result * divisor, exactly.
    let (upper, divisor_upper) = (upper_half(result), upper_half(divisor));
    let left = (number - upper * divisor_upper)
        - upper * (divisor - divisor_upper)
        - (result - upper) * divisor;
    (result, (left + rest - result * divisor_rest) * inverse)
}

/// The square root of a pair that is not 0.
#[inline]
pub(super) fn root((number, rest): Pair) -> Pair {
    let root = number.sqrt();
    let upper = upper_half(root);
    let left = (number - upper * upper) - (root - upper) * (root + upper);
    (root, (left + rest) / (2.0 * root))
}
