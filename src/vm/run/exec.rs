//! The loop that runs Lua code.
//!
//! One `match` over the operations; fast paths are here, everything that may
//! call, fail or allocate much is in [`super::slow`]. Fuel is counted by the
//! distance `ip` moved since `mark` and settled at backward jumps, calls,
//! returns and before every slow path; taken forward jumps move `mark` along.
//! The instance with `EXACT` looks at the meter before each instruction and
//! serves the end of a fuel limit.
//!
//! This file holds the machine's unchecked accesses. They rest on four facts:
//! * the verifier accepted the code: registers are below `max_stack`, constants,
//!   upvalues, nested functions and jump targets exist, the last instruction
//!   leaves the function;
//! * a frame is pushed only after its `max_stack` slots exist (`push_lua`), and
//!   the stack's block moves only in calls, after which `base` is taken anew;
//! * `code` and `constants` belong to the closure in the frame, which keeps them alive;
//! * a stack slot always holds a valid value.

#![expect(unsafe_code, reason = "the loop reads code and registers through pointers")]

use super::arith::is_quick;
use super::concat;
use super::loops;
use super::slow::{self, Slow};
use crate::bytecode::op::{Instr, Op};
use crate::vm::calls::error::Place;
use crate::vm::calls::in_place;
use crate::vm::calls::next::{Next, Pause};
use crate::vm::calls::{frames, hooks, natives, returns};
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::thread::{COUNTED, Callee, EXTRA_STACK, Frame, TAIL, Then, Thread};
use crate::vm::heap::value::Value;
use crate::vm::meters::fuel::{MANY, items_price};
use crate::vm::meters::number::{
    canonical, float_floor_div, float_lt_int, float_mod, float_pow, int_floor_div, int_lt_float,
    int_mod,
};
use crate::vm::state::context::Context;
use crate::vm::state::retry::Request;

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
pub(crate) fn execute<'gc, const EXACT: bool>(
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
        let mut entry: *const Instr = code.entry;
        let mut need = u64::from(code.code_len);
        if !EXACT && fuel.left() < need {
            // The exact instance goes on.
            return Ok(Next::Continue);
        }
        if fuel.in_debt() {
            return Err(Interrupt::Fuel);
        }
        if account.collection_due() {
            return Ok(Next::Pause(Pause::Collect));
        }
        let mut constants: *const Value<'gc> = code.constants.as_ptr();
        let mut base: *mut Value<'gc> = th.stack.at(frame.base as usize);
        // SAFETY: `pc` is an index into the code (first fact).
        let mut ip: *const Instr = unsafe { entry.add(frame.pc as usize) };
        let mut mark = ip as usize;
        let prepaid = fuel.take_prepaid();
        if prepaid {
            mark += size_of::<Instr>();
        }
        if EXACT && hooked {
            th.hooks.enter(frame.pc, prepaid);
        }

        /// A register to read.
        macro_rules! r {
            ($n:expr) => {
                // SAFETY: first and second fact; the reference ends with the expression.
                unsafe { &*base.add($n as usize) }
            };
        }
        /// The value of a register, to be stored elsewhere.
        macro_rules! v {
            ($n:expr) => {
                // SAFETY: first, second and fourth fact.
                unsafe { Value::load(base.add($n as usize)) }
            };
        }
        /// The address of a constant or a register: choosing the place and then reading
        /// keeps the value out of memory in between.
        macro_rules! place {
            ($constant:expr, $k:expr, $r:expr) => {
                // SAFETY: first and second fact.
                unsafe {
                    if $constant {
                        constants.add($k as usize)
                    } else {
                        base.add($r as usize).cast_const()
                    }
                }
            };
        }
        /// Reads what [`place!`] found.
        macro_rules! at {
            ($place:expr) => {
                // SAFETY: as there; every slot holds a valid value.
                unsafe { Value::load($place) }
            };
        }
        /// Tells whether there is a value other than nil at a place in a table.
        macro_rules! found {
            ($place:expr) => {
                // SAFETY: tables return valid places.
                !unsafe { &*$place }.is_nil()
            };
        }
        /// An upvalue of the running function.
        macro_rules! u {
            ($n:expr) => {
                // SAFETY: first fact.
                unsafe { closure.upvalue($n) }
            };
        }
        /// The stack index of register 0.
        macro_rules! base_index {
            () => {
                // SAFETY: `base` is an address in the stack's block (second fact).
                unsafe { base.offset_from(th.stack.at(0)) as usize }
            };
        }
        /// The running frame.
        macro_rules! current {
            () => {{
                let last = th.frames.len().wrapping_sub(1);
                debug_assert!(last < th.frames.len());
                // SAFETY: the running frame is the last one; the reference ends with the
                // expression, before frames are pushed or popped.
                unsafe { &mut *th.frames.as_mut_ptr().add(last) }
            }};
        }
        /// A register to write.
        macro_rules! w {
            ($n:expr) => {
                // SAFETY: first and second fact; values are `Copy` and no reference to a
                // register outlives the operation that reads it.
                *unsafe { &mut *base.add($n as usize) }
            };
        }
        /// A constant.
        macro_rules! k {
            ($n:expr) => {
                // SAFETY: first and third fact.
                unsafe { &*constants.add($n as usize) }
            };
        }
        /// Units executed since `mark`; -1 right after a prepaid instruction was set up.
        macro_rules! executed {
            () => {
                // A shift: the distance is whole instructions, also when it is negative.
                ((ip as usize).wrapping_sub(mark) as isize) >> size_of::<Instr>().trailing_zeros()
            };
        }
        /// Writes the index of the next instruction into the running frame.
        macro_rules! save_pc {
            () => {
                current!().pc = ((ip as usize - entry as usize) / size_of::<Instr>()) as u32;
            };
        }
        /// Pays for what was executed, the current instruction included, and saves the pc.
        macro_rules! sync {
            () => {
                fuel.settle(executed!() as u64);
                mark = ip as usize;
                save_pc!();
            };
        }
        /// Leaves with an interrupt raised by the current instruction, after `sync!`.
        macro_rules! fail {
            ($interrupt:expr) => {{
                let interrupt = $interrupt;
                if matches!(interrupt, Interrupt::Fuel | Interrupt::Memory(_)) {
                    current!().pc -= 1;
                    fuel.prepay();
                }
                return Err(interrupt);
            }};
        }
        /// Returns the `n` values at stack index `first` through [`returns::return_from`].
        macro_rules! return_values {
            ($first:expr, $n:expr) => {
                match returns::return_from(ctx, th, $first, $n) {
                    Err(interrupt) => fail!(interrupt),
                    next => follow!(next),
                }
            };
        }
        /// Goes on after a slow path that charged.
        macro_rules! after {
            () => {
                fuel.done();
                if !EXACT && fuel.left() < need {
                    continue 'frame;
                }
            };
        }
        /// Runs a slow path.
        macro_rules! slow {
            ($e:expr) => {{
                sync!();
                match $e {
                    Ok(Slow::Done) => {
                        after!();
                    }
                    Ok(Slow::Called) => {
                        fuel.done();
                        continue 'frame;
                    }
                    Err(interrupt) => fail!(interrupt),
                }
            }};
        }
        /// Runs a slow path that may make garbage.
        macro_rules! slow_alloc {
            ($e:expr) => {{
                slow!($e);
                if account.collection_due() {
                    continue 'frame;
                }
            }};
        }
        /// Goes on in a Lua function, at an index of its code.
        macro_rules! go_on_in {
            ($closure:expr, $base:expr, $pc:expr) => {
                closure = $closure;
                let code = closure.code().as_ref();
                entry = code.entry;
                need = u64::from(code.code_len);
                constants = code.constants.as_ptr();
                base = $base;
                // SAFETY: `$pc` is an index into the code (first fact).
                ip = unsafe { entry.add($pc as usize) };
                mark = ip as usize;
            };
        }
        /// Returns the `n` values from register `first` on straight to a Lua caller that
        /// waits for results or for what a metamethod says. Goes on below in all other cases.
        macro_rules! quick_return {
            ($first:expr, $n:expr) => {
                let depth = th.frames.len();
                let done = current!();
                if EXACT && hooked {
                    sync!();
                    hook_return!(base_index!() + usize::from($first), $n);
                } else if done.then == Then::Results && done.flags & !TAIL == 0 && depth >= 2 {
                    // SAFETY: `depth - 2` is in range.
                    let caller = unsafe { &*th.frames.as_ptr().add(depth - 2) };
                    if let Callee::Lua(below) = caller.callee {
                        fuel.settle(executed!() as u64);
                        let (func, wanted) = (done.func as usize, done.results);
                        let (at, pc) = (caller.base as usize, caller.pc);
                        let to = th.stack.at(func);
                        let n: usize = $n;
                        let count = if wanted < 0 { n } else { wanted as usize };
                        debug_assert!(func + count <= th.stack.capacity());
                        if n > MANY || (count != n && count > MANY) {
                            fuel.owe(items_price(n.max(count)));
                        }
                        // SAFETY: results lie in the stack (second fact), and the caller's
                        // frame has room for those it wants: copied to lower addresses in
                        // rising order, so none is overwritten before it is read.
                        unsafe {
                            let from = base.add($first as usize);
                            if count == n {
                                for offset in 0..n {
                                    *to.add(offset) = Value::load(from.add(offset));
                                }
                            } else {
                                for offset in 0..n.min(count) {
                                    *to.add(offset) = Value::load(from.add(offset));
                                }
                                for offset in n..count {
                                    *to.add(offset) = Value::Nil;
                                }
                            }
                        }
                        th.top = func + count;
                        // SAFETY: `depth - 1` frames remain; frames need no drop.
                        unsafe { th.frames.set_len(depth - 1) };
                        go_on_in!(below, th.stack.at(at), pc);
                        if !EXACT && fuel.left() < need {
                            continue 'frame;
                        }
                        continue;
                    }
                } else if done.then != Then::Native && done.flags & !(TAIL | COUNTED) == 0 {
                    sync!();
                    // SAFETY: registers, see `r!`.
                    let first = unsafe { base.add($first as usize).cast_const() };
                    if let Some(caller) = frames::return_to_lua(th, first, $n) {
                        let frame = current!();
                        go_on_in!(caller, th.stack.at(frame.base as usize), frame.pc);
                        if !EXACT && fuel.left() < need {
                            continue 'frame;
                        }
                        continue;
                    }
                }
            };
        }
        /// Calls the hook before the running function returns, after `sync!`.
        macro_rules! hook_return {
            ($first:expr, $n:expr) => {
                match hooks::before_return(ctx, th, $first, $n) {
                    Ok(false) => {}
                    Ok(true) => continue 'frame,
                    Err(interrupt) => fail!(interrupt),
                }
            };
        }
        macro_rules! jump {
            ($distance:expr) => {{
                let distance = $distance as isize;
                if distance >= 0 {
                    // SAFETY: first fact.
                    ip = unsafe { ip.offset(distance) };
                    mark = mark.wrapping_add_signed(distance * size_of::<Instr>() as isize);
                } else {
                    fuel.settle(executed!() as u64);
                    // SAFETY: first fact.
                    ip = unsafe { ip.offset(distance) };
                    mark = ip as usize;
                    if !EXACT && fuel.left() < need {
                        sync!();
                        continue 'frame;
                    }
                }
            }};
        }
        macro_rules! branch {
            ($cond:expr, $i:expr) => {
                if $cond == ($i.c & 1 != 0) {
                    jump!($i.sx());
                }
            };
        }
        /// A comparison that needs metamethods or errors.
        macro_rules! compare_slow {
            ($i:expr, $e:expr) => {{
                sync!();
                match $e {
                    Ok(Some(result)) => {
                        fuel.done();
                        branch!(result, $i);
                        // The charge may have left too little for this instance.
                        if !EXACT && fuel.left() < need {
                            sync!();
                            continue 'frame;
                        }
                    }
                    Ok(None) => {
                        fuel.done();
                        continue 'frame;
                    }
                    Err(interrupt) => fail!(interrupt),
                }
            }};
        }
        macro_rules! arith {
            ($i:expr, $b:expr, $c:expr, $event:expr, |$x:ident, $y:ident| $int:expr, $float:expr) => {{
                match ($b, $c) {
                    (Value::Integer($x), Value::Integer($y)) => {
                        let ($x, $y) = (*$x, *$y);
                        w!($i.a) = Value::Integer($int);
                        continue;
                    }
                    (Value::Number($x), Value::Number($y)) => {
                        let ($x, $y) = (*$x, *$y);
                        w!($i.a) = Value::Number(canonical($float));
                        continue;
                    }
                    (Value::Integer($x), Value::Number($y)) => {
                        let ($x, $y) = (*$x as f64, *$y);
                        w!($i.a) = Value::Number(canonical($float));
                        continue;
                    }
                    (Value::Number($x), Value::Integer($y)) => {
                        let ($x, $y) = (*$x, *$y as f64);
                        w!($i.a) = Value::Number(canonical($float));
                        continue;
                    }
                    _ => {}
                }
                let event = $event;
                slow!(slow::arithmetic(ctx, th, *$i, event))
            }};
        }
        /// Arithmetic whose integer form needs a divisor that is not zero.
        macro_rules! divide {
            ($i:expr, $b:expr, $c:expr, $event:expr, $int:expr, $float:expr) => {{
                match ($b, $c) {
                    (Value::Integer(x), Value::Integer(y)) if *y != 0 => {
                        w!($i.a) = Value::Integer($int(*x, *y));
                        continue;
                    }
                    // What takes longer is charged, where slow paths are.
                    (Value::Number(x), Value::Number(y)) if is_quick($event, *x, *y) => {
                        w!($i.a) = Value::Number(canonical($float(*x, *y)));
                        continue;
                    }
                    (Value::Integer(x), Value::Number(y)) if is_quick($event, *x as f64, *y) => {
                        w!($i.a) = Value::Number(canonical($float(*x as f64, *y)));
                        continue;
                    }
                    (Value::Number(x), Value::Integer(y)) if is_quick($event, *x, *y as f64) => {
                        w!($i.a) = Value::Number(canonical($float(*x, *y as f64)));
                        continue;
                    }
                    _ => {}
                }
                slow!(slow::arithmetic(ctx, th, *$i, $event))
            }};
        }
        /// Arithmetic that is always on floats.
        macro_rules! float_arith {
            ($i:expr, $b:expr, $c:expr, $event:expr, $float:expr) => {{
                let (x, y) = match ($b, $c) {
                    (Value::Number(x), Value::Number(y)) => (*x, *y),
                    (Value::Integer(x), Value::Integer(y)) => (*x as f64, *y as f64),
                    (Value::Integer(x), Value::Number(y)) => (*x as f64, *y),
                    (Value::Number(x), Value::Integer(y)) => (*x, *y as f64),
                    _ => {
                        slow!(slow::arithmetic(ctx, th, *$i, $event));
                        continue;
                    }
                };
                if is_quick($event, x, y) {
                    w!($i.a) = Value::Number(canonical($float(x, y)));
                } else {
                    slow!(slow::arithmetic(ctx, th, *$i, $event));
                }
            }};
        }
        macro_rules! bitwise {
            ($i:expr, $b:expr, $c:expr, $event:expr, |$x:ident, $y:ident| $int:expr) => {{
                if let (Value::Integer($x), Value::Integer($y)) = ($b, $c) {
                    let ($x, $y) = (*$x, *$y);
                    w!($i.a) = Value::Integer($int);
                } else {
                    slow!(slow::arithmetic(ctx, th, *$i, $event))
                }
            }};
        }
        macro_rules! compare_immediate {
            ($i:expr, $int:ident, $op:tt) => {{
                let immediate = $i.sb();
                match r!($i.a) {
                    Value::Integer(x) => branch!((*x $op i64::from(immediate)), $i),
                    Value::Number(x) => branch!((*x $op f64::from(immediate)), $i),
                    _ => compare_slow!($i, slow::compare_immediate(ctx, th, *$i)),
                }
            }};
        }

        'next: loop {
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
            // SAFETY: first fact: `ip` is inside the code.
            // A reference: operands are read where they are used, not all held in registers.
            let i = unsafe { &*ip };
            // SAFETY: at most one past the end, and the last instruction leaves.
            ip = unsafe { ip.add(1) };
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
                        slow!(slow::load_nils(ctx, th, *i));
                        continue;
                    }
                    for n in 0..=usize::from(i.b) {
                        w!(usize::from(i.a) + n) = Value::Nil;
                    }
                }
                Op::GetUpval => w!(i.a) = u!(i.b).get(),
                Op::SetUpval => u!(i.b).set(ctx.heap(), v!(i.a)),
                Op::GetTabUp => {
                    let object = u!(i.b).place();
                    // SAFETY: an upvalue's place holds a valid value.
                    let object = unsafe { &*object };
                    let key = k!(i.x);
                    if let (Value::Table(table), Value::String(key)) = (object, key) {
                        let from = table.short_place(*key);
                        if found!(from) || table.metatable().is_none() {
                            w!(i.a) = at!(from);
                            continue;
                        }
                    }
                    slow!(slow::get(ctx, th, *object, *key, Place::Upvalue(i.b), i.a))
                }
                Op::GetTable => {
                    'quick: {
                        let Value::Table(table) = r!(i.b) else { break 'quick };
                        let from = match r!(i.c) {
                            Value::Integer(key) => table.int_place(*key),
                            Value::String(key) if key.is_short() => table.short_place(*key),
                            key => {
                                let place = table.place(*key);
                                if place.is_null() {
                                    break 'quick;
                                }
                                // It may have been tried before, and paid.
                                fuel.done();
                                place
                            }
                        };
                        if found!(from) || table.metatable().is_none() {
                            w!(i.a) = at!(from);
                            continue 'next;
                        }
                    }
                    slow!(slow::get(ctx, th, *r!(i.b), *r!(i.c), Place::Register(i.b), i.a))
                }
                Op::GetI => {
                    if let Value::Table(table) = r!(i.b) {
                        let from = table.int_place(i64::from(i.sx()));
                        if found!(from) || table.metatable().is_none() {
                            w!(i.a) = at!(from);
                            continue;
                        }
                    }
                    let key = Value::Integer(i64::from(i.sx()));
                    slow!(slow::get(ctx, th, *r!(i.b), key, Place::Register(i.b), i.a))
                }
                Op::GetField => {
                    let key = k!(i.x);
                    if let (Value::Table(table), Value::String(key)) = (&*r!(i.b), key) {
                        let from = table.short_place(*key);
                        if found!(from) || table.metatable().is_none() {
                            w!(i.a) = at!(from);
                            continue;
                        }
                        let from = slow::inherited(ctx, *table, *key);
                        if !from.is_null() {
                            w!(i.a) = at!(from);
                            continue;
                        }
                    }
                    slow!(slow::get(ctx, th, *r!(i.b), *key, Place::Register(i.b), i.a))
                }
                Op::SetTabUp => {
                    let object = u!(i.a).place();
                    // SAFETY: an upvalue's place holds a valid value.
                    let object = unsafe { &*object };
                    let key = k!(i.x);
                    let from = place!(i.c != 0, i.b, i.b);
                    if let (Value::Table(table), Value::String(key)) = (object, key)
                        && key.is_short()
                        && table.set_short_quickly(ctx.heap(), *key, from)
                    {
                        continue;
                    }
                    slow_alloc!(slow::set(ctx, th, *object, *key, at!(from), Place::Upvalue(i.a)))
                }
                Op::SetTable => {
                    let from = place!(i.x != 0, i.x.wrapping_sub(1), i.c);
                    if let Value::Table(table) = r!(i.a) {
                        let done = match r!(i.b) {
                            Value::Integer(key) => slow::replace_item(ctx, *table, *key, from),
                            Value::String(key) if key.is_short() => {
                                table.set_short_quickly(ctx.heap(), *key, from)
                            }
                            _ => false,
                        };
                        if done {
                            continue;
                        }
                    }
                    slow_alloc!(slow::set(
                        ctx,
                        th,
                        *r!(i.a),
                        *r!(i.b),
                        at!(from),
                        Place::Register(i.a)
                    ))
                }
                Op::SetI => {
                    let from = place!(i.c != 0, i.b, i.b);
                    let key = i64::from(i.sx());
                    if let Value::Table(table) = r!(i.a)
                        && slow::replace_item(ctx, *table, key, from)
                    {
                        continue;
                    }
                    let key = Value::Integer(key);
                    slow_alloc!(slow::set(ctx, th, *r!(i.a), key, at!(from), Place::Register(i.a)))
                }
                Op::SetField => {
                    let key = k!(i.x);
                    let from = place!(i.c != 0, i.b, i.b);
                    if let (Value::Table(table), Value::String(key)) = (&*r!(i.a), key)
                        && table.set_short_quickly(ctx.heap(), *key, from)
                    {
                        continue;
                    }
                    slow_alloc!(slow::set(ctx, th, *r!(i.a), *key, at!(from), Place::Register(i.a)))
                }
                Op::NewTable => slow_alloc!(slow::new_table(ctx, th, *i)),
                Op::SelfOp => {
                    let key = k!(i.x);
                    if let Value::String(name) = key {
                        let from = slow::method(ctx, r!(i.b), *name);
                        if !from.is_null() {
                            w!(usize::from(i.a) + 1) = v!(i.b);
                            w!(i.a) = at!(from);
                            continue;
                        }
                    }
                    slow!(slow::self_op(ctx, th, *i, *r!(i.b), *key))
                }
                Op::AddI => {
                    let immediate = i.sx();
                    match r!(i.b) {
                        Value::Integer(x) => {
                            w!(i.a) = Value::Integer(x.wrapping_add(i64::from(immediate)));
                        }
                        Value::Number(x) => {
                            w!(i.a) = Value::Number(canonical(*x + f64::from(immediate)));
                        }
                        _ => slow!(slow::arithmetic(ctx, th, *i, Event::Add)),
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
                Op::PowK => float_arith!(i, r!(i.b), k!(i.x), Event::Pow, float_pow),
                Op::DivK => float_arith!(i, r!(i.b), k!(i.x), Event::Div, |x: f64, y: f64| x / y),
                Op::IDivK => {
                    divide!(i, r!(i.b), k!(i.x), Event::IDiv, int_floor_div, float_floor_div);
                }
                Op::BAndK => bitwise!(i, r!(i.b), k!(i.x), Event::BAnd, |x, y| x & y),
                Op::BOrK => bitwise!(i, r!(i.b), k!(i.x), Event::BOr, |x, y| x | y),
                Op::BXorK => bitwise!(i, r!(i.b), k!(i.x), Event::BXor, |x, y| x ^ y),
                Op::ShrI => {
                    if let Value::Integer(x) = r!(i.b) {
                        let shifted = crate::vm::meters::number::shift_right(*x, i64::from(i.sx()));
                        w!(i.a) = Value::Integer(shifted);
                    } else {
                        slow!(slow::arithmetic(ctx, th, *i, Event::Shr));
                    }
                }
                Op::ShlI => {
                    if let Value::Integer(x) = r!(i.b) {
                        let shifted = crate::vm::meters::number::shift_left(i64::from(i.sx()), *x);
                        w!(i.a) = Value::Integer(shifted);
                    } else {
                        slow!(slow::arithmetic(ctx, th, *i, Event::Shl));
                    }
                }
                Op::Add => arith!(i, r!(i.b), r!(i.c), Event::Add, |x, y| x.wrapping_add(y), x + y),
                Op::Sub => arith!(i, r!(i.b), r!(i.c), Event::Sub, |x, y| x.wrapping_sub(y), x - y),
                Op::Mul => arith!(i, r!(i.b), r!(i.c), Event::Mul, |x, y| x.wrapping_mul(y), x * y),
                Op::Mod => divide!(i, r!(i.b), r!(i.c), Event::Mod, int_mod, float_mod),
                Op::Pow => float_arith!(i, r!(i.b), r!(i.c), Event::Pow, float_pow),
                Op::Div => float_arith!(i, r!(i.b), r!(i.c), Event::Div, |x: f64, y: f64| x / y),
                Op::IDiv => {
                    divide!(i, r!(i.b), r!(i.c), Event::IDiv, int_floor_div, float_floor_div);
                }
                Op::BAnd => bitwise!(i, r!(i.b), r!(i.c), Event::BAnd, |x, y| x & y),
                Op::BOr => bitwise!(i, r!(i.b), r!(i.c), Event::BOr, |x, y| x | y),
                Op::BXor => bitwise!(i, r!(i.b), r!(i.c), Event::BXor, |x, y| x ^ y),
                Op::Shl => {
                    bitwise!(i, r!(i.b), r!(i.c), Event::Shl, |x, y| {
                        crate::vm::meters::number::shift_left(x, y)
                    });
                }
                Op::Shr => {
                    bitwise!(i, r!(i.b), r!(i.c), Event::Shr, |x, y| {
                        crate::vm::meters::number::shift_right(x, y)
                    });
                }
                Op::Unm => match r!(i.b) {
                    Value::Integer(x) => w!(i.a) = Value::Integer(x.wrapping_neg()),
                    Value::Number(x) => w!(i.a) = Value::Number(-*x),
                    _ => slow!(slow::arithmetic(ctx, th, *i, Event::Unm)),
                },
                Op::BNot => match r!(i.b) {
                    Value::Integer(x) => w!(i.a) = Value::Integer(!*x),
                    _ => slow!(slow::arithmetic(ctx, th, *i, Event::BNot)),
                },
                Op::Not => w!(i.a) = Value::Boolean(!r!(i.b).is_truthy()),
                Op::Len => match r!(i.b) {
                    Value::String(s) => w!(i.a) = Value::Integer(s.len() as i64),
                    Value::Table(table) if table.metatable().is_none() => {
                        w!(i.a) = Value::Integer(table.len());
                    }
                    _ => slow!(slow::length(ctx, th, *i)),
                },
                Op::Concat => slow_alloc!(concat::concat(ctx, th, i.a, i.b)),
                Op::Close => {
                    slow!(slow::close(ctx, th, base_index!() + usize::from(i.a)))
                }
                Op::Tbc => slow!(slow::mark_tbc(ctx, th, *i)),
                Op::Jmp => jump!(i.sx()),
                Op::Eq => {
                    let (x, y) = (&*r!(i.a), &*r!(i.b));
                    match slow::quick_equal(x, y) {
                        Some(result) => branch!(result, i),
                        None => compare_slow!(i, slow::equal(ctx, th, *x, *y)),
                    }
                }
                Op::Lt => match (&*r!(i.a), &*r!(i.b)) {
                    (Value::Integer(x), Value::Integer(y)) => branch!((x < y), i),
                    (Value::Number(x), Value::Number(y)) => branch!((x < y), i),
                    (Value::Integer(x), Value::Number(y)) => branch!(int_lt_float(*x, *y), i),
                    (Value::Number(x), Value::Integer(y)) => branch!(float_lt_int(*x, *y), i),
                    (x, y) => compare_slow!(i, slow::less_than(ctx, th, *x, *y)),
                },
                Op::Le => match (&*r!(i.a), &*r!(i.b)) {
                    (Value::Integer(x), Value::Integer(y)) => branch!((x <= y), i),
                    (Value::Number(x), Value::Number(y)) => branch!((x <= y), i),
                    (x, y) => compare_slow!(i, slow::less_equal(ctx, th, *x, *y)),
                },
                Op::EqK => {
                    // Constants have no metamethods.
                    let (x, y) = (&*r!(i.a), &*k!(i.b));
                    match slow::quick_equal(x, y) {
                        Some(result) => branch!(result, i),
                        None => compare_slow!(i, slow::equal(ctx, th, *x, *y)),
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
                Op::Call => {
                    // SAFETY: first and second fact.
                    let callee = unsafe { base.add(usize::from(i.a)) };
                    let func = base_index!() + usize::from(i.a);
                    let args = match i.b {
                        0 => th.top - func - 1,
                        b => usize::from(b) - 1,
                    };
                    let results = i32::from(i.c) - 1;
                    let request = Request { func, args, results, then: Then::Results, flags: 0 };
                    // SAFETY: as above; the reference ends with the match.
                    let called = match *unsafe { &*callee } {
                        Value::Closure(called) => {
                            let code = called.code().as_ref();
                            let depth = th.frames.len();
                            let room = usize::from(code.max_stack);
                            let top = func + 1 + room.max(args);
                            if top + EXTRA_STACK > th.stack.capacity()
                                || depth >= th.frames_charged
                                || (EXACT && hooked)
                            {
                                sync!();
                                frames::push_lua(ctx, th, called, request)
                            } else {
                                fuel.settle(executed!() as u64);
                                save_pc!();
                                if top > th.high_water {
                                    th.high_water = top;
                                }
                                let params = usize::from(code.num_params);
                                if args < params {
                                    for missing in args..params {
                                        // SAFETY: parameters are among the slots just checked.
                                        unsafe { *callee.add(1 + missing) = Value::Nil };
                                    }
                                    if params - args > MANY {
                                        fuel.owe(items_price(params - args));
                                    }
                                }
                                debug_assert!(depth < th.frames.capacity());
                                // SAFETY: there is room for every frame that is charged.
                                unsafe {
                                    th.frames.as_mut_ptr().add(depth).write(Frame {
                                        callee: Callee::Lua(called),
                                        func: func as u32,
                                        base: func as u32 + 1,
                                        top: (func + 1 + room) as u32,
                                        pc: 0,
                                        results,
                                        varargs: args as u32,
                                        saved: 0,
                                        aux: 0,
                                        then: Then::Results,
                                        flags: 0,
                                        handler: 0,
                                    });
                                    th.frames.set_len(depth + 1);
                                }
                                // SAFETY: the slot after the function exists, as just checked.
                                go_on_in!(called, unsafe { callee.add(1) }, 0);
                                if !EXACT && fuel.left() < need {
                                    continue 'frame;
                                }
                                continue;
                            }
                        }
                        Value::Native(closure)
                            if !(EXACT && hooked) && in_place::is_host(ctx, closure) =>
                        {
                            sync!();
                            let base_index = base_index!();
                            match in_place::call_host(ctx, th, closure, request) {
                                Err(interrupt) => fail!(interrupt),
                                Ok(true)
                                    if (EXACT || fuel.left() >= need)
                                        && !account.collection_due() =>
                                {
                                    base = th.stack.at(base_index);
                                    continue;
                                }
                                Ok(_) => continue 'frame,
                            }
                        }
                        Value::Builtin(def) if !(EXACT && hooked) => {
                            sync!();
                            let depth = th.frames.len();
                            let base_index = base_index!();
                            match frames::push_native(ctx, th, def, request) {
                                Err(interrupt) => fail!(interrupt),
                                Ok(()) if ctx.state.collect_now.get() => continue 'frame,
                                Ok(()) => {}
                            }
                            match natives::run_step(ctx, thread, th, def, func + 1, 0) {
                                Ok(Next::Continue) => {
                                    let going = EXACT || fuel.left() >= need;
                                    if th.frames.len() == depth
                                        && going
                                        && !account.collection_due()
                                    {
                                        base = th.stack.at(base_index);
                                        continue;
                                    }
                                    continue 'frame;
                                }
                                other => follow!(other),
                            }
                        }
                        _ => {
                            sync!();
                            frames::call_value(ctx, th, request)
                        }
                    };
                    if let Err(interrupt) = called {
                        fail!(interrupt);
                    }
                    fuel.done();
                    continue 'frame;
                }
                Op::TailCall => {
                    let from = base_index!() + usize::from(i.a);
                    let args = match i.b {
                        0 => th.top - from - 1,
                        b => usize::from(b) - 1,
                    };
                    if let Value::Closure(called) = r!(i.a)
                        && i.c == 0
                        && args <= MANY
                        && !(EXACT && hooked)
                    {
                        let called = *called;
                        let code = called.code().as_ref();
                        let room = usize::from(code.max_stack);
                        let frame = current!();
                        let func = frame.func as usize;
                        let top = func + 1 + room.max(args);
                        if top + EXTRA_STACK <= th.stack.capacity() {
                            fuel.settle(executed!() as u64);
                            if top > th.high_water {
                                th.high_water = top;
                            }
                            let to = th.stack.at(func);
                            for offset in 0..=args {
                                // SAFETY: both ranges lie in the stack; copied to lower
                                // addresses in rising order.
                                unsafe {
                                    let value = Value::load(base.add(usize::from(i.a) + offset));
                                    *to.add(offset) = value;
                                }
                            }
                            for missing in args..usize::from(code.num_params) {
                                // SAFETY: parameters are among the slots just checked.
                                unsafe { *to.add(1 + missing) = Value::Nil };
                            }
                            *frame = Frame {
                                callee: Callee::Lua(called),
                                func: func as u32,
                                base: func as u32 + 1,
                                top: (func + 1 + room) as u32,
                                pc: 0,
                                results: frame.results,
                                varargs: args as u32,
                                saved: 0,
                                aux: 0,
                                then: frame.then,
                                flags: (frame.flags & COUNTED) | TAIL,
                                handler: 0,
                            };
                            th.top = func + 1 + args;
                            // SAFETY: the slot after the function exists, as just checked.
                            go_on_in!(called, unsafe { to.add(1) }, 0);
                            if !EXACT && fuel.left() < need {
                                continue 'frame;
                            }
                            continue;
                        }
                    }
                    sync!();
                    match slow::tail_call(ctx, th, *i) {
                        Ok(()) => {
                            fuel.done();
                            continue 'frame;
                        }
                        Err(interrupt) => fail!(interrupt),
                    }
                }
                Op::Return => {
                    let first = base_index!() + usize::from(i.a);
                    let n = match i.b {
                        0 => th.top - first,
                        b => usize::from(b) - 1,
                    };
                    if i.c == 0 {
                        quick_return!(i.a, n);
                    }
                    sync!();
                    if i.c != 0 {
                        match slow::close_for_return(ctx, th, first, n) {
                            Ok(Some(n)) => {
                                if EXACT && hooked {
                                    hook_return!(first, n);
                                }
                                return_values!(first, n)
                            }
                            Ok(None) => continue 'frame,
                            Err(interrupt) => fail!(interrupt),
                        }
                    }
                    return_values!(first, n)
                }
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
                    match slow::mark_tbc_at(ctx, th, base_index!() + usize::from(i.a) + 3) {
                        Ok(()) => jump!(i.sx()),
                        Err(interrupt) => fail!(interrupt),
                    }
                }
                Op::TForCall => {
                    if !(EXACT && hooked)
                        && loops::quick_iteration(ctx, th, base_index!() + usize::from(i.a), i.c)
                    {
                        continue;
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
                Op::SetList => slow_alloc!(slow::set_list(ctx, th, *i)),
                Op::Closure => slow_alloc!(slow::closure(ctx, thread, th, *i)),
                Op::Vararg => {
                    sync!();
                    match slow::varargs(ctx, th, *i) {
                        Ok(()) => continue 'frame,
                        Err(interrupt) => fail!(interrupt),
                    }
                }
                Op::VarargPrep => {
                    sync!();
                    match slow::vararg_prep(ctx, th, i.a) {
                        Ok(()) => continue 'frame,
                        Err(interrupt) => fail!(interrupt),
                    }
                }
            }
        }
    }
}
