//! One run of a chunk: in slices, or to its end.

use super::Session;
use super::advice::Source;
use super::builder::Config;
use super::call::{Callee, begin_call};
use super::check::refusal;
use super::host_context::pay_debt;
use super::host_error::HostError;
use super::host_table::HostTable;
use super::host_value::HostValue;
use super::in_place;
use super::limits::Limits;
use super::main_function::{HANDLER, MAIN};
use super::outcome::{ErrorKind, LuaError, Outcome, Report};
use super::park::Parker;
use super::pending::{PendingCall, nobody};
use super::stepping::{Moved, Progress, Undo, end, leave, step};
use super::trace::{OWN, Start};
use super::watch::{Canceller, TimeLimit, Watch};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::value::Value;
use crate::vm::machine::Lua;
use crate::vm::run::executor;
use crate::vm::state::context::Context;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::task::{self, Waker};

/// A chunk and what it is given.
///
/// ```
/// use moonfuel::{Chunk, Session};
/// use serde_json::json;
///
/// let mut session = Session::builder().build()?;
/// let chunk = Chunk::new(b"return args.user.name").named("@greet.lua");
/// let report = session.run_chunk(chunk.args(json!({"user": {"name": "Ada"}})));
/// assert_eq!(report.json()?, r#"["Ada"]"#);
///
/// let report = session.run_chunk(Chunk::new(b"return\nargs.user.name").named("@greet.lua"));
/// let error = report.json().unwrap_err().to_string();
/// assert!(error.starts_with("greet.lua:2: attempt to index a nil value (global 'args')"), "{error}");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
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

impl<'a> From<&'a str> for Chunk<'a> {
    fn from(source: &'a str) -> Self {
        Chunk::new(source.as_bytes())
    }
}

impl<'a> From<&'a [u8]> for Chunk<'a> {
    fn from(source: &'a [u8]) -> Self {
        Chunk::new(source)
    }
}

/// What a step of a run came to.
///
/// ```
/// use moonfuel::{Chunk, Session, Step};
///
/// let session = Session::builder().pending_function("ask").build()?;
/// let mut run = session.start(Chunk::new(b"for i = 1, 1000 do end return ask('ready?')"));
/// assert_eq!(run.step(100), Step::Running);
/// let Step::Pending(calls) = run.step(1_000_000) else { unreachable!() };
/// assert_eq!((calls[0].name.as_str(), &calls[0].args[..]), ("ask", &["ready?".into()][..]));
/// run.answer(calls[0].id, Ok(vec!["yes".into()]))?;
/// while !run.step(1_000_000).is_ended() {}
/// let (_session, report) = run.finish();
/// assert_eq!(report.json()?, r#"["yes"]"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// The slice is used up, or there is something to do before the run goes on: text
    /// that was printed waits to be taken before a host function is called.
    Running,
    /// A host function was called.
    Called,
    /// The script called `yield` with these values. The run goes on at the next step, and
    /// `yield` returns what [`Run::resume_with`] was given.
    Yielded(Vec<HostValue>),
    /// The run waits: for answers to these calls, or for futures of its host functions if
    /// there are none. The same comes again, without any fuel, until all it waits for is
    /// there.
    Pending(Vec<PendingCall>),
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
    pub(super) progress: Progress,
}

impl Run {
    pub(super) fn start(mut session: Session, chunk: Chunk<'_>) -> Run {
        let lua = &mut session.machine.0;
        let start = Starting { chunk: &chunk, machine: OWN, undo: session.config.undo };
        let progress = begin(lua, &session.config, &session.host, &start);
        Run { session, progress }
    }

    pub(super) fn start_call(
        mut session: Session,
        callee: Callee<'_>,
        args: Result<Vec<HostValue>, HostError>,
    ) -> Run {
        let lua = &mut session.machine.0;
        let progress = begin_call(lua, &session.config, &session.host, callee, args);
        Run { session, progress }
    }

    /// Goes on for at most `slice` units of fuel, or to the end of one host call: after
    /// each the driver has the word, to hand on what was printed and to look whether the
    /// run should go on. How a run is cut into slices changes nothing in what it does.
    ///
    /// `step(0)` is `step(1)`: whoever steps gets to the end. Of a run that waits or has ended,
    /// a step of any size tells so, and uses no fuel.
    ///
    /// A run that was cancelled or whose deadline has passed ends instead.
    pub fn step(&mut self, slice: u64) -> Step {
        self.step_with(slice, &mut task::Context::from_waker(Waker::noop()))
    }

    /// As [`Run::step`]; when the run waits for futures of its host functions, what they
    /// wait for wakes the waker of `wake` once they can go on, and so the run.
    pub fn step_with(&mut self, slice: u64, wake: &mut task::Context<'_>) -> Step {
        match self.move_on(slice, wake) {
            Moved::Running => Step::Running,
            Moved::Called => Step::Called,
            Moved::Yielded(values) => Step::Yielded(values),
            Moved::Waiting => Step::Pending(self.pending()),
            Moved::Ended => Step::Ended,
        }
    }

    fn move_on(&mut self, slice: u64, wake: &mut task::Context<'_>) -> Moved {
        let session = &mut self.session;
        step(&mut session.machine.0, &mut session.host, &mut self.progress, slice, wake)
    }

    /// Gives the run `units` of fuel more than its limit. A run that has ended for want of
    /// fuel goes on at the instruction it stopped at, and comes to the same results, in the
    /// same fuel, as one that had all of it from the start. Tells whether the run can go
    /// on: not if it has ended otherwise, or while a host function was at work.
    ///
    /// [`Limits::fuel`] of the session and of other runs is what it was.
    ///
    /// ```
    /// use moonfuel::{Chunk, Limits, Outcome, Session};
    ///
    /// let limits = Limits { fuel: 1000, ..Limits::default() };
    /// let session = Session::builder().limits(limits).build()?;
    /// let mut run = session.start(Chunk::new(b"for i = 1, 600 do end return 'done'"));
    /// let mut given = 1000;
    /// while { while !run.step(u64::MAX).is_ended() {} run.outcome() == Some(&Outcome::OutOfFuel) } {
    ///     assert!(run.add_fuel(100));
    ///     given += 100;
    /// }
    /// let (_session, report) = run.finish();
    /// assert_eq!(report.json()?, r#"["done"]"#);
    /// assert!(report.usage.fuel_used <= given);
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn add_fuel(&mut self, units: u64) -> bool {
        let added = self.progress.add_fuel(units);
        if added && let Some(tape) = &self.session.host.tape {
            let used = self.session.machine.0.meters(|meters| meters.fuel.used());
            tape.fuel(used, units);
        }
        added
    }

    /// Returns the limits of the session's runs.
    pub fn limits(&self) -> &Limits {
        self.session.limits()
    }

    /// Returns how the run has ended, if it has.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.progress.outcome.as_deref()
    }

    /// Tells whether the run has ended.
    pub fn is_finished(&self) -> bool {
        self.progress.outcome.is_some()
    }

    /// Ends the run with an outcome of the host's.
    /// Nothing of the script runs any more, no handler and no `__close`. A run that is stopped
    /// is not done: [`Outcome::Done`] is taken for [`Outcome::Cancelled`].
    pub fn stop(&mut self, outcome: Outcome) {
        self.progress.stop(match outcome {
            Outcome::Done(_) => Outcome::Cancelled,
            outcome => outcome,
        });
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
        self.session.machine.0.meters(|meters| meters.fuel.used())
    }

    /// Takes what the script printed since the last call.
    pub fn take_output(&mut self) -> Vec<u8> {
        self.session.machine.0.meters(|meters| meters.output.borrow_mut().take())
    }

    /// Gives the session back with the report. A run that has not ended is cancelled.
    pub fn finish(mut self) -> (Session, Report) {
        self.stop(Outcome::Cancelled);
        let session = &mut self.session;
        let report = end(&mut session.machine.0, &mut session.host, self.progress);
        // A run that was restored has decoded its values as it would have where it was saved.
        let decode = session.config.decode;
        session.machine.0.enter(|ctx| decode.take_over(ctx).is_ok());
        (self.session, report)
    }
}

/// Runs a chunk to its end.
pub(super) fn to_the_end(
    lua: &mut Lua,
    config: &Config,
    host: &mut HostTable,
    start: &Starting<'_>,
    time_limit: Option<Arc<dyn TimeLimit>>,
) -> Report {
    let mut progress = begin(lua, config, host, start);
    progress.watch.time_limit = time_limit;
    go_to_the_end(lua, host, progress)
}

/// Goes on with a run that has begun, to its end.
pub(super) fn go_to_the_end(lua: &mut Lua, host: &mut HostTable, mut progress: Progress) -> Report {
    // Nobody wants the word after a call: plain functions are called where the script stands.
    let lent = Box::new(std::mem::take(host));
    lua.enter(|ctx| in_place::put(ctx, lent));
    let gone = catch_unwind(AssertUnwindSafe(|| drive(lua, host, &mut progress)));
    if let Some(lent) = lua.enter(in_place::take) {
        *host = *lent;
    }
    if let Err(panic) = gone {
        // A panic of our own: the session has its functions again, and is as it was.
        leave(lua);
        resume_unwind(panic);
    }
    end(lua, host, progress)
}

/// Fuel between two looks at the time that is left, where it is limited: milliseconds at most.
const LOOK: u64 = 100_000;

/// Steps a run to its end, and sleeps while it waits.
fn drive(lua: &mut Lua, host: &mut HostTable, progress: &mut Progress) {
    let mut parked: Option<(Arc<Parker>, Waker)> = None;
    let slice = if progress.watch.time_limit.is_some() { LOOK } else { u64::MAX };
    while progress.outcome.is_none() {
        let waker = parked.as_ref().map_or(Waker::noop(), |(_, waker)| waker);
        let mut wake = task::Context::from_waker(waker);
        if step(lua, host, progress, slice, &mut wake) != Moved::Waiting {
            continue;
        }
        // Nobody answers here; what is left are futures.
        if !progress.answer_all(&mut nobody) {
            match &parked {
                Some((parker, _)) => parker.wait(progress.watch.remaining()),
                None => parked = Some(Parker::new()),
            }
        }
    }
}

/// A chunk that is about to be run.
pub(super) struct Starting<'a> {
    pub(super) chunk: &'a Chunk<'a>,
    /// Which of the session's machines runs it: [`OWN`] or [`TEMPLATE`](super::trace::TEMPLATE).
    pub(super) machine: usize,
    pub(super) undo: Undo,
}

/// Prepares the machine to compile the chunk and to run it.
pub(super) fn begin(
    lua: &mut Lua,
    config: &Config,
    host: &HostTable,
    starting: &Starting<'_>,
) -> Progress {
    let Starting { chunk, machine, undo } = *starting;
    let limits = match &chunk.limits {
        Some(own) => config.limits.lowered_to(own),
        None => config.limits.clone(),
    };
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
pub(super) fn refused(chunk: &Chunk<'_>, limits: &Limits) -> Option<LuaError> {
    refusal(chunk.source, chunk.name, limits.source)
}

/// Makes a run of an error that is found before it begins.
pub(super) fn failed(
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
pub(super) fn reset(lua: &mut Lua, limits: &Limits) {
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
pub(super) fn begin_with(
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
