//! Asking for the memory of a list's objects before somebody looks at them.

use super::Table;
use crate::gc::{Gc, foresee};
use crate::vm::heap::value::Value;

impl<'gc> Table<'gc> {
    /// Asks for the memory of the objects at two indexes of a list that is gone through: of the
    /// next one for what it has, of the one after it for where it has that. Nothing is read but
    /// the list and the next one.
    #[inline]
    pub(crate) fn foresee_items(self, next: i64, after: i64) {
        match self.item(after) {
            Some(Value::Table(table)) => foresee(Gc::as_ptr(table.0)),
            Some(Value::String(string)) => string.foresee(),
            _ => {}
        }
        if let Some(Value::Table(table)) = self.item(next) {
            let table = table.0;
            if table.used.get() > 0 {
                // Two entries lie in two lines of the cache.
                foresee(table.entries.get());
                foresee(table.entries.get().wrapping_byte_add(64));
            } else {
                foresee(table.array.get());
            }
        }
    }
}
