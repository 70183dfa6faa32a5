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

thread_local! {
    /// Coroutines freed since [`take_freed_threads`] was last called.
    static FREED_THREADS: Cell<usize> = const { Cell::new(0) };
    /// Places of values that were gone through since [`take_traced`] was last called.
    static TRACED: Cell<usize> = const { Cell::new(0) };
    /// Whether the collection under way gives back stacks that are too large.
    static SHRINKS: Cell<bool> = const { Cell::new(true) };
}

/// Says whether the next collections give back what threads do not use of their stacks.
/// Those that a test forces at every opportunity must not: growing again costs fuel.
pub fn set_shrinks(shrinks: bool) {
    SHRINKS.set(shrinks);
}

/// Tells whether threads may give back what they do not use.
pub fn may_shrink() -> bool {
    SHRINKS.get()
}

/// Records that a destructor gave back `bytes` logical bytes.
///
/// Called from the `Drop` of every collected type. The driver reads the sum
/// after each collection step and credits it to the session's account.
#[inline]
pub fn freed(bytes: usize) {
    FREED.with(|freed| freed.set(freed.get().wrapping_add(bytes)));
}

/// Records that a collection went through `places` places of values in one object.
#[inline]
pub fn traced(places: usize) {
    TRACED.with(|traced| traced.set(traced.get().wrapping_add(places)));
}

/// Returns the places gone through since the last call, and starts over.
pub fn take_traced() -> usize {
    TRACED.take()
}

/// Records that a coroutine was freed.
pub fn freed_thread() {
    FREED_THREADS.with(|freed| freed.set(freed.get() + 1));
}

/// Returns the number of coroutines freed since the last call, and starts over.
pub fn take_freed_threads() -> usize {
    FREED_THREADS.take()
}

/// Returns the logical bytes given back since the last call, and starts over.
#[inline]
pub fn take_freed() -> usize {
    FREED.with(|freed| freed.replace(0))
}
