//! `write` and `flush` (manual §6.8).

use super::{borrow, check_open, default_file, file_result};
use crate::base::number::{Flags, FloatSpec, format_double, format_integer};
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::{self, REQUEST};
use crate::vm::state::world::stream::Stream;
use crate::vm::state::world::{Standard, WorldError};
use std::cell::RefCell;

/// Bytes that a number takes at most.
const LONGEST_NUMBER: usize = 32;

/// Step that raises the error for an argument that cannot be written. Its text may cost
/// something, and what stands before it is written by then.
const WRONG: u32 = 1;

/// What came of the arguments.
enum Written {
    /// All are written.
    All,
    /// Those before one that cannot be written are.
    Some,
    /// The system refused some.
    Failed(WorldError),
}

/// `io.write (···)`
pub(super) fn io_write<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == WRONG {
        return Err(wrong(call, 0));
    }
    let (file, stream) = default_file(call, Standard::Output)?;
    let written = write_values(call, stream, 0)?;
    finish(call, Value::UserData(file), written)
}

/// `file:write (···)`
pub(super) fn file_write<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == WRONG {
        return Err(wrong(call, 1));
    }
    let stream = check_open(call, 0)?;
    let written = write_values(call, stream, 1)?;
    let file = call.arg(0);
    finish(call, file, written)
}

fn finish<'gc>(call: &mut Call<'_, 'gc>, file: Value<'gc>, written: Written) -> Step<'gc> {
    match written {
        Written::All => call.ret(file),
        Written::Failed(error) => file_result(call, Err(error), None),
        Written::Some => Ok(Flow::Again { step: WRONG }),
    }
}

/// Makes the error for the first argument that cannot be written.
fn wrong<'gc>(call: &Call<'_, 'gc>, first: usize) -> Interrupt<'gc> {
    let text = |value: &Value<'gc>| {
        matches!(value, Value::String(_) | Value::Integer(_) | Value::Number(_))
    };
    let values = call.slots(first, call.above(first));
    let good = values.iter().take_while(|value| text(value)).count();
    call.type_error(first + good, "string")
}

/// Writes the arguments from `first` on. What the system says of one does not keep
/// the others from being written, as in PUC.
fn write_values<'gc>(
    call: &Call<'_, 'gc>,
    stream: &'gc RefCell<Stream>,
    first: usize,
) -> Result<Written, Interrupt<'gc>> {
    let count = call.top();
    // Everything is paid before the first byte is written: this step does not run twice.
    let mut price = fuel::items_price(count);
    let mut total = 0;
    for slot in first..count {
        total += LONGEST_NUMBER;
        price += match call.arg(slot) {
            Value::String(text) => {
                total += text.len();
                fuel::output_price(text.len())
            }
            Value::Number(_) => fuel::FLOAT_TEXT,
            Value::Integer(_) => 0,
            _ => break,
        };
    }
    call.charge(price)?;
    let mut stream = borrow(call, stream)?;
    let to_session = stream.is_session_output();
    if to_session {
        call.ctx.reserve_output(total)?;
    }
    let mut result = Ok(());
    let mut write = |bytes: &[u8]| -> Result<(), Interrupt<'gc>> {
        if to_session {
            return call.ctx.write_session_output(bytes);
        }
        if let Err(error) = stream.write(bytes) {
            result = Err(error);
        }
        Ok(())
    };
    for slot in first..count {
        match call.arg(slot) {
            Value::String(text) => write(text.as_bytes())?,
            Value::Integer(i) => write(&format_integer(i))?,
            Value::Number(n) => {
                // Unlike `tostring`, PUC's `write` adds no `.0`.
                let mut text = Vec::with_capacity(32);
                let flags = Flags::default();
                let spec = FloatSpec { conv: b'g', flags, width: None, precision: Some(14) };
                format_double(spec, n, &mut text);
                write(&text)?;
            }
            _ => return Ok(Written::Some),
        }
    }
    Ok(match result {
        Ok(()) => Written::All,
        Err(error) => Written::Failed(error),
    })
}

/// `io.flush ()`
pub(super) fn io_flush<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (_, stream) = default_file(call, Standard::Output)?;
    flush(call, stream)
}

/// `file:flush ()`
pub(super) fn file_flush<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let stream = check_open(call, 0)?;
    flush(call, stream)
}

fn flush<'gc>(call: &mut Call<'_, 'gc>, stream: &'gc RefCell<Stream>) -> Step<'gc> {
    call.charge(REQUEST)?;
    let flushed = borrow(call, stream)?.flush();
    file_result(call, flushed, None)
}
