//! The string table of a chunk: each byte string once, numbered in the order
//! of first use.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ast::StrId;

/// Slots looked at before a string goes to the ordered map instead. Bounds what
/// a source full of colliding names can cost.
const MAX_PROBES: usize = 16;

/// An empty slot.
const EMPTY: u32 = u32::MAX;

/// Maps byte strings to [`StrId`]s. Depends on nothing but the strings and
/// their order.
#[derive(Debug, Default)]
pub(super) struct Interner {
    strings: Vec<Arc<[u8]>>,
    hashes: Vec<u32>,
    /// Open addressing with linear probing; a power of two long.
    slots: Vec<u32>,
    /// Strings that found no slot within [`MAX_PROBES`].
    overflow: BTreeMap<Arc<[u8]>, u32>,
}

enum Found {
    Id(u32),
    Slot(usize),
    Full,
}

impl Interner {
    /// Returns the id of `bytes` if it is in the table.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<StrId> {
        match self.probe(hash(bytes), bytes) {
            Found::Id(id) => Some(StrId(id)),
            _ => self.overflow.get(bytes).map(|&id| StrId(id)),
        }
    }

    /// Adds a string that [`Interner::find`] did not find.
    pub(super) fn add(&mut self, bytes: &[u8]) -> StrId {
        if self.strings.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let id = self.strings.len() as u32;
        let hash = hash(bytes);
        let shared: Arc<[u8]> = bytes.into();
        match self.probe(hash, bytes) {
            Found::Slot(slot) => self.slots[slot] = id,
            _ => {
                self.overflow.insert(shared.clone(), id);
            }
        }
        self.strings.push(shared);
        self.hashes.push(hash);
        StrId(id)
    }

    /// Returns the bytes of an id this table gave out.
    pub(super) fn get(&self, id: StrId) -> &[u8] {
        self.strings.get(id.0 as usize).map_or(&[], |bytes| bytes)
    }

    /// Gives up the strings in the order of their ids.
    pub(super) fn into_strings(self) -> Vec<Arc<[u8]>> {
        self.strings
    }

    fn probe(&self, hash: u32, bytes: &[u8]) -> Found {
        if self.slots.is_empty() {
            return Found::Full;
        }
        let mask = self.slots.len() - 1;
        for step in 0..MAX_PROBES {
            let slot = (hash as usize + step) & mask;
            let id = self.slots[slot];
            if id == EMPTY {
                return Found::Slot(slot);
            }
            if self.hashes[id as usize] == hash && *self.strings[id as usize] == *bytes {
                return Found::Id(id);
            }
        }
        Found::Full
    }

    /// Doubles the slots. What no longer finds one moves to the ordered map.
    fn grow(&mut self) {
        let len = (self.slots.len() * 2).max(64);
        self.slots = vec![EMPTY; len];
        for id in 0..self.strings.len() {
            let hash = self.hashes[id] as usize;
            let free = (0..MAX_PROBES)
                .map(|step| (hash + step) & (len - 1))
                .find(|&slot| self.slots[slot] == EMPTY);
            match free {
                Some(slot) => self.slots[slot] = id as u32,
                None => {
                    self.overflow.insert(self.strings[id].clone(), id as u32);
                }
            }
        }
    }
}

/// Mixes eight bytes at a time; the same on every target.
fn hash(bytes: &[u8]) -> u32 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut h = bytes.len() as u64;
    let (words, tail) = bytes.as_chunks::<8>();
    for word in words {
        h = (h ^ u64::from_le_bytes(*word)).wrapping_mul(MULTIPLIER).rotate_left(29);
    }
    let mut last = 0;
    for &b in tail {
        last = (last << 8) | u64::from(b);
    }
    h = (h ^ last).wrapping_mul(MULTIPLIER);
    h ^= h >> 32;
    (h.wrapping_mul(MULTIPLIER) >> 32) as u32
}

#[cfg(test)]
mod tests;
