//! The table of short strings: equal short strings are one object.
//!
//! It holds its strings weakly: dead ones leave it when marking ends, before
//! the sweep frees them.

use super::string::{Header, Str, hash_bytes};
use crate::gc::{Finalization, Gc, GcWeak, Mutation};
use std::cell::RefCell;

#[derive(Clone, Copy)]
struct Slot<'gc> {
    hash: u32,
    string: Option<GcWeak<'gc, Header>>,
}

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
        let slots = vec![Slot { hash: 0, string: None }; 256];
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

    /// Adds a string that [`Interner::find`] did not find (with the hash it returned).
    pub fn insert(&self, mc: &Mutation<'gc>, bytes: &[u8], hash: u32) -> Str<'gc> {
        let string = Str::allocate(mc, bytes, hash);
        let mut inner = self.inner.borrow_mut();
        if (inner.count + 1) * 4 > inner.slots.len() * 3 {
            let doubled = inner.slots.len() * 2;
            inner.rebuild(doubled, |_| true);
        }
        inner.place(Slot { hash, string: Some(Gc::downgrade(string.gc())) });
        inner.count += 1;
        string
    }

    /// Forgets the strings that marking found dead.
    pub fn purge(&self, fc: &Finalization<'gc>) {
        let mut inner = self.inner.borrow_mut();
        let dead = |weak: &GcWeak<'gc, Header>| weak.is_dead(fc);
        let live = inner.slots.iter().filter(|slot| slot.string.is_some_and(|w| !dead(&w))).count();
        if live == inner.count {
            return;
        }
        let mut size = 256;
        while live * 2 > size {
            size *= 2;
        }
        inner.rebuild(size, |weak| !dead(weak));
        inner.count = live;
    }
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

    fn rebuild(&mut self, size: usize, keep: impl Fn(&GcWeak<'gc, Header>) -> bool) {
        let old = std::mem::replace(&mut self.slots, vec![Slot { hash: 0, string: None }; size]);
        for slot in old {
            if slot.string.is_some_and(|weak| keep(&weak)) {
                self.place(slot);
            }
        }
    }
}
