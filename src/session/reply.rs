//! What a host function answers.

use super::future::HostFuture;
use super::host_error::HostError;
use super::host_value::HostValue;
use super::multi::{IntoLuaMulti, Results};

/// The answer of a [`HostFunction`](super::HostFunction).
#[derive(Debug)]
#[non_exhaustive]
pub enum Reply {
    /// The results: the script goes on with them.
    Now(Vec<HostValue>),
    /// The call is handed out as a [`PendingCall`](super::PendingCall), to be answered by
    /// whoever drives the run.
    Later,
    /// The script waits for what this future returns.
    Future(HostFuture),
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
