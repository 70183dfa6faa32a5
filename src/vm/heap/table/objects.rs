//! Objects as keys: tables that are sets of tables, or tell something about them.

#![expect(unsafe_code, reason = "reads a value where it lies")]

use super::Table;
use super::hash::NONE;
use crate::vm::heap::store::Heap;
use crate::vm::heap::value::Value;

#[cfg(test)]
mod tests;

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
        let adds = self.0.has_room_for_entry() && !value.is_nil() && free();
        if adds {
            self.push_hashed(heap, Value::Table(key), hash, value);
        }
        adds
    }
}
