//! How a run begins: the machine made ready, and the first function put on it.

use super::advice::Source;
use super::check::refusal;
use super::stepping::{Progress, leave};
use crate::session::calls::host_table::HostTable;
use crate::session::functions::host_context::pay_debt;
use crate::session::making::config::{Config, Undo};
use crate::session::natives::main_function::{HANDLER, MAIN};
use crate::session::tapes::tape::Start;
use crate::session::values::chunk::Chunk;
use crate::session::values::error::{ErrorKind, LuaError};
use crate::session::values::limits::Limits;
use crate::session::values::outcome::Outcome;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::value::Value;
use crate::vm::machine::Lua;
use crate::vm::run::executor;
use crate::vm::state::context::Context;
use std::sync::Arc;

/// A chunk that is about to be run.
pub(in crate::session) struct Starting<'a> {
    pub(in crate::session) chunk: &'a Chunk<'a>,
    /// Which of the session's machines runs it: `OWN` or `TEMPLATE`.
    pub(in crate::session) machine: usize,
    pub(in crate::session) undo: Undo,
}

/// Prepares the machine to compile the chunk and to run it.
pub(in crate::session) fn begin(
    lua: &mut Lua,
    config: &Config,
    host: &HostTable,
    starting: &Starting<'_>,
) -> Progress {
    let Starting { chunk, machine, undo } = *starting;
    let limits = config.limits_with(chunk.limits.as_ref());
    let mut progress = Progress::new(&limits, chunk.args.is_some(), undo);
    if !progress.record(lua, host, &Start::Chunk(chunk, machine)) {
        reset(lua, &limits);
        return progress;
    }
    if let Some(error) = refusal(chunk.source, chunk.name, limits.source) {
        return failed(lua, &limits, progress, error);
    }
    let source = Source::kept(chunk.source, chunk.name, config.profile);
    let text = source.as_ref().map(|source| source.text().clone());
    progress.source = source.map(Box::new);
    begin_with(lua, &limits, progress, |ctx| try_prepare(ctx, chunk, text.as_ref()))
}

/// Returns why a chunk cannot be run, if it is seen at once.
pub(in crate::session) fn refused(chunk: &Chunk<'_>, limits: &Limits) -> Option<LuaError> {
    refusal(chunk.source, chunk.name, limits.source)
}

/// Makes a run of an error that is found before it begins.
pub(in crate::session) fn failed(
    lua: &mut Lua,
    limits: &Limits,
    mut progress: Progress,
    error: LuaError,
) -> Progress {
    reset(lua, limits);
    progress.outcome = Some(Box::new(Outcome::Failed(error)));
    progress
}

/// Makes the machine ready for a run.
pub(in crate::session) fn reset(lua: &mut Lua, limits: &Limits) {
    leave(lua);
    lua.enter(|ctx| {
        let state = ctx.state;
        ctx.let_go_of_dropped();
        state.handles.mark();
        state.objects.mark();
        state.fuel_before.set(state.fuel_before.get().saturating_add(state.fuel.used()));
        state.fuel.reset();
        state.profile.begin();
        let mut output = state.output.borrow_mut();
        output.start(limits.output);
        state.traceback.borrow_mut().clear();
        state.raised_at.borrow_mut().take();
        state.raised.borrow_mut().clear();
        state.host_calls.set(0);
        state.max_host_calls.set(limits.host_calls);
        state.max_host_result.set(limits.host_result);
        state.max_coroutines.set(usize::try_from(limits.coroutines).unwrap_or(usize::MAX));
        state.max_depth.set(usize::try_from(limits.call_depth).unwrap_or(usize::MAX));
        state.account.reset_peak();
        state.account.set_limit(usize::try_from(limits.memory).unwrap_or(usize::MAX / 2));
    });
}

/// Prepares the machine for a run: `start` puts the first function on it.
pub(in crate::session) fn begin_with(
    lua: &mut Lua,
    limits: &Limits,
    mut progress: Progress,
    mut start: impl for<'gc> FnMut(Context<'gc>) -> Result<(), Interrupt<'gc>>,
) -> Progress {
    reset(lua, limits);
    if progress.is_undone() {
        lua.begin();
    }
    // Two attempts: the second after a collection.
    for attempt in 0..2 {
        let (prepared, price) =
            lua.enter(|ctx| ctx.state.fuel.noting(|| prepared(ctx, start(ctx))));
        if attempt > 0 || !matches!(prepared, Prepared::Memory) {
            // What is missing is paid before the first step, when there is more.
            lua.enter(|ctx| ctx.state.fuel.owe(price));
            pay_debt(lua, &mut progress.fuel_left);
        }
        match prepared {
            Prepared::Ready => return progress,
            Prepared::Memory if attempt == 0 => lua.collect(),
            Prepared::Memory => progress.outcome = Some(Box::new(Outcome::OutOfMemory)),
            Prepared::Failed(error) => {
                progress.outcome = Some(Box::new(Outcome::Failed(error)));
            }
        }
        if progress.outcome.is_some() {
            break;
        }
    }
    progress
}

enum Prepared {
    Ready,
    Memory,
    Failed(LuaError),
}

fn prepared<'gc>(ctx: Context<'gc>, started: Result<(), Interrupt<'gc>>) -> Prepared {
    match started {
        Ok(()) => {
            ctx.state.fuel.done();
            Prepared::Ready
        }
        Err(Interrupt::Error(value)) => {
            let text = ctx.plain_to_string(&value).map(|s| s.as_bytes().to_vec());
            Prepared::Failed(LuaError::positioned(ErrorKind::Runtime, text.unwrap_or_default()))
        }
        // There is more fuel than it can take.
        Err(Interrupt::Memory(_) | Interrupt::Fuel | Interrupt::Stop(_)) => Prepared::Memory,
    }
}

/// `kept`: the source, if it is kept for its errors; the machine has the same bytes then.
fn try_prepare<'gc>(
    ctx: Context<'gc>,
    chunk: &Chunk<'_>,
    kept: Option<&Arc<[u8]>>,
) -> Result<(), Interrupt<'gc>> {
    let source = match kept {
        Some(kept) => ctx.heap().string_sharing(kept)?,
        None => ctx.string(chunk.source)?,
    };
    let name = if chunk.name == chunk.source { source } else { ctx.string(chunk.name)? };
    // The first steps make the function, and the value of the arguments.
    let args = match &chunk.args {
        Some(args) => Value::String(ctx.string_from_vec(args.to_string().into_bytes())?),
        None => Value::Nil,
    };
    let mut values = Vec::with_capacity(4 + chunk.script_args.len());
    values.extend([Value::Builtin(&HANDLER), args, Value::String(source)]);
    for arg in &chunk.script_args {
        values.push(Value::String(ctx.string(arg)?));
    }
    values.push(Value::String(name));
    executor::start(ctx, Value::Builtin(&MAIN), &values)?;
    Ok(())
}
