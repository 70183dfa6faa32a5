//! Host functions that answer with a future.

use super::contained::{contained, drop_contained};
use crate::session::values::admission::panicked;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

type Values = Result<Vec<HostValue>, HostError>;

/// The answer of a host function that is not there yet: a future of what it returns.
///
/// Closures become such functions by
/// [`SessionBuilder::async_function`](crate::SessionBuilder::async_function); this is for those
/// who write a [`HostFunction`](crate::HostFunction) themselves.
pub struct HostFuture {
    future: Option<Pin<Box<dyn Future<Output = Values> + Send>>>,
    /// Its number in the trace.
    pub(in crate::session) number: u64,
}

impl HostFuture {
    /// Makes the answer of a future. It begins when the function has returned, and is
    /// dropped where it stands if the run ends before it does.
    pub fn new(future: impl Future<Output = Values> + Send + 'static) -> HostFuture {
        HostFuture { future: Some(Box::pin(future)), number: 0 }
    }

    /// Makes a future that a trace has the answer of.
    pub(in crate::session) fn recorded(number: u64) -> HostFuture {
        HostFuture { future: None, number }
    }

    /// Lets the future go on. A panic in it becomes an error for the script, without the
    /// panic's own text.
    pub(in crate::session) fn poll(&mut self, name: &str, cx: &mut Context<'_>) -> Poll<Values> {
        let Some(future) = &mut self.future else { return Poll::Ready(Err(panicked(name))) };
        match contained(|| future.as_mut().poll(cx)) {
            Some(polled) => polled,
            None => {
                self.discard();
                Poll::Ready(Err(panicked(name)))
            }
        }
    }

    /// Drops the future: what panics then stays with it, too.
    fn discard(&mut self) {
        let future = self.future.take();
        drop_contained(future);
    }
}

impl Drop for HostFuture {
    fn drop(&mut self) {
        self.discard();
    }
}

impl fmt::Debug for HostFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HostFuture").finish_non_exhaustive()
    }
}
