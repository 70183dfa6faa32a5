//! Copying a run of items inside a table or between two: the loop under
//! `table.insert`, `table.remove` and `table.move`.

use super::{STEP_ITEMS, raw_table};
use crate::vm::calls::call::{Call, Now};
use crate::vm::heap::native::{Flow, Interrupt};
use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;

/// Slot of the table read.
pub(super) const SOURCE: usize = 0;
/// Slot of the table written.
pub(super) const TARGET: usize = 1;
const FROM: usize = 2;
const TO: usize = 3;
const LEFT: usize = 4;
const DIRECTION: usize = 5;
/// Slot of an integer that belongs to the caller.
pub(super) const POSITION: usize = 6;
/// Slot of a value that belongs to the caller.
pub(super) const VALUE: usize = 7;
/// Slot that is true while a value that `__index` gave waits above the slots to be
/// stored. (The top does not tell: an interrupt restores it.)
const WAITING: usize = 8;
/// Number of slots; nothing of the caller's lies above.
pub(super) const TOP: usize = 9;

/// Price of reading an item through metamethods.
const INDEX: u64 = 4;

/// Step of the loop.
pub(super) const COPY: u32 = 10;
/// Step at which a value that `__index` gave is on top.
const GOT: u32 = 11;

/// A run of items to copy.
pub(super) struct Run<'gc> {
    /// The table read.
    pub source: Value<'gc>,
    /// The table written.
    pub target: Value<'gc>,
    /// First key read.
    pub from: i64,
    /// First key written.
    pub to: i64,
    /// Number of items.
    pub count: i64,
    /// 1 or -1: the way both keys go.
    pub direction: i64,
    /// The caller's integer.
    pub position: i64,
    /// The caller's value.
    pub value: Value<'gc>,
}

/// Replaces the whole window by the loop's state. Nothing can fail here.
pub(super) fn lay_out<'gc>(call: &mut Call<'_, 'gc>, run: &Run<'gc>) {
    call.set_top(0);
    for value in [
        run.source,
        run.target,
        Value::Integer(run.from),
        Value::Integer(run.to),
        Value::Integer(run.count),
        Value::Integer(run.direction),
        Value::Integer(run.position),
        run.value,
        Value::Boolean(false),
    ] {
        call.push(value);
    }
}

/// Tells whether a step belongs to the loop.
pub(super) fn is_copying(step: u32) -> bool {
    step == COPY || step == GOT
}

/// Copies items until none is left; `Later` means to return the flow.
pub(super) fn copy<'gc>(call: &mut Call<'_, 'gc>) -> Result<Now<()>, Interrupt<'gc>> {
    let mut pending = (call.step == GOT && call.arg(WAITING).is_truthy()).then(|| call.arg(TOP));
    if pending.is_none() {
        call.set_top(TOP);
        let tables = (raw_table(&call.arg(SOURCE)), raw_table(&call.arg(TARGET)));
        if let (Some(source), Some(target)) = tables {
            return copy_raw(call, source, target);
        }
    }
    for _ in 0..STEP_ITEMS {
        let left = call.int(LEFT);
        if left == 0 {
            return Ok(Now::Done(()));
        }
        let value = match pending.take() {
            Some(value) => value,
            None => {
                call.charge(INDEX)?;
                match call.index(call.arg(SOURCE), Value::Integer(call.int(FROM)), GOT)? {
                    Now::Done(value) => value,
                    Now::Later(flow) => {
                        call.set(WAITING, Value::Boolean(true));
                        return Ok(Now::Later(flow));
                    }
                }
            }
        };
        match call.set_index(call.arg(TARGET), Value::Integer(call.int(TO)), value, COPY)? {
            Now::Done(()) => {
                call.set_top(TOP);
                advance(call);
                call.ctx.state.fuel.done();
            }
            Now::Later(flow) => {
                advance(call);
                return Ok(Now::Later(flow));
            }
        }
    }
    Ok(Now::Later(Flow::Again { step: COPY }))
}

/// Notes that one item is done.
fn advance(call: &mut Call<'_, '_>) {
    let direction = call.int(DIRECTION);
    call.set(WAITING, Value::Boolean(false));
    for (slot, by) in [(FROM, direction), (TO, direction), (LEFT, -1)] {
        let next = call.int(slot).wrapping_add(by);
        call.set(slot, Value::Integer(next));
    }
}

/// The loop for tables without metatables. What is done is noted before an
/// interrupt leaves, so that a rerun goes on from there.
fn copy_raw<'gc>(
    call: &mut Call<'_, 'gc>,
    source: Table<'gc>,
    target: Table<'gc>,
) -> Result<Now<()>, Interrupt<'gc>> {
    let (mut from, mut to, mut left) = (call.int(FROM), call.int(TO), call.int(LEFT));
    let direction = call.int(DIRECTION);
    let mut result = Ok(());
    for _ in 0..STEP_ITEMS {
        if left == 0 {
            break;
        }
        result =
            call.charge(1).and_then(|()| target.set_int(call.ctx.heap(), to, source.get_int(from)));
        if result.is_err() {
            break;
        }
        from = from.wrapping_add(direction);
        to = to.wrapping_add(direction);
        left = left.wrapping_sub(1);
        call.ctx.state.fuel.done();
    }
    for (slot, value) in [(FROM, from), (TO, to), (LEFT, left)] {
        call.set(slot, Value::Integer(value));
    }
    result?;
    Ok(if left == 0 { Now::Done(()) } else { Now::Later(Flow::Again { step: COPY }) })
}

/// Returns the number of items still to copy.
pub(super) fn left(call: &Call<'_, '_>) -> i64 {
    call.int(LEFT)
}
