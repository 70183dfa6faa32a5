//! Async functions of Rust's as functions of the host.

use super::builder::SessionBuilder;
use crate::session::functions::contained::drop_contained;
use crate::session::functions::future::HostFuture;
use crate::session::functions::host_context::HostCx;
use crate::session::functions::host_function::HostFunction;
use crate::session::functions::reply::Reply;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use crate::session::values::multi::{FromLuaMulti, IntoLuaMulti, Results};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A closure whose calls are futures, with its types.
struct Async<F, A, R> {
    function: F,
    types: PhantomData<fn(A) -> R>,
}

impl<F, A, R, T> HostFunction for Async<F, A, R>
where
    F: FnMut(A) -> T + Send,
    A: FromLuaMulti,
    R: IntoLuaMulti,
    T: Future<Output = Result<R, HostError>> + Send + 'static,
{
    fn call(&mut self, _: &mut HostCx<'_>, args: &mut [HostValue]) -> Result<Reply, HostError> {
        let answer = Apart(Some(Box::pin((self.function)(A::from_lua_multi(args)?))));
        Ok(Reply::Future(HostFuture::new(async move {
            let mut results = Results::default();
            answer.await?.into_lua_multi(&mut results)?;
            Ok(results.into_vec())
        })))
    }
}

/// A future of the host's that is dropped apart from its panic: one whose destructor panics as
/// well would end the process.
struct Apart<T>(Option<Pin<Box<T>>>);

impl<T: Future> Future for Apart<T> {
    type Output = T::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T::Output> {
        let Some(future) = self.0.as_mut() else { return Poll::Pending };
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(answer) => answer,
            Err(panic) => {
                drop_contained(self.0.take());
                resume_unwind(panic)
            }
        }
    }
}

impl SessionBuilder {
    /// Registers a function whose calls are futures: the script waits for each, and others
    /// run meanwhile. Arguments and results are typed as those of
    /// [`SessionBuilder::function`].
    ///
    /// [`Session::run_async`](crate::Session::run_async) waits as a future itself. Whoever
    /// blocks, as in [`Session::run`](crate::Session::run), sleeps until the answer is
    /// there, and [`Run::step`](crate::Run::step) comes back with
    /// [`Step::Pending`](crate::Step::Pending). (A future that needs an executor on this very
    /// thread is never there for who blocks it: await such runs.)
    ///
    /// ```
    /// use moonfuel::Session;
    ///
    /// let mut session = Session::builder()
    ///     .async_function("fetch", async |url: String| Ok(format!("{url}: not found")))
    ///     .build()?;
    /// let report = session.run("return fetch('moon.example')");
    /// assert_eq!(report.json()?, r#"["moon.example: not found"]"#);
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    ///
    /// Several wait at once in `host.all`, which scripts have as soon as the session has
    /// any function of its host: `host.all{{fetch, "a"}, {fetch, "b"}}` begins the calls in
    /// this order, waits for all, and returns a table with a result for each:
    /// `{ok = true, n = 1, "..."}`, or `{ok = false, error = "..."}`. At most 1,000 calls
    /// at once, of functions of the host alone: not of methods, nor of functions that answer
    /// with [`Reply::call`](crate::Reply::call).
    pub fn async_function<A, R, T>(
        self,
        path: impl Into<String>,
        function: impl FnMut(A) -> T + Send + 'static,
    ) -> Self
    where
        A: FromLuaMulti + 'static,
        R: IntoLuaMulti + 'static,
        T: Future<Output = Result<R, HostError>> + Send + 'static,
    {
        self.add_function(path.into(), Box::new(Async { function, types: PhantomData }))
    }
}
