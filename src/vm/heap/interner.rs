//! The table of short strings: equal short strings are one object.
//!
//! It holds its strings weakly: dead ones leave it when marking ends, before
//! the sweep frees them. After a collection its size follows from the number of
//! strings alone, so that what a run is charged does not tell what ran before.
//!
//! **The size is for the account.** It doubles at one point of a program. The slots there really
//! are ([`Slots`]) follow a little later, by pieces, so that no host waits for all of them.
//!
//! While a run may be undone, dead strings from before it stay: whoever would have found
//! them must find them when it is undone. Those that were born in it leave then.
//!
//! **Names that wait.** The names of the library are strings of every machine, but they are
//! made only when somebody asks for one ([`Interner::foresee`]). Until then they count like all
//! others, so that nobody can tell. No name is missing when a collection begins.

use super::names::Names;
use super::string::{Header, Str, hash_bytes};
use crate::gc::{Age, Allowance, Finalization, Gc, GcWeak, Mutation};
use crate::vm::meters::account::{Account, INTERNER_SLOT_BYTES, Refused, string_bytes};
use slots::{SEGMENT, Slot, Slots};
use std::cell::{Cell, RefCell};

mod slots;

/// Slots there are always for the account; nobody is charged for them.
const LEAST: usize = 256;
/// Strings of a run that are listed: if there are more, all slots are looked at to find
/// them.
const MOST_LISTED: usize = 1024;

/// Slots that a collection looks at in one piece.
const SLOTS: usize = 256;
/// Units for slots that are looked at, and for a segment that is done away with.
const SLOTS_PURGED: u64 = SLOTS as u64 * 4;
const SEGMENT_MERGED: u64 = SEGMENT as u64 / 2;

/// How far dead strings were looked for, and the logical bytes of those that stay.
#[derive(Debug)]
pub(in crate::vm) struct Purge {
    age: Age,
    /// The slots that come next, until all were looked at.
    at: Option<(usize, usize)>,
    pub(in crate::vm) kept: usize,
}

impl Purge {
    /// Begins.
    pub(in crate::vm) fn new(age: Age) -> Purge {
        Purge { age, at: Some((0, 0)), kept: 0 }
    }
}

/// The interner: open addressing, at most three quarters full.
pub struct Interner<'gc> {
    key: u64,
    /// The journal's epoch.
    epoch: Cell<u32>,
    /// Strings that are to be made when they are looked for.
    names: Cell<Option<&'static Names>>,
    inner: RefCell<Inner<'gc>>,
}

struct Inner<'gc> {
    /// Strings that are made.
    slots: Slots<'gc>,
    /// The number of slots for the account: as many as there are, or nearly, or more while
    /// names wait or there are few strings.
    size: usize,
    /// The number of strings, those that wait included.
    count: usize,
    /// Strings that may come before anything must grow.
    room: usize,
    /// Strings of the run that may be undone, and whether these are all.
    born: Vec<GcWeak<'gc, Header>>,
    all: bool,
}

impl std::fmt::Debug for Interner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Interner").finish_non_exhaustive()
    }
}

impl<'gc> Interner<'gc> {
    /// Makes an empty interner whose hashes are keyed by `key`.
    pub fn new(key: u64) -> Interner<'gc> {
        let slots = Slots::new();
        let mut inner =
            Inner { slots, size: LEAST, count: 0, room: 0, born: Vec::new(), all: false };
        inner.measure();
        Interner { key, epoch: Cell::new(1), names: Cell::new(None), inner: RefCell::new(inner) }
    }

    /// From now on these strings are there, without having been made: those that were foreseen
    /// before are among them, and all others are new. `size` is the number of slots then.
    pub(in crate::vm) fn foresee(&self, names: &'static Names, size: usize) {
        let mut inner = self.inner.borrow_mut();
        let before = self.names.replace(Some(names)).map_or(0, Names::len);
        inner.count += names.len() - before;
        inner.size = size;
        inner.measure();
    }

    /// Makes all strings that wait.
    pub(super) fn make_all(&self, mc: &Mutation<'gc>) {
        let Some(names) = self.names.get() else { return };
        for text in names.texts() {
            let _ = self.find(mc, text);
        }
        self.names.set(None);
        let inner = self.inner.borrow();
        debug_assert_eq!(inner.count, inner.slots.made());
    }

    /// Returns the key of the session's hashes.
    pub fn key(&self) -> u64 {
        self.key
    }

    /// Returns the interned string with these bytes, if it exists; else their hash.
    ///
    /// # Errors
    /// With the hash, for [`Interner::insert`].
    pub fn find(&self, mc: &Mutation<'gc>, bytes: &[u8]) -> Result<Str<'gc>, u32> {
        let hash = hash_bytes(self.key, bytes);
        let inner = self.inner.borrow();
        let found =
            inner.slots.find(hash, |weak| equal(Str::from_gc(weak.upgrade(mc)).as_bytes(), bytes));
        if let Some(weak) = found {
            return Ok(Str::from_gc(weak.upgrade(mc)));
        }
        match self.names.get() {
            None => Err(hash),
            Some(names) if !names.may_have(bytes) => Err(hash),
            Some(names) => {
                drop(inner);
                self.make_waiting(mc, names, bytes, hash).ok_or(hash)
            }
        }
    }

    /// Makes a string that waits, if this is one.
    #[inline(never)]
    fn make_waiting(
        &self,
        mc: &Mutation<'gc>,
        names: &Names,
        bytes: &[u8],
        hash: u32,
    ) -> Option<Str<'gc>> {
        names.find(bytes)?;
        let mut inner = self.inner.borrow_mut();
        if inner.slots.room() == 0 {
            // Without memory they are nearer to each other.
            inner.slots.grow();
        }
        let string = Str::allocate(mc, bytes, hash);
        // It was there before any run: none takes it along.
        inner.place(Slot { hash, born: 0, string: Some(Gc::downgrade(string.gc())) });
        inner.measure();
        Some(string)
    }

    /// Makes sure that one more string has room, with its memory reserved.
    ///
    /// # Errors
    /// [`Refused`]; nothing has changed then.
    pub fn make_room(&self, account: &Account) -> Result<(), Refused> {
        let mut inner = self.inner.borrow_mut();
        if inner.room > 0 {
            return Ok(());
        }
        inner.grow(account)
    }

    /// Adds a string that [`Interner::find`] did not find (with the hash it returned);
    /// there is room.
    pub fn insert(&self, mc: &Mutation<'gc>, bytes: &[u8], hash: u32) -> Str<'gc> {
        let string = Str::allocate(mc, bytes, hash);
        let mut inner = self.inner.borrow_mut();
        let weak = Gc::downgrade(string.gc());
        inner.place(Slot { hash, born: self.epoch.get(), string: Some(weak) });
        inner.count += 1;
        inner.room = inner.room.saturating_sub(1);
        inner.list(weak);
        string
    }

    /// Begins a run that may be undone, with this epoch.
    pub fn begin(&self, epoch: u32) {
        self.epoch.set(epoch);
        let mut inner = self.inner.borrow_mut();
        inner.born.clear();
        inner.all = true;
    }

    /// The run is over: its strings stay.
    pub fn keep(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.born = Vec::new();
        inner.all = false;
    }

    /// Forgets the strings of the run, and goes back to `size` slots. Returns how many
    /// bytes of slots there are more than before.
    pub fn undo(&self, mc: &Mutation<'gc>, size: usize) -> isize {
        let mut inner = self.inner.borrow_mut();
        let old = inner.size;
        let born = std::mem::take(&mut inner.born);
        if std::mem::take(&mut inner.all) {
            for weak in born {
                inner.forget(Str::from_gc(weak.upgrade(mc)));
            }
        } else {
            let epoch = self.epoch.get();
            let mut at = Some((0, 0));
            while let Some(from) = at {
                at = inner.retain(from, SEGMENT, |slot| slot.born != epoch);
            }
        }
        while !inner.slots.shrink(LEAST) {}
        inner.size = size;
        inner.measure();
        self.epoch.set(self.epoch.get() - 1);
        charge(inner.size) as isize - charge(old) as isize
    }

    /// Wipes when strings were born: they are all from before.
    pub fn wipe(&self) {
        self.epoch.set(1);
        self.inner.borrow_mut().slots.set_born(0);
    }

    /// Returns the bytes of all strings there are.
    pub(in crate::vm) fn texts(&self, mc: &Mutation<'gc>) -> Vec<Box<[u8]>> {
        let inner = self.inner.borrow();
        inner.slots.strings(mc).map(|string| string.as_bytes().into()).collect()
    }

    /// Returns the number of slots for the account.
    pub fn slots(&self) -> usize {
        self.inner.borrow().size
    }

    /// Returns all strings, dead ones that a look-up would find included, in no order.
    pub(in crate::vm) fn all(&self, mc: &Mutation<'gc>) -> Vec<Str<'gc>> {
        self.inner.borrow().slots.strings(mc).collect()
    }

    /// Forgets a string, as if it were found dead.
    pub(in crate::vm) fn forget(&self, string: Str<'gc>) {
        self.inner.borrow_mut().forget(string);
    }

    /// Goes to `size` slots, as there were when there were as many strings as are to come.
    /// Whatever comes until [`Interner::keep`] is from before all runs.
    ///
    /// # Errors
    /// When memory is refused, or it is no number of slots.
    pub(in crate::vm) fn make_again(
        &self,
        account: &Account,
        size: usize,
    ) -> Result<bool, Refused> {
        let mut inner = self.inner.borrow_mut();
        let old = inner.size;
        if !size.is_power_of_two() || size < old || inner.count * 4 > size * 3 {
            return Ok(false);
        }
        self.epoch.set(0);
        account.replace(charge(old), charge(size), || true)?;
        inner.size = size;
        inner.measure();
        Ok(true)
    }

    /// Returns the strings that came in the run which may be undone, in no order.
    pub(in crate::vm) fn born(&self, mc: &Mutation<'gc>) -> Vec<Str<'gc>> {
        let (inner, epoch) = (self.inner.borrow(), self.epoch.get());
        let born = inner.slots.all().filter(|slot| slot.born == epoch);
        born.filter_map(|slot| Some(slot.string?.upgrade(mc))).map(Str::from_gc).collect()
    }

    /// Goes on with a run that may be undone, with this epoch, in which these strings came.
    pub(in crate::vm) fn begin_again(&self, epoch: u32, born: &[Str<'gc>]) {
        self.begin(epoch);
        let mut inner = self.inner.borrow_mut();
        inner.all = false;
        for string in born {
            if let Some(slot) = inner.slots.slot_of(*string) {
                slot.born = epoch;
            }
        }
    }

    /// Forgets the strings that marking found dead, but for those from before that must stay:
    /// these are marked. Does as much of that as is allowed, and tells whether it is done.
    pub(in crate::vm) fn purge(
        &self,
        fc: &Finalization<'gc>,
        purge: &mut Purge,
        allowance: &Allowance,
    ) -> bool {
        let mut inner = self.inner.borrow_mut();
        // Those that are listed may be freed now.
        inner.born.clear();
        inner.all = false;
        let Purge { age, at, kept } = purge;
        while let Some(from) = *at {
            *at = inner.retain(from, SLOTS, |slot| {
                let Some(weak) = slot.string.filter(|weak| weak.is_dead(fc)) else { return true };
                let stays = age.is_before(slot.born);
                if stays {
                    *kept += string_bytes(Str::from_gc(weak.resurrect(fc)).len());
                }
                stays
            });
            if !allowance.spend(SLOTS_PURGED) {
                return false;
            }
        }
        while !inner.slots.shrink(LEAST) {
            if !allowance.spend(SEGMENT_MERGED) {
                return false;
            }
        }
        inner.measure();
        true
    }

    /// Gives the account back what a collection has left empty.
    pub fn shrink(&self, account: &Account) {
        let mut inner = self.inner.borrow_mut();
        let old = inner.size;
        let size = (inner.count * 2).next_power_of_two().max(LEAST);
        if size < old {
            inner.size = size;
            inner.measure();
            account.release(charge(old) - charge(size));
        }
    }
}

/// Returns what so many slots are charged.
fn charge(slots: usize) -> usize {
    (slots - LEAST) * INTERNER_SLOT_BYTES
}

impl<'gc> Inner<'gc> {
    /// Adds a string.
    fn place(&mut self, slot: Slot<'gc>) {
        if !self.slots.add(slot) {
            // As when an object is to be made.
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<[Slot<'gc>; SEGMENT]>());
        }
    }

    /// Says how many strings may come before anything must grow.
    fn measure(&mut self) {
        self.room = (self.size / 4 * 3).saturating_sub(self.count).min(self.slots.room());
    }

    /// Makes room for one more string.
    #[inline(never)]
    fn grow(&mut self, account: &Account) -> Result<(), Refused> {
        let size = self.size;
        if (self.count + 1) * 4 > size * 3 {
            account.replace(charge(size), charge(size * 2), || true)?;
            self.size = size * 2;
        }
        while self.slots.room() == 0 {
            if !self.slots.grow() {
                // Tried again, nothing is charged a second time.
                self.measure();
                return Err(Refused { bytes: SEGMENT * INTERNER_SLOT_BYTES });
            }
        }
        self.measure();
        Ok(())
    }

    /// Empties the slots of strings that are not to be kept: see [`Slots::retain`].
    fn retain(
        &mut self,
        from: (usize, usize),
        most: usize,
        keep: impl FnMut(&Slot<'gc>) -> bool,
    ) -> Option<(usize, usize)> {
        let before = self.slots.made();
        let next = self.slots.retain(from, most, keep);
        self.count -= before - self.slots.made();
        next
    }

    /// Lists a string of the run that may be undone.
    fn list(&mut self, weak: GcWeak<'gc, Header>) {
        if self.all {
            self.all = self.born.len() < MOST_LISTED && self.born.try_reserve(1).is_ok();
            if self.all {
                self.born.push(weak);
            }
        }
    }

    /// Empties the slot of a string, if it has one.
    fn forget(&mut self, string: Str<'gc>) {
        if self.slots.forget(string) {
            self.count -= 1;
        }
    }
}

/// Compares bytes, mostly a few: those are compared here, since a call takes longer than that.
#[inline(always)]
fn equal(one: &[u8], other: &[u8]) -> bool {
    /// Compares the first `N` bytes and the last, which overlap.
    #[inline(always)]
    fn ends<const N: usize>(one: &[u8], other: &[u8]) -> bool {
        one.first_chunk::<N>() == other.first_chunk() && one.last_chunk::<N>() == other.last_chunk()
    }
    one.len() == other.len()
        && match one.len() {
            0 => true,
            1 => ends::<1>(one, other),
            2..=3 => ends::<2>(one, other),
            4..=7 => ends::<4>(one, other),
            8..=16 => ends::<8>(one, other),
            _ => one == other,
        }
}

#[cfg(test)]
mod physical;
#[cfg(test)]
mod tests;
