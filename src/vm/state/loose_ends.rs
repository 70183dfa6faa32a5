//! What native functions keep for the host while a run goes on, and the host must have back
//! when it ends: the collector would come for it, but only in some later run.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// Something that can be dropped while the object that holds it lives on.
pub(crate) trait LooseEnd {
    /// Drops what is held.
    fn drop_it(&self);
}

/// The loose ends of a run.
#[derive(Default)]
pub(crate) struct LooseEnds(RefCell<Vec<Weak<dyn LooseEnd>>>);

impl std::fmt::Debug for LooseEnds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("LooseEnds").field(&self.0.borrow().len()).finish()
    }
}

/// Length of the list below which it is not tidied up.
const FEW: usize = 16;

impl LooseEnds {
    /// Notes one.
    pub(crate) fn note(&self, end: &Rc<impl LooseEnd + 'static>) {
        let mut ends = self.0.borrow_mut();
        if ends.len() == ends.capacity() && ends.len() >= FEW {
            ends.retain(|end| end.strong_count() > 0);
        }
        let end: Weak<dyn LooseEnd> = Rc::downgrade(end) as Weak<dyn LooseEnd>;
        ends.push(end);
    }

    /// Forgets them: others see to them from now on.
    pub(crate) fn forget(&self) {
        self.0.borrow_mut().clear();
    }

    /// Drops what they hold: the run has ended.
    pub(crate) fn drop_all(&self) {
        let ends = std::mem::take(&mut *self.0.borrow_mut());
        for end in ends.iter().filter_map(Weak::upgrade) {
            end.drop_it();
        }
    }
}
