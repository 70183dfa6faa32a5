//! A run's way from step to step, and its end.

use super::advice::{Source, advise};
use super::pending::{AnswerError, Answerer, Batch, PendingCall, Waits, settled};
use crate::session::calls::gate;
use crate::session::calls::host_table::{Called, HostTable};
use crate::session::functions::host_context::{HostCx, pay_debt};
use crate::session::functions::letters::{Answer, Request, answer_of};
use crate::session::functions::ticket::Ticket;
use crate::session::functions::watch::Watch;
use crate::session::making::config::Undo;
use crate::session::natives::all::Together;
use crate::session::natives::main_function::Ending;
use crate::session::natives::yielding::Yielded;
use crate::session::tapes::tape::{Start, Tape};
use crate::session::values::error::{Cause, ErrorKind, LuaError};
use crate::session::values::host_error::{Failure, HostError};
use crate::session::values::host_value::HostValue;
use crate::session::values::limits::Limits;
use crate::session::values::outcome::{Outcome, Place, Report, Usage};
use crate::vm::heap::native::Stop;
use crate::vm::heap::value::Value;
use crate::vm::machine::{Halt, Lua};
use crate::vm::run::executor;
use std::any::Any;

/// How far a run is.
#[derive(Debug)]
pub(in crate::session) struct Progress {
    /// Fuel not yet given to the machine.
    pub(in crate::session) fuel_left: u64,
    /// In a box, like all that few runs have for long: many may wait beside each other.
    pub(in crate::session) outcome: Option<Box<Outcome>>,
    pub(in crate::session) undo: Undo,
    /// How the run has ended that still calls finalizers.
    pub(in crate::session) closing: Option<Box<Outcome>>,
    /// Before these comes a collection, which may be under way.
    pub(in crate::session) catching_up: bool,
    pub(in crate::session) watch: Watch,
    /// Bytes that one host call may return.
    pub(in crate::session) host_result: u64,
    /// Number of the last call that was handed out.
    pub(in crate::session) last_id: u64,
    pub(in crate::session) waits: Waits,
    /// Why the machine was left, if what it owed then was not paid.
    pub(in crate::session) halted: Option<Halt>,
    /// A host function ended the run: there is no way on.
    pub(in crate::session) broken_off: bool,
    /// The global `args` is this run's.
    pub(in crate::session) has_args: bool,
    /// Where the script stood when it was refused memory for the last time.
    pub(in crate::session) place: Option<Box<Place>>,
    /// Where the run is recorded, or played from.
    pub(in crate::session) tape: Option<Tape>,
    /// How its host has ended it, and whether it was done then but for finalizers.
    pub(in crate::session) stopped: Option<Box<(Outcome, bool)>>,
    /// The last answer that was an error of a kind of its own.
    pub(in crate::session) failure: Option<Box<Failure>>,
    /// The source, to look up what an error is about.
    pub(in crate::session) source: Option<Box<Source>>,
}

impl Progress {
    pub(in crate::session) fn new(limits: &Limits, has_args: bool, undo: Undo) -> Progress {
        Progress {
            fuel_left: limits.fuel,
            outcome: None,
            undo,
            closing: None,
            catching_up: false,
            watch: Watch::default(),
            host_result: limits.host_result,
            last_id: 0,
            waits: Waits::Nothing,
            halted: None,
            broken_off: false,
            has_args,
            place: None,
            tape: None,
            stopped: None,
            failure: None,
            source: None,
        }
    }

    /// Notes that the run begins, if it is recorded. Tells whether it does.
    pub(in crate::session) fn record(
        &mut self,
        lua: &mut Lua,
        host: &HostTable,
        start: &Start<'_>,
    ) -> bool {
        self.tape = host.tape.as_deref().cloned();
        self.outcome = self.tape.as_ref().and_then(|tape| tape.begin(lua, start)).map(Box::new);
        self.outcome.is_none()
    }

    /// Tells whether the main function has ended and finalizers are called.
    pub(in crate::session) fn is_closing(&self) -> bool {
        self.closing.is_some()
    }

    /// Ends the run, if it has not ended, because its host wants that.
    fn end_for_host(&mut self, outcome: Outcome) {
        if self.outcome.is_none() {
            self.stopped = Some(Box::new((outcome.clone(), self.is_closing())));
            self.end(outcome);
        }
    }

    /// Ends the run, if it has not ended. One that has, and still calls finalizers, ends as
    /// it did.
    fn end(&mut self, outcome: Outcome) {
        if self.outcome.is_none() {
            self.outcome = Some(self.closing.take().unwrap_or_else(|| Box::new(outcome)));
        }
    }

    /// Tells whether what the run does may be undone.
    pub(in crate::session) fn is_undone(&self) -> bool {
        self.undo != Undo::Never
    }

    /// Answers a call that waits.
    pub(in crate::session) fn answer(
        &mut self,
        id: u64,
        answer: Result<Vec<HostValue>, HostError>,
    ) -> Result<(), AnswerError> {
        let limit = self.host_result;
        self.settle(id, |name, ticket| answer_of(name, settled(ticket, answer), limit))
    }

    /// As [`Progress::answer`], with what makes the answer of the function's name.
    pub(in crate::session) fn settle(
        &mut self,
        id: u64,
        answer: impl FnOnce(&str, Option<Ticket>) -> Answer,
    ) -> Result<(), AnswerError> {
        self.waits.answer(id, answer, self.tape.as_ref())
    }

    /// Answers all calls that are handed out. Tells whether there were any.
    pub(in crate::session) fn answer_all(&mut self, answer: &mut Answerer<'_>) -> bool {
        self.waits.answer_all(self.host_result, answer, self.tape.as_ref())
    }

    /// Ends the run, for good.
    pub(in crate::session) fn stop(&mut self, outcome: Outcome) {
        self.end_for_host(outcome);
        self.broken_off = true;
    }

    /// Lets a run that is out of fuel go on with `units` more. Tells whether it does.
    pub(in crate::session) fn add_fuel(&mut self, units: u64) -> bool {
        match self.outcome.as_deref() {
            None => {}
            Some(Outcome::OutOfFuel) if !self.broken_off => self.outcome = None,
            Some(_) => return false,
        }
        self.fuel_left = self.fuel_left.saturating_add(units);
        true
    }
}

/// What a step of a run came to.
#[derive(Debug, PartialEq)]
pub(in crate::session) enum Moved {
    /// As [`Step::Running`](crate::Step::Running).
    Running,
    /// A host function was called.
    Called,
    /// The script yielded these values.
    Yielded(Vec<HostValue>),
    /// The run waits for answers, or for futures that will wake the waker.
    Waiting,
    /// The run has ended.
    Ended,
}

/// Goes on for one slice, or until the host's functions or its driver have the word.
/// What the run's futures wait for wakes the waker in `wake`.
pub(in crate::session) fn step(
    lua: &mut Lua,
    host: &mut HostTable,
    progress: &mut Progress,
    slice: u64,
    wake: &mut std::task::Context<'_>,
) -> Moved {
    if progress.outcome.is_none()
        && let Some(outcome) = progress.watch.stop()
    {
        progress.end_for_host(outcome);
    }
    if progress.outcome.is_none()
        && let Some(outcome) = progress.tape.as_ref().and_then(Tape::halted)
    {
        progress.broken_off = true;
        progress.end(outcome);
    }
    if progress.outcome.is_some() {
        return Moved::Ended;
    }
    if !hand_back(lua, progress, wake) {
        return Moved::Waiting;
    }
    let slice = slice.max(1).min(progress.fuel_left);
    progress.fuel_left -= slice;
    lua.meters(|meters| meters.fuel.give(slice));
    let moved = match go_on(lua, host, progress, wake) {
        Ok(moved) => moved,
        Err(outcome) => {
            progress.end(outcome);
            Moved::Ended
        }
    };
    let back = lua.meters(|meters| meters.fuel.take_back());
    // Bytes from elsewhere may say that there is more than there can be.
    progress.fuel_left = progress.fuel_left.saturating_add(back);
    moved
}

/// Gives the machine what it waits for. Tells whether all of it is there.
fn hand_back(lua: &mut Lua, progress: &mut Progress, wake: &mut std::task::Context<'_>) -> bool {
    match &mut progress.waits {
        Waits::Nothing | Waits::Output => {}
        Waits::Resumption { values, made } => {
            let (values, made) = (std::mem::take(values), std::mem::take(made));
            let answer = match &progress.tape {
                Some(tape) => tape.resumed(values, progress.host_result),
                None => answer_of("yield", Ok(values), progress.host_result),
            };
            let answer = Answer { made, ..answer };
            // It is charged by the step that finds it.
            resume(lua, Box::new(answer));
            progress.waits = Waits::Nothing;
        }
        Waits::Answers(batch) => {
            let complete = batch.poll(wake, progress.host_result, progress.tape.as_ref());
            batch.fit_all(lua);
            if !complete {
                return false;
            }
            if let Waits::Answers(batch) = std::mem::take(&mut progress.waits) {
                progress.failure = batch.failure().map(Box::new).or(progress.failure.take());
                resume(lua, batch.into_letter());
            }
        }
    }
    true
}

/// Gives the machine what it has waited for.
fn resume(lua: &mut Lua, letter: Box<dyn Any>) {
    lua.enter(|ctx| {
        executor::wake(ctx);
        ctx.post(letter, 0);
    });
}

/// As [`step`], with the slice given out. The outcome, if the run ends, is the error.
fn go_on(
    lua: &mut Lua,
    host: &mut HostTable,
    progress: &mut Progress,
    wake: &mut std::task::Context<'_>,
) -> Result<Moved, Outcome> {
    if progress.catching_up {
        return catch_up(lua, progress);
    }
    if let Waits::Nothing = progress.waits {
        let halt = progress.halted.take().unwrap_or_else(|| lua.run());
        if !matches!(halt, Halt::Fuel | Halt::Collecting) && !pay_debt(lua, &mut progress.fuel_left)
        {
            progress.halted = Some(halt);
            return Err(Outcome::OutOfFuel);
        }
        match halt {
            Halt::HostCall { .. } => {
                // Who waits for the function wants to read what was said before it.
                let printed = lua.enter(|ctx| ctx.state.output.borrow().is_waiting());
                if printed {
                    progress.waits = Waits::Output;
                    return Ok(Moved::Running);
                }
            }
            Halt::Collecting => return Ok(Moved::Running),
            Halt::Fuel if progress.fuel_left > 0 => return Ok(Moved::Running),
            Halt::Fuel => return Err(Outcome::OutOfFuel),
            Halt::Stop(Stop::Output) => return Err(Outcome::OutputLimit),
            Halt::Stop(Stop::Exit(code)) => return Err(Outcome::Exit(code)),
            Halt::Done | Halt::Failed => {
                let failure = with_host(lua, host, |_, host| host.failure.take());
                progress.failure = failure.map(Box::new).or(progress.failure.take());
                return close(lua, progress).map_err(|mut outcome| {
                    if let Outcome::Failed(error) = &mut outcome {
                        let source = progress.source.as_deref();
                        with_host(lua, host, |lua, host| advise(lua, host, source, error));
                    }
                    outcome
                });
            }
        }
    }
    progress.waits = Waits::Nothing;
    let letter = lua.enter(|ctx| ctx.state.mailbox.borrow_mut().take());
    match letter {
        Some(letter) => take_letter(lua, host, progress, letter, wake),
        None => Ok(Moved::Called),
    }
}

/// Does what the machine has halted for: hands on what the script yields, or calls functions of
/// the host.
fn take_letter(
    lua: &mut Lua,
    host: &mut HostTable,
    progress: &mut Progress,
    letter: Box<dyn Any>,
    wake: &mut std::task::Context<'_>,
) -> Result<Moved, Outcome> {
    match letter.downcast::<Yielded>() {
        Ok(yielded) => {
            count_call(lua)?;
            let Yielded { values, made } = *yielded;
            if let Some(tape) = &progress.tape {
                tape.yielded(lua, &values);
            }
            progress.waits = Waits::Resumption { values: Vec::new(), made };
            lua.enter(executor::rest);
            Ok(Moved::Yielded(values))
        }
        Err(letter) => {
            let (calls, together) = match letter.downcast::<Request>() {
                Ok(request) => (vec![*request], false),
                Err(letter) => match letter.downcast::<Together>() {
                    Ok(together) => (together.0, true),
                    Err(_) => return Ok(Moved::Called),
                },
            };
            with_host(lua, host, |lua, host| call_each(lua, host, progress, calls, together))?;
            if hand_back(lua, progress, wake) {
                return Ok(Moved::Called);
            }
            lua.enter(executor::rest);
            Ok(Moved::Waiting)
        }
    }
}

/// Works with the host's functions, which may be lent to the machine.
fn with_host<R>(
    lua: &mut Lua,
    host: &mut HostTable,
    work: impl FnOnce(&mut Lua, &mut HostTable) -> R,
) -> R {
    let mut lent = lua.enter(gate::take);
    let done = work(lua, lent.as_deref_mut().unwrap_or(host));
    if let Some(lent) = lent {
        lua.enter(|ctx| gate::put(ctx, lent));
    }
    done
}

/// Counts a call of the host.
fn count_call(lua: &mut Lua) -> Result<(), Outcome> {
    lua.enter(|ctx| {
        let calls = ctx.state.host_calls.get();
        if calls >= ctx.state.max_host_calls.get() {
            return Err(Outcome::HostCallLimit);
        }
        ctx.state.host_calls.set(calls + 1);
        Ok(())
    })
}

/// Begins calls of host functions in their order.
fn call_each(
    lua: &mut Lua,
    host: &mut HostTable,
    progress: &mut Progress,
    calls: Vec<Request>,
    together: bool,
) -> Result<(), Outcome> {
    let mut batch = Batch::new(together);
    // What the answers that are there take, and what calls that go on have reserved.
    let (mut answered, mut beside) = (0_usize, 0_usize);
    for mut request in calls {
        // What goes on with a function of the script's is the same call.
        if request.then.is_none() {
            count_call(lua)?;
        }
        let mut cx = HostCx::new(lua, &mut progress.fuel_left, &progress.watch).beside(beside);
        let called = host.call(&mut cx, &mut request, progress.host_result);
        request.made.append(&mut cx.made);
        batch.called(request.target, request.made);
        let reserved = cx.reserved();
        if let Some(outcome) = cx.end() {
            // The function has not done what it was called for: nothing can go on there.
            progress.broken_off = true;
            return Err(outcome);
        }
        match called {
            Called::Answered(answer) => {
                answered = answered.saturating_add(batch.answered(answer));
                batch.fit(lua, answered);
                // The collection that may have come with it is paid before the next call, as far
                // as the run's fuel goes, and not only that of the slice.
                pay_debt(lua, &mut progress.fuel_left);
            }
            Called::Begun(name, future) => {
                batch.future(name, future);
                // What it needs it still has.
                beside = beside.saturating_add(reserved);
            }
            Called::Asked(name, ticket) => {
                progress.last_id += 1;
                let place = lua.enter(|ctx| ctx.asking_place());
                let call = PendingCall::new(progress.last_id, name, request.args, place);
                batch.asked(call, ticket);
            }
        }
    }
    progress.waits = Waits::Answers(batch);
    Ok(())
}

/// The main function has ended: what it did is kept, and finalizers that had to wait are
/// called.
fn close(lua: &mut Lua, progress: &mut Progress) -> Result<Moved, Outcome> {
    let outcome = match progress.closing.take() {
        Some(outcome) => return Err(*outcome),
        None => ending(lua, progress),
    };
    if !matches!(outcome, Outcome::Done(_)) || progress.undo != Undo::Failed {
        return Err(outcome);
    }
    lua.keep();
    lua.begin_catching_up();
    progress.closing = Some(Box::new(outcome));
    progress.catching_up = true;
    catch_up(lua, progress)
}

/// Goes on with the collection that comes before a run's last finalizers, as far as the slice
/// allows.
fn catch_up(lua: &mut Lua, progress: &mut Progress) -> Result<Moved, Outcome> {
    if !lua.catch_up() || start_waiting(lua, progress) {
        return Ok(Moved::Running);
    }
    progress.closing.take().map_or(Ok(Moved::Running), |outcome| Err(*outcome))
}

/// Ends that collection, and begins to call finalizers. Tells whether there are any.
fn start_waiting(lua: &mut Lua, progress: &mut Progress) -> bool {
    progress.catching_up = false;
    let goes_on = lua.start_waiting();
    // As far as the run's fuel goes, and not only that of the slice.
    pay_debt(lua, &mut progress.fuel_left);
    goes_on
}

/// Reads what the main function left.
fn ending(lua: &mut Lua, progress: &mut Progress) -> Outcome {
    let (letter, traceback, raised_at) = lua.enter(|ctx| {
        let letter = ctx.state.mailbox.borrow_mut().take();
        // It goes into the report, which is the host's.
        ctx.forget_letter();
        (
            letter,
            std::mem::take(&mut *ctx.state.traceback.borrow_mut()),
            ctx.state.raised_at.borrow_mut().take(),
        )
    });
    let internal = || LuaError::plain(ErrorKind::Internal, "the run left no result");
    match letter.and_then(|letter| letter.downcast::<Ending>().ok()).map(|ending| *ending) {
        Some(Ending::Rejected(message)) => {
            Outcome::Failed(LuaError::positioned(ErrorKind::Syntax, message))
        }
        Some(Ending::Done(Ok(json))) => {
            Outcome::Done(String::from_utf8(json).map_err(|_| internal()))
        }
        Some(Ending::Done(Err(message))) => {
            Outcome::Done(Err(LuaError::plain(ErrorKind::Conversion, message)))
        }
        Some(Ending::TooLong(message)) => {
            let hint = Some("return less, or raise `Limits::output`".to_owned());
            Outcome::Done(Err(LuaError { hint, ..LuaError::plain(ErrorKind::Conversion, message) }))
        }
        Some(Ending::NotUtf8(message)) => {
            let cause = Some(Cause::NotUtf8);
            let error = LuaError { cause, ..LuaError::plain(ErrorKind::Conversion, message) };
            Outcome::Done(Err(error))
        }
        Some(Ending::BadArgs(message)) => {
            let message = format!("args: {message}");
            Outcome::Failed(LuaError::plain(ErrorKind::Conversion, message))
        }
        Some(Ending::Failed { out_of_memory: true, .. }) => {
            progress.place = raised_at.map(|place| Box::new(Place::new(&place, &traceback)));
            Outcome::OutOfMemory
        }
        Some(Ending::Failed { message, value, .. }) => {
            let kind = match progress.failure.as_deref() {
                // Nobody has caught it, or it was raised again as it was.
                Some((kind, text)) if message.ends_with(text) => *kind,
                _ => ErrorKind::Runtime,
            };
            let error = LuaError::positioned(kind, message);
            let mut error = error.with_traceback(&traceback);
            error.value = value;
            Outcome::Failed(error)
        }
        None => Outcome::Failed(internal()),
    }
}

/// Takes what is left of a run off the machine, and undoes the run if it was not kept. Also
/// done before a run begins, for one that nobody has ended: its future was forgotten, or a
/// panic went through it.
pub(in crate::session) fn leave(lua: &mut Lua) {
    lua.enter(|ctx| {
        let state = ctx.state;
        // What nobody has taken is nobody's.
        let _ = state.output.borrow_mut().take();
        state.output.borrow_mut().forget(&state.account);
        ctx.forget_letter();
        state.loose_ends.drop_all();
        executor::clear(ctx);
        // What a script said about these is over with its run.
        ctx.stop_collector(false);
        state.collector.reset_settings();
        state.collect_now.set(false);
        state.too_many.set(false);
    });
    lua.undo();
    lua.let_go();
}

/// Clears the machine of the run and writes the report.
pub(in crate::session) fn end(
    lua: &mut Lua,
    host: &mut HostTable,
    mut progress: Progress,
) -> Report {
    if progress.catching_up && !start_waiting(lua, &mut progress) {
        // It had ended already.
        progress.stopped = None;
    }
    let outcome = progress.outcome.take().map_or(Outcome::Cancelled, |outcome| *outcome);
    let place = match outcome {
        Outcome::OutOfMemory => progress.place.map(|place| *place),
        Outcome::OutOfFuel
        | Outcome::OutputLimit
        | Outcome::HostCallLimit
        | Outcome::Deadline
        | Outcome::Cancelled => {
            lua.enter(|ctx| ctx.stopped_place().map(|(place, text)| Place::new(&place, &text)))
        }
        Outcome::Done(_) | Outcome::Failed(_) | Outcome::Exit(_) => None,
    };
    let mut report = lua.enter(|ctx| {
        let state = ctx.state;
        if progress.has_args
            && let Ok(name) = state.strings.find(ctx.mc, b"args")
        {
            // A name that is there takes no memory.
            let _ = state.globals.set_str(ctx.heap(), name, Value::Nil);
        }
        state.profile.end(state.fuel.used());
        let mut output = state.output.borrow_mut();
        Report {
            outcome,
            usage: Usage {
                fuel_used: state.fuel.used(),
                memory_peak: state.account.peak() as u64,
                host_calls: state.host_calls.get(),
                output_bytes: output.written(),
            },
            output: output.take(),
            truncated: output.truncated(),
            place,
        }
    });
    leave(lua);
    if let Some(tape) = &progress.tape {
        tape.end(lua, &mut report, progress.stopped.as_deref());
    }
    host.run_ended(match progress.undo {
        Undo::Never => true,
        Undo::Failed => report.is_done(),
        Undo::Always => false,
    });
    report
}
