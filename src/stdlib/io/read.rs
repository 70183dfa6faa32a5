//! `read` (manual §6.8): one format, or one bufferful of a long one, in each step.
//!
//! The window: what comes before the formats, the formats, the file, the number of
//! formats done, a buffer with what was read of the next one, whether that one is
//! complete, then the results. The step's number says who reads and by how many
//! formats.

use super::number::read_number;
use super::{borrow, check_open, default_file, file_result, stream_of};
use crate::base::number::Number;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::value::Value;
use crate::vm::state::world::stream::Stream;
use crate::vm::state::world::{Standard, WorldError};
use std::cell::RefCell;

/// Steps of `io.read`, `file:read` and the iterator of `lines`: this plus the number of formats.
const READ_DEFAULT: u32 = 1 << 28;
const READ_FILE: u32 = 2 << 28;
pub(super) const READ_LINES: u32 = 3 << 28;
/// The bits of a step that say who reads.
const WHO: u32 = 3 << 28;

/// Price of a numeral.
const NUMERAL: u64 = 32;
/// Slots between the formats and the results.
const STATE: usize = 4;

/// What one format asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// A line; with its end or without.
    Line { keep_end: bool },
    /// Everything.
    All,
    /// A numeral.
    Number,
    /// So many bytes.
    Bytes(usize),
    /// Nothing, but is there something?
    Probe,
}

/// What reading came to.
enum Reading {
    /// The top values are the results.
    Values(usize),
    /// The system refused.
    Failed(WorldError),
}

/// What came of one format in one step.
enum Piece<'gc> {
    /// Its value.
    Value(Value<'gc>),
    /// There is nothing to read.
    Nothing,
    /// More is to be read into the buffer.
    More,
    /// The buffer has all of it.
    Complete,
    /// A buffer is needed.
    Long,
    /// The system refused.
    Failed(WorldError),
}

/// `io.read (···)`
pub(super) fn io_read<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step != 0 {
        return go_on(call);
    }
    let (file, _) = default_file(call, Standard::Input)?;
    begin(call, READ_DEFAULT, Value::UserData(file))
}

/// `file:read (···)`
pub(super) fn file_read<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step != 0 {
        return go_on(call);
    }
    check_open(call, 0)?;
    let file = call.arg(0);
    begin(call, READ_FILE, file)
}

/// Returns the slot of the first format.
fn first_format(who: u32) -> usize {
    usize::from(who != READ_DEFAULT)
}

/// Begins to read by the formats in the window.
pub(super) fn begin<'gc>(call: &mut Call<'_, 'gc>, who: u32, file: Value<'gc>) -> Step<'gc> {
    let first = first_format(who);
    let count = call.above(first);
    // Most calls read one thing, and it lies in the stream's buffer.
    if count <= 1 {
        let format = format_at(call, first, count, 0)?;
        let Some(stream) = stream_of(call.ctx, &file) else {
            return Err(call.type_error(0, super::FILE));
        };
        let piece = read_piece(call, stream, format, None)?;
        match piece {
            Piece::Value(value) => {
                call.push(value);
                return finish(call, who, Reading::Values(1));
            }
            Piece::Nothing => {
                call.push(Value::Nil);
                return finish(call, who, Reading::Values(1));
            }
            Piece::Failed(error) => return finish(call, who, Reading::Failed(error)),
            Piece::More | Piece::Complete | Piece::Long => {}
        }
    }
    call.charge_items(count)?;
    call.ensure(count + STATE)?;
    for value in [file, Value::Integer(0), Value::Nil, Value::Boolean(false)] {
        call.push(value);
    }
    Ok(Flow::Again { step: who | (count as u32) })
}

/// Takes the step's number apart: who reads, and the slot of the file.
fn layout(step: u32) -> (u32, usize, usize) {
    let (who, count) = (step & WHO, (step & !WHO) as usize);
    (who, count, first_format(who) + count)
}

/// Goes on reading by the formats in the window.
pub(super) fn go_on<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (who, count, file) = layout(call.step);
    let (done, buffer, complete, results) = (file + 1, file + 2, file + 3, file + STATE);
    let next = call.size(done);
    if next == count.max(1) {
        let read = call.above(results);
        return finish(call, who, Reading::Values(read));
    }
    let Some(stream) = stream_of(call.ctx, &call.arg(file)) else {
        return Err(call.error("internal error: file expected"));
    };
    let again = Flow::Again { step: call.step };
    let value = if call.arg(complete).is_truthy() {
        let text = call.get_buffer(buffer)?.with(|bytes| call.string(bytes))?;
        Value::String(text)
    } else {
        let format = format_at(call, first_format(who), count, next)?;
        let held = !call.arg(buffer).is_nil();
        match read_piece(call, stream, format, held.then_some(buffer))? {
            Piece::Value(value) => value,
            Piece::More => return Ok(again),
            Piece::Complete => {
                call.set(complete, Value::Boolean(true));
                return Ok(again);
            }
            Piece::Long => {
                let made = call.buffer()?;
                call.set(buffer, Value::Buffer(made));
                return Ok(again);
            }
            Piece::Nothing => {
                call.push(Value::Nil);
                let read = call.above(results);
                return finish(call, who, Reading::Values(read));
            }
            Piece::Failed(error) => return finish(call, who, Reading::Failed(error)),
        }
    };
    call.set(done, Value::Integer(next as i64 + 1));
    call.set(buffer, Value::Nil);
    call.set(complete, Value::Boolean(false));
    call.push(value);
    Ok(again)
}

fn finish<'gc>(call: &mut Call<'_, 'gc>, who: u32, reading: Reading) -> Step<'gc> {
    if who == READ_LINES {
        return finish_line(call, reading);
    }
    match reading {
        Reading::Values(count) => Ok(Flow::Return(count)),
        Reading::Failed(error) => file_result(call, Err(error), None),
    }
}

/// Reads the format in a slot; without formats it is a line.
fn format_at<'gc>(
    call: &Call<'_, 'gc>,
    first: usize,
    count: usize,
    at: usize,
) -> Result<Format, Interrupt<'gc>> {
    if count == 0 {
        return Ok(Format::Line { keep_end: false });
    }
    let slot = first + at;
    if let Value::Integer(_) | Value::Number(_) = call.arg(slot) {
        return match call.check_integer(slot)? {
            0 => Ok(Format::Probe),
            // As a size in C it is beyond all memory.
            negative if negative < 0 => Err(call.ctx.error("not enough memory")),
            count => Ok(Format::Bytes(count as usize)),
        };
    }
    let text = call.check_string(slot)?.as_bytes();
    match text.strip_prefix(b"*").unwrap_or(text).first() {
        Some(b'n') => Ok(Format::Number),
        Some(b'l') => Ok(Format::Line { keep_end: false }),
        Some(b'L') => Ok(Format::Line { keep_end: true }),
        Some(b'a') => Ok(Format::All),
        _ => Err(call.arg_error(slot, "invalid format")),
    }
}

/// Reads by one format: its value if it lies in the stream's buffer, else one
/// bufferful into the buffer in slot `held`. Nothing is taken from the stream before
/// it is paid for.
fn read_piece<'gc>(
    call: &Call<'_, 'gc>,
    stream: &'gc RefCell<Stream>,
    format: Format,
    held: Option<usize>,
) -> Result<Piece<'gc>, Interrupt<'gc>> {
    let stream = &mut *borrow(call, stream)?;
    // Where the next byte is not known to be there, it is asked for.
    if stream.available().is_empty() || matches!(format, Format::Number) {
        match stream.peek(0) {
            Ok(Some(_)) => {}
            Ok(None) => return at_end(call, format, held),
            Err(error) => return Ok(Piece::Failed(error)),
        }
    }
    let available = stream.available();
    let have = held.map_or(Ok(0), |slot| call.get_buffer(slot).map(|buffer| buffer.len()))?;
    // How many bytes are taken, how many of them are dropped, and whether that is all.
    let (take, drop, complete) = match format {
        Format::Line { keep_end } => match memchr::memchr(b'\n', available) {
            Some(at) => (at + 1, usize::from(!keep_end), true),
            None => (available.len(), 0, false),
        },
        Format::All => (available.len(), 0, false),
        Format::Bytes(count) => {
            let take = (count - have).min(available.len());
            (take, 0, have + take == count)
        }
        Format::Probe => (0, 0, true),
        Format::Number => return numeral(call, stream),
    };
    let bytes = &available[..take - drop];
    match held {
        None if complete => {
            let text = call.string(bytes)?;
            stream.consume(take);
            Ok(Piece::Value(Value::String(text)))
        }
        None => Ok(Piece::Long),
        Some(slot) => {
            call.charge_bytes(take)?;
            call.get_buffer(slot)?.push(call.ctx.heap(), bytes)?;
            stream.consume(take);
            Ok(if complete { Piece::Complete } else { Piece::More })
        }
    }
}

/// Says what a format gives where there is nothing more to read.
fn at_end<'gc>(
    call: &Call<'_, 'gc>,
    format: Format,
    held: Option<usize>,
) -> Result<Piece<'gc>, Interrupt<'gc>> {
    let empty = match held {
        Some(slot) => call.get_buffer(slot)?.is_empty(),
        None => true,
    };
    Ok(match format {
        _ if !empty => Piece::Complete,
        Format::All => Piece::Value(Value::String(call.ctx.string(b"")?)),
        _ => Piece::Nothing,
    })
}

/// Skips white space, then reads a numeral.
fn numeral<'gc>(call: &Call<'_, 'gc>, stream: &mut Stream) -> Result<Piece<'gc>, Interrupt<'gc>> {
    let available = stream.available();
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let spaces = available.iter().position(|byte| !is_space(byte));
    let spaces = spaces.unwrap_or(available.len());
    call.charge(NUMERAL + spaces as u64 / 8)?;
    stream.consume(spaces);
    if stream.available().is_empty() {
        return Ok(Piece::More);
    }
    Ok(match read_number(stream) {
        Ok(Some(Number::Integer(i))) => Piece::Value(Value::Integer(i)),
        Ok(Some(Number::Float(n))) => Piece::Value(Value::Number(n)),
        Ok(None) => Piece::Nothing,
        Err(error) => Piece::Failed(error),
    })
}

/// Ends a call of the iterator.
fn finish_line<'gc>(call: &mut Call<'_, 'gc>, reading: Reading) -> Step<'gc> {
    match reading {
        Reading::Failed(error) => Err(call.error(error.message)),
        Reading::Values(count) => {
            if call.arg(call.above(count)).is_truthy() {
                return Ok(Flow::Return(count));
            }
            let file = call.upvalue(0);
            if call.upvalue(1).is_truthy()
                && let Some(stream) = stream_of(call.ctx, &file)
            {
                let _ = borrow(call, stream)?.close();
            }
            Ok(Flow::Return(0))
        }
    }
}
