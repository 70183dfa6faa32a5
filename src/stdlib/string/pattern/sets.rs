//! The sets of a pattern that a machine has read: a few, since most patterns have no more.

use super::class::{Set, read_set};
use super::{NONE, PatternError, READ_BYTES_PER_UNIT, set_end};

/// Sets that are kept. Reading one again costs fuel.
const KEPT: usize = 4;
/// Words that [`Sets::words`] gives.
pub(super) const WORDS: usize = 1 + KEPT * 2;
/// Longest pattern whose sets the next match of it finds read.
const REMEMBERED: usize = 64;

/// A set that was paid for, by where it stands in the pattern.
#[derive(Clone, Copy, Debug)]
struct Paid {
    p: u32,
    ep: u32,
}

/// A set that was read.
#[derive(Clone, Copy, Debug)]
struct Read {
    p: u32,
    ep: u32,
    /// Whether it is known to be paid.
    is_paid: bool,
    set: Set,
}

/// The sets: what this match has paid for, and what has been read of the pattern, by this match
/// or one before. They are lent, not copied: who copies what was just written in parts waits
/// for it.
#[derive(Debug)]
pub(super) struct Sets {
    next: u8,
    /// Whether `next` and `paid` are not as they begin.
    is_any_paid: bool,
    paid: [Paid; KEPT],
    read: [Read; KEPT],
    next_read: u8,
    /// Of which they were read; empty if it is too long to be known again.
    pattern: Vec<u8>,
}

impl Default for Sets {
    fn default() -> Sets {
        Sets {
            next: 0,
            is_any_paid: false,
            paid: [Paid { p: NONE, ep: 0 }; KEPT],
            read: [Read { p: NONE, ep: 0, is_paid: false, set: [0; 4] }; KEPT],
            next_read: 0,
            pattern: Vec::new(),
        }
    }
}

impl Sets {
    /// Begins a match of a pattern, for which no set is paid.
    #[inline]
    pub(super) fn begin(&mut self, pat: &[u8]) {
        if self.is_any_paid {
            self.unpay();
        }
        // Nothing is compared with nothing: an empty vector lies at no address, and processors
        // take hundreds of cycles to find out that not a byte is wanted from there.
        let is_known = self.pattern.len() == pat.len() && (pat.is_empty() || self.pattern == pat);
        if !is_known {
            self.forget(pat);
        }
    }

    /// Makes all sets unpaid.
    fn unpay(&mut self) {
        (self.next, self.is_any_paid) = (0, false);
        self.paid = [Paid { p: NONE, ep: 0 }; KEPT];
        self.read.iter_mut().for_each(|read| read.is_paid = false);
    }

    /// Forgets what was read of another pattern.
    fn forget(&mut self, pat: &[u8]) {
        for read in &mut self.read {
            read.p = NONE;
        }
        self.pattern.clear();
        if pat.len() <= REMEMBERED {
            self.pattern.extend_from_slice(pat);
        }
    }

    /// Returns the set at `p`, and where it ends. If it is not paid it costs units.
    ///
    /// # Errors
    /// When it has no end.
    #[inline]
    pub(super) fn at(
        &mut self,
        used: &mut u64,
        pat: &[u8],
        p: usize,
    ) -> Result<(&Set, usize), PatternError> {
        let at = p as u32;
        let slot = match self.read.iter().position(|read| read.p == at && read.is_paid) {
            Some(slot) => slot,
            None => self.read(used, pat, p)?,
        };
        let Read { set, ep, .. } = &self.read[slot];
        Ok((set, *ep as usize))
    }

    fn is_paid(&self, p: usize) -> bool {
        self.paid.iter().any(|paid| paid.p == p as u32)
    }

    /// Pays for a set, and reads it, if that is not done. Returns its place.
    #[inline(never)]
    fn read(&mut self, used: &mut u64, pat: &[u8], p: usize) -> Result<usize, PatternError> {
        let read = self.read.iter().position(|read| read.p == p as u32);
        let end = match read {
            Some(slot) => Some(self.read[slot].ep as usize - 1),
            None => set_end(pat, p),
        };
        let is_paid = self.is_paid(p);
        if !is_paid {
            *used += ((end.unwrap_or(pat.len()) - p) / READ_BYTES_PER_UNIT) as u64;
        }
        let at = end.ok_or(PatternError::MissingBracket)?;
        if !is_paid {
            self.pay(Paid { p: p as u32, ep: at as u32 + 1 });
        }
        let slot = read.unwrap_or_else(|| {
            let slot = usize::from(self.next_read) % KEPT;
            self.next_read = self.next_read.wrapping_add(1);
            let place = &mut self.read[slot];
            (place.p, place.ep) = (p as u32, at as u32 + 1);
            read_set(&pat[p + 1..at], &mut place.set);
            slot
        });
        self.read[slot].is_paid = true;
        Ok(slot)
    }

    /// Notes that a set is paid; the one that was noted longest ago is so no more.
    fn pay(&mut self, paid: Paid) {
        let noted = &mut self.paid[usize::from(self.next) % KEPT];
        let before = std::mem::replace(noted, paid);
        self.next = self.next.wrapping_add(1);
        self.is_any_paid = true;
        for read in self.read.iter_mut().filter(|read| read.p == before.p) {
            read.is_paid = false;
        }
    }

    /// Returns what is stored of a machine's sets.
    pub(super) fn words(&self) -> impl Iterator<Item = u32> {
        let places = self.paid.iter().flat_map(|paid| [paid.p, paid.ep]);
        std::iter::once(u32::from(self.next)).chain(places)
    }

    /// Takes over what [`Sets::words`] gave. What is paid is read again when it is wanted: what
    /// that costs is not to depend on where a match was stopped.
    pub(super) fn restore(&mut self, words: &mut impl Iterator<Item = u32>) -> Option<()> {
        self.is_any_paid = true;
        self.next = words.next()? as u8;
        for paid in &mut self.paid {
            *paid = Paid { p: words.next()?, ep: words.next()? };
        }
        Some(())
    }

    /// Tells whether all that is paid lies in the pattern.
    pub(super) fn fit(&self, pat: &[u8]) -> bool {
        self.paid.iter().all(|paid| {
            let (from, to) = (paid.p as usize, paid.ep as usize);
            paid.p == NONE || (from + 2 <= to && to <= pat.len() && pat[from] == b'[')
        })
    }
}
