//! `string.format` (manual §6.4).

mod spec;

use super::finish;
use crate::base::number::{format_float, format_id, format_integer};
use crate::vm::calls::call::Call;
use crate::vm::heap::journal::Old;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::string::{SHORT, Str};
use crate::vm::heap::userdata::Buffer;
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::{FLOAT_TEXT, OBJECT_TEXT};
use spec::{Spec, SpecError, quote, quote_float, quote_integer};

/// Bytes of result after which a step ends.
const STEP_BYTES: usize = 32 * 1024;
/// Conversions after which a step ends.
const STEP_ITEMS: usize = 100;
/// Units for a `%%`, and what stands before it.
const PERCENT: u64 = 1;
/// Bytes of a string that one step makes a literal of.
const QUOTED_BYTES: usize = 16 * 1024;
/// Bytes of a string made a literal for one unit: each is looked at and may become four.
const QUOTED_BYTES_PER_UNIT: usize = 3;
/// Room for any conversion but `%s` and `%q`: a double's 309 digits and 99 more.
const ITEM_ROOM: usize = 512;
/// A string of this many bytes is not padded, unless cut, as in PUC.
const LONG_STRING: usize = 100;
/// Longest format and string that the one-step way takes.
const SMALL: usize = 256;
/// Most arguments that the one-step way takes.
const FEW: usize = 16;

/// An argument of more bytes is the first that a step handles.
const HEAVY: usize = 4096;
/// Most bytes of an object's text behind the name of its type.
const OBJECT_ID: usize = 20;

/// Slots of state above the arguments.
const STATE: usize = 5;

/// Step: go on with the format.
const FORMATTING: u32 = 1;
/// Step: a `__tostring` gave its result, on top of the window.
const CONVERTED: u32 = 2;

fn wrong<'gc>(call: &Call<'_, 'gc>, error: &SpecError) -> Interrupt<'gc> {
    call.error(error.message())
}

/// `string.format (formatstring, ···)`
///
/// Window between steps: the arguments, then the result, the position in the format, the
/// last argument used, the length of the result that counts and the bytes done of an
/// argument for `%q`.
pub(super) fn format<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == 0 {
        let format = call.check_string(0)?;
        if is_simple(call, format) {
            return at_once(call, format);
        }
        let buffer = call.buffer()?;
        call.set(0, Value::String(format));
        call.push(Value::Buffer(buffer));
        for _ in 1..STATE {
            call.push(Value::Integer(0));
        }
        return Ok(Flow::Again { step: FORMATTING });
    }
    let converted = (call.step == CONVERTED).then(|| call.last());
    let args = call.above(STATE + usize::from(converted.is_some()));
    let buffer = call.get_buffer(args)?;
    let length = call.size(args + 3);
    buffer.with_mut(|bytes| bytes.truncate(length));
    let mut job = Job {
        format: call.check_string(0)?,
        args,
        out: buffer,
        at: call.size(args + 1),
        arg: call.size(args + 2),
        quoted: call.size(args + 4),
    };
    job.go_on(call, converted)
}

/// Tells whether all arguments are plain and small enough to be formatted in one
/// step without a buffer.
fn is_simple(call: &Call<'_, '_>, format: Str<'_>) -> bool {
    format.len() <= SMALL
        && call.top() <= FEW
        && call.slots(1, call.above(1)).iter().all(|value| match value {
            Value::Nil | Value::Boolean(_) | Value::Integer(_) | Value::Number(_) => true,
            Value::String(s) => s.len() <= SMALL,
            _ => false,
        })
        // Strings and simple values get a `__tostring` only from a type's metatable.
        && call.slots(1, call.above(1)).iter().all(|value| {
            call.ctx.metamethod(value, Event::ToString).is_nil()
        })
}

fn at_once<'gc>(call: &mut Call<'_, 'gc>, format: Str<'gc>) -> Step<'gc> {
    let mut out = Vec::with_capacity(format.len() + 32);
    let bytes = format.as_bytes();
    let (mut at, mut arg, args) = (0, 0, call.top());
    let mut items = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let literal = memchr::memchr(b'%', rest).unwrap_or(rest.len());
        out.extend_from_slice(&rest[..literal]);
        at += literal;
        if at >= bytes.len() {
            break;
        }
        let rest = &bytes[at + 1..];
        if rest.first() == Some(&b'%') {
            items += PERCENT;
            out.push(b'%');
            at += 2;
            continue;
        }
        arg += 1;
        let spec = read(call, rest, arg, args)?;
        items += spec.price();
        match (spec.conversion, call.arg(arg)) {
            (b's', Value::String(s)) => {
                add_string(call, &spec, rest, arg, s.as_bytes(), &mut out)?;
            }
            (b's', value) => add_plain(call, &spec, rest, arg, value, &mut out)?,
            (b'q', Value::String(s)) => {
                check_bare(call, &spec)?;
                call.charge((s.len() / QUOTED_BYTES_PER_UNIT) as u64)?;
                out.push(b'"');
                quote(s.as_bytes(), None, &mut out);
                out.push(b'"');
            }
            _ => add_item(call, &spec, rest, arg, &mut out)?,
        }
        at += 1 + spec.length;
    }
    call.charge(items)?;
    let result = call.string(&out)?;
    call.ret(result)
}

/// Checks that there is an argument and reads the specification.
fn read<'gc>(
    call: &Call<'_, 'gc>,
    rest: &[u8],
    arg: usize,
    args: usize,
) -> Result<Spec, Interrupt<'gc>> {
    if arg >= args {
        return Err(call.arg_error(arg, "no value"));
    }
    Spec::read(rest).map_err(|error| wrong(call, &error))
}

/// A call that goes on over several steps.
struct Job<'gc> {
    format: Str<'gc>,
    args: usize,
    out: Buffer<'gc>,
    at: usize,
    arg: usize,
    quoted: usize,
}

impl<'gc> Job<'gc> {
    fn commit(&self, call: &mut Call<'_, 'gc>) {
        call.set_top(self.args + STATE);
        call.set(self.args + 1, Value::Integer(self.at as i64));
        call.set(self.args + 2, Value::Integer(self.arg as i64));
        call.set(self.args + 3, Value::Integer(self.out.len() as i64));
        call.set(self.args + 4, Value::Integer(self.quoted as i64));
    }

    fn again(&self, call: &mut Call<'_, 'gc>) -> Step<'gc> {
        self.commit(call);
        Ok(Flow::Again { step: FORMATTING })
    }

    fn go_on(&mut self, call: &mut Call<'_, 'gc>, mut converted: Option<Value<'gc>>) -> Step<'gc> {
        let format = self.format;
        let bytes = format.as_bytes();
        let start = self.out.len();
        let mut items = 0;
        while self.at < bytes.len() {
            if items >= STEP_ITEMS || self.out.len() - start >= STEP_BYTES {
                return self.again(call);
            }
            items += 1;
            let rest = &bytes[self.at..];
            let literal = memchr::memchr(b'%', &rest[..rest.len().min(STEP_BYTES)]);
            let literal = literal.unwrap_or(rest.len().min(STEP_BYTES));
            if rest[literal..].starts_with(b"%%") {
                call.charge(PERCENT)?;
                self.append(call, &rest[..=literal])?;
                self.at += literal + 2;
                continue;
            }
            if literal > 0 {
                self.append(call, &rest[..literal])?;
                self.at += literal;
                continue;
            }
            let rest = &rest[1..];
            let spec = read(call, rest, self.arg + 1, self.args)?;
            call.charge(spec.price())?;
            let value = call.arg(self.arg + 1);
            match (spec.conversion, value) {
                // What takes long is the first thing a step does, so that it is done once.
                (letter, Value::String(s)) if letter != b'q' && s.len() > HEAVY && items > 1 => {
                    return self.again(call);
                }
                (b's', Value::String(_)) if converted.is_none() && !has_handler(call, &value) => {}
                (b's', _) if converted.is_none() && needs_step(call, &value) => {
                    // What this step did so far must be settled first.
                    self.commit(call);
                    if items > 1 {
                        return Ok(Flow::Again { step: FORMATTING });
                    }
                    let handler = call.ctx.metamethod(&value, Event::ToString);
                    if handler.is_nil() {
                        let text = call.ctx.plain_to_string(&value)?;
                        call.set(self.arg + 1, Value::String(text));
                        return Ok(Flow::Again { step: FORMATTING });
                    }
                    let at = call.top();
                    call.push(handler);
                    call.push(value);
                    return Ok(Flow::Call { at, args: 1, results: Some(1), step: CONVERTED });
                }
                (b'q', Value::String(s)) => {
                    check_bare(call, &spec)?;
                    self.quote(call, s.as_bytes())?;
                    if self.quoted < s.len() {
                        return self.again(call);
                    }
                    self.quoted = 0;
                    self.arg += 1;
                    self.at += 1 + spec.length;
                    continue;
                }
                _ => {}
            }
            self.convert(call, &spec, rest, converted.take())?;
            self.arg += 1;
            self.at += 1 + spec.length;
        }
        let result = finish(call, self.out)?;
        call.ret(result)
    }

    fn append(&self, call: &Call<'_, 'gc>, bytes: &[u8]) -> Result<(), Interrupt<'gc>> {
        call.charge_bytes(bytes.len())?;
        self.out.push(call.ctx.heap(), bytes)
    }

    /// Appends more of a string as a literal.
    fn quote(&mut self, call: &Call<'_, 'gc>, bytes: &[u8]) -> Result<(), Interrupt<'gc>> {
        let from = self.quoted.min(bytes.len());
        let end = bytes.len().min(from + QUOTED_BYTES);
        let part = &bytes[from..end];
        call.charge((part.len() / QUOTED_BYTES_PER_UNIT) as u64)?;
        self.out.reserve(call.ctx.heap(), 4 * part.len() + 2)?;
        self.out.with_mut(|out| {
            if from == 0 {
                out.push(b'"');
            }
            quote(part, bytes.get(end).copied(), out);
            if end == bytes.len() {
                out.push(b'"');
            }
        });
        self.quoted = end;
        Ok(())
    }

    /// Appends the next argument, but a string for `%q`.
    fn convert(
        &self,
        call: &Call<'_, 'gc>,
        spec: &Spec,
        rest: &[u8],
        converted: Option<Value<'gc>>,
    ) -> Result<(), Interrupt<'gc>> {
        let arg = self.arg + 1;
        let value = match converted {
            Some(text @ (Value::String(_) | Value::Integer(_) | Value::Number(_))) => text,
            Some(_) => return Err(call.error("'__tostring' must return a string")),
            None => call.arg(arg),
        };
        match (spec.conversion, value) {
            (b's', Value::String(s)) if spec.is_bare() => self.append(call, s.as_bytes()),
            (b's', Value::String(s)) => {
                // The result holds the bytes, or a cut or padded form below 100 bytes.
                call.charge_bytes(s.len())?;
                self.out.reserve(call.ctx.heap(), s.len().max(ITEM_ROOM))?;
                self.out.with_mut(|out| add_string(call, spec, rest, arg, s.as_bytes(), out))
            }
            (b's', value) => {
                self.out.reserve(call.ctx.heap(), ITEM_ROOM)?;
                self.out.with_mut(|out| add_plain(call, spec, rest, arg, value, out))
            }
            _ => {
                self.out.reserve(call.ctx.heap(), ITEM_ROOM)?;
                self.out.with_mut(|out| add_item(call, spec, rest, arg, out))
            }
        }
    }
}

/// Tells whether a value has a `__tostring`.
fn has_handler<'gc>(call: &Call<'_, 'gc>, value: &Value<'gc>) -> bool {
    !call.ctx.metamethod(value, Event::ToString).is_nil()
}

/// Tells whether the text of an argument for `%s` is made by a call or may be long, and is
/// made in a step of its own.
fn needs_step<'gc>(call: &Call<'_, 'gc>, value: &Value<'gc>) -> bool {
    let named = match call.ctx.metamethod(value, Event::Name) {
        Value::String(name) => name.len() + OBJECT_ID > SHORT,
        _ => false,
    };
    named || has_handler(call, value)
}

/// Requires a `%q` without modifiers.
fn check_bare<'gc>(call: &Call<'_, 'gc>, spec: &Spec) -> Result<(), Interrupt<'gc>> {
    if spec.is_bare() { Ok(()) } else { Err(wrong(call, &SpecError::Modifiers)) }
}

/// Appends the text of a value for `%s` that is no string and makes a short one.
fn add_plain<'gc>(
    call: &Call<'_, 'gc>,
    spec: &Spec,
    rest: &[u8],
    arg: usize,
    value: Value<'gc>,
    out: &mut Vec<u8>,
) -> Result<(), Interrupt<'gc>> {
    let number = match value {
        Value::Integer(i) => format_integer(i),
        _ => format_integer(0),
    };
    let mut float = Vec::new();
    let text: &[u8] = match value {
        Value::Nil => b"nil",
        Value::Boolean(true) => b"true",
        Value::Boolean(false) => b"false",
        Value::Integer(_) => &number,
        Value::Number(n) => {
            call.charge(FLOAT_TEXT)?;
            format_float(n, &mut float);
            &float
        }
        object => call.ctx.plain_to_string(&object)?.as_bytes(),
    };
    add_string(call, spec, rest, arg, text, out)
}

/// Appends the text of an argument for `%s`.
fn add_string<'gc>(
    call: &Call<'_, 'gc>,
    spec: &Spec,
    rest: &[u8],
    arg: usize,
    text: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Interrupt<'gc>> {
    if spec.is_bare() {
        out.extend_from_slice(text);
        return Ok(());
    }
    if memchr::memchr(0, text).is_some() {
        return Err(call.arg_error(arg, "string contains zeros"));
    }
    spec.check(rest).map_err(|error| wrong(call, &error))?;
    if !spec.has_precision() && text.len() >= LONG_STRING {
        out.extend_from_slice(text);
    } else {
        spec.bytes(text, out);
    }
    Ok(())
}

/// Appends an argument for any conversion but `%s`.
fn add_item<'gc>(
    call: &Call<'_, 'gc>,
    spec: &Spec,
    rest: &[u8],
    arg: usize,
    out: &mut Vec<u8>,
) -> Result<(), Interrupt<'gc>> {
    let check = || spec.check(rest).map_err(|error| wrong(call, &error));
    match spec.conversion {
        b'c' => {
            check()?;
            // As C does, the byte is the value modulo 256.
            spec.bytes(&[call.check_integer(arg)? as u8], out);
        }
        b'd' | b'i' | b'u' | b'o' | b'x' | b'X' => {
            let n = call.check_integer(arg)?;
            check()?;
            spec.integer(n, out);
        }
        b'a' | b'A' => {
            check()?;
            let n = call.check_float(arg)?;
            call.charge(FLOAT_TEXT)?;
            spec.float(n, out);
        }
        b'e' | b'E' | b'f' | b'g' | b'G' => {
            let n = call.check_float(arg)?;
            check()?;
            call.charge(spec.float_price(n))?;
            spec.float(n, out);
        }
        b'p' => {
            check()?;
            call.charge(OBJECT_TEXT)?;
            spec.bytes(&pointer(call, call.arg(arg))?, out);
        }
        b'q' => {
            check_bare(call, spec)?;
            add_literal(call, arg, out)?;
        }
        _ => return Err(wrong(call, &SpecError::Unknown(spec.text(rest)))),
    }
    Ok(())
}

/// Returns what `%p` shows: the id that `tostring` shows.
fn pointer<'gc>(call: &Call<'_, 'gc>, value: Value<'gc>) -> Result<Vec<u8>, Interrupt<'gc>> {
    let id = match value {
        // Short strings are one object when equal, so their id is made of their bytes.
        // Long ones are objects of their own, which get an id when it is first asked for.
        Value::String(s) if s.len() <= crate::vm::heap::string::SHORT => {
            let hash = s.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
            // Above the ids of all other objects.
            hash >> 8 | 1 << 60
        }
        Value::String(s) => {
            if s.is_unnamed() {
                call.ctx.heap().note_if_open(|| Old::Unnamed(s))?;
            }
            s.long_id(|| call.ctx.state.fresh_string_id()).unwrap_or_default()
        }
        other => match other.object_id() {
            Some(id) => id,
            None => return Ok(b"(null)".to_vec()),
        },
    };
    let mut text = Vec::with_capacity(20);
    format_id(id, &mut text);
    Ok(text)
}

fn add_literal<'gc>(
    call: &Call<'_, 'gc>,
    arg: usize,
    out: &mut Vec<u8>,
) -> Result<(), Interrupt<'gc>> {
    match call.arg(arg) {
        Value::Integer(n) => quote_integer(n, out),
        Value::Number(n) => {
            call.charge(FLOAT_TEXT)?;
            quote_float(n, out);
        }
        Value::Nil => out.extend_from_slice(b"nil"),
        Value::Boolean(b) => out.extend_from_slice(if b { b"true" } else { b"false" }),
        _ => return Err(call.arg_error(arg, "value has no literal form")),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
