//! Panics of the host's code, kept where they happen.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    /// Panics that were kept on this thread.
    static PANICS: Cell<u64> = const { Cell::new(0) };
}

/// Returns how many panics were kept on this thread: who looks for them compares.
pub(in crate::session) fn panics() -> u64 {
    PANICS.with(Cell::get)
}

/// Runs code of the host's; nothing, if it panicked. What it panicked with is dropped with the
/// same care, since that may panic in its turn: then it is left where it is.
#[inline(always)]
pub(crate) fn contained<R>(work: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => Some(done),
        Err(payload) => {
            discard(payload);
            None
        }
    }
}

#[cold]
#[inline(never)]
fn discard(payload: Box<dyn std::any::Any + Send>) {
    PANICS.with(|panics| panics.set(panics.get().wrapping_add(1)));
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
}

/// Drops something of the host's, whatever its destructor does.
pub(in crate::session) fn drop_contained<T>(value: T) {
    let _ = contained(|| drop(value));
}
