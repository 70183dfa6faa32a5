//! What must be true of a thread for the machine to go on with it.
//!
//! The loop reads code, registers and frames through pointers (`run::exec`), and whoever
//! returns trusts the frame below to be one that called. So a thread of an image is only
//! taken if each of its frames could have been pushed by what the frame below was doing:
//!
//! * **Places**: functions, windows and registers lie in the stack, each frame above the one
//!   below; a Lua frame has all its registers, and its pc is in its code.
//! * **Pairs**: results go where the calling instruction wants them, as many as it wants; a
//!   metamethod's result goes to a comparison, a concatenation or a register that is there.
//! * **Open lists**: where the next instruction takes what lies up to the thread's top, the
//!   top is not below the beginning of the list.
//! * **Lists**: open upvalues and variables to be closed rise (see [`thread`](super::thread)
//!   for the upvalues); counts of native calls cover the frames that are counted.
//!
//! What lies in registers and windows may be anything: the loop looks at each value, and so
//! do native functions (`session/tests/hostile_windows.rs`).

use super::fault::Fault;
use crate::bytecode::op::{Instr, Op};
use crate::vm::calls::finalizers::DRIVER;
use crate::vm::heap::closure::LuaClosure;
use crate::vm::heap::native::Flow;
use crate::vm::heap::thread::{
    CLOSING, COUNTED, Callee, EXTRA_STACK, Frame, HANDLER, HOOKED, JOINING, PROTECTED, Status,
    TAIL, Then, ThreadState, UNWINDING,
};
use crate::vm::state::retry::{Request, Retry};

/// No thread nests so many native calls: sums of them do not overflow.
const MOST_C_CALLS: u32 = 100_000;
/// Flags that frames of Lua functions have, and those of native ones.
const LUA_FLAGS: u8 = CLOSING | TAIL | COUNTED | JOINING;
const NATIVE_FLAGS: u8 = TAIL | PROTECTED | UNWINDING | COUNTED | HANDLER | HOOKED;

const WRONG: Fault = Fault::Damaged("a call that cannot have come about");

fn must(right: bool) -> Result<(), Fault> {
    if right { Ok(()) } else { Err(WRONG) }
}

/// Checks the frames and lists of a thread.
///
/// # Errors
/// When the machine must not go on with them.
pub(super) fn check(th: &ThreadState<'_>) -> Result<(), Fault> {
    let capacity = th.stack.capacity();
    must(th.top <= capacity && th.frames.len() <= th.frames_charged)?;
    must(th.frames_charged <= th.frames.capacity())?;
    must(th.tbc.is_sorted() && th.tbc.last().is_none_or(|slot| (*slot as usize) < capacity))?;
    must(th.hooks.top as usize <= capacity && th.handling as usize <= th.frames.len())?;
    must(th.errors.len() <= th.frames.len() + 1)?;
    let counted = th.frames.iter().filter(|frame| frame.flags & COUNTED != 0).count();
    must(th.c_calls as usize >= counted && th.c_calls <= MOST_C_CALLS)?;
    let drivers = th.frames.iter().filter(|frame| is_driver(frame)).count();
    match &th.driver {
        None => must(drivers == 0)?,
        Some(driver) => {
            must(drivers == 1 && th.frames.get(driver.frame).is_some_and(is_driver))?;
            must(driver.hooks.top as usize <= capacity)?;
        }
    }
    for (at, frame) in th.frames.iter().enumerate() {
        place(th, at, frame)?;
        let caller = at.checked_sub(1).map(|below| &th.frames[below]);
        pair(th, caller, &Called::of(frame))?;
    }
    // Where an error ended a coroutine, nothing goes on: its frames are for tracebacks.
    let has_ended = matches!(th.status, Status::Failed | Status::Dead);
    match th.frames.last().filter(|_| !has_ended) {
        Some(frame) => goes_on(th, frame, frame.pc, th.top),
        None => Ok(()),
    }
}

fn is_driver(frame: &Frame<'_>) -> bool {
    matches!(frame.callee, Callee::Native(def) if std::ptr::eq(def, &DRIVER))
}

/// Checks that what a frame names is there.
fn place(th: &ThreadState<'_>, at: usize, frame: &Frame<'_>) -> Result<(), Fault> {
    let capacity = th.stack.capacity();
    let (func, base) = (frame.func as usize, frame.base as usize);
    let end = th.frames.get(at + 1).map_or(th.top, |next| next.func as usize);
    must(func < base && base < capacity)?;
    match frame.callee {
        Callee::Native(_) => {
            must(base == func + 1 && base <= end && frame.flags & !NATIVE_FLAGS == 0)?;
            must(end + EXTRA_STACK <= capacity && frame.top as usize <= capacity)?;
            if frame.flags & PROTECTED != 0 {
                must(base + frame.saved as usize + EXTRA_STACK <= capacity)?;
            }
            if frame.flags & HANDLER != 0 {
                must(base + usize::from(frame.handler) < capacity)?;
            }
            Ok(())
        }
        Callee::Lua(closure) => {
            let proto = closure.proto();
            let top = base + usize::from(proto.max_stack);
            must(frame.top as usize == top && top + EXTRA_STACK <= capacity)?;
            must(frame.flags & !LUA_FLAGS == 0)?;
            let (pc, varargs) = (frame.pc as usize, frame.varargs as usize);
            must(pc <= proto.code.len())?;
            if proto.is_vararg && pc == 0 {
                // The arguments are still to be told apart.
                must(base == func + 1 && base + varargs + EXTRA_STACK <= capacity)?;
            } else if proto.is_vararg {
                must(base - func > varargs)?;
            }
            if frame.flags & CLOSING != 0 {
                let handler = th.frames.get(at + 1).is_some_and(|next| next.then == Then::Repeat);
                let instr = closing(&closure, frame, handler)?;
                let first = base + usize::from(instr.a);
                must(frame.aux as usize == first + frame.saved as usize)?;
                must(frame.aux as usize + EXTRA_STACK <= capacity)?;
            }
            if frame.flags & JOINING != 0 {
                let next = instr(&closure, pc).filter(|instr| instr.op == Op::Concat);
                let before = before(&closure, frame).filter(|instr| instr.op == Op::Concat);
                let joins = next.or(before).ok_or(WRONG)?;
                must((1..=u32::from(joins.b)).contains(&frame.saved))?;
            }
            Ok(())
        }
    }
}

fn instr(closure: &LuaClosure<'_>, pc: usize) -> Option<Instr> {
    closure.proto().code.get(pc).copied()
}

/// Returns the instruction before the pc.
fn before(closure: &LuaClosure<'_>, frame: &Frame<'_>) -> Option<Instr> {
    instr(closure, (frame.pc as usize).checked_sub(1)?)
}

/// Returns the return that a frame is closing variables for: the one behind it while a handler
/// is at work, though another one may follow.
fn closing(closure: &LuaClosure<'_>, frame: &Frame<'_>, handler: bool) -> Result<Instr, Fault> {
    let returns = |instr: &Instr| instr.op == Op::Return && instr.c != 0;
    let next = instr(closure, frame.pc as usize).filter(|instr| !handler && returns(instr));
    next.or_else(|| before(closure, frame).filter(returns)).ok_or(WRONG)
}

/// What a frame, or a call that is about to be made, says of how it was called.
struct Called {
    func: usize,
    results: i32,
    then: Then,
}

impl Called {
    fn of(frame: &Frame<'_>) -> Called {
        Called { func: frame.func as usize, results: frame.results, then: frame.then }
    }
}

/// Checks that a frame could have made a call.
fn pair(th: &ThreadState<'_>, caller: Option<&Frame<'_>>, call: &Called) -> Result<(), Fault> {
    let capacity = th.stack.capacity();
    let Some(caller) = caller else { return must(call.then == Then::Finish) };
    must(call.func >= caller.base as usize && call.func < capacity)?;
    match caller.callee {
        Callee::Native(_) => match call.then {
            Then::Native => {
                let results = usize::try_from(call.results).unwrap_or(0);
                must(call.results >= -1 && call.func + results + EXTRA_STACK <= capacity)
            }
            Then::Unwind => must(caller.flags & UNWINDING != 0),
            Then::Finalizers => returned_to(th, caller, call.results),
            Then::Handler | Then::Hook => Ok(()),
            _ => Err(WRONG),
        },
        Callee::Lua(closure) => {
            let last = before(&closure, caller);
            let base = caller.base as usize;
            let instr = |ops: &[Op]| last.filter(|instr| ops.contains(&instr.op)).ok_or(WRONG);
            let is_inside = (caller.pc as usize) < closure.proto().code.len();
            match call.then {
                Then::Results => {
                    let instr = instr(&[Op::Call, Op::TailCall, Op::TForCall])?;
                    let (func, results) = match instr.op {
                        Op::Call => (0, i32::from(instr.c) - 1),
                        Op::TailCall => (0, -1),
                        _ => (4, i32::from(instr.c)),
                    };
                    let func = base + usize::from(instr.a) + func;
                    must(is_inside && call.func == func && call.results == results)
                }
                Then::Store(register) => {
                    must(is_inside && register < closure.proto().max_stack && last.is_some())
                }
                Then::Compare | Then::CompareNot => {
                    use Op::{Eq, EqK, GeI, GtI, Le, LeI, Lt, LtI};
                    must(is_inside)?;
                    instr(&[Eq, EqK, Lt, Le, LtI, LeI, GtI, GeI]).map(|_| ())
                }
                Then::Concat => {
                    instr(&[Op::Concat])?;
                    must(caller.flags & JOINING != 0 && caller.saved >= 2)
                }
                Then::Discard => must(is_inside && last.is_some()),
                Then::Repeat => {
                    let instr = instr(&[Op::Return, Op::Close])?;
                    must(instr.op == Op::Close || caller.flags & CLOSING != 0)
                }
                Then::Hook => {
                    let pc = caller.pc.checked_sub(1).ok_or(WRONG)?;
                    goes_on(th, caller, pc, th.hooks.top as usize)
                }
                Then::Finalizers => returned_to(th, caller, call.results),
                Then::Handler => Ok(()),
                Then::Native | Then::Unwind | Then::Finish => Err(WRONG),
            }
        }
    }
}

/// Checks a frame that goes on where it was when finalizers have been called.
fn returned_to(th: &ThreadState<'_>, frame: &Frame<'_>, top: i32) -> Result<(), Fault> {
    let top = usize::try_from(top).map_err(|_| WRONG)?;
    // A Lua function's own call leaves the top where it was, perhaps far below.
    must(top + EXTRA_STACK <= th.stack.capacity())?;
    if let Callee::Native(_) = frame.callee {
        must(top >= frame.base as usize)?;
    }
    goes_on(th, frame, frame.pc, top)
}

/// Checks that a frame can go on at `pc` with the thread's top at `top`.
fn goes_on(th: &ThreadState<'_>, frame: &Frame<'_>, pc: u32, top: usize) -> Result<(), Fault> {
    must(top <= th.stack.capacity())?;
    let Callee::Lua(closure) = frame.callee else { return Ok(()) };
    let instr = instr(&closure, pc as usize).ok_or(WRONG)?;
    let open = match instr.op {
        Op::Call | Op::TailCall | Op::SetList if instr.b == 0 => 1,
        Op::Return if instr.b == 0 && frame.flags & CLOSING == 0 => 0,
        _ => return Ok(()),
    };
    must(top >= frame.base as usize + usize::from(instr.a) + open)
}

/// Checks what was refused and is to be done first.
///
/// # Errors
/// When it cannot have been asked for.
pub(super) fn check_retry(th: &ThreadState<'_>, retry: &Retry) -> Result<(), Fault> {
    let capacity = th.stack.capacity();
    match *retry {
        Retry::Call(Request { func, args, results, then, flags }) => {
            must(flags & !(COUNTED | TAIL) == 0)?;
            must(args <= capacity && func <= capacity && func + 1 + args <= th.top)?;
            let call = Called { func, results, then };
            pair(th, th.frames.last(), &call)
        }
        Retry::Return { first, n } => {
            let native = th.frames.last().filter(|frame| matches!(frame.callee, Callee::Native(_)));
            let base = native.ok_or(WRONG)?.base as usize;
            must(first >= base && first <= th.top && n <= th.top - first)
        }
        Retry::Handler { catcher } => {
            must(th.frames.get(catcher).is_some_and(|frame| frame.flags & PROTECTED != 0))
        }
        Retry::Flow { base, flow } => {
            let native = th.frames.last().filter(|frame| matches!(frame.callee, Callee::Native(_)));
            must(native.is_some_and(|frame| frame.base as usize == base))?;
            must(matches!(
                flow,
                Flow::Yield { .. } | Flow::Resume { .. } | Flow::CloseThread { .. }
            ))
        }
    }
}
