//! The parts of numeric and generic loops that are not in the dispatch loop
//! (manual §3.3.5).

use crate::base::number::Number;
use crate::vm::calls::error;
use crate::vm::calls::frames::call_value;
use crate::vm::calls::in_place;
use crate::vm::heap::native::{AtOnce, Interrupt};
use crate::vm::heap::thread::{Then, ThreadState};
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;
use crate::vm::state::retry::Request;

/// Prepares a numeric loop whose control values start at slot `at`. Returns
/// whether it runs at all.
///
/// # Errors
/// PUC's messages for bad control values.
#[inline(never)]
pub(crate) fn for_prep<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    at: usize,
) -> Result<bool, Interrupt<'gc>> {
    let (init, limit, step) = (th.stack.get(at), th.stack.get(at + 1), th.stack.get(at + 2));
    if let (Value::Integer(init), Value::Integer(step)) = (init, step) {
        if step == 0 {
            return Err(error::runtime(ctx, th, "'for' step is zero"));
        }
        let Some(limit) = integer_limit(ctx, th, limit, step)? else { return Ok(false) };
        if if step > 0 { init > limit } else { init < limit } {
            return Ok(false);
        }
        let distance = if step > 0 {
            (limit as u64).wrapping_sub(init as u64) / step as u64
        } else {
            (init as u64).wrapping_sub(limit as u64) / step.unsigned_abs()
        };
        th.stack.set(at + 1, Value::Integer(distance as i64));
        th.stack.set(at + 3, Value::Integer(init));
        return Ok(true);
    }
    let limit = loop_float(ctx, th, limit, "limit")?;
    let step = loop_float(ctx, th, step, "step")?;
    let init = loop_float(ctx, th, init, "initial value")?;
    if step == 0.0 {
        return Err(error::runtime(ctx, th, "'for' step is zero"));
    }
    // As in PUC, a NaN does not keep the loop from its first round: no comparison says so.
    if if step > 0.0 { limit < init } else { init < limit } {
        return Ok(false);
    }
    for (offset, value) in [init, limit, step, init].into_iter().enumerate() {
        th.stack.set(at + offset, Value::Number(value));
    }
    Ok(true)
}

/// Returns a control value as a float.
fn loop_float<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    value: Value<'gc>,
    what: &str,
) -> Result<f64, Interrupt<'gc>> {
    Ok(match loop_number(ctx, th, value, what)? {
        Number::Integer(i) => i as f64,
        Number::Float(n) => n,
    })
}

/// Returns a control value as a number; numerals in strings convert.
fn loop_number<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    value: Value<'gc>,
    what: &str,
) -> Result<Number, Interrupt<'gc>> {
    if let Some(number) = ctx.to_number(&value)? {
        return Ok(number);
    }
    let name = error::type_name(ctx, &value);
    let parts = [b"bad 'for' ", what.as_bytes(), b" (number expected, got ", name, b")"];
    Err(error::quoting(ctx, th, &parts))
}

/// Clips the limit of an integer loop; `None` when the loop cannot run.
fn integer_limit<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    limit: Value<'gc>,
    step: i64,
) -> Result<Option<i64>, Interrupt<'gc>> {
    let limit = match loop_number(ctx, th, limit, "limit")? {
        Number::Integer(limit) => return Ok(Some(limit)),
        Number::Float(limit) => limit,
    };
    let rounded = if step < 0 { limit.ceil() } else { limit.floor() };
    Ok(match crate::base::arithmetic::float_to_integer(rounded) {
        Some(limit) => Some(limit),
        None if limit > 0.0 => (step > 0).then_some(i64::MAX),
        // NaN is as good as the lowest, as in PUC.
        None => (step < 0).then_some(i64::MIN),
    })
}

/// One step of a float loop: tells whether it goes on.
#[inline]
pub(crate) fn float_loop(th: &mut ThreadState<'_>, at: usize) -> bool {
    let (Value::Number(index), Value::Number(limit), Value::Number(step)) =
        (th.stack.get(at), th.stack.get(at + 1), th.stack.get(at + 2))
    else {
        return false;
    };
    let index = index + step;
    if if step > 0.0 { index <= limit } else { limit <= index } {
        th.stack.set(at, Value::Number(index));
        th.stack.set(at + 3, Value::Number(index));
        return true;
    }
    false
}

/// What came of a generic loop's iterator without a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Iterated {
    /// Nothing: it must be called.
    No,
    /// The table was looked at, by `next` or the iterator of `ipairs`.
    Looked,
    /// It was called, and may have taken memory.
    Called,
}

/// Goes on with a generic loop without a frame, where its iterator needs none. Calls are
/// counted where frames are: there is no `reserve` (see [`in_place::call_whole`]) if they are.
#[inline]
pub(crate) fn quick_iteration<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    at: usize,
    results: u8,
    reserve: Option<u64>,
) -> Iterated {
    let def = match th.stack.get(at) {
        Value::Builtin(def) => def,
        Value::Native(closure) => closure.def(),
        _ => return Iterated::No,
    };
    let state = th.stack.get(at + 1);
    let (key, value) = match (def.at_once, state) {
        (Some(AtOnce::Next(_)), Value::Table(table)) => {
            match table.next_nearby(ctx.heap(), th.stack.get(at + 2)) {
                Some(Some(pair)) => pair,
                Some(None) => (Value::Nil, Value::Nil),
                None => return Iterated::No,
            }
        }
        (Some(AtOnce::Ipairs), Value::Table(table)) => {
            let Value::Integer(index) = th.stack.get(at + 2) else { return Iterated::No };
            let index = index.wrapping_add(1);
            let value = table.get_int(index);
            match value {
                Value::Nil if table.metatable().is_some() => return Iterated::No,
                Value::Nil => (Value::Nil, Value::Nil),
                value => (Value::Integer(index), value),
            }
        }
        (Some(AtOnce::Whole(function)), _) => {
            let Some(reserve) = reserve else { return Iterated::No };
            let Request { func, args, results, .. } = call_of(th, at, results);
            let called = in_place::call_whole(ctx, th, function, (func, args, results), reserve);
            return if called { Iterated::Called } else { Iterated::No };
        }
        _ => return Iterated::No,
    };
    th.stack.set(at + 4, key);
    if results >= 2 {
        th.stack.set(at + 5, value);
        if results > 2 {
            th.stack.clear(at + 6, at + 4 + usize::from(results));
        }
    }
    Iterated::Looked
}

/// Puts the iterator of a generic loop and its arguments where they are called.
#[inline]
pub(crate) fn call_of(th: &mut ThreadState<'_>, at: usize, results: u8) -> Request {
    th.stack.copy_few::<3>(at, at + 4);
    th.top = at + 7;
    let results = i32::from(results);
    Request { func: at + 4, args: 2, results, then: Then::Results, flags: 0 }
}

/// Calls the iterator of a generic loop.
#[inline(never)]
pub(crate) fn iterate<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    at: usize,
    results: u8,
) -> Result<(), Interrupt<'gc>> {
    let request = call_of(th, at, results);
    call_value(ctx, th, request)
}
