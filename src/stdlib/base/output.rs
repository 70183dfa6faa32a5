//! `print` and `warn` (manual §6.1). Both write to the session's output, or to the streams
//! of the process where the world has them.

use super::tostring_result;
use crate::vm::calls::call::{Call, Now};
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::userdata::Buffer;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel;
use crate::vm::state::output::WARNING;

/// Step that adds the next argument to the line.
const ADD: u32 = 1;
/// Step at which the result of `__tostring` is on top.
const CONVERTED: u32 = 2;
/// Step that writes the line.
const WRITE: u32 = 3;

/// Slots of state above the arguments.
const STATE: usize = 3;
/// Lines up to this many bytes are made without a buffer object.
const SHORT_LINE: usize = 1024;
/// Arguments added in one step.
const STEP_ITEMS: usize = 2000;
/// Bytes added in one step.
const STEP_BYTES: usize = 64 * 1024;

/// `print (···)`
pub(super) fn print<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        0 => {
            if let Some(line) = short_line(call)? {
                call.ctx.write_output(&line)?;
                return Ok(Flow::Return(0));
            }
            // Above the arguments: the line, the number of arguments in it, and whether
            // a result of `__tostring` lies above and is still to be added (or a number: the
            // next argument is a string, made and paid for).
            let buffer = call.buffer()?;
            call.push(Value::Buffer(buffer));
            call.push(Value::Integer(0));
            call.push(Value::Boolean(false));
            Ok(Flow::Again { step: ADD })
        }
        WRITE => {
            let buffer = call.get_buffer(call.top().saturating_sub(STATE))?;
            buffer.with(|line| call.ctx.write_output(line))?;
            Ok(Flow::Return(0))
        }
        _ => add(call),
    }
}

/// Makes the whole line, if it is short and needs no call.
fn short_line<'gc>(call: &Call<'_, 'gc>) -> Result<Option<Vec<u8>>, Interrupt<'gc>> {
    let count = call.top();
    if count > SHORT_LINE / 4 {
        return Ok(None);
    }
    let mut line = Vec::new();
    for slot in 0..count {
        let value = call.arg(slot);
        if !call.ctx.metamethod(&value, Event::ToString).is_nil() {
            return Ok(None);
        }
        if let Value::String(s) = value
            && line.len() + s.len() > SHORT_LINE
        {
            return Ok(None);
        }
        if slot > 0 {
            line.push(b'\t');
        }
        line.extend_from_slice(call.ctx.plain_to_string(&value)?.as_bytes());
    }
    line.push(b'\n');
    call.charge(fuel::items_price(count) + fuel::output_price(line.len()))?;
    Ok(Some(line))
}

/// Adds arguments to the line in the buffer. What is added is counted at once.
fn add<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let above = STATE + usize::from(call.step == CONVERTED);
    let count = call.top().saturating_sub(above);
    let (counter, waiting, result) = (count + 1, count + 2, count + STATE);
    let buffer = call.get_buffer(count)?;
    let mut copied = 0;
    for _ in 0..STEP_ITEMS {
        let done = call.size(counter);
        if done >= count {
            add_bytes(call, buffer, b"\n", false)?;
            call.set_top(count + STATE);
            return Ok(Flow::Again { step: WRITE });
        }
        let string = match (call.arg(waiting), call.arg(done)) {
            // It was converted and paid for, and then its bytes were refused.
            (Value::Integer(_), Value::String(string)) => string,
            (state, value) => {
                call.charge(u64::from(done & 3 == 0))?;
                if state.is_truthy() {
                    tostring_result(call, result)?
                } else {
                    call.set_top(count + STATE);
                    match call.to_string(value, CONVERTED)? {
                        // What was made stays made, whatever interrupts the step.
                        Now::Done(string) => {
                            call.set(done, Value::String(string));
                            call.set(waiting, Value::Integer(0));
                            call.ctx.state.fuel.done();
                            string
                        }
                        Now::Later(flow) => {
                            // What stands before it is written before anything is called.
                            buffer.with(|line| call.ctx.write_output(line))?;
                            buffer.with_mut(Vec::clear);
                            call.set(waiting, Value::Boolean(true));
                            return Ok(flow);
                        }
                    }
                }
            }
        };
        add_bytes(call, buffer, string.as_bytes(), done > 0)?;
        call.set(waiting, Value::Boolean(false));
        call.set(counter, Value::Integer(done as i64 + 1));
        call.ctx.state.fuel.done();
        copied += string.len();
        if copied >= STEP_BYTES {
            break;
        }
    }
    call.set_top(count + STATE);
    Ok(Flow::Again { step: ADD })
}

/// Appends bytes, behind a tab if wanted.
fn add_bytes<'gc>(
    call: &Call<'_, 'gc>,
    buffer: Buffer<'gc>,
    bytes: &[u8],
    tab: bool,
) -> Result<(), Interrupt<'gc>> {
    call.charge(fuel::output_price(bytes.len()))?;
    buffer.reserve(call.ctx.heap(), bytes.len() + 1)?;
    if tab {
        buffer.push(call.ctx.heap(), b"\t")?;
    }
    buffer.push(call.ctx.heap(), bytes)
}

/// Step of `warn` that writes the line.
const WRITE_WARNING: u32 = u32::MAX;

/// `warn (msg1, ···)`
///
/// Step n checks the arguments from number n × [`STEP_ITEMS`] on; numbers become strings,
/// each in its slot.
pub(super) fn warn<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == WRITE_WARNING {
        let buffer = call.get_buffer(call.top().saturating_sub(1))?;
        buffer.with(|line| call.ctx.write_warning(line))?;
        return Ok(Flow::Return(0));
    }
    let count = call.top().max(1);
    let first = count.min((call.step as usize).saturating_mul(STEP_ITEMS));
    let end = count.min(first + STEP_ITEMS);
    for slot in first..end {
        if !matches!(call.arg(slot), Value::String(_)) {
            let string = call.check_string(slot)?;
            call.set(slot, Value::String(string));
            call.ctx.state.fuel.done();
        }
    }
    call.charge_items(end - first)?;
    if end < count {
        return Ok(Flow::Again { step: call.step + 1 });
    }
    let output = &call.ctx.state.output;
    if let Value::String(only) = call.arg(0)
        && count == 1
        && only.as_bytes().first() == Some(&b'@')
    {
        match only.as_bytes() {
            b"@on" => output.borrow_mut().warnings = true,
            b"@off" => output.borrow_mut().warnings = false,
            // Other control messages mean nothing here.
            _ => {}
        }
        return Ok(Flow::Return(0));
    }
    if !output.borrow().warnings {
        return Ok(Flow::Return(0));
    }
    let mut total = WARNING.len() + 1;
    for slot in 0..count {
        total += call.check_string(slot)?.len();
    }
    call.charge(fuel::output_price(total) + fuel::items_price(count))?;
    let buffer = call.buffer()?;
    buffer.reserve(call.ctx.heap(), total)?;
    buffer.push(call.ctx.heap(), WARNING)?;
    for slot in 0..count {
        buffer.push(call.ctx.heap(), call.check_string(slot)?.as_bytes())?;
    }
    buffer.push(call.ctx.heap(), b"\n")?;
    call.push(Value::Buffer(buffer));
    Ok(Flow::Again { step: WRITE_WARNING })
}
