//! `table.insert`, `table.remove` and `table.move` (manual §6.6).

use super::shift::{self, POSITION, Run, SOURCE, TARGET, TOP, VALUE};
use super::{LENGTH, READ, WRITE, check_table_like, measure, raw_table};
use crate::now;
use crate::vm::calls::bare::Bare;
use crate::vm::calls::call::{Call, Now};
use crate::vm::heap::native::{Flow, Step};
use crate::vm::heap::value::Value;

/// Most items moved inside an array part in one go: 256 KiB.
const BLOCK: i64 = 16 * 1024;

/// Step after the last assignment.
const STORED: u32 = 20;
/// Step at which `table.remove` reads what it will return.
const READING: u32 = 21;
/// Step at which that value is on top, from a metamethod.
const HAVE: u32 = 22;
/// Step at which what `__eq` said of the tables of `table.move` is on top.
const COMPARED: u32 = 23;

/// `table.insert (list, [pos,] value)`
pub(super) fn insert<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == STORED {
        return Ok(Flow::Return(0));
    }
    if shift::is_copying(call.step) {
        now!(shift::copy(call));
        let position = call.arg(POSITION);
        now!(call.set_index(call.arg(SOURCE), position, call.arg(VALUE), STORED));
        return Ok(Flow::Return(0));
    }
    let (length, args) = now!(measure(call, READ | WRITE | LENGTH, 3));
    let end = length.wrapping_add(1);
    let (position, value) = match args {
        2 => (end, call.arg(1)),
        3 => {
            let position = call.check_integer(1)?;
            if position.wrapping_sub(1) as u64 >= end as u64 {
                return Err(call.arg_error(1, "position out of bounds"));
            }
            (position, call.arg(2))
        }
        _ => return Err(call.error("wrong number of arguments to 'insert'")),
    };
    let list = call.arg(0);
    // When the length wraps around, PUC's loop moves nothing either.
    let count = if end > position { end - position } else { 0 };
    if let Some(table) = raw_table(&list) {
        if count == 0 {
            table.set_int(call.ctx.heap(), position, value)?;
            return Ok(Flow::Return(0));
        }
        if count <= BLOCK
            && !value.is_nil()
            && table.array_insert(call.ctx.heap(), position as usize, value)?
        {
            return Ok(Flow::Return(0));
        }
    }
    shift::lay_out(
        call,
        &Run {
            source: list,
            target: list,
            from: end.wrapping_sub(1),
            to: end,
            count,
            direction: -1,
            position,
            value,
        },
    );
    Ok(Flow::Again { step: shift::COPY })
}

/// What [`insert`] does where it appends to what has room.
pub(super) fn insert_at_once(call: &mut Bare<'_, '_>) -> Option<usize> {
    let [list, value] = *call.args() else { return None };
    let table = raw_table(&list)?;
    let end = table.len().wrapping_add(1);
    table.set_existing_int(call.ctx.heap(), end, value).then_some(0)
}

/// `table.remove (list [, pos])`
pub(super) fn remove<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        STORED => {
            let value = call.arg(VALUE);
            return call.ret(value);
        }
        READING => {
            call.set_top(TOP);
            let value = now!(call.index(call.arg(SOURCE), call.arg(POSITION), HAVE));
            return keep_removed(call, value);
        }
        HAVE => {
            let value = call.arg(TOP);
            return keep_removed(call, value);
        }
        step if shift::is_copying(step) => {
            now!(shift::copy(call));
            now!(call.set_index(call.arg(SOURCE), call.arg(POSITION), Value::Nil, STORED));
            let value = call.arg(VALUE);
            return call.ret(value);
        }
        _ => {}
    }
    let (length, _) = now!(measure(call, READ | WRITE | LENGTH, 2));
    let position = call.opt_integer(1, length)?;
    if position != length && position.wrapping_sub(1) as u64 > length as u64 {
        return Err(call.arg_error(1, "position out of bounds"));
    }
    let list = call.arg(0);
    // (A `__len` may make the difference larger than any integer; so many steps
    // nothing takes.)
    let count = length.saturating_sub(position).max(0);
    if let Some(table) = raw_table(&list) {
        let value = table.get_int(position);
        if count == 0 {
            if !value.is_nil() {
                table.set_int(call.ctx.heap(), position, Value::Nil)?;
            }
            return call.ret(value);
        }
        if count <= BLOCK && position > 0 {
            let removed = table.array_remove(call.ctx.heap(), position as usize)?;
            if let Some(removed) = removed {
                return call.ret(removed);
            }
        }
    }
    shift::lay_out(
        call,
        &Run {
            source: list,
            target: list,
            from: position.wrapping_add(1),
            to: position,
            count,
            direction: 1,
            position,
            value: Value::Nil,
        },
    );
    Ok(Flow::Again { step: READING })
}

/// Keeps the value to return, and from now on the key that is emptied last.
fn keep_removed<'gc>(call: &mut Call<'_, 'gc>, value: Value<'gc>) -> Step<'gc> {
    let last = call.int(POSITION).wrapping_add(shift::left(call));
    call.set(VALUE, value);
    call.set(POSITION, Value::Integer(last));
    Ok(Flow::Again { step: shift::COPY })
}

/// `table.move (a1, f, e, t [,a2])`
pub(super) fn move_<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == 0 {
        let (first, last, to) =
            (call.check_integer(1)?, call.check_integer(2)?, call.check_integer(3)?);
        let target_arg = if call.arg(4).is_nil() { 0 } else { 4 };
        // Numerals are read once.
        for (slot, number) in [(1, first), (2, last), (3, to)] {
            call.set(slot, Value::Integer(number));
        }
        check_table_like(call, 0, READ)?;
        check_table_like(call, target_arg, WRITE)?;
        let (source, target) = (call.arg(0), call.arg(target_arg));
        if last < first {
            return call.ret(target);
        }
        if first <= 0 && last >= i64::MAX.wrapping_add(first) {
            return Err(call.arg_error(2, "too many elements to move"));
        }
        let count = last - first + 1;
        if to > i64::MAX - count + 1 {
            return Err(call.arg_error(3, "destination wrap around"));
        }
        let apart = to > last || to <= first;
        if target_arg == 0 || apart {
            return start_move(call, target_arg, apart);
        }
        // Two names for one table, or tables that say they are equal.
        return match call.equal(source, target, COMPARED)? {
            Now::Done(equal) => start_move(call, target_arg, !equal),
            Now::Later(flow) => Ok(flow),
        };
    }
    if call.step == COMPARED {
        let equal = call.pop().is_truthy();
        return start_move(call, 4, !equal);
    }
    now!(shift::copy(call));
    let target = call.arg(TARGET);
    call.ret(target)
}

/// Begins to copy for `table.move`, forward or from the last item on. The window
/// holds the arguments, which have been checked.
fn start_move<'gc>(call: &mut Call<'_, 'gc>, target_arg: usize, forward: bool) -> Step<'gc> {
    let (first, last, to) =
        (call.check_integer(1)?, call.check_integer(2)?, call.check_integer(3)?);
    let (source, target) = (call.arg(0), call.arg(target_arg));
    let count = last - first + 1;
    let (from, to, direction) = if forward { (first, to, 1) } else { (last, to + (count - 1), -1) };
    let run = Run { source, target, from, to, count, direction, position: 0, value: target };
    shift::lay_out(call, &run);
    Ok(Flow::Again { step: shift::COPY })
}
