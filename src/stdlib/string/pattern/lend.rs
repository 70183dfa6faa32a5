//! The machine that a thread lends to whoever matches: making one means to fill hundreds of bytes,
//! which takes longer than most matches.

use super::Machine;
use std::cell::Cell;

thread_local! {
    static SPARE: Cell<Option<Box<Machine>>> = const { Cell::new(None) };
}

/// Does something with the thread's machine, which is as somebody left it.
#[inline]
pub(in super::super) fn lend<R>(work: impl FnOnce(&mut Machine) -> R) -> R {
    // There is none if this is done within itself, or the thread ends.
    let mut machine = SPARE.try_with(Cell::take).ok().flatten().unwrap_or_default();
    let done = work(&mut machine);
    let _ = SPARE.try_with(|spare| spare.set(Some(machine)));
    done
}
