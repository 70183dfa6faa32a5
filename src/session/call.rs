//! Calls of a script's functions from outside: runs that begin with a function there is,
//! and not with a source.

use super::beginning::{begin_with, failed, reset};
use super::call_main::{CALL_MAIN, Calling, Owned, at_path};
use super::callee::Callee;
use super::config::Config;
use super::error::{ErrorKind, LuaError};
use super::functions::Function;
use super::host_error::HostError;
use super::host_table::HostTable;
use super::host_value::HostValue;
use super::main_function::HANDLER;
use super::multi::{IntoLuaMulti, Results};
use super::stepping::Progress;
use super::trace::Start;
use crate::vm::heap::value::Value;
use crate::vm::machine::Lua;
use crate::vm::run::executor;

/// Makes the values of arguments.
///
/// # Errors
/// When they are no values of a script's.
pub(super) fn values(args: impl IntoLuaMulti) -> Result<Vec<HostValue>, HostError> {
    let mut values = Results::default();
    args.into_lua_multi(&mut values)?;
    Ok(values.into_vec())
}

/// Prepares the machine to call a function.
pub(super) fn begin_call(
    lua: &mut Lua,
    config: &Config,
    host: &HostTable,
    callee: Callee<'_>,
    args: Result<Vec<HostValue>, HostError>,
) -> Progress {
    let mut progress = Progress::new(&config.limits, false, config.undo);
    if !progress.record(lua, host, &Start::Call(&callee, &args)) {
        reset(lua, &config.limits);
        return progress;
    }
    let args = match args {
        Ok(args) => args,
        Err(error) => {
            let error = LuaError::plain(ErrorKind::Conversion, format!("arguments: {error}"));
            return failed(lua, &config.limits, progress, error);
        }
    };
    let callee = match callee {
        Callee::Function(function) => Owned::Function(function.clone()),
        Callee::Path(path) => Owned::Path(path.to_owned()),
    };
    let mut calling = Some(Box::new(Calling { callee, args, refused: false }));
    begin_with(lua, &config.limits, progress, |ctx| {
        let values = [Value::Builtin(&HANDLER), Value::Nil, Value::Nil];
        executor::start(ctx, Value::Builtin(&CALL_MAIN), &values)?;
        if let Some(calling) = calling.take() {
            ctx.post(calling, 0);
        }
        Ok(())
    })
}

/// Returns a handle of the function at a path.
pub(super) fn function_at(lua: &mut Lua, path: &str) -> Result<Function, LuaError> {
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
