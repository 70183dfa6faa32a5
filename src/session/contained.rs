//! Panics of the host's code, kept where they happen.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs code of the host's; nothing, if it panicked. What it panicked with is dropped with the
/// same care, since that may panic in its turn: then it is left where it is.
#[inline(always)]
pub(super) fn contained<R>(work: impl FnOnce() -> R) -> Option<R> {
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
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
}

/// Drops something of the host's, whatever its destructor does.
pub(super) fn drop_contained<T>(value: T) {
    let _ = contained(|| drop(value));
}
