//! The native frame that calls finalizers (manual §2.5.3).
//!
//! Finalizers run at one kind of point only: after a collection that was due or asked
//! for, before the machine looks at the innermost frame again. There a frame of
//! `DRIVER` is put on top of the running thread; when it returns, everything is as
//! it was and the interrupted frame goes on. Collections that a refused request
//! needed run no finalizers: the refused operation is tried again at once, and the
//! objects wait for the next collection.

use super::call::Call;
use crate::base::c_string::c_string;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::heap::table::TO_FINALIZE;
use crate::vm::heap::thread::{Callee, Driver, Frame, MIN_STACK, Then, ThreadState};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{FINALIZED_BYTES, FINALIZING};
use crate::vm::state::context::Context;
use crate::vm::state::finalize::forget;

/// Units for calling one finalizer, besides what it does.
const PRICE: u64 = 8;

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
    th.driver = Some(Box::new(Driver {
        frame: th.frames.len(),
        hooks: std::mem::take(&mut th.hooks),
        function: &DRIVER,
    }));
    th.frames.push(Frame {
        callee: Callee::Native(&DRIVER),
        entry: std::ptr::null(),
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

/// The coroutine where finalizers are called has failed, since what calls them was itself refused
/// something, such as its warning. Its frames stay for tracebacks, but nobody goes on there: what
/// still waits is called after the next collection.
pub(super) fn abandon(ctx: Context<'_>) {
    forget(ctx);
    let fuel = &ctx.state.fuel;
    // The interrupted operation is not tried again.
    fuel.take_up();
    fuel.done();
    let _ = fuel.take_prepaid();
}

/// Calls waiting finalizers, as many as its argument says.
pub(in crate::vm) static DRIVER: NativeDef = NativeDef::new("", drive, "2.5.3", "8 each");

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
