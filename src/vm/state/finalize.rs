//! Finalizers (manual §2.5.3): which objects wait for theirs, and the native frame
//! that calls them.
//!
//! Finalizers run at one kind of point only: after a collection that was due or asked
//! for, before the machine looks at the innermost frame again. There a frame of
//! `DRIVER` is put on top of the running thread; when it returns, everything is as
//! it was and the interrupted frame goes on. Collections that a refused request
//! needed run no finalizers: the refused operation is tried again at once, and the
//! objects wait for the next collection.

use super::context::{Context, State};
use crate::base::c_string::c_string;
use crate::gc::{Finalization, Gc};
use crate::vm::calls::call::Call;
use crate::vm::calls::hooks::Hooks;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::table::TO_FINALIZE;
use crate::vm::heap::thread::{Callee, Frame, MIN_STACK, Then, ThreadState};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{FINALIZED_BYTES, FINALIZING};
use crate::vm::run::executor;

/// Units for calling one finalizer, besides what it does.
const PRICE: u64 = 8;

/// The frame of `DRIVER` on a thread.
#[derive(Clone, Copy, Debug)]
pub struct Driver {
    /// Its index.
    pub(in crate::vm) frame: usize,
    /// The hook of the interrupted functions.
    hooks: Hooks,
}

/// Moves the objects that marking did not reach to those whose finalizers are to be
/// called, latest mark first, and marks them. Tells whether there were any: then
/// marking must go on.
///
/// The first `kept` objects stay where they are, and alive: they are from before a run that
/// may be undone. Whether one of them was found is noted.
pub(in crate::vm) fn separate<'gc>(
    fc: &Finalization<'gc>,
    state: &State<'gc>,
    kept: usize,
) -> bool {
    let collector = &state.collector;
    let mut pending = collector.pending.borrow_mut();
    let mut objects = collector.finalizable.borrow_mut();
    let before = pending.len();
    let dead =
        |object: &Value<'gc>| object.collectable().is_some_and(|object| Gc::is_dead(fc, object));
    let kept = kept.min(objects.len());
    let mut found = false;
    for object in objects[..kept].iter().filter(|object| dead(object)) {
        found = true;
        if let Some(object) = object.collectable() {
            Gc::resurrect(fc, object);
        }
    }
    if found {
        collector.overdue.set(true);
    }
    pending.extend(objects[kept..].iter().rev().filter(|object| dead(object)));
    if pending.len() == before {
        return found;
    }
    let mut at = 0;
    objects.retain(|object| {
        at += 1;
        at <= kept || !dead(object)
    });
    if objects.len() < objects.capacity() / 4 {
        let room = objects.len() * 2;
        objects.shrink_to(room);
    }
    for object in pending.range(before..).filter_map(Value::collectable) {
        Gc::resurrect(fc, object);
    }
    true
}

/// Puts the frame that calls the waiting finalizers on top of the running thread,
/// which is about to look at its innermost frame. When there is no room for it, they
/// wait for the next collection.
pub(in crate::vm) fn begin(ctx: Context<'_>) {
    let collector = &ctx.state.collector;
    let waiting = collector.pending.borrow().len();
    if waiting == 0 || collector.is_finalizing() {
        return;
    }
    let thread = ctx.state.current.get();
    let th = thread.state();
    if th.frames.is_empty() || push_driver(ctx, th, waiting).is_err() {
        return;
    }
    collector.finalizing.set(true);
    ctx.state.account.hold(FINALIZING, true);
    // What the interrupted operation has paid is not for others to use.
    ctx.state.fuel.set_aside();
}

/// Pushes the frame, with the number of finalizers to call as its argument.
fn push_driver<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    waiting: usize,
) -> Result<(), Interrupt<'gc>> {
    // Above all registers of the running function.
    let registers = th.frames.last().map_or(0, |frame| frame.top as usize);
    let func = th.live_top().max(registers);
    let base = func + 1;
    th.ensure(ctx, base + 1 + MIN_STACK)?;
    th.ensure_frame(ctx)?;
    let top = th.top;
    th.stack.set(func, Value::Builtin(&DRIVER));
    th.stack.set(base, Value::Integer(waiting as i64));
    th.top = base + 1;
    // As in PUC, hooks are not called meanwhile.
    th.driver = Some(Driver { frame: th.frames.len(), hooks: std::mem::take(&mut th.hooks) });
    th.frames.push(Frame {
        callee: Callee::Native(&DRIVER),
        func: func as u32,
        base: base as u32,
        top: 0,
        pc: NEXT,
        // The interrupted frame's top, to be restored.
        results: top as i32,
        varargs: 1,
        saved: 0,
        aux: 0,
        then: Then::Finalizers,
        flags: 0,
        handler: 0,
    });
    Ok(())
}

/// The driver's frame was popped: the interrupted frame goes on as it was.
pub(in crate::vm) fn end<'gc>(ctx: Context<'gc>, th: &mut ThreadState<'gc>, driver: Frame<'gc>) {
    th.top = driver.results as usize;
    if let Some(driver) = th.driver.take()
        && th.hooks.mask() == 0
    {
        th.hooks = driver.hooks;
    }
    forget(ctx);
    ctx.state.fuel.take_up();
}

/// Forgets that finalizers run: they are done, or the run has ended.
pub(in crate::vm) fn forget(ctx: Context<'_>) {
    ctx.state.collector.finalizing.set(false);
    ctx.state.account.hold(FINALIZING, false);
}

/// Tells whether a frame is the one that calls finalizers.
pub(crate) fn is_driver(frame: &Frame<'_>) -> bool {
    matches!(frame.callee, Callee::Native(def) if std::ptr::eq(def, &raw const DRIVER))
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
    let waiting = collector.pending.borrow().len();
    drop(objects);
    executor::clear(ctx);
    let thread = ctx.state.main_thread;
    executor::start(ctx, Value::Builtin(&DRIVER), &[Value::Integer(waiting as i64)])?;
    thread.state().driver = Some(Driver { frame: 0, hooks: Hooks::default() });
    collector.finalizing.set(true);
    ctx.state.account.hold(FINALIZING, true);
    Ok(())
}

/// Prepares the main thread, which has ended, to call the finalizers that wait: run the
/// machine afterwards until it is done. Tells whether there are any, and memory to call them.
pub(crate) fn start_waiting(ctx: Context<'_>) -> bool {
    let waiting = ctx.state.collector.pending.borrow().len();
    if waiting == 0 {
        return false;
    }
    executor::clear(ctx);
    let thread = ctx.state.main_thread;
    let waiting = Value::Integer(waiting as i64);
    if executor::start(ctx, Value::Builtin(&DRIVER), &[waiting]).is_err() {
        executor::clear(ctx);
        return false;
    }
    thread.state().driver = Some(Driver { frame: 0, hooks: Hooks::default() });
    ctx.state.collector.finalizing.set(true);
    ctx.state.account.hold(FINALIZING, true);
    true
}

/// Calls waiting finalizers, as many as its argument says.
static DRIVER: NativeDef = NativeDef { name: "", call: drive, section: "2.5.3", fuel: "8 each" };

/// Step that calls the next finalizer. Slot 0 holds how many are left.
const NEXT: u32 = 0;
/// Step after an error, which lies in slot 1.
const FAILED: u32 = 1;

fn drive<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    if call.step == FAILED {
        let message = warning(call)?;
        call.ctx.warn(&message)?;
        return Ok(Flow::Again { step: NEXT });
    }
    let ctx = call.ctx;
    let left = call.int(0);
    let waiting = ctx.state.collector.pending.borrow().front().copied();
    let (1.., Some(object)) = (left, waiting) else { return Ok(Flow::Return(0)) };
    call.charge(PRICE)?;
    ctx.state.collector.pending.borrow_mut().pop_front();
    ctx.state.account.release(FINALIZED_BYTES);
    // From here on the object can be marked again.
    match object {
        Value::Table(table) => table.set_collector_marks(table.collector_marks() & !TO_FINALIZE),
        Value::UserData(userdata) => userdata.set_collector_marks(0),
        _ => {}
    }
    call.set_top(1);
    call.set(0, Value::Integer(left - 1));
    let finalizer = ctx.metamethod(&object, Event::Gc);
    if finalizer.is_nil() {
        return Ok(Flow::Again { step: NEXT });
    }
    call.push(finalizer);
    call.push(object);
    Ok(Flow::ProtectedCall { at: 1, args: 1, step: NEXT, on_error: FAILED, handler: None })
}

/// Makes PUC's warning of an error in a finalizer.
fn warning<'gc>(call: &Call<'_, 'gc>) -> Result<Vec<u8>, Interrupt<'gc>> {
    let error = call.arg(1);
    let message = match &error {
        Value::String(message) => message.as_bytes(),
        _ => b"error object is not a string",
    };
    call.charge_bytes(message.len())?;
    Ok([b"error in __gc (", c_string(message), b")"].concat())
}
