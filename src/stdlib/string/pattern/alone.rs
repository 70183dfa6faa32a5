//! Patterns of a single item, such as `[^ \t]`, `%w+` and `([^,]*),`, and of a few classes in a
//! row, such as `..` and `(%x%x)`: what looks for them needs no machine, which takes longer to
//! make than most of them take to be found.

use super::class::{Set, Single, escaped, read_set};
use super::{LONG_SET, READ_BYTES_PER_UNIT, item_cost, set_end};

/// What came of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Found {
    /// Where the items match first.
    pub at: Option<usize>,
    /// How many bytes the match has.
    pub len: usize,
    /// How many of them, from the first on, are the capture, or the match if there is none.
    pub text: usize,
    /// Whether that is a capture.
    pub is_captured: bool,
    /// The units a machine uses for that.
    pub used: u64,
}

/// Most items in a row that are looked for here.
const MOST: usize = 4;

/// Looks from `start` on for the first match of a pattern of one item, or of a few classes. Returns
/// nothing if it is no such pattern, or a machine would use `budget` units, or have to go back:
/// then one must be made.
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
                return find_run(src, pat, start, budget);
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
        [b'.' | b'%' | b'(' | b'[', _, ..] => {
            return find_run(src, pat, start, budget).or_else(|| find_row(src, pat, start, budget));
        }
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
    let at = passed.map(|passed| start + passed);
    Some(Found { at, len: 1, text: 1, is_captured: false, used })
}

/// A pattern that begins with a single item, in a capture or not.
struct Lead<'a> {
    single: Single<'a>,
    /// Where the item begins and ends.
    p: usize,
    ep: usize,
    /// The units for reading it.
    used: u64,
}

/// Reads what a pattern begins with, if it is such a one: a set into `set`.
#[inline(always)]
fn lead<'a>(pat: &[u8], set: &'a mut Set) -> Option<Lead<'a>> {
    let p = usize::from(pat.first() == Some(&b'('));
    let mut used = 0;
    let (single, ep) = match pat.get(p..)? {
        [b'[', ..] => {
            // Not beyond a set that is read here: nobody pays for looking at more.
            let end = set_end(pat.get(..p + LONG_SET).unwrap_or(pat), p)?;
            read_set(&pat[p + 1..end], set);
            used = ((end - p) / READ_BYTES_PER_UNIT) as u64;
            (Single::Set(set), end + 1)
        }
        [b'%', b'b' | b'f' | b'0'..=b'9', ..] => return None,
        [b'%', letter, ..] => (escaped(*letter), p + 2),
        [b'.', ..] => (Single::Any, p + 1),
        [byte, ..] if !SPECIALS.contains(byte) => (Single::Byte(*byte), p + 1),
        _ => return None,
    };
    Some(Lead { single, p, ep, used })
}

/// As [`find_alone`], for one item that is repeated, with a byte behind it or not.
fn find_run(src: &[u8], pat: &[u8], start: usize, budget: u64) -> Option<Found> {
    let mut set = [0; 4];
    // A first byte is looked for in another way.
    let Lead { single, p, ep, mut used } =
        lead(pat, &mut set).filter(|lead| !matches!(lead.single, Single::Byte(_)))?;
    let (is_captured, bracket) = (p > 0, p as u64);
    let repeat = pat.get(ep).filter(|repeat| matches!(repeat, b'+' | b'*'))?;
    let rest = &pat[ep + 1..];
    let tail = match if is_captured { rest.strip_prefix(b")")? } else { rest } {
        [] if *repeat == b'+' => None,
        // What matches everything leaves nothing for it.
        [byte] if !SPECIALS.contains(byte) && !matches!(single, Single::Any) => Some(*byte),
        _ => return None,
    };
    let cost = item_cost(p, ep);
    let most =
        |used: u64| usize::try_from(budget.saturating_sub(used) / cost).unwrap_or(usize::MAX);
    let mut at = start;
    if *repeat == b'+' {
        let rest = src.get(start..)?;
        let looked = &rest[..rest.len().min(most(used))];
        let passed = looked.iter().position(|byte| single.matches(*byte));
        used += cost * passed.unwrap_or(looked.len()) as u64;
        let Some(passed) = passed else {
            let is_all = looked.len() == rest.len() && used < budget;
            return is_all.then_some(Found { at: None, len: 0, text: 0, is_captured, used });
        };
        at += passed;
    }
    let text = run(single, src.get(at..)?, most(used))?;
    // One test is paid though nothing matches.
    used += 2 * bracket + cost * text.max(1) as u64;
    let mut len = text;
    if let Some(tail) = tail {
        if src.get(at + text) != Some(&tail) {
            return None;
        }
        used += 1;
        len += 1;
    }
    let text = if is_captured { text } else { len };
    (used < budget).then_some(Found { at: Some(at), len, text, is_captured, used })
}

/// Counts how often an item matches, if that is no more than so many bytes.
#[inline(always)]
fn run(single: Single<'_>, rest: &[u8], most: usize) -> Option<usize> {
    let looked = &rest[..rest.len().min(most)];
    let run = single.run_length(looked);
    (run < looked.len() || looked.len() == rest.len()).then_some(run)
}

/// As [`find_alone`], for a pattern that was anchored and matches at `start` or nowhere: where its
/// first item does not match, or is all there is.
#[inline]
pub(in super::super) fn find_anchored(
    src: &[u8],
    pat: &[u8],
    start: usize,
    budget: u64,
) -> Option<Found> {
    let mut set = [0; 4];
    let Lead { single, p, ep, mut used } = lead(pat, &mut set)?;
    let (is_captured, bracket) = (p > 0, p as u64);
    let cost = item_cost(p, ep);
    let matched = src.get(start).is_some_and(|byte| single.matches(*byte));
    let repeat = match pat.get(ep) {
        Some(repeat @ (b'+' | b'*' | b'?' | b'-')) => Some(*repeat),
        _ => None,
    };
    used += bracket + cost;
    if !matched && matches!(repeat, None | Some(b'+')) {
        let nowhere = Found { at: None, len: 0, text: 0, is_captured, used };
        return (used < budget).then_some(nowhere);
    }
    let rest = &pat[ep + usize::from(repeat.is_some())..];
    if rest != if is_captured { &b")"[..] } else { b"" } {
        return None;
    }
    let text = match repeat {
        Some(b'+' | b'*') => {
            let most = usize::try_from(budget.saturating_sub(used) / cost).unwrap_or(usize::MAX);
            let text = run(single, src.get(start..)?, most)?;
            used += cost * text.saturating_sub(1) as u64;
            text
        }
        None => 1,
        _ => return None,
    };
    used += bracket;
    (used < budget).then_some(Found { at: Some(start), len: text, text, is_captured, used })
}

/// What does not stand for itself in a pattern.
const SPECIALS: &[u8] = b"^$*+?.([%-])";

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
            return Some(Found { at: None, len, text: len, is_captured, used });
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
            return Some(Found { at: Some(at), len, text: len, is_captured, used });
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
        [byte, rest @ ..] if !SPECIALS.contains(byte) => (Single::Byte(*byte), rest),
        _ => return None,
    };
    let is_repeated = matches!(rest, [b'*' | b'+' | b'?' | b'-', ..]);
    (!is_repeated).then_some((item, rest))
}

#[cfg(test)]
mod tests;
