//! Host functions as scripts see them.

use super::call_lua::{self, REPLIED_AGAIN};
use super::from_host::{FromHost, let_go, null};
use super::in_place;
use super::to_host::ToHost;
use crate::base::arithmetic::canonical;
use crate::session::functions::letters::{Answer, Request, Target};
use crate::session::values::host_error::Raised;
use crate::session::values::host_value::HostValue;
use crate::session::values::mismatch::Mismatch;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::Held;
use std::any::Any;

/// A host function as scripts call it; its upvalue is its number.
pub(in crate::session) static HOST_FUNCTION: NativeDef = NativeDef::new(
    "",
    host_function,
    "host",
    "1 + 3 values + 3 strings + bytes/32, and 3 values + 4 strings + 8 tables + bytes/64 back",
);

/// Step that finds the reply in the mailbox.
pub(in crate::session) const REPLIED: u32 = 1;
/// Step that goes on making its values.
const MAKE_RESULTS: u32 = 2;
/// Step that goes on making the value of an error.
const MAKE_ERROR: u32 = 3;
/// Step that goes on with the arguments; what is above is their number. Those between are of
/// `call_lua`.
const CONVERT_ARGS: u32 = 16;

pub(in crate::session) fn host_function<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == 0
        && let Some(step) = in_place::call(call)
    {
        return step;
    }
    let lenient = matches!(call.upvalue(0), Value::Integer(number) if number & LENIENT != 0);
    ask_with(call, 0, lenient, |call, args, made| {
        let index = index(call.upvalue(0)).unwrap_or(usize::MAX);
        Box::new(Request::new(Target::Function(index), args, made))
    })
}

/// Stands beside the number of a function that takes whatever it is given.
pub(in crate::session) const LENIENT: i64 = 1 << 40;

/// Returns the number in a host function's upvalue.
pub(in crate::session) fn index(upvalue: Value<'_>) -> Option<usize> {
    match upvalue {
        Value::Integer(number) => usize::try_from(number & !LENIENT).ok(),
        _ => None,
    }
}

/// Returns the number of a host function.
pub(in crate::session) fn host_function_index(value: Value<'_>) -> Option<usize> {
    match value {
        Value::Native(closure) if std::ptr::eq(closure.def(), &HOST_FUNCTION) => {
            index(closure.upvalue(0))
        }
        _ => None,
    }
}

/// A function that asks the host: `letter` makes what goes out of its arguments from slot
/// `from` on and of the places of handles that were made for them, and what comes back is
/// its results.
pub(in crate::session) fn ask<'gc>(
    call: &mut Call<'_, 'gc>,
    from: usize,
    letter: impl FnOnce(&Call<'_, 'gc>, Vec<HostValue>, Vec<u32>) -> Box<dyn Any>,
) -> Step<'gc> {
    ask_with(call, from, false, letter)
}

/// As [`ask`]; if it is `lenient`, tables that cannot cross are no errors.
fn ask_with<'gc>(
    call: &mut Call<'_, 'gc>,
    from: usize,
    lenient: bool,
    letter: impl FnOnce(&Call<'_, 'gc>, Vec<HostValue>, Vec<u32>) -> Box<dyn Any>,
) -> Step<'gc> {
    match call.step {
        REPLIED | REPLIED_AGAIN => replied(call),
        MAKE_RESULTS | MAKE_ERROR => make_results(call),
        0 => {
            let count = call.top();
            // What simple values need there is room for in any window.
            if in_place::cost(call.slots(from, count.saturating_sub(from))).is_none() {
                call.ensure(4)?;
            }
            let first = ToHost::new(call, from..count, count + 1).lenient(lenient);
            convert_args(call, count, Some(first), letter)
        }
        CONVERT_ARGS.. => {
            let count = (call.step - CONVERT_ARGS) as usize;
            convert_args(call, count, None, letter)
        }
        _ => call_lua::go_on(call),
    }
}

fn convert_args<'gc>(
    call: &mut Call<'_, 'gc>,
    count: usize,
    first: Option<ToHost>,
    letter: impl FnOnce(&Call<'_, 'gc>, Vec<HostValue>, Vec<u32>) -> Box<dyn Any>,
) -> Step<'gc> {
    let converted = call.work(count, first, |work: &mut ToHost, held, call| {
        let (args, made) = (work.take(), work.take_made());
        match args {
            Ok(args) => Ok((args, made, held.take_bytes())),
            Err((slot, message)) => {
                // Those before it are for nobody.
                let_go(call.ctx, &made);
                Err(call.arg_error(slot, message))
            }
        }
    })?;
    let Some((args, made, bytes)) = converted else {
        return Ok(Flow::Again { step: CONVERT_ARGS + count as u32 });
    };
    call.ctx.post(letter(call, args, made), bytes);
    call.set_top(count);
    Ok(Flow::Host { args: count, step: REPLIED })
}

fn replied<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let ctx = call.ctx;
    // The reply stays in the mailbox until its values are made: this step may run again.
    let letter = ctx.state.mailbox.borrow_mut().take();
    let Some(mut reply) = letter.and_then(|letter| letter.downcast::<Answer>().ok()) else {
        return Err(call.error("the host gave no answer"));
    };
    let outcome = match reply.small() {
        _ if reply.calls.is_some() => call_lua::begin(call, &mut reply),
        Some(values) => make_small(call, values),
        None => begin_results(call, &mut reply),
    };
    let outcome = match outcome {
        Err(Interrupt::Memory(_)) if reply.refused => {
            // Nobody else would drop it.
            Err(Interrupt::Error(Value::String(ctx.state.memory_message)))
        }
        Err(interrupt @ (Interrupt::Fuel | Interrupt::Memory(_))) => {
            reply.refused = matches!(interrupt, Interrupt::Memory(_));
            ctx.post(reply, 0);
            return Err(interrupt);
        }
        outcome => outcome,
    };
    let made = std::mem::take(&mut reply.made);
    drop(reply);
    let_go(ctx, &made);
    outcome
}

/// Units for making a small value.
pub(in crate::session) const SMALL_PRICE: u64 = 3;

/// Returns what a small string costs beside.
#[inline]
pub(in crate::session) fn text_price(text: &[u8]) -> u64 {
    4 + (text.len() / 64) as u64
}

fn small_price(value: &HostValue) -> u64 {
    SMALL_PRICE + value.as_bytes().map_or(0, text_price)
}

/// Makes the values of a small reply.
fn make_small<'gc>(call: &mut Call<'_, 'gc>, values: &[HostValue]) -> Step<'gc> {
    push_small(call, values)?;
    Ok(Flow::Return(values.len()))
}

/// Pushes small values.
pub(in crate::session) fn push_small<'gc>(
    call: &mut Call<'_, 'gc>,
    values: &[HostValue],
) -> Result<(), Interrupt<'gc>> {
    call.charge(values.iter().map(small_price).sum())?;
    for value in values {
        let value = match value {
            HostValue::Null => null(call.ctx)?,
            HostValue::Boolean(b) => Value::Boolean(*b),
            HostValue::Integer(i) => Value::Integer(*i),
            HostValue::Number(n) => Value::Number(canonical(*n)),
            HostValue::String(bytes) => Value::String(call.ctx.string(bytes)?),
            HostValue::Function(function) => function.value(call)?,
            HostValue::UserData(object) => object.value(call)?,
            _ => Value::Nil,
        };
        call.push(value);
    }
    Ok(())
}

/// Begins to make the values of a reply, or its error.
fn begin_results<'gc>(call: &mut Call<'_, 'gc>, reply: &mut Answer) -> Step<'gc> {
    let bytes = reply.bytes;
    match &mut reply.result {
        Ok(values) => {
            let made = &mut reply.made;
            begin_values(call, bytes, MAKE_RESULTS, || {
                FromHost::new(KEPT + 1, std::mem::take(values)).keeping(std::mem::take(made))
            })
        }
        Err(error) => {
            let made = &mut reply.made;
            match error.raised_mut() {
                Raised::Message(message) | Raised::Kind(_, message) => {
                    call.charge((message.len() / 32) as u64)?;
                    Err(call.error(message))
                }
                Raised::Argument(mismatch) => Err(bad_argument(call, mismatch)),
                Raised::Script { number, .. } if call_lua::has_raised(call, *number) => {
                    Err(Interrupt::Error(call.arg(call_lua::ERROR)))
                }
                Raised::Value(value) | Raised::Script { value, .. } => {
                    begin_values(call, bytes, MAKE_ERROR, || {
                        FromHost::new(KEPT + 1, vec![std::mem::take(value)])
                            .keeping(std::mem::take(made))
                    })
                }
                Raised::Memory => {
                    Err(Interrupt::Error(Value::String(call.ctx.state.memory_message)))
                }
                Raised::Stopped => Err(call.error("the run has ended")),
            }
        }
    }
}

/// Begins to make values for a later step.
fn begin_values<'gc>(
    call: &mut Call<'_, 'gc>,
    bytes: usize,
    step: u32,
    make: impl FnOnce() -> FromHost,
) -> Step<'gc> {
    let mut held = Held::new(&call.ctx.state.account);
    held.add(bytes)?;
    call.set_top(0);
    call.push(Value::Nil);
    call.begin_work(KEPT, held, make)?;
    Ok(Flow::Again { step })
}

/// Makes the error of an argument, which still lies where the script put it: whether there
/// is one at all, and what its metatable calls it, shows there.
fn bad_argument<'gc>(call: &Call<'_, 'gc>, mismatch: &Mismatch) -> Interrupt<'gc> {
    let argument = mismatch.argument();
    let message = match mismatch.expected_type() {
        Some(expected) => call.type_message(argument, expected),
        None => {
            let message = mismatch.to_string().into_bytes();
            call.charge((message.len() / 32) as u64).map(|()| message)
        }
    };
    match message {
        Ok(message) => call.arg_error_of(mismatch.function(), argument, message),
        Err(interrupt) => interrupt,
    }
}

/// Slot of the values of a reply that are not made yet.
const KEPT: usize = 0;

fn make_results<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let step = call.step;
    let made = call.work(KEPT, None, |work: &mut FromHost, _, call| {
        let_go(call.ctx, &work.take_made());
        Ok(work.results(call))
    })?;
    match made {
        None => Ok(Flow::Again { step }),
        Some(_) if step == MAKE_ERROR => Err(Interrupt::Error(call.pop())),
        Some(count) => Ok(Flow::Return(count)),
    }
}
