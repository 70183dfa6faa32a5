//! The garbage collector, and the one door to it.
//!
//! An arena owns its memory: pages of one kind of objects each (`page`), cut from slabs
//! (`slabs`), and handed out in runs of free cells (`space`). Whether an object is marked
//! stands in its page's header, and what it is stands there once for all of them. So an
//! object takes its own size and nothing more, marking and sweeping touch little memory, and
//! an arena that ends frees its slabs.
//!
//! In builds with `--cfg moonfuel_checked`, which are for tests alone, no cell is used twice, and
//! each use of a pointer is held against the cells of its page: a pointer to what was freed
//! panics at once, whatever was made since.
//!
//! Unsafe code stays in this folder; what it rests on is written at `page::Page`,
//! `pointer::Gc` and the traits in `collect`.

mod allowance;
mod arena;
mod collect;
mod foresee;
mod kind;
mod marker;
mod page;
mod pointer;
mod shared;
mod slabs;
mod space;
mod vtable;

pub(crate) use allowance::Allowance;
#[cfg(test)]
pub(crate) use allowance::take_largest;
pub(crate) use arena::{Arena, Finalization, Mutation, Rootable, Rooted, rootable};
pub(crate) use collect::{Collect, Object, Trace};
pub(crate) use foresee::foresee;
pub(crate) use kind::Kind;
pub(crate) use pointer::{Gc, GcWeak};

use std::cell::Cell;

/// What a collection makes of stamps, which say since which run an object is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// They play no part.
    Any,
    /// What does not have this one is from before the run, which may be undone.
    Before(u32),
    /// Everything is from before.
    All,
    /// They are wiped.
    Wiped,
}

impl Age {
    /// Tells whether what was born in this epoch is to stay as it is.
    pub(crate) fn is_before(self, born: u32) -> bool {
        match self {
            Age::Any | Age::Wiped => false,
            Age::Before(epoch) => born != epoch,
            Age::All => true,
        }
    }
}

/// Whether each use of a pointer is checked.
const CHECKED: bool = cfg!(moonfuel_checked);

thread_local! {
    static AGE: Cell<Age> = const { Cell::new(Age::Any) };
}

/// The stamp of what scripts cannot change.
pub(crate) const FROZEN: u32 = u32::MAX;

/// Says what the next collections make of stamps.
pub(crate) fn set_age(age: Age) {
    AGE.set(age);
}

/// Tells whether the object with this stamp is to stay as it is in this collection, since
/// the run that goes on may be undone and has not touched it.
#[inline]
pub(crate) fn is_old(stamp: &Cell<u32>) -> bool {
    match AGE.get() {
        Age::Any => false,
        Age::Before(epoch) => stamp.get() != epoch,
        Age::All => true,
        Age::Wiped => {
            if stamp.get() != FROZEN {
                stamp.set(0);
            }
            false
        }
    }
}

thread_local! {
    /// Logical bytes given back by destructors since [`take_freed`] was last called.
    static FREED: Cell<usize> = const { Cell::new(0) };
}

thread_local! {
    /// Coroutines freed since [`take_freed_threads`] was last called.
    static FREED_THREADS: Cell<usize> = const { Cell::new(0) };
    /// Whether the collection under way gives back stacks that are too large.
    static SHRINKS: Cell<bool> = const { Cell::new(true) };
}

/// Says whether the next collections give back what threads do not use of their stacks.
/// Those that a test forces at every opportunity must not: growing again costs fuel.
pub(crate) fn set_shrinks(shrinks: bool) {
    SHRINKS.set(shrinks);
}

/// Tells whether threads may give back what they do not use.
pub(crate) fn may_shrink() -> bool {
    SHRINKS.get()
}

/// Records that a destructor gave back `bytes` logical bytes.
///
/// Called from the `Drop` of every collected type. The driver reads the sum
/// after each collection step and credits it to the session's account.
#[inline]
pub(crate) fn freed(bytes: usize) {
    FREED.with(|freed| freed.set(freed.get().wrapping_add(bytes)));
}

/// Records that a coroutine was freed.
pub(crate) fn freed_thread() {
    FREED_THREADS.with(|freed| freed.set(freed.get() + 1));
}

/// Returns the number of coroutines freed since the last call, and starts over.
pub(crate) fn take_freed_threads() -> usize {
    FREED_THREADS.take()
}

/// Returns the logical bytes given back since the last call, and starts over.
#[inline]
pub(crate) fn take_freed() -> usize {
    FREED.with(|freed| freed.replace(0))
}

#[cfg(test)]
mod tests;
