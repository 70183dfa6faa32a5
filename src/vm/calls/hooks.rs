//! Debug hooks: functions called at calls, returns, lines and instruction counts
//! (manual §6.10, `debug.sethook`).
//!
//! A thread with a hook runs in the exact instance of the loop, which asks
//! `before_instruction` and `before_return` and makes every call and return
//! through the slow paths; the fast instance knows nothing of hooks. Native frames of
//! such a thread carry `HOOKED`, which sends them here before they start and before
//! they return. A hook is called as a frame above the hooked function; what was done
//! for the instruction or return it interrupted is kept as a `Stage` until it is back.
//! While a hook runs its thread has no other hooks: it counts no instructions either.

use super::frames::call_value;
use super::next::Next;
use super::returns;
use crate::bytecode::op::{Instr, Op};
use crate::bytecode::proto::Proto;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::thread::hooks::{CALL_DUE, Hooks, Stage};
use crate::vm::heap::thread::{COUNTED, HANDLER, MIN_STACK, PROTECTED, TAIL, Then, ThreadState};
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;
use crate::vm::state::retry::Request;

/// Event bit: calls (`c`).
pub(crate) const CALLS: u8 = 1;
/// Event bit: returns (`r`).
pub(crate) const RETURNS: u8 = 2;
/// Event bit: lines (`l`).
pub(crate) const LINES: u8 = 4;
/// Event bit: every so many instructions.
pub(crate) const COUNTS: u8 = 8;

/// Where the registry keeps the hook functions, by thread: PUC's key.
pub(crate) const REGISTRY_KEY: &str = "_HOOKKEY";

/// Units for calling a hook, beyond what it executes.
const HOOK: u64 = 4;

/// Step of a native frame that has returned and waits for its hook.
const RETURNING: u32 = u32::MAX;

/// An event to report.
struct Event {
    name: &'static str,
    line: Option<u32>,
    transfer: (u32, u32),
    /// What is past when the hook is back.
    stage: Stage,
}

impl Event {
    fn new(name: &'static str, stage: Stage) -> Event {
        Event { name, line: None, transfer: (0, 0), stage }
    }
}

/// Tells whether an instruction reads a list of values that ends at the top.
fn reads_open_list(instr: Instr) -> bool {
    match instr.op {
        Op::Call | Op::TailCall | Op::Return | Op::SetList => instr.b == 0,
        _ => false,
    }
}

/// Calls the thread's hook above the innermost frame, with values up to `above`
/// kept. Returns whether there was a hook to call.
fn call_hook<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    above: usize,
    event: &Event,
) -> Result<bool, Interrupt<'gc>> {
    let key = ctx.string(REGISTRY_KEY.as_bytes())?;
    let Value::Table(functions) = ctx.state.registry.get_str(ctx.heap(), key) else {
        return Ok(false);
    };
    let hook = functions.get(ctx.heap(), Value::Thread(ctx.state.current.get()));
    if hook.type_of() != crate::vm::heap::value::Type::Function {
        return Ok(false);
    }
    let name = ctx.string(event.name.as_bytes())?;
    th.ensure(ctx, above + 3 + MIN_STACK)?;
    let top = th.top;
    let line = event.line.map_or(Value::Nil, |line| Value::Integer(i64::from(line)));
    for (offset, value) in [hook, Value::String(name), line].into_iter().enumerate() {
        th.stack.set(above + offset, value);
    }
    th.top = above + 3;
    let request = Request { func: above, args: 2, results: 0, then: Then::Hook, flags: COUNTED };
    if let Err(interrupt) = call_value(ctx, th, request) {
        th.top = top;
        return Err(interrupt);
    }
    ctx.state.fuel.owe(HOOK);
    th.hooks.running = true;
    th.hooks.top = top as u32;
    th.hooks.transfer = event.transfer;
    th.hooks.stage = event.stage;
    Ok(true)
}

/// Calls the hook before the instruction at `pc` of the innermost frame, a Lua one.
/// Its frame's pc is one further while the hook runs: the line is the instruction's.
fn call_before<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    pc: u32,
    instr: Instr,
    event: &Event,
) -> Result<bool, Interrupt<'gc>> {
    let index = th.frames.len() - 1;
    let frame = &mut th.frames[index];
    frame.pc = pc + 1;
    let registers = frame.top as usize;
    let above = if reads_open_list(instr) { registers.max(th.top) } else { registers };
    let called = call_hook(ctx, th, above, event);
    if !matches!(called, Ok(true)) {
        th.frames[index].pc = pc;
    }
    called
}

/// Reports what is due before the instruction at `pc` of the innermost frame. Returns
/// whether a hook was called: the frame is then to be looked at again.
///
/// # Errors
/// Those of calling the hook; when memory is refused, with everything as it was.
#[inline(never)]
pub(in crate::vm) fn before_instruction<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    proto: &Proto,
    pc: u32,
) -> Result<bool, Interrupt<'gc>> {
    let before = th.hooks;
    let outcome = report(ctx, th, proto, pc);
    if let Err(interrupt) = outcome {
        if let Interrupt::Memory(_) | Interrupt::Fuel = interrupt {
            // Tried again from the same state.
            th.hooks = before;
        }
        th.hooks.stage = if before.stage == Stage::Unknown { Stage::Between } else { before.stage };
    }
    outcome
}

fn report<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    proto: &Proto,
    pc: u32,
) -> Result<bool, Interrupt<'gc>> {
    let stage = std::mem::take(&mut th.hooks.stage);
    let instr = proto.code[pc as usize];
    let depth = th.frames.len() as u32;
    match stage {
        Stage::Ready => return Ok(false),
        Stage::Returned => {
            th.hooks.stage = Stage::Returned;
            return Ok(false);
        }
        _ if instr.op == Op::VarargPrep => {
            // Events begin when the parameters are in place.
            th.hooks.stage = Stage::BeginVararg;
            return Ok(false);
        }
        // A function that is no Lua one was called in its caller's place: that has ended.
        _ if instr.op == Op::Return && follows(proto, pc, Op::TailCall) => return Ok(false),
        Stage::Begin | Stage::BeginVararg | Stage::Begun => {
            // The first instruction is always on a new line.
            th.hooks.old_pc = u32::from(proto.is_vararg);
            th.hooks.depth = depth;
        }
        _ => {}
    }
    if matches!(stage, Stage::Begin | Stage::BeginVararg) && th.hooks.wants(CALLS) {
        let tail = th.frames.last().is_some_and(|frame| frame.flags & TAIL != 0);
        let mut event = Event::new(if tail { "tail call" } else { "call" }, Stage::Begun);
        event.transfer = (u32::from(proto.num_params != 0), u32::from(proto.num_params));
        if call_before(ctx, th, pc, instr, &event)? {
            return Ok(true);
        }
    }
    let begins = |hooks: &Hooks| hooks.depth == depth && loop_begins(proto, hooks.old_pc, pc);
    if instr.op == Op::TForLoop || instr.op == Op::TForCall && begins(&th.hooks) {
        // It goes with the instruction before: no hook of PUC's sees it.
        (th.hooks.old_pc, th.hooks.depth) = (pc, depth);
        return Ok(false);
    }
    if stage != Stage::Counted && th.hooks.wants(COUNTS) {
        if th.hooks.left <= 1 {
            let event = Event::new("count", Stage::Counted);
            let called = call_before(ctx, th, pc, instr, &event)?;
            th.hooks.left = th.hooks.every.max(0).unsigned_abs();
            // As in PUC, whose hook returns to this very instruction: a line event follows.
            th.hooks.old_pc = pc;
            th.hooks.depth = depth;
            if called {
                return Ok(true);
            }
        } else {
            th.hooks.left -= 1;
        }
    }
    if !th.hooks.wants(LINES) {
        if instr.op == Op::TForPrep {
            (th.hooks.old_pc, th.hooks.depth) = (pc, depth);
        }
        return Ok(false);
    }
    if th.hooks.depth != depth {
        th.hooks.old_pc = pc.saturating_sub(1);
        th.hooks.depth = depth;
    }
    let old = th.hooks.old_pc;
    let old = if (old as usize) < proto.code.len() { old } else { 0 };
    let line_at = |pc: u32| proto.lines.get(pc as usize).copied();
    if pc <= old || line_at(old) != line_at(pc) {
        let event = Event { line: line_at(pc), ..Event::new("line", Stage::Ready) };
        let called = call_before(ctx, th, pc, instr, &event)?;
        th.hooks.old_pc = pc;
        return Ok(called);
    }
    th.hooks.old_pc = pc;
    Ok(false)
}

/// Whether the instruction before `pc` is of a kind.
fn follows(proto: &Proto, pc: u32, op: Op) -> bool {
    let before = pc.checked_sub(1).and_then(|before| proto.code.get(before as usize));
    before.is_some_and(|before| before.op == op)
}

/// Whether a generic loop has been prepared at `old` and calls its iterator at `pc` for the
/// first time.
fn loop_begins(proto: &Proto, old: u32, pc: u32) -> bool {
    let prepared = proto.code.get(old as usize).filter(|instr| instr.op == Op::TForPrep);
    prepared.is_some_and(|instr| i64::from(old) + 1 + instr.sx() as i64 == i64::from(pc))
}

/// Reports the return of the innermost frame, a Lua one, with `n` values from stack
/// index `first` on. Returns whether a hook was called: the instruction runs again.
///
/// # Errors
/// Those of calling the hook; when memory is refused, with everything as it was.
#[inline(never)]
pub(in crate::vm) fn before_return<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    first: usize,
    n: usize,
) -> Result<bool, Interrupt<'gc>> {
    if std::mem::take(&mut th.hooks.stage) == Stage::Returned || !th.hooks.wants(RETURNS) {
        return Ok(false);
    }
    let Some(frame) = th.frames.last() else { return Ok(false) };
    let above = (frame.top as usize).max(first + n);
    let mut event = Event::new("return", Stage::Returned);
    event.transfer = handed_over(first, frame.base as usize, n);
    call_hook(ctx, th, above, &event)
}

/// Returns the number of the local variable that slot `first` is, and the number of values.
fn handed_over(first: usize, base: usize, n: usize) -> (u32, u32) {
    if n == 0 { (0, 0) } else { ((first - base) as u32 + 1, n as u32) }
}

/// Reports the return of the innermost frame, a native one, with the top `n` values,
/// and returns from it; at once, or when the hook is back.
///
/// # Errors
/// As `returns::return_from`; those of calling the hook.
pub(in crate::vm) fn return_native<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    n: usize,
) -> Result<Next, Interrupt<'gc>> {
    let first = th.top - n;
    if th.hooks.wants(RETURNS)
        && let Some(frame) = th.frames.last_mut()
    {
        // Errors of the hook are not the function's to catch any more.
        frame.flags &= !(PROTECTED | HANDLER);
        frame.pc = RETURNING;
        frame.saved = n as u32;
        let mut event = Event::new("return", Stage::Returned);
        event.transfer = handed_over(first, frame.base as usize, n);
        let top = th.top;
        if call_hook(ctx, th, top, &event)? {
            return Ok(Next::Continue);
        }
    }
    returns::return_native(ctx, th, first, n)
}

/// Does what is due in the innermost frame, a native one marked `HOOKED`, before its next
/// step; nothing is returned when the step is to be taken.
///
/// # Errors
/// As [`returns::return_from`]; those of calling the hook.
pub(in crate::vm) fn before_step<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
) -> Result<Option<Next>, Interrupt<'gc>> {
    let Some(frame) = th.frames.last().copied() else { return Ok(Some(Next::Continue)) };
    if frame.pc == RETURNING {
        let n = frame.saved as usize;
        if std::mem::take(&mut th.hooks.stage) == Stage::Returned {
            let first = th.top - n;
            return returns::return_native(ctx, th, first, n).map(Some);
        }
        return return_native(ctx, th, n).map(Some);
    }
    if frame.pc == 0 && frame.flags & HANDLER == 0 && frame.handler == CALL_DUE {
        let index = th.frames.len() - 1;
        if th.hooks.wants(CALLS) {
            let args = th.top - frame.base as usize;
            let mut event = Event::new("call", Stage::Unknown);
            event.transfer = handed_over(frame.base as usize, frame.base as usize, args);
            let top = th.top;
            let called = call_hook(ctx, th, top, &event)?;
            th.frames[index].handler = 0;
            if called {
                return Ok(Some(Next::Continue));
            }
        }
        th.frames[index].handler = 0;
    }
    Ok(None)
}
