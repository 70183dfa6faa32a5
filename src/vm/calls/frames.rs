//! Calling: frames are pushed here. What they return is in `returns`, and native functions
//! at work in `natives`.

#![expect(unsafe_code, reason = "results are read where they lie")]

use super::error;
use super::next::Next;
use crate::vm::heap::closure::LuaClosure;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Interrupt, NativeDef};
use crate::vm::heap::thread::hooks::note_native;
use crate::vm::heap::thread::{
    COUNTED, Callee, Entered, MAX_C_CALLS, MAX_STACK, MIN_STACK, Then, ThreadState,
};
use crate::vm::heap::value::{Type, Value};
use crate::vm::meters::fuel::{MANY, items_price};
use crate::vm::state::context::Context;
use crate::vm::state::retry::{Request, Retry};

/// Units for a link of a chain of `__call` metamethods.
pub(super) const LINK: u64 = 2;
/// Most registers of a Lua function, and more than the slots a native one may push.
pub(super) const MAX_REGISTERS: usize = 256;

/// Notes an operation to be done again if this is why it was not done.
#[inline(always)]
pub(in crate::vm) fn note_refusal<'gc, T>(
    ctx: Context<'gc>,
    outcome: Result<T, Interrupt<'gc>>,
    retry: Retry,
) -> Result<T, Interrupt<'gc>> {
    match outcome {
        Ok(done) => Ok(done),
        Err(interrupt) => Err(noted(ctx, interrupt, retry)),
    }
}

/// As [`note_refusal`], for what was not done.
#[cold]
#[inline(never)]
pub(in crate::vm) fn noted<'gc>(
    ctx: Context<'gc>,
    interrupt: Interrupt<'gc>,
    retry: Retry,
) -> Interrupt<'gc> {
    if let Interrupt::Memory(_) | Interrupt::Fuel = interrupt {
        ctx.state.retry.set(Some(retry));
    }
    interrupt
}

impl Request {
    /// What the frame of the call says; `top` is the end of a Lua function's registers.
    #[inline(always)]
    fn entered(&self, top: usize) -> Entered {
        let (func, args) = (self.func as u32, self.args as u32);
        Entered { func, top: top as u32, results: self.results, args }
    }
}

/// Calls the value in the request's function slot: pushes its frame. Nothing runs
/// yet, so calls never nest on the Rust stack.
///
/// # Errors
/// When the value cannot be called, the stack overflows, or fuel or memory is refused;
/// nothing changed then.
pub(crate) fn call_value<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    mut request: Request,
) -> Result<(), Interrupt<'gc>> {
    if request.flags & COUNTED != 0 && th.c_calls >= MAX_C_CALLS {
        return Err(error::runtime(ctx, th, "C stack overflow"));
    }
    let mut callee = th.stack.get(request.func);
    if callee.type_of() != Type::Function {
        let (links, function) = count_links(ctx, th, callee)?;
        insert_handlers(ctx, th, request.func, request.args, (links, function))?;
        callee = function;
        request.args += links;
        th.top = request.func + 1 + request.args;
        // Nothing can be refused any more.
        ctx.state.fuel.done();
    }
    match callee {
        Value::Closure(closure) => return push_lua(ctx, th, closure, request),
        Value::Native(closure) => push_native(ctx, th, closure.def(), request)?,
        Value::Builtin(def) => push_native(ctx, th, def, request)?,
        other => return Err(error::not_callable(ctx, th, &other)),
    }
    note_native(th);
    Ok(())
}

/// Counts the `__call` metamethods between a value and the function that is called in
/// its place, each charged, and returns that function too.
///
/// # Errors
/// When there is no such function, or fuel is refused.
pub(in crate::vm) fn count_links<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    callee: Value<'gc>,
) -> Result<(usize, Value<'gc>), Interrupt<'gc>> {
    let mut links = 0;
    let mut called = callee;
    // Who is refused begins anew. If each link were paid for itself, a long chain would be walked
    // in every slice; so as many are walked as were paid, and paid then.
    let (mut paid, mut walked) = (0, 0);
    // Each link is an argument more.
    while called.type_of() != Type::Function && links < MAX_STACK {
        walked += LINK;
        if walked > paid {
            ctx.charge(walked)?;
            paid += walked;
            walked = 0;
        }
        let handler = ctx.metamethod(&called, Event::Call);
        if handler.is_nil() {
            break;
        }
        called = handler;
        links += 1;
    }
    ctx.charge(walked)?;
    if called.type_of() != Type::Function {
        return Err(if links == MAX_STACK {
            error::runtime(ctx, th, "stack overflow")
        } else {
            error::not_callable(ctx, th, &called)
        });
    }
    Ok((links, called))
}

/// Puts a called object's chain of `__call` metamethods below it, so many and the last one, a
/// function, at `func`: each called value is the first argument of its handler. There is room
/// for its frame afterwards.
///
/// # Errors
/// When the stack overflows or memory is refused; nothing changed then.
pub(in crate::vm) fn insert_handlers<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    func: usize,
    args: usize,
    (links, function): (usize, Value<'gc>),
) -> Result<(), Interrupt<'gc>> {
    ctx.charge(items_price(args))?;
    // Everything the frame needs is asked for before an argument moves: after a refusal
    // the instruction runs again, and finds its operands as they were.
    th.ensure(ctx, func + args + links + 1 + MAX_REGISTERS)?;
    th.ensure_frame(ctx)?;
    th.stack.copy(func, func + links, args + 1);
    for slot in (func + 1..func + links).rev() {
        let called = th.stack.get(slot + 1);
        th.stack.set(slot, ctx.metamethod(&called, Event::Call));
    }
    th.stack.set(func, function);
    Ok(())
}

/// Pushes the frame of a Lua function.
///
/// # Errors
/// "stack overflow"; when memory is refused. Nothing changed then.
#[inline(never)]
pub(crate) fn push_lua<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    closure: LuaClosure<'gc>,
    request: Request,
) -> Result<(), Interrupt<'gc>> {
    push_lua_here(ctx, th, closure, request)
}

/// [`push_lua`], for where it is worth its room.
///
/// # Errors
/// As [`push_lua`].
#[inline(always)]
pub(in crate::vm) fn push_lua_here<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    closure: LuaClosure<'gc>,
    request: Request,
) -> Result<(), Interrupt<'gc>> {
    let code = closure.code().as_ref();
    let base = request.func + 1;
    let top = base + code.max_stack as usize;
    th.ensure(ctx, top.max(base + request.args))?;
    th.ensure_frame(ctx)?;
    let params = code.num_params as usize;
    if request.args < params {
        th.stack.clear(base + request.args, base + params);
        owe_for_many(ctx, params - request.args);
    }
    if request.flags & COUNTED != 0 {
        th.c_calls += 1;
    }
    let callee = (Callee::Lua(closure), code.entry);
    th.push_frame(callee, request.entered(top), (request.then, request.flags));
    Ok(())
}

/// Pushes the frame of a native function.
///
/// # Errors
/// "stack overflow"; when memory is refused. Nothing changed then.
#[inline]
pub(crate) fn push_native<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    def: &'static NativeDef,
    request: Request,
) -> Result<(), Interrupt<'gc>> {
    let base = request.func + 1;
    let top = base + request.args;
    th.ensure(ctx, top + MIN_STACK)?;
    th.ensure_frame(ctx)?;
    if request.flags & COUNTED != 0 {
        th.c_calls += 1;
    }
    th.top = top;
    let callee = (Callee::Native(def), std::ptr::null());
    th.push_frame(callee, request.entered(0), (request.then, request.flags));
    Ok(())
}

/// Makes a call that no instruction and no step would make again: if it is refused, it
/// is noted.
///
/// # Errors
/// As [`call_value`].
pub(in crate::vm) fn ready<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    request: Request,
) -> Result<Next, Interrupt<'gc>> {
    let called = call_value(ctx, th, request);
    note_refusal(ctx, called, Retry::Call(request)).map(|()| Next::Continue)
}

/// Pops the innermost frame, a Lua one, if a Lua function waits for what a metamethod
/// says of a comparison, an assignment or the end of a variable, and tells it: the `n` values at
/// `first`. (Results for registers are stored by the loop.) Returns that function, which goes on
/// at its frame's pc. Returns nothing, having done nothing, in all other cases.
#[inline(never)]
pub(in crate::vm) fn return_to_lua<'gc>(
    th: &mut ThreadState<'gc>,
    first: *const Value<'gc>,
    n: usize,
) -> Option<LuaClosure<'gc>> {
    let [.., caller, done] = th.frames.as_mut_slice() else { return None };
    let Callee::Lua(below) = caller.callee else { return None };
    // SAFETY: the caller's registers, valid values.
    let result = if n > 0 { unsafe { Value::load(first) } } else { Value::Nil };
    match done.then {
        Then::Compare | Then::CompareNot => {
            let instr = below.proto().code[caller.pc as usize - 1];
            let result = result.is_truthy() == (done.then == Then::Compare);
            if result == (instr.c & 1 != 0) {
                caller.pc = caller.pc.wrapping_add_signed(instr.sx());
            }
        }
        Then::Discard => {}
        Then::Repeat => caller.pc -= 1,
        _ => return None,
    }
    if done.flags & COUNTED != 0 {
        th.c_calls -= 1;
    }
    th.frames.pop();
    Some(below)
}

/// Takes units for moving values that a call or a return has come with, if there are
/// many. They are paid afterwards, since neither is done twice, and as many as a stack
/// has room for at most.
#[inline(always)]
fn owe_for_many(ctx: Context<'_>, values: usize) {
    if values > MANY {
        ctx.state.fuel.owe(items_price(values));
    }
}

/// Moves results to where they are wanted, filling with nil. Returns the index
/// after the last.
#[inline(always)]
pub(crate) fn move_results(
    ctx: Context<'_>,
    th: &mut ThreadState<'_>,
    first: usize,
    n: usize,
    to: usize,
    wanted: i32,
) -> usize {
    // What most calls come to.
    match (n, wanted) {
        (1, 1) => {
            th.stack.copy_few::<1>(first, to);
            return to + 1;
        }
        (2, 2) => {
            th.stack.copy_few::<2>(first, to);
            return to + 2;
        }
        _ => {}
    }
    if wanted < 0 {
        owe_for_many(ctx, n);
        th.stack.copy_down(first, to, n);
        return to + n;
    }
    let wanted = wanted as usize;
    owe_for_many(ctx, wanted.max(n));
    let moved = n.min(wanted);
    th.stack.copy_down(first, to, moved);
    if moved < wanted {
        th.stack.clear(to + moved, to + wanted);
    }
    to + wanted
}
