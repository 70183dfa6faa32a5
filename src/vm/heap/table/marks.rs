//! What a table is marked as: read-only, an array or an object in JSON, weak, to be finalized.

use super::saved;
use super::{LISTED, Table, WEAK_KEYS, WEAK_VALUES};
use crate::gc;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::store::Heap;

impl<'gc> Table<'gc> {
    /// Tells whether a collection must leave the table as it is, its weak entries too.
    pub(in crate::vm) fn is_kept(self) -> bool {
        gc::is_old(&self.0.stamp)
    }

    /// Returns the weak mode: [`WEAK_KEYS`], [`WEAK_VALUES`], both or 0.
    #[inline]
    pub fn weak_mode(self) -> u8 {
        self.0.collected.get() & (WEAK_KEYS | WEAK_VALUES)
    }

    /// Sets the weak mode (manual §2.5.4) of a table in the collector's list.
    pub(in crate::vm) fn set_weak_mode(self, mode: u8) {
        debug_assert!(self.0.collected.get() & LISTED != 0, "a weak table that is not listed");
        self.0.collected.set(self.0.collected.get() & !(WEAK_KEYS | WEAK_VALUES) | mode);
    }

    /// Tells whether keys are weak and values are not.
    pub(in crate::vm) fn is_ephemeron(self) -> bool {
        self.weak_mode() == WEAK_KEYS
    }

    /// Returns the weak mode with `LISTED` and `TO_FINALIZE`. A mode other than 0
    /// is set in listed tables only.
    pub(in crate::vm) fn collector_marks(self) -> u8 {
        self.0.collected.get()
    }

    /// Sets what [`Table::collector_marks`] returns.
    pub(in crate::vm) fn set_collector_marks(self, marks: u8) {
        self.0.collected.set(marks);
    }

    /// Tells whether scripts may not change the table.
    #[inline(always)]
    pub fn is_read_only(self) -> bool {
        self.0.marks.get() & 1 != 0
    }

    /// Makes the table read-only for scripts, or writable again.
    ///
    /// # Errors
    /// When memory is refused or fuel runs out; nothing is changed then.
    pub fn set_read_only(self, heap: Heap<'gc>, read_only: bool) -> Result<(), Interrupt<'gc>> {
        if self.is_read_only() == read_only {
            return Ok(());
        }
        self.save_header(heap)?;
        self.0.move_all(heap)?;
        self.0.marks.set(self.0.marks.get() & !1 | u8::from(read_only));
        // What becomes writable is saved (again) before it is written to.
        self.0.stamp.set(if read_only { saved::READ_ONLY } else { 0 });
        Ok(())
    }

    /// Returns what JSON conversion marked the table as: 0 nothing, 1 an array, 2 an object.
    #[inline]
    pub fn json_mark(self) -> u8 {
        self.0.marks.get() >> 1 & 3
    }

    /// Sets the mark of JSON conversion.
    ///
    /// # Errors
    /// When memory is refused or fuel runs out; nothing is changed then.
    pub fn set_json_mark(self, heap: Heap<'gc>, mark: u8) -> Result<(), Interrupt<'gc>> {
        if self.json_mark() != mark & 3 {
            self.save_header(heap)?;
            self.0.marks.set(self.0.marks.get() & !(3 << 1) | (mark & 3) << 1);
        }
        Ok(())
    }
}
