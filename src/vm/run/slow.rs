//! The parts of instructions that may call metamethods, fail, or move memory.
//!
//! Each function is one attempt of its instruction: when it returns an interrupt
//! for fuel or memory nothing visible has changed, and it will be called again.

#![expect(unsafe_code, reason = "upvalues of a closure are gathered in a raw array")]

use super::arith::{self, Fault};
use super::inherit::{index_function, newindex_function};
use crate::base::arithmetic::{canonical, float_pow};
use crate::bytecode::op::{Instr, Op};
use crate::vm::calls::access::Found;
use crate::vm::calls::error::{self, Place};
use crate::vm::calls::frames::{call_value, count_links, insert_handlers, push_lua};
use crate::vm::calls::handlers::{call_handler, call_operator, push_handler};
use crate::vm::heap::closure::{LuaClosure, Upvalue};
use crate::vm::heap::meta::Event;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::table::Table;
use crate::vm::heap::thread::{COUNTED, Callee, TAIL, Then, Thread, ThreadState};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::HASH_SLOT_BYTES;
use crate::vm::meters::fuel::{MANY, SLOW_ARITHMETIC, items_price};
use crate::vm::state::context::Context;
use crate::vm::state::retry::Request;
use std::mem::MaybeUninit;

/// How a slow path ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slow {
    /// The instruction is complete.
    Done,
    /// A frame was pushed; its return completes the instruction.
    Called,
}

impl<'gc> ThreadState<'gc> {
    /// Returns the running function and where its registers begin, if it is one of Lua's.
    #[inline(always)]
    pub(super) fn lua_frame(&self) -> Option<(LuaClosure<'gc>, usize)> {
        let frame = self.frames.last()?;
        match frame.callee {
            Callee::Lua(closure) => Some((closure, frame.base as usize)),
            Callee::Native(_) => None,
        }
    }

    #[inline(always)]
    pub(super) fn base(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.base as usize)
    }

    fn constant(&self, index: u32) -> Value<'gc> {
        self.lua_frame()
            .and_then(|(closure, _)| closure.code().constants.get(index as usize).copied())
            .unwrap_or_default()
    }

    #[inline(always)]
    fn register(&self, register: u8) -> Value<'gc> {
        self.stack.get(self.base() + register as usize)
    }

    #[inline(always)]
    fn set_register(&mut self, register: u8, value: Value<'gc>) {
        let at = self.base() + register as usize;
        self.stack.set(at, value);
    }
}

/// `R[dest] := object[key]`. With `LACKED`, [`inherited`](super::inherit::inherited) has just tried
/// the key and could not tell.
///
/// # Safety
/// `object` and `key` point to valid values that the running function keeps alive.
#[inline(never)]
pub(crate) unsafe fn get<'gc, const LACKED: bool>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    (object, key): (*const Value<'gc>, *const Value<'gc>),
    place: Place,
    dest: u8,
) -> Result<Slow, Interrupt<'gc>> {
    // SAFETY: the caller's promise.
    unsafe { get_here::<LACKED>(ctx, th, (object, key), place, dest) }
}

/// [`get`], for where it is worth its room.
///
/// # Safety
/// As [`get`].
#[inline(always)]
unsafe fn get_here<'gc, const LACKED: bool>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    (object, key): (*const Value<'gc>, *const Value<'gc>),
    place: Place,
    dest: u8,
) -> Result<Slow, Interrupt<'gc>> {
    // SAFETY: the caller's promise; the references end here.
    if let Some((function, of)) = unsafe { index_function::<LACKED>(ctx, &*object, &*key) }
        && let Some([table, name, _]) = push_handler(th, function, 2, 1, Then::Store(dest))
    {
        *table = Value::Table(of);
        // SAFETY: as above; the stack did not move.
        unsafe { Value::load(key).store(name) };
        return Ok(Slow::Called);
    }
    // SAFETY: as above.
    let (object, key) = unsafe { (Value::load(object), Value::load(key)) };
    match ctx.index_at(th, object, key, place)? {
        Found::Value(value) => {
            th.set_register(dest, value);
            Ok(Slow::Done)
        }
        Found::Handler { handler, object } => {
            call_handler(ctx, th, &[handler, object, key], 1, Then::Store(dest))?;
            Ok(Slow::Called)
        }
    }
}

/// `object[key] := value`.
///
/// # Safety
/// The pointers are to valid values that the running function keeps alive.
#[inline(never)]
pub(crate) unsafe fn set<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    (object, key): (*const Value<'gc>, *const Value<'gc>),
    value: *const Value<'gc>,
    place: Place,
) -> Result<Slow, Interrupt<'gc>> {
    // SAFETY: the caller's promise; the references end here.
    if let Some((function, of)) = unsafe { newindex_function(ctx, &*object, &*key) }
        && let Some([table, name, new]) = push_handler(th, function, 3, 0, Then::Discard)
    {
        *table = Value::Table(of);
        // SAFETY: as above; the stack did not move.
        unsafe {
            Value::load(key).store(name);
            Value::load(value).store(new);
        }
        return Ok(Slow::Called);
    }
    // SAFETY: as above.
    let (object, key, value) =
        unsafe { (Value::load(object), Value::load(key), Value::load(value)) };
    match ctx.set_index_at(th, object, key, value, place)? {
        None => Ok(Slow::Done),
        Some((handler, object)) => {
            call_handler(ctx, th, &[handler, object, key, value], 0, Then::Discard)?;
            Ok(Slow::Called)
        }
    }
}

/// Tells whether no metamethod has to be asked before a key is added.
#[inline(always)]
fn takes_new(table: Table<'_>) -> bool {
    table.metatable_or_pristine().is_none_or(|metatable| metatable.lacks(Event::NewIndex))
}

/// Stores the item at `from` when that needs neither memory nor a metamethod.
#[inline(always)]
pub(crate) fn replace_item<'gc>(
    ctx: Context<'gc>,
    table: Table<'gc>,
    key: i64,
    from: *const Value<'gc>,
) -> bool {
    table.set_int_quickly(ctx.heap(), key, from, || takes_new(table))
}

/// As [`replace_item`], where the key is a table; a new one is added if there is room.
#[inline(always)]
pub(crate) fn replace_by_table<'gc>(
    ctx: Context<'gc>,
    table: Table<'gc>,
    key: Table<'gc>,
    from: *const Value<'gc>,
) -> bool {
    table.set_table_quickly(ctx.heap(), key, from, || takes_new(table))
}

/// `SelfOp` when a function must be called or the object cannot be indexed.
///
/// # Safety
/// As [`get`].
#[inline(never)]
pub(crate) unsafe fn self_op<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    i: &Instr,
    (object, key): (*const Value<'gc>, *const Value<'gc>),
) -> Result<Slow, Interrupt<'gc>> {
    // SAFETY: the caller's promise. The object is taken before its register may be written.
    let (object, how) = unsafe {
        let from = Value::load(object);
        (from, get_here::<true>(ctx, th, (object, key), Place::Register(i.b), i.a)?)
    };
    match how {
        Slow::Done => th.set_register(i.a + 1, object),
        Slow::Called => th.set_caller_register(i.a + 1, object),
    }
    Ok(how)
}

impl<'gc> ThreadState<'gc> {
    /// Sets a register of the frame below the one just pushed.
    fn set_caller_register(&mut self, register: u8, value: Value<'gc>) {
        if let Some(caller) = self.frames.len().checked_sub(2) {
            let at = self.frames[caller].base as usize + register as usize;
            self.stack.set(at, value);
        }
    }
}

/// The operands of an arithmetic instruction with their places, in source order,
/// and the event they were written as.
fn operands<'gc>(
    th: &ThreadState<'gc>,
    i: &Instr,
    event: Event,
) -> ((Value<'gc>, Place), (Value<'gc>, Place), Event) {
    let left = (th.register(i.b), Place::Register(i.b));
    let immediate = |n: i64| (Value::Integer(n), Place::Unknown);
    let sx = i64::from(i.sx());
    match i.op {
        Op::AddI if i.c != 0 => (left, immediate(-sx), Event::Sub),
        Op::AddI => (left, immediate(sx), event),
        Op::ShrI if i.c != 0 => (left, immediate(-sx), Event::Shl),
        Op::ShrI => (left, immediate(sx), event),
        Op::ShlI => (immediate(sx), left, event),
        Op::Unm | Op::BNot => (left, left, event),
        Op::AddK
        | Op::SubK
        | Op::MulK
        | Op::ModK
        | Op::PowK
        | Op::DivK
        | Op::IDivK
        | Op::BAndK
        | Op::BOrK
        | Op::BXorK => {
            let right = (th.constant(i.x), Place::Unknown);
            if i.c != 0 { (right, left, event) } else { (left, right, event) }
        }
        _ => (left, (th.register(i.c), Place::Register(i.c)), event),
    }
}

/// Arithmetic with anything but two plain numbers, where both operands lie in registers or the
/// second is a constant.
///
/// # Safety
/// `a` and `b` are operands of the instruction, and it is that of the running function.
#[inline(never)]
pub(crate) unsafe fn arithmetic<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    i: &Instr,
    event: Event,
    operands: (*const Value<'gc>, *const Value<'gc>),
) -> Result<Slow, Interrupt<'gc>> {
    // With a constant that stands first, the operands are the other way round.
    if (i.op.is_abc() || i.c == 0)
        // SAFETY: the caller's promise.
        && unsafe { call_operator(ctx, th, operands, event, Then::Store(i.a)) }
    {
        return Ok(Slow::Called);
    }
    any_arithmetic(ctx, th, i, event)
}

/// Arithmetic with anything but two plain numbers.
#[inline(never)]
pub(crate) fn any_arithmetic<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    i: &Instr,
    event: Event,
) -> Result<Slow, Interrupt<'gc>> {
    let (a, b, event) = operands(th, i, event);
    ctx.charge(arith::price(event, &a.0, &b.0))?;
    match arith::compute(event, &a.0, &b.0) {
        Ok(value) => {
            th.set_register(i.a, value);
            Ok(Slow::Done)
        }
        Err(Fault::DivideByZero) => Err(arith::divide_by_zero(ctx, th, event)),
        Err(Fault::Operand) => {
            let handler = ctx.binary_handler(&a.0, &b.0, event);
            if handler.is_nil() {
                return Err(arith::fault(ctx, th, event, (&a.0, a.1), (&b.0, b.1)));
            }
            call_handler(ctx, th, &[handler, a.0, b.0], 1, Then::Store(i.a))?;
            Ok(Slow::Called)
        }
    }
}

/// A power that takes longer than most instructions, into a register.
///
/// # Errors
/// When fuel is refused.
#[inline(never)]
pub(crate) fn power<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    register: u8,
    x: f64,
    y: f64,
) -> Result<Slow, Interrupt<'gc>> {
    ctx.charge(SLOW_ARITHMETIC)?;
    th.set_register(register, Value::Number(canonical(float_pow(x, y))));
    Ok(Slow::Done)
}

/// Compares for equality when neither metamethods nor long strings are involved.
#[inline]
pub(crate) fn quick_equal<'gc>(a: &Value<'gc>, b: &Value<'gc>) -> Option<bool> {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => Some(a == b),
        (Value::Number(a), Value::Number(b)) => Some(a == b),
        (Value::String(a), Value::String(b)) => {
            if a.ptr_eq(*b) {
                Some(true)
            } else if a.is_short() || a.len() != b.len() {
                Some(false)
            } else {
                None
            }
        }
        (Value::Table(a), Value::Table(b)) => {
            if a.ptr_eq(*b) {
                Some(true)
            } else if a.metatable_or_pristine().is_none() && b.metatable_or_pristine().is_none() {
                Some(false)
            } else {
                None
            }
        }
        (Value::UserData(a), Value::UserData(b)) if !a.ptr_eq(*b) => None,
        (a, b) => Some(a.raw_eq(b)),
    }
}

/// `a == b` with metamethods; `None` when one was called.
///
/// # Safety
/// As [`arithmetic`].
#[inline(never)]
pub(crate) unsafe fn equal<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    operands: (*const Value<'gc>, *const Value<'gc>),
) -> Result<Option<bool>, Interrupt<'gc>> {
    // SAFETY: the caller's promise.
    if unsafe { call_operator(ctx, th, operands, Event::Eq, Then::Compare) } {
        return Ok(None);
    }
    // SAFETY: as above.
    let (a, b) = unsafe { (Value::load(operands.0), Value::load(operands.1)) };
    if let (Value::String(x), Value::String(_)) = (a, b) {
        ctx.charge(crate::vm::meters::fuel::bytes_price(x.len()))?;
        return Ok(Some(a.raw_eq(&b)));
    }
    let handler = ctx.binary_handler(&a, &b, Event::Eq);
    if handler.is_nil() {
        return Ok(Some(false));
    }
    call_handler(ctx, th, &[handler, a, b], 1, Then::Compare)?;
    Ok(None)
}

/// `a < b`, or `a <= b`; `None` when a metamethod was called.
///
/// # Safety
/// As [`arithmetic`].
#[inline(never)]
pub(crate) unsafe fn less<'gc, const OR_EQUAL: bool>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    operands: (*const Value<'gc>, *const Value<'gc>),
) -> Result<Option<bool>, Interrupt<'gc>> {
    let event = if OR_EQUAL { Event::Le } else { Event::Lt };
    // SAFETY: the caller's promise.
    if unsafe { call_operator(ctx, th, operands, event, Then::Compare) } {
        return Ok(None);
    }
    // SAFETY: as above.
    let (a, b) = unsafe { (Value::load(operands.0), Value::load(operands.1)) };
    any_less(ctx, th, a, b, event)
}

/// As [`less`], of any two values.
#[inline(never)]
fn any_less<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    a: Value<'gc>,
    b: Value<'gc>,
    event: Event,
) -> Result<Option<bool>, Interrupt<'gc>> {
    let raw = match event {
        Event::Le => ctx.raw_less_equal(&a, &b)?,
        _ => ctx.raw_less_than(&a, &b)?,
    };
    if raw.is_some() {
        return Ok(raw);
    }
    let handler = ctx.binary_handler(&a, &b, event);
    if !handler.is_nil() {
        call_handler(ctx, th, &[handler, a, b], 1, Then::Compare)?;
        return Ok(None);
    }
    if event == Event::Le {
        // As PUC's builds with compatibility for 5.3: `a <= b` is `not (b < a)`.
        let handler = ctx.binary_handler(&b, &a, Event::Lt);
        if !handler.is_nil() {
            call_handler(ctx, th, &[handler, b, a], 1, Then::CompareNot)?;
            return Ok(None);
        }
    }
    Err(error::compare(ctx, th, &a, &b))
}

/// Comparison of something that is no number with an immediate.
#[inline(never)]
pub(crate) fn compare_immediate<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    i: &Instr,
) -> Result<Option<bool>, Interrupt<'gc>> {
    let value = th.register(i.a);
    let immediate = if i.c & 2 != 0 {
        Value::Number(f64::from(i.sb()))
    } else {
        Value::Integer(i64::from(i.sb()))
    };
    match i.op {
        Op::LtI => any_less(ctx, th, value, immediate, Event::Lt),
        Op::LeI => any_less(ctx, th, value, immediate, Event::Le),
        Op::GtI => any_less(ctx, th, immediate, value, Event::Lt),
        _ => any_less(ctx, th, immediate, value, Event::Le),
    }
}

/// `R[A] := #R[B]` with a metamethod.
#[inline(never)]
pub(crate) fn length<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    i: &Instr,
) -> Result<Slow, Interrupt<'gc>> {
    let object = th.register(i.b);
    let handler = ctx.metamethod(&object, Event::Len);
    if !handler.is_nil() {
        call_handler(ctx, th, &[handler, object, object], 1, Then::Store(i.a))?;
        return Ok(Slow::Called);
    }
    let Value::Table(table) = object else {
        let place = Place::Register(i.b);
        return Err(error::operand_at(ctx, th, &object, "get length of", place));
    };
    th.set_register(i.a, Value::Integer(table.len()));
    Ok(Slow::Done)
}

/// `R[A] := {}`.
#[inline(never)]
pub(crate) fn new_table<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    i: &Instr,
) -> Result<Slow, Interrupt<'gc>> {
    let array = i.x as usize;
    let hash = if i.b == 0 { 0 } else { 1usize << (i.b - 1).min(30) };
    if array + hash * (HASH_SLOT_BYTES / 16) > 64 {
        ctx.charge(items_price(array + hash))?;
    }
    let table = Table::new(ctx.heap(), array, hash)?;
    th.set_register(i.a, Value::Table(table));
    Ok(Slow::Done)
}

/// Stores the items of a constructor.
#[inline(never)]
pub(crate) fn set_list<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    i: &Instr,
) -> Result<Slow, Interrupt<'gc>> {
    let at = th.base() + usize::from(i.a);
    let n = if i.b == 0 { th.top - at - 1 } else { usize::from(i.b) };
    let Value::Table(table) = th.stack.get(at) else { return Ok(Slow::Done) };
    ctx.charge(items_price(n))?;
    if table.append_list(ctx.heap(), i64::from(i.x) + 1, th.stack.slice(at + 1, n)) {
        return Ok(Slow::Done);
    }
    // Restartable: items set before a refusal are set again to the same values.
    table.set_list(ctx.heap(), i64::from(i.x) + 1, th.stack.slice(at + 1, n))?;
    Ok(Slow::Done)
}

/// Registers that an instruction sets at no price but its own.
pub(crate) const FEW: usize = 16;
/// Upvalues that a closure has at no price but its instruction's.
const FEW_UPVALUES: usize = 4;

/// Sets many registers to nil.
#[inline(never)]
pub(crate) fn load_nils<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    i: &Instr,
) -> Result<Slow, Interrupt<'gc>> {
    let n = usize::from(i.b) + 1;
    ctx.charge(items_price(n))?;
    let at = th.base() + usize::from(i.a);
    th.stack.clear(at, at + n);
    Ok(Slow::Done)
}

/// Makes a closure of a nested function.
#[inline(never)]
pub(crate) fn closure<'gc>(
    ctx: Context<'gc>,
    thread: Thread<'gc>,
    th: &mut ThreadState<'gc>,
    i: &Instr,
) -> Result<Slow, Interrupt<'gc>> {
    let Some((running, base)) = th.lua_frame() else { return Ok(Slow::Done) };
    let code = running.code().protos[i.x as usize];
    let wanted = &code.as_ref().proto.upvalues;
    if wanted.len() > FEW_UPVALUES {
        // Making and closing them.
        let made = wanted.iter().filter(|desc| desc.in_stack).count();
        ctx.charge((wanted.len() + made) as u64)?;
    }
    // The verifier allows no more upvalues than a byte can name.
    let mut upvalues = [const { MaybeUninit::<Upvalue<'gc>>::uninit() }; 256];
    let mut count = 0;
    for (slot, desc) in upvalues.iter_mut().zip(wanted) {
        slot.write(if desc.in_stack {
            // One made before a refusal is found again by the next attempt.
            th.find_upvalue(ctx.heap(), thread, base + usize::from(desc.index))?
        } else {
            running.upvalues()[usize::from(desc.index)]
        });
        count += 1;
    }
    // SAFETY: the first `count` were just written; the type is the same otherwise.
    let upvalues = unsafe { std::slice::from_raw_parts(upvalues.as_ptr().cast(), count) };
    ctx.state.account.reserve(LuaClosure::bytes(upvalues.len()))?;
    let made = LuaClosure::new(ctx.heap(), code, upvalues);
    th.set_register(i.a, Value::Closure(made));
    Ok(Slow::Done)
}

/// Replaces the running call by another. Native functions are called and the
/// `Return` that follows the instruction hands their results on, as in PUC: so
/// errors in them have the position of their caller.
#[inline(never)]
pub(crate) fn tail_call<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    i: &Instr,
) -> Result<(), Interrupt<'gc>> {
    let base = th.base();
    let from = base + usize::from(i.a);
    let mut args = if i.b == 0 { th.top - from - 1 } else { usize::from(i.b) - 1 };
    let Some(frame) = th.frames.last().copied() else { return Ok(()) };
    let mut callee = th.stack.get(from);
    let mut links = 0;
    if callee.type_of() != crate::vm::heap::value::Type::Function {
        // Called objects become arguments of their handlers, if a Lua function is called.
        (links, callee) = count_links(ctx, th, callee)?;
    }
    let Value::Closure(closure) = callee else {
        th.top = from + 1 + args;
        let request = Request { func: from, args, results: -1, then: Then::Results, flags: 0 };
        return call_value(ctx, th, request);
    };
    if args > MANY {
        ctx.charge(items_price(args))?;
    }
    let func = frame.func as usize;
    // Room is asked for while the frame is still there to be tried again.
    th.ensure(ctx, func + 1 + closure.code().max_stack as usize + args + links)?;
    if links > 0 {
        insert_handlers(ctx, th, from, args, (links, callee))?;
        ctx.state.fuel.done();
        args += links;
    }
    if i.c != 0 {
        th.close_upvalues(ctx.heap(), base);
    }
    th.stack.copy(from, func, args + 1);
    th.top = func + 1 + args;
    th.frames.pop();
    if frame.flags & COUNTED != 0 {
        th.c_calls -= 1;
    }
    let flags = (frame.flags & COUNTED) | TAIL;
    let request = Request { func, args, results: frame.results, then: frame.then, flags };
    // The place of the frame is paid for and its stack is there: this cannot be refused.
    push_lua(ctx, th, closure, request)
}

/// `R[A], …, R[A+C-2] := varargs`.
#[inline(never)]
pub(crate) fn varargs<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    i: &Instr,
) -> Result<(), Interrupt<'gc>> {
    let Some(frame) = th.frames.last() else { return Ok(()) };
    let base = frame.base as usize;
    let have = frame.varargs as usize;
    let from = base - have;
    let to = base + usize::from(i.a);
    let wanted = if i.c == 0 { have } else { usize::from(i.c) - 1 };
    if wanted > 32 {
        ctx.charge(items_price(wanted))?;
    }
    if i.c == 0 {
        th.ensure(ctx, to + have)?;
        th.top = to + have;
    }
    ctx.state.fuel.done();
    let moved = wanted.min(have);
    th.stack.copy(from, to, moved);
    if moved < wanted {
        th.stack.clear(to + moved, to + wanted);
    }
    Ok(())
}

/// Moves the fixed parameters of a vararg function above its extra arguments.
#[inline(never)]
pub(crate) fn vararg_prep<'gc>(
    ctx: Context<'gc>,
    th: &mut ThreadState<'gc>,
    params: u8,
) -> Result<(), Interrupt<'gc>> {
    let Some(frame) = th.frames.last() else { return Ok(()) };
    let Callee::Lua(closure) = frame.callee else { return Ok(()) };
    let given = frame.varargs as usize;
    let params = usize::from(params);
    let extra = given.saturating_sub(params);
    let old = frame.base as usize;
    // Extra arguments stay where they are; with none of them nothing moves.
    if extra > 0 {
        let base = old + given;
        let top = base + closure.code().max_stack as usize;
        if params > 32 {
            ctx.charge(items_price(params))?;
        }
        th.ensure(ctx, top)?;
        ctx.state.fuel.done();
        th.stack.copy(old, base, params);
        th.stack.clear(old, old + params);
        if let Some(frame) = th.frames.last_mut() {
            frame.base = base as u32;
            frame.top = top as u32;
        }
    }
    if let Some(frame) = th.frames.last_mut() {
        frame.varargs = extra as u32;
    }
    Ok(())
}

/// `SetUpval` for a variable from before the run: it is saved first.
///
/// # Errors
/// When fuel or memory is refused.
#[inline(never)]
pub(crate) fn set_upvalue<'gc>(
    ctx: Context<'gc>,
    upvalue: Upvalue<'gc>,
    value: Value<'gc>,
) -> Result<Slow, Interrupt<'gc>> {
    upvalue.save(ctx.heap())?;
    upvalue.set(ctx.heap(), value);
    Ok(Slow::Done)
}
