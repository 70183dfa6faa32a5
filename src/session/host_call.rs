//! Host functions as scripts see them.

use super::all;
use super::call_lua::{self, REPLIED_AGAIN};
use super::convert::reply_bytes;
use super::event_bus;
use super::from_host::{FromHost, let_go, null};
use super::functions::Function;
use super::host_error::{HostError, Raised};
use super::host_table::{HostTable, SOURCE};
use super::host_value::HostValue;
use super::in_place;
use super::mismatch::Mismatch;
use super::object_types;
use super::objects::Owned;
use super::paths::split;
use super::reply::Then;
use super::to_host::ToHost;
use crate::base::arithmetic::canonical;
use crate::stdlib::package;
use crate::vm::calls::call::Call;
use crate::vm::heap::closure::NativeClosure;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::Held;
use crate::vm::state::context::Context;
use std::any::Any;
use std::rc::Rc;

/// A call on its way to the host.
pub(super) struct Request {
    pub(super) target: Target,
    pub(super) args: Vec<HostValue>,
    /// The object that a method is called on.
    pub(super) object: Option<Rc<Owned>>,
    /// What a function of the script's has returned, or raised, and what the host function
    /// that had it called does with it: it goes on, and nothing is called anew.
    pub(super) then: Option<Returned>,
    /// Places of the handles that were made for the call.
    pub(super) made: Vec<u32>,
}

/// What a function of the script's has come to, and what goes on with it.
pub(super) struct Returned {
    pub(super) then: Then,
    pub(super) result: Result<Vec<HostValue>, HostError>,
    /// The call's number in the trace.
    pub(super) number: u64,
}

impl Request {
    pub(super) fn new(target: Target, args: Vec<HostValue>, made: Vec<u32>) -> Request {
        Request { target, args, object: None, then: None, made }
    }
}

/// What is called, by number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    Function(usize),
    Method { kind: usize, number: usize },
}

/// The host's answer on its way back.
pub(super) struct Answer {
    pub(super) result: Result<Vec<HostValue>, HostError>,
    /// Logical bytes of the values.
    pub(super) bytes: usize,
    /// Memory for it was refused once.
    pub(super) refused: bool,
    /// The function of the script's that is to be called with the values.
    pub(super) calls: Option<Calling>,
    /// The host function.
    pub(super) target: Option<Target>,
    /// Places of the handles that were made for the call.
    pub(super) made: Vec<u32>,
}

/// A function of the script's that is to be called, and what goes on with its results.
pub(super) struct Calling {
    pub(super) function: Function,
    pub(super) then: Then,
    /// The call's number in the trace.
    pub(super) number: u64,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Answer").field(&self.result).finish()
    }
}

impl Answer {
    pub(super) fn new(result: Result<Vec<HostValue>, HostError>) -> Answer {
        let bytes = match &result {
            Ok(values) => reply_bytes(values),
            Err(error) => {
                error.as_value().map_or(0, |value| reply_bytes(std::slice::from_ref(value)))
            }
        };
        Answer { result, bytes, refused: false, calls: None, target: None, made: Vec::new() }
    }

    /// Makes the answer that calls a function of the script's.
    pub(super) fn calling(function: Function, args: Vec<HostValue>, then: Then) -> Answer {
        Answer { calls: Some(Calling { function, then, number: 0 }), ..Answer::new(Ok(args)) }
    }

    /// Returns the logical bytes of the values.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn into_result(self) -> Result<Vec<HostValue>, HostError> {
        self.result
    }

    /// Returns the values if they are few and small enough to be made at once.
    fn small(&self) -> Option<&[HostValue]> {
        self.result.as_ref().ok().and_then(|values| small(values))
    }
}

/// Returns these values if they are few and small enough to be made at once.
pub(super) fn small(values: &[HostValue]) -> Option<&[HostValue]> {
    let is_small = |value: &HostValue| match value {
        HostValue::String(bytes) => bytes.len() <= SMALL_STRING,
        HostValue::Array(_) | HostValue::Object(_) => false,
        _ => true,
    };
    (values.len() <= SMALL && values.iter().all(is_small)).then_some(values)
}

/// Most values of a reply that is made at once, and the longest string in one.
pub(super) const SMALL: usize = 8;
pub(super) const SMALL_STRING: usize = 1024;

/// A host function as scripts call it; its upvalue is its number.
pub(super) static HOST_FUNCTION: NativeDef = NativeDef::new(
    "",
    host_function,
    "host",
    "1 + 3 values + 3 strings + bytes/32, and 3 values + 4 strings + 8 tables + bytes/64 back",
);

/// Step that finds the reply in the mailbox.
pub(super) const REPLIED: u32 = 1;
/// Step that goes on making its values.
const MAKE_RESULTS: u32 = 2;
/// Step that goes on making the value of an error.
const MAKE_ERROR: u32 = 3;
/// Step that goes on with the arguments; what is above is their number. Those between are of
/// `call_lua`.
const CONVERT_ARGS: u32 = 16;

fn host_function<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
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
const LENIENT: i64 = 1 << 40;

/// Returns the number in a host function's upvalue.
fn index(upvalue: Value<'_>) -> Option<usize> {
    match upvalue {
        Value::Integer(number) => usize::try_from(number & !LENIENT).ok(),
        _ => None,
    }
}

/// Returns the number of a host function.
pub(super) fn host_function_index(value: Value<'_>) -> Option<usize> {
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
pub(super) fn ask<'gc>(
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
pub(super) const SMALL_PRICE: u64 = 3;

/// Returns what a small string costs beside.
#[inline]
pub(super) fn text_price(text: &[u8]) -> u64 {
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
pub(super) fn push_small<'gc>(
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

/// Tells a machine what it must know of the host's functions beside the values.
pub(super) fn prepare(ctx: Context<'_>, host: &HostTable) {
    ctx.state.host_function.set(Some(&HOST_FUNCTION));
    for known in &host.types {
        ctx.state.objects.add_type(known.id);
    }
}

/// Makes the global tables of host functions.
pub(super) fn register<'gc>(ctx: Context<'gc>, host: &HostTable) -> Result<(), Interrupt<'gc>> {
    prepare(ctx, host);
    for (index, entry) in host.entries.iter().enumerate() {
        let (modules, name) = split(&entry.path);
        let mut table = ctx.state.globals;
        for module in modules {
            table = event_bus::inner_table(ctx, table, module)?;
        }
        let lenient = if host.takes_anything(entry) { LENIENT } else { 0 };
        let number = Value::Integer(index as i64 | lenient);
        let function = NativeClosure::new(ctx.heap(), &HOST_FUNCTION, &[number])?;
        table.add_str(ctx.heap(), ctx.string(name.as_bytes())?, Value::Native(function))?;
    }
    object_types::register(ctx, &host.types)?;
    event_bus::register(ctx, host)?;
    if !host.modules.is_empty() {
        let function =
            NativeClosure::new(ctx.heap(), &HOST_FUNCTION, &[Value::Integer(SOURCE as i64)])?;
        package::set_source(ctx, Value::Native(function))?;
    }
    all::register(ctx, host)?;
    let buses = host.buses.iter().map(|bus| event_bus::member(bus));
    for path in host.entries.iter().map(|entry| entry.path.clone()).chain(buses) {
        let mut table = ctx.state.globals;
        for module in split(&path).0 {
            let Value::Table(inner) = table.get_str(ctx.heap(), ctx.string(module.as_bytes())?)
            else {
                break;
            };
            table = inner;
            table.set_read_only(ctx.heap(), true)?;
        }
    }
    Ok(())
}
