//! Patterns of a single item that is not repeated, such as `[^ \t]` and `%d`: what looks for
//! them needs no machine, which takes longer to make than most of them take to be found.

use super::class::{Single, escaped, read_set};
use super::{LONG_SET, READ_BYTES_PER_UNIT, item_cost, set_end};

/// What came of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Found {
    /// Where the item matches first.
    pub at: Option<usize>,
    /// The units a machine uses for that.
    pub used: u64,
}

/// Looks from `start` on for the first match of a pattern of one set or class. Returns nothing
/// if it is no such pattern, or a machine would use `budget` units: then one must be made.
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
    Some(Found { at: passed.map(|passed| start + passed), used })
}

#[cfg(test)]
mod tests;
