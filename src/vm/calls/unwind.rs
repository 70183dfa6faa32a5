//! Raising errors: message handlers, closing of variables, catching (manual §2.3, §3.3.8).

use super::coroutine;
use super::finalizers;
use super::handlers::call_handler;
use super::next::Next;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::thread::{
    COUNTED, Callee, Frame, HANDLER, MAX_C_CALLS, PROTECTED, Then, ThreadState, UNWINDING,
};
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::{ERROR, SEARCHED_PER_UNIT};
use crate::vm::state::context::Context;
use crate::vm::state::retry::Retry;

/// Calls beyond [`MAX_C_CALLS`] that message handlers may nest to.
const HANDLER_ROOM: u32 = MAX_C_CALLS / 10;

/// Raises an error with this object on the current thread.
///
/// # Errors
/// A new error, to be raised in its place; or refused memory.
pub(crate) fn raise<'gc>(ctx: Context<'gc>, value: Value<'gc>) -> Result<Next, Interrupt<'gc>> {
    let th = ctx.state.current.get().state();
    let catcher = th.frames.iter().rposition(|frame| frame.flags & PROTECTED != 0);
    // There may be as many errors as handlers nest, and frames between them and this one.
    let passed = th.frames.len() - catcher.unwrap_or(0);
    ctx.state.fuel.owe(ERROR + (passed / SEARCHED_PER_UNIT) as u64);
    let Some(catcher) = catcher else {
        return coroutine::fail(ctx, th, value);
    };
    if let Some(frame) = handling_frame(th, catcher) {
        let handler = th.stack.get(frame.base as usize + frame.handler as usize);
        if is_out_of_memory(ctx, value) && !is_unnamed(handler) {
            unwind_to(ctx, th, catcher, value);
            return Ok(Next::Continue);
        }
        if th.c_calls >= MAX_C_CALLS + HANDLER_ROOM {
            unwind_to(ctx, th, catcher, Value::String(ctx.state.handler_message));
            return Ok(Next::Continue);
        }
        return call_message_handler(ctx, th, catcher, handler, value);
    }
    unwind_to(ctx, th, catcher, value);
    Ok(Next::Continue)
}

/// Tells whether an error object is the machine's own refusal of memory, for which message
/// handlers of scripts are not called (manual §4.4.1).
pub(crate) fn is_out_of_memory<'gc>(ctx: Context<'gc>, error: Value<'gc>) -> bool {
    matches!(error, Value::String(text) if text.ptr_eq(ctx.state.memory_message))
}

/// Tells whether a message handler is the host's, which notes where each error was raised.
fn is_unnamed(handler: Value<'_>) -> bool {
    matches!(handler, Value::Builtin(def) if def.name.is_empty())
}

/// Returns the frame whose message handler sees an error that `catcher` catches: itself
/// or, if it is `load`, which leaves the handler in force as it is, the one around it.
fn handling_frame<'a, 'gc>(th: &'a ThreadState<'gc>, catcher: usize) -> Option<&'a Frame<'gc>> {
    let passes = |frame: &Frame<'gc>| {
        matches!(frame.callee, Callee::Native(def) if def.name == "load")
            && frame.flags & HANDLER == 0
    };
    let guards = th.frames[..=catcher].iter().rev().filter(|f| f.flags & PROTECTED != 0);
    let frame = guards.into_iter().find(|frame| !passes(frame))?;
    (frame.flags & HANDLER != 0).then_some(frame)
}

/// Calls the message handler where the error happened, before anything is unwound.
fn call_message_handler<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    catcher: usize,
    handler: Value<'gc>,
    value: Value<'gc>,
) -> Result<Next, Interrupt<'gc>> {
    let depth = th.c_calls;
    th.handling += 1;
    // Handlers have some room of their own beyond the limit of native calls.
    th.c_calls = depth.min(MAX_C_CALLS - 1);
    let outcome = call_handler(ctx, th, &[handler, value], 1, Then::Handler);
    th.c_calls = depth + u32::from(outcome.is_ok());
    let Err(interrupt) = outcome else { return Ok(Next::Continue) };
    th.handling -= 1;
    if let Interrupt::Memory(_) | Interrupt::Fuel = interrupt {
        ctx.state.raising.set(value);
        ctx.state.retry.set(Some(Retry::Handler { catcher }));
        return Err(interrupt);
    }
    // A handler that cannot even be called fails like one that raises an error.
    unwind_to(ctx, th, catcher, Value::String(ctx.state.handler_message));
    Ok(Next::Continue)
}

/// Calls a message handler for which memory or fuel was refused.
///
/// # Errors
/// When it is refused again.
pub(in crate::vm) fn call_handler_again<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    catcher: usize,
) -> Result<Next, Interrupt<'gc>> {
    let value = ctx.state.raising.take();
    let Some(frame) = handling_frame(th, catcher) else {
        unwind_to(ctx, th, catcher, value);
        return Ok(Next::Continue);
    };
    let handler = th.stack.get(frame.base as usize + frame.handler as usize);
    call_message_handler(ctx, th, catcher, handler, value)
}

/// Memory for a message handler is refused for good: the error goes on as it is.
pub(in crate::vm) fn do_without_handler(ctx: Context<'_>, catcher: usize) {
    let th = ctx.state.current.get().state();
    let value = ctx.state.raising.take();
    unwind_to(ctx, th, catcher, value);
}

/// The message handler returned the object to raise.
pub(crate) fn handled<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    value: Value<'gc>,
) -> Result<Next, Interrupt<'gc>> {
    th.handling = th.handling.saturating_sub(1);
    match th.frames.iter().rposition(|frame| frame.flags & PROTECTED != 0) {
        Some(catcher) => {
            unwind_to(ctx, th, catcher, value);
            Ok(Next::Continue)
        }
        None => coroutine::fail(ctx, th, value),
    }
}

/// Makes the main thread close its pending variables and then go on as if what its
/// bottommost frame called had returned: what `os.exit` does when it is to close the
/// state (manual §6.9). False: that frame waits for nothing.
pub(crate) fn close_main<'gc>(ctx: Context<'gc>) -> bool {
    let thread = ctx.state.main_thread;
    let th = thread.state();
    if th.frames.first().is_none_or(|frame| frame.flags & PROTECTED == 0) {
        return false;
    }
    ctx.state.current.set(thread);
    th.status = crate::vm::heap::thread::Status::Running;
    drop_frames(ctx, th, 0);
    // Errors of `__close` replace one another, and nobody hears of the last.
    th.frames[0].flags &= !HANDLER;
    th.begin_unwinding(None);
    true
}

/// Drops the frames above the catching one and starts closing variables.
fn unwind_to<'gc>(ctx: Context<'gc>, th: &mut ThreadState<'gc>, catcher: usize, value: Value<'gc>) {
    drop_frames(ctx, th, catcher);
    th.begin_unwinding(Some(value));
}

/// Drops the frames above one that is about to unwind.
fn drop_frames<'gc>(ctx: Context<'gc>, th: &mut ThreadState<'gc>, catcher: usize) {
    while th.frames.len() > catcher + 1 {
        let Some(frame) = th.frames.pop() else { break };
        if frame.flags & COUNTED != 0 {
            th.c_calls -= 1;
        }
        if frame.flags & UNWINDING != 0 {
            th.errors.pop();
        }
        if frame.then == Then::Hook {
            th.hooks.interrupted();
        }
        if frame.then == Then::Finalizers {
            // What calls finalizers was itself refused something, such as its warning.
            finalizers::end(ctx, th, frame);
        }
        if frame.then == Then::Handler {
            th.handling = th.handling.saturating_sub(1);
        }
    }
    th.hooks.unwound();
    if th.frames[catcher].flags & UNWINDING != 0 {
        // An error while closing replaces the one being raised.
        th.errors.pop();
    }
}

/// Closes the next variable, or ends the unwinding and lets the catching step run.
///
/// # Errors
/// Those of calling a `__close` handler.
pub(crate) fn go_on<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
) -> Result<Next, Interrupt<'gc>> {
    let Some(frame) = th.frames.last() else { return Ok(Next::Continue) };
    let level = frame.base as usize + frame.saved as usize;
    let error = th.errors.last().copied().unwrap_or_default();
    if let Some(slot) = th.tbc.last().copied().filter(|slot| *slot as usize >= level) {
        let slot = slot as usize;
        let value = th.stack.get(slot);
        let handler = ctx.metamethod(&value, Event::Close);
        th.close_upvalues(ctx.heap(), slot);
        th.top = slot + 1;
        let outcome = call_handler(ctx, th, &[handler, value, error], 0, Then::Unwind);
        // What is refused is tried again with the variable still pending.
        if !matches!(outcome, Err(Interrupt::Memory(_) | Interrupt::Fuel)) {
            th.tbc.pop();
        }
        outcome?;
        return Ok(Next::Continue);
    }
    th.close_upvalues(ctx.heap(), level);
    th.errors.pop();
    th.top = level;
    if th.handling == 0 {
        th.give_back_handler_room(ctx);
    }
    let Some(frame) = th.frames.last_mut() else { return Ok(Next::Continue) };
    let failed = frame.varargs != 0;
    if failed {
        frame.pc = frame.aux;
    }
    frame.flags &= !(PROTECTED | UNWINDING | HANDLER);
    if failed {
        th.push(error);
    }
    Ok(Next::Continue)
}
