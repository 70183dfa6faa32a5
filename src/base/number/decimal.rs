//! Decimal text to the nearest double, exactly and in linear time.
//!
//! The first 18 digits decide nearly always: the standard library reads them, and the
//! number after them, in bounded time. Where the two do not round alike, the numeral is
//! compared with the point halfway between, in whole numbers.

use super::big::Big;
use std::cmp::Ordering;
use std::io::Write;

/// Digits the standard library reads without a slow path.
const HEAD: usize = 18;
/// More digits than any point halfway between two doubles has.
const EXACT: usize = 770;
/// Longest text the standard library reads as it is.
const SHORT_TEXT: usize = 40;
/// Digits multiplied in at once.
const BLOCK_DIGITS: usize = 19;

/// A numeral that is not 0: its digits and the power of ten that goes with the last.
struct Numeral<'a> {
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

/// Reads digits with an optional point and exponent; `None` for anything else.
pub(super) fn parse_decimal(text: &[u8]) -> Option<f64> {
    let whole = count_digits(text);
    let mut rest = &text[whole..];
    let mut fraction: &[u8] = &[];
    if let [b'.', behind @ ..] = rest {
        (fraction, rest) = behind.split_at(count_digits(behind));
    }
    let whole = &text[..whole];
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let exponent = match rest {
        [] => 0,
        [b'e' | b'E', rest @ ..] => parse_exponent(rest)?,
        _ => return None,
    };
    if text.len() <= SHORT_TEXT && whole.len() + fraction.len() <= HEAD {
        return std::str::from_utf8(text).ok()?.parse().ok();
    }
    let whole = &whole[count_zeros(whole)..];
    let leading = if whole.is_empty() { count_zeros(fraction) } else { 0 };
    let exponent = exponent - fraction.len() as i64;
    let numeral = Numeral { whole, fraction: &fraction[leading..], exponent };
    Some(numeral.value())
}

/// Counts the digits at the start.
fn count_digits(s: &[u8]) -> usize {
    s.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// Parses all of `s` as a signed decimal exponent, clamped far outside the
/// range of any exponent that matters.
pub(super) fn parse_exponent(s: &[u8]) -> Option<i64> {
    // Beyond this no mantissa that fits in memory brings the value back.
    const CLAMP: i64 = 1 << 60;
    let (negative, digits) = match s.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, s),
    };
    if digits.is_empty() || count_digits(digits) != digits.len() {
        return None;
    }
    let zeros = digits.iter().take_while(|b| **b == b'0').count();
    let digits = &digits[zeros..];
    let n = match digits.len() {
        0..=18 => digits.iter().fold(0, |n, b| n * 10 + i64::from(b - b'0')).min(CLAMP),
        _ => CLAMP,
    };
    Some(if negative { -n } else { n })
}

fn count_zeros(s: &[u8]) -> usize {
    s.iter().take_while(|b| **b == b'0').count()
}

impl Numeral<'_> {
    fn len(&self) -> usize {
        self.whole.len() + self.fraction.len()
    }

    fn digits(&self) -> impl Iterator<Item = u64> {
        self.whole.iter().chain(self.fraction).map(|b| u64::from(b - b'0'))
    }

    fn value(&self) -> f64 {
        let len = self.len();
        let head = self.digits().take(HEAD).fold(0, |head, digit| head * 10 + digit);
        let exponent = self.exponent + len.saturating_sub(HEAD) as i64;
        let low = short_value(head, exponent);
        if len <= HEAD {
            return low;
        }
        let high = short_value(head + 1, exponent);
        if low == high { low } else { self.decide(low) }
    }

    /// Returns `low` or the next larger double, whichever is nearer.
    fn decide(&self, low: f64) -> f64 {
        let kept = self.len().min(EXACT);
        let mut digits = self.digits();
        let mut left = Big::new(0);
        for at in (0..kept).step_by(BLOCK_DIGITS) {
            let count = BLOCK_DIGITS.min(kept - at);
            let block = digits.by_ref().take(count).fold(0, |block, digit| block * 10 + digit);
            left.multiply_add(10_u64.pow(count as u32), block);
        }
        let more = digits.any(|digit| digit != 0);
        // Halfway: an odd mantissa of one bit more.
        let bits = low.to_bits();
        let field = (bits >> 52) as i64;
        let hidden = u64::from(field != 0) << 52;
        let halfway = ((bits & ((1 << 52) - 1)) | hidden) * 2 + 1;
        let mut right = Big::new(halfway);
        // left × 10^power against right × 2^scale; both are in the range of doubles.
        let power = self.exponent + (self.len() - kept) as i64;
        let scale = field.max(1) - 1076;
        let fives = power.unsigned_abs() as u32;
        if power >= 0 {
            left.multiply_power_of_5(fives);
        } else {
            right.multiply_power_of_5(fives);
        }
        let twos = (power - scale).unsigned_abs() as u32;
        if power > scale {
            left.shift_left(twos);
        } else {
            right.shift_left(twos);
        }
        let up = match left.compare(&right) {
            Ordering::Less => false,
            Ordering::Equal => more || bits & 1 == 1,
            Ordering::Greater => true,
        };
        f64::from_bits(bits + u64::from(up))
    }
}

/// Returns the double nearest to `digits` × 10^`exponent`.
fn short_value(digits: u64, exponent: i64) -> f64 {
    // Far enough outside, with 19 digits at most.
    const FAR: i64 = 400;
    let mut text = [0; 32];
    let mut rest = &mut text[..];
    // There is room for 20 digits, a letter, a sign and 3 digits.
    let _ = write!(rest, "{digits}e{}", exponent.clamp(-FAR, FAR));
    let unused = rest.len();
    let text = &text[..text.len() - unused];
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0)
}
