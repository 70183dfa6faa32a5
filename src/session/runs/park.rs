//! A thread that waits until it is woken: how a blocking run waits for the futures of its
//! host functions.

use crate::session::functions::lock::lock;
use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Wake, Waker};

/// Where one thread waits.
#[derive(Debug, Default)]
pub(crate) struct Parker {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Parker {
    /// Makes a place to wait at, and what wakes who waits there.
    pub(crate) fn new() -> (Arc<Parker>, Waker) {
        let parker = Arc::new(Parker::default());
        let waker = Waker::from(Arc::clone(&parker));
        (parker, waker)
    }

    /// Waits until somebody has called the waker since the last time, or until the time
    /// is over.
    pub(crate) fn wait(&self, most: Option<Duration>) {
        let woken = lock(&self.woken);
        let asleep = |woken: &mut bool| !*woken;
        let mut woken = match most {
            Some(most) => {
                let waited = self.changed.wait_timeout_while(woken, most, asleep);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => {
                let waited = self.changed.wait_while(woken, asleep);
                waited.unwrap_or_else(PoisonError::into_inner)
            }
        };
        *woken = false;
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        *lock(&self.woken) = true;
        self.changed.notify_one();
    }
}
