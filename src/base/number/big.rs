//! Natural numbers of any size, for conversions that must be exact.

use std::cmp::Ordering;

/// The largest power of 5 in a limb, and its exponent.
const POWER_OF_5: u64 = 7_450_580_596_923_828_125;
const EXPONENT_OF_5: u32 = 27;

/// A natural number: limbs of 64 bits, the least significant first, the last not 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Big(Vec<u64>);

impl Big {
    /// Makes a number of one limb.
    pub(super) fn new(n: u64) -> Big {
        let mut limbs = Vec::with_capacity(48);
        if n != 0 {
            limbs.push(n);
        }
        Big(limbs)
    }

    /// Returns the limbs.
    pub(super) fn limbs(&self) -> &[u64] {
        &self.0
    }

    /// Multiplies by `factor`, which is not 0, and adds `term`.
    pub(super) fn multiply_add(&mut self, factor: u64, term: u64) {
        let mut carry = term;
        for limb in &mut self.0 {
            let wide = u128::from(*limb) * u128::from(factor) + u128::from(carry);
            *limb = wide as u64;
            carry = (wide >> 64) as u64;
        }
        if carry != 0 {
            self.0.push(carry);
        }
    }

    /// Multiplies by 5 to the power of `exponent`.
    pub(super) fn multiply_power_of_5(&mut self, exponent: u32) {
        for _ in 0..exponent / EXPONENT_OF_5 {
            self.multiply_add(POWER_OF_5, 0);
        }
        self.multiply_add(5_u64.pow(exponent % EXPONENT_OF_5), 0);
    }

    /// Multiplies by 2 to the power of `bits`.
    pub(super) fn shift_left(&mut self, bits: u32) {
        if self.0.is_empty() {
            return;
        }
        if !bits.is_multiple_of(64) {
            self.multiply_add(1 << (bits % 64), 0);
        }
        self.0.splice(0..0, std::iter::repeat_n(0, bits as usize / 64));
    }

    /// Compares two numbers.
    pub(super) fn compare(&self, other: &Big) -> Ordering {
        let lengths = self.0.len().cmp(&other.0.len());
        lengths.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    /// Divides by a number when the quotient fits a limb; returns it, and whether there
    /// is a remainder.
    pub(super) fn divide(mut self, mut by: Big) -> (u64, bool) {
        let Some(last) = by.0.last() else { return (0, false) };
        // With the divisor's first bit set, its first limb gives the quotient to within 2.
        let shift = last.leading_zeros();
        by.shift_left(shift);
        self.shift_left(shift);
        let len = by.0.len();
        self.0.resize(len + 1, 0);
        let first = u128::from(self.0[len]) << 64 | u128::from(self.0[len - 1]);
        let estimate = first / u128::from(by.0[len - 1]);
        let mut quotient = u64::try_from(estimate).unwrap_or(u64::MAX);
        let mut missing = false;
        let (mut carry, mut borrow) = (0, false);
        for (at, limb) in self.0.iter_mut().enumerate() {
            let factor = by.0.get(at).copied().unwrap_or(0);
            let wide = u128::from(factor) * u128::from(quotient) + carry;
            carry = wide >> 64;
            let (less, first) = limb.overflowing_sub(wide as u64);
            let (less, second) = less.overflowing_sub(u64::from(borrow));
            (*limb, borrow) = (less, first || second);
            missing = borrow;
        }
        while missing {
            quotient -= 1;
            let mut carry = false;
            for (at, limb) in self.0.iter_mut().enumerate() {
                let term = by.0.get(at).copied().unwrap_or(0);
                let (sum, first) = limb.overflowing_add(term);
                let (sum, second) = sum.overflowing_add(u64::from(carry));
                (*limb, carry) = (sum, first || second);
            }
            missing = !carry;
        }
        (quotient, self.0.iter().any(|limb| *limb != 0))
    }
}
