//! Work on a thread of its own, as a future.

use super::fetch::{Answered, Unanswered};
use super::hold::{Hold, Stop};
use crate::host::permits::Permits;
use crate::session::lock;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

type Result = std::result::Result<Answered, Unanswered>;

/// The most requests of a session at a time.
const MOST_AT_ONCE: usize = 64;

/// A request at work. Dropped, it is told to end.
#[derive(Debug)]
pub(crate) struct Task {
    state: Arc<Mutex<State>>,
    stop: Stop,
}

#[derive(Debug, Default)]
struct State {
    result: Option<Result>,
    waker: Option<Waker>,
}

impl Task {
    /// Begins the work, if a permit for it is free. It has the permit until it ends, be it
    /// waited for or not: a thread and its buffers are memory that no limit of a run counts.
    ///
    /// # Errors
    /// When no permit is free, or the system has no thread for it.
    pub(crate) fn start(
        permits: &Permits,
        work: impl FnOnce(&Hold) -> Result + Send + 'static,
    ) -> io::Result<Task> {
        let Some(permit) = permits.take(MOST_AT_ONCE) else {
            let text = format!("too many requests at once (limit {MOST_AT_ONCE})");
            return Err(io::Error::other(text));
        };
        let hold = Hold::new(permit);
        let task = Task { state: Arc::default(), stop: hold.stop() };
        let theirs = Arc::clone(&task.state);
        std::thread::Builder::new().name("moonfuel-request".to_owned()).spawn(move || {
            let work = std::panic::AssertUnwindSafe(|| work(&hold));
            let result = std::panic::catch_unwind(work);
            let result =
                result.unwrap_or_else(|_| Err(Unanswered::Failed("the request panicked".into())));
            let mut state = lock(&theirs);
            state.result = Some(result);
            let waker = state.waker.take();
            drop(state);
            drop(hold);
            if let Some(waker) = waker {
                waker.wake();
            }
        })?;
        Ok(task)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

impl Future for Task {
    type Output = Result;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result> {
        let mut state = lock(&self.state);
        match state.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

#[cfg(test)]
mod tests;
