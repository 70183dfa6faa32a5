//! Calling and returning: frames are pushed here, and results delivered.

#![expect(unsafe_code, reason = "results are read where they lie")]

use super::call::Call;
use super::error;
use super::hooks;
use crate::vm::heap::closure::LuaClosure;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{Flow, Interrupt, NativeDef};
use crate::vm::heap::thread::{
    COUNTED, Callee, Frame, HANDLER, HOOKED, JOINING, MAX_C_CALLS, MAX_STACK, MIN_STACK, PROTECTED,
    Status, Then, Thread, ThreadState,
};
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::items_price;
use crate::vm::run::exec::MANY;
use crate::vm::run::executor::{Next, Pause};
use crate::vm::state::context::Context;

/// Units for a link of a chain of `__call` metamethods.
const LINK: u64 = 2;
/// Most registers of a Lua function, and more than the slots a native one may push.
const MAX_REGISTERS: usize = 256;

/// What was refused memory or fuel after the step of a native function that asked for it
/// had ended. It is done before anything else when the machine goes on.
#[derive(Clone, Copy, Debug)]
pub enum Retry {
    /// A call.
    Call(Request),
    /// What the native function in the innermost frame, whose window begins at `base`,
    /// wants next.
    Flow {
        /// Stack index of its window.
        base: usize,
        /// What it wants.
        flow: Flow,
    },
    /// The return of the innermost frame, a native one.
    Return {
        /// Stack index of the first result.
        first: usize,
        /// Number of results.
        n: usize,
    },
    /// The call of a message handler with the error object in [`State::raising`](crate::vm::state::context::State::raising).
    Handler {
        /// Index of the frame that catches the error.
        catcher: usize,
    },
}

/// A call about to be made.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Stack index of the function; arguments follow.
    pub func: usize,
    /// Number of arguments.
    pub args: usize,
    /// Number of results wanted, -1 for all.
    pub results: i32,
    /// What the return does.
    pub then: Then,
    /// Flags of the new frame: [`COUNTED`] for calls that are not from Lua code.
    pub flags: u8,
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
        Retry::Flow { base, flow } => obey(ctx, thread, th, base, flow),
        Retry::Return { first, n } => return_native(ctx, th, first, n),
        Retry::Handler { catcher } => super::unwind::call_handler_again(ctx, th, catcher),
    }?;
    ctx.state.fuel.done();
    Ok(next)
}

/// Notes an operation to be done again if this is why it was not done.
pub(in crate::vm) fn note_refusal<'gc, T>(
    ctx: Context<'gc>,
    outcome: Result<T, Interrupt<'gc>>,
    retry: Retry,
) -> Result<T, Interrupt<'gc>> {
    if let Err(Interrupt::Memory(_) | Interrupt::Fuel) = outcome {
        ctx.state.retry.set(Some(retry));
    }
    outcome
}

impl Request {
    /// Makes the frame of the call; `top` is the end of a Lua function's registers.
    #[inline(always)]
    fn frame<'gc>(&self, callee: Callee<'gc>, top: usize) -> Frame<'gc> {
        Frame {
            callee,
            func: self.func as u32,
            base: self.func as u32 + 1,
            top: top as u32,
            pc: 0,
            results: self.results,
            varargs: self.args as u32,
            saved: 0,
            aux: 0,
            then: self.then,
            flags: self.flags,
            handler: 0,
        }
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
    if callee.type_of() != crate::vm::heap::value::Type::Function {
        let links = count_links(ctx, th, callee)?;
        callee = insert_handlers(ctx, th, request.func, request.args, links)?;
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
    hooks::note_native(th);
    Ok(())
}

/// Counts the `__call` metamethods between a value and the function that is called in
/// its place, each charged.
///
/// # Errors
/// When there is no such function, or fuel is refused.
pub(in crate::vm) fn count_links<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    callee: Value<'gc>,
) -> Result<usize, Interrupt<'gc>> {
    let mut links = 0;
    let mut called = callee;
    while called.type_of() != crate::vm::heap::value::Type::Function {
        // Each link is an argument more.
        if links == MAX_STACK {
            return Err(error::runtime(ctx, th, "stack overflow"));
        }
        ctx.charge(LINK)?;
        let handler = ctx.metamethod(&called, Event::Call);
        if handler.is_nil() {
            return Err(error::not_callable(ctx, th, &called));
        }
        called = handler;
        links += 1;
    }
    Ok(links)
}

/// Puts a called object's chain of `__call` metamethods below it, the last one, a
/// function, at `func`: each called value is the first argument of its handler. Returns
/// that function. There is room for its frame afterwards.
///
/// # Errors
/// When the stack overflows or memory is refused; nothing changed then.
pub(in crate::vm) fn insert_handlers<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    func: usize,
    args: usize,
    links: usize,
) -> Result<Value<'gc>, Interrupt<'gc>> {
    let mut callee = th.stack.get(func);
    ctx.charge(items_price(args))?;
    // Everything the frame needs is asked for before an argument moves: after a refusal
    // the instruction runs again, and finds its operands as they were.
    th.ensure(ctx, func + args + links + 1 + MAX_REGISTERS)?;
    th.ensure_frame(ctx)?;
    th.stack.copy(func, func + links, args + 1);
    for slot in (func..func + links).rev() {
        callee = ctx.metamethod(&callee, Event::Call);
        th.stack.set(slot, callee);
    }
    Ok(callee)
}

/// Pushes the frame of a Lua function.
///
/// # Errors
/// "stack overflow"; when memory is refused. Nothing changed then.
#[inline]
pub(crate) fn push_lua<'gc>(
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
    th.frames.push(request.frame(Callee::Lua(closure), top));
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
    th.frames.push(request.frame(Callee::Native(def), 0));
    Ok(())
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
    ctx.state.fuel.begin_step(ctx.state.account.used());
    let outcome = (def.call)(&mut Call { ctx, thread, th, base, step });
    ctx.state.fuel.end_step();
    let flow = match outcome {
        Ok(flow) => flow,
        Err(interrupt) => {
            match interrupt {
                Interrupt::Fuel | Interrupt::Memory(_) => {
                    // The step will run again from here: the same objects get the same ids.
                    th.note_high_water();
                    th.top = top;
                    ctx.state.next_id.set(next_id);
                }
                Interrupt::Error(_) | Interrupt::Stop(_) => ctx.state.fuel.done(),
            }
            return Err(interrupt);
        }
    };
    th.note_high_water();
    ctx.state.fuel.done();
    match flow {
        Flow::Return(n) => {
            let first = th.top - n;
            match th.frames.last() {
                Some(frame)
                    if frame.then == Then::Results && frame.flags & (COUNTED | HOOKED) == 0 =>
                {
                    let (func, wanted) = (frame.func as usize, frame.results);
                    th.top = if n == 1 && wanted == 1 {
                        let value = th.stack.get(first);
                        th.stack.set(func, value);
                        func + 1
                    } else {
                        move_results(ctx, th, first, n, func, wanted)
                    };
                    th.frames.pop();
                    Ok(Next::Continue)
                }
                Some(frame) if frame.flags & HOOKED != 0 => hooks::return_native(ctx, th, n),
                _ => return_native(ctx, th, first, n),
            }
        }
        Flow::Call { at, args, results, step } if th.c_calls < MAX_C_CALLS => {
            let func = base + at;
            let Value::Closure(closure) = th.stack.get(func) else {
                return obey(ctx, thread, th, base, flow).inspect(|_| ctx.state.fuel.done());
            };
            if let Some(frame) = th.frames.last_mut() {
                frame.pc = step;
            }
            let results = results.map_or(-1, |n| n as i32);
            let request = Request { func, args, results, then: Then::Native, flags: COUNTED };
            let pushed = push_lua(ctx, th, closure, request);
            note_refusal(ctx, pushed, Retry::Call(request)).map(|()| Next::Continue)
        }
        // What it charged is spent once it is done.
        _ => obey(ctx, thread, th, base, flow).inspect(|_| ctx.state.fuel.done()),
    }
}

#[inline(never)]
fn obey<'gc>(
    ctx: Context<'gc>,
    thread: Thread<'gc>,
    th: &mut ThreadState<'gc>,
    base: usize,
    flow: Flow,
) -> Result<Next, Interrupt<'gc>> {
    let native = Then::Native;
    let Some(frame) = th.frames.last_mut() else { return Ok(Next::Continue) };
    match flow {
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
            frame.aux = on_error;
            frame.saved = at as u32;
            frame.flags = (frame.flags & !HANDLER) | PROTECTED;
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
            let flags = (done.flags & COUNTED) | crate::vm::heap::thread::TAIL;
            let request = Request { func, args, results: done.results, then: done.then, flags };
            ready(ctx, th, request)
        }
        Flow::Yield { n, step } => {
            frame.pc = step;
            let yielded = super::coroutine::yield_values(ctx, thread, th, n);
            note_refusal(ctx, yielded, Retry::Flow { base, flow })
        }
        Flow::Resume { at, args, step } => {
            frame.pc = step;
            super::coroutine::resume(ctx, thread, th, base, at, args)
        }
        Flow::CloseThread { at, step } => {
            frame.pc = step;
            let closed = super::coroutine::close(ctx, thread, th, base + at);
            note_refusal(ctx, closed, Retry::Flow { base, flow })
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
    if th.frames.last().is_some_and(|frame| frame.then == Then::Finish) {
        super::coroutine::ensure_room_to_finish(ctx, th, n)?;
    }
    let Some(frame) = th.frames.pop() else { return Ok(Next::Continue) };
    if frame.flags & COUNTED != 0 {
        th.c_calls -= 1;
    }
    match frame.then {
        Then::Results | Then::Native => {
            let func = frame.func as usize;
            let end = move_results(ctx, th, first, n, func, frame.results);
            // Lua callers look at the top after open calls only, native ones always.
            th.top = end;
            Ok(Next::Continue)
        }
        _ => deliver(ctx, th, frame, first, n),
    }
}

/// Pops the innermost frame, a Lua one, if a Lua function waits for what a metamethod
/// says, and tells it: the `n` values at `first`. Returns that function, which goes on
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
        Then::Store(register) => th.stack.set(caller.base as usize + register as usize, result),
        Then::Compare | Then::CompareNot => {
            let instr = below.proto().code[caller.pc as usize - 1];
            let result = result.is_truthy() == (done.then == Then::Compare);
            if result == (instr.c & 1 != 0) {
                caller.pc = caller.pc.wrapping_add_signed(instr.sx());
            }
        }
        Then::Discard => {}
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
    if wanted < 0 {
        owe_for_many(ctx, n);
        th.stack.copy(first, to, n);
        return to + n;
    }
    let wanted = wanted as usize;
    owe_for_many(ctx, wanted.max(n));
    let moved = n.min(wanted);
    th.stack.copy(first, to, moved);
    if moved < wanted {
        th.stack.clear(to + moved, to + wanted);
    }
    to + wanted
}

#[inline(never)]
fn deliver<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    frame: Frame<'gc>,
    first: usize,
    n: usize,
) -> Result<Next, Interrupt<'gc>> {
    let result = if n > 0 { th.stack.get(first) } else { Value::Nil };
    match frame.then {
        Then::Finish => return super::coroutine::finish(ctx, th, first, n),
        Then::Finalizers => {
            crate::vm::state::finalize::end(ctx, th, frame);
            return Ok(Next::Continue);
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
        Then::Handler => return super::unwind::handled(ctx, th, result),
        Then::Hook => return Ok(hooks::returned(ctx, th)),
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

/// Calls a metamethod for the running Lua function: handler and arguments are put
/// above its registers.
///
/// # Errors
/// As [`call_value`].
pub(crate) fn call_handler<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    values: &[Value<'gc>],
    results: i32,
    then: Then,
) -> Result<(), Interrupt<'gc>> {
    let func = th.frames.last().map_or(th.top, |frame| match frame.callee {
        Callee::Lua(_) => frame.top as usize,
        Callee::Native(_) => th.top,
    });
    // An open list of values may reach above the registers.
    let func = func.max(th.open_top());
    th.ensure(ctx, func + values.len() + MIN_STACK)?;
    for (offset, value) in values.iter().enumerate() {
        th.stack.set(func + offset, *value);
    }
    let keep = th.top;
    th.top = func + values.len();
    let request = Request { func, args: values.len() - 1, results, then, flags: COUNTED };
    let outcome = call_value(ctx, th, request);
    if outcome.is_err() {
        th.top = keep;
    }
    outcome
}

impl ThreadState<'_> {
    /// Remembers how far a native function pushed, so that the slots are cleared.
    #[inline]
    fn note_high_water(&mut self) {
        if self.top > self.high_water {
            self.high_water = self.top;
        }
    }

    /// Returns the end of the values a closing `Return` keeps above its registers.
    pub(in crate::vm) fn open_top(&self) -> usize {
        match self.frames.last() {
            Some(frame) if frame.flags & crate::vm::heap::thread::CLOSING != 0 => {
                frame.aux as usize
            }
            _ => 0,
        }
    }

    /// Tells whether the thread is running or waiting for one it resumed.
    pub fn is_active(&self) -> bool {
        matches!(self.status, Status::Running | Status::Normal)
    }
}
