//! What a caller holds while its script waits and runs.

use super::SessionsError;
use crate::Report;
use crate::session::lock;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// A script that waits, runs, or has run: a future of its report, or to be waited for.
/// Whoever drops it does not stop the script.
#[derive(Debug)]
pub struct Ticket(Arc<Promise>);

/// The other end of a ticket.
#[derive(Debug, Default)]
pub(super) struct Promise {
    state: Mutex<State>,
    kept: Condvar,
}

#[derive(Debug, Default)]
struct State {
    result: Option<Result<Report, SessionsError>>,
    waker: Option<Waker>,
}

impl Promise {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Says what came of it.
    pub(super) fn keep(&self, result: Result<Report, SessionsError>) {
        let mut state = self.state();
        state.result = Some(result);
        let waker = state.waker.take();
        drop(state);
        self.kept.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Ticket {
    pub(super) fn new(promise: Arc<Promise>) -> Ticket {
        Ticket(promise)
    }

    /// Waits for the end of the script.
    ///
    /// # Errors
    /// When the session was closed before the script began.
    pub fn wait(self) -> Result<Report, SessionsError> {
        let mut state = self.0.state();
        loop {
            if let Some(result) = state.result.take() {
                return result;
            }
            state = self.0.kept.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Future for Ticket {
    type Output = Result<Report, SessionsError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.state();
        match state.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}
