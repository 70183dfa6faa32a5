//! `table.pack` and `table.unpack` (manual §6.6).

use super::{STEP_ITEMS, raw_table, size};
use crate::now;
use crate::vm::calls::bare::{Bare, ROOM};
use crate::vm::calls::call::{Call, Now};
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::table::Table;
use crate::vm::heap::thread::MAX_STACK;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::items_price;

/// Price of the new table.
const NEW: u64 = 4;
/// Price of reading an item through metamethods.
const INDEX: u64 = 4;
/// Items read through metamethods in one step.
const FEW: usize = 100;

/// `table.pack (···)`
pub(super) fn pack<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    const FILL: u32 = 1;
    if call.step == 0 {
        let count = call.top();
        call.charge(NEW + items_price(count))?;
        let name = call.ctx.string(b"n")?;
        let table = call.table(count, 1)?;
        // A plain sequence fills the room just made, so nothing can interrupt this.
        if count <= STEP_ITEMS as usize && !call.slots(0, count).iter().any(Value::is_nil) {
            for slot in 0..count {
                table.set_int(call.ctx.heap(), slot as i64 + 1, call.arg(slot))?;
            }
            table.set_str(call.ctx.heap(), name, Value::Integer(count as i64))?;
            return call.ret(table);
        }
        // The arguments, the table, the name, the number of items done.
        call.push(Value::Table(table));
        call.push(Value::String(name));
        call.push(Value::Integer(0));
        return Ok(Flow::Again { step: FILL });
    }
    let count = call.above(3);
    let (Value::Table(table), Value::String(name)) = (call.arg(count), call.arg(count + 1)) else {
        return Err(call.error("internal error: table expected"));
    };
    let done = call.size(count + 2).min(count);
    let end = count.min(done + STEP_ITEMS as usize);
    table.set_list(call.ctx.heap(), done as i64 + 1, call.slots(done, end - done))?;
    call.set(count + 2, Value::Integer(end as i64));
    call.ctx.state.fuel.done();
    if end < count {
        return Ok(Flow::Again { step: FILL });
    }
    table.set_str(call.ctx.heap(), name, Value::Integer(count as i64))?;
    call.ret(table)
}

/// `table.unpack (list [, i [, j]])`
pub(super) fn unpack<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    const MEASURED: u32 = 1;
    const START: u32 = 2;
    match call.step {
        0 => {
            let first = call.opt_integer(1, 1)?;
            let last = if call.arg(2).is_nil() {
                match call.length(call.arg(0), MEASURED)? {
                    Now::Done(length) => size(call, &length)?,
                    Now::Later(flow) => return Ok(flow),
                }
            } else {
                call.check_integer(2)?
            };
            begin(call, first, last)
        }
        MEASURED => {
            let last = size(call, &call.last())?;
            // With `__len` there were at most three arguments that count.
            let first = if call.top() > 2 { call.opt_integer(1, 1)? } else { 1 };
            call.set_top(1);
            call.push(Value::Integer(first));
            call.push(Value::Integer(last));
            Ok(Flow::Again { step: START })
        }
        START => {
            let (first, last) = (call.int(1), call.int(2));
            begin(call, first, last)
        }
        _ => collect(call),
    }
}

/// What [`unpack`] does for a few items.
pub(super) fn unpack_at_once(call: &mut Bare<'_, '_>) -> Option<usize> {
    let (list, first, last) = match *call.args() {
        [list] => (list, 1, None),
        [list, Value::Integer(first)] => (list, first, None),
        [list, Value::Integer(first), Value::Integer(last)] => (list, first, Some(last)),
        _ => return None,
    };
    let table = raw_table(&list)?;
    let last = last.unwrap_or_else(|| table.len());
    if first > last {
        return Some(0);
    }
    let count = usize::try_from(last.checked_sub(first)?).ok()?.checked_add(1)?;
    if count > ROOM || !call.has_room(count + BELOW) || !call.pays(read_price(table, first, count))
    {
        return None;
    }
    call.ret_each(count, |at| table.get_int(first + at as i64))
}

const COLLECT: u32 = 3;
/// Slots below the values: the list, the first key, the number of values.
const BELOW: usize = 3;

/// Makes room for the values; short runs of plain tables are done at once.
fn begin<'gc>(call: &mut Call<'_, 'gc>, first: i64, last: i64) -> Step<'gc> {
    if first > last {
        return Ok(Flow::Return(0));
    }
    let count = (last as u64).wrapping_sub(first as u64).saturating_add(1);
    if count >= MAX_STACK as u64 {
        return Err(call.error("too many results to unpack"));
    }
    let count = count as usize;
    match call.ensure(count + BELOW) {
        Ok(()) => {}
        Err(Interrupt::Error(_)) => return Err(call.error("too many results to unpack")),
        Err(interrupt) => return Err(interrupt),
    }
    let list = call.arg(0);
    if count <= STEP_ITEMS as usize
        && let Some(table) = raw_table(&list)
    {
        call.charge(read_price(table, first, count))?;
        for offset in 0..count as i64 {
            call.push(table.get_int(first + offset));
        }
        return Ok(Flow::Return(count));
    }
    call.set_top(1);
    call.push(Value::Integer(first));
    call.push(Value::Integer(count as i64));
    Ok(Flow::Again { step: COLLECT })
}

/// Pushes values until all are there: the top says how many are. (An interrupt
/// takes the top back to where the step began, and all of it is done again.)
fn collect<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (list, first, count) = (call.arg(0), call.int(1), call.size(2));
    let raw = raw_table(&list);
    let done = call.above(BELOW);
    let now = count.saturating_sub(done).min(if raw.is_some() { STEP_ITEMS as usize } else { FEW });
    let next = first.wrapping_add(done as i64);
    // Paid at once: an interrupt begins the step anew.
    call.charge(raw.map_or(0, |table| read_price(table, next, now)))?;
    for offset in 0..now as i64 {
        let key = next.wrapping_add(offset);
        let value = match raw {
            Some(table) => table.get_int(key),
            None => {
                call.charge(INDEX)?;
                now!(call.index(list, Value::Integer(key), COLLECT))
            }
        };
        call.push(value);
    }
    if done + now >= count { Ok(Flow::Return(count)) } else { Ok(Flow::Again { step: COLLECT }) }
}

/// Returns the price of reading items: those of an array lie side by side.
fn read_price(table: Table<'_>, first: i64, count: usize) -> u64 {
    let last = first.wrapping_add(count as i64 - 1);
    let in_array = first >= 1 && last >= first && last as u64 <= table.array_len() as u64;
    if in_array { items_price(2 * count) } else { count as u64 }
}
