//! One run of a chunk: in slices, or to its end.

use super::Session;
use super::builder::Config;
use super::check::refusal;
use super::host_call::{HostTable, Request};
use super::main_function::{Ending, HANDLER, MAIN};
use super::outcome::{ErrorKind, LuaError, Outcome, Report, Usage};
use crate::stdlib::json::{self, JsonError};
use crate::vm::executor;
use crate::vm::lua::Context;
use crate::vm::machine::{Halt, Lua};
use crate::vm::native::{Interrupt, Stop};
use crate::vm::value::Value;

/// A chunk and what it is given.
#[derive(Clone, Debug)]
pub struct Chunk<'a> {
    /// The source text.
    pub source: &'a [u8],
    /// The chunk's name as `load` takes it: `@file`, `=name`, or the source itself.
    pub name: &'a [u8],
    /// Becomes the global `args`, if given.
    pub args: Option<serde_json::Value>,
    /// The chunk's `...`, as strings.
    pub script_args: Vec<Vec<u8>>,
}

impl<'a> Chunk<'a> {
    /// Makes a chunk that is named after its own text.
    pub fn new(source: &'a [u8]) -> Chunk<'a> {
        Chunk { source, name: source, args: None, script_args: Vec::new() }
    }

    /// Names the chunk; `@file` shows as `file` in messages.
    #[must_use]
    pub fn named(mut self, name: &'a str) -> Chunk<'a> {
        self.name = name.as_bytes();
        self
    }
}

/// Host calls and fuel of one run.
#[derive(Clone, Debug, Default)]
struct Progress {
    /// Fuel not yet given to the machine.
    fuel_left: u64,
    host_calls: u64,
    outcome: Option<Outcome>,
}

/// A run in slices: it owns its session and gives it back.
///
/// ```
/// use moonfuel::{Chunk, Session};
///
/// let session = Session::builder().build()?;
/// let mut run = session.start(Chunk::new(b"local n = 0 for i = 1, 1000 do n = n + i end return n"));
/// let mut slices = 0;
/// while !run.step(100) {
///     slices += 1;
/// }
/// let (_session, report) = run.finish();
/// assert!(slices > 10);
/// assert_eq!(report.json()?, "[500500]");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Debug)]
pub struct Run {
    pub(super) session: Session,
    progress: Progress,
}

impl Run {
    pub(super) fn start(mut session: Session, chunk: Chunk<'_>) -> Run {
        let lua = &mut session.machine.0;
        let progress = begin(lua, &session.config, &chunk);
        Run { session, progress }
    }

    /// Goes on for at most `slice` units of fuel. Tells whether the run has ended.
    /// How a run is cut into slices changes nothing in what it does.
    pub fn step(&mut self, slice: u64) -> bool {
        let session = &mut self.session;
        step(&mut session.machine.0, &session.config, &mut session.host, &mut self.progress, slice);
        self.progress.outcome.is_some()
    }

    /// Tells whether the run has ended.
    pub fn is_finished(&self) -> bool {
        self.progress.outcome.is_some()
    }

    /// Ends the run with an outcome of the host's, such as a deadline that passed.
    /// Nothing of the script runs any more, no handler and no `__close`.
    pub fn stop(&mut self, outcome: Outcome) {
        if self.progress.outcome.is_none() {
            self.progress.outcome = Some(outcome);
        }
    }

    /// Takes what the script printed since the last call.
    pub fn take_output(&mut self) -> Vec<u8> {
        self.session.machine.0.enter(|ctx| ctx.state.output.borrow_mut().take())
    }

    /// Gives the session back with the report. A run that has not ended is cancelled.
    pub fn finish(mut self) -> (Session, Report) {
        self.stop(Outcome::Cancelled);
        let report = end(&mut self.session.machine.0, self.progress);
        (self.session, report)
    }
}

/// Runs a chunk to its end.
pub(super) fn to_the_end(
    lua: &mut Lua,
    config: &Config,
    host: &mut HostTable,
    chunk: Chunk<'_>,
) -> Report {
    let mut progress = begin(lua, config, &chunk);
    while progress.outcome.is_none() {
        step(lua, config, host, &mut progress, u64::MAX);
    }
    end(lua, progress)
}

/// Compiles the chunk and prepares the machine.
fn begin(lua: &mut Lua, config: &Config, chunk: &Chunk<'_>) -> Progress {
    let limits = &config.limits;
    let mut progress = Progress { fuel_left: limits.fuel, ..Progress::default() };
    lua.enter(|ctx| {
        let state = ctx.state;
        state.fuel_before.set(state.fuel_before.get().saturating_add(state.fuel.used()));
        state.fuel.reset();
        state.output.borrow_mut().start(limits.output);
        state.mailbox.borrow_mut().take();
        state.traceback.borrow_mut().clear();
        state.account.reset_peak();
        state.account.set_limit(usize::try_from(limits.memory).unwrap_or(usize::MAX / 2));
    });
    if let Some(error) = refusal(chunk.source, chunk.name, limits.source) {
        progress.outcome = Some(Outcome::Failed(error));
        return progress;
    }
    // Two attempts: the second after a collection.
    for attempt in 0..2 {
        let prepared = lua.enter(|ctx| {
            ctx.state.fuel.give(std::mem::take(&mut progress.fuel_left));
            let prepared = prepare(ctx, chunk);
            progress.fuel_left = ctx.state.fuel.take_back();
            prepared
        });
        match prepared {
            Prepared::Ready => return progress,
            Prepared::Memory if attempt == 0 => lua.collect(),
            Prepared::Memory => progress.outcome = Some(Outcome::OutOfMemory),
            Prepared::Fuel => progress.outcome = Some(Outcome::OutOfFuel),
            Prepared::Failed(error) => progress.outcome = Some(Outcome::Failed(error)),
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
    Fuel,
    Failed(LuaError),
}

fn prepare(ctx: Context<'_>, chunk: &Chunk<'_>) -> Prepared {
    match try_prepare(ctx, chunk) {
        Ok(Ok(())) => {
            ctx.state.fuel.done();
            Prepared::Ready
        }
        Ok(Err(error)) => Prepared::Failed(error),
        Err(Interrupt::Fuel) => Prepared::Fuel,
        Err(Interrupt::Error(value)) => {
            let text = ctx.plain_to_string(&value).map(|s| s.as_bytes().to_vec());
            Prepared::Failed(LuaError::positioned(ErrorKind::Runtime, text.unwrap_or_default()))
        }
        Err(Interrupt::Memory(_) | Interrupt::Stop(_)) => {
            ctx.state.fuel.keep_credit();
            Prepared::Memory
        }
    }
}

fn try_prepare<'gc>(
    ctx: Context<'gc>,
    chunk: &Chunk<'_>,
) -> Result<Result<(), LuaError>, Interrupt<'gc>> {
    let globals = Value::Table(ctx.state.globals);
    let function = match ctx.load_chunk(chunk.source, chunk.name, globals, true)? {
        Ok(function) => function,
        Err(diagnostic) => {
            let message = diagnostic.message.clone();
            return Ok(Err(LuaError::positioned(ErrorKind::Syntax, message)));
        }
    };
    if let Some(args) = &chunk.args {
        let text = args.to_string();
        match json::decode(ctx, text.as_bytes(), &json::Options::default()) {
            Ok(args) => ctx.set_global("args", args)?,
            Err(JsonError::Conversion { message }) => {
                let message = format!("args: {message}");
                return Ok(Err(LuaError::plain(ErrorKind::Conversion, message)));
            }
            Err(JsonError::Interrupt(interrupt)) => return Err(interrupt),
        }
    }
    let mut values = vec![Value::Builtin(&HANDLER), Value::Closure(function)];
    for arg in &chunk.script_args {
        values.push(Value::String(ctx.string(arg)?));
    }
    executor::start(ctx, Value::Builtin(&MAIN), &values)?;
    Ok(Ok(()))
}

/// Goes on for one slice, calling the host's functions in between.
fn step(lua: &mut Lua, config: &Config, host: &mut HostTable, progress: &mut Progress, slice: u64) {
    if progress.outcome.is_some() {
        return;
    }
    let slice = slice.min(progress.fuel_left);
    progress.fuel_left -= slice;
    lua.enter(|ctx| ctx.state.fuel.give(slice));
    loop {
        let halt = lua.run();
        if halt != Halt::Fuel && !pay_debt(lua, progress) {
            progress.outcome = Some(Outcome::OutOfFuel);
            break;
        }
        progress.outcome = match halt {
            Halt::HostCall { .. } => {
                if progress.host_calls >= config.limits.host_calls {
                    Some(Outcome::HostCallLimit)
                } else {
                    progress.host_calls += 1;
                    call_host(lua, config, host);
                    continue;
                }
            }
            Halt::Fuel if progress.fuel_left > 0 => None,
            Halt::Fuel => Some(Outcome::OutOfFuel),
            Halt::Stop(Stop::Output) => Some(Outcome::OutputLimit),
            Halt::Stop(Stop::Exit(code)) => Some(Outcome::Exit(code)),
            Halt::Done | Halt::Failed => Some(ending(lua)),
        };
        break;
    }
    progress.fuel_left += lua.enter(|ctx| ctx.state.fuel.take_back());
}

/// Pays what the last operation of a slice still owes from the fuel of the run. Tells
/// whether there was enough: if not, the run ends there.
fn pay_debt(lua: &mut Lua, progress: &mut Progress) -> bool {
    lua.enter(|ctx| {
        let debt = ctx.state.fuel.debt();
        let paid = debt.min(progress.fuel_left);
        progress.fuel_left -= paid;
        ctx.state.fuel.give(paid);
        paid == debt
    })
}

fn call_host(lua: &mut Lua, config: &Config, host: &mut HostTable) {
    let letter = lua.enter(|ctx| ctx.state.mailbox.borrow_mut().take());
    if let Some(request) = letter.and_then(|letter| letter.downcast::<Request>().ok()) {
        let reply = host.call(*request, config.limits.host_result);
        lua.enter(|ctx| *ctx.state.mailbox.borrow_mut() = Some(Box::new(reply)));
    }
}

/// Reads what the main function left.
fn ending(lua: &mut Lua) -> Outcome {
    let (letter, traceback) = lua.enter(|ctx| {
        (
            ctx.state.mailbox.borrow_mut().take(),
            std::mem::take(&mut *ctx.state.traceback.borrow_mut()),
        )
    });
    let internal = || LuaError::plain(ErrorKind::Internal, "the run left no result");
    match letter.and_then(|letter| letter.downcast::<Ending>().ok()).map(|ending| *ending) {
        Some(Ending::Done(Ok(json))) => {
            Outcome::Done(String::from_utf8(json).map_err(|_| internal()))
        }
        Some(Ending::Done(Err(message))) => {
            Outcome::Done(Err(LuaError::plain(ErrorKind::Conversion, message)))
        }
        Some(Ending::Failed { out_of_memory: true, .. }) => Outcome::OutOfMemory,
        Some(Ending::Failed { message, value, .. }) => {
            let mut error = LuaError::positioned(ErrorKind::Runtime, message);
            error.traceback = String::from_utf8_lossy(&traceback).into_owned();
            error.value = value;
            Outcome::Failed(error)
        }
        None => Outcome::Failed(internal()),
    }
}

/// Clears the machine of the run and writes the report.
fn end(lua: &mut Lua, progress: Progress) -> Report {
    let outcome = progress.outcome.unwrap_or(Outcome::Cancelled);
    lua.enter(|ctx| {
        let state = ctx.state;
        let mut output = state.output.borrow_mut();
        let report = Report {
            outcome,
            usage: Usage {
                fuel_used: state.fuel.used(),
                memory_peak: state.account.peak() as u64,
                host_calls: progress.host_calls,
                output_bytes: output.written(),
            },
            output: output.take(),
            truncated: output.truncated(),
        };
        executor::clear(ctx);
        report
    })
}
