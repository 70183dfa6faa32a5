//! The journal of a run: what objects from before it were like before it changed them.
//!
//! Every object that can change carries a *stamp*. A write to one whose stamp is not the
//! journal's epoch first saves it here; what was born in the run has the epoch as its
//! stamp, so that a write to it costs one comparison.

#![expect(unsafe_code, reason = "a collected type traces itself")]

use super::table::saved::Saved;
use crate::gc::{Collect, Trace};
use std::cell::{Cell, RefCell};

/// What a run has changed, as it was before.
pub(crate) struct Journal<'gc> {
    /// The stamp of everything that needs not be saved (again).
    pub(crate) epoch: Cell<u32>,
    /// A run may have to be undone: what changes is saved.
    pub(crate) open: Cell<bool>,
    /// Tables, in the order in which they were saved.
    pub(crate) tables: RefCell<Vec<Saved<'gc>>>,
    /// Logical bytes that are charged for all of this.
    pub(crate) bytes: Cell<usize>,
}

impl Default for Journal<'_> {
    fn default() -> Self {
        Journal {
            epoch: Cell::new(1),
            open: Cell::new(false),
            tables: RefCell::default(),
            bytes: Cell::new(0),
        }
    }
}

// SAFETY: all that is saved is traced.
unsafe impl<'gc> Collect<'gc> for Journal<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        for saved in self.tables.borrow().iter() {
            cc.trace(saved);
        }
    }
}
