//! `string.gsub` (manual §6.4).

use super::finish;
use super::pattern::{Captured, Machine, Outcome, PatternError, lend};
use super::search::{
    STEP_UNITS, capture_value, is_anchored, machine_buffer, push_captures, restore, store,
    unanchored, wrong,
};
use crate::base::number::format_integer;
use crate::now;
use crate::vm::calls::call::{Call, Now};
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::string::{SHORT, Str};
use crate::vm::heap::userdata::Buffer;
use crate::vm::heap::value::{Type, Value};
use crate::vm::meters::fuel::bytes_price;
use answered::ask_again;

mod answered;

/// Bytes of result one step writes before it ends.
const STEP_BYTES: usize = 64 * 1024;
/// Units that one step spends on replacement strings before it ends. They may cost much and write
/// nothing (`%0` of an empty match), and who gives little fuel has a step done anew in each slice.
const STEP_TEMPLATES: u64 = 3 * STEP_UNITS;

// The window between steps.
const SRC: usize = 0;
const PAT: usize = 1;
const REPLACEMENT: usize = 2;
/// Most replacements.
const MOST: usize = 3;
/// The result so far.
const RESULT: usize = 4;
/// Length of the result that counts; a step that is run again cuts it back to this.
const LENGTH: usize = 5;
/// Where the next search begins, which is where the last match has ended; everything before is
/// in the result.
const POSITION: usize = 6;
/// Replacements made.
const COUNT: usize = 7;
/// Whether anything was replaced by something else.
const CHANGED: usize = 8;
/// The machine of a search that goes on, or nil.
const SEARCH: usize = 9;
/// Start of the match whose replacement is being computed.
const MATCH: usize = 10;
const SLOTS: usize = 11;

// Steps: search on; search on with the stored machine; take the result of a call.
const SEARCHING: u32 = 1;
const RESUMING: u32 = 2;
const CALLED: u32 = 3;
/// Look up the key that is in the slot above the others.
const LOOKING_UP: u32 = 4;

/// The state of a step, written back to the window when it ends.
struct State<'gc> {
    src: Str<'gc>,
    pat: Str<'gc>,
    out: Buffer<'gc>,
    most: i64,
    position: usize,
    count: i64,
    changed: bool,
}

impl State<'_> {
    /// Returns where the last match has ended, if there was one.
    fn last(&self) -> Option<usize> {
        (self.count > 0).then_some(self.position)
    }
}

/// `string.gsub (s, pattern, repl [, n])`
pub(super) fn gsub<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == 0 {
        begin(call)?;
        // What is charged from here on would make the buffer again.
        return Ok(Flow::Again { step: SEARCHING });
    }
    if call.step == CALLED
        && let Some(flow) = ask_again(call)?
    {
        return Ok(flow);
    }
    let mut state = load(call)?;
    match call.step {
        CALLED => {
            let start = call.size(MATCH);
            replace_by_value(call, &mut state, start, call.arg(SLOTS))?;
            if let Value::Table(_) = call.arg(REPLACEMENT) {
                commit(call, &state);
                return Ok(Flow::Again { step: SEARCHING });
            }
        }
        LOOKING_UP => {
            let (table, key) = (call.arg(REPLACEMENT), call.arg(SLOTS));
            call.set_top(SLOTS);
            let value = now!(call.index(table, key, CALLED));
            let start = call.size(MATCH);
            replace_by_value(call, &mut state, start, value)?;
            commit(call, &state);
            return Ok(Flow::Again { step: SEARCHING });
        }
        _ => {}
    }
    let mut lent = lend();
    let machine = lent.machine();
    let pat = state.pat.as_bytes();
    if call.step == RESUMING {
        restore(call, machine, SEARCH, state.src.as_bytes(), unanchored(pat))?;
    } else {
        machine.begin(unanchored(pat), state.position, is_anchored(pat), state.last());
    }
    work(call, &mut state, machine)
}

/// Checks the arguments and lays out the window.
fn begin<'gc>(call: &mut Call<'_, 'gc>) -> Result<(), Interrupt<'gc>> {
    let src = call.check_string(0)?;
    let pat = call.check_string(1)?;
    let most = call.opt_integer(3, src.len() as i64 + 1)?;
    let replacement = match call.arg(2) {
        number @ (Value::Integer(_) | Value::Number(_)) => {
            Value::String(call.ctx.plain_to_string(&number)?)
        }
        other => other,
    };
    if !matches!(replacement.type_of(), Type::String | Type::Table | Type::Function) {
        return Err(call.type_error(2, "string/function/table"));
    }
    let buffer = call.buffer()?;
    call.set_top(SLOTS);
    call.set(SRC, Value::String(src));
    call.set(PAT, Value::String(pat));
    call.set(REPLACEMENT, replacement);
    call.set(MOST, Value::Integer(most));
    call.set(RESULT, Value::Buffer(buffer));
    for slot in [LENGTH, POSITION, COUNT] {
        call.set(slot, Value::Integer(0));
    }
    call.set(CHANGED, Value::Boolean(false));
    call.set(SEARCH, Value::Nil);
    Ok(())
}

fn load<'gc>(call: &Call<'_, 'gc>) -> Result<State<'gc>, Interrupt<'gc>> {
    let &[
        Value::String(src),
        Value::String(pat),
        _,
        Value::Integer(most),
        Value::Buffer(out),
        Value::Integer(length),
        Value::Integer(position),
        Value::Integer(count),
        Value::Boolean(changed),
        ..,
    ] = call.slots(0, SLOTS)
    else {
        return Err(call.error("internal error: gsub state expected"));
    };
    let size = |value| usize::try_from(value).unwrap_or(0);
    out.with_mut(|bytes| bytes.truncate(size(length)));
    let position = size(position).min(src.len());
    // What a snapshot has made up is not counted on.
    let count = count.clamp(0, i64::MAX / 2);
    Ok(State { src, pat, out, most, position, count, changed })
}

/// Writes a step's state back and clears the rest: the last thing a step does.
fn commit<'gc>(call: &mut Call<'_, 'gc>, state: &State<'gc>) {
    call.set_top(SLOTS);
    save(call, state);
}

/// Writes a step's state back when a call follows.
fn save<'gc>(call: &mut Call<'_, 'gc>, state: &State<'gc>) {
    note(call, (state.out.len(), state.position, state.count, state.changed));
}

/// Writes back how far everything is.
#[inline(always)]
fn note(call: &mut Call<'_, '_>, state: (usize, usize, i64, bool)) {
    let (length, position, count, changed) = state;
    if let Some(slots) = call.slots_mut::<SLOTS>() {
        slots[LENGTH] = Value::Integer(length as i64);
        slots[POSITION] = Value::Integer(position as i64);
        slots[COUNT] = Value::Integer(count);
        slots[CHANGED] = Value::Boolean(changed);
    }
}

/// Units for asking a function or a table what to put in the place of a match.
const ASKING: u64 = 8;

/// Searches and replaces until a function must be called or the step is long enough.
fn work<'gc>(call: &mut Call<'_, 'gc>, state: &mut State<'gc>, machine: &mut Machine) -> Step<'gc> {
    let anchored = is_anchored(state.pat.as_bytes());
    let (src, pat) = (state.src, state.pat);
    let (subject, pattern) = (src.as_bytes(), unanchored(pat.as_bytes()));
    let replacement = call.arg(REPLACEMENT);
    let first_length = state.out.len();
    let (mut units, mut templates) = (0, 0);
    // An anchored pattern matches once.
    while state.count < state.most && !(anchored && state.count > 0) {
        if units >= STEP_UNITS
            || templates >= STEP_TEMPLATES
            || state.out.len() - first_length >= STEP_BYTES
        {
            commit(call, state);
            return Ok(Flow::Again { step: SEARCHING });
        }
        let before = machine.used();
        let outcome = machine.run_alone(subject, pattern, STEP_UNITS);
        let asks =
            matches!(outcome, Outcome::Matched { .. }) && !matches!(replacement, Value::String(_));
        let used = machine.used() - before + 1 + if asks { ASKING } else { 0 };
        units += used;
        call.charge(used)?;
        let end = match outcome {
            Outcome::Matched { end } => end,
            Outcome::Failed => break,
            Outcome::Error(error) => return Err(wrong(call, error)),
            Outcome::OutOfBudget => return suspend(call, state, machine),
        };
        let start = machine.start();
        append(call, state.out, subject.get(state.position..start).unwrap_or(&[]))?;
        state.position = end;
        state.count += 1;
        match replacement {
            Value::String(template) => {
                templates += expand(call, state, machine, template.as_bytes(), end)?;
                state.changed = true;
            }
            Value::Table(table) => {
                let captured = machine.capture(0, end).map_err(|error| wrong(call, error))?;
                let key = match captured {
                    Captured::Span(from, to) if to - from <= SHORT => {
                        let key = call.string(subject.get(from..to).unwrap_or(&[]))?;
                        let found = table.look_up_short(key);
                        // What mostly is there is appended where it lies.
                        if let Some(Value::String(text)) = found {
                            append(call, state.out, text.as_bytes())?;
                            state.changed = true;
                            machine.restart(end, Some(end));
                            continue;
                        }
                        // To look for anything else costs the key once more.
                        call.charge_bytes(to - from)?;
                        if let Some(value) = found {
                            replace_by_value(call, state, start, value)?;
                            machine.restart(end, Some(end));
                            continue;
                        }
                        Value::String(key)
                    }
                    other => capture_value(call, src, other)?,
                };
                if matches!(&key, Value::String(key) if key.len() > SHORT) {
                    // Long strings are made anew each time: no charge may follow.
                    commit(call, state);
                    call.set(MATCH, Value::Integer(start as i64));
                    call.push(key);
                    return Ok(Flow::Again { step: LOOKING_UP });
                }
                match call.index(Value::Table(table), key, CALLED)? {
                    Now::Done(value) => replace_by_value(call, state, start, value)?,
                    Now::Later(flow) => {
                        save(call, state);
                        call.set(MATCH, Value::Integer(start as i64));
                        return Ok(flow);
                    }
                }
            }
            function => {
                let found = (&*machine, src, end);
                let args = push_captures(call, found, SLOTS, &[function], true)?;
                save(call, state);
                call.set(MATCH, Value::Integer(start as i64));
                return Ok(Flow::Call { at: SLOTS, args, results: Some(1), step: CALLED });
            }
        }
        machine.restart(end, Some(end));
    }
    end(call, state)
}

/// Stores the machine in the middle of a search.
fn suspend<'gc>(call: &mut Call<'_, 'gc>, state: &State<'gc>, machine: &Machine) -> Step<'gc> {
    let buffer = match call.arg(SEARCH) {
        Value::Buffer(buffer) => buffer,
        _ => machine_buffer(call)?,
    };
    store(machine, buffer);
    commit(call, state);
    call.set(SEARCH, Value::Buffer(buffer));
    Ok(Flow::Again { step: RESUMING })
}

/// Returns the result and the count.
fn end<'gc>(call: &mut Call<'_, 'gc>, state: &State<'gc>) -> Step<'gc> {
    let result = if state.changed {
        append(call, state.out, &state.src.as_bytes()[state.position..])?;
        finish(call, state.out)?
    } else {
        state.src
    };
    call.push(Value::String(result));
    call.push(Value::Integer(state.count));
    Ok(Flow::Return(2))
}

/// Appends bytes to the result and charges for them.
fn append<'gc>(call: &Call<'_, 'gc>, out: Buffer<'gc>, bytes: &[u8]) -> Result<(), Interrupt<'gc>> {
    if bytes.is_empty() {
        return Ok(());
    }
    call.charge(bytes_price(bytes.len()))?;
    out.push(call.ctx.heap(), bytes)
}

/// Appends what a table or a function gave for the match from `start` to the
/// position; `nil` and `false` keep the match.
fn replace_by_value<'gc>(
    call: &mut Call<'_, 'gc>,
    state: &mut State<'gc>,
    start: usize,
    value: Value<'gc>,
) -> Result<(), Interrupt<'gc>> {
    if !value.is_truthy() {
        let src = state.src;
        let matched = src.as_bytes().get(start..state.position).unwrap_or(&[]);
        return append(call, state.out, matched);
    }
    match call.ctx.coerce_string(&value)? {
        Some(text) => {
            append(call, state.out, text.as_bytes())?;
            state.changed = true;
            Ok(())
        }
        None => {
            let name = value.type_name();
            Err(call.error(format!("invalid replacement value (a {name})")))
        }
    }
}

/// A part of a replacement string.
enum Part<'t> {
    Literal(&'t [u8]),
    /// Capture number so and so; 0 is the whole match.
    Capture(u8),
    Invalid,
}

/// Takes a replacement string apart.
struct Parts<'t>(&'t [u8]);

impl<'t> Iterator for Parts<'t> {
    type Item = Part<'t>;

    fn next(&mut self) -> Option<Part<'t>> {
        let (part, rest) = match self.0 {
            [] => return None,
            [b'%', b'%', rest @ ..] => (Part::Literal(b"%"), rest),
            [b'%', digit @ b'0'..=b'9', rest @ ..] => (Part::Capture(digit - b'0'), rest),
            [b'%', rest @ ..] => (Part::Invalid, rest),
            text => {
                let (literal, rest) =
                    text.split_at(memchr::memchr(b'%', text).unwrap_or(text.len()));
                (Part::Literal(literal), rest)
            }
        };
        self.0 = rest;
        Some(part)
    }
}

/// Bytes of a replacement string looked through for one unit.
const TEMPLATE_BYTES_PER_UNIT: usize = 16;

/// Appends a replacement string with its `%` sequences. All of it is paid for, and its
/// memory is there, before the first byte is. Returns what it has paid, where that is more than
/// for the bytes.
fn expand<'gc>(
    call: &Call<'_, 'gc>,
    state: &State<'gc>,
    machine: &Machine,
    template: &[u8],
    end: usize,
) -> Result<u64, Interrupt<'gc>> {
    if memchr::memchr(b'%', template).is_none() {
        append(call, state.out, template)?;
        return Ok(0);
    }
    let looked_through = (template.len() / TEMPLATE_BYTES_PER_UNIT) as u64;
    call.charge(looked_through)?;
    let captured = |number: u8| match number.checked_sub(1) {
        None => Ok(Captured::Span(machine.start(), end)),
        Some(index) => machine.capture(usize::from(index), end),
    };
    let (mut items, mut bytes) = (0, 0_usize);
    for part in Parts(template) {
        items += 1;
        bytes += match part {
            Part::Literal(text) => text.len(),
            Part::Invalid => return Err(wrong(call, PatternError::InvalidReplacement)),
            Part::Capture(number) => match captured(number).map_err(|e| wrong(call, e))? {
                Captured::Span(from, to) => to - from,
                Captured::Position(position) => format_integer(position).len(),
            },
        };
    }
    call.charge(items + bytes_price(bytes))?;
    state.out.reserve(call.ctx.heap(), bytes)?;
    state.out.with_mut(|out| {
        for part in Parts(template) {
            match part {
                Part::Literal(text) => out.extend_from_slice(text),
                Part::Capture(number) => match captured(number) {
                    Ok(Captured::Span(from, to)) => {
                        out.extend_from_slice(&state.src.as_bytes()[from..to]);
                    }
                    Ok(Captured::Position(position)) => {
                        out.extend_from_slice(&format_integer(position));
                    }
                    Err(_) => {}
                },
                Part::Invalid => {}
            }
        }
    });
    Ok(looked_through + items)
}
