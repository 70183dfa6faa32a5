//! Host functions as scripts see them.

use super::convert::reply_bytes;
use super::from_host::{FromHost, null};
use super::host_error::{HostError, Raised};
use super::host_table::{HostTable, SOURCE};
use super::host_value::HostValue;
use super::in_place;
use super::mismatch::Mismatch;
use super::paths::split;
use super::to_host::ToHost;
use crate::stdlib::package;
use crate::vm::calls::call::Call;
use crate::vm::heap::closure::NativeClosure;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::Held;
use crate::vm::meters::number::canonical;
use crate::vm::state::context::Context;

/// A call on its way to the host.
pub(super) struct Request {
    pub(super) index: usize,
    pub(super) args: Vec<HostValue>,
}

/// The host's answer on its way back.
pub(super) struct Answer {
    result: Result<Vec<HostValue>, HostError>,
    /// Logical bytes of the values.
    bytes: usize,
    /// Memory for it was refused once.
    refused: bool,
}

impl Answer {
    pub(super) fn new(result: Result<Vec<HostValue>, HostError>) -> Answer {
        let bytes = match &result {
            Ok(values) => reply_bytes(values),
            Err(error) => match error.raised() {
                Raised::Value(value) => reply_bytes(std::slice::from_ref(value)),
                _ => 0,
            },
        };
        Answer { result, bytes, refused: false }
    }

    /// Returns the values if they are few and small enough to be made at once.
    fn small(&self) -> Option<&[HostValue]> {
        let is_small = |value: &HostValue| match value {
            HostValue::String(bytes) => bytes.len() <= SMALL_STRING,
            HostValue::Array(_) | HostValue::Object(_) => false,
            _ => true,
        };
        let values = self.result.as_ref().ok()?;
        (values.len() <= SMALL && values.iter().all(is_small)).then_some(values)
    }
}

/// Most values of a reply that is made at once, and the longest string in one.
pub(super) const SMALL: usize = 8;
pub(super) const SMALL_STRING: usize = 1024;

/// A host function as scripts call it; its upvalue is its number.
static HOST_FUNCTION: NativeDef = NativeDef {
    name: "",
    call: host_function,
    section: "host",
    fuel: "1 + 3 values + 3 strings + bytes/32, and 3 values + 4 strings + 8 tables + bytes/64 back",
};

/// Step that finds the reply in the mailbox.
pub(super) const REPLIED: u32 = 1;
/// Step that goes on making its values.
const MAKE_RESULTS: u32 = 2;
/// Step that goes on making the value of an error.
const MAKE_ERROR: u32 = 3;
/// Step that goes on with the arguments; what is above is their number.
const CONVERT_ARGS: u32 = 4;

fn host_function<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        REPLIED => replied(call),
        MAKE_RESULTS | MAKE_ERROR => make_results(call),
        0 => {
            let count = call.top();
            if in_place::cost(call.slots(0, count)).is_none() {
                // What simple values need there is room for in any window.
                call.ensure(4)?;
            } else if let Some(step) = in_place::call(call) {
                return step;
            }
            let first = ToHost::new(call, count, count + 1);
            convert_args(call, count, Some(first))
        }
        step => convert_args(call, (step - CONVERT_ARGS) as usize, None),
    }
}

fn convert_args<'gc>(call: &mut Call<'_, 'gc>, count: usize, first: Option<ToHost>) -> Step<'gc> {
    let converted = call.work(count, first, |work: &mut ToHost, held, call| {
        let args = work.take().map_err(|(slot, message)| call.arg_error(slot, message))?;
        Ok((args, held.take_bytes()))
    })?;
    let Some((args, bytes)) = converted else {
        return Ok(Flow::Again { step: CONVERT_ARGS + count as u32 });
    };
    let index = match call.upvalue(0) {
        Value::Integer(index) => usize::try_from(index).unwrap_or(usize::MAX),
        _ => usize::MAX,
    };
    call.ctx.post(Box::new(Request { index, args }), bytes);
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
        Some(values) => make_small(call, values),
        None => begin_results(call, &mut reply),
    };
    match outcome {
        Err(Interrupt::Memory(_)) if reply.refused => {
            // Nobody else would drop it.
            Err(Interrupt::Error(Value::String(ctx.state.memory_message)))
        }
        Err(interrupt @ (Interrupt::Fuel | Interrupt::Memory(_))) => {
            reply.refused = matches!(interrupt, Interrupt::Memory(_));
            ctx.post(reply, 0);
            Err(interrupt)
        }
        outcome => outcome,
    }
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
    call.charge(values.iter().map(small_price).sum())?;
    for value in values {
        let value = match value {
            HostValue::Null => null(call.ctx)?,
            HostValue::Boolean(b) => Value::Boolean(*b),
            HostValue::Integer(i) => Value::Integer(*i),
            HostValue::Number(n) => Value::Number(canonical(*n)),
            HostValue::String(bytes) => Value::String(call.ctx.string(bytes)?),
            _ => Value::Nil,
        };
        call.push(value);
    }
    Ok(Flow::Return(values.len()))
}

/// Begins to make the values of a reply, or its error.
fn begin_results<'gc>(call: &mut Call<'_, 'gc>, reply: &mut Answer) -> Step<'gc> {
    let bytes = reply.bytes;
    match &mut reply.result {
        Ok(values) => begin_values(call, bytes, MAKE_RESULTS, || std::mem::take(values)),
        Err(error) => match error.raised_mut() {
            Raised::Message(message) => {
                call.charge((message.len() / 32) as u64)?;
                Err(call.error(message))
            }
            Raised::Argument(mismatch) => Err(bad_argument(call, mismatch)),
            Raised::Value(value) => {
                begin_values(call, bytes, MAKE_ERROR, || vec![std::mem::take(value)])
            }
            Raised::Memory => Err(Interrupt::Error(Value::String(call.ctx.state.memory_message))),
            Raised::Stopped => Err(call.error("the run has ended")),
        },
    }
}

/// Begins to make values for a later step.
fn begin_values<'gc>(
    call: &mut Call<'_, 'gc>,
    bytes: usize,
    step: u32,
    values: impl FnOnce() -> Vec<HostValue>,
) -> Step<'gc> {
    let mut held = Held::new(&call.ctx.state.account);
    held.add(bytes)?;
    call.set_top(0);
    call.push(Value::Nil);
    call.begin_work(KEPT, held, || FromHost::new(KEPT + 1, values()))?;
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
    let made = call.work(KEPT, None, |work: &mut FromHost, _, call| Ok(work.results(call)))?;
    match made {
        None => Ok(Flow::Again { step }),
        Some(_) if step == MAKE_ERROR => Err(Interrupt::Error(call.pop())),
        Some(count) => Ok(Flow::Return(count)),
    }
}

/// Makes the global tables of host functions.
pub(super) fn register<'gc>(ctx: Context<'gc>, host: &HostTable) -> Result<(), Interrupt<'gc>> {
    ctx.state.host_function.set(Some(&HOST_FUNCTION));
    for (index, entry) in host.entries.iter().enumerate() {
        let (modules, name) = split(&entry.path);
        let mut table = ctx.state.globals;
        for module in modules {
            let module = ctx.string(module.as_bytes())?;
            table = match table.get_str(module) {
                Value::Table(table) => table,
                _ => {
                    let inner = Table::new(ctx.heap(), 0, 8)?;
                    table.set_str(ctx.heap(), module, Value::Table(inner))?;
                    inner
                }
            };
        }
        let number = Value::Integer(index as i64);
        let function = NativeClosure::new(ctx.heap(), &HOST_FUNCTION, &[number])?;
        table.set_str(ctx.heap(), ctx.string(name.as_bytes())?, Value::Native(function))?;
    }
    if !host.modules.is_empty() {
        let function =
            NativeClosure::new(ctx.heap(), &HOST_FUNCTION, &[Value::Integer(SOURCE as i64)])?;
        package::set_source(ctx, Value::Native(function))?;
    }
    for entry in &host.entries {
        let mut table = ctx.state.globals;
        for module in split(&entry.path).0 {
            let Value::Table(inner) = table.get_str(ctx.string(module.as_bytes())?) else { break };
            table = inner;
            table.set_read_only(ctx.heap(), true);
        }
    }
    Ok(())
}
