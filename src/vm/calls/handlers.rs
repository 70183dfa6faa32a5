//! Calling metamethods: of operations, and of objects that are called as if they were functions.

#![expect(unsafe_code, reason = "operands are copied from where they lie")]

use super::frames::{LINK, MAX_REGISTERS, call_value};
use crate::vm::heap::closure::LuaClosure;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::table::Table;
use crate::vm::heap::thread::{
    CLOSING, COUNTED, Callee, Entered, Frame, MAX_C_CALLS, MIN_STACK, Then, ThreadState,
};
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::{ITEMS_PER_UNIT, MANY};
use crate::vm::state::context::Context;
use crate::vm::state::retry::Request;

/// Units for a native function as a metamethod: no instruction of its own pays for it, and it
/// comes by the long way. Paid afterwards, since a call that was made is not made again.
pub(super) const NATIVE_HANDLER: u64 = 3;
/// Most arguments of a metamethod.
const MOST: usize = 3;

/// Calls a metamethod for the running Lua function: handler and arguments are put
/// above its registers.
///
/// # Errors
/// As [`call_value`].
pub(crate) fn call_handler<'gc, const N: usize>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    values: &[Value<'gc>; N],
    results: i32,
    then: Then,
) -> Result<(), Interrupt<'gc>> {
    const { assert!(N > 0 && N <= MOST + 1) };
    if let Value::Closure(closure) = values[0]
        && let Some(slots) = push_handler(th, closure, N - 1, results, then)
    {
        for (slot, value) in slots.iter_mut().zip(&values[1..]) {
            // SAFETY: references. (The values were just written word by word, and are read so.)
            unsafe { Value::load(value).store(slot) };
        }
        return Ok(());
    }
    call_any_handler(ctx, th, values, results, then)
}

/// Pushes the frame of a metamethod that is a Lua function and has its room, as nearly all are
/// and have. Returns the slots of its arguments, which are to be written next; nothing, having
/// done nothing, in all other cases.
// Not where it is called: its copies would take the instruction cache from the loop.
#[inline(never)]
pub(in crate::vm) fn push_handler<'a, 'gc>(
    th: &'a mut ThreadState<'gc>,
    closure: LuaClosure<'gc>,
    args: usize,
    results: i32,
    then: Then,
) -> Option<&'a mut [Value<'gc>; MOST]> {
    let Some(Frame { callee: Callee::Lua(_), top: func, flags, .. }) = th.frames.last() else {
        return None;
    };
    let (mut func, code) = (*func as usize, closure.code().as_ref());
    if flags & CLOSING != 0 {
        // The values that are about to be returned may reach above the registers.
        func = func.max(th.open_top());
    }
    let top = func + 1 + code.max_stack as usize;
    let need = top.max(func + 1 + args + MIN_STACK);
    let simple =
        (code.num_params as usize) <= args && th.has_room(need) && th.c_calls < MAX_C_CALLS;
    if !simple {
        return None;
    }
    th.high_water = th.high_water.max(need);
    th.c_calls += 1;
    th.top = func + 1 + args;
    let entered = Entered { func: func as u32, top: top as u32, results, args: args as u32 };
    th.push_frame((Callee::Lua(closure), code.entry), entered, (then, COUNTED));
    th.stack.set(func, Value::Closure(closure));
    th.stack.slots_mut::<MOST>(func + 1)
}

/// Calls the metamethod of an operation if the first operand is a table where that is a Lua
/// function which has its room. Tells whether it is called; nothing is done if not.
///
/// # Safety
/// `a` and `b` are registers or constants of the running function.
#[inline(always)]
pub(in crate::vm) unsafe fn call_operator<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    (a, b): (*const Value<'gc>, *const Value<'gc>),
    event: Event,
    then: Then,
) -> bool {
    // SAFETY: the caller's promise; the reference ends with the pattern.
    let Value::Table(table) = *(unsafe { &*a }) else { return false };
    let Some(function) = function_of(ctx, table, event) else { return false };
    let Some([first, second, _]) = push_handler(th, function, 2, 1, then) else { return false };
    // SAFETY: valid values, as the caller promises, in a stack that did not move.
    unsafe {
        Value::load(a).store(first);
        Value::load(b).store(second);
    }
    true
}

/// Calls the `__close` of a variable that ends without an error, as [`call_operator`].
#[inline(always)]
pub(in crate::vm) fn call_close<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    slot: usize,
) -> bool {
    let Value::Table(table) = th.stack.get(slot) else { return false };
    let Some(function) = function_of(ctx, table, Event::Close) else { return false };
    let Some([value, error, _]) = push_handler(th, function, 2, 0, Then::Repeat) else {
        return false;
    };
    (*value, *error) = (Value::Table(table), Value::Nil);
    true
}

/// Returns the Lua function that is a table's metamethod of `event`, if it is one.
#[inline(always)]
fn function_of<'gc>(ctx: Context<'gc>, table: Table<'gc>, event: Event) -> Option<LuaClosure<'gc>> {
    // In a pristine one no event is found, as in `Context::metamethod`.
    let metatable = table.metatable_or_pristine()?;
    if metatable.lacks(event) {
        return None;
    }
    // SAFETY: tables return valid places.
    match unsafe { &*ctx.handler_place(metatable, event) } {
        Value::Closure(function) => Some(*function),
        _ => None,
    }
}

/// Calls the table at `func` with the arguments above it, for an instruction of the running Lua
/// function, if its `__call` is a Lua function that has its room and the fuel for it is there.
/// Tells whether it is called; nothing is done if not.
#[inline(never)]
pub(in crate::vm) fn call_object<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    table: Table<'gc>,
    func: usize,
    args: usize,
    results: i32,
) -> bool {
    let Some(function) = function_of(ctx, table, Event::Call) else { return false };
    let code = function.code().as_ref();
    let (given, params) = (args + 1, usize::from(code.num_params));
    let top = func + 1 + usize::from(code.max_stack);
    // What the other way asks for.
    let need = func + given + 1 + MAX_REGISTERS;
    let simple = args < ITEMS_PER_UNIT
        && params <= given + MANY
        && th.has_room(need)
        && ctx.state.fuel.left() >= LINK
        && ctx.charge(LINK).is_ok();
    if !simple {
        return false;
    }
    th.high_water = th.high_water.max(need);
    for at in (func..=func + args).rev() {
        let value = th.stack.get(at);
        th.stack.set(at + 1, value);
    }
    th.stack.set(func, Value::Closure(function));
    if given < params {
        th.stack.clear(func + 1 + given, func + 1 + params);
    }
    th.top = func + 1 + given;
    let entered = Entered { func: func as u32, top: top as u32, results, args: given as u32 };
    th.push_frame((Callee::Lua(function), code.entry), entered, (Then::Results, 0));
    true
}

/// Calls whatever a metamethod is.
///
/// # Errors
/// As [`call_value`].
#[cold]
#[inline(never)]
fn call_any_handler<'gc, const N: usize>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    values: &[Value<'gc>; N],
    results: i32,
    then: Then,
) -> Result<(), Interrupt<'gc>> {
    let func = th.frames.last().map_or(th.top, |frame| match frame.callee {
        Callee::Lua(_) => frame.top as usize,
        Callee::Native(_) => th.top,
    });
    // An open list of values may reach above the registers.
    let func = func.max(th.open_top());
    th.ensure(ctx, func + N + MIN_STACK)?;
    for (offset, value) in values.iter().enumerate() {
        th.stack.set(func + offset, *value);
    }
    let keep = th.top;
    th.top = func + N;
    let request = Request { func, args: N - 1, results, then, flags: COUNTED };
    let outcome = call_value(ctx, th, request);
    // What an error costs pays for its message handler.
    let prepaid = matches!((values[0], then), (Value::Closure(_), _) | (_, Then::Handler));
    match outcome {
        Ok(()) if prepaid => {}
        Ok(()) => ctx.state.fuel.owe(NATIVE_HANDLER),
        Err(_) => th.top = keep,
    }
    outcome
}
