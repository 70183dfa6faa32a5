//! Calls of a script's functions from outside: runs that begin with a function there is,
//! and not with a source.

use super::beginning::{begin_with, failed, reset};
use super::stepping::Progress;
use crate::session::calls::host_table::HostTable;
use crate::session::making::config::Config;
use crate::session::natives::call_main::{CALL_MAIN, Calling, Owned, at_path};
use crate::session::natives::main_function::HANDLER;
use crate::session::tapes::tape::Start;
use crate::session::values::callee::{Callee, Named};
use crate::session::values::error::{ErrorKind, LuaError};
use crate::session::values::function::Function;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use crate::session::values::multi::{IntoLuaMulti, Results};
use crate::vm::heap::value::Value;
use crate::vm::machine::Lua;
use crate::vm::run::executor;

/// Makes the values of arguments.
///
/// # Errors
/// When they are no values of a script's.
pub(in crate::session) fn values(args: impl IntoLuaMulti) -> Result<Vec<HostValue>, HostError> {
    let mut values = Results::default();
    args.into_lua_multi(&mut values)?;
    Ok(values.into_vec())
}

/// Prepares the machine to call a function.
pub(in crate::session) fn begin_call(
    lua: &mut Lua,
    config: &Config,
    host: &HostTable,
    callee: &Callee<'_>,
    args: Result<Vec<HostValue>, HostError>,
) -> Progress {
    let limits = config.limits_with(callee.limits.as_ref());
    let mut progress = Progress::new(&limits, false, config.undo);
    if !progress.record(lua, host, &Start::Call(callee, &args)) {
        reset(lua, &limits);
        return progress;
    }
    let args = match args {
        Ok(args) => args,
        Err(error) => {
            let error = LuaError::plain(ErrorKind::Conversion, format!("arguments: {error}"));
            return failed(lua, &limits, progress, error);
        }
    };
    let callee = match callee.named {
        Named::Function(function) => Owned::Function(function.clone()),
        Named::Path(path) => Owned::Path(path.to_owned()),
    };
    let mut calling = Some(Box::new(Calling { callee, args, refused: false }));
    begin_with(lua, &limits, progress, |ctx| {
        let values = [Value::Builtin(&HANDLER), Value::Nil, Value::Nil];
        executor::start(ctx, Value::Builtin(&CALL_MAIN), &values)?;
        if let Some(calling) = calling.take() {
            ctx.post(calling, 0);
        }
        Ok(())
    })
}

/// Returns a handle of the function at a path.
pub(in crate::session) fn function_at(lua: &mut Lua, path: &str) -> Result<Function, LuaError> {
    // Two attempts: the second after a collection.
    for attempt in 0..2 {
        let held: Result<Option<Function>, String> = lua.enter(|ctx| {
            let function = at_path(ctx, path)?;
            // It is the host's work: nobody pays for it.
            let (held, _) = ctx.state.fuel.noting(|| ctx.hold(function));
            Ok(held.map(|(handle, _)| Function::new(handle)).ok())
        });
        match held {
            Ok(Some(function)) => return Ok(function),
            Ok(None) if attempt == 0 => lua.collect(),
            Ok(None) => break,
            Err(message) => return Err(LuaError::plain(ErrorKind::Runtime, message)),
        }
    }
    Err(LuaError::plain(ErrorKind::Memory, "no memory for a handle (limit: memory)"))
}
