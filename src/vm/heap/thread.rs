//! Threads: a value stack, call frames, open upvalues and pending `__close`s.
//! Coroutines (manual §2.6) and the main program are threads alike.

#![expect(unsafe_code, reason = "a thread is changed in place while it runs")]

pub(in crate::vm) mod hooks;
pub(in crate::vm) mod room;
pub(in crate::vm) mod saved;

use super::closure::{LuaClosure, Upvalue};
use super::native::{Interrupt, NativeDef};
use super::stack::Stack;
use super::store::Heap;
use super::value::Value;
use crate::bytecode::op::{Instr, Op};
use crate::gc::{self, Collect, Gc, Kind, Object, Trace};
use crate::vm::meters::account::{Refused, STACK_SLOT_BYTES, THREAD_BYTES, UPVALUE_BYTES};
use crate::vm::meters::fuel::items_price;
use hooks::Hooks;
use std::cell::{Cell, UnsafeCell};

/// Most slots a stack may have: PUC's `LUAI_MAXSTACK`.
pub(crate) const MAX_STACK: usize = 1_000_000;
/// Slots a native function may push without asking: PUC's `LUA_MINSTACK`.
pub(crate) const MIN_STACK: usize = 20;
/// Most nested native calls, metamethod calls and resumes: PUC's `LUAI_MAXCCALLS`.
pub(crate) const MAX_C_CALLS: u32 = 200;
/// Slots a stack keeps beyond what frames ask for.
pub(crate) const EXTRA_STACK: usize = 5;
pub(in crate::vm) const FIRST_STACK: usize = 2 * MIN_STACK;

/// What a frame runs.
#[derive(Clone, Copy, Debug)]
pub enum Callee<'gc> {
    /// A Lua function.
    Lua(LuaClosure<'gc>),
    /// A native function.
    Native(&'static NativeDef),
}

impl Callee<'_> {
    /// Returns where a Lua function's code begins, which its frame keeps, and null for others.
    #[inline(always)]
    pub(in crate::vm) fn entry(&self) -> *const Instr {
        match self {
            Callee::Lua(closure) => closure.code().entry,
            Callee::Native(_) => std::ptr::null(),
        }
    }
}

/// What happens in the frame below when a frame returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Then {
    /// Results replace the function slot, adjusted to the wanted number; the
    /// caller goes on after its call instruction.
    Results,
    /// The first result goes to this register of the Lua caller.
    Store(u8),
    /// The first result's truth decides the compare instruction before the caller's pc.
    Compare,
    /// As [`Then::Compare`], with the result negated.
    CompareNot,
    /// Results are dropped.
    Discard,
    /// The result replaces two operands of the concatenation the caller is in.
    Concat,
    /// Results are dropped and the caller's instruction runs again (`Return`, `Close`).
    Repeat,
    /// The native caller goes on at its step; results replace the function slot.
    Native,
    /// The native caller goes on closing variables after an error.
    Unwind,
    /// The result is the new error object of the error being raised.
    Handler,
    /// Finalizers were called: the interrupted frame goes on as it was.
    Finalizers,
    /// The thread's own function: its results end the thread.
    Finish,
    /// A hook: results are dropped and the hooked function goes on where it was.
    Hook,
}

/// Frame flag: the running `Return` closes variables; `saved` values are to be returned.
pub(crate) const CLOSING: u8 = 1;
/// Frame flag: entered by a tail call.
pub(crate) const TAIL: u8 = 2;
/// Frame flag: native frame that catches errors of the calls it makes.
pub(crate) const PROTECTED: u8 = 4;
/// Frame flag: the protected frame is closing variables after an error.
pub(crate) const UNWINDING: u8 = 8;
/// Frame flag: counted in the thread's depth of native calls.
pub(crate) const COUNTED: u8 = 16;
/// Frame flag: the protected frame has a message handler in slot `handler`.
pub(crate) const HANDLER: u8 = 32;
/// Frame flag: the running `Concat` has `saved` operands left.
pub(crate) const JOINING: u8 = 64;
/// Frame flag: native frame of a thread with a hook, which is called around it.
pub(crate) const HOOKED: u8 = 128;

/// One active call.
///
/// The order of the fields counts: [`Frame::write`] writes two at a time.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Frame<'gc> {
    /// What runs.
    pub callee: Callee<'gc>,
    /// [`Callee::entry`]: a return to the function does not go the way to its code.
    pub(crate) entry: *const Instr,
    /// Stack index of the function.
    pub func: u32,
    /// Stack index of the first register or argument.
    pub base: u32,
    /// Index after the last slot a Lua frame uses, or a native one asked for.
    pub top: u32,
    /// Lua: index of the next instruction. Native: the step.
    pub pc: u32,
    /// Results the caller wants, or -1 for all.
    pub results: i32,
    /// Lua: arguments given, and after `VarargPrep` the extra ones among them.
    pub varargs: u32,
    /// Lua: values still to return ([`CLOSING`]) or operands still to concatenate
    /// ([`JOINING`]). Native: the protected slot ([`PROTECTED`]).
    pub saved: u32,
    /// Native: the step after an error ([`PROTECTED`]). Lua: index after the values
    /// still to return ([`CLOSING`]).
    pub aux: u32,
    /// What the return does.
    pub then: Then,
    /// Flags.
    pub flags: u8,
    /// Slot of a message handler, relative to `base`, if [`HANDLER`].
    pub handler: u16,
}

/// What a new frame says of the call: the stack index of the function, the end of its
/// registers, the results wanted, and the arguments given.
#[derive(Clone, Copy, Debug)]
pub(in crate::vm) struct Entered {
    pub(in crate::vm) func: u32,
    pub(in crate::vm) top: u32,
    pub(in crate::vm) results: i32,
    pub(in crate::vm) args: u32,
}

impl<'gc> Frame<'gc> {
    /// Writes a frame whose function has not begun. `entry` is its [`Callee::entry`].
    ///
    /// In words: processors take one or two stores at a time, and calls make many.
    ///
    /// # Safety
    /// There is room for a frame at `to`.
    #[inline(always)]
    pub(in crate::vm) unsafe fn write(
        to: *mut Frame<'gc>,
        (callee, entry): (Callee<'gc>, *const Instr),
        Entered { func, top, results, args }: Entered,
        (then, flags): (Then, u8),
    ) {
        fn word(first: u32, second: u32) -> u64 {
            // SAFETY: plain bytes of the same size.
            unsafe { std::mem::transmute([first, second]) }
        }
        const {
            const AT: usize = std::mem::offset_of!(Frame<'static>, func);
            assert!(std::mem::offset_of!(Frame<'static>, base) == AT + 4);
            assert!(std::mem::offset_of!(Frame<'static>, top) == AT + 8);
            assert!(std::mem::offset_of!(Frame<'static>, pc) == AT + 12);
            assert!(std::mem::offset_of!(Frame<'static>, results) == AT + 16);
            assert!(std::mem::offset_of!(Frame<'static>, varargs) == AT + 20);
            assert!(std::mem::offset_of!(Frame<'static>, saved) == AT + 24);
            assert!(size_of::<Frame<'static>>() == AT + 40);
        }
        // Nothing is saved, and zeros are what [`Then::Results`], no flags and no handler are.
        let words = [word(func, func + 1), word(top, 0), word(results as u32, args), 0, 0];
        // SAFETY: the caller's promise. Five words from `func` on are the rest of the frame, in
        // the order that is fixed, as was just checked; each field gets valid bytes.
        unsafe {
            (&raw mut (*to).callee).write(callee);
            (&raw mut (*to).entry).write(entry);
            (&raw mut (*to).func).cast::<[u64; 5]>().write_unaligned(words);
            if then != Then::Results || flags != 0 {
                (*to).then = then;
                (*to).flags = flags;
            }
        }
    }
}

impl<'gc> ThreadState<'gc> {
    /// Pushes the frame of a call; [`ThreadState::ensure_frame`] has made room for it.
    #[inline(always)]
    pub(in crate::vm) fn push_frame(
        &mut self,
        callee: (Callee<'gc>, *const Instr),
        entered: Entered,
        ending: (Then, u8),
    ) {
        let depth = self.frames.len();
        if depth == self.frames.capacity() {
            self.frames.reserve(1);
        }
        // SAFETY: as was just made sure, there is room for one more.
        unsafe {
            Frame::write(self.frames.as_mut_ptr().add(depth), callee, entered, ending);
            self.frames.set_len(depth + 1);
        }
    }
}

/// Where a coroutine is in its life (manual §6.2, `coroutine.status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not started, or stopped in a yield.
    Suspended,
    /// Running.
    Running,
    /// Resumed another coroutine.
    Normal,
    /// Finished.
    Dead,
    /// Stopped by an error; its pending `__close`s are still there.
    Failed,
}

/// The frame on a thread that calls finalizers.
#[derive(Clone, Copy, Debug)]
pub struct Driver {
    /// Its index.
    pub(in crate::vm) frame: usize,
    /// The hook of the interrupted functions.
    pub(in crate::vm) hooks: Hooks,
    /// What it runs.
    pub(in crate::vm) function: &'static NativeDef,
}

/// The mutable part of a thread.
#[derive(Debug)]
pub struct ThreadState<'gc> {
    /// The values.
    pub stack: Stack<'gc>,
    /// Index after the last live value of the running native frame, or after the
    /// last of an open list of values in a Lua frame.
    pub top: usize,
    /// Active calls, innermost last.
    pub frames: Vec<Frame<'gc>>,
    /// Open upvalues, by rising stack index.
    pub open: Vec<Upvalue<'gc>>,
    /// Stack indexes of to-be-closed variables, rising.
    pub tbc: Vec<u32>,
    /// Where the thread is in its life.
    pub status: Status,
    /// The thread that resumed this one.
    pub resumer: Option<Thread<'gc>>,
    /// Nested native calls on this thread, those of its resumers included.
    pub c_calls: u32,
    /// Slots that memory is charged for: as many as there are, but on a thread that has not
    /// run yet, or waits ([`ThreadState::rest`]).
    pub(in crate::vm) slots_charged: usize,
    /// Frames that memory is charged for.
    pub(in crate::vm) frames_charged: usize,
    /// The slots that may hold something, since the last collection, end here or at the last
    /// register of a frame.
    pub high_water: usize,
    /// Message handlers of a stack overflow that are active: they get some room
    /// beyond the limit.
    pub handling: u32,
    /// Error objects of the frames that are unwinding, innermost last.
    pub errors: Vec<Value<'gc>>,
    /// The frame that calls finalizers, if they run on this thread.
    pub driver: Option<Box<Driver>>,
    /// The thread's debug hook.
    pub hooks: Hooks,
}

/// A thread (manual §2.6).
#[derive(Clone, Copy, Debug)]
pub struct Thread<'gc>(Gc<'gc, ThreadBox<'gc>>);

struct ThreadBox<'gc> {
    id: u64,
    /// The run that saved this thread in the journal, or was the first to see it.
    stamp: Cell<u32>,
    state: UnsafeCell<ThreadState<'gc>>,
}

impl std::fmt::Debug for ThreadBox<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Thread").field("id", &self.id).finish()
    }
}

impl Drop for ThreadBox<'_> {
    fn drop(&mut self) {
        let state = self.state.get_mut();
        gc::freed_thread();
        gc::freed(THREAD_BYTES + state.own_bytes());
    }
}

/// Units of a collection for a thread, whose parts lie here and there.
const EFFORT: u64 = 32;

// SAFETY: live stack slots, callees, open upvalues and the resumer are all the collected
// pointers; slots above the live part are cleared by every collection, or traced with it.
unsafe impl<'gc> Collect<'gc> for ThreadBox<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        // SAFETY: nothing runs while the collector traces, so no `&mut` exists.
        let state = unsafe { &mut *self.state.get() };
        let live = state.live_top();
        cc.places(items_price(live) as usize + state.frames.len());
        // While a run may be undone, what it did not touch stays as it is.
        if gc::is_old(&self.stamp) {
            let left = state.left_top(live);
            cc.effort(EFFORT + left as u64);
            state.trace_live(cc, left);
            return;
        }
        cc.effort(EFFORT + live as u64);
        state.trace_live(cc, live);
        // Dead slots may refer to objects about to be freed: no later frame may see them, nor
        // a later collection where this one goes on.
        let registers = state.registers_end(live);
        state.stack.clear(live, state.written_end(registers));
        state.high_water = registers;
        state.shrink();
    }
}

// SAFETY: the kind is this type's alone.
unsafe impl<'gc> Object<'gc> for ThreadBox<'gc> {
    const KIND: Kind = Kind::Thread;
}

// SAFETY: the only pointer is traced.
unsafe impl<'gc> Collect<'gc> for Thread<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        cc.trace(&self.0);
    }
}

impl<'gc> Thread<'gc> {
    /// Makes a suspended thread with an empty stack.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn new(heap: Heap<'gc>) -> Result<Thread<'gc>, Interrupt<'gc>> {
        heap.store.account.reserve(THREAD_BYTES + FIRST_STACK * STACK_SLOT_BYTES)?;
        let thread = Thread::allocate(heap.mc, heap.store.fresh_id());
        thread.set_stamp(heap.store.journal.epoch.get());
        thread.state().stack = Stack::new(FIRST_STACK);
        Ok(thread)
    }

    /// Makes the machine's first thread, before there is an account.
    pub(in crate::vm) fn allocate(mc: &gc::Mutation<'gc>, id: u64) -> Thread<'gc> {
        Thread(Gc::new(
            mc,
            ThreadBox { id, stamp: Cell::new(0), state: UnsafeCell::new(ThreadState::fresh()) },
        ))
    }

    /// Returns the thread's state.
    ///
    /// The machine holds at most one such reference to a thread at a time: it asks
    /// for it when it begins to run the thread or needs one of its fields, and lets
    /// go before it asks again. Open upvalues reach stack slots through raw
    /// pointers only, never through this reference.
    #[inline(always)]
    pub fn state(&self) -> &'gc mut ThreadState<'gc> {
        // SAFETY: the machine is single-threaded and follows the rule above.
        unsafe { &mut *self.0.as_ref().state.get() }
    }

    /// Returns the mark the journal left.
    pub(in crate::vm) fn stamp(self) -> u32 {
        self.0.stamp.get()
    }

    /// Sets the mark of the journal.
    pub(in crate::vm) fn set_stamp(self, stamp: u32) {
        self.0.stamp.set(stamp);
    }

    /// Tells the collector that the thread's stack is about to change without
    /// further barriers: called whenever the machine begins to run it.
    pub fn touch(self, mc: &gc::Mutation<'gc>) {
        mc.backward_barrier(Gc::erase(self.0), None);
    }

    /// Returns the serial id.
    pub fn id(self) -> u64 {
        self.0.id
    }

    /// Tells whether both are the same object.
    pub fn ptr_eq(self, other: Thread<'gc>) -> bool {
        Gc::ptr_eq(self.0, other.0)
    }

    #[inline(always)]
    pub(in crate::vm) fn erase(self) -> Gc<'gc, ()> {
        Gc::erase(self.0)
    }
}

/// Returns how many registers may be in use right after an instruction, if it tells.
///
/// These instructions put their result into the first free register, so those above
/// hold nothing that is read before it is written: else whoever comes from the
/// instruction would read what the call, the constructor or the operands left there.
/// What they left must not keep objects alive (manual §2.5: PUC marks no further).
fn live_after(instr: &Instr) -> Option<usize> {
    let first = usize::from(instr.a);
    match instr.op {
        Op::NewTable | Op::SetList | Op::Concat | Op::Closure => Some(first + 1),
        // Not for an open list of results: it ends at the thread's top.
        Op::Call if instr.c > 0 => Some(first + usize::from(instr.c) - 1),
        _ => None,
    }
}

/// Returns how many registers may be in use right before an instruction, if it tells:
/// the other side of [`live_after`]. A request that is refused collects there, and what a
/// call left above must not keep the garbage alive that is to make room.
fn live_before(instr: &Instr) -> Option<usize> {
    let first = usize::from(instr.a);
    match instr.op {
        Op::NewTable | Op::Closure => Some(first),
        Op::Concat => Some(first + usize::from(instr.b)),
        _ => None,
    }
}

impl<'gc> ThreadState<'gc> {
    /// Makes the state of a thread on which nothing runs. Its stack is there when somebody
    /// asks for room.
    pub(in crate::vm) fn fresh() -> ThreadState<'gc> {
        ThreadState {
            stack: Stack::none(),
            top: 0,
            frames: Vec::new(),
            open: Vec::new(),
            tbc: Vec::new(),
            status: Status::Suspended,
            resumer: None,
            c_calls: 0,
            slots_charged: FIRST_STACK,
            frames_charged: 0,
            high_water: 0,
            handling: 0,
            errors: Vec::new(),
            driver: None,
            hooks: Hooks::default(),
        }
    }

    /// Tells whether a frame of this thread is the one that calls finalizers.
    pub(in crate::vm) fn is_driver(&self, frame: &Frame<'gc>) -> bool {
        let Callee::Native(def) = frame.callee else { return false };
        self.driver.as_ref().is_some_and(|driver| std::ptr::eq(def, driver.function))
    }

    /// Returns the number of active calls that tracebacks and levels count: all but the
    /// frame that calls finalizers.
    pub fn call_count(&self) -> usize {
        self.frames.len() - usize::from(self.driver.is_some())
    }

    /// Returns the index of the frame of call number `call`, counted from the outermost
    /// one, 0, as [`ThreadState::call_count`] does.
    pub fn frame_of_call(&self, call: usize) -> usize {
        call + usize::from(self.driver.as_ref().is_some_and(|driver| driver.frame <= call))
    }

    /// Returns the index after the last slot whose value may still be read.
    pub fn live_top(&self) -> usize {
        self.live_above(self.open.last().map_or(0, |upvalue| upvalue.index() + 1))
    }

    /// As [`ThreadState::live_top`], where variables up to index `open` (exclusive) are open.
    fn live_above(&self, open: usize) -> usize {
        let running = self.frames.last().map_or(self.top, |frame| match frame.callee {
            Callee::Lua(closure) => {
                let code = &closure.proto().code;
                let pc = frame.pc as usize;
                let before = pc.checked_sub(1).and_then(|before| code.get(before));
                let registers = match code.get(pc) {
                    // Its arguments, which may be more than its registers, are still to be told
                    // apart.
                    Some(next) if next.op == Op::VarargPrep => {
                        Some((frame.varargs as usize).max(usize::from(next.a)))
                    }
                    next => next.and_then(live_before).or_else(|| before.and_then(live_after)),
                };
                match registers {
                    Some(registers) => frame.base as usize + registers,
                    None => self.top.max(frame.top as usize),
                }
            }
            Callee::Native(_) => self.top,
        });
        // While an error unwinds, what it has still to close lies above the native frame
        // that catches it.
        let to_close = self.tbc.last().map_or(0, |slot| *slot as usize + 1);
        let live = running.max(self.open_top()).max(to_close).max(open);
        live.min(self.stack.capacity())
    }

    /// Returns the index after the last slot that a collection may find something in: `live`,
    /// or more if calls have left something above. Where the instruction does not tell which
    /// registers are dead, a function has them all, with what was left in them; so whoever
    /// copies or moves a stack takes that along.
    pub(in crate::vm) fn left_top(&self, live: usize) -> usize {
        let end = self.written_end(self.registers_end(live));
        let above = self.stack.slice(live, end.saturating_sub(live));
        live + above.iter().rposition(Value::is_no_number).map_or(0, |last| last + 1)
    }

    /// Returns the index after the last register of all frames, which write to theirs without
    /// saying so, or `live` if that is more.
    pub(in crate::vm) fn registers_end(&self, live: usize) -> usize {
        let registers = self.frames.iter().map(|frame| frame.top as usize).max().unwrap_or(0);
        registers.max(live).min(self.stack.capacity())
    }

    /// Returns the index after the last slot that may hold something, of a thread whose
    /// registers end at `registers`.
    fn written_end(&self, registers: usize) -> usize {
        self.high_water.min(self.stack.capacity()).max(registers)
    }

    /// Returns the open upvalue of slot `index`, making it if there is none.
    ///
    /// # Errors
    /// When memory is refused.
    #[inline]
    pub fn find_upvalue(
        &mut self,
        heap: Heap<'gc>,
        thread: Thread<'gc>,
        index: usize,
    ) -> Result<Upvalue<'gc>, Interrupt<'gc>> {
        let place = match self.open.last() {
            // Mostly the last one, or above it.
            Some(last) if last.index() == index => return Ok(*last),
            Some(last) if last.index() > index => {
                match self.open.binary_search_by_key(&index, |upvalue| upvalue.index()) {
                    Ok(found) => return Ok(self.open[found]),
                    Err(place) => place,
                }
            }
            _ => self.open.len(),
        };
        heap.store.account.reserve(UPVALUE_BYTES)?;
        if self.open.try_reserve(1).is_err() {
            heap.store.account.release(UPVALUE_BYTES);
            return Err(Refused { bytes: UPVALUE_BYTES }.into());
        }
        let upvalue = Upvalue::open(heap, thread, index, self.stack.at(index));
        self.open.insert(place, upvalue);
        Ok(upvalue)
    }

    /// Closes all open upvalues at or above slot `level`.
    #[inline]
    pub fn close_upvalues(&mut self, heap: Heap<'gc>, level: usize) {
        while let Some(upvalue) = self.open.last() {
            if upvalue.index() < level {
                break;
            }
            upvalue.close(heap);
            self.open.pop();
        }
    }

    /// Pushes a value; room was made.
    #[inline(always)]
    pub fn push(&mut self, value: Value<'gc>) {
        self.stack.set(self.top, value);
        self.top += 1;
    }

    /// Remembers how far a native function pushed, so that the slots are cleared.
    #[inline]
    pub(in crate::vm) fn note_high_water(&mut self) {
        if self.top > self.high_water {
            self.high_water = self.top;
        }
    }

    /// Returns the end of the values a closing `Return` keeps above its registers.
    pub(in crate::vm) fn open_top(&self) -> usize {
        match self.frames.last() {
            Some(frame) if frame.flags & CLOSING != 0 => frame.aux as usize,
            _ => 0,
        }
    }

    /// Tells whether the thread is running or waiting for one it resumed.
    pub fn is_active(&self) -> bool {
        matches!(self.status, Status::Running | Status::Normal)
    }

    /// Starts closing variables for the innermost frame, which catches the error if
    /// there is one (`coroutine.close` closes without). The executor goes on with it.
    pub(in crate::vm) fn begin_unwinding(&mut self, error: Option<Value<'gc>>) {
        let Some(frame) = self.frames.last_mut() else { return };
        frame.flags |= UNWINDING;
        // For native frames `varargs` is free: it tells whether there is an error at all.
        frame.varargs = u32::from(error.is_some());
        self.errors.push(error.unwrap_or_default());
    }
}
