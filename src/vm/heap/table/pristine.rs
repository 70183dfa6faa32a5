//! What a table of the library looks like before it is real (see [`pristine`](crate::vm::heap::pristine)).

use super::block::Entries;
use super::hash::{self, Entry, NONE};
use super::{Table, TableBox};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::store::Heap;
use crate::vm::heap::string::Str;
use crate::vm::heap::value::Value;
use std::alloc::{Layout, handle_alloc_error};

/// The bit of `collected` that says so.
const PRISTINE: u8 = 16;

impl TableBox<'_> {
    /// Tells whether what the table holds is still in the image.
    #[inline(always)]
    pub(super) fn is_pristine(&self) -> bool {
        self.collected.get() & PRISTINE != 0
    }
}

impl<'gc> Table<'gc> {
    /// Tells whether the table is one of the library that is not real yet.
    #[inline(always)]
    pub(in crate::vm) fn is_pristine(self) -> bool {
        self.0.is_pristine()
    }

    /// Makes the table real if it is not: for whoever goes through it from its beginning.
    #[inline(always)]
    pub(crate) fn realize(self, heap: Heap<'gc>) {
        if self.is_pristine() {
            heap.make_real(self);
        }
    }

    /// Makes an empty table one that is not real yet.
    pub(in crate::vm) fn become_pristine(self, read_only: bool) {
        let table = &*self.0;
        table.collected.set(PRISTINE);
        // What looks for a key in vain, or writes, finds a metatable, and goes the slow way.
        table.metatable.set(Some(self));
        table.marks.set(u8::from(read_only));
        table.stamp.set(if read_only { super::saved::READ_ONLY } else { 0 });
        // No traversal has been here.
        table.hint.set(NONE);
    }

    /// Adds an entry to a pristine table: one that is added, whose room in a real one is
    /// reserved, or one of the image's.
    pub(in crate::vm) fn push_pristine(self, heap: Heap<'gc>, key: Str<'gc>, value: Value<'gc>) {
        let table = &*self.0;
        let used = table.used.get() as usize;
        if used == table.hash_capacity() {
            let room = (used + 1).next_power_of_two().max(4);
            if !table.resize_hash(room) {
                out_of_memory(room);
            }
            table.hint.set(NONE);
        }
        self.push_hashed(heap, Value::String(key), key.short_hash(), value);
    }

    /// Returns entry `at` of those that were added.
    pub(in crate::vm) fn added(self, at: usize) -> Option<(&'gc [u8], Value<'gc>)> {
        let at = u32::try_from(at).ok().filter(|at| *at < self.0.used.get())?;
        match self.0.entry(at) {
            Entry { key: Value::String(key), value, .. } => Some((key.as_bytes(), *value)),
            _ => None,
        }
    }

    /// Becomes real, with these entries, and after them the first `added` of those before.
    pub(in crate::vm) fn become_real(
        self,
        heap: Heap<'gc>,
        capacity: u32,
        read_only: bool,
        entries: impl Iterator<Item = (Str<'gc>, Value<'gc>)>,
        added: usize,
    ) {
        let table = &*self.0;
        let Some(block) = Entries::allocate(capacity) else {
            return out_of_memory(capacity as usize);
        };
        let entries: Vec<_> = entries.collect();
        let before = table.exchange_entries(block, table.used.get());
        table.collected.set(0);
        table.metatable.set(None);
        table.stamp.set(if read_only { super::saved::READ_ONLY } else { 1 });
        table.hint.set(0);
        for (key, value) in entries {
            self.push_hashed(heap, Value::String(key), key.short_hash(), value);
        }
        for Entry { key, hash, value, .. } in before.entries().iter().take(added) {
            self.push_hashed(heap, *key, *hash, *value);
        }
        table.lacks.set(0);
    }

    /// Returns the room of a hash part with `live` entries that is rebuilt for `more`.
    ///
    /// # Errors
    /// With "table overflow".
    pub(in crate::vm) fn rebuilt_capacity(
        heap: Heap<'gc>,
        live: usize,
        more: usize,
    ) -> Result<usize, Interrupt<'gc>> {
        hash::capacity_for(heap, hash::room_for_rebuilt(live, more))
    }

    /// Returns the room of the hash part.
    pub(in crate::vm) fn entries_room(self) -> usize {
        self.0.hash_capacity()
    }
}

/// Ends the process as when an object is to be made.
#[cold]
fn out_of_memory(entries: usize) {
    handle_alloc_error(hash::layout(entries).unwrap_or(Layout::new::<Entry<'_>>()));
}
