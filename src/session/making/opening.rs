//! Machines in the state that every session of a description begins with.

use super::config::Config;
use crate::session::calls::host_table::HostTable;
use crate::session::calls::{conflicts, register};
use crate::session::natives::library;
use crate::session::values::error::{Cause, ErrorKind, LuaError};
use crate::stdlib::{self, json, math, package};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::value::Value;
use crate::vm::machine::Lua;
use crate::vm::state::context::Context;

/// Makes a machine in the state every session of this description begins with.
pub(in crate::session) fn open_machine(config: &Config, host: &HostTable) -> Result<Lua, LuaError> {
    let memory = usize::try_from(config.limits.memory).unwrap_or(usize::MAX / 2);
    let mut lua = Lua::new(config.hash_key, memory);
    let opened = lua.enter(|ctx| {
        // Opening the library is the host's work: it is not metered.
        ctx.state.fuel.reset();
        ctx.state.fuel.give(u64::MAX / 4);
        config.open_world(ctx);
        let opened = open_library(ctx, config, host);
        config.begin_to_count(ctx);
        ctx.state.random.set(math::seed_state(config.seed, 0));
        ctx.state.start_time.set(config.start_time);
        ctx.state.fuel_per_second.set(config.fuel_per_second);
        ctx.state.fuel.reset();
        opened
    });
    match opened {
        Ok(None) => Ok(lua),
        Ok(Some(conflict)) => Err(LuaError::plain(ErrorKind::Usage, conflict)),
        Err(Unfit) => {
            let limit = config.limits.memory;
            let message = format!(
                "the library does not fit into the memory limit of {limit} bytes (limit: memory)"
            );
            let cause = Some(Cause::NoRoomForLibrary);
            Err(LuaError { cause, ..LuaError::plain(ErrorKind::Internal, message) })
        }
    }
}

/// The library takes more memory than there is.
struct Unfit;

impl From<Interrupt<'_>> for Unfit {
    fn from(_: Interrupt<'_>) -> Self {
        Unfit
    }
}

/// Makes the globals. Returns which function of the host cannot be one, if any.
fn open_library<'gc>(
    ctx: Context<'gc>,
    config: &Config,
    host: &HostTable,
) -> Result<Option<String>, Unfit> {
    match library::image(config.profile) {
        Some(image) => {
            stdlib::prepare(ctx, config.profile);
            ctx.begin_with(image).map_err(|_| Unfit)?;
        }
        None => library::open(ctx, config.profile)?,
    }
    for name in &config.hidden {
        let name = ctx.string(name.as_bytes())?;
        ctx.state.globals.set_str(ctx.heap(), name, Value::Nil)?;
        package::loaded(ctx)?.set_str(ctx.heap(), name, Value::Nil)?;
    }
    config.decode.set(ctx)?;
    let conflict = conflicts::conflict_with_library(ctx, host)?;
    if conflict.is_none() {
        register::register(ctx, host)?;
    }
    if config.keep_null {
        json::keep_nulls(ctx)?;
    }
    Ok(conflict)
}
