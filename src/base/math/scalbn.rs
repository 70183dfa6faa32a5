//! Multiplication by powers of 2. From the crate `libm` 0.2.16, see `LICENSE.txt`.

/// The exponents of normal numbers.
const EXP_MAX: i32 = 1023;
const EXP_MIN: i32 = -1022;
/// Bits of the fraction, with the one that is not written.
const SIG_BITS: i32 = 53;

/// Returns the power of 2 with an exponent of normal numbers.
fn power(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

/// Returns `x * 2^n`. If that neither overflows nor underflows, it is exact.
pub(crate) fn scalbn(mut x: f64, mut n: i32) -> f64 {
    // There are cases where `2^n` is not representable but the result should be. So the
    // magnitude of the last multiplication is reduced by multiplying before.
    if n > EXP_MAX {
        // At worst `x` is the smallest subnormal and the result the largest number, which is
        // three multiplications away.
        x *= power(EXP_MAX);
        n -= EXP_MAX;
        if n > EXP_MAX {
            x *= power(EXP_MAX);
            n -= EXP_MAX;
            n = n.min(EXP_MAX);
        }
    } else if n < EXP_MIN {
        // Nothing becomes subnormal on the way: it would be rounded twice.
        let mul = power(EXP_MIN) * power(SIG_BITS);
        let add = -EXP_MIN - SIG_BITS;
        x *= mul;
        n += add;
        if n < EXP_MIN {
            x *= mul;
            n += add;
            n = n.max(EXP_MIN);
        }
    }
    x * power(n)
}
