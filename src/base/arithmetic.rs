//! Arithmetic on numbers, with Lua's rules (manual §3.4.1-§3.4.3): the compiler's and the
//! machine's.

use crate::base::math as real;

#[cfg(test)]
mod tests;

/// Converts a float with an exact integer value to that integer.
#[inline]
pub(crate) fn float_to_integer(n: f64) -> Option<i64> {
    // 2^63 is exact as a float; the range test also refuses NaN.
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&n) {
        let i = n as i64;
        if i as f64 == n { Some(i) } else { None }
    } else {
        None
    }
}

/// Makes every NaN the one canonical NaN, so that neither its sign nor its bits
/// depend on the host's arithmetic. PUC on x86-64 prints the NaN of `0/0` as `-nan`.
///
/// Unary minus and `math.abs` are left out: they change the sign bit alone on every
/// machine. So there are two NaNs, and `-(0/0)` prints `nan` as in PUC.
#[inline(always)]
pub(crate) fn canonical(n: f64) -> f64 {
    if n.is_nan() { canonical_nan() } else { n }
}

/// Kept apart so that the test above is one rarely taken branch.
#[cold]
#[inline(never)]
fn canonical_nan() -> f64 {
    f64::from_bits(0xFFF8_0000_0000_0000)
}

/// Returns both as 32-bit numbers if they are that small and not negative: dividing
/// those takes a fraction of the time on many processors.
#[inline(always)]
fn small(a: i64, b: i64) -> Option<(u32, u32)> {
    if (a | b) as u64 >> 32 == 0 { Some((a as u32, b as u32)) } else { None }
}

/// `a // b` on integers; the divisor is not zero.
#[inline]
pub(crate) fn int_floor_div(a: i64, b: i64) -> i64 {
    if let Some((a, b)) = small(a, b) {
        return i64::from(a / b);
    }
    if b == -1 {
        return a.wrapping_neg();
    }
    let q = a / b;
    if (a ^ b) < 0 && q * b != a { q - 1 } else { q }
}

/// `a % b` on integers; the divisor is not zero.
#[inline]
pub(crate) fn int_mod(a: i64, b: i64) -> i64 {
    if let Some((a, b)) = small(a, b) {
        return i64::from(a % b);
    }
    if b == -1 {
        return 0;
    }
    let r = a % b;
    if r != 0 && (r ^ b) < 0 { r + b } else { r }
}

/// `a % b` on floats.
#[inline]
pub(crate) fn float_mod(a: f64, b: f64) -> f64 {
    let r = real::fmod(a, b);
    if r != 0.0 && (r < 0.0) != (b < 0.0) { r + b } else { r }
}

/// `a // b` on floats.
#[inline]
pub(crate) fn float_floor_div(a: f64, b: f64) -> f64 {
    (a / b).floor()
}

/// `a ^ b` on floats.
#[inline]
pub(crate) fn float_pow(a: f64, b: f64) -> f64 {
    if b == 2.0 {
        a * a
    } else if let Some(power) = power_of_two(a, b) {
        power
    } else {
        real::pow(a, b)
    }
}

/// `a ^ b` where that is 2 to an integer, and no smaller than numbers of full precision: its bits
/// are the exponent. The library comes to the same the long way.
#[inline]
fn power_of_two(a: f64, b: f64) -> Option<f64> {
    let exponent = b as i32;
    let is_one = a == 2.0 && f64::from(exponent) == b && (-1022..=1023).contains(&exponent);
    is_one.then(|| f64::from_bits(((exponent + 1023) as u64) << 52))
}

/// `a << b`; shifts by 64 or more give 0, negative ones shift right.
#[inline]
pub(crate) fn shift_left(a: i64, b: i64) -> i64 {
    if b <= -64 || b >= 64 {
        0
    } else if b >= 0 {
        ((a as u64) << b) as i64
    } else {
        ((a as u64) >> -b) as i64
    }
}

/// `a >> b`, logical.
#[inline]
pub(crate) fn shift_right(a: i64, b: i64) -> i64 {
    shift_left(a, b.checked_neg().unwrap_or(i64::MAX))
}

/// `i < n` without rounding the integer.
pub(crate) fn int_lt_float(i: i64, n: f64) -> bool {
    if n.is_nan() {
        return false;
    }
    if n >= 9_223_372_036_854_775_808.0 {
        return true;
    }
    if n <= -9_223_372_036_854_775_808.0 {
        return false;
    }
    // |n| < 2^63: i < n exactly when i < ceil(n).
    i < n.ceil() as i64
}

/// `i <= n` without rounding the integer.
pub(crate) fn int_le_float(i: i64, n: f64) -> bool {
    if n.is_nan() {
        return false;
    }
    if n >= 9_223_372_036_854_775_808.0 {
        return true;
    }
    if n < -9_223_372_036_854_775_808.0 {
        return false;
    }
    i <= n.floor() as i64
}

/// `n < i` without rounding the integer.
pub(crate) fn float_lt_int(n: f64, i: i64) -> bool {
    !n.is_nan() && !int_le_float(i, n)
}

/// `n <= i` without rounding the integer.
pub(crate) fn float_le_int(n: f64, i: i64) -> bool {
    !n.is_nan() && !int_lt_float(i, n)
}
