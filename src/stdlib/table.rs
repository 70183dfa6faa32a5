//! The library `table` (manual §6.6).
//!
//! Every function works on anything that behaves like a table: the operations
//! it needs are raw where there is no metatable and go through metamethods
//! otherwise.

mod concat;
mod modify;
mod pack;
mod shift;
mod sort;

use crate::base::arithmetic::float_to_integer;
use crate::base::number::Number;
use crate::vm::calls::call::{Call, Now};
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{AtOnce, Flow, Interrupt, NativeDef};
use crate::vm::heap::table::Table;
use crate::vm::heap::value::Value;

/// The functions of the library.
pub(crate) static FUNCTIONS: &[NativeDef] = &[
    NativeDef::new(
        "table.concat",
        concat::concat,
        "6.6",
        "1 + items + 12 for each float + 1 for each integer + bytes/64",
    ),
    NativeDef::new(
        "table.insert",
        modify::insert,
        "6.6",
        "1 + moved items/4, or items where they lie in no array",
    )
    .at_once(AtOnce::Whole(modify::insert_at_once)),
    NativeDef::new("table.move", modify::move_, "6.6", "1 + items"),
    NativeDef::new("table.pack", pack::pack, "6.6", "5 + items/4"),
    NativeDef::new(
        "table.remove",
        modify::remove,
        "6.6",
        "1 + moved items/4, or items where they lie in no array",
    ),
    NativeDef::new(
        "table.sort",
        sort::sort,
        "6.6",
        "1 + comparisons (3 each through a function) + moved items/4",
    ),
    NativeDef::new(
        "table.unpack",
        pack::unpack,
        "6.6",
        "1 + items/2, or items where they lie in no array",
    )
    .at_once(AtOnce::Whole(pack::unpack_at_once)),
];

/// Items one step works through before it lets the machine have a look.
const STEP_ITEMS: u32 = 2000;

/// A table argument is read.
const READ: u8 = 1;
/// A table argument is written.
const WRITE: u8 = 2;
/// A table argument is measured.
const LENGTH: u8 = 4;

/// Step at which the result of `__len` is on top of the window.
const MEASURED: u32 = 1;
/// Step at which the length and the number of arguments stand in slots.
const START: u32 = 2;

/// Requires a table, or a value whose metatable has the needed operations.
fn check_table_like<'gc>(call: &Call<'_, 'gc>, arg: usize, need: u8) -> Result<(), Interrupt<'gc>> {
    let value = call.arg(arg);
    if matches!(value, Value::Table(_)) {
        return Ok(());
    }
    if let Some(metatable) = call.ctx.metatable(&value) {
        let events = [(READ, Event::Index), (WRITE, Event::NewIndex), (LENGTH, Event::Len)];
        let missing = |&(flag, event): &(u8, Event)| {
            need & flag != 0 && call.ctx.handler(metatable, event).is_nil()
        };
        if !events.iter().any(missing) {
            return Ok(());
        }
    }
    Err(call.type_error(arg, "table"))
}

/// Returns the table if it has no metatable, so that raw access is enough.
#[inline]
fn raw_table<'gc>(value: &Value<'gc>) -> Option<Table<'gc>> {
    match value {
        Value::Table(table) if table.metatable().is_none() && !table.is_read_only() => Some(*table),
        _ => None,
    }
}

/// Requires the result of `__len` to be an integer.
fn size<'gc>(call: &Call<'_, 'gc>, length: &Value<'gc>) -> Result<i64, Interrupt<'gc>> {
    let size = match call.ctx.to_number(length)? {
        Some(Number::Integer(i)) => Some(i),
        Some(Number::Float(n)) => float_to_integer(n),
        None => None,
    };
    size.ok_or_else(|| call.error("object length is not an integer"))
}

/// Checks argument 1 and measures it: the beginning of most functions here.
///
/// Gives the length and the number of arguments. Without `__len` that is so at
/// step 0 and the window is as it was; else at step [`START`], with the
/// arguments cut or filled to `keep` slots, and length and number above them.
fn measure<'gc>(
    call: &mut Call<'_, 'gc>,
    need: u8,
    keep: usize,
) -> Result<Now<(i64, usize)>, Interrupt<'gc>> {
    match call.step {
        0 => {
            check_table_like(call, 0, need)?;
            let args = call.top();
            Ok(match call.length(call.arg(0), MEASURED)? {
                Now::Done(Value::Integer(length)) => Now::Done((length, args)),
                Now::Done(length) => Now::Done((size(call, &length)?, args)),
                Now::Later(flow) => Now::Later(flow),
            })
        }
        MEASURED => {
            let args = call.top().saturating_sub(1);
            let length = size(call, &call.arg(args))?;
            call.set_top(args);
            call.set_top(keep);
            call.push(Value::Integer(length));
            call.push(Value::Integer(args as i64));
            Ok(Now::Later(Flow::Again { step: START }))
        }
        _ => Ok(Now::Done((call.int(keep), call.size(keep + 1)))),
    }
}
