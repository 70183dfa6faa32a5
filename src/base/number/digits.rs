//! The exact decimal digits of a double, as many as are wanted.
//!
//! The whole part is divided by 10^19 again and again, the fraction multiplied by it. What
//! that takes is bounded by the 1074 bits a double may have on either side of its point.

use super::big::Big;

/// Digits in a block.
const BLOCK_DIGITS: usize = 19;
/// 10 to the power of [`BLOCK_DIGITS`].
const BLOCK: u64 = 10_000_000_000_000_000_000;
/// The first 64 bits, but for the first, of 1 / [`BLOCK`].
const RECIPROCAL: u64 = (u128::MAX / BLOCK as u128) as u64;
/// Limbs of a fraction: 1074 bits.
const LIMBS: usize = 17;
/// Most digits taken from the front of a large number without the others.
const FRONT: usize = 17;
/// Least exponent for that: below, dividing costs no more.
const LARGE: i32 = 76;

/// Takes a finite double that is not negative apart: mantissa × 2^exponent.
fn parts(n: f64) -> (u64, i32) {
    let bits = n.to_bits();
    let field = (bits >> 52) as i32 & 0x7ff;
    let hidden = u64::from(field != 0) << 52;
    ((bits & ((1 << 52) - 1)) | hidden, field.max(1) - 1075)
}

/// A fraction below 1.
struct Fraction {
    /// The least significant first; those outside `low..high` are 0.
    limbs: [u64; LIMBS],
    low: usize,
    high: usize,
}

impl Fraction {
    /// Makes `mantissa` / 2^`places`, which is below 1.
    fn new(mantissa: u64, places: u32) -> Fraction {
        let mut limbs = [0; LIMBS];
        let bit = LIMBS * 64 - places as usize;
        let wide = u128::from(mantissa) << (bit % 64);
        let low = bit / 64;
        limbs[low] = wide as u64;
        let above = (wide >> 64) as u64;
        if above != 0 {
            limbs[low + 1] = above;
        }
        let mut fraction = Fraction { limbs, low, high: low + 1 + usize::from(above != 0) };
        fraction.trim();
        fraction
    }

    fn trim(&mut self) {
        while self.low < self.high && self.limbs[self.low] == 0 {
            self.low += 1;
        }
    }

    fn is_zero(&self) -> bool {
        self.low == self.high
    }

    /// Takes the next [`BLOCK_DIGITS`] digits off.
    fn next_block(&mut self) -> u64 {
        let mut carry = 0;
        for limb in &mut self.limbs[self.low..self.high] {
            let wide = u128::from(*limb) * u128::from(BLOCK) + u128::from(carry);
            *limb = wide as u64;
            carry = (wide >> 64) as u64;
        }
        if carry != 0 && self.high < LIMBS {
            self.limbs[self.high] = carry;
            self.high += 1;
            carry = 0;
        }
        self.trim();
        carry
    }
}

/// Divides a number of two limbs, the higher one below [`BLOCK`], by it: the method of
/// Möller and Granlund, which multiplies.
fn divide_by_block(high: u64, low: u64) -> (u64, u64) {
    let estimate =
        u128::from(RECIPROCAL) * u128::from(high) + (u128::from(high) << 64 | u128::from(low));
    let estimate = estimate.wrapping_add(1 << 64);
    let mut quotient = (estimate >> 64) as u64;
    let mut rest = low.wrapping_sub(quotient.wrapping_mul(BLOCK));
    if rest > estimate as u64 {
        quotient = quotient.wrapping_sub(1);
        rest = rest.wrapping_add(BLOCK);
    }
    if rest >= BLOCK {
        quotient = quotient.wrapping_add(1);
        rest -= BLOCK;
    }
    (quotient, rest)
}

/// Appends the digits of a block, all of them or without zeros in front.
fn push_block(mut block: u64, all: bool, digits: &mut Vec<u8>) {
    let mut text = [b'0'; BLOCK_DIGITS + 1];
    let mut start = text.len();
    while block > 0 {
        start -= 1;
        text[start] = b'0' + (block % 10) as u8;
        block /= 10;
    }
    digits.extend_from_slice(&text[if all { 1 } else { start }..]);
}

/// Appends the digits of a whole number, none for 0.
fn push_whole(mantissa: u64, exponent: u32, digits: &mut Vec<u8>) {
    let mut number = Big::new(mantissa);
    number.shift_left(exponent);
    let mut limbs = number.limbs().to_vec();
    let mut blocks = Vec::with_capacity(LIMBS);
    while limbs.len() > 1 || limbs.first().is_some_and(|limb| *limb >= BLOCK) {
        let mut rest = 0;
        for limb in limbs.iter_mut().rev() {
            (*limb, rest) = divide_by_block(rest, *limb);
        }
        blocks.push(rest);
        while limbs.last() == Some(&0) {
            limbs.pop();
        }
    }
    push_block(limbs.first().copied().unwrap_or(0), false, digits);
    for block in blocks.iter().rev() {
        push_block(*block, true, digits);
    }
}

/// Cuts digits to `keep`, which are fewer, to the nearest, ties to even; `more` says that
/// what follows the last is not 0. Returns whether a digit came in front.
fn round(digits: &mut Vec<u8>, keep: usize, more: bool) -> bool {
    let (first, others) = (digits[keep], &digits[keep + 1..]);
    let above = more || others.iter().any(|digit| *digit != b'0');
    let odd = keep > 0 && digits[keep - 1] & 1 == 1;
    let up = first > b'5' || (first == b'5' && (above || odd));
    digits.truncate(keep);
    if !up {
        return false;
    }
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return false;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
    true
}

/// Appends blocks of a fraction until there are more than `keep` digits or no more.
fn push_fraction(fraction: &mut Fraction, keep: usize, digits: &mut Vec<u8>) {
    while digits.len() <= keep && !fraction.is_zero() {
        push_block(fraction.next_block(), true, digits);
    }
}

/// Returns the whole digits of a finite double that is not negative, none for 0, and
/// `places` digits after its point, rounded; and the number of the whole ones.
pub(super) fn fixed(n: f64, places: usize) -> (Vec<u8>, usize) {
    let (mantissa, exponent) = parts(n);
    let mut digits = Vec::with_capacity(48);
    let mut fraction = Fraction::new(0, 1);
    match u32::try_from(exponent) {
        Ok(exponent) => push_whole(mantissa, exponent, &mut digits),
        Err(_) => {
            let below = exponent.unsigned_abs();
            let whole = mantissa.checked_shr(below).unwrap_or(0);
            push_block(whole, false, &mut digits);
            let rest = mantissa - whole.checked_shl(below).unwrap_or(0);
            fraction = Fraction::new(rest, below);
        }
    }
    let mut whole = digits.len();
    let wanted = whole + places;
    push_fraction(&mut fraction, wanted, &mut digits);
    if digits.len() > wanted {
        whole += usize::from(round(&mut digits, wanted, !fraction.is_zero()));
    }
    digits.resize(whole + places, b'0');
    (digits, whole)
}

/// Returns the first `count` digits, at least one, of a finite double that is not
/// negative, rounded; and the decimal exponent of the first.
pub(super) fn scientific(n: f64, count: usize) -> (Vec<u8>, i32) {
    let (mantissa, exponent) = parts(n);
    let mut digits = Vec::with_capacity(48);
    if mantissa == 0 {
        digits.resize(count, b'0');
        return (digits, 0);
    }
    let mut fraction = Fraction::new(0, 1);
    // Digits between the point and the first one, and whether any follow those made.
    let mut zeros = 0;
    let mut dropped = 0;
    let mut more = false;
    if exponent >= LARGE && count <= FRONT {
        let (front, left, rest) = front(mantissa, exponent as u32);
        push_block(front, false, &mut digits);
        (dropped, more) = (left, rest);
    } else if let Ok(exponent) = u32::try_from(exponent) {
        push_whole(mantissa, exponent, &mut digits);
    } else {
        let below = exponent.unsigned_abs();
        let whole = mantissa.checked_shr(below).unwrap_or(0);
        push_block(whole, false, &mut digits);
        let rest = mantissa - whole.checked_shl(below).unwrap_or(0);
        fraction = Fraction::new(rest, below);
        while digits.is_empty() {
            let block = fraction.next_block();
            push_block(block, false, &mut digits);
            zeros += BLOCK_DIGITS - digits.len();
        }
    }
    // (Where there are zeros the digits made so far belong to the fraction.)
    let whole = if zeros > 0 || n < 1.0 { 0 } else { digits.len() };
    let mut first = if whole > 0 { (whole + dropped) as i32 - 1 } else { -(zeros as i32) - 1 };
    push_fraction(&mut fraction, count, &mut digits);
    if digits.len() > count && round(&mut digits, count, more || !fraction.is_zero()) {
        digits.pop();
        first += 1;
    }
    digits.resize(count, b'0');
    (digits, first)
}

/// Returns the first 18 or 19 digits of mantissa × 2^exponent (at least 2^[`LARGE`]), how
/// many follow, and whether any of those is not 0.
fn front(mantissa: u64, exponent: u32) -> (u64, usize, bool) {
    let bits = 64 - mantissa.leading_zeros() + exponent;
    // All digits, or one too few: 1233 / 4096 is a little less than log10(2).
    let all = (bits - 1) * 1233 / 4096 + 1;
    let left = all - 18;
    let mut number = Big::new(mantissa);
    number.shift_left(exponent - left);
    let mut power = Big::new(1);
    power.multiply_power_of_5(left);
    let (front, more) = number.divide(power);
    (front, left as usize, more)
}
