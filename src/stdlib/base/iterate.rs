//! `next`, `pairs` and `ipairs` (manual §6.1).

use crate::now;
use crate::vm::calls::bare::Bare;
use crate::vm::calls::call::Call;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{AtOnce, Flow, NativeDef, Step};
use crate::vm::heap::table::Sought;
use crate::vm::heap::value::Value;

/// The iterator that `ipairs` returns.
pub(crate) static IPAIRS_ITERATOR: NativeDef =
    NativeDef::new("ipairs_iterator", ipairs_iterator, "6.1", "1").at_once(AtOnce::Ipairs);

/// Slots that one step of [`next`] passes.
const STEP_SLOTS: usize = 16 * 1024;
/// The step of [`next`] that goes on from the cursor in slot 3; where it began is in slot 2.
const FURTHER: u32 = 1;

/// `next (table [, index])`
pub(super) fn next<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let table = call.check_table(0)?;
    let key = call.arg(1);
    let (start, cursor) = if call.step == FURTHER {
        (call.size(2), call.size(3))
    } else {
        let Some(cursor) = table.cursor_charged(call.ctx.heap(), key)? else {
            return Err(call.ctx.error("invalid key to 'next'"));
        };
        (cursor, cursor)
    };
    match table.seek_charged(call.ctx.heap(), (start, cursor), STEP_SLOTS)? {
        Sought::Entry(_, key, value) => {
            call.push(key);
            call.push(value);
            Ok(Flow::Return(2))
        }
        Sought::End => call.ret(Value::Nil),
        Sought::Further(cursor) => {
            call.set_top(2);
            call.push(Value::Integer(start as i64));
            call.push(Value::Integer(cursor as i64));
            Ok(Flow::Again { step: FURTHER })
        }
    }
}

/// What [`next`] does for a key that is found, or none, where that is not charged.
pub(super) fn next_at_once(call: &mut Bare<'_, '_>) -> Option<usize> {
    let (table, key) = match *call.args() {
        [Value::Table(table)] => (table, Value::Nil),
        [Value::Table(table), key, ..] => (table, key),
        _ => return None,
    };
    let Some((key, value)) = table.next_nearby(call.ctx.heap(), key)? else {
        return call.ret(Value::Nil);
    };
    call.ret_two(key, value)
}

/// `pairs (t)`
pub(super) fn pairs<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step != 0 {
        // Exactly the three values of `__pairs`.
        return Ok(Flow::Return(3));
    }
    let object = call.check_any(0)?;
    let handler = call.ctx.metamethod(&object, Event::Pairs);
    if handler.is_nil() {
        call.push(call.ctx.state.next_function.get().map_or(Value::Nil, Value::Builtin));
        call.push(object);
        call.push(Value::Nil);
        return Ok(Flow::Return(3));
    }
    let at = call.top();
    call.push(handler);
    call.push(object);
    Ok(Flow::Call { at, args: 1, results: Some(3), step: 1 })
}

/// What [`pairs`] returns for a table without a metatable.
pub(super) fn pairs_at_once(call: &mut Bare<'_, '_>) -> Option<usize> {
    let object @ Value::Table(table) = *call.args().first()? else { return None };
    if table.metatable().is_some() {
        return None;
    }
    let next = call.ctx.state.next_function.get().map_or(Value::Nil, Value::Builtin);
    call.ret_three(next, object, Value::Nil)
}

/// `ipairs (t)`
pub(super) fn ipairs<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let object = call.check_any(0)?;
    call.push(Value::Builtin(&IPAIRS_ITERATOR));
    call.push(object);
    call.push(Value::Integer(0));
    Ok(Flow::Return(3))
}

/// What [`ipairs`] returns.
pub(super) fn ipairs_at_once(call: &mut Bare<'_, '_>) -> Option<usize> {
    let object = *call.args().first()?;
    call.ret_three(Value::Builtin(&IPAIRS_ITERATOR), object, Value::Integer(0))
}

/// Gives the next key and its value, or nil when the value is nil.
fn ipairs_iterator<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let key = call.check_integer(1)?.wrapping_add(1);
    let value = if call.step == 0 {
        now!(call.index(call.arg(0), Value::Integer(key), 1))
    } else {
        call.arg(call.top().saturating_sub(1))
    };
    if value.is_nil() {
        return call.ret(Value::Nil);
    }
    call.push(Value::Integer(key));
    call.push(value);
    Ok(Flow::Return(2))
}
