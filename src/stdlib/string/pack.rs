//! `pack`, `packsize` and `unpack` (manual §6.4.2).

pub(super) mod at_once;
mod layout;
mod read;

use super::{CHUNK, finish, start_position};
use crate::base::number::Number;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::userdata::Buffer;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::bytes_price;
use at_once::Packed;
use layout::{Item, Kind, Layout, LayoutError, pack_integer, pad};
use read::{Found, Missing};

/// Price of a call whatever its format.
const PREPARE: u64 = 4;
/// Price of a string that `unpack` makes.
const STRING: u64 = 2;
/// Digits of an option that are read for one unit.
const DIGITS_PER_UNIT: usize = 8;
/// Options one step handles.
const OPTIONS: usize = 500;
/// An argument or a value of more bytes is the first that a step handles: what takes long
/// is done once, whatever interrupts the step.
const HEAVY: usize = 4096;

fn wrong<'gc>(call: &Call<'_, 'gc>, error: LayoutError) -> Interrupt<'gc> {
    if let LayoutError::Unknown(letter) = error {
        // The byte as it is, which need not be text.
        return call.error([b"invalid format option '", [letter].as_slice(), b"'"].concat());
    }
    if error.is_argument() {
        call.arg_error(0, error.to_string())
    } else {
        call.error(error.to_string())
    }
}

/// Returns the price of reading the next option of a format.
fn option_price(layout: &Layout, format: &[u8]) -> u64 {
    1 + (layout.digits(format) / DIGITS_PER_UNIT) as u64
}

/// Reads the next option of a format, at `total` bytes from the beginning, charged.
fn next<'gc>(
    call: &Call<'_, 'gc>,
    layout: &mut Layout,
    format: &[u8],
    total: usize,
) -> Result<Item, Interrupt<'gc>> {
    call.charge(option_price(layout, format))?;
    layout.next(format, total).map_err(|error| wrong(call, error))
}

/// `string.packsize (fmt)`
pub(super) fn packsize<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let format = call.check_string(0)?;
    let mut layout = Layout::default();
    let mut total = 0_usize;
    if call.step > 0 {
        layout = Layout::restore(call.int(1));
        total = call.size(2);
    }
    let bytes = format.as_bytes();
    for _ in 0..OPTIONS {
        if layout.is_at_end(bytes) {
            return call.ret(total as i64);
        }
        let item = next(call, &mut layout, bytes, total)?;
        if matches!(item.option, Kind::String | Kind::Zero) {
            return Err(call.arg_error(0, "variable-length format"));
        }
        let size = item.padding + item.size;
        if total > layout::MAX_SIZE - size {
            return Err(call.arg_error(0, "format result too large"));
        }
        total += size;
    }
    call.set_top(3);
    call.set(0, Value::String(format));
    call.set(1, Value::Integer(layout.save()));
    call.set(2, Value::Integer(total as i64));
    Ok(Flow::Again { step: 1 })
}

/// `string.pack (fmt, v1, v2, ···)`
///
/// Window: the arguments, then the result, the layout, the number of the next
/// argument and the length of the result that counts.
pub(super) fn pack<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == 0 {
        let format = call.check_string(0)?;
        if let Some(packed) = Packed::new(format.as_bytes(), call.slots(1, call.above(1))) {
            call.charge(packed.price)?;
            let result = call.ctx.string(packed.bytes())?;
            return call.ret(result);
        }
        call.charge(PREPARE)?;
        let buffer = call.buffer()?;
        call.set(0, Value::String(format));
        call.push(Value::Buffer(buffer));
        call.push(Value::Integer(Layout::default().save()));
        call.push(Value::Integer(1));
        call.push(Value::Integer(0));
        return Ok(Flow::Again { step: 1 });
    }
    let args = call.above(4);
    let buffer = call.get_buffer(args)?;
    let start = call.size(args + 3);
    buffer.with_mut(|bytes| bytes.truncate(start));
    let mut layout = Layout::restore(call.int(args + 1));
    let mut arg = call.size(args + 2);
    let format = call.check_string(0)?;
    let bytes = format.as_bytes();
    for done in 0..OPTIONS {
        if layout.is_at_end(bytes) {
            let result = finish(call, buffer)?;
            return call.ret(result);
        }
        if buffer.len().saturating_sub(start) > CHUNK {
            break;
        }
        if let Value::String(s) = call.arg(arg)
            && s.len() > HEAVY
            && done > 0
        {
            break;
        }
        let item = next(call, &mut layout, bytes, buffer.len())?;
        fill(call, buffer, item.padding)?;
        if item.takes_argument() {
            put(call, buffer, &layout, item, (arg, args))?;
            arg += 1;
        } else {
            fill(call, buffer, item.size)?;
        }
    }
    call.set(args + 1, Value::Integer(layout.save()));
    call.set(args + 2, Value::Integer(arg as i64));
    call.set(args + 3, Value::Integer(buffer.len() as i64));
    Ok(Flow::Again { step: 1 })
}

/// Appends padding, charged.
fn fill<'gc>(
    call: &Call<'_, 'gc>,
    buffer: Buffer<'gc>,
    count: usize,
) -> Result<(), Interrupt<'gc>> {
    if count == 0 {
        return Ok(());
    }
    call.charge_bytes(count)?;
    buffer.reserve(call.ctx.heap(), count)?;
    buffer.with_mut(|bytes| pad(bytes, count));
    Ok(())
}

fn append<'gc>(
    call: &Call<'_, 'gc>,
    buffer: Buffer<'gc>,
    bytes: &[u8],
) -> Result<(), Interrupt<'gc>> {
    call.charge_bytes(bytes.len())?;
    buffer.push(call.ctx.heap(), bytes)
}

/// Appends argument `place.0` of `place.1`.
fn put<'gc>(
    call: &Call<'_, 'gc>,
    buffer: Buffer<'gc>,
    layout: &Layout,
    item: Item,
    place: (usize, usize),
) -> Result<(), Interrupt<'gc>> {
    let (arg, args) = place;
    // Beyond the arguments lies the state, which is not to be taken for one. PUC
    // pushed a nil there, so that is what its messages say.
    if arg >= args {
        let expected = match item.option {
            Kind::Signed | Kind::Unsigned | Kind::Float => "number",
            _ => "string",
        };
        return Err(call.arg_error(arg, format!("{expected} expected, got nil")));
    }
    let size = item.size;
    match item.option {
        Kind::Signed | Kind::Unsigned => {
            let n = call.check_integer(arg)?;
            let signed = item.option == Kind::Signed;
            if !layout::fits(n, size, signed) {
                let kind = if signed { "integer overflow" } else { "unsigned overflow" };
                return Err(call.arg_error(arg, kind));
            }
            let bytes = pack_integer(n, size, layout.little, signed && n < 0);
            append(call, buffer, &bytes[..size])
        }
        Kind::Float => {
            let n = match call.check_number(arg)? {
                Number::Integer(i) => i as f64,
                Number::Float(n) => n,
            };
            append(call, buffer, &layout::pack_float(n, size, layout.little)[..size])
        }
        Kind::Char => {
            let s = call.check_string(arg)?;
            if s.len() > size {
                return Err(call.arg_error(arg, "string longer than given size"));
            }
            append(call, buffer, s.as_bytes())?;
            fill(call, buffer, size - s.len())
        }
        Kind::String => {
            let s = call.check_string(arg)?;
            if size < 8 && s.len() as u64 >= 1_u64 << (size * 8) {
                return Err(call.arg_error(arg, "string length does not fit in given size"));
            }
            let bytes = pack_integer(s.len() as i64, size, layout.little, false);
            append(call, buffer, &bytes[..size])?;
            append(call, buffer, s.as_bytes())
        }
        _ => {
            let s = call.check_string(arg)?;
            call.charge_bytes(s.len())?;
            if memchr::memchr(0, s.as_bytes()).is_some() {
                return Err(call.arg_error(arg, "string contains zeros"));
            }
            append(call, buffer, s.as_bytes())?;
            append(call, buffer, &[0])
        }
    }
}

const FORMAT: usize = 0;
const DATA: usize = 1;
const LAYOUT: usize = 2;
const POSITION: usize = 3;
const RESULTS: usize = 4;
const SLOTS: usize = 5;

/// `string.unpack (fmt, s [, pos])`
pub(super) fn unpack<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == 0 {
        let format = call.check_string(FORMAT)?;
        let data = call.check_string(DATA)?;
        call.charge(PREPARE)?;
        let position = start_position(call.opt_integer(2, 1)?, data.len()) - 1;
        if position > data.len() {
            return Err(call.arg_error(2, "initial position out of string"));
        }
        call.set_top(SLOTS);
        call.set(FORMAT, Value::String(format));
        call.set(DATA, Value::String(data));
        call.set(LAYOUT, Value::Integer(Layout::default().save()));
        call.set(POSITION, Value::Integer(position as i64));
        call.set(RESULTS, Value::Integer(0));
        return Ok(Flow::Again { step: 1 });
    }
    let (format, data) = (call.check_string(FORMAT)?, call.check_string(DATA)?);
    let mut layout = Layout::restore(call.int(LAYOUT));
    let mut position = call.size(POSITION).min(data.len());
    let mut results = call.size(RESULTS);
    // A step that is run again drops what it pushed before.
    call.set_top(SLOTS + results);
    let bytes = format.as_bytes();
    let mut copied = 0;
    for done in 0..OPTIONS {
        if layout.is_at_end(bytes) {
            call.ensure(1)?;
            call.push(Value::Integer(position as i64 + 1));
            return Ok(Flow::Return(results + 1));
        }
        if copied > CHUNK {
            break;
        }
        let before = layout;
        let item = next(call, &mut layout, bytes, position)?;
        if item.padding + item.size > data.len() - position {
            return Err(call.arg_error(1, "data string too short"));
        }
        let from = position + item.padding;
        position = from + item.size;
        if item.takes_argument() {
            let value = match read(call, &layout, item, &data.as_bytes()[from..])? {
                Found::Integer(n) => Value::Integer(n),
                Found::Float(n) => Value::Number(n),
                Found::Bytes(text, _) if text.len() > HEAVY && done > 0 => {
                    layout = before;
                    position = from - item.padding;
                    break;
                }
                Found::Bytes(text, more) => {
                    position += more;
                    copied += text.len();
                    call.charge(STRING + bytes_price(text.len()))?;
                    Value::String(call.ctx.string(text)?)
                }
            };
            call.ensure(2)?;
            call.push(value);
            results += 1;
        }
    }
    call.set(LAYOUT, Value::Integer(layout.save()));
    call.set(POSITION, Value::Integer(position as i64));
    call.set(RESULTS, Value::Integer(results as i64));
    Ok(Flow::Again { step: 1 })
}

/// Finds the value of an option.
fn read<'gc, 'd>(
    call: &Call<'_, 'gc>,
    layout: &Layout,
    item: Item,
    data: &'d [u8],
) -> Result<Found<'d>, Interrupt<'gc>> {
    read::read(layout, item, data).map_err(|missing| match missing {
        Missing::Short => call.arg_error(1, "data string too short"),
        Missing::Large(size) => {
            call.error(format!("{size}-byte integer does not fit into Lua Integer"))
        }
        Missing::Unfinished(len) => match call.charge_bytes(len) {
            Ok(()) => call.arg_error(1, "unfinished string for format 'z'"),
            Err(refused) => refused,
        },
    })
}

#[cfg(test)]
mod tests;
