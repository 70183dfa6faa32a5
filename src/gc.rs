//! The one door to the garbage collector.
//!
//! Everything below imports from here and never from `gc_arena`, so that the
//! collector can be replaced without touching the machine.

pub use gc_arena::collect::Trace;
pub use gc_arena::{Arena, Collect, Finalization, Gc, GcWeak, Mutation, Rootable};

use std::cell::Cell;

thread_local! {
    /// Logical bytes given back by destructors since [`take_freed`] was last called.
    static FREED: Cell<usize> = const { Cell::new(0) };
}

/// Records that a destructor gave back `bytes` logical bytes.
///
/// Called from the `Drop` of every collected type. The driver reads the sum
/// after each collection step and credits it to the session's account.
#[inline]
pub fn freed(bytes: usize) {
    FREED.with(|freed| freed.set(freed.get().wrapping_add(bytes)));
}

/// Returns the logical bytes given back since the last call, and starts over.
#[inline]
pub fn take_freed() -> usize {
    FREED.with(|freed| freed.replace(0))
}
