//! A table as it was before a run changed it.

#![expect(unsafe_code, reason = "a collected type traces itself")]

use super::Table;
use crate::gc::{Collect, Trace};

/// A table as it was before a run changed it.
pub(crate) struct Saved<'gc> {
    table: Table<'gc>,
}

// SAFETY: everything that is saved is traced.
unsafe impl<'gc> Collect<'gc> for Saved<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        cc.trace(&self.table);
    }
}
