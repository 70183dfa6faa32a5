//! Simple values on their way out of the machine at once: what they cost, and what they are for a
//! host; and the step of a host function that is called where the script stands, through the gate
//! that the machine was lent (`calls/gate.rs`).

use super::to_host::{STRING, VALUE, copy_price};
use crate::session::functions::letters::{SMALL, SMALL_STRING};
use crate::session::values::convert::{BLOCK_BYTES, VALUE_BYTES, string_bytes};
use crate::session::values::host_value::HostValue;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Step};
use crate::vm::heap::value::Value;
use crate::vm::state::context::InPlace;

/// Calls the function with the values in the window. Does nothing, and returns nothing, if
/// that must go the other way.
pub(in crate::session) fn call<'gc>(call: &mut Call<'_, 'gc>) -> Option<Step<'gc>> {
    let Value::Integer(index) = call.upvalue(0) else { return None };
    let answer = match &mut *call.ctx.state.host.borrow_mut() {
        Some(host) => host.call(call.ctx, index as usize, call.slots(0, call.top())),
        None => InPlace::No,
    };
    match answer {
        InPlace::No => None,
        InPlace::One(value) => {
            call.push(value);
            Some(Ok(Flow::Return(1)))
        }
        InPlace::Nothing => Some(Ok(Flow::Return(0))),
        InPlace::Later { step } => Some(Ok(Flow::Again { step })),
    }
}

/// Returns the price of the arguments and the memory they take, if they are few and simple.
#[inline(always)]
pub(in crate::session) fn cost(args: &[Value<'_>]) -> Option<(u64, usize)> {
    match args {
        [Value::Nil | Value::Boolean(_) | Value::Integer(_) | Value::Number(_)] => {
            Some((VALUE, VALUE_BYTES + BLOCK_BYTES))
        }
        more => cost_of_more(more),
    }
}

#[inline(never)]
fn cost_of_more(args: &[Value<'_>]) -> Option<(u64, usize)> {
    if args.len() > SMALL {
        return None;
    }
    let mut price = args.len() as u64 * VALUE;
    let mut bytes = if args.is_empty() { 0 } else { args.len() * VALUE_BYTES + BLOCK_BYTES };
    for arg in args {
        match arg {
            Value::Nil | Value::Boolean(_) | Value::Integer(_) | Value::Number(_) => {}
            Value::String(text) if text.len() <= SMALL_STRING => {
                price += STRING + copy_price(text.len());
                bytes += string_bytes(text.len());
            }
            _ => return None,
        }
    }
    Some((price, bytes))
}

/// Makes a simple value the host's.
#[inline(always)]
pub(in crate::session) fn host_value(value: &Value<'_>) -> HostValue {
    match value {
        Value::Boolean(b) => HostValue::Boolean(*b),
        Value::Integer(i) => HostValue::Integer(*i),
        Value::Number(n) => HostValue::Number(*n),
        Value::String(text) => HostValue::String(text.as_bytes().to_vec()),
        _ => HostValue::Nil,
    }
}
