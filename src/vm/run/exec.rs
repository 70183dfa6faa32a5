//! The loop that runs Lua code.
//!
//! One `match` over the operations; fast paths are here, everything that may
//! call, fail or allocate much is in [`super::slow`]. Fuel is counted by the
//! distance `ip` moved since `mark` and settled at backward jumps, calls,
//! returns and before every slow path; taken forward jumps move `mark` along.
//! The instance with `EXACT` looks at the meter before each instruction and
//! serves the end of a fuel limit. The one that also has `COVER` counts what it executes.
//!
//! What the arms are made of stands in the folder, by families: operands, spending (of
//! fuel, and the ways on), calls and returns, arithmetic, tables. They are macros over the
//! variables of the loop, so that these stay in registers of the processor.
//!
//! This file and its folder hold the machine's unchecked accesses. They rest on four facts:
//! * the verifier accepted the code: registers are below `max_stack`, constants,
//!   upvalues, nested functions and jump targets exist, the last instruction
//!   leaves the function;
//! * a frame is pushed only after its `max_stack` slots exist (`push_lua`), and
//!   the stack's block moves only in calls, after which `base` is taken anew;
//! * `code` and `constants` belong to the closure in the frame, which keeps them alive;
//! * a stack slot always holds a valid value.

#![expect(unsafe_code, reason = "the loop reads code and registers through pointers")]

mod arithmetic;
mod calls;
mod operands;
mod spending;
mod tables;

use super::arith::is_quick;
use super::closing;
use super::concat;
use super::cover;
use super::inherit;
use super::loops::{self, Iterated};
use super::profile;
use super::slow::{self, Slow};
use crate::base::arithmetic::{
    canonical, float_floor_div, float_lt_int, float_mod, int_floor_div, int_lt_float, int_mod,
};
use crate::bytecode::op::{Instr, Op};
use crate::vm::calls::error::Place;
use crate::vm::calls::in_place;
use crate::vm::calls::next::{Next, Pause};
use crate::vm::calls::{frames, handlers, hooks, natives, returns};
use crate::vm::heap::closure::Code;
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::{AtOnce, Interrupt};
use crate::vm::heap::thread::{COUNTED, Callee, EXTRA_STACK, Entered, Frame, TAIL, Then, Thread};
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::{MANY, items_price};
use crate::vm::state::context::{Context, Quick};
use crate::vm::state::retry::Request;
use arithmetic::arithmetic;
use calls::calls;
use operands::operands;
use spending::spending;
use tables::tables;

type Outcome<'gc> = Result<Next, Interrupt<'gc>>;

/// Runs the innermost frame of `thread`, and those it calls or returns to, until
/// something must happen outside or the other instance of this loop must go on.
///
/// # Errors
/// Lua errors to be raised, and refusals of fuel or memory.
#[expect(clippy::too_many_lines, reason = "the dispatch: one arm an operation")]
#[expect(
    unused_assignments,
    reason = "one macro settles fuel, also where the function returns next"
)]
pub(crate) fn execute<'gc, const EXACT: bool, const COVER: bool>(
    ctx: Context<'gc>,
    thread: Thread<'gc>,
) -> Outcome<'gc> {
    let mut thread = thread;
    let mut th = thread.state();
    let fuel = &ctx.state.fuel;
    let account = &ctx.state.account;
    // Whether the thread has a hook, which only the exact instance calls.
    let mut hooked = false;

    'frame: loop {
        /// Looks at the innermost frame again, of another thread if it switched, or leaves.
        macro_rules! follow {
            ($outcome:expr) => {
                match $outcome {
                    Ok(Next::Continue) => continue 'frame,
                    Ok(Next::Switch) => {
                        thread = ctx.state.current.get();
                        th = thread.state();
                        if !EXACT && th.hooks.active() {
                            return Ok(Next::Leave);
                        }
                        continue 'frame;
                    }
                    other => return other,
                }
            };
        }
        if EXACT && std::mem::replace(&mut hooked, th.hooks.active()) && !hooked {
            // The hook runs, or another thread.
            return Ok(Next::Leave);
        }
        let Some(frame) = th.frames.last() else { return Ok(Next::Switch) };
        let closure = match frame.callee {
            Callee::Lua(closure) => closure,
            Callee::Native(_) => follow!(natives::go_on_native(ctx, thread, th)),
        };
        let mut closure = closure;
        let code = closure.code().as_ref();
        let mut need = u64::from(code.code_len);
        if !EXACT && fuel.left() < need {
            // The exact instance goes on.
            return Ok(Next::Continue);
        }
        if fuel.in_debt() {
            return Err(Interrupt::Fuel);
        }
        // What is tried again comes first: where the fuel had sufficed it would be over already.
        let prepaid = fuel.take_prepaid();
        if account.collection_due() && !prepaid {
            return Ok(Next::Pause(Pause::Collect));
        }
        let mut constants: *const Value<'gc> = code.constants.as_ptr();
        let mut base: *mut Value<'gc> = th.stack.at(frame.base as usize);
        // The instruction that was executed last, or is being executed: the one before `pc`,
        // which need not be there.
        let mut ip: *const Instr = frame.entry.wrapping_add(frame.pc as usize).wrapping_sub(1);
        let mut mark = ip as usize;
        if prepaid {
            mark += size_of::<Instr>();
        }
        if EXACT && hooked {
            th.hooks.enter(frame.pc, prepaid);
        }
        // What is tried again was counted.
        let mut counted = COVER && prepaid;

        operands!($ ctx th closure constants base);
        spending!($ 'frame th fuel account hooked closure need base ip mark);
        calls!($ 'frame ctx thread th fuel account hooked closure need constants base ip mark);
        arithmetic!($ ctx th);

        'next: loop {
            // It goes on with the next instruction, so it stands in the loop.
            tables!($ 'next ctx th fuel);
            if EXACT && executed!() >= fuel.left() as isize {
                sync!();
                if hooked {
                    th.hooks.pause();
                }
                return Err(Interrupt::Fuel);
            }
            if EXACT && hooked {
                if executed!() > 0 {
                    // Paid before the hook's price is: that may leave a debt.
                    fuel.settle(executed!() as u64);
                    mark = ip as usize;
                }
                save_pc!();
                let proto = closure.proto();
                let pc = current!().pc;
                match hooks::before_instruction(ctx, th, proto, pc) {
                    Ok(false) => {}
                    Ok(true) => continue 'frame,
                    Err(interrupt) => return Err(interrupt),
                }
            }
            if COVER && !std::mem::take(&mut counted) {
                let pc = pc!(current!()) as usize;
                if ctx.state.profile.is_on() {
                    let used = fuel.used().wrapping_add_signed(executed!() as i64);
                    profile::before(ctx, thread, th, pc, used);
                }
                if ctx.state.coverage.is_on() {
                    cover::before(ctx, th, closure, pc);
                }
            }
            ip = ip.wrapping_add(1);
            // SAFETY: first fact: `ip` is inside the code, since the last instruction leaves.
            // A reference: operands are read where they are used, not all held in registers.
            let i = unsafe { &*ip };
            match i.op {
                Op::Move => w!(i.a) = v!(i.b),
                Op::LoadI => w!(i.a) = Value::Integer(i64::from(i.sx())),
                Op::LoadF => w!(i.a) = Value::Number(f64::from(i.sx())),
                Op::LoadK => w!(i.a) = *k!(i.x),
                Op::LoadFalse => w!(i.a) = Value::Boolean(false),
                Op::LFalseSkip => {
                    w!(i.a) = Value::Boolean(false);
                    jump!(1);
                }
                Op::LoadTrue => w!(i.a) = Value::Boolean(true),
                Op::LoadNil => {
                    if usize::from(i.b) >= slow::FEW {
                        slow!(slow::load_nils(ctx, th, i));
                        continue;
                    }
                    for n in 0..=usize::from(i.b) {
                        w!(usize::from(i.a) + n) = Value::Nil;
                    }
                }
                Op::GetUpval => w!(i.a) = u!(i.b).get(),
                Op::SetUpval => {
                    let upvalue = u!(i.b);
                    if upvalue.stamp() == ctx.state.journal.epoch.get() {
                        upvalue.set(ctx.heap(), v!(i.a));
                    } else {
                        slow_alloc!(slow::set_upvalue(ctx, upvalue, v!(i.a)))
                    }
                }
                Op::GetTabUp => get_tab_up!(i),
                Op::GetTable => get_table!(i),
                Op::GetI => get_i!(i),
                Op::GetField => get_field!(i),
                Op::SetTabUp => set_tab_up!(i),
                Op::SetTable => set_table!(i),
                Op::SetI => set_i!(i),
                Op::SetField => set_field!(i),
                Op::NewTable => slow_alloc!(slow::new_table(ctx, th, i)),
                Op::SelfOp => self_op!(i),
                Op::AddI => {
                    let immediate = i.sx();
                    match r!(i.b) {
                        Value::Integer(x) => {
                            w!(i.a) = Value::Integer(x.wrapping_add(i64::from(immediate)));
                        }
                        Value::Number(x) => {
                            w!(i.a) = Value::Number(canonical(*x + f64::from(immediate)));
                        }
                        _ => slow!(slow::any_arithmetic(ctx, th, i, Event::Add)),
                    }
                }
                Op::AddK => {
                    arith!(i, r!(i.b), k!(i.x), Event::Add, |x, y| x.wrapping_add(y), x + y)
                }
                Op::SubK => {
                    arith!(i, r!(i.b), k!(i.x), Event::Sub, |x, y| x.wrapping_sub(y), x - y)
                }
                Op::MulK => {
                    arith!(i, r!(i.b), k!(i.x), Event::Mul, |x, y| x.wrapping_mul(y), x * y)
                }
                Op::ModK => divide!(i, r!(i.b), k!(i.x), Event::Mod, int_mod, float_mod),
                Op::PowK => power!(i, r!(i.b), k!(i.x)),
                Op::DivK => float_arith!(i, r!(i.b), k!(i.x), Event::Div, |x, y| x / y),
                Op::IDivK => {
                    divide!(i, r!(i.b), k!(i.x), Event::IDiv, int_floor_div, float_floor_div);
                }
                Op::BAndK => bitwise!(i, r!(i.b), k!(i.x), Event::BAnd, |x, y| x & y),
                Op::BOrK => bitwise!(i, r!(i.b), k!(i.x), Event::BOr, |x, y| x | y),
                Op::BXorK => bitwise!(i, r!(i.b), k!(i.x), Event::BXor, |x, y| x ^ y),
                Op::ShrI => {
                    if let Value::Integer(x) = r!(i.b) {
                        let shifted = crate::base::arithmetic::shift_right(*x, i64::from(i.sx()));
                        w!(i.a) = Value::Integer(shifted);
                    } else {
                        slow!(slow::any_arithmetic(ctx, th, i, Event::Shr));
                    }
                }
                Op::ShlI => {
                    if let Value::Integer(x) = r!(i.b) {
                        let shifted = crate::base::arithmetic::shift_left(i64::from(i.sx()), *x);
                        w!(i.a) = Value::Integer(shifted);
                    } else {
                        slow!(slow::any_arithmetic(ctx, th, i, Event::Shl));
                    }
                }
                Op::Add => arith!(i, r!(i.b), r!(i.c), Event::Add, |x, y| x.wrapping_add(y), x + y),
                Op::Sub => arith!(i, r!(i.b), r!(i.c), Event::Sub, |x, y| x.wrapping_sub(y), x - y),
                Op::Mul => arith!(i, r!(i.b), r!(i.c), Event::Mul, |x, y| x.wrapping_mul(y), x * y),
                Op::Mod => divide!(i, r!(i.b), r!(i.c), Event::Mod, int_mod, float_mod),
                Op::Pow => power!(i, r!(i.b), r!(i.c)),
                Op::Div => float_arith!(i, r!(i.b), r!(i.c), Event::Div, |x, y| x / y),
                Op::IDiv => {
                    divide!(i, r!(i.b), r!(i.c), Event::IDiv, int_floor_div, float_floor_div);
                }
                Op::BAnd => bitwise!(i, r!(i.b), r!(i.c), Event::BAnd, |x, y| x & y),
                Op::BOr => bitwise!(i, r!(i.b), r!(i.c), Event::BOr, |x, y| x | y),
                Op::BXor => bitwise!(i, r!(i.b), r!(i.c), Event::BXor, |x, y| x ^ y),
                Op::Shl => {
                    bitwise!(i, r!(i.b), r!(i.c), Event::Shl, |x, y| {
                        crate::base::arithmetic::shift_left(x, y)
                    });
                }
                Op::Shr => {
                    bitwise!(i, r!(i.b), r!(i.c), Event::Shr, |x, y| {
                        crate::base::arithmetic::shift_right(x, y)
                    });
                }
                Op::Unm => match r!(i.b) {
                    Value::Integer(x) => w!(i.a) = Value::Integer(x.wrapping_neg()),
                    Value::Number(x) => w!(i.a) = Value::Number(-*x),
                    _ => slow_arithmetic!(i, r!(i.b), r!(i.b), Event::Unm),
                },
                Op::BNot => match r!(i.b) {
                    Value::Integer(x) => w!(i.a) = Value::Integer(!*x),
                    _ => slow_arithmetic!(i, r!(i.b), r!(i.b), Event::BNot),
                },
                Op::Not => w!(i.a) = Value::Boolean(!r!(i.b).is_truthy()),
                Op::Len => match r!(i.b) {
                    Value::String(s) => w!(i.a) = Value::Integer(s.len() as i64),
                    Value::Table(table) if table.metatable_or_pristine().is_none() => {
                        w!(i.a) = Value::Integer(table.len());
                    }
                    _ => slow!(slow::length(ctx, th, i)),
                },
                Op::Concat => slow_alloc!(concat::concat(ctx, th, i.a, i.b)),
                Op::Close => {
                    slow!(closing::close(ctx, th, base_index!() + usize::from(i.a)))
                }
                Op::Tbc => slow!(closing::mark_tbc(ctx, th, i)),
                Op::Jmp => jump!(i.sx()),
                Op::Eq => {
                    let (x, y) = (&*r!(i.a), &*r!(i.b));
                    match slow::quick_equal(x, y) {
                        Some(result) => branch!(result, i),
                        None => compare_slow!(i, slow::equal, x, y),
                    }
                }
                Op::Lt => match (&*r!(i.a), &*r!(i.b)) {
                    (Value::Integer(x), Value::Integer(y)) => branch!(x < y, i),
                    (Value::Number(x), Value::Number(y)) => branch!(x < y, i),
                    (Value::Integer(x), Value::Number(y)) => branch!(int_lt_float(*x, *y), i),
                    (Value::Number(x), Value::Integer(y)) => branch!(float_lt_int(*x, *y), i),
                    (x, y) => compare_slow!(i, slow::less::<false>, x, y),
                },
                Op::Le => match (&*r!(i.a), &*r!(i.b)) {
                    (Value::Integer(x), Value::Integer(y)) => branch!(x <= y, i),
                    (Value::Number(x), Value::Number(y)) => branch!(x <= y, i),
                    (x, y) => compare_slow!(i, slow::less::<true>, x, y),
                },
                Op::EqK => {
                    // Constants have no metamethods.
                    let (x, y) = (&*r!(i.a), &*k!(i.b));
                    match slow::quick_equal(x, y) {
                        Some(result) => branch!(result, i),
                        None => compare_slow!(i, slow::equal, x, y),
                    }
                }
                Op::EqI => {
                    let immediate = i.sb();
                    let result = match r!(i.a) {
                        Value::Integer(x) => *x == i64::from(immediate),
                        Value::Number(x) => *x == f64::from(immediate),
                        _ => false,
                    };
                    branch!(result, i);
                }
                Op::LtI => compare_immediate!(i, x, <),
                Op::LeI => compare_immediate!(i, x, <=),
                Op::GtI => compare_immediate!(i, x, >),
                Op::GeI => compare_immediate!(i, x, >=),
                Op::Test => branch!(r!(i.a).is_truthy(), i),
                Op::TestSet => {
                    let value = v!(i.b);
                    if value.is_truthy() == (i.c & 1 != 0) {
                        w!(i.a) = value;
                        jump!(i.sx());
                    }
                }
                Op::Call => call!(i),
                Op::TailCall => tail_call!(i),
                Op::Return => return_open!(i),
                Op::Return0 => {
                    quick_return!(i.a, 0);
                    sync!();
                    return_values!(base_index!(), 0)
                }
                Op::Return1 => {
                    quick_return!(i.a, 1);
                    sync!();
                    let first = base_index!() + usize::from(i.a);
                    return_values!(first, 1)
                }
                Op::ForLoop => {
                    if let Value::Integer(step) = r!(usize::from(i.a) + 2) {
                        // The limit slot counts the iterations left (unsigned).
                        if let (Value::Integer(count), Value::Integer(index)) =
                            (&mut w!(usize::from(i.a) + 1), &mut w!(i.a))
                            && *count != 0
                        {
                            *count = count.wrapping_sub(1);
                            *index = index.wrapping_add(*step);
                            w!(usize::from(i.a) + 3) = Value::Integer(*index);
                            jump!(i.sx());
                        }
                    } else if loops::float_loop(th, base_index!() + usize::from(i.a)) {
                        jump!(i.sx());
                    }
                }
                Op::ForPrep => {
                    sync!();
                    match loops::for_prep(ctx, th, base_index!() + usize::from(i.a)) {
                        // It may have charged for numerals.
                        Ok(true) => {
                            after!();
                        }
                        Ok(false) => {
                            jump!(i.sx());
                            sync!();
                            after!();
                        }
                        Err(interrupt) => fail!(interrupt),
                    }
                }
                Op::TForPrep => {
                    sync!();
                    match closing::mark_tbc_at(ctx, th, base_index!() + usize::from(i.a) + 3) {
                        Ok(()) => jump!(i.sx()),
                        Err(interrupt) => fail!(interrupt),
                    }
                }
                Op::TForCall => {
                    if !(EXACT && hooked) {
                        let at = base_index!() + usize::from(i.a);
                        let reserve = if COVER { None } else { Some(reserve!()) };
                        match loops::quick_iteration(ctx, th, at, i.c, reserve) {
                            Iterated::No => {}
                            Iterated::Looked => continue,
                            Iterated::Called => after_whole!(),
                        }
                    }
                    let native = match r!(i.a) {
                        Value::Builtin(def) => Some(*def),
                        Value::Native(closure) => Some(closure.def()),
                        _ => None,
                    };
                    if let Some(def) = native
                        && !(EXACT && hooked)
                    {
                        let request = loops::call_of(th, base_index!() + usize::from(i.a), i.c);
                        call_native!(def, request, true);
                    }
                    sync!();
                    match loops::iterate(ctx, th, base_index!() + usize::from(i.a), i.c) {
                        Ok(()) => {
                            fuel.done();
                            continue 'frame;
                        }
                        Err(interrupt) => fail!(interrupt),
                    }
                }
                Op::TForLoop => {
                    let control = v!(usize::from(i.a) + 4);
                    if !control.is_nil() {
                        w!(usize::from(i.a) + 2) = control;
                        jump!(i.sx());
                    }
                }
                Op::SetList => slow_alloc!(slow::set_list(ctx, th, i)),
                Op::Closure => slow_alloc!(slow::closure(ctx, thread, th, i)),
                Op::Vararg => {
                    sync!();
                    match slow::varargs(ctx, th, i) {
                        Ok(()) => {
                            after_move!();
                        }
                        Err(interrupt) => fail!(interrupt),
                    }
                }
                Op::VarargPrep => {
                    sync!();
                    match slow::vararg_prep(ctx, th, i.a) {
                        Ok(()) => {
                            after_move!();
                        }
                        Err(interrupt) => fail!(interrupt),
                    }
                }
            }
        }
    }
}
