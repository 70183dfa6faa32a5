//! What follows most answers of a function: the answer is a string or nothing, and a next match
//! is near, which is asked about like the last one. Such a loop is nothing but that, so it goes
//! without all of a step's state, and where the pattern is a single item without the machine.

use super::super::pattern::{Found, Outcome, find_alone, lend};
use super::super::search::{is_anchored, push_captures};
use super::{ASKING, CALLED, MATCH, SLOTS, append, note};
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Interrupt};
use crate::vm::heap::userdata::Buffer;
use crate::vm::heap::value::Value;

/// The window with the answer.
const ANSWERED: usize = SLOTS + 1;
/// Units that are spent on a search here: one that takes more is begun again in an ordinary step.
const FEW_UNITS: u64 = 256;

/// Puts the answer in the place of its match, and asks about the next one. Returns nothing where
/// that is not all there is to it; then nothing is done.
///
/// # Errors
/// When fuel or memory is refused: the step runs again.
pub(super) fn ask_again<'gc>(call: &mut Call<'_, 'gc>) -> Result<Option<Flow>, Interrupt<'gc>> {
    let &[
        Value::String(src),
        Value::String(pat),
        ref function @ (Value::Closure(_) | Value::Native(_) | Value::Builtin(_)),
        Value::Integer(most),
        Value::Buffer(out),
        Value::Integer(length),
        Value::Integer(position),
        Value::Integer(count),
        Value::Boolean(changed),
        _,
        Value::Integer(start),
        ref answer,
    ] = call.slots(0, ANSWERED)
    else {
        return Ok(None);
    };
    // Both are below the length of a string, unless a snapshot has made them up.
    let (subject, position, start) = (src.as_bytes(), position as usize, start as usize);
    let text;
    let (text, changed) = match answer {
        Value::String(string) => {
            text = *string;
            (text.as_bytes(), true)
        }
        Value::Nil | Value::Boolean(false) => {
            let Some(matched) = subject.get(start..position) else { return Ok(None) };
            (matched, changed)
        }
        _ => return Ok(None),
    };
    if count >= most || length != out.len() as i64 || position > subject.len() {
        return Ok(None);
    }
    let pattern = pat.as_bytes();
    if let Some(found) = find_alone(subject, pattern, position, FEW_UNITS) {
        let Found { at: Some(at), len, text: key, used, .. } = found else { return Ok(None) };
        let function = *function;
        put(call, (out, text), used, &subject[position..at])?;
        let key = call.string(&subject[at..at + key])?;
        call.set_top(SLOTS);
        call.push(function);
        call.push(Value::String(key));
        note(call, (out.len(), at + len, count + 1, changed));
        call.set(MATCH, Value::Integer(at as i64));
        return Ok(Some(ask(1)));
    }
    if is_anchored(pattern) {
        return Ok(None);
    }
    let mut lent = lend();
    let machine = lent.machine();
    machine.begin(pattern, position, false, Some(position));
    let Outcome::Matched { end } = machine.run(subject, pattern, FEW_UNITS) else {
        return Ok(None);
    };
    let (start, used, function) = (machine.start(), machine.used(), *function);
    put(call, (out, text), used, subject.get(position..start).unwrap_or(&[]))?;
    let args = push_captures(call, (&*machine, src, end), SLOTS, &[function], true)?;
    note(call, (out.len(), end, count + 1, changed));
    call.set(MATCH, Value::Integer(start as i64));
    Ok(Some(ask(args)))
}

/// Appends an answer, pays for the next match, and appends what lies between.
///
/// # Errors
/// When fuel or memory is refused: in the order of all steps, so that the same is refused at the
/// same charge.
#[inline(always)]
fn put<'gc>(
    call: &Call<'_, 'gc>,
    (out, answer): (Buffer<'gc>, &[u8]),
    used: u64,
    between: &[u8],
) -> Result<(), Interrupt<'gc>> {
    append(call, out, answer)?;
    call.charge(used + 1 + ASKING)?;
    append(call, out, between)
}

/// A call of the function with so many arguments.
fn ask(args: usize) -> Flow {
    Flow::Call { at: SLOTS, args, results: Some(1), step: CALLED }
}
