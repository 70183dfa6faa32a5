//! Plain functions of the host, called where the script stands: nothing leaves the machine,
//! and numbers take no memory.
//!
//! A call in place does what the way out and back does, step by step, with the same prices:
//! its arguments are counted and paid, the call is counted, its results are paid and made.
//! Whatever is not plain to see at once (values that are not simple, a limit that is near)
//! is left to that way: before the call by doing nothing, after it by leaving the answer in
//! the mailbox for the step that finds one there.

use super::convert::{BLOCK_BYTES, VALUE_BYTES, host_bytes, string_bytes};
use super::host_call::{Answer, REPLIED, SMALL, SMALL_STRING, small_price};
use super::host_error::HostError;
use super::host_table::{Function, HostTable, error_of, panicked, values_of};
use super::host_value::HostValue;
use super::multi::Results;
use super::to_host::{STRING, VALUE, copy_price};
use super::typed::PlainFunction;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Step};
use crate::vm::heap::value::Value;
use crate::vm::meters::number::canonical;
use crate::vm::state::context::Context;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Lends the machine the host's functions.
pub(super) fn put(ctx: Context<'_>, host: Box<HostTable>) {
    ctx.state.host.set(Some(host));
}

/// Takes the host's functions back, if they are lent.
pub(super) fn take(ctx: Context<'_>) -> Option<Box<HostTable>> {
    ctx.state.host.take().and_then(|host| host.downcast().ok())
}

/// Calls the function with the `count` values in the window. Does nothing, and returns
/// nothing, if that must go the other way.
#[inline]
pub(super) fn call<'gc>(call: &mut Call<'_, 'gc>, count: usize) -> Option<Step<'gc>> {
    let lent = &call.ctx.state.host;
    let mut host = lent.take()?;
    let step = match host.downcast_mut() {
        Some(host) => attempt(call, host, count),
        None => None,
    };
    lent.set(Some(host));
    step
}

fn attempt<'gc>(call: &mut Call<'_, 'gc>, host: &mut HostTable, count: usize) -> Option<Step<'gc>> {
    let state = call.ctx.state;
    let Value::Integer(index) = call.upvalue(0) else { return None };
    let entry = host.entries.get_mut(usize::try_from(index).ok()?)?;
    let Function::Plain(function) = &mut entry.function else { return None };
    let (account, fuel) = (&state.account, &state.fuel);
    let (price, bytes) = cost(call.slots(0, count))?;
    let stops = account.collection_due() || state.collect_now.get() || fuel.in_debt();
    let calls = state.host_calls.get();
    if stops || fuel.left() < price || calls >= state.max_host_calls.get() {
        return None;
    }
    account.reserve(bytes).ok()?;
    let called = match call.charge(price) {
        Ok(()) => {
            // The step ends here if the call goes the other way.
            fuel.done();
            state.host_calls.set(calls + 1);
            let args = call.slots(0, count);
            Some(if count <= 2 {
                call_with::<2>(&mut **function, args)
            } else {
                call_with::<SMALL>(&mut **function, args)
            })
        }
        Err(_) => None,
    };
    account.release(bytes);
    let limit = state.max_host_result.get();
    let answer = match called? {
        Some(Ok(results)) => match finish(call, &results, limit) {
            Some(step) => return Some(step),
            None => values_of(&entry.path, results.into_vec(), limit),
        },
        Some(Err(error)) => error_of(&entry.path, error, limit),
        None => Answer::new(Err(panicked(&entry.path))),
    };
    call.ctx.post(Box::new(answer), 0);
    Some(Ok(Flow::Again { step: REPLIED }))
}

/// Returns the price of the arguments and the memory they take, if they are few and simple.
#[inline]
fn cost(args: &[Value<'_>]) -> Option<(u64, usize)> {
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

/// Calls the function with values that are simple. Returns nothing if it panics.
#[inline]
fn call_with<const N: usize>(
    function: &mut dyn PlainFunction,
    values: &[Value<'_>],
) -> Option<Result<Results, HostError>> {
    let mut args = [const { HostValue::Nil }; N];
    for (arg, value) in args.iter_mut().zip(values) {
        *arg = match value {
            Value::Boolean(b) => HostValue::Boolean(*b),
            Value::Integer(i) => HostValue::Integer(*i),
            Value::Number(n) => HostValue::Number(*n),
            Value::String(text) => HostValue::String(text.as_bytes().to_vec()),
            _ => HostValue::Nil,
        };
    }
    let args = args.get_mut(..values.len())?;
    let mut results = Results::default();
    let called = AssertUnwindSafe(|| function.call_plain(args, &mut results));
    Some(catch_unwind(called).ok()?.map(|()| results))
}

/// Makes the results, if they are few and simple, and nothing can be refused: a string is
/// asked for once, and first.
#[inline]
fn finish<'gc>(call: &mut Call<'_, 'gc>, results: &Results, limit: u64) -> Option<Step<'gc>> {
    if results.len() > SMALL {
        return None;
    }
    let mut price = 0;
    let mut bytes = 0;
    let mut text = None;
    for value in results.iter() {
        match value {
            HostValue::Nil
            | HostValue::Boolean(_)
            | HostValue::Integer(_)
            | HostValue::Number(_) => {}
            HostValue::String(own) if own.len() <= SMALL_STRING && text.is_none() => {
                text = Some(own);
            }
            _ => return None,
        }
        price += small_price(value);
        bytes += host_bytes(value);
    }
    let fuel = &call.ctx.state.fuel;
    if bytes > limit || fuel.left() < price {
        return None;
    }
    let text = match text {
        Some(text) => Some(call.ctx.string(text).ok()?),
        None => None,
    };
    call.charge(price).ok()?;
    for value in results.iter() {
        call.push(match value {
            HostValue::Boolean(b) => Value::Boolean(*b),
            HostValue::Integer(i) => Value::Integer(*i),
            HostValue::Number(n) => Value::Number(canonical(*n)),
            HostValue::String(_) => text.map_or(Value::Nil, Value::String),
            _ => Value::Nil,
        });
    }
    Some(Ok(Flow::Return(results.len())))
}
