//! The remainder of a division. From the crate `libm` 0.2.16, see `LICENSE.txt`.

const SIGN_MASK: u64 = 1 << 63;
const EXP_MASK: u64 = 0x7ff << 52;
const SIG_BITS: u32 = 52;
const IMPLICIT_BIT: u64 = 1 << SIG_BITS;

/// Returns `x - trunc(x / y) * y`, which is exact.
pub(crate) fn fmod(x: f64, y: f64) -> f64 {
    let sx = x.to_bits() & SIGN_MASK;
    let ux = x.to_bits() & !SIGN_MASK;
    let uy = y.to_bits() & !SIGN_MASK;

    // What is no number: `NaN % _`, `Inf % _`, `_ % NaN`, `_ % 0`.
    let x_nan_or_inf = ux & EXP_MASK == EXP_MASK;
    let y_nan_or_zero = uy.wrapping_sub(1) & EXP_MASK == EXP_MASK;
    if x_nan_or_inf | y_nan_or_zero {
        return (x * y) / (x * y);
    }
    if ux < uy {
        // |x| < |y|
        return x;
    }
    let (num, ex) = into_sig_exp(ux);
    let (div, ey) = into_sig_exp(uy);

    // To compute `(num << ex) % (div << ey)`, first evaluate
    // `rem = (num << (ex - ey)) % div`, so the result will be `rem << ey`.
    let rem = reduction(num, ex - ey, div);
    if rem == 0 {
        // Zero with the sign of `x`.
        return f64::from_bits(sx);
    }
    // `rem` would be shifted up by `ey`, but that has to stop at `SIG_BITS`. What is beyond is
    // added to the exponent.
    let shift = ey.min(SIG_BITS - rem.ilog2());
    let bits = (rem << shift) + (u64::from(ey - shift) << SIG_BITS);
    f64::from_bits(sx + bits)
}

/// Returns of the bits of a finite number the mantissa with the implicit bit (0 if subnormal,
/// 1 otherwise) and the exponent past 1 (0 for subnormal, 0 or more otherwise).
fn into_sig_exp(bits: u64) -> (u64, u32) {
    let sat = bits.saturating_sub(IMPLICIT_BIT);
    (bits - (sat & EXP_MASK), (sat >> SIG_BITS) as u32)
}

/// Returns `(x << e) % y`.
fn reduction(mut x: u64, e: u32, y: u64) -> u64 {
    // Ensure `x < 2y` for what follows: not so only with subnormal divisors.
    if x >= y << 1 {
        x %= y;
    }
    if e < 32 {
        for _ in 0..e {
            x = x.checked_sub(y).unwrap_or(x);
            x <<= 1;
        }
        return x.checked_sub(y).unwrap_or(x);
    }
    if e < 64 {
        let w = u128::from(x) << e;
        if ((w >> 64) as u64) < y {
            return (w % u128::from(y)) as u64;
        }
    }
    linear_mul_reduction(x, e, y)
}

/// Returns `(x << e) % y` for `y` of at most 62 bits and `x < 2y`, in `O(e)`.
fn linear_mul_reduction(x: u64, mut e: u32, mut y: u64) -> u64 {
    // power of two divisors
    if y & (y - 1) == 0 {
        // shift and only keep low bits, if any are left
        return if e < 64 { (x << e) & (y - 1) } else { 0 };
    }
    // Use the identity `(x << e) % y == ((x << (e + s)) % (y << s)) >> s` to shift the
    // divisor so it has exactly two leading zeros.
    let s = y.leading_zeros() - 2;
    e += s;
    y <<= s;
    let mut reducer = Reducer::new(x, y);
    while e >= 63 {
        reducer.word_reduce();
        e -= 63;
    }
    reducer.shift_reduce(e);
    // The partial remainder is in `[0, 2y)`: correct it, and compensate for the shift.
    let r = reducer.partial_remainder();
    r.checked_sub(y).unwrap_or(r) >> s
}

/// A remainder in a form in which `x <<= k` modulo `n` is cheap. With `R = 2^64`: `n` is in
/// `(R/8, R/4)`, and `x` in `[0, 2n)`.
struct Reducer {
    /// `2n`
    m: u64,
    /// `RR/2 = qm + r`, where `0 <= r < m`. (`q` is needed in the beginning only.)
    r: u64,
    /// `x` is stored as `2 * q * x`.
    _2xq: u128,
}

impl Reducer {
    fn new(x: u64, n: u64) -> Reducer {
        let m = n << 1;
        // `q = (RR/2) / m` is in `[R, 2R)` and would overflow. So this is `f = q - R`, with
        // the same remainder.
        let dividend = u128::from((1 << 63) - m) << 64;
        let (f, r) = ((dividend / u128::from(m)) as u64, (dividend % u128::from(m)) as u64);
        // As `x < m`, `xq < qm <= RR/2`: `2xq = 2xR + 2xf` does not overflow.
        let _2x = x + x;
        let _2xq = (u128::from(_2x) << 64) + u128::from(_2x) * u128::from(f);
        Reducer { m, r, _2xq }
    }

    /// Returns `x`: the high half of `m(u + 2)`, where `u` is the high half of `2xq`.
    fn partial_remainder(&self) -> u64 {
        let u = (self._2xq >> 64) as u64;
        ((u128::from(self.m) * u128::from(u + 2)) >> 64) as u64
    }

    /// Shifts `x` by `k < 64`, and reduces it to below `m`.
    fn shift_reduce(&mut self, k: u32) {
        // `2xq << k = aRR/2 + b`, of which `2anq = aqm` is subtracted: `ar + b`.
        let a = (self._2xq >> 64) as u64 >> (63 - k);
        let b = (self._2xq << k) & (u128::MAX >> 1);
        self._2xq = u128::from(a) * u128::from(self.r) + b;
    }

    /// As [`Reducer::shift_reduce`] by 63, which is simpler.
    fn word_reduce(&mut self) {
        let (v, u) = (self._2xq as u64, (self._2xq >> 64) as u64);
        self._2xq = u128::from(u) * u128::from(self.r) + (u128::from(v >> 1) << 64);
    }
}
