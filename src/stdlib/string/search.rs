//! `find`, `match` and `gmatch` (manual §6.4), and what all users of patterns share.

use super::pattern::{
    Captured, Found, MAX_CAPTURES, MAX_STORED, Machine, Outcome, PatternError, find_alone, lend,
};
use super::start_position;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::string::Str;
use crate::vm::heap::userdata::Buffer;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::bytes_price;

/// Units of matching in one step. Steps end at multiples of this whatever fuel is
/// left, so memory and fuel do not depend on where a run is stopped: work that
/// cannot be paid is done again when it can.
pub(super) const STEP_UNITS: u64 = 4000;
/// Bytes a plain search looks at in one step, and of what it looks for.
const PLAIN_CHUNK: usize = 64 * 1024;
/// How much longer looking for more than a byte may take than for one.
const WORST: usize = 4;
/// Bytes of what is looked for, prepared for a search, for one unit.
const NEEDLE_BYTES_PER_UNIT: usize = 4;

/// Makes the Lua error of a wrong pattern.
pub(super) fn wrong<'gc>(call: &Call<'_, 'gc>, error: PatternError) -> Interrupt<'gc> {
    call.error(error.to_string())
}

/// Makes the buffer that holds a machine between steps, with all the room it may need.
pub(super) fn machine_buffer<'gc>(call: &Call<'_, 'gc>) -> Result<Buffer<'gc>, Interrupt<'gc>> {
    let buffer = call.buffer()?;
    buffer.reserve(call.ctx.heap(), MAX_STORED)?;
    Ok(buffer)
}

/// Stores a machine in such a buffer.
pub(super) fn store(machine: &Machine, buffer: Buffer<'_>) {
    buffer.with_mut(|bytes| {
        bytes.clear();
        machine.save(bytes);
    });
}

/// Makes a machine the one that is stored in the buffer in `slot`.
pub(super) fn restore<'gc>(
    call: &Call<'_, 'gc>,
    machine: &mut Machine,
    slot: usize,
    src: &[u8],
    pat: &[u8],
) -> Result<(), Interrupt<'gc>> {
    call.get_buffer(slot)?
        .with(|bytes| machine.restore(bytes, src, pat))
        .ok_or_else(|| call.error("internal error: match state expected"))
}

/// Makes the value of a capture.
pub(super) fn capture_value<'gc>(
    call: &Call<'_, 'gc>,
    src: Str<'gc>,
    captured: Captured,
) -> Result<Value<'gc>, Interrupt<'gc>> {
    match captured {
        Captured::Position(position) => Ok(Value::Integer(position)),
        Captured::Span(from, to) => {
            Ok(Value::String(call.string(src.as_bytes().get(from..to).unwrap_or(&[]))?))
        }
    }
}

/// Cuts the window to `top` and pushes `first` and then all captures of a match, or
/// the whole match if there are none and `whole`; returns the number of captures.
/// The window changes only on success.
///
/// # Errors
/// For captures that are not closed; when fuel or memory is refused.
pub(super) fn push_captures<'gc>(
    call: &mut Call<'_, 'gc>,
    found: (&Machine, Str<'gc>, usize),
    top: usize,
    first: &[Value<'gc>],
    whole: bool,
) -> Result<usize, Interrupt<'gc>> {
    let (machine, src, end) = found;
    if machine.level() == 0 && whole {
        let text = call.string(src.as_bytes().get(machine.start()..end).unwrap_or(&[]))?;
        call.set_top(top);
        first.iter().for_each(|value| call.push(*value));
        call.push(Value::String(text));
        return Ok(1);
    }
    let count = machine.level();
    if count + first.len() > 4 {
        call.ensure(count + first.len())?;
    }
    if count <= FEW_CAPTURES {
        return push_up_to::<FEW_CAPTURES>(call, found, count, top, first);
    }
    push_up_to::<MAX_CAPTURES>(call, found, count, top, first)
}

/// Captures for which no room is cleared that the others need.
const FEW_CAPTURES: usize = 2;

/// [`push_captures`] of `count` captures, at most `N`.
fn push_up_to<'gc, const N: usize>(
    call: &mut Call<'_, 'gc>,
    (machine, src, end): (&Machine, Str<'gc>, usize),
    count: usize,
    top: usize,
    first: &[Value<'gc>],
) -> Result<usize, Interrupt<'gc>> {
    let mut values = [Value::Nil; N];
    // All are paid for before one is made: an interrupted attempt leaves no garbage.
    for index in 0..count {
        let captured = machine.capture(index, end).map_err(|error| wrong(call, error))?;
        if let Captured::Span(from, to) = captured {
            call.charge_bytes(to - from)?;
        }
    }
    for (index, value) in values.iter_mut().take(count).enumerate() {
        *value = match machine.capture(index, end).map_err(|error| wrong(call, error))? {
            Captured::Position(position) => Value::Integer(position),
            Captured::Span(from, to) => {
                Value::String(call.ctx.string(src.as_bytes().get(from..to).unwrap_or(&[]))?)
            }
        };
    }
    call.set_top(top);
    for value in first.iter().chain(&values[..count]) {
        call.push(*value);
    }
    Ok(count)
}

/// `string.find (s, pattern [, init [, plain]])`
pub(super) fn find<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    search(call, true)
}

/// `string.match (s, pattern [, init])`
pub(super) fn match_<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    search(call, false)
}

/// Step of a search for a pattern whose machine is in slot 2.
const MATCHING: u32 = 1;
/// Step of a plain search that goes on at the position in slot 2, where the number of
/// bytes in slot 3 are known to match.
const PLAIN: u32 = 2;

fn search<'gc>(call: &mut Call<'_, 'gc>, find: bool) -> Step<'gc> {
    match call.step {
        0 => {}
        PLAIN => return plain(call),
        _ => {
            call.set_top(3);
            let (src, pat) = (call.check_string(0)?, call.check_string(1)?);
            let mut lent = lend();
            let machine = lent.machine();
            restore(call, machine, 2, src.as_bytes(), unanchored(pat.as_bytes()))?;
            return run(call, machine, find);
        }
    }
    let src = call.check_string(0)?;
    let pat = call.check_string(1)?;
    let init = start_position(call.opt_integer(2, 1)?, src.len()) - 1;
    if init > src.len() {
        return call.ret(Value::Nil);
    }
    // It is looked through for four sets of letters.
    call.charge_bytes(2 * pat.len())?;
    let is_plain = find && (call.arg(3).is_truthy() || !has_specials(pat.as_bytes()));
    if call.top() < 4 {
        call.set_top(4);
    }
    call.set(0, Value::String(src));
    call.set(1, Value::String(pat));
    if is_plain {
        if pat.len() > src.len() - init {
            return call.ret(Value::Nil);
        }
        if pat.len() + src.len() - init <= PLAIN_CHUNK {
            call.charge(plain_price(src.len() - init, pat.len()))?;
            let at = position(&src.as_bytes()[init..], pat.as_bytes());
            return found(call, at.map(|at| init + at), pat.len());
        }
        // The position replaces the initial position, at which the check began.
        call.set(2, Value::Integer(init as i64));
        call.set(3, Value::Integer(0));
        return Ok(Flow::Again { step: PLAIN });
    }
    let pat = pat.as_bytes();
    // What is captured follows the positions: that is the machine's to tell.
    if !(find && pat.first() == Some(&b'('))
        && let Some(found) = find_alone(src.as_bytes(), pat, init, STEP_UNITS)
    {
        return return_alone(call, src, found, find);
    }
    let mut lent = lend();
    let machine = lent.machine();
    machine.begin(unanchored(pat), init, is_anchored(pat), None);
    run(call, machine, find)
}

/// Runs a machine for one step and returns what was found.
fn run<'gc>(call: &mut Call<'_, 'gc>, machine: &mut Machine, find: bool) -> Step<'gc> {
    let (src, pat) = (call.check_string(0)?, call.check_string(1)?);
    let outcome = machine.run(src.as_bytes(), unanchored(pat.as_bytes()), STEP_UNITS);
    call.charge(machine.used())?;
    match outcome {
        Outcome::Matched { end } => {
            let span = [Value::Integer(machine.start() as i64 + 1), Value::Integer(end as i64)];
            let first = if find { &span[..] } else { &[] };
            let count = push_captures(call, (machine, src, end), 3, first, !find)?;
            Ok(Flow::Return(count + first.len()))
        }
        Outcome::Failed => call.ret(Value::Nil),
        Outcome::Error(error) => Err(wrong(call, error)),
        Outcome::OutOfBudget => {
            let buffer = if call.step == 0 { machine_buffer(call)? } else { call.get_buffer(2)? };
            store(machine, buffer);
            call.set(2, Value::Buffer(buffer));
            Ok(Flow::Again { step: MATCHING })
        }
    }
}

/// Returns what was found without a machine, as [`run`] does.
fn return_alone<'gc>(
    call: &mut Call<'_, 'gc>,
    src: Str<'gc>,
    found: Found,
    find: bool,
) -> Step<'gc> {
    call.charge(found.used)?;
    let Some(at) = found.at else { return call.ret(Value::Nil) };
    let end = at + found.len;
    if find {
        call.set_top(3);
        call.push(Value::Integer(at as i64 + 1));
        call.push(Value::Integer(end as i64));
        return Ok(Flow::Return(2));
    }
    let text = call.string(src.as_bytes().get(at..at + found.text).unwrap_or(&[]))?;
    call.set_top(3);
    call.push(Value::String(text));
    Ok(Flow::Return(1))
}

fn found<'gc>(call: &mut Call<'_, 'gc>, at: Option<usize>, len: usize) -> Step<'gc> {
    match at {
        Some(at) => {
            call.push(Value::Integer(at as i64 + 1));
            call.push(Value::Integer((at + len) as i64));
            Ok(Flow::Return(2))
        }
        None => call.ret(Value::Nil),
    }
}

/// Returns the price of looking for `needle` bytes in `bytes` bytes.
pub(super) fn plain_price(bytes: usize, needle: usize) -> u64 {
    let bytes =
        if needle > 1 { bytes_price(bytes.saturating_mul(WORST)) } else { bytes_price(bytes) };
    bytes + (needle / NEEDLE_BYTES_PER_UNIT) as u64
}

/// Searches a part of the subject for the pattern as it is. Of a long pattern the
/// beginning is looked for, and then the rest compared, a part in each step.
fn plain<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (src, pat) = (call.check_string(0)?, call.check_string(1)?);
    let (from, matched) = (call.size(2), call.size(3));
    let needle = pat.as_bytes();
    if from + needle.len() > src.len() || matched > needle.len() {
        return found(call, None, 0);
    }
    let head = &needle[..needle.len().min(PLAIN_CHUNK)];
    // Where the last occurrence could end.
    let end = src.len() - (needle.len() - head.len());
    if matched > 0 {
        let part = &needle[matched..needle.len().min(matched + PLAIN_CHUNK)];
        call.charge_bytes(part.len())?;
        let (from, matched) = if src.as_bytes()[from + matched..].starts_with(part) {
            (from, matched + part.len())
        } else {
            (from + 1, 0)
        };
        return plain_at(call, from, matched, needle.len());
    }
    // Parts overlap by a needle.
    let to = end.min(from + PLAIN_CHUNK + head.len());
    if to < from + head.len() {
        return found(call, None, 0);
    }
    call.charge(plain_price(to - from, head.len()))?;
    match position(&src.as_bytes()[from..to], head) {
        Some(at) => plain_at(call, from + at, head.len(), needle.len()),
        None if to == end => found(call, None, 0),
        None => plain_at(call, from + PLAIN_CHUNK + 1, 0, needle.len()),
    }
}

/// Returns where the first occurrence of `needle` begins. The first few places where its first
/// byte is are looked at one by one: to make a search of any text ready takes longer than most
/// searches last.
pub(super) fn position(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    const PLACES: usize = 8;
    const SHORT_NEEDLE: usize = 64;
    let mut from = 0;
    if let [first, rest @ ..] = needle
        && rest.len() < SHORT_NEEDLE
    {
        for _ in 0..PLACES {
            let at = from + memchr::memchr(*first, &bytes[from..])?;
            from = at + 1;
            if bytes[from..].starts_with(rest) {
                return Some(at);
            }
        }
    }
    memchr::memmem::find(&bytes[from..], needle).map(|at| from + at)
}

/// Goes on with a plain search at a position where `matched` bytes of `len` match.
fn plain_at<'gc>(call: &mut Call<'_, 'gc>, at: usize, matched: usize, len: usize) -> Step<'gc> {
    if matched == len {
        return found(call, Some(at), len);
    }
    call.set(2, Value::Integer(at as i64));
    call.set(3, Value::Integer(matched as i64));
    Ok(Flow::Again { step: PLAIN })
}

/// Tells whether a pattern has bytes that do not stand for themselves.
pub(super) fn has_specials(pat: &[u8]) -> bool {
    // Four searches have to begin before one can find anything.
    const SHORT_PATTERN: usize = 16;
    if pat.len() <= SHORT_PATTERN {
        return pat.iter().any(|byte| b"%.[*+?(^$-".contains(byte));
    }
    memchr::memchr3(b'%', b'.', b'[', pat).is_some()
        || memchr::memchr3(b'*', b'+', b'?', pat).is_some()
        || memchr::memchr3(b'(', b'^', b'$', pat).is_some()
        || memchr::memchr(b'-', pat).is_some()
}

/// Tells whether a pattern has an anchor.
pub(super) fn is_anchored(pat: &[u8]) -> bool {
    pat.first() == Some(&b'^')
}

/// Returns a pattern without its anchor.
pub(super) fn unanchored(pat: &[u8]) -> &[u8] {
    pat.strip_prefix(b"^").unwrap_or(pat)
}

#[cfg(test)]
mod tests;
