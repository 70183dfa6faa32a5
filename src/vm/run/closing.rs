//! Variables that are to be closed, and upvalues, where a scope or a function ends without an
//! error (manual §3.3.8). Where one ends with an error, `vm::calls::unwind` closes them.
//!
//! Handlers are called one at a time: the instruction that ends the scope runs again when one has
//! returned, and finds one variable fewer.

use super::slow::Slow;
use crate::bytecode::names;
use crate::bytecode::op::Instr;
use crate::vm::calls::error;
use crate::vm::calls::handlers::{call_close, call_handler};
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::thread::{CLOSING, Then, ThreadState};
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;

/// Closes upvalues and to-be-closed variables at or above a slot.
#[inline(never)]
pub(crate) fn close<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    level: usize,
) -> Result<Slow, Interrupt<'gc>> {
    if close_next(ctx, th, level)? {
        return Ok(Slow::Called);
    }
    th.close_upvalues(ctx.heap(), level);
    Ok(Slow::Done)
}

/// Calls the handler of the last to-be-closed variable at or above `level`, if
/// there is one; the instruction runs again when it returns.
fn close_next<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    level: usize,
) -> Result<bool, Interrupt<'gc>> {
    let Some(slot) = th.tbc.last().map(|slot| *slot as usize).filter(|slot| *slot >= level) else {
        return Ok(false);
    };
    let outcome = if call_close(ctx, th, slot) {
        Ok(())
    } else {
        let value = th.stack.get(slot);
        // Nil when the metatable changed since the variable was marked: the call fails.
        let handler = ctx.metamethod(&value, Event::Close);
        call_handler(ctx, th, &[handler, value, Value::Nil], 0, Then::Repeat)
    };
    match outcome {
        Err(interrupt @ (Interrupt::Memory(_) | Interrupt::Fuel)) => Err(interrupt),
        other => {
            th.tbc.pop();
            th.close_upvalues(ctx.heap(), slot);
            other.map(|()| true)
        }
    }
}

/// Closes what a `Return` must close. Returns the number of values to return, or
/// `None` when a handler was called and the instruction will run again.
pub(crate) fn close_for_return<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    first: usize,
    n: usize,
) -> Result<Option<usize>, Interrupt<'gc>> {
    let Some(frame) = th.frames.last_mut() else { return Ok(Some(n)) };
    let level = frame.base as usize;
    let n = if frame.flags & CLOSING != 0 { frame.saved as usize } else { n };
    frame.flags |= CLOSING;
    frame.saved = n as u32;
    frame.aux = (first + n) as u32;
    if close_next(ctx, th, level)? {
        return Ok(None);
    }
    th.close_upvalues(ctx.heap(), level);
    Ok(Some(n))
}

/// Marks `R[A]` as to-be-closed.
#[inline(never)]
pub(crate) fn mark_tbc<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    i: &Instr,
) -> Result<Slow, Interrupt<'gc>> {
    let at = th.base() + usize::from(i.a);
    mark_tbc_at(ctx, th, at)?;
    Ok(Slow::Done)
}

/// Marks a slot as to-be-closed, unless it holds a false value.
///
/// # Errors
/// When the value has no `__close` metamethod.
pub(crate) fn mark_tbc_at<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    at: usize,
) -> Result<(), Interrupt<'gc>> {
    let value = th.stack.get(at);
    if !value.is_truthy() {
        return Ok(());
    }
    if ctx.metamethod(&value, Event::Close).is_nil() {
        let mut name = None;
        if let Some((closure, base)) = th.lua_frame() {
            let proto = closure.proto();
            // The instruction itself: the scope may end right behind it.
            let pc = th.frames.last().map_or(0, |frame| (frame.pc as usize).saturating_sub(1));
            let register = u8::try_from(at - base).ok();
            name = error::search(ctx, proto.loc_vars.len(), |_| {
                register.and_then(|register| names::local_name(proto, pc, register))
            })?;
        }
        let parts = [b"variable '", name.unwrap_or(b"?"), b"' got a non-closable value"];
        return Err(error::quoting(ctx, th, &parts));
    }
    ctx.state.account.reserve(crate::vm::meters::account::STACK_SLOT_BYTES)?;
    ctx.state.account.release(crate::vm::meters::account::STACK_SLOT_BYTES);
    th.tbc.push(at as u32);
    Ok(())
}
