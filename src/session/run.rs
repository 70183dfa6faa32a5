//! One run of a chunk: in slices, or to its end.

use super::Session;
use super::builder::Config;
use super::check::refusal;
use super::host_table::HostTable;
use super::in_place;
use super::limits::Limits;
use super::main_function::{HANDLER, MAIN};
use super::outcome::{ErrorKind, LuaError, Outcome, Report};
use super::stepping::{Progress, end, step};
use super::watch::{Canceller, Watch};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::value::Value;
use crate::vm::machine::Lua;
use crate::vm::run::executor;
use crate::vm::state::context::Context;

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
    /// Limits of this run alone: of each, the lower of this and the session's counts.
    pub limits: Option<Limits>,
}

impl<'a> Chunk<'a> {
    /// Makes a chunk that is named after its own text.
    pub fn new(source: &'a [u8]) -> Chunk<'a> {
        Chunk { source, name: source, args: None, script_args: Vec::new(), limits: None }
    }

    /// Names the chunk; `@file` shows as `file` in messages.
    #[must_use]
    pub fn named(mut self, name: &'a str) -> Chunk<'a> {
        self.name = name.as_bytes();
        self
    }

    /// Sets what becomes the global `args`.
    #[must_use]
    pub fn args(mut self, args: serde_json::Value) -> Chunk<'a> {
        self.args = Some(args);
        self
    }

    /// Lowers limits for this run: of each, the lower of this and the session's counts.
    ///
    /// ```
    /// use moonfuel::{Chunk, Limits, Outcome, Session};
    ///
    /// let mut session = Session::builder().build()?;
    /// let limits = Limits { fuel: 1000, ..Limits::unlimited() };
    /// let report = session.run_chunk(Chunk::new(b"while true do end").limits(limits));
    /// assert_eq!((report.outcome, report.usage.fuel_used), (Outcome::OutOfFuel, 1000));
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Chunk<'a> {
        self.limits = Some(limits);
        self
    }
}

/// What a step of a run came to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// The slice is used up, or there is something to do before the run goes on: text
    /// that was printed waits to be taken before a host function is called.
    Running,
    /// A host function was called.
    Called,
    /// The run has ended: [`Run::finish`] tells how.
    Ended,
}

impl Step {
    /// Tells whether the run has ended.
    pub fn is_ended(&self) -> bool {
        matches!(self, Step::Ended)
    }
}

/// A run in slices: it owns its session and gives it back.
///
/// ```
/// use moonfuel::{Chunk, Session};
///
/// let session = Session::builder().build()?;
/// let mut run = session.start(Chunk::new(b"local n = 0 for i = 1, 1000 do n = n + i end return n"));
/// let mut slices = 0;
/// while !run.step(100).is_ended() {
///     slices += 1;
/// }
/// let (_session, report) = run.finish();
/// assert!(slices > 10);
/// assert_eq!(report.json()?, "[500500]");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Debug)]
#[must_use]
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

    /// Goes on for at most `slice` units of fuel, or to the end of one host call: after
    /// each the driver has the word, to hand on what was printed and to look whether the
    /// run should go on. How a run is cut into slices changes nothing in what it does.
    ///
    /// A run that was cancelled or whose deadline has passed ends instead.
    pub fn step(&mut self, slice: u64) -> Step {
        let session = &mut self.session;
        step(&mut session.machine.0, &mut session.host, &mut self.progress, slice)
    }

    /// Tells whether the run has ended.
    pub fn is_finished(&self) -> bool {
        self.progress.outcome.is_some()
    }

    /// Ends the run with an outcome of the host's.
    /// Nothing of the script runs any more, no handler and no `__close`.
    pub fn stop(&mut self, outcome: Outcome) {
        if self.progress.outcome.is_none() {
            self.progress.outcome = Some(outcome);
        }
    }

    /// Returns what cancels this run, from any thread.
    pub fn canceller(&self) -> Canceller {
        self.progress.watch.canceller.clone()
    }

    /// Lets a canceller that was made before cancel this run.
    pub fn set_canceller(&mut self, canceller: Canceller) {
        self.progress.watch.canceller = canceller;
    }

    pub(crate) fn watch_mut(&mut self) -> &mut Watch {
        &mut self.progress.watch
    }

    /// Returns the fuel the run has used so far.
    pub fn fuel_used(&mut self) -> u64 {
        self.session.machine.0.enter(|ctx| ctx.state.fuel.used())
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
    // Nobody wants the word after a call: plain functions are called where the script stands.
    let lent = Box::new(std::mem::take(host));
    lua.enter(|ctx| in_place::put(ctx, lent));
    while progress.outcome.is_none() {
        step(lua, host, &mut progress, u64::MAX);
    }
    if let Some(lent) = lua.enter(in_place::take) {
        *host = *lent;
    }
    end(lua, progress)
}

/// Prepares the machine to compile the chunk and to run it.
fn begin(lua: &mut Lua, config: &Config, chunk: &Chunk<'_>) -> Progress {
    let limits = match &chunk.limits {
        Some(own) => config.limits.lowered_to(own),
        None => config.limits.clone(),
    };
    let mut progress = Progress::new(&limits, chunk.args.is_some());
    lua.enter(|ctx| {
        let state = ctx.state;
        state.fuel_before.set(state.fuel_before.get().saturating_add(state.fuel.used()));
        state.fuel.reset();
        let mut output = state.output.borrow_mut();
        output.forget(&state.account);
        output.start(limits.output);
        ctx.forget_letter();
        state.traceback.borrow_mut().clear();
        state.raised_at.borrow_mut().take();
        // What a script of the run before said about these is over with it.
        ctx.stop_collector(false);
        state.collector.reset_settings();
        state.host_calls.set(0);
        state.max_host_calls.set(limits.host_calls);
        state.max_host_result.set(limits.host_result);
        state.max_coroutines.set(usize::try_from(limits.coroutines).unwrap_or(usize::MAX));
        state.max_depth.set(usize::try_from(limits.call_depth).unwrap_or(usize::MAX));
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
    let source = ctx.string(chunk.source)?;
    let name = if chunk.name == chunk.source { source } else { ctx.string(chunk.name)? };
    // The first steps make the function, and the value of the arguments.
    let args = match &chunk.args {
        Some(args) => Value::String(ctx.string_from_vec(args.to_string().into_bytes())?),
        None => Value::Nil,
    };
    let mut values = vec![Value::Builtin(&HANDLER), args, Value::String(source)];
    for arg in &chunk.script_args {
        values.push(Value::String(ctx.string(arg)?));
    }
    values.push(Value::String(name));
    executor::start(ctx, Value::Builtin(&MAIN), &values)?;
    Ok(Ok(()))
}
