//! Functions on strings as sequences of bytes: `byte`, `char`, `len`, `lower`,
//! `rep`, `reverse`, `sub`, `upper` (manual §6.4).

use super::{CHUNK, afford, end_position, finish, start_position};
use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Step};
use crate::vm::heap::string::{MAX_STRING, Str};
use crate::vm::heap::thread::MAX_STACK;
use crate::vm::heap::value::Value;

/// Values one step pushes or reads.
const ITEMS: usize = 2000;

/// `string.len (s)`
pub(super) fn len<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let s = call.check_string(0)?;
    call.ret(s.len() as i64)
}

/// `string.sub (s, i [, j])`
pub(super) fn sub<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let s = call.check_string(0)?;
    let from = start_position(call.check_integer(1)?, s.len());
    let to = end_position(call.opt_integer(2, -1)?, s.len());
    if from == 1 && to == s.len() {
        return call.ret(s);
    }
    let bytes = if from > to { &[] } else { s.as_bytes().get(from - 1..to).unwrap_or(&[]) };
    let part = call.string(bytes)?;
    call.ret(part)
}

/// `string.byte (s [, i [, j]])`
pub(super) fn byte<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == 0 {
        let s = call.check_string(0)?;
        let first = call.opt_integer(1, 1)?;
        let from = start_position(first, s.len());
        let to = end_position(call.opt_integer(2, first)?, s.len());
        if from > to {
            return call.ret_none();
        }
        if from == to {
            let byte = s.as_bytes().get(from - 1).copied().unwrap_or(0);
            return call.ret(i64::from(byte));
        }
        let count = to - from + 1;
        if count >= MAX_STACK {
            return Err(call.error("stack overflow (string slice too long)"));
        }
        call.ensure(count + 4)?;
        if count <= ITEMS {
            // Nothing of the window changes before this is paid for.
            call.charge_items(count)?;
            push_bytes(call, s, from - 1, count);
            return Ok(Flow::Return(count));
        }
        call.set_top(3);
        call.set(0, Value::String(s));
        call.set(1, Value::Integer(from as i64 - 1));
        call.set(2, Value::Integer(count as i64));
        return Ok(Flow::Again { step: 1 });
    }
    let s = call.check_string(0)?;
    let done = call.above(3);
    let count = call.size(2);
    let now = count.saturating_sub(done).min(ITEMS);
    call.charge_items(now)?;
    push_bytes(call, s, call.size(1) + done, now);
    Ok(if done + now < count { Flow::Again { step: 1 } } else { Flow::Return(count) })
}

/// Pushes `count` bytes of `s` from offset `from` on.
fn push_bytes<'gc>(call: &mut Call<'_, 'gc>, s: Str<'gc>, from: usize, count: usize) {
    for byte in s.as_bytes().get(from..from + count).unwrap_or(&[]) {
        call.push(Value::Integer(i64::from(*byte)));
    }
}

/// `string.char (···)`
pub(super) fn char<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == 0 {
        let count = call.top();
        if count <= ITEMS {
            call.convert_numerals(0, count)?;
            call.charge_items(count)?;
            let mut bytes = Vec::with_capacity(count);
            for arg in 0..count {
                bytes.push(char_byte(call, arg)?);
            }
            let s = call.ctx.string(&bytes)?;
            return call.ret(s);
        }
        let buffer = call.buffer()?;
        buffer.reserve(call.ctx.heap(), count)?;
        call.push(Value::Buffer(buffer));
        return Ok(Flow::Again { step: 1 });
    }
    let count = call.above(1);
    let buffer = call.get_buffer(count)?;
    let from = buffer.len().min(count);
    let to = count.min(from + ITEMS);
    call.convert_numerals(from, to)?;
    call.charge_items(to - from)?;
    let mut bytes = Vec::with_capacity(ITEMS);
    for arg in from..to {
        bytes.push(char_byte(call, arg)?);
    }
    if to == count {
        // Finishing may be refused, so these bytes count only when it was not.
        buffer.push(call.ctx.heap(), &bytes)?;
        return match finish(call, buffer) {
            Ok(s) => call.ret(s),
            Err(interrupt) => {
                buffer.with_mut(|all| all.truncate(from));
                Err(interrupt)
            }
        };
    }
    buffer.push(call.ctx.heap(), &bytes)?;
    Ok(Flow::Again { step: 1 })
}

fn char_byte<'gc>(
    call: &Call<'_, 'gc>,
    arg: usize,
) -> Result<u8, crate::vm::heap::native::Interrupt<'gc>> {
    let code = call.check_integer(arg)?;
    u8::try_from(code).map_err(|_| call.arg_error(arg, "value out of range"))
}

/// `string.lower (s)`
pub(super) fn lower<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    map(call, |s, from, to, out| out.extend(s[from..to].iter().map(u8::to_ascii_lowercase)))
}

/// `string.upper (s)`
pub(super) fn upper<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    map(call, |s, from, to, out| out.extend(s[from..to].iter().map(u8::to_ascii_uppercase)))
}

/// `string.reverse (s)`
pub(super) fn reverse<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    map(call, |s, from, to, out| out.extend(s[s.len() - to..s.len() - from].iter().rev()))
}

/// Writes bytes `from..to` of the result, which is as long as the subject.
type Fill = fn(&[u8], usize, usize, &mut Vec<u8>);

fn map<'gc>(call: &mut Call<'_, 'gc>, fill: Fill) -> Step<'gc> {
    if call.step == 0 {
        let s = call.check_string(0)?;
        let len = s.len();
        if len <= CHUNK {
            afford(call, len)?;
            let mut bytes = Vec::with_capacity(len);
            fill(s.as_bytes(), 0, len, &mut bytes);
            let result = call.ctx.string_from_vec(bytes)?;
            return call.ret(result);
        }
        let buffer = call.buffer()?;
        buffer.reserve(call.ctx.heap(), len)?;
        call.set_top(2);
        call.set(0, Value::String(s));
        call.set(1, Value::Buffer(buffer));
        return Ok(Flow::Again { step: 1 });
    }
    let s = call.check_string(0)?;
    bulk(call, s.len(), |from, to, out| fill(s.as_bytes(), from, to, out))
}

/// Writes the next chunk of a result of `total` bytes into the reserved buffer in
/// slot 1, and returns the string when it is whole.
fn bulk<'gc>(
    call: &mut Call<'_, 'gc>,
    total: usize,
    fill: impl FnOnce(usize, usize, &mut Vec<u8>),
) -> Step<'gc> {
    let buffer = call.get_buffer(1)?;
    let from = buffer.len();
    if from < total {
        let to = total.min(from + CHUNK);
        call.charge_bytes(to - from)?;
        buffer.with_mut(|out| fill(from, to, out));
        return Ok(Flow::Again { step: 1 });
    }
    let result = finish(call, buffer)?;
    call.ret(result)
}

/// `string.rep (s, n [, sep])`
pub(super) fn rep<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == 0 {
        let s = call.check_string(0)?;
        let count = call.check_integer(1)?;
        let sep = match call.opt_string(2)? {
            Some(sep) => sep,
            None => call.ctx.string(b"")?,
        };
        let unit = s.len() + sep.len();
        if count <= 0 || unit == 0 {
            let empty = call.ctx.string(b"")?;
            return call.ret(empty);
        }
        if unit as u64 > MAX_STRING as u64 / count as u64 {
            return Err(call.error("resulting string too large"));
        }
        let total = unit * count as usize - sep.len();
        if total <= CHUNK {
            afford(call, total)?;
            let mut bytes = Vec::with_capacity(total);
            fill_repeated(s, sep, 0, total, &mut bytes);
            let result = call.ctx.string_from_vec(bytes)?;
            return call.ret(result);
        }
        let buffer = call.buffer()?;
        buffer.reserve(call.ctx.heap(), total)?;
        call.set_top(4);
        call.set(0, Value::String(s));
        call.set(1, Value::Buffer(buffer));
        call.set(2, Value::String(sep));
        call.set(3, Value::Integer(total as i64));
        return Ok(Flow::Again { step: 1 });
    }
    let (s, sep) = (call.check_string(0)?, call.check_string(2)?);
    let total = call.size(3);
    bulk(call, total, |from, to, out| fill_repeated(s, sep, from, to, out))
}

/// Writes bytes `from..to` of the endless sequence `s sep s sep …`; `out` holds all before.
fn fill_repeated(s: Str<'_>, sep: Str<'_>, from: usize, to: usize, out: &mut Vec<u8>) {
    let unit = s.len() + sep.len();
    let mut at = from;
    while at < to {
        if at < unit {
            let rest =
                if at < s.len() { &s.as_bytes()[at..] } else { &sep.as_bytes()[at - s.len()..] };
            let part = &rest[..rest.len().min(to - at)];
            out.extend_from_slice(part);
            at += part.len();
        } else {
            // What lies whole periods back is what comes next.
            let back = at - at % unit;
            let take = back.min(to - at);
            out.extend_from_within(at - back..at - back + take);
            at += take;
        }
    }
}
