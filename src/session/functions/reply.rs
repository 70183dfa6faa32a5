//! What a host function answers.

use super::future::HostFuture;
use super::host_context::HostCx;
use crate::session::values::function::Function;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use crate::session::values::multi::{FromLuaMulti, IntoLuaMulti, Results};
use std::fmt;

/// What a host function does with the results, or the error, of a function of the script's
/// that it had called.
pub type Then = Box<
    dyn FnOnce(&mut HostCx<'_>, Result<Vec<HostValue>, HostError>) -> Result<Reply, HostError>
        + Send,
>;

/// The answer of a [`HostFunction`](crate::HostFunction).
#[non_exhaustive]
pub enum Reply {
    /// The results: the script goes on with them.
    Now(Vec<HostValue>),
    /// The call is handed out as a [`PendingCall`](crate::PendingCall), to be answered by
    /// whoever drives the run.
    Later,
    /// The script waits for what this future returns.
    Future(HostFuture),
    /// Call a function of the script's first, in the same run: see [`Reply::call`].
    CallLua {
        /// The function.
        function: Function,
        /// Its arguments.
        args: Vec<HostValue>,
        /// What goes on with its results.
        then: Then,
    },
}

impl Reply {
    /// Has a function of the script's called, in the same run, and goes on with its results.
    ///
    /// The call is the script's own: it takes the run's fuel and memory, may yield and call
    /// the host, and lasts as many slices as it takes. `then` gets what it returned, or the
    /// error it raised, and answers in its turn: with results, or with the next call. Calls
    /// within calls end with `C stack overflow` after about 200. An
    /// error that is handed on with `?` is raised again as it was. If the run ends first,
    /// `then` is dropped.
    ///
    /// ```
    /// use moonfuel::{Function, HostError, HostValue, Reply, Session};
    ///
    /// /// Calls `f` for each item that is left, and returns what it returned.
    /// fn map(f: Function, mut items: Vec<i64>, mut done: Vec<HostValue>) -> Result<Reply, HostError> {
    ///     let Some(item) = items.pop() else { return Ok(Reply::Now(vec![done.into()])) };
    ///     Reply::call(&f.clone(), item, move |_, result: Result<HostValue, HostError>| {
    ///         done.push(result?);
    ///         map(f, items, done)
    ///     })
    /// }
    ///
    /// let mut session = Session::builder()
    ///     .function_with("map", |_, (mut items, f): (Vec<i64>, Function)| {
    ///         items.reverse();
    ///         map(f, items, Vec::new())
    ///     })
    ///     .build()?;
    /// let report = session.run("return map({1, 2, 3}, function(n) return n * n end)");
    /// assert_eq!(report.json()?, "[[1,4,9]]");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    ///
    /// # Errors
    /// When the arguments are no values of a script's.
    pub fn call<A: FromLuaMulti, R: IntoReply>(
        function: &Function,
        args: impl IntoLuaMulti,
        then: impl FnOnce(&mut HostCx<'_>, Result<A, HostError>) -> Result<R, HostError>
        + Send
        + 'static,
    ) -> Result<Reply, HostError> {
        let mut values = Results::default();
        args.into_lua_multi(&mut values)?;
        let then = |cx: &mut HostCx<'_>, results: Result<Vec<HostValue>, HostError>| {
            let results = results.and_then(|mut results| {
                A::from_lua_multi(&mut results).map_err(|mismatch| {
                    HostError::new(format!("bad result #{} ({mismatch})", mismatch.argument() + 1))
                })
            });
            then(cx, results)?.into_reply()
        };
        let (function, args) = (function.clone(), values.into_vec());
        Ok(Reply::CallLua { function, args, then: Box::new(then) })
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Now(values) => f.debug_tuple("Now").field(values).finish(),
            Reply::Later => f.write_str("Later"),
            Reply::Future(future) => f.debug_tuple("Future").field(future).finish(),
            Reply::CallLua { function, args, .. } => f
                .debug_struct("CallLua")
                .field("function", function)
                .field("args", args)
                .finish_non_exhaustive(),
        }
    }
}

impl From<HostFuture> for Reply {
    fn from(future: HostFuture) -> Self {
        Reply::Future(future)
    }
}

impl From<Vec<HostValue>> for Reply {
    fn from(values: Vec<HostValue>) -> Self {
        Reply::Now(values)
    }
}

/// What a function with a context returns: a [`Reply`], or whatever is [`IntoLuaMulti`] for
/// [`Reply::Now`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no answer to a Lua call",
    note = "return a `Reply`, a type that is `IntoLua`, a tuple of such types, or `Variadic`"
)]
pub trait IntoReply {
    /// Makes the answer.
    ///
    /// # Errors
    /// Why there is none: the script gets it.
    fn into_reply(self) -> Result<Reply, HostError>;
}

impl IntoReply for Reply {
    fn into_reply(self) -> Result<Reply, HostError> {
        Ok(self)
    }
}

impl<R: IntoLuaMulti> IntoReply for R {
    fn into_reply(self) -> Result<Reply, HostError> {
        let mut results = Results::default();
        self.into_lua_multi(&mut results)?;
        Ok(Reply::Now(results.into_vec()))
    }
}

/// Tells whether a function raises, or tells as nil and a text, that it has done nothing.
pub(crate) fn has_failed(answer: &Result<Vec<HostValue>, HostError>) -> bool {
    match answer {
        Err(_) => true,
        Ok(values) => matches!(values.as_slice(), [HostValue::Nil, HostValue::String(_), ..]),
    }
}
