//! A run's way from step to step, and its end.

use super::host_call::Request;
use super::host_context::{HostCx, pay_debt};
use super::host_table::HostTable;
use super::in_place;
use super::limits::Limits;
use super::main_function::Ending;
use super::outcome::{ErrorKind, LuaError, Outcome, Place, Report, Usage};
use super::run::Step;
use super::watch::Watch;
use crate::vm::heap::native::Stop;
use crate::vm::heap::value::Value;
use crate::vm::machine::{Halt, Lua};
use crate::vm::run::executor;

/// How far a run is.
#[derive(Debug)]
pub(super) struct Progress {
    /// Fuel not yet given to the machine.
    pub(super) fuel_left: u64,
    pub(super) outcome: Option<Outcome>,
    pub(super) watch: Watch,
    /// A host call waits until what was printed before it is taken.
    call_waits: bool,
    /// The global `args` is this run's.
    has_args: bool,
    /// Where the script stood when it was refused memory for the last time.
    place: Option<Place>,
}

impl Progress {
    pub(super) fn new(limits: &Limits, has_args: bool) -> Progress {
        Progress {
            fuel_left: limits.fuel,
            outcome: None,
            watch: Watch::default(),
            call_waits: false,
            has_args,
            place: None,
        }
    }
}

/// Goes on for one slice, or until the host's functions or its driver have the word.
pub(super) fn step(
    lua: &mut Lua,
    host: &mut HostTable,
    progress: &mut Progress,
    slice: u64,
) -> Step {
    if progress.outcome.is_none() {
        progress.outcome = progress.watch.stop();
    }
    if progress.outcome.is_some() {
        return Step::Ended;
    }
    let slice = slice.max(1).min(progress.fuel_left);
    progress.fuel_left -= slice;
    lua.enter(|ctx| ctx.state.fuel.give(slice));
    let step = match go_on(lua, host, progress) {
        Ok(step) => step,
        Err(outcome) => {
            progress.outcome = Some(outcome);
            Step::Ended
        }
    };
    progress.fuel_left += lua.enter(|ctx| ctx.state.fuel.take_back());
    step
}

/// As [`step`], with the slice given out. The outcome, if the run ends, is the error.
fn go_on(lua: &mut Lua, host: &mut HostTable, progress: &mut Progress) -> Result<Step, Outcome> {
    if !progress.call_waits {
        let halt = lua.run();
        if halt != Halt::Fuel && !pay_debt(lua, &mut progress.fuel_left) {
            return Err(Outcome::OutOfFuel);
        }
        match halt {
            Halt::HostCall { .. } => {
                let (printed, too_many) = lua.enter(|ctx| {
                    let state = ctx.state;
                    let too_many = state.host_calls.get() >= state.max_host_calls.get();
                    (state.output.borrow().is_waiting(), too_many)
                });
                if too_many {
                    return Err(Outcome::HostCallLimit);
                }
                // Who waits for the function wants to read what was said before it.
                if printed {
                    progress.call_waits = true;
                    return Ok(Step::Running);
                }
            }
            Halt::Fuel if progress.fuel_left > 0 => return Ok(Step::Running),
            Halt::Fuel => return Err(Outcome::OutOfFuel),
            Halt::Stop(Stop::Output) => return Err(Outcome::OutputLimit),
            Halt::Stop(Stop::Exit(code)) => return Err(Outcome::Exit(code)),
            Halt::Done | Halt::Failed => return Err(ending(lua, progress)),
        }
    }
    progress.call_waits = false;
    call_host(lua, host, progress)
}

/// Calls the function the machine waits for.
fn call_host(
    lua: &mut Lua,
    host: &mut HostTable,
    progress: &mut Progress,
) -> Result<Step, Outcome> {
    let (letter, mut lent, most) = lua.enter(|ctx| {
        let state = ctx.state;
        state.host_calls.set(state.host_calls.get() + 1);
        (state.mailbox.borrow_mut().take(), in_place::take(ctx), state.max_host_result.get())
    });
    let host = lent.as_deref_mut().unwrap_or(host);
    if let Some(mut request) = letter.and_then(|letter| letter.downcast::<Request>().ok()) {
        let mut cx = HostCx::new(lua, &mut progress.fuel_left, &progress.watch);
        let reply = host.call(&mut cx, &mut request, most);
        let end = cx.end();
        drop(request);
        lua.enter(|ctx| {
            // The reply is charged by the step that finds it.
            ctx.post(Box::new(reply), 0);
            if let Some(lent) = lent {
                in_place::put(ctx, lent);
            }
        });
        if let Some(outcome) = end {
            return Err(outcome);
        }
    }
    Ok(Step::Called)
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
        Some(Ending::BadArgs(message)) => {
            let message = format!("args: {message}");
            Outcome::Failed(LuaError::plain(ErrorKind::Conversion, message))
        }
        Some(Ending::Failed { out_of_memory: true, .. }) => {
            progress.place = raised_at.map(|place| Place::new(&place, &traceback));
            Outcome::OutOfMemory
        }
        Some(Ending::Failed { message, value, .. }) => {
            let error = LuaError::positioned(ErrorKind::Runtime, message);
            let mut error = error.with_traceback(&traceback);
            error.value = value;
            Outcome::Failed(error)
        }
        None => Outcome::Failed(internal()),
    }
}

/// Clears the machine of the run and writes the report.
pub(super) fn end(lua: &mut Lua, progress: Progress) -> Report {
    let outcome = progress.outcome.unwrap_or(Outcome::Cancelled);
    let place = match outcome {
        Outcome::OutOfMemory => progress.place,
        Outcome::OutOfFuel
        | Outcome::OutputLimit
        | Outcome::HostCallLimit
        | Outcome::Deadline
        | Outcome::Cancelled => {
            lua.enter(|ctx| ctx.stopped_place().map(|(place, text)| Place::new(&place, &text)))
        }
        Outcome::Done(_) | Outcome::Failed(_) | Outcome::Exit(_) => None,
    };
    lua.enter(|ctx| {
        let state = ctx.state;
        if progress.has_args
            && let Ok(name) = state.strings.find(ctx.mc, b"args")
        {
            // A name that is there takes no memory.
            let _ = state.globals.set_str(ctx.heap(), name, Value::Nil);
        }
        let mut output = state.output.borrow_mut();
        let report = Report {
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
        };
        output.forget(&state.account);
        ctx.forget_letter();
        executor::clear(ctx);
        report
    })
}
