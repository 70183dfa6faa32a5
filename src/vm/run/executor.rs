//! The executor: runs whatever frame is innermost, on whatever thread is current,
//! until the run is done or must pause.

use super::exec;
use crate::vm::calls::finalizers::DRIVER;
use crate::vm::calls::next::{Next, Pause};
use crate::vm::calls::{frames, natives, unwind};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::thread::hooks::Hooks;
use crate::vm::heap::thread::{Callee, Driver, Status, Then, Thread};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::FINALIZING;
use crate::vm::state::context::Context;
use crate::vm::state::finalize::forget;
use crate::vm::state::retry::{Request, Retry};

/// Prepares the main thread to call `function`, which begins on an empty stack.
///
/// # Errors
/// When memory is refused.
pub(crate) fn start<'gc>(
    ctx: Context<'gc>,
    function: Value<'gc>,
    args: &[Value<'gc>],
) -> Result<Next, Interrupt<'gc>> {
    let thread = ctx.state.main_thread;
    let th = thread.state();
    th.reset(ctx);
    th.status = Status::Running;
    ctx.state.current.set(thread);
    th.ensure(ctx, args.len() + crate::vm::heap::thread::MIN_STACK)?;
    th.push(function);
    for arg in args {
        th.push(*arg);
    }
    let request = Request { func: 0, args: args.len(), results: -1, then: Then::Finish, flags: 0 };
    let started = frames::ready(ctx, th, request);
    // Whoever starts a run starts it again.
    ctx.state.retry.set(None);
    started
}

/// Runs until something must happen outside.
pub(crate) fn run<'gc>(ctx: Context<'gc>) -> Pause {
    if let Some(pause) = retry(ctx) {
        return pause;
    }
    loop {
        let thread = ctx.state.current.get();
        thread.touch(ctx.mc);
        let th = thread.state();
        let short = match th.frames.last() {
            None => return Pause::Error,
            Some(frame) => match frame.callee {
                Callee::Lua(closure) => ctx.state.fuel.left() < u64::from(closure.code().code_len),
                Callee::Native(_) => false,
            },
        };
        let outcome = if ctx.state.watched.get() {
            exec::execute::<true, true>(ctx, thread)
        } else if short || th.hooks.active() {
            exec::execute::<true, false>(ctx, thread)
        } else {
            exec::execute::<false, false>(ctx, thread)
        };
        if let Some(pause) = settle_outcome(ctx, outcome) {
            return pause;
        }
    }
}

/// Turns the outcome of a piece of execution into a reason to leave, if it is one.
pub(crate) fn settle_outcome<'gc>(
    ctx: Context<'gc>,
    outcome: Result<Next, Interrupt<'gc>>,
) -> Option<Pause> {
    let mut outcome = outcome;
    loop {
        match outcome {
            Ok(Next::Continue | Next::Switch | Next::Leave) => return None,
            Ok(Next::Pause(pause)) => return Some(pause),
            Err(Interrupt::Fuel) => return Some(Pause::Fuel),
            Err(Interrupt::Memory(refused)) => {
                ctx.state.fuel.keep_credit();
                return Some(Pause::Memory(refused));
            }
            Err(Interrupt::Stop(stop)) => return Some(Pause::Stop(stop)),
            Err(Interrupt::Error(value)) => {
                ctx.state.fuel.done();
                outcome = unwind::raise(ctx, value);
            }
        }
    }
}

/// Does again what was refused between two steps, once its fuel is paid.
fn retry<'gc>(ctx: Context<'gc>) -> Option<Pause> {
    let refused = ctx.state.retry.get()?;
    if ctx.state.fuel.in_debt() {
        return Some(Pause::Fuel);
    }
    ctx.state.retry.set(None);
    ctx.state.current.get().touch(ctx.mc);
    let outcome = natives::retry(ctx, refused);
    settle_outcome(ctx, outcome)
}

/// Raises "not enough memory" in place of the operation that was refused twice.
pub(crate) fn refuse<'gc>(ctx: Context<'gc>) -> Option<Pause> {
    let fuel = &ctx.state.fuel;
    fuel.done();
    if let Some(Retry::Handler { catcher }) = ctx.state.retry.take() {
        unwind::do_without_handler(ctx, catcher);
        return None;
    }
    if fuel.take_prepaid()
        && let Some(frame) = ctx.state.current.get().state().frames.last_mut()
    {
        // The instruction is not tried again: its line is the error's.
        frame.pc += 1;
    }
    let memory = Value::String(ctx.state.memory_message);
    let error = if ctx.state.too_many.take() { too_many(ctx) } else { None };
    let outcome = unwind::raise(ctx, error.unwrap_or(memory));
    settle_outcome(ctx, outcome)
}

/// Makes the error of a coroutine too many.
fn too_many<'gc>(ctx: Context<'gc>) -> Option<Value<'gc>> {
    let limit = ctx.state.max_coroutines.get();
    let text = format!("too many coroutines (limit: coroutines, {limit})");
    match crate::vm::calls::error::at_level(
        ctx,
        ctx.state.current.get().state(),
        1,
        text.as_bytes(),
    ) {
        Interrupt::Error(error) => Some(error),
        _ => None,
    }
}

/// Raises an error where the machine has stopped for want of fuel, unless a library
/// function is at work there and it is not forced. Tells whether it was raised.
pub(crate) fn interrupt<'gc>(ctx: Context<'gc>, message: &str, force: bool) -> bool {
    let th = ctx.state.current.get().state();
    let in_lua = th.frames.last().is_some_and(|frame| matches!(frame.callee, Callee::Lua(_)));
    if !in_lua && !force {
        return false;
    }
    ctx.state.fuel.done();
    ctx.state.retry.set(None);
    if ctx.state.fuel.take_prepaid()
        && let Some(frame) = th.frames.last_mut()
    {
        // As in `refuse`: the instruction is not tried again.
        frame.pc += 1;
    }
    let Interrupt::Error(value) = crate::vm::calls::error::runtime(ctx, th, message) else {
        return false;
    };
    // Nothing can pause here but for memory, which is then asked for again.
    let _ = settle_outcome(ctx, unwind::raise(ctx, value));
    true
}

/// Threads whose room a run that waits gives back: if it stands in more, the others stay as
/// they are, so that no wait takes long.
const FEW: usize = 8;

/// Gives back what threads of a run have room for and do not use: the run waits for its host,
/// perhaps for long, and beside many others. Before it goes on, it must [`wake`].
pub(crate) fn rest(ctx: Context<'_>) {
    innermost(ctx).for_each(|thread| thread.state().rest());
    ctx.mc.rest();
}

/// Takes the room again that [`rest`] gave back, if it did.
pub(crate) fn wake(ctx: Context<'_>) {
    innermost(ctx).for_each(|thread| thread.state().wake());
}

/// Returns the running thread, and those that wait for it.
fn innermost(ctx: Context<'_>) -> impl Iterator<Item = Thread<'_>> {
    let running = ctx.state.current.get();
    std::iter::successors(Some(running), |thread| thread.state().resumer).take(FEW)
}

/// Drops everything a run left on the main thread, and ends the coroutines it was in.
pub(crate) fn clear<'gc>(ctx: Context<'gc>) {
    let thread = ctx.state.main_thread;
    // What a run was in when it was stopped has nobody to go back to. Where the run is undone,
    // coroutines become what they were.
    let mut stopped = Some(ctx.state.current.get()).filter(|_| !ctx.state.journal.open.get());
    while let Some(co) = stopped.filter(|co| !co.ptr_eq(thread)) {
        let state = co.state();
        stopped = state.resumer;
        state.reset(ctx);
        state.status = Status::Dead;
    }
    ctx.state.current.set(thread);
    let th = thread.state();
    th.reset(ctx);
    // It may have been stopped while it waited.
    th.wake();
    th.status = Status::Suspended;
    forget(ctx);
    ctx.state.retry.set(None);
    ctx.state.raising.take();
    ctx.state.fuel.take_up();
    ctx.state.fuel.done();
    let _ = ctx.state.fuel.take_prepaid();
}

/// Prepares the main thread, which has ended, to call all finalizers there are, in the
/// reverse order of the marks, as PUC does when a state is closed: run the machine
/// afterwards until it is done. Objects are marked no more.
///
/// # Errors
/// When memory for the first frame is refused.
pub(crate) fn start_closing(ctx: Context<'_>) -> Result<(), Interrupt<'_>> {
    let collector = &ctx.state.collector;
    collector.closing.set(true);
    let mut objects = collector.finalizable.borrow_mut();
    collector.pending.borrow_mut().extend(objects.drain(..).rev());
    drop(objects);
    start_finalizers(ctx)
}

/// Prepares the main thread, which has ended, to call the finalizers that wait: run the
/// machine afterwards until it is done. Tells whether there are any, and memory to call them.
pub(in crate::vm) fn start_waiting(ctx: Context<'_>) -> bool {
    if ctx.state.collector.pending.borrow().is_empty() {
        return false;
    }
    let started = start_finalizers(ctx).is_ok();
    if !started {
        clear(ctx);
    }
    started
}

fn start_finalizers(ctx: Context<'_>) -> Result<(), Interrupt<'_>> {
    let collector = &ctx.state.collector;
    let waiting = collector.pending.borrow().len();
    clear(ctx);
    let thread = ctx.state.main_thread;
    start(ctx, Value::Builtin(&DRIVER), &[Value::Integer(waiting as i64)])?;
    let driver = Driver { frame: 0, hooks: Hooks::default(), function: &DRIVER };
    thread.state().driver = Some(Box::new(driver));
    collector.finalizing.set(true);
    ctx.state.account.hold(FINALIZING, true);
    Ok(())
}
