//! `gmatch` (manual §6.4).

use super::few::{FEW_UNITS, Few};
use super::pattern::{Found, Machine, Outcome, find_alone, lend};
use super::search::{STEP_UNITS, machine_buffer, push_captures, restore, store, wrong};
use super::{functions, start_position};
use crate::vm::calls::bare::Bare;
use crate::vm::calls::call::Call;
use crate::vm::heap::closure::NativeClosure;
use crate::vm::heap::native::AtOnce::Whole;
use crate::vm::heap::native::{Flow, NativeDef, Step};
use crate::vm::heap::string::Str;
use crate::vm::heap::value::Value;

/// What `gmatch` returns; upvalues: subject, pattern, position, end of the last match or -1.
pub(super) static NEXT_MATCH: &[NativeDef] = functions! {
    "string.gmatch_aux" next_match, "6.4", "match steps + bytes/64", Whole(next_at_once);
};

/// `string.gmatch (s, pattern [, init])`
pub(super) fn gmatch<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let src = call.check_string(0)?;
    let pat = call.check_string(1)?;
    let init = start_position(call.opt_integer(2, 1)?, src.len()) - 1;
    let init = init.min(src.len() + 1) as i64;
    let upvalues =
        [Value::String(src), Value::String(pat), Value::Integer(init), Value::Integer(-1)];
    let closure = NativeClosure::new(call.ctx.heap(), &NEXT_MATCH[0], &upvalues)?;
    call.ret(Value::Native(closure))
}

fn next_match<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (Value::String(src), Value::String(pat)) = (call.upvalue(0), call.upvalue(1)) else {
        return Err(call.error("internal error: gmatch state expected"));
    };
    call.save_upvalues()?;
    if call.step != 0 {
        call.set_top(1);
        let mut lent = lend();
        let machine = lent.machine();
        restore(call, machine, 0, src.as_bytes(), pat.as_bytes())?;
        return run_on(call, machine, src, pat);
    }
    let start = upvalue_position(call, 2).unwrap_or(0);
    if start > src.len() {
        return call.ret_none();
    }
    if let Some(found) = find_alone(src.as_bytes(), pat.as_bytes(), start, STEP_UNITS) {
        return next_alone(call, src, found);
    }
    call.set_top(1);
    let mut lent = lend();
    let machine = lent.machine();
    machine.begin(pat.as_bytes(), start, false, upvalue_position(call, 3));
    run_on(call, machine, src, pat)
}

/// Runs a machine for one step and returns the next match.
fn run_on<'gc>(
    call: &mut Call<'_, 'gc>,
    machine: &mut Machine,
    src: Str<'gc>,
    pat: Str<'gc>,
) -> Step<'gc> {
    let outcome = machine.run(src.as_bytes(), pat.as_bytes(), STEP_UNITS);
    call.charge(machine.used())?;
    match outcome {
        Outcome::Matched { end } => {
            let count = push_captures(call, (machine, src, end), 1, &[], true)?;
            call.set_upvalue(2, Value::Integer(end as i64));
            call.set_upvalue(3, Value::Integer(end as i64));
            Ok(Flow::Return(count))
        }
        Outcome::Failed => Ok(Flow::Return(0)),
        Outcome::Error(error) => Err(wrong(call, error)),
        Outcome::OutOfBudget => {
            let buffer = if call.step == 0 { machine_buffer(call)? } else { call.get_buffer(0)? };
            store(machine, buffer);
            call.set(0, Value::Buffer(buffer));
            Ok(Flow::Again { step: 1 })
        }
    }
}

/// Returns what was found without a machine, as [`next_match`] does. It lies behind the end of
/// the last match, since it is not empty.
fn next_alone<'gc>(call: &mut Call<'_, 'gc>, src: Str<'gc>, found: Found) -> Step<'gc> {
    call.charge(found.used)?;
    let Some(at) = found.at else { return Ok(Flow::Return(0)) };
    let text = call.string(src.as_bytes().get(at..at + found.text).unwrap_or(&[]))?;
    call.set_top(1);
    call.push(Value::String(text));
    let end = Value::Integer((at + found.len) as i64);
    call.set_upvalue(2, end);
    call.set_upvalue(3, end);
    Ok(Flow::Return(1))
}

fn upvalue_position(call: &Call<'_, '_>, n: usize) -> Option<usize> {
    position(call.upvalue(n))
}

fn position(value: Value<'_>) -> Option<usize> {
    match value {
        Value::Integer(i) => usize::try_from(i).ok(),
        _ => None,
    }
}

/// What [`next_match`] does for a short match with a few captures.
fn next_at_once(call: &mut Bare<'_, '_>) -> Option<usize> {
    let Value::Native(closure) = call.function() else { return None };
    let (Value::String(src), Value::String(pat)) = (closure.upvalue(0), closure.upvalue(1)) else {
        return None;
    };
    if !call.can_pay(FEW_UNITS) || !closure.is_own(call.ctx.heap()) {
        return None;
    }
    let start = position(closure.upvalue(2)).unwrap_or(0);
    if start > src.len() {
        return Some(0);
    }
    let mut few = Few::new();
    let from = (start, position(closure.upvalue(3)));
    let (span, used) = few.look(src.as_bytes(), pat.as_bytes(), from, false, true)?;
    if !call.pays(used) {
        return None;
    }
    let Some((_, end)) = span else { return Some(0) };
    let count = few.push(call, src, 1, &[])?;
    let end = Value::Integer(end as i64);
    closure.set_upvalue(call.ctx.heap(), 2, end);
    closure.set_upvalue(call.ctx.heap(), 3, end);
    Some(count)
}
