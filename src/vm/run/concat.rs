//! Concatenation (manual §3.4.6).

use super::arith;
use super::slow::Slow;
use crate::base::number::{format_float, format_integer};
use crate::vm::calls::error::Place;
use crate::vm::calls::handlers::call_handler;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::string::{MAX_STRING, SHORT, Str};
use crate::vm::heap::thread::{JOINING, Then, ThreadState};
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::{FLOAT_TEXT, bytes_price};
use crate::vm::state::context::Context;

/// Bytes of a number as text, at most.
const NUMBER_TEXT: usize = 32;

/// `R[A] := R[A] .. … .. R[A+B-1]`, from the right. What is joined so far lies in
/// the last operand left; `saved` counts the operands left when the instruction
/// is interrupted by a metamethod.
#[inline(never)]
pub(crate) fn concat<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    a: u8,
    b: u8,
) -> Result<Slow, Interrupt<'gc>> {
    let Some(frame) = th.frames.last_mut() else { return Ok(Slow::Done) };
    let at = frame.base as usize + usize::from(a);
    let mut left = usize::from(b);
    if frame.flags & JOINING != 0 {
        left = frame.saved as usize;
    } else if let [Value::String(x), Value::String(y)] = th.stack.slice(at, left)
        && x.len() + y.len() <= SHORT
    {
        // Most of all: a piece behind a piece.
        let string = join_two(ctx, *x, *y)?;
        th.stack.set(at, Value::String(string));
        ctx.state.fuel.done();
        return Ok(Slow::Done);
    }
    while left > 1 {
        let joined = joinable(th, at, left);
        if joined < 2 {
            return call_concat(ctx, th, a, at, left);
        }
        let string = join(ctx, th, at + left - joined, joined)?;
        th.stack.set(at + left - joined, string);
        left -= joined - 1;
        // Parts already joined are not joined again after a refusal.
        if let Some(frame) = th.frames.last_mut() {
            frame.saved = left as u32;
            frame.flags |= JOINING;
        }
        ctx.state.fuel.done();
    }
    if let Some(frame) = th.frames.last_mut() {
        frame.flags &= !JOINING;
    }
    Ok(Slow::Done)
}

/// Counts the operands, from the right, that are strings or numbers.
fn joinable(th: &ThreadState<'_>, at: usize, left: usize) -> usize {
    th.stack
        .slice(at, left)
        .iter()
        .rev()
        .take_while(|value| {
            matches!(value, Value::String(_) | Value::Integer(_) | Value::Number(_))
        })
        .count()
}

fn call_concat<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    a: u8,
    at: usize,
    left: usize,
) -> Result<Slow, Interrupt<'gc>> {
    let (x, y) = (th.stack.get(at + left - 2), th.stack.get(at + left - 1));
    let mut handler = ctx.metamethod(&x, Event::Concat);
    if handler.is_nil() {
        handler = ctx.metamethod(&y, Event::Concat);
    }
    if handler.is_nil() {
        let place = |offset: usize| Place::Register(a.wrapping_add(offset as u8));
        let operands = ((&x, place(left - 2)), (&y, place(left - 1)));
        return Err(arith::fault(ctx, th, Event::Concat, operands.0, operands.1));
    }
    if let Some(frame) = th.frames.last_mut() {
        frame.saved = left as u32;
        frame.flags |= JOINING;
    }
    call_handler(ctx, th, &[handler, x, y], 1, Then::Concat)?;
    Ok(Slow::Called)
}

/// Joins two strings to a short one.
fn join_two<'gc>(ctx: Context<'gc>, x: Str<'gc>, y: Str<'gc>) -> Result<Str<'gc>, Interrupt<'gc>> {
    // Joining with the empty string makes nothing new.
    if y.is_empty() {
        return Ok(x);
    }
    if x.is_empty() {
        return Ok(y);
    }
    let (middle, len) = (x.len(), x.len() + y.len());
    ctx.charge(bytes_price(len))?;
    let mut text = [0; SHORT];
    text[..middle].copy_from_slice(x.as_bytes());
    text[middle..len].copy_from_slice(y.as_bytes());
    ctx.string(&text[..len])
}

/// Joins `n` strings and numbers.
fn join<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    first: usize,
    n: usize,
) -> Result<Value<'gc>, Interrupt<'gc>> {
    let parts = th.stack.slice(first, n);
    if let [Value::String(x), Value::String(y)] = parts {
        // Joining with the empty string makes nothing new.
        if y.is_empty() {
            return Ok(parts[0]);
        }
        if x.is_empty() {
            return Ok(parts[1]);
        }
    }
    let (mut bound, mut floats) = (0_usize, 0);
    for part in parts {
        bound += match part {
            Value::String(s) => s.len(),
            _ => NUMBER_TEXT,
        };
        floats += u64::from(matches!(part, Value::Number(_)));
    }
    if bound > MAX_STRING {
        return Err(crate::vm::calls::error::runtime(ctx, th, "string length overflow"));
    }
    ctx.charge(bytes_price(bound) + floats * FLOAT_TEXT)?;
    if bound <= SHORT {
        let mut text = [0; SHORT];
        let mut len = 0;
        for part in parts {
            if let Value::String(s) = part {
                text[len..len + s.len()].copy_from_slice(s.as_bytes());
                len += s.len();
            } else {
                let mut number = Vec::with_capacity(NUMBER_TEXT);
                append(part, &mut number);
                text[len..len + number.len()].copy_from_slice(&number);
                len += number.len();
            }
        }
        return Ok(Value::String(ctx.string(&text[..len])?));
    }
    // Asked for before it is taken, here and for the string itself: the text becomes it.
    let mut text = ctx.heap().bytes_for_string(bound)?;
    for part in parts {
        append(part, &mut text);
    }
    Ok(Value::String(ctx.string_from_vec(text)?))
}

fn append(part: &Value<'_>, text: &mut Vec<u8>) {
    match part {
        Value::String(s) => text.extend_from_slice(s.as_bytes()),
        Value::Integer(i) => text.extend_from_slice(&format_integer(*i)),
        Value::Number(n) => format_float(*n, text),
        _ => {}
    }
}
