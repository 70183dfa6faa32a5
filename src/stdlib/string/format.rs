//! `string.format` (manual §6.4).

mod spec;

use super::finish;
use crate::vm::call::Call;
use crate::vm::meta::Event;
use crate::vm::fuel::FLOAT_TEXT;
use crate::vm::native::{Flow, Interrupt, Step};
use crate::vm::string::Str;
use crate::vm::userdata::Buffer;
use crate::vm::value::Value;
use spec::{Spec, SpecError, quote, quote_float, quote_integer};

/// Bytes of result after which a step ends.
const STEP_BYTES: usize = 32 * 1024;
/// Conversions after which a step ends.
const STEP_ITEMS: usize = 500;
/// Room for any conversion but `%s` and `%q`: a double's 309 digits and 99 more.
const ITEM_ROOM: usize = 512;
/// A string of this many bytes is not padded, unless cut, as in PUC.
const LONG_STRING: usize = 100;
/// Longest format and string that the one-step way takes.
const SMALL: usize = 256;
/// Most arguments that the one-step way takes.
const FEW: usize = 16;

/// Step: go on with the format.
const FORMATTING: u32 = 1;
/// Step: a `__tostring` gave its result, on top of the window.
const CONVERTED: u32 = 2;

fn wrong<'gc>(call: &Call<'_, 'gc>, error: &SpecError) -> Interrupt<'gc> {
    call.error(error.message())
}

/// `string.format (formatstring, ···)`
///
/// Window between steps: the arguments, then the result, the position in the
/// format, the last argument used and the length of the result that counts.
pub(super) fn format<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == 0 {
        let format = call.check_string(0)?;
        if is_simple(call, format) {
            return at_once(call, format);
        }
        let buffer = call.buffer()?;
        call.set(0, Value::String(format));
        call.push(Value::Buffer(buffer));
        for _ in 0..3 {
            call.push(Value::Integer(0));
        }
        return Ok(Flow::Again { step: FORMATTING });
    }
    let converted = (call.step == CONVERTED).then(|| call.arg(call.top() - 1));
    let args = call.top() - 4 - usize::from(converted.is_some());
    let buffer = call.get_buffer(args)?;
    let length = call.int(args + 3) as usize;
    buffer.with_mut(|bytes| bytes.truncate(length));
    let mut job = Job {
        format: call.check_string(0)?,
        args,
        out: buffer,
        at: call.int(args + 1) as usize,
        arg: call.int(args + 2) as usize,
    };
    job.go_on(call, converted)
}

/// Tells whether all arguments are plain and small enough to be formatted in one
/// step without a buffer.
fn is_simple(call: &Call<'_, '_>, format: Str<'_>) -> bool {
    format.len() <= SMALL
        && call.top() <= FEW
        && call.slots(1, call.top() - 1).iter().all(|value| match value {
            Value::Nil | Value::Boolean(_) | Value::Integer(_) | Value::Number(_) => true,
            Value::String(s) => s.len() <= SMALL,
            _ => false,
        })
        // Strings and simple values get a `__tostring` only from a type's metatable.
        && call.slots(1, call.top() - 1).iter().all(|value| {
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
            out.push(b'%');
            at += 2;
            continue;
        }
        arg += 1;
        let spec = read(call, rest, arg, args)?;
        items += 1;
        if spec.conversion == b's' {
            let text = call.ctx.plain_to_string(&call.arg(arg))?;
            add_string(call, &spec, rest, arg, text.as_bytes(), &mut out)?;
        } else {
            add_item(call, &spec, rest, arg, &mut out)?;
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
}

impl<'gc> Job<'gc> {
    fn commit(&self, call: &mut Call<'_, 'gc>) {
        call.set_top(self.args + 4);
        call.set(self.args + 1, Value::Integer(self.at as i64));
        call.set(self.args + 2, Value::Integer(self.arg as i64));
        call.set(self.args + 3, Value::Integer(self.out.len() as i64));
    }

    fn go_on(&mut self, call: &mut Call<'_, 'gc>, mut converted: Option<Value<'gc>>) -> Step<'gc> {
        let format = self.format;
        let bytes = format.as_bytes();
        let start = self.out.len();
        let mut items = 0;
        while self.at < bytes.len() {
            if items >= STEP_ITEMS || self.out.len() - start >= STEP_BYTES {
                self.commit(call);
                return Ok(Flow::Again { step: FORMATTING });
            }
            items += 1;
            let rest = &bytes[self.at..];
            let literal = memchr::memchr(b'%', rest).unwrap_or(rest.len());
            if literal > 0 {
                let literal = literal.min(STEP_BYTES);
                self.append(call, &rest[..literal])?;
                self.at += literal;
                continue;
            }
            let rest = &rest[1..];
            if rest.first() == Some(&b'%') {
                self.append(call, b"%")?;
                self.at += 2;
                continue;
            }
            call.charge(1)?;
            let spec = read(call, rest, self.arg + 1, self.args)?;
            let value = call.arg(self.arg + 1);
            if spec.conversion == b's' && converted.is_none() {
                let handler = call.ctx.metamethod(&value, Event::ToString);
                if !handler.is_nil() {
                    // What this step did so far must be settled before a call.
                    self.commit(call);
                    if items > 1 {
                        return Ok(Flow::Again { step: FORMATTING });
                    }
                    let at = call.top();
                    call.push(handler);
                    call.push(value);
                    return Ok(Flow::Call { at, args: 1, results: Some(1), step: CONVERTED });
                }
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
        self.out.push(call.ctx, bytes)
    }

    /// Appends the next argument.
    fn convert(
        &self,
        call: &Call<'_, 'gc>,
        spec: &Spec,
        rest: &[u8],
        converted: Option<Value<'gc>>,
    ) -> Result<(), Interrupt<'gc>> {
        let arg = self.arg + 1;
        match (spec.conversion, call.arg(arg)) {
            (b's', value) => {
                let text = match converted {
                    Some(Value::String(s)) => s,
                    Some(number @ (Value::Integer(_) | Value::Number(_))) => {
                        call.ctx.plain_to_string(&number)?
                    }
                    Some(_) => return Err(call.error("'__tostring' must return a string")),
                    None => call.ctx.plain_to_string(&value)?,
                };
                if spec.is_bare() {
                    return self.append(call, text.as_bytes());
                }
                // The result holds the bytes, or a cut or padded form below 100 bytes.
                call.charge_bytes(text.len())?;
                self.out.reserve(call.ctx, text.len().max(ITEM_ROOM))?;
                self.out.with_mut(|out| add_string(call, spec, rest, arg, text.as_bytes(), out))
            }
            (b'q', Value::String(s)) => {
                call.charge_bytes(s.len())?;
                // At worst every byte becomes an escape of four.
                self.out.reserve(call.ctx, s.len().saturating_mul(4).saturating_add(2))?;
                self.out.with_mut(|out| add_item(call, spec, rest, arg, out))
            }
            _ => {
                self.out.reserve(call.ctx, ITEM_ROOM)?;
                self.out.with_mut(|out| add_item(call, spec, rest, arg, out))
            }
        }
    }
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
            spec.float(call.check_float(arg)?, out);
        }
        b'e' | b'E' | b'f' | b'g' | b'G' => {
            let n = call.check_float(arg)?;
            check()?;
            let before = out.len();
            spec.float(n, out);
            // The digits of large numbers and high precisions are long division.
            call.charge(FLOAT_TEXT + (out.len() - before) as u64 / 4)?;
        }
        b'p' => {
            check()?;
            spec.bytes(pointer(call, call.arg(arg)).as_bytes(), out);
        }
        b'q' => {
            if !spec.is_bare() {
                return Err(wrong(call, &SpecError::Modifiers));
            }
            add_literal(call, arg, out)?;
        }
        _ => return Err(wrong(call, &SpecError::Unknown(spec.text(rest)))),
    }
    Ok(())
}

/// Returns what `%p` shows: the id that `tostring` shows.
fn pointer<'gc>(call: &Call<'_, 'gc>, value: Value<'gc>) -> String {
    let id = match value {
        // Short strings are one object when equal, so their id is made of their bytes.
        // Long ones are objects of their own, which get an id when it is first asked for.
        Value::String(s) if s.len() <= crate::vm::string::SHORT => {
            let hash = s.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
            // Above the ids of all other objects.
            hash >> 8 | 1 << 60
        }
        Value::String(s) => s.long_id(|| call.ctx.state.fresh_id()).unwrap_or_default(),
        other => match other.object_id() {
            Some(id) => id,
            None => return "(null)".to_owned(),
        },
    };
    format!("0x{id:08x}")
}

fn add_literal<'gc>(
    call: &Call<'_, 'gc>,
    arg: usize,
    out: &mut Vec<u8>,
) -> Result<(), Interrupt<'gc>> {
    match call.arg(arg) {
        Value::String(s) => quote(s.as_bytes(), out),
        Value::Integer(n) => quote_integer(n, out),
        Value::Number(n) => quote_float(n, out),
        Value::Nil => out.extend_from_slice(b"nil"),
        Value::Boolean(b) => out.extend_from_slice(if b { b"true" } else { b"false" }),
        _ => return Err(call.arg_error(arg, "value has no literal form")),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
