//! What a machine knows of the host's objects: the types there are, how many objects were
//! made, and which of them a run has made.

use super::loose_ends::{LooseEnd, LooseEnds};
use std::any::TypeId;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The host's objects in a machine.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    /// The types, by number.
    types: RefCell<Vec<TypeId>>,
    /// The serial number of the last object, and that when the run began.
    last: Cell<u64>,
    before: Cell<u64>,
    /// Objects made since then.
    made: LooseEnds,
}

impl Objects {
    /// Adds a type; numbers count from 0.
    pub(crate) fn add_type(&self, id: TypeId) {
        self.types.borrow_mut().push(id);
    }

    /// Returns the number of a type.
    pub(crate) fn number_of(&self, id: TypeId) -> Option<usize> {
        self.types.borrow().iter().position(|known| *known == id)
    }

    /// Returns the serial number that the next object gets.
    pub(crate) fn next(&self) -> u64 {
        self.last.get() + 1
    }

    /// Sets the serial number of the last object.
    pub(crate) fn set_last(&self, last: u64) {
        self.last.set(last);
    }

    /// Notes an object that was made with the next serial number.
    pub(crate) fn note(&self, object: &Rc<impl LooseEnd + 'static>) {
        self.last.set(self.next());
        self.made.note(object);
    }

    /// Returns the serial number of the last object when the run began.
    pub(crate) fn before(&self) -> u64 {
        self.before.get()
    }

    /// Sets it, of a run that goes on. Tells whether it can be that.
    pub(crate) fn set_before(&self, before: u64) -> bool {
        self.before.set(before);
        before <= self.last.get()
    }

    /// Notes an object with a serial number of before, if it came up in the run.
    pub(crate) fn note_again(&self, object: &Rc<impl LooseEnd + 'static>, serial: u64) {
        if serial > self.before.get() {
            self.made.note(object);
        }
    }

    /// Takes the last serial number back, of an object that nobody has seen.
    pub(crate) fn take_back(&self) {
        self.last.set(self.last.get().saturating_sub(1));
    }

    /// Notes that a run begins which may be undone.
    pub(crate) fn mark(&self) {
        self.before.set(self.last.get());
        self.made.forget();
    }

    /// Drops the values of the objects that came up since the mark.
    pub(crate) fn back_to_mark(&self) {
        self.last.set(self.before.get());
        self.made.drop_all();
    }
}
