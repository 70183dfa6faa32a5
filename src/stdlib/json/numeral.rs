//! Numerals of JSON, of any length, passed in portions.

use crate::parts;

/// A number that was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    /// Without fraction and exponent, and it fits.
    Integer(i64),
    /// Any other.
    Float(f64),
}

/// Digits after which only what is not zero counts: no double needs more to be told from
/// its neighbours.
const DIGITS: usize = 800;
/// Beyond this no exponent makes a difference that digits could make up for.
const EXPONENT: i64 = 1 << 40;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// At the sign, if there is one.
    Sign,
    /// In the digits before the point.
    Integer,
    /// In the digits after it.
    Fraction,
    /// After `e`, at the sign of the exponent, if there is one.
    ExponentSign,
    /// In the digits of the exponent.
    Exponent,
}

/// A numeral and how far it has been passed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numeral {
    start: usize,
    at: usize,
    phase: Phase,
    /// Where the phase's digits begin.
    digits: usize,
    /// Offset of the first digit that is not zero.
    first: Option<usize>,
    /// Whether a digit far behind it is not zero.
    sticky: bool,
    /// Offset of the point, or of where it would be.
    point: usize,
    /// Where the digits of the mantissa end.
    end: usize,
    negative_exponent: bool,
    exponent: i64,
}

parts!(enum Phase { 0 Sign, 1 Integer, 2 Fraction, 3 ExponentSign, 4 Exponent });
parts!(struct Numeral {
    start, at, phase, digits, first, sticky, point, end, negative_exponent, exponent,
});

impl Numeral {
    /// Tells whether all places are in a text of this length.
    pub(super) fn is_sound(&self, length: usize) -> bool {
        let first = self.first.unwrap_or(self.start);
        let places = [self.start, self.digits, self.point, self.end, first];
        places.iter().all(|place| *place <= self.at)
            && places.iter().all(|place| self.start <= *place)
            && self.at <= length
            && (-EXPONENT..=EXPONENT).contains(&self.exponent)
    }
}

impl Numeral {
    /// Begins at an offset.
    pub(super) fn at(start: usize) -> Numeral {
        Numeral {
            start,
            at: start,
            phase: Phase::Sign,
            digits: start,
            first: None,
            sticky: false,
            point: start,
            end: start,
            negative_exponent: false,
            exponent: 0,
        }
    }

    /// Returns the offset of its first byte.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// Returns how far it has been passed.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// Returns how many bytes that is.
    pub(super) fn len(&self) -> usize {
        self.at - self.start
    }

    /// Returns the offset of what stands behind a zero where nothing may: in `01` the second digit.
    pub(super) fn behind_zero(&self, text: &[u8]) -> Option<usize> {
        let is_long = self.phase == Phase::Integer && self.at - self.digits > 1;
        (is_long && text.get(self.digits) == Some(&b'0')).then_some(self.digits + 1)
    }

    fn begin(&mut self, phase: Phase) {
        self.phase = phase;
        self.digits = self.at;
    }

    /// Passes at most `most` bytes. True when that was the last of them; an error when it
    /// is no numeral, which the offset shows.
    pub(super) fn pass(&mut self, text: &[u8], most: usize) -> Result<bool, ()> {
        let end = self.at.saturating_add(most);
        while self.at < end {
            let byte = text.get(self.at).copied();
            match (self.phase, byte) {
                (Phase::Sign, _) => {
                    self.at += usize::from(byte == Some(b'-'));
                    self.begin(Phase::Integer);
                }
                (Phase::ExponentSign, _) => {
                    self.negative_exponent = byte == Some(b'-');
                    self.at += usize::from(matches!(byte, Some(b'+' | b'-')));
                    self.begin(Phase::Exponent);
                }
                (Phase::Exponent, Some(digit @ b'0'..=b'9')) => {
                    self.exponent = (self.exponent * 10 + i64::from(digit - b'0')).min(EXPONENT);
                    self.at += 1;
                }
                (_, Some(digit @ b'0'..=b'9')) => {
                    if digit != b'0' {
                        let first = *self.first.get_or_insert(self.at);
                        self.sticky |= self.at - first > DIGITS;
                    }
                    self.at += 1;
                }
                (phase, _) => {
                    if self.at == self.digits || self.behind_zero(text).is_some() {
                        return Err(());
                    }
                    if phase == Phase::Integer {
                        self.point = self.at;
                    }
                    if phase != Phase::Exponent {
                        self.end = self.at;
                    }
                    match (phase, byte) {
                        (Phase::Integer, Some(b'.')) => {
                            self.at += 1;
                            self.begin(Phase::Fraction);
                        }
                        (Phase::Integer | Phase::Fraction, Some(b'e' | b'E')) => {
                            self.at += 1;
                            self.begin(Phase::ExponentSign);
                        }
                        _ => return Ok(true),
                    }
                }
            }
        }
        Ok(false)
    }

    /// Returns the value of a numeral that was passed to its end, or nothing if no number
    /// is so large.
    pub(super) fn value(&self, text: &[u8]) -> Option<Number> {
        let whole = text.get(self.start..self.at)?;
        if self.len() > DIGITS {
            return self.long_value(text).map(Number::Float);
        }
        let digits = std::str::from_utf8(whole).ok()?;
        // Only a float has a negative zero.
        if self.phase == Phase::Integer
            && digits != "-0"
            && let Ok(n) = digits.parse()
        {
            return Some(Number::Integer(n));
        }
        digits.parse::<f64>().ok().filter(|n| n.is_finite()).map(Number::Float)
    }

    /// Returns the value of a long numeral: of its first digits, and whether anything follows.
    fn long_value(&self, text: &[u8]) -> Option<f64> {
        let negative = text.get(self.start) == Some(&b'-');
        let zero = if negative { -0.0 } else { 0.0 };
        let Some(first) = self.first else { return Some(zero) };
        let exponent = if self.negative_exponent { -self.exponent } else { self.exponent };
        // The power of ten of the first digit.
        let power = if first < self.point {
            (self.point - first) as i64 - 1
        } else {
            -((first - self.point) as i64)
        };
        let last = self.end.min(first.saturating_add(DIGITS + 1));
        let mut short = String::with_capacity(DIGITS + 32);
        let mut digits = text.get(first..last)?.iter().filter(|byte| **byte != b'.');
        short.extend(negative.then_some('-'));
        short.extend(digits.next().map(|digit| char::from(*digit)));
        short.push('.');
        short.extend(digits.map(|digit| char::from(*digit)));
        short.push(if self.sticky { '1' } else { '0' });
        short.push_str(&format!("e{}", power.saturating_add(exponent).clamp(-9999, 9999)));
        short.parse::<f64>().ok().filter(|n| n.is_finite())
    }
}
