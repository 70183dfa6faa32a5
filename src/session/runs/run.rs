//! One run of a chunk: in slices, or to its end.

use super::beginning::{Starting, begin};
use super::call::begin_call;
use super::park::Parker;
use super::pending::{AnswerError, PendingCall, Waits, nobody};
use super::stepping::{Moved, Progress, end, leave, step};
use crate::session::calls::gate;
use crate::session::calls::host_table::HostTable;
use crate::session::functions::typed_object::{self, Object};
use crate::session::functions::user_data::UserData;
use crate::session::functions::watch::{Canceller, TimeLimit, Watch};
use crate::session::making::config::Config;
use crate::session::making::session::Session;
use crate::session::tapes::value::OWN;
use crate::session::values::callee::Callee;
use crate::session::values::chunk::Chunk;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::{HostValue, cut_off};
use crate::session::values::limits::Limits;
use crate::session::values::outcome::{Outcome, Report};
use crate::vm::machine::Lua;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::task::{self, Waker};

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
    pub(in crate::session) session: Session,
    pub(in crate::session) progress: Progress,
}

impl Run {
    pub(in crate::session) fn start(mut session: Session, chunk: Chunk<'_>) -> Run {
        let lua = &mut session.machine.0;
        let start = Starting { chunk: &chunk, machine: OWN, undo: session.config.undo };
        let progress = begin(lua, &session.config, &session.host, &start);
        Run { session, progress }
    }

    pub(in crate::session) fn start_call(
        mut session: Session,
        callee: &Callee<'_>,
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
pub(in crate::session) fn to_the_end(
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
pub(in crate::session) fn go_to_the_end(
    lua: &mut Lua,
    host: &mut HostTable,
    mut progress: Progress,
) -> Report {
    // Nobody wants the word after a call: plain functions are called where the script stands.
    let lent = Box::new(std::mem::take(host));
    lua.enter(|ctx| gate::put(ctx, lent));
    let gone = catch_unwind(AssertUnwindSafe(|| drive(lua, host, &mut progress)));
    if let Some(lent) = lua.enter(gate::take) {
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

impl Run {
    /// Returns the calls that wait for an answer, in the order in which they were made.
    pub fn pending(&self) -> Vec<PendingCall> {
        self.progress.waits.asked().cloned().collect()
    }

    /// Works with the value behind an object, such as an argument of a call that waits: as
    /// [`HostCx::with`](crate::HostCx::with).
    ///
    /// ```
    /// use moonfuel::{FromLua, Methods, Object, Session, Step, UserData};
    ///
    /// struct Account(i64);
    ///
    /// impl UserData for Account {
    ///     const NAME: &'static str = "account";
    ///     fn add_methods(_: &mut Methods<Self>) {}
    /// }
    ///
    /// let mut session = Session::builder().object::<Account>().pending_function("pay").build()?;
    /// let account = session.object(Account(5))?;
    /// session.run("function buy(account) return pay(account, 3) end");
    /// let mut run = session.start_call("buy", account);
    /// let Step::Pending(calls) = run.step(1_000_000) else { panic!("it waits") };
    /// let account = Object::<Account>::from_lua(calls[0].args[0].clone())?;
    /// let left = run.with(&account, |account| {
    ///     account.0 -= 3;
    ///     account.0
    /// })?;
    /// run.answer(calls[0].id, Ok(vec![left.into()]))?;
    /// while !run.step(1_000_000).is_ended() {}
    /// assert_eq!(run.finish().1.json()?, "[2]");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the object is revoked, stale, another session's, or of another type.
    pub fn with<T: UserData, R>(
        &mut self,
        object: &Object<T>,
        work: impl FnOnce(&mut T) -> R,
    ) -> Result<R, HostError> {
        typed_object::with(&mut self.session.machine.0, object, work)
    }

    /// Answers a call: what it returns, or the error it raises. The run goes on at the
    /// next step once all it waits for is there; the order of answers plays no part.
    ///
    /// An answer that is larger than [`Limits::host_result`](crate::Limits::host_result)
    /// becomes an error for the script.
    ///
    /// # Errors
    /// When no call of this number waits.
    pub fn answer(
        &mut self,
        id: u64,
        answer: Result<Vec<HostValue>, HostError>,
    ) -> Result<(), AnswerError> {
        self.progress.answer(id, answer)
    }

    /// Answers a call with an error of this text, which the script can catch.
    ///
    /// # Errors
    /// When no call of this number waits.
    pub fn deny(&mut self, id: u64, text: impl Into<Vec<u8>>) -> Result<(), AnswerError> {
        self.answer(id, Err(HostError::new(text)))
    }
}

impl Run {
    /// Says what the `yield` of the script that has yielded returns: nothing if this is
    /// not called. The run goes on at the next step. The profiles strict and compat have
    /// `yield`.
    ///
    /// ```
    /// use moonfuel::{Chunk, Session, Step};
    ///
    /// let session = Session::builder().build()?;
    /// let mut run = session.start(Chunk::new(b"return 1 + yield('a number, please')"));
    /// assert_eq!(run.step(1000), Step::Yielded(vec!["a number, please".into()]));
    /// run.resume_with(vec![41.into()])?;
    /// assert!(run.step(1000).is_ended());
    /// let (_session, report) = run.finish();
    /// assert_eq!(report.json()?, "[42]");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the last step was not [`Step::Yielded`].
    pub fn resume_with(&mut self, values: Vec<HostValue>) -> Result<(), AnswerError> {
        match &mut self.progress.waits {
            Waits::Resumption { values: given, .. } => {
                *given = cut_off(values);
                Ok(())
            }
            _ => Err(AnswerError::NotYielded),
        }
    }
}
