//! `write` and `flush` (manual §6.8).

use super::{borrow, check_open, default_file, file_result};
use crate::base::number::{Flags, FloatSpec, format_double, format_integer};
use crate::vm::call::Call;
use crate::vm::fuel::{self, REQUEST};
use crate::vm::native::{Flow, Interrupt, Step};
use crate::vm::value::Value;
use crate::vm::world::stream::Stream;
use crate::vm::world::{Standard, WorldError};
use std::cell::RefCell;

/// Bytes that a number takes at most.
const LONGEST_NUMBER: usize = 32;

/// `io.write (···)`
pub(super) fn io_write<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (file, stream) = default_file(call, Standard::Output)?;
    let written = write_values(call, stream, 0)?;
    finish(call, Value::UserData(file), written)
}

/// `file:write (···)`
pub(super) fn file_write<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let stream = check_open(call, 0)?;
    let written = write_values(call, stream, 1)?;
    let file = call.arg(0);
    finish(call, file, written)
}

fn finish<'gc>(
    call: &mut Call<'_, 'gc>,
    file: Value<'gc>,
    written: Result<(), WorldError>,
) -> Step<'gc> {
    if written.is_err() {
        return file_result(call, written, None);
    }
    call.push(file);
    Ok(Flow::Return(1))
}

/// Writes the arguments from `first` on. What the system says of one does not keep
/// the others from being written, as in PUC.
fn write_values<'gc>(
    call: &Call<'_, 'gc>,
    stream: &'gc RefCell<Stream>,
    first: usize,
) -> Result<Result<(), WorldError>, Interrupt<'gc>> {
    let count = call.top();
    // Everything is paid before the first byte is written: this step does not run twice.
    let mut price = fuel::items_price(count);
    let mut total = 0;
    for slot in first..count {
        total += LONGEST_NUMBER;
        price += match call.arg(slot) {
            Value::String(text) => {
                total += text.len();
                fuel::bytes_price(text.len())
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
            _ => return Err(call.type_error(slot, "string")),
        }
    }
    Ok(result)
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
