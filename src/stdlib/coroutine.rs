//! The library `coroutine` (manual §6.2).
//!
//! Coroutines are threads of the same executor: resuming, yielding and closing
//! are requests to the machine, so nothing here holds a Rust frame meanwhile.

use crate::vm::calls::call::Call;
use crate::vm::heap::closure::NativeClosure;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::thread::{Status, Thread};
use crate::vm::heap::value::Value;

/// The functions of the library.
pub(crate) static FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("coroutine.close", close, "6.2", "1"),
    NativeDef::new("coroutine.create", create, "6.2", "17"),
    NativeDef::new("coroutine.isyieldable", isyieldable, "6.2", "1"),
    NativeDef::new("coroutine.resume", resume, "6.2", "1 + arguments/4").passes_on(GIVEN),
    NativeDef::new("coroutine.running", running, "6.2", "1"),
    NativeDef::new("coroutine.status", status, "6.2", "1"),
    NativeDef::new("coroutine.wrap", wrap, "6.2", "17"),
    NativeDef::new("coroutine.yield", yield_, "6.2", "1 + values/4").passes_on(GIVEN),
];

/// What `coroutine.wrap` returns: a closure whose one upvalue is the coroutine.
pub(crate) static WRAPPED: NativeDef =
    NativeDef::new("coroutine.wrapped", wrapped, "6.2", "1 + arguments/4");

/// The step of `resume` and `yield` after the switch: what they return is there.
const GIVEN: u32 = 1;

/// Price of a new coroutine with its stacks.
const NEW: u64 = 16;

/// Requires a coroutine.
fn check_thread<'gc>(call: &Call<'_, 'gc>, arg: usize) -> Result<Thread<'gc>, Interrupt<'gc>> {
    match call.arg(arg) {
        Value::Thread(thread) => Ok(thread),
        _ => Err(call.type_error(arg, "thread")),
    }
}

/// Returns where a coroutine is in its life. The running thread's state is not
/// asked for: this call holds it.
fn status_of<'gc>(call: &Call<'_, 'gc>, thread: Thread<'gc>) -> Status {
    if thread.ptr_eq(call.thread) { Status::Running } else { thread.state().status }
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Suspended => "suspended",
        Status::Running => "running",
        Status::Normal => "normal",
        Status::Dead | Status::Failed => "dead",
    }
}

/// Says why a coroutine in this state cannot be resumed, if it cannot.
fn resume_refusal(status: Status) -> Option<&'static str> {
    match status {
        Status::Suspended => None,
        Status::Running | Status::Normal => Some("cannot resume non-suspended coroutine"),
        Status::Dead | Status::Failed => Some("cannot resume dead coroutine"),
    }
}

/// Makes the thread of a new coroutine that will run argument 1.
fn new_thread<'gc>(call: &Call<'_, 'gc>) -> Result<Thread<'gc>, Interrupt<'gc>> {
    let function = call.check_function(0)?;
    call.charge(NEW)?;
    Thread::with_function(call.ctx, function)
}

fn create<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let thread = new_thread(call)?;
    call.ret(Value::Thread(thread))
}

fn resume<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step != 0 {
        // The machine left `true` and the values, or `false` and the error object. (It mostly
        // passes them on itself.)
        return Ok(Flow::Return(call.top()));
    }
    let thread = check_thread(call, 0)?;
    if let Some(refusal) = resume_refusal(status_of(call, thread)) {
        let message = call.string(refusal.as_bytes())?;
        call.push(Value::Boolean(false));
        call.push(Value::String(message));
        return Ok(Flow::Return(2));
    }
    let args = call.above(1);
    call.charge_items(args)?;
    Ok(Flow::Resume { at: 0, args, step: GIVEN })
}

fn yield_<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let values = call.top();
    if call.step != 0 {
        // Resumed: its arguments are the results.
        return Ok(Flow::Return(values));
    }
    call.charge_items(values)?;
    Ok(Flow::Yield { n: values, step: GIVEN })
}

fn status<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let thread = check_thread(call, 0)?;
    let name = call.string(status_name(status_of(call, thread)).as_bytes())?;
    call.ret(name)
}

fn isyieldable<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let thread = if call.top() == 0 { call.thread } else { check_thread(call, 0)? };
    // Every native function can be left and entered again, so only the main program, finalizers
    // and what is being closed cannot yield, unless there are boundaries as in PUC's interpreter.
    let state = call.ctx.state;
    let bound = call.is_bound(thread);
    let inside = state.yield_boundaries.get() && call.is_inside_library(thread)?;
    call.ret(!thread.ptr_eq(state.main_thread) && !bound && !inside)
}

fn running<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    call.push(Value::Thread(call.thread));
    call.push(Value::Boolean(call.thread.ptr_eq(call.ctx.state.main_thread)));
    Ok(Flow::Return(2))
}

fn wrap<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let thread = new_thread(call)?;
    let closure = NativeClosure::new(call.ctx.heap(), &WRAPPED, &[Value::Thread(thread)])?;
    call.ret(Value::Native(closure))
}

/// Resumes the wrapped coroutine; its errors pass on, after it has been closed.
fn wrapped<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    const RESUMED: u32 = 1;
    const CLOSED: u32 = 2;
    let Value::Thread(thread) = call.upvalue(0) else {
        return Err(call.error("internal error: coroutine expected"));
    };
    match call.step {
        0 => {
            if let Some(refusal) = resume_refusal(status_of(call, thread)) {
                return Err(call.error(refusal));
            }
            let args = call.top();
            call.charge_items(args)?;
            call.push(Value::Thread(thread));
            call.insert(0);
            Ok(Flow::Resume { at: 0, args, step: RESUMED })
        }
        RESUMED => {
            if call.arg(0).is_truthy() {
                return Ok(Flow::Return(call.above(1)));
            }
            if status_of(call, thread) != Status::Failed {
                let error = call.arg(1);
                return Err(propagated(call, error));
            }
            // Slot 1 keeps the error object while pending variables are closed.
            call.set_top(2);
            call.push(Value::Thread(thread));
            Ok(Flow::CloseThread { at: 2, step: CLOSED })
        }
        _ => {
            // Closing may have replaced the error by one of its own.
            let error = if call.arg(2).is_truthy() { call.arg(1) } else { call.arg(3) };
            Err(propagated(call, error))
        }
    }
}

/// Prepends the caller's position to an error that is a string, as PUC does.
fn propagated<'gc>(call: &Call<'_, 'gc>, error: Value<'gc>) -> Interrupt<'gc> {
    match error {
        Value::String(text) if text.as_bytes() != b"not enough memory" => {
            call.positioned_error(call.position(1), text)
        }
        other => Interrupt::Error(other),
    }
}

fn close<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step != 0 {
        return Ok(Flow::Return(call.top()));
    }
    let thread = check_thread(call, 0)?;
    match status_of(call, thread) {
        Status::Suspended | Status::Dead | Status::Failed => {
            call.set_top(1);
            Ok(Flow::CloseThread { at: 0, step: 1 })
        }
        other => Err(call.error(format!("cannot close a {} coroutine", status_name(other)))),
    }
}
