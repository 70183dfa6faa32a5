//! The machine that a thread lends to whoever matches: making one means to fill hundreds of bytes,
//! which takes longer than most matches.

use super::Machine;
use std::cell::Cell;

thread_local! {
    static SPARE: Cell<Option<Box<Machine>>> = const { Cell::new(None) };
}

/// The thread's machine, given back when this is dropped.
pub(in super::super) struct Lent(Option<Box<Machine>>);

/// Lends the thread's machine. (What is done with it is no closure: its result would be moved,
/// and the processor waits for what was just written in parts and is read as a whole.)
#[inline]
pub(in super::super) fn lend() -> Lent {
    // There is none if this is done while it is lent, or the thread ends.
    Lent(SPARE.try_with(Cell::take).ok().flatten())
}

impl Lent {
    /// Returns the machine, which is as somebody left it.
    #[inline(always)]
    pub(in super::super) fn machine(&mut self) -> &mut Machine {
        self.0.get_or_insert_default()
    }
}

impl Drop for Lent {
    #[inline]
    fn drop(&mut self) {
        let machine = self.0.take();
        let _ = SPARE.try_with(|spare| spare.set(machine));
    }
}
