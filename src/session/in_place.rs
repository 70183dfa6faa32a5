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

/// Calls the function with the values in the window, whose price and memory these are. Does
/// nothing, and returns nothing, if that must go the other way.
#[inline]
pub(super) fn call<'gc>(call: &mut Call<'_, 'gc>, price: u64, bytes: usize) -> Option<Step<'gc>> {
    let lent = &call.ctx.state.host;
    let mut host = lent.take()?;
    let step = match host.downcast_mut::<HostTable>() {
        Some(host) => attempt(call, host, price, bytes),
        None => None,
    };
    lent.set(Some(host));
    step
}

#[inline]
fn attempt<'gc>(
    call: &mut Call<'_, 'gc>,
    host: &mut HostTable,
    price: u64,
    bytes: usize,
) -> Option<Step<'gc>> {
    let state = call.ctx.state;
    let Value::Integer(index) = call.upvalue(0) else { return None };
    let entry = host.entries.get_mut(index as usize)?;
    let Function::Plain(function) = &mut entry.function else { return None };
    let (account, fuel) = (&state.account, &state.fuel);
    let calls = state.host_calls.get();
    if fuel.left() < price
        || fuel.in_debt()
        || calls >= state.max_host_calls.get()
        || account.collection_due()
        || state.collect_now.get()
    {
        return None;
    }
    account.reserve(bytes).ok()?;
    if call.charge(price).is_err() {
        account.release(bytes);
        return None;
    }
    // The step ends here if the call goes the other way.
    fuel.done();
    state.host_calls.set(calls + 1);
    let mut results = Results::default();
    let args = call.slots(0, call.top());
    let called = if args.len() <= 2 {
        call_with::<2>(&mut **function, args, &mut results)
    } else {
        call_with::<SMALL>(&mut **function, args, &mut results)
    };
    account.release(bytes);
    let limit = state.max_host_result.get();
    if let Called::Returned = called
        && let Some(step) = finish(call, &results, limit)
    {
        return Some(step);
    }
    Some(leave(call, &entry.path, called, results, limit))
}

/// What came of a call beside its results.
enum Called {
    Returned,
    Failed(HostError),
    Panicked,
}

/// Leaves the answer in the mailbox for the step that finds one there.
#[cold]
#[inline(never)]
fn leave<'gc>(
    call: &Call<'_, 'gc>,
    path: &str,
    called: Called,
    results: Results,
    limit: u64,
) -> Step<'gc> {
    let answer = match called {
        Called::Returned => values_of(path, results.into_vec(), limit),
        Called::Failed(error) => error_of(path, error, limit),
        Called::Panicked => Answer::new(Err(panicked(path))),
    };
    call.ctx.post(Box::new(answer), 0);
    Ok(Flow::Again { step: REPLIED })
}

/// Returns the price of the arguments and the memory they take, if they are few and simple.
#[inline]
pub(super) fn cost(args: &[Value<'_>]) -> Option<(u64, usize)> {
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

/// Calls the function with values that are simple.
#[inline]
fn call_with<const N: usize>(
    function: &mut dyn PlainFunction,
    values: &[Value<'_>],
    results: &mut Results,
) -> Called {
    let mut args = [const { HostValue::Nil }; N];
    let Some(used) = args.get_mut(..values.len()) else { return Called::Panicked };
    for (arg, value) in used.iter_mut().zip(values) {
        match value {
            Value::Boolean(b) => *arg = HostValue::Boolean(*b),
            Value::Integer(i) => *arg = HostValue::Integer(*i),
            Value::Number(n) => *arg = HostValue::Number(*n),
            Value::String(text) => *arg = HostValue::String(text.as_bytes().to_vec()),
            _ => {}
        }
    }
    match catch_unwind(AssertUnwindSafe(|| function.call_plain(used, results))) {
        Ok(Ok(())) => Called::Returned,
        Ok(Err(error)) => Called::Failed(error),
        Err(_) => Called::Panicked,
    }
}

/// Makes the results, if they are few and simple, and nothing can be refused: a string is
/// asked for once, and first.
#[inline]
fn finish<'gc>(call: &mut Call<'_, 'gc>, results: &Results, limit: u64) -> Option<Step<'gc>> {
    match results.single() {
        Some(value) => finish_one(call, value, limit),
        None => finish_many(call, results, limit),
    }
}

#[inline]
fn finish_one<'gc>(call: &mut Call<'_, 'gc>, value: &HostValue, limit: u64) -> Option<Step<'gc>> {
    let simple = scalar(value);
    let bytes = if simple.is_some() { 16 } else { host_bytes(value) };
    let price = small_price(value);
    if bytes > limit || call.ctx.state.fuel.left() < price {
        return None;
    }
    let made = match (simple, value) {
        (Some(made), _) => made,
        (None, HostValue::String(text)) if text.len() <= SMALL_STRING => {
            Value::String(call.ctx.string(text).ok()?)
        }
        _ => return None,
    };
    call.charge(price).ok()?;
    call.push(made);
    Some(Ok(Flow::Return(1)))
}

fn finish_many<'gc>(call: &mut Call<'_, 'gc>, results: &Results, limit: u64) -> Option<Step<'gc>> {
    let count = results.iter().count();
    if count > SMALL || !results.iter().all(|value| scalar(value).is_some()) {
        return None;
    }
    let price = results.iter().map(small_price).sum();
    if 16 * count as u64 > limit || call.ctx.state.fuel.left() < price {
        return None;
    }
    call.charge(price).ok()?;
    for value in results.iter() {
        call.push(scalar(value).unwrap_or(Value::Nil));
    }
    Some(Ok(Flow::Return(count)))
}

/// Makes a value that takes no memory.
#[inline]
fn scalar<'gc>(value: &HostValue) -> Option<Value<'gc>> {
    Some(match value {
        HostValue::Nil => Value::Nil,
        HostValue::Boolean(b) => Value::Boolean(*b),
        HostValue::Integer(i) => Value::Integer(*i),
        HostValue::Number(n) => Value::Number(canonical(*n)),
        _ => return None,
    })
}
