//! Switching between threads (manual §2.6).

use super::boundaries::{boundary_price, is_inside_library};
use super::call::Call;
use super::error;
use super::finalizers;
use super::frames::{note_refusal, ready};
use super::next::{Next, Pause};
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::thread::{
    Callee, Frame, MAX_C_CALLS, MIN_STACK, PROTECTED, Status, Then, Thread, ThreadState,
};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::Refused;
use crate::vm::state::context::Context;
use crate::vm::state::retry::{Request, Retry};

impl<'gc> Thread<'gc> {
    /// Makes a coroutine that will run `function`.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn with_function(
        ctx: Context<'gc>,
        function: Value<'gc>,
    ) -> Result<Thread<'gc>, Interrupt<'gc>> {
        let state = ctx.state;
        let too_many = state.coroutines.get() >= state.max_coroutines.get();
        state.too_many.set(too_many);
        if too_many {
            // As refused memory: a collection may find some of them dead.
            return Err(Refused { bytes: 0 }.into());
        }
        let thread = Thread::new(ctx.heap())?;
        state.coroutines.set(state.coroutines.get() + 1);
        thread.state().push(function);
        Ok(thread)
    }
}

impl<'gc> ThreadState<'gc> {
    /// Empties the thread: frames, values, pending closes. Open upvalues are closed.
    pub fn reset(&mut self, ctx: Context<'gc>) {
        self.close_upvalues(ctx.heap(), 0);
        self.frames.clear();
        self.tbc.clear();
        self.errors.clear();
        self.driver = None;
        let end = self.high_water.max(self.top).min(self.stack.capacity());
        self.stack.clear(0, end);
        self.top = 0;
        self.high_water = 0;
        self.c_calls = 0;
        self.handling = 0;
        self.hooks.interrupted();
        self.resumer = None;
    }
}

/// Moves the top `n` values of one thread to the top of another, which has room.
fn transfer<'gc>(from: &mut ThreadState<'gc>, to: &mut ThreadState<'gc>, n: usize) {
    let first = from.top - n;
    for offset in 0..n {
        to.push(from.stack.get(first + offset));
    }
    from.top = first;
}

/// Resumes the coroutine in slot `at` of the window at `base` with the `args` values above
/// it; the calling function has said where it goes on.
///
/// # Errors
/// When memory is refused: it is noted then, and nothing has changed.
pub(crate) fn resume<'gc>(
    ctx: Context<'gc>,
    thread: Thread<'gc>,
    th: &mut ThreadState<'gc>,
    base: usize,
    at: usize,
    args: usize,
) -> Result<Next, Interrupt<'gc>> {
    let step = th.frames.last().map_or(0, |frame| frame.pc);
    let slot = at;
    let again = || Retry::Flow { base, flow: Flow::Resume { at: slot, args, step } };
    let at = base + at;
    let Value::Thread(target) = th.stack.get(at) else {
        return Err(error::runtime(ctx, th, "coroutine expected"));
    };
    if target.ptr_eq(thread) {
        return Err(error::runtime(ctx, th, "cannot resume non-suspended coroutine"));
    }
    note_refusal(ctx, target.save(ctx.heap()), again())?;
    let co = target.state();
    if th.c_calls >= MAX_C_CALLS {
        let message = note_refusal(ctx, ctx.string(b"C stack overflow"), again())?;
        return reply(th, at, false, Value::String(message));
    }
    match co.ensure(ctx, co.top + args + MIN_STACK) {
        Ok(()) => transfer(th, co, args),
        Err(Interrupt::Error(value)) => return reply(th, at, false, value),
        Err(other) => return note_refusal(ctx, Err(other), again()),
    }
    co.c_calls += th.c_calls + 1;
    co.resumer = Some(thread);
    co.status = Status::Running;
    th.status = Status::Normal;
    // The reply goes where the coroutine is.
    th.top = at;
    ctx.state.current.set(target);
    target.touch(ctx.mc);
    if co.frames.is_empty() {
        let func = co.top - args - 1;
        let request = Request { func, args, results: -1, then: Then::Finish, flags: 0 };
        return match ready(ctx, co, request)? {
            Next::Continue => Ok(Next::Switch),
            other => Ok(other),
        };
    }
    Ok(Next::Switch)
}

/// Answers a resume that could not begin.
fn reply<'gc>(
    th: &mut ThreadState<'gc>,
    at: usize,
    ok: bool,
    value: Value<'gc>,
) -> Result<Next, Interrupt<'gc>> {
    th.top = at;
    th.push(Value::Boolean(ok));
    th.push(value);
    Ok(Next::Continue)
}

/// Goes back to the thread that resumed `thread`, which keeps `status`.
fn back<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    status: Status,
) -> Option<&'gc mut ThreadState<'gc>> {
    let resumer = th.resumer.take()?;
    th.status = status;
    let below = resumer.state();
    th.c_calls = th.c_calls.saturating_sub(below.c_calls + 1);
    below.status = Status::Running;
    ctx.state.current.set(resumer);
    resumer.touch(ctx.mc);
    Some(below)
}

/// Yields the top `n` values.
pub(crate) fn yield_values<'gc>(
    ctx: Context<'gc>,
    thread: Thread<'gc>,
    th: &mut ThreadState<'gc>,
    n: usize,
) -> Result<Next, Interrupt<'gc>> {
    if thread.ptr_eq(ctx.state.main_thread) {
        // No position: the running function is native, and PUC names no other.
        return Err(error::runtime(ctx, th, "attempt to yield from outside a coroutine"));
    }
    let boundaries = ctx.state.yield_boundaries.get();
    if boundaries {
        ctx.charge(boundary_price(th))?;
    }
    let stays = th.driver.is_some() || th.hooks.running() || is_closing(th);
    if stays || (boundaries && is_inside_library(th)) {
        return Err(error::runtime(ctx, th, "attempt to yield across a C-call boundary"));
    }
    hand_over(ctx, th, Status::Suspended, true, n)
}

/// Gives `ok` and the top `n` values to the resumer and goes on there.
fn hand_over<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    status: Status,
    ok: bool,
    n: usize,
) -> Result<Next, Interrupt<'gc>> {
    // Room first: nothing has changed if it is refused, and this is done again.
    ensure_room_to_finish(ctx, th, n)?;
    let Some(below) = back(ctx, th, status) else {
        return Ok(Next::Pause(Pause::Error));
    };
    below.push(Value::Boolean(ok));
    transfer(th, below, n);
    Ok(Next::Switch)
}

/// Makes room for `n` values, and what is said with them, in the thread that waits for
/// those of `th`.
///
/// # Errors
/// When memory is refused, or the other stack overflows.
pub(in crate::vm) fn ensure_room_to_finish<'gc>(
    ctx: Context<'gc>,
    th: &ThreadState<'gc>,
    n: usize,
) -> Result<(), Interrupt<'gc>> {
    let Some(resumer) = th.resumer else { return Ok(()) };
    let below = resumer.state();
    below.ensure(ctx, below.top + n + 1 + MIN_STACK)
}

/// The thread's function returned `n` values at stack index `first`.
pub(crate) fn finish<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    first: usize,
    n: usize,
) -> Result<Next, Interrupt<'gc>> {
    if th.resumer.is_none() {
        return Ok(Next::Pause(Pause::Done));
    }
    th.top = first + n;
    th.close_upvalues(ctx.heap(), 0);
    let outcome = hand_over(ctx, th, Status::Dead, true, n)?;
    th.top = 0;
    Ok(outcome)
}

/// The thread failed with an error that nothing in it catches.
pub(crate) fn fail<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    value: Value<'gc>,
) -> Result<Next, Interrupt<'gc>> {
    if th.driver.is_some() {
        finalizers::abandon(ctx);
    }
    // `coroutine.close` reports an error once: then the thread is just dead.
    let status = if th.status == Status::Dead { Status::Dead } else { Status::Failed };
    match back(ctx, th, status) {
        None => Ok(Next::Pause(Pause::Error)),
        Some(below) => {
            if status == Status::Failed {
                // The error object stays with the thread too: `coroutine.close` gives it.
                th.errors.push(value);
            }
            below.push(Value::Boolean(false));
            below.push(value);
            Ok(Next::Switch)
        }
    }
}

/// The body of a closing coroutine: there is nothing left but to end.
pub(in crate::vm) static CLOSED: NativeDef = NativeDef::new("close", closed, "6.2", "0");

/// Tells whether a coroutine is being closed. It does not yield then: who closes it must not be
/// told that it is closed before it is.
fn is_closing(th: &ThreadState<'_>) -> bool {
    let first = th.frames.first().map(|frame| frame.callee);
    matches!(first, Some(Callee::Native(def)) if std::ptr::eq(def, &CLOSED))
}

impl<'gc> Call<'_, 'gc> {
    /// Tells whether finalizers run on a thread, or it is being closed: it cannot yield then.
    pub fn is_bound(&self, thread: Thread<'gc>) -> bool {
        let th = if thread.ptr_eq(self.thread) { &*self.th } else { thread.state() };
        th.driver.is_some() || is_closing(th)
    }
}

fn closed<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    match call.step {
        1 => Ok(Flow::Return(0)),
        _ => {
            let error = call.arg(0);
            call.th.status = Status::Dead;
            Err(Interrupt::Error(error))
        }
    }
}

/// Closes the coroutine at stack index `at`.
pub(crate) fn close<'gc>(
    ctx: Context<'gc>,
    thread: Thread<'gc>,
    th: &mut ThreadState<'gc>,
    at: usize,
) -> Result<Next, Interrupt<'gc>> {
    let Value::Thread(target) = th.stack.get(at) else {
        return Err(error::runtime(ctx, th, "coroutine expected"));
    };
    if target.ptr_eq(thread) || target.state().is_active() {
        return Err(error::runtime(ctx, th, "cannot close a running coroutine"));
    }
    target.save(ctx.heap())?;
    let co = target.state();
    co.ensure_frame(ctx)?;
    let error = match co.status {
        Status::Failed => co.errors.pop(),
        _ => None,
    };
    th.top = at;
    if co.tbc.is_empty() {
        let failed = co.status == Status::Failed;
        co.reset(ctx);
        co.status = Status::Dead;
        th.push(Value::Boolean(!failed));
        if failed {
            th.push(error.unwrap_or_default());
        }
        return Ok(Next::Continue);
    }
    co.frames.clear();
    co.errors.clear();
    // Its frame is gone, too, if the error was raised where finalizers are called.
    co.driver = None;
    co.c_calls = th.c_calls + 1;
    co.resumer = Some(thread);
    co.status = Status::Running;
    th.status = Status::Normal;
    ctx.state.current.set(target);
    target.touch(ctx.mc);
    co.frames.push(Frame {
        callee: Callee::Native(&CLOSED),
        entry: std::ptr::null(),
        func: 0,
        base: 1,
        top: 0,
        pc: 1,
        results: -1,
        varargs: 0,
        saved: 0,
        aux: 2,
        then: Then::Finish,
        flags: PROTECTED,
        handler: 0,
    });
    co.begin_unwinding(error);
    Ok(Next::Switch)
}
