//! `table.concat` (manual §6.6).

use super::{LENGTH, READ, STEP_ITEMS, measure, raw_table};
use crate::base::number as text;
use crate::now;
use crate::vm::calls::call::{Call, Now};
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::string::Str;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel;

const LIST: usize = 0;
const SEPARATOR: usize = 1;
const KEY: usize = 2;
const LAST: usize = 3;
const BUFFER: usize = 4;
/// True while a value that `__index` gave waits above the slots to be appended.
/// (The top does not tell: an interrupt restores it.)
const WAITING: usize = 5;
/// Number of slots of the loop.
const TOP: usize = 6;

/// Step of the loop.
const ADD: u32 = 3;
/// Step at which a value that `__index` gave is on top.
const GOT: u32 = 4;

/// Bytes one step copies before it lets the machine have a look.
const STEP_BYTES: usize = 64 * 1024;
/// Lists up to this many items are tried without a buffer object …
const SMALL_ITEMS: i64 = 64;
/// … as long as the result stays below this many bytes.
const SMALL_BYTES: usize = 1024;

/// `table.concat (list [, sep [, i [, j]]])`
pub(super) fn concat<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == ADD || call.step == GOT {
        return add(call);
    }
    let (length, _) = now!(measure(call, READ | LENGTH, 4));
    if !matches!(call.arg(1), Value::Nil | Value::String(_)) {
        // A number becomes a string, which is made once.
        let separator = call.check_string(1)?;
        call.set(1, Value::String(separator));
    }
    let first = call.opt_integer(2, 1)?;
    let last = call.opt_integer(3, length)?;
    if first > last {
        let empty = call.ctx.string(b"")?;
        return call.ret(empty);
    }
    let separator = call.opt_string(1)?;
    let between = separator.as_ref().map_or(&b""[..], |separator| separator.as_bytes());
    if let Some(result) = small(call, between, first, last)? {
        return call.ret(result);
    }
    let separator = match separator {
        Some(separator) => separator,
        None => call.ctx.string(b"")?,
    };
    let list = call.arg(0);
    let buffer = call.buffer()?;
    call.set_top(0);
    for value in [
        list,
        Value::String(separator),
        Value::Integer(first),
        Value::Integer(last),
        Value::Buffer(buffer),
        Value::Boolean(false),
    ] {
        call.push(value);
    }
    Ok(Flow::Again { step: ADD })
}

/// Joins a short plain list at once, if the result is short too.
fn small<'gc>(
    call: &Call<'_, 'gc>,
    separator: &[u8],
    first: i64,
    last: i64,
) -> Result<Option<Str<'gc>>, Interrupt<'gc>> {
    let Some(table) = raw_table(&call.arg(0)) else { return Ok(None) };
    // `first <= last` holds, so the difference is right as an unsigned number.
    if last.wrapping_sub(first) as u64 >= SMALL_ITEMS as u64 {
        return Ok(None);
    }
    let mut out = Vec::new();
    let mut price = 0;
    for key in first..=last {
        let item = table.get_int(key);
        price += item_price(&item, key as u64 > table.array_len() as u64);
        let more = match &item {
            Value::String(s) => s.len(),
            _ => 0,
        };
        if out.len() + more + separator.len() > SMALL_BYTES {
            return Ok(None);
        }
        if !append(&mut out, &item) {
            return Err(invalid(call, &item, key));
        }
        if key != last {
            out.extend_from_slice(separator);
        }
    }
    call.charge(price)?;
    call.string(&out).map(Some)
}

/// Returns the price of an item without its bytes; `far`: it lies in no array.
fn item_price(item: &Value<'_>, far: bool) -> u64 {
    let text = match item {
        Value::Integer(_) => 1,
        Value::Number(_) => fuel::FLOAT_TEXT,
        _ => 0,
    };
    1 + text + u64::from(far)
}

/// Appends a string or a number; anything else is refused.
fn append(out: &mut Vec<u8>, item: &Value<'_>) -> bool {
    match item {
        Value::String(s) => out.extend_from_slice(s.as_bytes()),
        Value::Integer(i) => out.extend_from_slice(&text::format_integer(*i)),
        Value::Number(n) => text::format_float(*n, out),
        _ => return false,
    }
    true
}

fn invalid<'gc>(call: &Call<'_, 'gc>, item: &Value<'gc>, key: i64) -> Interrupt<'gc> {
    let name = item.type_name();
    call.error(format!("invalid value ({name}) at index {key} in table for 'concat'"))
}

/// Appends items to the buffer until the last one is there.
fn add<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let buffer = call.get_buffer(BUFFER)?;
    let list = call.arg(LIST);
    let raw = raw_table(&list);
    let Value::String(separator) = call.arg(SEPARATOR) else {
        return Err(call.error("internal error: string expected"));
    };
    let last = call.int(LAST);
    let waiting = call.step == GOT && call.arg(WAITING).is_truthy();
    let mut pending = waiting.then(|| call.arg(TOP));
    if !waiting {
        call.set_top(TOP);
    }
    let mut copied = 0;
    let mut number = Vec::new();
    for _ in 0..STEP_ITEMS {
        let key = call.int(KEY);
        let item = match (pending.take(), raw) {
            (Some(item), _) => item,
            (None, Some(table)) => table.get_int(key),
            (None, None) => match call.index(list, Value::Integer(key), GOT)? {
                Now::Done(item) => item,
                Now::Later(flow) => {
                    call.set(WAITING, Value::Boolean(true));
                    return Ok(flow);
                }
            },
        };
        let bytes = match &item {
            Value::String(s) => s.as_bytes(),
            other => {
                number.clear();
                if !append(&mut number, other) {
                    return Err(invalid(call, other, key));
                }
                &number
            }
        };
        let added = bytes.len().saturating_add(separator.len());
        let far = raw.is_none_or(|table| key as u64 > table.array_len() as u64);
        call.charge(item_price(&item, far) + fuel::bytes_price(added))?;
        // Room for both, so that nothing is refused between them.
        buffer.reserve(call.ctx.heap(), added)?;
        buffer.push(call.ctx.heap(), bytes)?;
        if key == last {
            return match buffer.into_string(call.ctx.heap()) {
                Ok(result) => call.ret(result),
                Err(interrupt) => {
                    // This step will be done again.
                    let before = buffer.len() - bytes.len();
                    buffer.with_mut(|all| all.truncate(before));
                    Err(interrupt)
                }
            };
        }
        buffer.push(call.ctx.heap(), separator.as_bytes())?;
        call.set_top(TOP);
        call.set(WAITING, Value::Boolean(false));
        call.set(KEY, Value::Integer(key + 1));
        call.ctx.state.fuel.done();
        copied += added;
        if copied >= STEP_BYTES {
            break;
        }
    }
    Ok(Flow::Again { step: ADD })
}
