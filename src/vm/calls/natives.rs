//! Native functions at work: a step is run, and what it asks for is done.

use super::call::Call;
use super::coroutine;
use super::error;
use super::frames::{move_results, note_refusal, noted, push_lua_here, ready};
use super::hooks;
use super::next::{Next, Pause};
use super::returns::{return_native, take_results};
use super::unwind;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef};
use crate::vm::heap::thread::{
    COUNTED, Callee, Frame, HANDLER, HOOKED, MAX_C_CALLS, PROTECTED, TAIL, Then, Thread,
    ThreadState, UNWINDING,
};
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::OutOfFuel;
use crate::vm::state::context::Context;
use crate::vm::state::retry::{Request, Retry};

/// Does what a native frame on top needs: its next step, or the next variable to
/// close after an error it catches.
///
/// # Errors
/// As [`step_native`]; out of fuel while an earlier charge is still owed.
#[inline]
pub(crate) fn go_on_native<'gc>(
    ctx: Context<'gc>,
    thread: Thread<'gc>,
    th: &mut ThreadState<'gc>,
) -> Result<Next, Interrupt<'gc>> {
    // What is tried again comes first: where the fuel had sufficed it would be over already.
    let due = ctx.state.account.collection_due() && !ctx.state.fuel.is_tried_again()
        || ctx.state.collect_now.get();
    // A finalizer may call the host, whose last answer must have been read by then.
    if due && ctx.state.mailbox.borrow().is_none() {
        return Ok(Next::Pause(Pause::Collect));
    }
    if ctx.state.fuel.in_debt() {
        return Err(OutOfFuel.into());
    }
    match th.frames.last() {
        Some(frame) if frame.flags & (UNWINDING | HOOKED) != 0 => {
            let unwinds = frame.flags & UNWINDING != 0;
            go_on_marked(ctx, thread, th, unwinds)
        }
        Some(frame) if passes_on(frame) => {
            let base = frame.base as usize;
            th.note_high_water();
            ctx.state.fuel.done();
            return_step(ctx, th, base, th.top.saturating_sub(base))
        }
        _ => step_native(ctx, thread, th),
    }
}

/// Tells whether all that is left to do for a native function is to return what it was given.
#[inline(always)]
fn passes_on(frame: &Frame<'_>) -> bool {
    frame.pc != 0 && matches!(frame.callee, Callee::Native(def) if def.passes_on == frame.pc)
}

/// Pops the innermost frame, a Lua one that a native function called, and goes on in that one
/// with the `n` values from stack index `first` on.
///
/// # Errors
/// As [`go_on_native`].
#[inline(never)]
pub(in crate::vm) fn return_to_native<'gc>(
    ctx: Context<'gc>,
    thread: Thread<'gc>,
    th: &mut ThreadState<'gc>,
    first: usize,
    n: usize,
) -> Result<Next, Interrupt<'gc>> {
    take_results(ctx, th, first, n);
    go_on_native(ctx, thread, th)
}

/// As [`go_on_native`] for a frame that unwinds or has a hook.
#[inline(never)]
fn go_on_marked<'gc>(
    ctx: Context<'gc>,
    thread: Thread<'gc>,
    th: &mut ThreadState<'gc>,
    unwinds: bool,
) -> Result<Next, Interrupt<'gc>> {
    if unwinds {
        return unwind::go_on(ctx, th);
    }
    match hooks::before_step(ctx, th)? {
        Some(next) => Ok(next),
        None => step_native(ctx, thread, th),
    }
}

/// Does what was refused, again.
///
/// # Errors
/// As the operation. Refused again, it is noted again.
pub(crate) fn retry<'gc>(ctx: Context<'gc>, retry: Retry) -> Result<Next, Interrupt<'gc>> {
    let thread = ctx.state.current.get();
    let th = thread.state();
    let next = match retry {
        Retry::Call(request) => ready(ctx, th, request),
        Retry::Flow { base, flow } => obey(ctx, thread, th, base, &flow),
        Retry::Return { first, n } => return_native(ctx, th, first, n),
        Retry::Handler { catcher } => unwind::call_handler_again(ctx, th, catcher),
    }?;
    ctx.state.fuel.done();
    Ok(next)
}

/// Runs one step of the native function in the innermost frame and does what it asks.
///
/// # Errors
/// The function's own. When fuel or memory is refused the frame stays, to run the
/// same step again.
pub(crate) fn step_native<'gc>(
    ctx: Context<'gc>,
    thread: Thread<'gc>,
    th: &mut ThreadState<'gc>,
) -> Result<Next, Interrupt<'gc>> {
    let Some(frame) = th.frames.last() else { return Ok(Next::Continue) };
    let Callee::Native(def) = frame.callee else { return Ok(Next::Continue) };
    let (base, step) = (frame.base as usize, frame.pc);
    run_step(ctx, thread, th, def, base, step)
}

/// [`step_native`] for a frame whose contents are known.
///
/// # Errors
/// As [`step_native`].
#[inline]
pub(in crate::vm) fn run_step<'gc>(
    ctx: Context<'gc>,
    thread: Thread<'gc>,
    th: &mut ThreadState<'gc>,
    def: &'static NativeDef,
    base: usize,
    step: u32,
) -> Result<Next, Interrupt<'gc>> {
    let top = th.top;
    let next_id = ctx.state.next_id.get();
    ctx.state.account.begin_step();
    ctx.state.fuel.begin_step();
    let outcome = (def.call)(&mut Call { ctx, thread, th, base, step });
    ctx.state.fuel.end_step();
    // What came of it is looked at where it lies, a part at a time: read as a whole right after
    // its parts were written, the processor would wait for them.
    match &outcome {
        Ok(Flow::Return(n)) => {
            th.note_high_water();
            ctx.state.fuel.done();
            return_step(ctx, th, base, *n)
        }
        Ok(
            flow @ (Flow::Call { at, args, step, .. }
            | Flow::ProtectedCall { at, args, step, handler: None, .. }),
        ) if th.c_calls < MAX_C_CALLS && base + *at + *args < th.top => {
            th.note_high_water();
            ctx.state.fuel.done();
            let func = base + *at;
            let Value::Closure(closure) = th.stack.get(func) else {
                return obey_step(ctx, thread, th, base, flow);
            };
            let Some(frame) = th.frames.last_mut() else { return Ok(Next::Continue) };
            frame.pc = *step;
            let results = match flow {
                Flow::Call { results: Some(n), .. } => *n as i32,
                Flow::ProtectedCall { on_error, .. } => {
                    frame.protect(*at, *on_error);
                    -1
                }
                _ => -1,
            };
            let then = Then::Native;
            let request = Request { func, args: *args, results, then, flags: COUNTED };
            match push_lua_here(ctx, th, closure, request) {
                Ok(()) => Ok(Next::Continue),
                Err(interrupt) => Err(noted(ctx, interrupt, Retry::Call(request))),
            }
        }
        Ok(flow) => {
            th.note_high_water();
            ctx.state.fuel.done();
            obey_step(ctx, thread, th, base, flow)
        }
        Err(Interrupt::Fuel | Interrupt::Memory(_)) => {
            // The step will run again from here: the same objects get the same ids.
            th.note_high_water();
            th.top = top;
            ctx.state.next_id.set(next_id);
            outcome.map(|_| Next::Continue)
        }
        Err(Interrupt::Error(_) | Interrupt::Stop(_)) => {
            ctx.state.fuel.done();
            outcome.map(|_| Next::Continue)
        }
    }
}

/// Does what a step asked for. What it charged is spent once that is done.
#[inline(always)]
fn obey_step<'gc>(
    ctx: Context<'gc>,
    thread: Thread<'gc>,
    th: &mut ThreadState<'gc>,
    base: usize,
    flow: &Flow,
) -> Result<Next, Interrupt<'gc>> {
    let next = obey(ctx, thread, th, base, flow);
    if next.is_ok() {
        ctx.state.fuel.done();
    }
    next
}

/// Returns the top `n` values of a native function whose window begins at `base`.
#[inline(always)]
fn return_step<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    base: usize,
    n: usize,
) -> Result<Next, Interrupt<'gc>> {
    let n = n.min(th.top - base);
    let first = th.top - n;
    match th.frames.last() {
        Some(frame) if frame.then == Then::Results && frame.flags & (COUNTED | HOOKED) == 0 => {
            let (func, wanted) = (frame.func as usize, frame.results);
            th.top = move_results(ctx, th, first, n, func, wanted);
            th.frames.truncate(th.frames.len() - 1);
            Ok(Next::Continue)
        }
        Some(frame) if frame.flags & HOOKED != 0 => hooks::return_native(ctx, th, n),
        _ => return_native(ctx, th, first, n),
    }
}

/// Tells whether what a native function wants lies in its window of `top` values. Where a
/// snapshot has made the window up, it may not.
fn is_inside(flow: &Flow, top: usize) -> bool {
    let below = |at: usize, values: usize| at.saturating_add(values) < top;
    match *flow {
        Flow::Call { at, args, .. } | Flow::TailCall { at, args } => below(at, args),
        Flow::ProtectedCall { at, args, handler, .. } => {
            below(at, args) && handler.is_none_or(|handler| handler < at)
        }
        Flow::Resume { at, args, .. } => below(at, args),
        Flow::CloseThread { at, .. } => below(at, 0),
        Flow::Yield { n, .. } => n <= top,
        Flow::Host { args, .. } => args <= top,
        Flow::Return(_) | Flow::Again { .. } | Flow::Rehook => true,
    }
}

impl Frame<'_> {
    /// Makes a native function catch errors: slot `at` gets the error object, and `on_error` is
    /// the step that follows.
    #[inline(always)]
    fn protect(&mut self, at: usize, on_error: u32) {
        self.aux = on_error;
        self.saved = at as u32;
        self.flags = (self.flags & !HANDLER) | PROTECTED;
    }
}

#[inline(never)]
fn obey<'gc>(
    ctx: Context<'gc>,
    thread: Thread<'gc>,
    th: &mut ThreadState<'gc>,
    base: usize,
    flow: &Flow,
) -> Result<Next, Interrupt<'gc>> {
    if !is_inside(flow, th.top.saturating_sub(base)) {
        return Err(error::runtime(ctx, th, "internal error: values expected"));
    }
    let native = Then::Native;
    let Some(frame) = th.frames.last_mut() else { return Ok(Next::Continue) };
    match *flow {
        Flow::Return(_) => Ok(Next::Continue),
        Flow::Again { step } => {
            frame.pc = step;
            Ok(Next::Continue)
        }
        Flow::Call { at, args, results, step } => {
            frame.pc = step;
            let results = results.map_or(-1, |n| n as i32);
            let request = Request { func: base + at, args, results, then: native, flags: COUNTED };
            ready(ctx, th, request)
        }
        Flow::ProtectedCall { at, args, step, on_error, handler } => {
            frame.pc = step;
            frame.protect(at, on_error);
            if let Some(handler) = handler {
                frame.flags |= HANDLER;
                frame.handler = handler as u16;
            }
            let request =
                Request { func: base + at, args, results: -1, then: native, flags: COUNTED };
            ready(ctx, th, request)
        }
        Flow::TailCall { at, args } => {
            let Some(done) = th.frames.pop() else { return Ok(Next::Continue) };
            let func = done.func as usize;
            th.stack.copy(base + at, func, args + 1);
            th.top = func + 1 + args;
            if done.flags & COUNTED != 0 {
                th.c_calls -= 1;
            }
            let flags = (done.flags & COUNTED) | TAIL;
            let request = Request { func, args, results: done.results, then: done.then, flags };
            ready(ctx, th, request)
        }
        Flow::Yield { n, step } => {
            frame.pc = step;
            let yielded = coroutine::yield_values(ctx, thread, th, n);
            note_refusal(ctx, yielded, Retry::Flow { base, flow: *flow })
        }
        Flow::Resume { at, args, step } => {
            frame.pc = step;
            coroutine::resume(ctx, thread, th, base, at, args)
        }
        Flow::CloseThread { at, step } => {
            frame.pc = step;
            let closed = coroutine::close(ctx, thread, th, base + at);
            note_refusal(ctx, closed, Retry::Flow { base, flow: *flow })
        }
        Flow::Rehook => {
            let first = th.top;
            let next = if frame.flags & HOOKED != 0 {
                hooks::return_native(ctx, th, 0)?
            } else {
                return_native(ctx, th, first, 0)?
            };
            Ok(if matches!(next, Next::Continue) { Next::Leave } else { next })
        }
        Flow::Host { args, step } => {
            frame.pc = step;
            Ok(Next::Pause(Pause::HostCall { args }))
        }
    }
}
