//! Patterns of a single item that is not repeated, such as `[^ \t]` and `%d`, and of a few classes
//! in a row, such as `..` and `(%x%x)`: what looks for them needs no machine, which takes longer
//! to make than most of them take to be found.

use super::class::{Single, escaped, read_set};
use super::{LONG_SET, READ_BYTES_PER_UNIT, item_cost, set_end};

/// What came of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Found {
    /// Where the items match first.
    pub at: Option<usize>,
    /// How many bytes they match.
    pub len: usize,
    /// Whether they are captured.
    pub is_captured: bool,
    /// The units a machine uses for that.
    pub used: u64,
}

/// Most items in a row that are looked for here.
const MOST: usize = 4;

/// Looks from `start` on for the first match of a pattern of one set, or of a few classes. Returns
/// nothing if it is no such pattern, or a machine would use `budget` units: then one must be made.
#[inline]
pub(in super::super) fn find_alone(
    src: &[u8],
    pat: &[u8],
    start: usize,
    budget: u64,
) -> Option<Found> {
    let mut set = [0; 4];
    let (single, mut used) = match pat {
        // One that is given up is read again, which nobody pays for.
        [b'[', .., b']'] if pat.len() <= LONG_SET => {
            let end = set_end(pat, 0)?;
            if end + 1 != pat.len() {
                return None;
            }
            read_set(&pat[1..end], &mut set);
            (Single::Set(&set), (end / READ_BYTES_PER_UNIT) as u64)
        }
        [b'%', letter] if letter.is_ascii_alphabetic() && !matches!(letter, b'b' | b'f') => {
            let single = escaped(*letter);
            if let Single::Byte(_) = single {
                return None;
            }
            (single, 0)
        }
        b"." => (Single::Any, 0),
        [b'.' | b'%' | b'(', _, ..] => return find_row(src, pat, start, budget),
        _ => return None,
    };
    let cost = item_cost(0, pat.len());
    let rest = src.get(start..)?;
    // Bytes that do not match, and one that does.
    let most = usize::try_from(budget.saturating_sub(used) / cost).unwrap_or(usize::MAX);
    let looked = &rest[..rest.len().min(most)];
    let passed = looked.iter().position(|byte| single.matches(*byte));
    let tested = passed.map_or(looked.len(), |passed| passed + 1);
    used += cost * tested as u64;
    if used >= budget || (passed.is_none() && tested < rest.len()) {
        return None;
    }
    Some(Found { at: passed.map(|passed| start + passed), len: 1, is_captured: false, used })
}

/// As [`find_alone`], for some items in a row of which the first is a class.
fn find_row(src: &[u8], pat: &[u8], start: usize, budget: u64) -> Option<Found> {
    let (mut rest, is_captured) = match pat {
        [b'(', inner @ .., b')'] => (inner, true),
        _ => (pat, false),
    };
    let (mut row, mut len) = ([Single::Any; MOST], 0);
    while !rest.is_empty() {
        let item;
        (item, rest) = item_of_row(rest)?;
        *row.get_mut(len)? = item;
        len += 1;
    }
    let row = &row[..len];
    let first = row.first().filter(|first| !matches!(first, Single::Byte(_)))?;
    // A capture is an item, and so is its end.
    let bracket = u64::from(is_captured);
    let (mut at, mut used) = (start, 0);
    loop {
        let rest = src.get(at..)?;
        let most = usize::try_from(budget.saturating_sub(used)).unwrap_or(usize::MAX);
        let looked = &rest[..rest.len().min(most)];
        let passed = looked.iter().position(|byte| first.matches(*byte));
        used += passed.unwrap_or(looked.len()) as u64;
        if used >= budget {
            return None;
        }
        let Some(passed) = passed else {
            return Some(Found { at: None, len, is_captured, used });
        };
        at += passed;
        let bytes = &src[at..];
        let matched = row.iter().zip(bytes).take_while(|(item, byte)| item.matches(**byte)).count();
        let is_match = matched == len;
        used += bracket + if is_match { matched as u64 + bracket } else { matched as u64 + 1 };
        if used >= budget {
            return None;
        }
        if is_match {
            return Some(Found { at: Some(at), len, is_captured, used });
        }
        at += 1;
    }
}

/// Takes the first item of a row, if it can stand in one.
#[inline(always)]
fn item_of_row(pat: &[u8]) -> Option<(Single<'static>, &[u8])> {
    let (item, rest) = match pat {
        [b'.', rest @ ..] => (Single::Any, rest),
        [b'%', b'b' | b'f' | b'0'..=b'9', ..] => return None,
        [b'%', letter, rest @ ..] => (escaped(*letter), rest),
        [byte, rest @ ..] if !b"^$*+?.([%-])".contains(byte) => (Single::Byte(*byte), rest),
        _ => return None,
    };
    let is_repeated = matches!(rest, [b'*' | b'+' | b'?' | b'-', ..]);
    (!is_repeated).then_some((item, rest))
}

#[cfg(test)]
mod tests;
