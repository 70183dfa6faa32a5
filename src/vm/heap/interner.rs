//! The table of short strings: equal short strings are one object.
//!
//! It holds its strings weakly: dead ones leave it when marking ends, before
//! the sweep frees them. After a collection its size follows from the number of
//! strings alone, so that what a run is charged does not tell what ran before.

use super::string::{Header, Str, hash_bytes};
use crate::gc::{Finalization, Gc, GcWeak, Mutation};
use crate::vm::meters::account::{Account, INTERNER_SLOT_BYTES, Refused};
use std::cell::RefCell;

#[derive(Clone, Copy)]
struct Slot<'gc> {
    hash: u32,
    string: Option<GcWeak<'gc, Header>>,
}

/// Slots there are always; nobody is charged for them.
const LEAST: usize = 256;

/// The interner: open addressing, at most three quarters full.
pub struct Interner<'gc> {
    key: u64,
    inner: RefCell<Inner<'gc>>,
}

struct Inner<'gc> {
    slots: Vec<Slot<'gc>>,
    count: usize,
}

impl std::fmt::Debug for Interner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Interner").finish_non_exhaustive()
    }
}

impl<'gc> Interner<'gc> {
    /// Makes an empty interner whose hashes are keyed by `key`.
    pub fn new(key: u64) -> Interner<'gc> {
        let slots = vec![Slot { hash: 0, string: None }; LEAST];
        Interner { key, inner: RefCell::new(Inner { slots, count: 0 }) }
    }

    /// Returns the key of the session's hashes.
    pub fn key(&self) -> u64 {
        self.key
    }

    /// Returns the interned string with these bytes, if it exists.
    pub fn find(&self, mc: &Mutation<'gc>, bytes: &[u8]) -> Result<Str<'gc>, u32> {
        let hash = hash_bytes(self.key, bytes);
        let inner = self.inner.borrow();
        let mask = inner.slots.len() - 1;
        let mut at = hash as usize & mask;
        while let Some(weak) = inner.slots[at].string {
            if inner.slots[at].hash == hash
                && let Some(gc) = weak.upgrade(mc)
            {
                let string = Str::from_gc(gc);
                if string.as_bytes() == bytes {
                    return Ok(string);
                }
            }
            at = (at + 1) & mask;
        }
        Err(hash)
    }

    /// Makes sure that one more string has room, with its memory reserved.
    ///
    /// # Errors
    /// [`Refused`]; nothing has changed then.
    pub fn make_room(&self, account: &Account) -> Result<(), Refused> {
        let mut inner = self.inner.borrow_mut();
        let size = inner.slots.len();
        if (inner.count + 1) * 4 <= size * 3 {
            return Ok(());
        }
        account.replace(charge(size), charge(size * 2), || inner.resize(size * 2))
    }

    /// Adds a string that [`Interner::find`] did not find (with the hash it returned);
    /// there is room.
    pub fn insert(&self, mc: &Mutation<'gc>, bytes: &[u8], hash: u32) -> Str<'gc> {
        let string = Str::allocate(mc, bytes, hash);
        let mut inner = self.inner.borrow_mut();
        inner.place(Slot { hash, string: Some(Gc::downgrade(string.gc())) });
        inner.count += 1;
        string
    }

    /// Forgets the strings that marking found dead.
    pub fn purge(&self, fc: &Finalization<'gc>) {
        self.inner.borrow_mut().retain(|weak| !weak.is_dead(fc));
    }

    /// Gives back what a collection has left empty.
    pub fn shrink(&self, account: &Account) {
        let mut inner = self.inner.borrow_mut();
        let old = inner.slots.len();
        let size = (inner.count * 2).next_power_of_two().max(LEAST);
        if size < old && inner.resize(size) {
            account.release(charge(old) - charge(size));
        }
    }
}

/// Returns what so many slots are charged.
fn charge(slots: usize) -> usize {
    (slots - LEAST) * INTERNER_SLOT_BYTES
}

impl<'gc> Inner<'gc> {
    fn place(&mut self, slot: Slot<'gc>) {
        let mask = self.slots.len() - 1;
        let mut at = slot.hash as usize & mask;
        while self.slots[at].string.is_some() {
            at = (at + 1) & mask;
        }
        self.slots[at] = slot;
    }

    /// Moves all strings to another number of slots. Tells whether the system had
    /// memory; if not, nothing was done.
    fn resize(&mut self, size: usize) -> bool {
        let mut slots = Vec::new();
        if slots.try_reserve_exact(size).is_err() {
            return false;
        }
        slots.resize(size, Slot { hash: 0, string: None });
        let old = std::mem::replace(&mut self.slots, slots);
        for slot in old {
            if slot.string.is_some() {
                self.place(slot);
            }
        }
        true
    }

    /// Empties the slots of strings that are not to be kept, in place: what follows in
    /// a run of full slots moves up where its hash allows.
    fn retain(&mut self, keep: impl Fn(&GcWeak<'gc, Header>) -> bool) {
        for at in 0..self.slots.len() {
            while self.slots[at].string.is_some_and(|weak| !keep(&weak)) {
                self.empty(at);
                self.count -= 1;
            }
        }
    }

    fn empty(&mut self, mut hole: usize) {
        let mask = self.slots.len() - 1;
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let slot = self.slots[at];
            if slot.string.is_none() {
                break;
            }
            // Its own place is not behind the hole: it may go there.
            let home = slot.hash as usize & mask;
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(hole) & mask {
                self.slots[hole] = slot;
                hole = at;
            }
        }
        self.slots[hole].string = None;
    }
}

#[cfg(test)]
mod physical;
