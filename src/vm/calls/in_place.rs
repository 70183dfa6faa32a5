//! Calls without a frame: of the host's functions while the host has lent them, and of those
//! of the library that need none.

use super::bare::{Bare, ROOM};
use super::call::Call;
use super::frames::{move_results, push_native};
use crate::vm::heap::closure::NativeClosure;
use crate::vm::heap::native::{AtOnce, Interrupt, Looking, Whole};
use crate::vm::heap::thread::{EXTRA_STACK, MIN_STACK, ThreadState};
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::MANY;
use crate::vm::state::context::{Context, InPlace, Quick};
use crate::vm::state::retry::Request;

/// Tells whether a native function is one of the host's.
#[inline(always)]
pub(in crate::vm) fn is_host<'gc>(ctx: Context<'gc>, closure: NativeClosure<'gc>) -> bool {
    ctx.state.host_function.get().is_some_and(|def| std::ptr::eq(def, closure.def()))
}

/// Calls a function of the host with the one argument behind `func`, if it is a number, for
/// which nobody wants more than one result. What came of it is for [`call_host`] to finish,
/// unless there is [`Quick::One`]: then all is done, and the stack is where it was.
#[inline(never)]
pub(in crate::vm) fn call_host_quickly<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    closure: NativeClosure<'gc>,
    func: usize,
    results: usize,
) -> Quick {
    let need = func + 2 + MIN_STACK;
    if !th.has_room(need) {
        return Quick::No;
    }
    let Value::Integer(index) = closure.upvalue(0) else { return Quick::No };
    let mut host = ctx.state.host.borrow_mut();
    let Some(host) = &mut *host else { return Quick::No };
    th.high_water = th.high_water.max(need);
    let mut result = Value::Nil;
    let arg = &th.stack.slice(func + 1, 1)[0];
    let answer = host.call_with_number(ctx, index as usize, arg, &mut result);
    if answer == Quick::One {
        if results != 0 {
            put_result(th, func, result);
        }
        th.top = func + results;
    }
    answer
}

/// Calls a function of the library that needs no frame for such arguments, for one result or
/// for all. Tells whether that is done; if not, nothing is.
#[inline(always)]
pub(in crate::vm) fn call_at_once<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    function: AtOnce,
    func: usize,
    args: usize,
    all: bool,
) -> bool {
    match function {
        AtOnce::Plain(function) => {
            let mut result = Value::Nil;
            let done = is_at_once(ctx, th, func, args)
                && function(th.stack.slice(func + 1, args), &mut result);
            if done {
                answer(ctx, th, func, args, result);
            }
            done
        }
        AtOnce::Looking(function) => look_at_once(ctx, th, function, func, args, all),
        // These have ways of their own.
        AtOnce::Whole(_) | AtOnce::Next(_) | AtOnce::Ipairs => false,
    }
}

/// As [`call_at_once`], for a function that looks at more than its arguments.
// Not in the loop: it has no room for both ways.
#[inline(never)]
fn look_at_once<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    function: Looking,
    func: usize,
    args: usize,
    all: bool,
) -> bool {
    if !is_at_once(ctx, th, func, args) {
        return false;
    }
    let (base, top) = (func + 1, th.top);
    th.top = base + args;
    let thread = ctx.state.current.get();
    let Some(result) = function(&Call { ctx, thread, th, base, step: 0 }, all) else {
        th.top = top;
        return false;
    };
    answer(ctx, th, func, args, result);
    true
}

/// Calls a function of the library that may take fuel and memory, for so many results (-1 for
/// all), if it needs no frame. Leaves `reserve` units. Tells whether that is done; if not, nothing
/// is that shows.
#[inline(never)]
pub(in crate::vm) fn call_whole<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    function: Whole,
    (func, args, results): (usize, usize, i32),
    reserve: u64,
) -> bool {
    // Moving more is owed, and the loop does not look at the meter after this.
    if results > MANY as i32 || !is_at_once(ctx, th, func, args) {
        return false;
    }
    let spare = th.stack.capacity() - EXTRA_STACK - (func + 1 + args + MIN_STACK);
    let Some(slots) = th.stack.slice_mut(func, 1 + args + ROOM) else { return false };
    let mut call = Bare { ctx, slots, args, top: args, spare, reserve };
    let paid = ctx.state.fuel.paid();
    let Some(n) = function(&mut call) else {
        ctx.state.fuel.turn_back(paid);
        return false;
    };
    let first = func + 1 + call.top;
    th.high_water = th.high_water.max(func + 1 + args + MIN_STACK);
    th.top = move_results(ctx, th, first, n, func, results);
    ctx.state.fuel.done();
    true
}

/// Tells whether a call without a frame may be made: what comes first where there is one comes
/// first here too.
#[inline(always)]
fn is_at_once(ctx: Context<'_>, th: &ThreadState<'_>, func: usize, args: usize) -> bool {
    let state = ctx.state;
    th.has_room(func + 1 + args + MIN_STACK)
        && !state.account.collection_due()
        && !state.collect_now.get()
}

/// Stores what a call without a frame has come to.
#[inline(always)]
fn answer<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    func: usize,
    args: usize,
    result: Value<'gc>,
) {
    th.high_water = th.high_water.max(func + 1 + args + MIN_STACK);
    put_result(th, func, result);
    th.top = func + 1;
    ctx.state.fuel.done();
}

/// Stores the one result of a call. It is put together here: the processor waits for a value
/// that was just written in parts and is read as a whole.
#[inline(always)]
fn put_result<'gc>(th: &mut ThreadState<'gc>, at: usize, value: Value<'gc>) {
    match value {
        Value::Integer(i) => th.stack.set(at, Value::Integer(i)),
        Value::Number(n) => th.stack.set(at, Value::Number(n)),
        other => th.stack.set(at, other),
    }
}

/// Calls a function of the host for the running Lua function, unless `quick` says that this
/// was done. If that is done, the results are where they are wanted; if not, the function's
/// frame is on top, to go on.
///
/// # Errors
/// As [`push_native`].
#[inline(never)]
pub(in crate::vm) fn call_host<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    closure: NativeClosure<'gc>,
    request: Request,
    quick: Quick,
) -> Result<bool, Interrupt<'gc>> {
    let Request { func, args, results, .. } = request;
    // Room for a frame is asked for as ever, though it is only needed if the call stays.
    th.ensure(ctx, func + 1 + args + MIN_STACK)?;
    th.ensure_frame(ctx)?;
    let answer = match (quick, &mut *ctx.state.host.borrow_mut(), closure.upvalue(0)) {
        (Quick::One, ..) => return Ok(true),
        (Quick::Nothing, ..) => InPlace::Nothing,
        (Quick::Later(step), ..) => InPlace::Later { step },
        (Quick::No, Some(host), Value::Integer(index)) => {
            host.call(ctx, index as usize, th.stack.slice(func + 1, args))
        }
        _ => InPlace::No,
    };
    let count = match answer {
        // Nobody wants to know.
        InPlace::One(_) | InPlace::Nothing if results == 0 => {
            th.top = func;
            return Ok(true);
        }
        InPlace::One(value) => {
            put_result(th, func, value);
            if results == 1 {
                th.top = func + 1;
                return Ok(true);
            }
            1
        }
        InPlace::Nothing => 0,
        InPlace::No => {
            ctx.state.fuel.done();
            push_native(ctx, th, closure.def(), request)?;
            return Ok(false);
        }
        InPlace::Later { step } => {
            push_native(ctx, th, closure.def(), request)?;
            if let Some(frame) = th.frames.last_mut() {
                frame.pc = step;
            }
            return Ok(false);
        }
    };
    let wanted = usize::try_from(results).unwrap_or(count);
    th.stack.clear(func + count.min(wanted), func + wanted);
    th.top = func + wanted;
    Ok(true)
}
