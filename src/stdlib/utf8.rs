//! UTF-8 support (manual §6.5), as in PUC 5.4.8: positions count bytes from 1,
//! and lax mode takes the original UTF-8 up to 2^31.

mod codec;

use crate::base::arithmetic::float_to_integer;
use crate::base::number::Number;
use crate::vm::calls::bare::Bare;
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{AtOnce, Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::table::Table;
use crate::vm::heap::thread::MAX_STACK;
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;

pub(crate) use codec::{MAX_CODE, decode, encode, is_continuation};

/// The functions of `utf8`.
pub(crate) static FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("utf8.char", char, "6.5", "1 + arguments"),
    NativeDef::new("utf8.codepoint", codepoint, "6.5", "1 + characters"),
    NativeDef::new("utf8.codes", codes, "6.5", "1"),
    NativeDef::new("utf8.len", len, "6.5", "1 + bytes/16"),
    NativeDef::new("utf8.offset", offset, "6.5", "1 + bytes passed/16"),
];

/// The iterators `utf8.codes` returns: strict, then lax.
pub(crate) static ITERATORS: &[NativeDef] = &[
    NativeDef::new("utf8.codes_strict", next_strict, "6.5", "2 + bytes passed/16")
        .at_once(AtOnce::Whole(strict_at_once)),
    NativeDef::new("utf8.codes_lax", next_lax, "6.5", "2 + bytes passed/16")
        .at_once(AtOnce::Whole(lax_at_once)),
];

/// The pattern that matches one UTF-8 sequence.
const CHAR_PATTERN: &[u8] = b"[\0-\x7F\xC2-\xFD][\x80-\xBF]*";

const INVALID: &str = "invalid UTF-8 code";

/// Bytes looked at in one step.
const CHUNK: usize = 16 * 1024;
/// Values taken or pushed in one step.
const CHUNK_ITEMS: usize = 2000;

/// Sets `charpattern` in the library table.
///
/// # Errors
/// When memory is refused.
pub(crate) fn constants<'gc>(ctx: Context<'gc>, table: Table<'gc>) -> Result<(), Interrupt<'gc>> {
    let pattern = ctx.string(CHAR_PATTERN)?;
    table.set_str(ctx.heap(), ctx.string(b"charpattern")?, Value::String(pattern))
}

/// Turns a position that may count from the end into one that counts from the start.
fn absolute(position: i64, len: usize) -> i64 {
    let len = len as i64;
    if position >= 0 {
        position
    } else if position < -len {
        0
    } else {
        len + position + 1
    }
}

/// Charges for decoding bytes, which costs about four times what copying does.
fn charge_decoding<'gc>(call: &Call<'_, 'gc>, bytes: usize) -> Result<(), Interrupt<'gc>> {
    call.charge_bytes(bytes.saturating_mul(4))
}

/// `utf8.char (···)`
fn char<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    // Beyond step 0 the three top slots hold the buffer, its length and the next argument.
    if call.step == 0 {
        if call.top() == 1 {
            let mut bytes = [0; 6];
            let bytes = encode(code(call, 0)?, &mut bytes);
            let string = call.string(bytes)?;
            return call.ret(string);
        }
        let buffer = call.buffer()?;
        call.push(Value::Buffer(buffer));
        call.push(Value::Integer(0));
        call.push(Value::Integer(0));
        return Ok(Flow::Again { step: 1 });
    }
    let count = call.above(3);
    let buffer = call.get_buffer(count)?;
    let kept = call.size(count + 1);
    buffer.with_mut(|bytes| bytes.truncate(kept));
    let start = call.size(count + 2).min(count);
    let end = count.min(start + CHUNK_ITEMS);
    call.convert_numerals(start, end)?;
    call.charge((end - start) as u64)?;
    for arg in start..end {
        let mut bytes = [0; 6];
        buffer.push(call.ctx.heap(), encode(code(call, arg)?, &mut bytes))?;
    }
    if end < count {
        call.set(count + 1, Value::Integer(buffer.len() as i64));
        call.set(count + 2, Value::Integer(end as i64));
        return Ok(Flow::Again { step: 1 });
    }
    let string = super::string::finish(call, buffer)?;
    call.ret(string)
}

fn code<'gc>(call: &Call<'_, 'gc>, arg: usize) -> Result<u32, Interrupt<'gc>> {
    let code = call.check_integer(arg)?;
    match u32::try_from(code) {
        Ok(code) if code <= MAX_CODE => Ok(code),
        _ => Err(call.arg_error(arg, "value out of range")),
    }
}

/// `utf8.codepoint (s [, i [, j [, lax]]])`
fn codepoint<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    // Beyond step 0: the string, the next offset, the end, lax, then the results.
    const STATE: usize = 4;
    if call.step == 0 {
        let s = call.check_string(0)?;
        let from = absolute(call.opt_integer(1, 1)?, s.len());
        let to = absolute(call.opt_integer(2, from)?, s.len());
        if from < 1 {
            return Err(call.arg_error(1, "out of bounds"));
        }
        if to > s.len() as i64 {
            return Err(call.arg_error(2, "out of bounds"));
        }
        if from > to {
            return call.ret_none();
        }
        if to - from >= i64::from(i32::MAX) {
            return Err(call.error("string slice too long"));
        }
        // There is to be room for as many results as there are bytes.
        if to - from + 1 >= MAX_STACK as i64 {
            return Err(call.error("stack overflow (string slice too long)"));
        }
        let lax = call.arg(3).is_truthy();
        call.set_top(STATE);
        call.set(0, Value::String(s));
        call.set(1, Value::Integer(from - 1));
        call.set(2, Value::Integer(to));
        call.set(3, Value::Boolean(lax));
        return Ok(Flow::Again { step: 1 });
    }
    let s = call.check_string(0)?.as_bytes();
    let end = call.size(2).min(s.len());
    let mut at = call.size(1).min(end);
    let lax = call.arg(3).is_truthy();
    let room = CHUNK_ITEMS.min(end - at);
    call.ensure(room)?;
    call.charge(room as u64)?;
    let first = call.top();
    for _ in 0..room {
        if at >= end {
            break;
        }
        let Some((code, size)) = decode(&s[at..], !lax) else {
            call.set_top(first);
            return Err(call.error(INVALID));
        };
        call.push(Value::Integer(i64::from(code)));
        at += size;
    }
    call.set(1, Value::Integer(at as i64));
    if at < end { Ok(Flow::Again { step: 1 }) } else { Ok(Flow::Return(call.above(STATE))) }
}

/// `utf8.codes (s [, lax])`
fn codes<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let s = call.check_string(0)?;
    let lax = call.arg(1).is_truthy();
    if s.as_bytes().first().copied().is_some_and(is_continuation) {
        return Err(call.arg_error(0, INVALID));
    }
    call.push(Value::Builtin(&ITERATORS[usize::from(lax)]));
    call.push(Value::String(s));
    call.push(Value::Integer(0));
    Ok(Flow::Return(3))
}

fn next_strict<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    next(call, true)
}

fn next_lax<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    next(call, false)
}

/// Goes from the character that begins at the control value (0 before the first) to
/// the next one.
fn next<'gc>(call: &mut Call<'_, 'gc>, strict: bool) -> Step<'gc> {
    let s = call.check_string(0)?;
    let bytes = s.as_bytes();
    // As an unsigned number a negative control value is behind the end.
    let control = match call.arg(1) {
        Value::Integer(i) => i,
        other => match call.ctx.to_number(&other)? {
            Some(Number::Integer(i)) => i,
            Some(Number::Float(n)) => float_to_integer(n).unwrap_or(0),
            // What is no number counts for the beginning.
            None => 0,
        },
    };
    if control < 0 {
        return call.ret_none();
    }
    // What 32 bits cannot hold is behind the end as well.
    let start = usize::try_from(control).unwrap_or(usize::MAX);
    let mut at = start;
    while bytes.get(at).copied().is_some_and(is_continuation) {
        at += 1;
        if at - start == CHUNK {
            charge_decoding(call, CHUNK)?;
            call.set(1, Value::Integer(at as i64));
            return Ok(Flow::Again { step: 1 });
        }
    }
    call.charge(1)?;
    charge_decoding(call, at - start)?;
    if at >= bytes.len() {
        return call.ret_none();
    }
    let Some(code) = character(bytes, at, strict) else { return Err(call.error(INVALID)) };
    call.push(Value::Integer(at as i64 + 1));
    call.push(Value::Integer(i64::from(code)));
    Ok(Flow::Return(2))
}

/// Returns the code of the character at an offset, if it is a whole one.
#[inline(always)]
fn character(bytes: &[u8], at: usize, strict: bool) -> Option<u32> {
    let (code, size) = decode(bytes.get(at..)?, strict)?;
    (!bytes.get(at + size).copied().is_some_and(is_continuation)).then_some(code)
}

fn strict_at_once(call: &mut Bare<'_, '_>) -> Option<usize> {
    next_at_once(call, true)
}

fn lax_at_once(call: &mut Bare<'_, '_>) -> Option<usize> {
    next_at_once(call, false)
}

/// What [`next`] does where it passes no more than a character.
#[inline(always)]
fn next_at_once(call: &mut Bare<'_, '_>, strict: bool) -> Option<usize> {
    /// Bytes that may be passed: no sequence is longer, and nothing is to be paid for them.
    const FEW: usize = 6;
    let [Value::String(s), Value::Integer(control)] = *call.args() else { return None };
    let bytes = s.as_bytes();
    let start = usize::try_from(control).ok()?;
    let passed = bytes.get(start..).unwrap_or(&[]).iter().take(FEW + 1);
    let passed = passed.take_while(|byte| is_continuation(**byte)).count();
    if passed > FEW {
        return None;
    }
    let at = start + passed;
    if at >= bytes.len() {
        return call.pays(1).then_some(0);
    }
    let code = character(bytes, at, strict)?;
    if !call.pays(1) {
        return None;
    }
    call.ret_two(Value::Integer(at as i64 + 1), Value::Integer(i64::from(code)))
}

/// Returns how many bytes at the start are ASCII, in blocks of eight.
fn ascii_length(bytes: &[u8]) -> usize {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (blocks, _) = bytes.as_chunks::<8>();
    8 * blocks.iter().take_while(|block| u64::from_ne_bytes(**block) & HIGH == 0).count()
}

/// `utf8.len (s [, i [, j [, lax]]])`
fn len<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    // Beyond step 0: the string, the next offset, the end, lax, the count.
    if call.step == 0 {
        let s = call.check_string(0)?;
        let from = absolute(call.opt_integer(1, 1)?, s.len());
        let to = absolute(call.opt_integer(2, -1)?, s.len());
        if from < 1 || from - 1 > s.len() as i64 {
            return Err(call.arg_error(1, "initial position out of bounds"));
        }
        if to > s.len() as i64 {
            return Err(call.arg_error(2, "final position out of bounds"));
        }
        let lax = call.arg(3).is_truthy();
        call.set_top(5);
        call.set(0, Value::String(s));
        call.set(1, Value::Integer(from - 1));
        call.set(2, Value::Integer(to));
        call.set(3, Value::Boolean(lax));
        call.set(4, Value::Integer(0));
        return Ok(Flow::Again { step: 1 });
    }
    let s = call.check_string(0)?.as_bytes();
    let (mut at, end) = (call.size(1), call.size(2).min(s.len()));
    let (lax, mut count) = (call.arg(3).is_truthy(), call.size(4) as i64);
    let stop = end.min(at.saturating_add(CHUNK));
    charge_decoding(call, stop.saturating_sub(at))?;
    while at < stop {
        let ascii = ascii_length(&s[at..stop]);
        if ascii > 0 {
            at += ascii;
            count += ascii as i64;
            continue;
        }
        let Some((_, size)) = decode(&s[at..], !lax) else {
            call.push(Value::Nil);
            call.push(Value::Integer(at as i64 + 1));
            return Ok(Flow::Return(2));
        };
        at += size;
        count += 1;
    }
    if at >= end {
        return call.ret(count);
    }
    call.set(1, Value::Integer(at as i64));
    call.set(4, Value::Integer(count));
    Ok(Flow::Again { step: 1 })
}

/// `utf8.offset (s, n [, i])`
fn offset<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    // Beyond step 0: the string, the characters still to go, the offset, the direction.
    if call.step == 0 {
        let s = call.check_string(0)?;
        let n = call.check_integer(1)?;
        let default = if n >= 0 { 1 } else { s.len() as i64 + 1 };
        let at = absolute(call.opt_integer(2, default)?, s.len()) - 1;
        if at < 0 || at > s.len() as i64 {
            return Err(call.arg_error(2, "position out of bounds"));
        }
        let on_continuation = s.as_bytes().get(at as usize).copied().is_some_and(is_continuation);
        if n != 0 && on_continuation {
            return Err(call.error("initial position is a continuation byte"));
        }
        // The character at the position itself is the first one.
        let (left, direction) = match n {
            0 => (1, 0),
            1.. => (n - 1, 1),
            _ => (n, -1),
        };
        call.set_top(4);
        call.set(0, Value::String(s));
        call.set(1, Value::Integer(left));
        call.set(2, Value::Integer(at));
        call.set(3, Value::Integer(direction));
        return Ok(Flow::Again { step: 1 });
    }
    let s = call.check_string(0)?.as_bytes();
    let walk = Walk { left: call.int(1), at: call.size(2), budget: CHUNK };
    let walk = match call.int(3) {
        0 => walk.back_to_start(s),
        1 => walk.forward(s),
        _ => walk.backward(s),
    };
    charge_decoding(call, CHUNK - walk.budget)?;
    if walk.budget == 0 {
        call.set(1, Value::Integer(walk.left));
        call.set(2, Value::Integer(walk.at as i64));
        return Ok(Flow::Again { step: 1 });
    }
    if walk.left == 0 { call.ret(walk.at as i64 + 1) } else { call.ret(Value::Nil) }
}

/// A walk over characters that can stop anywhere between two bytes.
struct Walk {
    /// Characters to go: positive forward, negative backward.
    left: i64,
    /// Offset in bytes.
    at: usize,
    /// Bytes that may be passed in this step; at 0 the walk is not over.
    budget: usize,
}

impl Walk {
    /// Goes back to the first byte of the character at the offset.
    fn back_to_start(mut self, s: &[u8]) -> Walk {
        while self.budget > 0 {
            if self.at == 0 || !s.get(self.at).copied().is_some_and(is_continuation) {
                self.left = 0;
                break;
            }
            self.at -= 1;
            self.budget -= 1;
        }
        self
    }

    /// Goes forward, byte by byte: each byte that begins a character, or the end, counts.
    fn forward(mut self, s: &[u8]) -> Walk {
        while self.budget > 0 && self.left > 0 && self.at < s.len() {
            self.at += 1;
            self.budget -= 1;
            if !s.get(self.at).copied().is_some_and(is_continuation) {
                self.left -= 1;
            }
        }
        self
    }

    /// Goes backward, byte by byte: each byte that begins a character counts.
    fn backward(mut self, s: &[u8]) -> Walk {
        while self.budget > 0 && self.left < 0 && self.at > 0 {
            self.at -= 1;
            self.budget -= 1;
            // A string that begins inside a character counts its start as one.
            if self.at == 0 || !s.get(self.at).copied().is_some_and(is_continuation) {
                self.left += 1;
            }
        }
        self
    }
}

#[cfg(test)]
mod tests;
