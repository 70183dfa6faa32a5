//! Closures with typed arguments and results, as functions of the host.

use super::host_context::HostCx;
use super::host_function::HostFunction;
use super::reply::{IntoReply, Reply};
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use crate::session::values::multi::{FromLuaMulti, IntoLuaMulti, Results};
use std::marker::PhantomData;

/// A function that needs nothing of the run: it can be called where the script stands.
pub(in crate::session) trait PlainFunction: Send {
    /// Calls it with a script's arguments and adds what it returns to `results`.
    fn call_plain(
        &mut self,
        args: &mut [HostValue],
        results: &mut Results,
    ) -> Result<(), HostError>;
}

/// A closure with its types.
pub(in crate::session) struct Typed<F, A, R> {
    function: F,
    types: PhantomData<fn(A) -> R>,
}

impl<F, A, R> Typed<F, A, R> {
    pub(in crate::session) fn new(function: F) -> Self {
        Typed { function, types: PhantomData }
    }
}

impl<F, A, R> PlainFunction for Typed<F, A, R>
where
    F: FnMut(A) -> Result<R, HostError> + Send,
    A: FromLuaMulti,
    R: IntoLuaMulti,
{
    #[inline]
    fn call_plain(
        &mut self,
        args: &mut [HostValue],
        results: &mut Results,
    ) -> Result<(), HostError> {
        (self.function)(A::from_lua_multi(args)?)?.into_lua_multi(results)
    }
}

impl<F, A, R> HostFunction for Typed<F, A, R>
where
    F: FnMut(&mut HostCx<'_>, A) -> Result<R, HostError> + Send,
    A: FromLuaMulti,
    R: IntoReply,
{
    fn call(&mut self, cx: &mut HostCx<'_>, args: &mut [HostValue]) -> Result<Reply, HostError> {
        (self.function)(cx, A::from_lua_multi(args)?)?.into_reply()
    }
}
