//! Objects as keys: tables that are sets of tables, or tell something about them.

#![expect(unsafe_code, reason = "reads a value where it lies")]

use super::hash::{NONE, mix, object_mark};
use super::{Table, TableBox};
use crate::gc::Gc;
use crate::vm::heap::store::Heap;
use crate::vm::heap::value::Value;

#[cfg(test)]
mod tests;

/// Tells whether a number stands for this object, dead. Only then is the object looked at.
#[inline(always)]
pub(super) fn is_mark_of(number: f64, object: &Value<'_>) -> bool {
    number.is_nan() && number.to_bits() == object_mark(object.object_id().unwrap_or(0)).to_bits()
}

impl<'gc> TableBox<'gc> {
    /// Hashes a table, as integers are hashed: tables that were made one after the other lie side
    /// by side mostly, and are often met in that order. Of sixteen, since it may be every second
    /// or fourth of them that is a key.
    #[inline(always)]
    pub(super) fn hash_table(&self, key: Table<'gc>) -> u32 {
        const CELL: usize = size_of::<TableBox<'static>>();
        let cell = Gc::as_ptr(key.0).addr() / CELL;
        mix(self.hash_key, cell as u64 >> 4) ^ (cell & 15) as u32
    }

    /// Finds a table in the hash part, alive or dead.
    #[inline(always)]
    pub(super) fn find_table(&self, hash: u32, key: Table<'gc>) -> u32 {
        self.walk(hash, |entry| match entry.key {
            Value::Table(own) => own.ptr_eq(key),
            Value::Number(n) => is_mark_of(n, &Value::Table(key)),
            _ => false,
        })
    }
}

impl<'gc> Table<'gc> {
    /// Sets the value at a table to the one at `from`, if that needs neither fuel nor memory. A
    /// new key is added only if it is `free` to be, which is asked where there is none.
    #[inline(never)]
    pub(in crate::vm) fn set_table_quickly(
        self,
        heap: Heap<'gc>,
        key: Table<'gc>,
        from: *const Value<'gc>,
        free: impl FnOnce() -> bool,
    ) -> bool {
        if !self.is_own(heap) {
            return false;
        }
        let hash = self.0.hash_table(key);
        let at = self.0.find_table(hash, key);
        // SAFETY: callers pass the place of a valid value that nothing else writes now.
        let value = unsafe { Value::load(from) };
        if at != NONE {
            return self.replace_entry(heap, at, value);
        }
        let room = self.0.used.get() <= self.0.mask.get() && self.0.hash_capacity() > 0;
        let adds = room && !value.is_nil() && free();
        if adds {
            self.push_hashed(heap, Value::Table(key), hash, value);
        }
        adds
    }
}
