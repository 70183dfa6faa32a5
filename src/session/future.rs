//! Host functions that answer with a future.

use super::SessionBuilder;
use super::host_context::HostCx;
use super::host_function::{HostError, HostFunction};
use super::host_value::HostValue;
use super::reply::Reply;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

type Values = Result<Vec<HostValue>, HostError>;

/// The answer of a host function that is not there yet: a future of what it returns.
///
/// Closures become such functions by [`SessionBuilder::async_function`]; this is for
/// those who write a [`HostFunction`] themselves.
pub struct HostFuture(Option<Pin<Box<dyn Future<Output = Values> + Send>>>);

impl HostFuture {
    /// Makes the answer of a future. It begins when the function has returned, and is
    /// dropped where it stands if the run ends before it does.
    pub fn new(future: impl Future<Output = Values> + Send + 'static) -> HostFuture {
        HostFuture(Some(Box::pin(future)))
    }

    /// Lets the future go on. A panic in it becomes an error for the script, without the
    /// panic's own text.
    pub(super) fn poll(&mut self, name: &str, cx: &mut Context<'_>) -> Poll<Values> {
        let panicked = || Err(HostError::new(format!("{name}: the host function panicked")));
        let Some(future) = &mut self.0 else { return Poll::Ready(panicked()) };
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(polled) => polled,
            Err(_) => {
                self.discard();
                Poll::Ready(panicked())
            }
        }
    }

    /// Drops the future: what panics then stays with it, too.
    fn discard(&mut self) {
        let future = self.0.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(future)));
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

/// A closure whose calls are futures.
struct Async<F>(F);

impl<F, A> HostFunction for Async<F>
where
    F: FnMut(Vec<HostValue>) -> A + Send,
    A: Future<Output = Values> + Send + 'static,
{
    fn call(&mut self, _: &mut HostCx<'_>, args: &mut [HostValue]) -> Result<Reply, HostError> {
        let args = args.iter_mut().map(std::mem::take).collect();
        Ok(Reply::Future(HostFuture::new((self.0)(args))))
    }
}

impl SessionBuilder {
    /// Registers a function whose calls are futures: the script waits for each, and
    /// others run meanwhile. See [`Session::run_async`](crate::Session::run_async).
    pub fn async_function<F, A>(self, path: impl Into<String>, function: F) -> Self
    where
        F: FnMut(Vec<HostValue>) -> A + Send + 'static,
        A: Future<Output = Result<Vec<HostValue>, HostError>> + Send + 'static,
    {
        self.add_function(path.into(), Box::new(Async(function)))
    }
}
