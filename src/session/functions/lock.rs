//! Mutexes here hold values that are whole between any two statements: what a holder that
//! panicked has left is as good as what was before.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex, whoever may have panicked while it was held.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
