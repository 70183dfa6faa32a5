//! Returning: the innermost frame is popped, and its results delivered to whom it says.

use super::coroutine;
use super::finalizers;
use super::frames::{move_results, note_refusal};
use super::next::Next;
use super::unwind;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::thread::hooks::Stage;
use crate::vm::heap::thread::{COUNTED, Callee, JOINING, Then, ThreadState};
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;
use crate::vm::state::coverage::Coverage;
use crate::vm::state::retry::Retry;

/// [`return_from`] for a native frame: if the return is refused, it is noted, since the
/// step that asked for it must not run again.
///
/// # Errors
/// As [`return_from`].
pub(in crate::vm) fn return_native<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    first: usize,
    n: usize,
) -> Result<Next, Interrupt<'gc>> {
    let returned = return_from(ctx, th, first, n);
    note_refusal(ctx, returned, Retry::Return { first, n })
}

/// Pops the innermost frame and delivers its results, `n` values from stack index
/// `first` on, to the frame below.
///
/// # Errors
/// Those of what the frame below goes on with; when memory for handing results to
/// another thread is refused, with the frame still there.
#[inline]
pub(crate) fn return_from<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    first: usize,
    n: usize,
) -> Result<Next, Interrupt<'gc>> {
    match th.frames.last().map(|frame| frame.then) {
        None => {}
        Some(Then::Results | Then::Native) => take_results(ctx, th, first, n),
        Some(_) => return deliver(ctx, th, first, n),
    }
    Ok(Next::Continue)
}

/// Pops the innermost frame, of a function whose results go where its caller wants them.
#[inline(always)]
pub(in crate::vm) fn take_results<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    first: usize,
    n: usize,
) {
    // Of a frame that was just made no copy is taken: the processor would wait for its parts.
    let Some(frame) = th.frames.last() else { return };
    let (func, wanted) = (frame.func as usize, frame.results);
    if frame.flags & COUNTED != 0 {
        th.c_calls -= 1;
    }
    th.frames.truncate(th.frames.len() - 1);
    // Lua callers look at the top after open calls only, native ones always.
    th.top = move_results(ctx, th, first, n, func, wanted);
}

#[inline(never)]
fn deliver<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    first: usize,
    n: usize,
) -> Result<Next, Interrupt<'gc>> {
    if th.frames.last().is_some_and(|frame| frame.then == Then::Finish) {
        coroutine::ensure_room_to_finish(ctx, th, n)?;
    }
    let Some(frame) = th.frames.pop() else { return Ok(Next::Continue) };
    if frame.flags & COUNTED != 0 {
        th.c_calls -= 1;
    }
    let result = if n > 0 { th.stack.get(first) } else { Value::Nil };
    match frame.then {
        Then::Finish => return coroutine::finish(ctx, th, first, n),
        Then::Finalizers => {
            finalizers::end(ctx, th, frame);
            // The hook that was put aside is for the exact instance of the loop alone.
            return Ok(if th.hooks.active() { Next::Leave } else { Next::Continue });
        }
        _ => {}
    }
    let depth = th.frames.len();
    let Some(caller) = th.frames.last_mut() else { return Ok(Next::Continue) };
    let base = caller.base as usize;
    if th.hooks.active() {
        th.hooks.note_delivery(frame.then, depth, caller.pc);
    }
    match frame.then {
        Then::Store(register) => th.stack.set(base + register as usize, result),
        Then::Compare | Then::CompareNot => {
            if let Callee::Lua(closure) = caller.callee {
                let instr = closure.proto().code[caller.pc as usize - 1];
                let result = result.is_truthy() == (frame.then == Then::Compare);
                if result == (instr.c & 1 != 0) {
                    Coverage::jumped(closure.code().as_ref(), caller.pc as usize - 1);
                    caller.pc = caller.pc.wrapping_add_signed(instr.sx());
                }
            }
        }
        Then::Concat => {
            if let Callee::Lua(closure) = caller.callee {
                let instr = closure.proto().code[caller.pc as usize - 1];
                caller.saved -= 1;
                caller.flags |= JOINING;
                caller.pc -= 1;
                let at = base + instr.a as usize + caller.saved as usize - 1;
                th.stack.set(at, result);
            }
        }
        Then::Repeat => caller.pc -= 1,
        Then::Handler => return unwind::handled(ctx, th, result),
        Then::Hook => return Ok(hook_returned(ctx, th)),
        // A frame that is unwinding goes on when it is looked at again.
        Then::Unwind
        | Then::Results
        | Then::Native
        | Then::Discard
        | Then::Finalizers
        | Then::Finish => {}
    }
    Ok(Next::Continue)
}

/// The hook returned: the function below goes on where it was.
fn hook_returned<'gc>(ctx: Context<'gc>, th: &mut ThreadState<'gc>) -> Next {
    th.hooks.running = false;
    th.hooks.transfer = (0, 0);
    th.top = th.hooks.top as usize;
    if let Some(frame) = th.frames.last_mut()
        && let Callee::Lua(_) = frame.callee
    {
        frame.pc -= 1;
        if th.hooks.stage == Stage::Returned {
            // The return runs again, and is paid.
            ctx.state.fuel.prepay();
        }
    }
    Next::Leave
}
