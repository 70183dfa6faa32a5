//! What tables are to JSON and to hosts: arrays or objects. Whoever converts tables walks
//! over them in the same way, in pieces.

use super::{MARK_ARRAY, MARK_OBJECT, MAX_DEPTH};
use crate::vm::calls::call::Call;
use crate::vm::heap::store::Heap;
use crate::vm::heap::table::{Sought, Table};
use crate::vm::heap::value::Value;

/// Slots of a table that are passed at once.
pub(crate) const SLOTS: usize = 256;

/// What a table is, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// To be gone on with from this cursor.
    Further(usize),
    /// Its keys are 1..n, or, if it is marked as an array, some of 1..n: the others are null.
    Array,
    /// Anything else.
    Object,
}

/// Looks whether there are keys behind the array part, which holds 1..n, from a cursor on
/// that begins with [`AFTER_ITEMS`](crate::vm::heap::table::AFTER_ITEMS). Also returns the
/// number of slots that were passed.
pub(crate) fn shape<'gc>(
    heap: Heap<'gc>,
    table: Table<'gc>,
    cursor: usize,
    empty_object: bool,
) -> (usize, Shape) {
    table.realize(heap);
    let mark = table.json_mark();
    let is_list = !table.has_holes() || mark == MARK_ARRAY && table.ends_at_border();
    if mark == MARK_OBJECT || !is_list {
        return (0, Shape::Object);
    }
    let (passed, sought) = table.seek(cursor, SLOTS);
    let shape = match sought {
        Sought::Further(cursor) => Shape::Further(cursor),
        Sought::Entry(..) => Shape::Object,
        Sought::End if empty_object && mark != MARK_ARRAY && table.is_empty() => Shape::Object,
        Sought::End => Shape::Array,
    };
    (passed, shape)
}

/// Looks for the next entry of a table that is an array or an object, from a cursor on. The
/// holes of an array are entries, too.
pub(crate) fn next_entry<'gc>(
    table: Table<'gc>,
    array: bool,
    cursor: usize,
) -> (usize, Sought<'gc>) {
    if !array {
        return table.seek(cursor, SLOTS);
    }
    if cursor >= table.array_len() {
        return (0, Sought::End);
    }
    let index = cursor as i64 + 1;
    (1, Sought::Entry(cursor + 1, Value::Integer(index), table.get_int(index)))
}

/// Why a table cannot be walked over inside of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is one of them.
    Cycle,
    /// They are too many.
    TooDeep,
}

/// Looks whether a table may lie in those of `depth` slots, `stride` slots apart, which costs
/// `depth / 8`.
pub(crate) fn may_enter<'gc>(
    call: &Call<'_, 'gc>,
    table: Table<'gc>,
    first: usize,
    stride: usize,
    depth: usize,
) -> Result<(), Refusal> {
    let is_it = |at: usize| match call.arg(first + stride * at) {
        Value::Table(outer) => outer.ptr_eq(table),
        _ => false,
    };
    if (0..depth).any(is_it) {
        Err(Refusal::Cycle)
    } else if depth >= MAX_DEPTH {
        Err(Refusal::TooDeep)
    } else {
        Ok(())
    }
}
