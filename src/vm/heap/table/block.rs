//! Blocks of a table's two parts that are in no table: copies of what a table had, and what
//! was taken out of it.

#![expect(unsafe_code, reason = "owns raw blocks")]

use super::TableBox;
use super::hash::{self, Entry, NONE};
use crate::alloc::parts::{alloc, leave, leave_outgrown};
use crate::vm::heap::value::Value;
use std::alloc::Layout;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// The block of an array part.
///
/// Invariant: `at` points to a block of `capacity` slots as [`TableBox`] has them (dangling
/// if 0) that nothing else points to; the first `len <= capacity` are initialised.
pub(super) struct Items<'gc> {
    at: NonNull<Value<'gc>>,
    capacity: u32,
    len: u32,
}

impl<'gc> Items<'gc> {
    /// Makes the block of no items.
    pub(super) fn none() -> Items<'gc> {
        Items { at: NonNull::dangling(), capacity: 0, len: 0 }
    }

    /// Allocates a block, or returns nothing if the system has no memory.
    pub(super) fn allocate(capacity: u32) -> Option<Items<'gc>> {
        if capacity == 0 {
            return Some(Items::none());
        }
        let layout = Layout::array::<Value<'gc>>(capacity as usize).ok()?;
        // SAFETY: the size is not 0.
        let at = NonNull::new(unsafe { alloc(layout) })?.cast();
        Some(Items { at, capacity, len: 0 })
    }

    /// Makes a block of `capacity` slots that begins with these items, or nothing if the
    /// system has no memory.
    pub(super) fn of(slots: &[Value<'gc>], capacity: u32) -> Option<Items<'gc>> {
        let mut items = Items::allocate(capacity.max(slots.len() as u32))?;
        // SAFETY: there are as many slots in the new block, which is another one.
        unsafe { items.at.as_ptr().copy_from_nonoverlapping(slots.as_ptr(), slots.len()) };
        items.len = slots.len() as u32;
        Some(items)
    }

    /// Puts more items last, for which there is room.
    pub(super) fn extend(&mut self, slots: &[Value<'gc>]) {
        assert!(slots.len() <= (self.capacity - self.len) as usize);
        // SAFETY: there are as many slots behind the first `len`, in a block of its own.
        unsafe {
            let end = self.at.as_ptr().add(self.len as usize);
            end.copy_from_nonoverlapping(slots.as_ptr(), slots.len());
        }
        self.len += slots.len() as u32;
    }

    /// Returns how many slots there are.
    pub(super) fn capacity(&self) -> usize {
        self.capacity as usize
    }

    /// Copies the block.
    pub(super) fn copy(&self) -> Option<Items<'gc>> {
        Items::of(self.slots(), self.capacity)
    }

    /// Returns the items.
    pub(super) fn slots(&self) -> &[Value<'gc>] {
        // SAFETY: the first `len` slots are initialised, and nobody else has the block.
        unsafe { std::slice::from_raw_parts(self.at.as_ptr(), self.len as usize) }
    }

    /// Returns the items, to be changed.
    pub(super) fn slots_mut(&mut self) -> &mut [Value<'gc>] {
        // SAFETY: as in `slots`.
        unsafe { std::slice::from_raw_parts_mut(self.at.as_ptr(), self.len as usize) }
    }

    /// Drops the block of a part that has a larger one now.
    pub(super) fn outgrown(self) {
        let items = ManuallyDrop::new(self);
        if let Some(layout) = items.layout() {
            // SAFETY: as when it is dropped.
            unsafe { leave_outgrown(items.at.as_ptr().cast(), layout) };
        }
    }

    /// Returns the layout of the block, if it is one.
    fn layout(&self) -> Option<Layout> {
        let slots = Layout::array::<Value<'gc>>(self.capacity()).ok();
        slots.filter(|layout| layout.size() > 0)
    }

    /// Returns the bytes the block takes.
    #[cfg(test)]
    pub(super) fn real_bytes(&self) -> usize {
        self.capacity as usize * size_of::<Value<'gc>>()
    }
}

impl Drop for Items<'_> {
    fn drop(&mut self) {
        if let Some(layout) = self.layout() {
            // SAFETY: allocated with this layout, here or by a table, and nobody else's.
            unsafe { leave(self.at.as_ptr().cast(), layout) };
        }
    }
}

/// The block of a hash part.
///
/// Invariant: `at` points to a block of `capacity` entries and heads as [`TableBox`] has them
/// (the static empty one if 0) that nothing else points to; the first `used <= capacity`
/// entries are initialised, and so are all heads.
pub(super) struct Entries<'gc> {
    at: NonNull<Entry<'gc>>,
    capacity: u32,
    used: u32,
}

impl<'gc> Entries<'gc> {
    /// Makes the block of no entries.
    pub(super) fn none() -> Entries<'gc> {
        // SAFETY: the address of a static.
        Entries { at: unsafe { NonNull::new_unchecked(hash::empty()) }, capacity: 0, used: 0 }
    }

    /// Allocates a block whose chains are empty, or returns nothing if the system has no
    /// memory.
    pub(super) fn allocate(capacity: u32) -> Option<Entries<'gc>> {
        if capacity == 0 {
            return Some(Entries::none());
        }
        let layout = hash::layout(capacity as usize)?;
        // SAFETY: the layout of that capacity, which is not 0.
        let at = NonNull::new(unsafe { alloc(layout) })?.cast();
        let mut block = Entries { at, capacity, used: 0 };
        let heads = block.heads_start();
        // SAFETY: `capacity` heads follow as many entries.
        unsafe { heads.write_bytes(0xFF, capacity as usize) };
        debug_assert_eq!(block.heads_mut().first(), Some(&NONE));
        Some(block)
    }

    /// Returns how many entries there is room for.
    pub(super) fn capacity(&self) -> usize {
        self.capacity as usize
    }

    /// Copies the block.
    pub(super) fn copy(&self) -> Option<Entries<'gc>> {
        let mut copy = Entries::allocate(self.capacity)?;
        if self.capacity > 0 {
            // SAFETY: the first `used` entries and all heads are initialised, the blocks are
            // different ones of the same capacity.
            unsafe {
                copy.at.as_ptr().copy_from_nonoverlapping(self.at.as_ptr(), self.used as usize);
                let heads = self.heads_start();
                copy.heads_start().copy_from_nonoverlapping(heads, self.capacity as usize);
            }
            copy.used = self.used;
        }
        Some(copy)
    }

    /// Forgets the entries from `used` on; the chains are the caller's to put right.
    pub(super) fn cut(&mut self, used: u32) {
        self.used = self.used.min(used);
    }

    fn heads_start(&self) -> *mut u32 {
        // SAFETY: heads follow `capacity` entries in the same block.
        unsafe { self.at.as_ptr().add(self.capacity as usize).cast() }
    }

    /// Returns the entries.
    pub(super) fn entries(&self) -> &[Entry<'gc>] {
        // SAFETY: the first `used` entries are initialised; nobody else has the block, or it
        // is the static one, which is never written and lends none.
        unsafe { std::slice::from_raw_parts(self.at.as_ptr(), self.used as usize) }
    }

    /// Returns the entries, to be changed.
    pub(super) fn entries_mut(&mut self) -> &mut [Entry<'gc>] {
        // SAFETY: as in `entries`.
        unsafe { std::slice::from_raw_parts_mut(self.at.as_ptr(), self.used as usize) }
    }

    /// Returns the heads of the chains, to be changed.
    pub(super) fn heads_mut(&mut self) -> &mut [u32] {
        // SAFETY: all heads are initialised; nobody else has the block, or there are none.
        unsafe { std::slice::from_raw_parts_mut(self.heads_start(), self.capacity as usize) }
    }

    /// Puts an entry last, where there is room, and into the chain for its hash.
    fn push(&mut self, entry: Entry<'gc>) {
        debug_assert!(self.used < self.capacity);
        let at = self.used;
        let mask = self.capacity - 1;
        // SAFETY: the head is one of `capacity`, which is not 0 and a power of two; the
        // entry is one of the block, of which `used` were initialised.
        unsafe {
            let head = self.heads_start().add((entry.hash & mask) as usize);
            self.at.as_ptr().add(at as usize).write(Entry { next: *head, ..entry });
            *head = at;
        }
        self.used = at + 1;
    }

    /// Drops the block of a part that has a larger one now.
    pub(super) fn outgrown(self) {
        let entries = ManuallyDrop::new(self);
        if let Some(layout) = entries.layout() {
            // SAFETY: as when it is dropped.
            unsafe { leave_outgrown(entries.at.as_ptr().cast(), layout) };
        }
    }

    /// Returns the layout of the block, if it is one.
    fn layout(&self) -> Option<Layout> {
        hash::layout(self.capacity()).filter(|layout| layout.size() > 0)
    }

    /// Returns the bytes the block takes.
    #[cfg(test)]
    pub(super) fn real_bytes(&self) -> usize {
        self.capacity as usize * (size_of::<Entry<'gc>>() + size_of::<u32>())
    }
}

impl Drop for Entries<'_> {
    fn drop(&mut self) {
        if let Some(layout) = self.layout() {
            // SAFETY: allocated with this layout, here or by a table, and nobody else's.
            unsafe { leave(self.at.as_ptr().cast(), layout) };
        }
    }
}

/// The entries of a hash part that are alive, in a block of their own.
pub(super) struct Living<'gc> {
    pub(super) block: Entries<'gc>,
    /// There are positive integer keys among them.
    pub(super) integers: bool,
}

impl<'gc> Living<'gc> {
    /// Puts those last that are alive: there is room for them.
    fn push_live(&mut self, entries: &[Entry<'gc>]) {
        for entry in entries.iter().filter(|entry| !entry.value.is_nil()) {
            assert!(self.block.used < self.block.capacity);
            self.block.push(*entry);
            self.integers |= entry.is_positive_integer();
        }
    }
}

/// A block of the hash part that is not ready: heads are emptied one after the other, and then
/// come the entries.
///
/// Invariant: as [`Entries`], but of the heads only the first `emptied` are initialised, and there
/// are no entries before all are.
pub(super) struct Filling<'gc> {
    living: Living<'gc>,
    emptied: u32,
}

impl<'gc> Filling<'gc> {
    /// Allocates a block, or returns nothing if the system has no memory. There is room for an
    /// entry.
    pub(super) fn allocate(capacity: usize) -> Option<Filling<'gc>> {
        let layout = hash::layout(capacity).filter(|_| capacity > 0)?;
        // SAFETY: the layout of that capacity, which is not 0.
        let at = NonNull::new(unsafe { alloc(layout) })?.cast();
        let block = Entries { at, capacity: capacity as u32, used: 0 };
        Some(Filling { living: Living { block, integers: false }, emptied: 0 })
    }

    /// Tells whether all heads are empty.
    pub(super) fn is_ready(&self) -> bool {
        self.emptied == self.living.block.capacity
    }

    /// Empties no more than so many heads, and returns how many these were.
    pub(super) fn empty_heads(&mut self, most: u32) -> u32 {
        let block = &self.living.block;
        let count = most.min(block.capacity - self.emptied);
        // SAFETY: `capacity` heads follow as many entries.
        unsafe {
            let heads = block.heads_start().add(self.emptied as usize);
            heads.write_bytes(0xFF, count as usize);
        }
        self.emptied += count;
        count
    }

    /// Puts those last that are alive: there is room for them, and all heads are empty.
    pub(super) fn push_live(&mut self, entries: &[Entry<'gc>]) {
        assert!(self.is_ready());
        self.living.push_live(entries);
    }

    /// Returns what is there, if all heads are empty.
    pub(super) fn finish(self) -> Option<Living<'gc>> {
        self.is_ready().then_some(self.living)
    }
}

impl<'gc> TableBox<'gc> {
    /// Copies the items into a block of `capacity` slots, not fewer than there are items.
    /// Returns nothing if the system has no memory.
    pub(super) fn copy_items(&self, capacity: u32) -> Option<Items<'gc>> {
        let len = self.array_len.get();
        debug_assert!(len <= capacity);
        let mut copy = Items::allocate(capacity)?;
        // SAFETY: the first `len` slots are initialised (invariant 1), there are as many in
        // the new block, and that is another one.
        unsafe { copy.at.as_ptr().copy_from_nonoverlapping(self.array.get(), len as usize) };
        copy.len = len;
        Some(copy)
    }

    /// Lends a piece of the array part: of what was there when the table was saved, in the
    /// block that it still has.
    pub(super) fn some_items(&self, from: u32, to: u32) -> &[Value<'gc>] {
        debug_assert!(from <= to && to <= self.array_capacity.get());
        // SAFETY: the one caller stays below the number of items there were when the table
        // was saved: those slots were initialised, and a block is not taken back to less.
        unsafe {
            std::slice::from_raw_parts(self.array.get().add(from as usize), (to - from) as usize)
        }
    }

    /// Writes slots from `from` on, which lie below the capacity. How many items there are
    /// stays.
    pub(super) fn write_slots(&self, from: u32, slots: &[Value<'gc>]) {
        assert!(from as usize + slots.len() <= self.array_capacity.get() as usize);
        for (at, value) in slots.iter().enumerate() {
            // SAFETY: the slot is one of the block.
            unsafe { self.array.get().add(from as usize + at).write(*value) };
        }
    }

    /// Puts another block in the place of the array part's, and returns that one, of which
    /// the first `len` slots are initialised. How many items there are is the caller's to set.
    pub(super) fn exchange_items(&self, items: Items<'gc>, len: u32) -> Items<'gc> {
        let items = ManuallyDrop::new(items);
        // SAFETY: a table's block is never at address 0.
        let at = unsafe { NonNull::new_unchecked(self.array.replace(items.at.as_ptr())) };
        Items { at, capacity: self.array_capacity.replace(items.capacity), len }
    }

    /// Copies the hash part as it is, or returns nothing if the system has no memory.
    pub(super) fn copy_entries(&self) -> Option<Entries<'gc>> {
        let (capacity, used) = (self.hash_capacity(), self.used.get());
        let mut copy = Entries::allocate(capacity as u32)?;
        if capacity == 0 {
            return Some(copy);
        }
        // SAFETY: the first `used` entries and all heads are initialised (invariant 2); both
        // blocks have the same capacity, and they are different ones.
        unsafe {
            let entries = self.entries.get();
            copy.at.as_ptr().copy_from_nonoverlapping(entries, used as usize);
            let heads = entries.add(capacity).cast::<u32>();
            copy.heads_start().copy_from_nonoverlapping(heads, capacity);
        }
        copy.used = used;
        Some(copy)
    }

    /// Copies the live entries into a block of `capacity`, a power of two that has room for
    /// them. Returns nothing if the system has no memory.
    pub(super) fn copy_live_entries(&self, capacity: u32) -> Option<Living<'gc>> {
        let mut living = Living { block: Entries::allocate(capacity)?, integers: false };
        living.push_live(self.some_entries(0, self.used.get()));
        Some(living)
    }

    /// Lends a piece of the entries, dead ones included.
    pub(super) fn some_entries(&self, from: u32, to: u32) -> &[Entry<'gc>] {
        debug_assert!(from <= to && to <= self.used.get());
        // SAFETY: all callers checked `to <= used`: they are initialised (invariant 2).
        unsafe {
            std::slice::from_raw_parts(self.entries.get().add(from as usize), (to - from) as usize)
        }
    }

    /// Puts a block that holds the live entries in the place of the hash part's, and returns that
    /// one, of which the first `used` entries are initialised.
    pub(super) fn exchange_live_entries(&self, living: Living<'gc>, used: u32) -> Entries<'gc> {
        if self.used.get() > 0 && self.entry(0).value.is_nil() {
            self.drop_lead();
        }
        self.hint.set(0);
        self.integers.set(living.integers);
        self.exchange_entries(living.block, used)
    }

    /// Puts another block in the place of the hash part's, with its entries, and returns
    /// that one, of which the first `used` entries are initialised.
    pub(super) fn exchange_entries(&self, entries: Entries<'gc>, used: u32) -> Entries<'gc> {
        let entries = ManuallyDrop::new(entries);
        let capacity = self.hash_capacity() as u32;
        // SAFETY: a table's block is never at address 0.
        let at = unsafe { NonNull::new_unchecked(self.entries.replace(entries.at.as_ptr())) };
        self.mask.set(entries.capacity.saturating_sub(1));
        self.used.set(entries.used);
        Entries { at, capacity, used }
    }
}
