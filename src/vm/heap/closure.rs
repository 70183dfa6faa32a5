//! Functions with their upvalues, and prototypes made ready to run.

#![expect(unsafe_code, reason = "upvalues point into stacks; collected types trace themselves")]

use super::counts::Counts;
use super::native::{Interrupt, NativeDef};
use super::store::Heap;
use super::string::Str;
use super::thread::Thread;
use super::value::Value;
use crate::bytecode::op::Instr;
use crate::bytecode::proto::Proto;
use crate::gc::{self, Collect, Gc, Kind, Object, Trace};
use crate::vm::meters::account::{
    CLOSURE_BYTES, NATIVE_CLOSURE_BYTES, UPVALUE_BYTES, UPVALUE_REF_BYTES,
};
use std::cell::{Cell, OnceCell, UnsafeCell};
use std::mem::MaybeUninit;
use std::rc::Rc;
use std::sync::Arc;

/// The texts that the prototypes of a chunk share: names, and strings among constants.
#[derive(Debug)]
pub(in crate::vm) struct Texts {
    /// Logical bytes charged for them.
    charged: usize,
}

impl Texts {
    pub(in crate::vm) fn new(charged: usize) -> Texts {
        Texts { charged }
    }
}

impl Drop for Texts {
    fn drop(&mut self) {
        gc::freed(self.charged);
    }
}

/// A prototype whose constants are values of one session.
#[derive(Debug)]
pub struct Code<'gc> {
    /// The shared, immutable code.
    pub proto: Arc<Proto>,
    /// The whole name of the chunk, where it is longer than what the prototype keeps and
    /// scripts may ask for it.
    name: Option<Str<'gc>>,
    /// What the prototype's texts are charged to.
    _texts: Rc<Texts>,
    /// Its constants as values.
    pub constants: Box<[Value<'gc>]>,
    /// Nested functions in order.
    pub protos: Box<[Gc<'gc, Code<'gc>>]>,
    /// Logical bytes charged for it.
    pub charged: usize,
    /// The first instruction: `proto.code`, without the way there.
    pub(in crate::vm) entry: *const Instr,
    /// Number of instructions: the longest straight run is not longer.
    pub(in crate::vm) code_len: u32,
    /// Registers it needs.
    pub(in crate::vm) max_stack: u8,
    /// Fixed parameters.
    pub(in crate::vm) num_params: u8,
    /// How often its instructions were executed, in sessions that count.
    pub(in crate::vm) counts: OnceCell<Rc<Counts>>,
}

impl<'gc> Code<'gc> {
    /// Makes runnable code. The prototype passed the verifier.
    pub(in crate::vm) fn new(
        proto: Arc<Proto>,
        constants: Box<[Value<'gc>]>,
        protos: Box<[Gc<'gc, Code<'gc>>]>,
        charged: usize,
        texts: Rc<Texts>,
        name: Option<Str<'gc>>,
    ) -> Code<'gc> {
        let (entry, code_len) = (proto.code.as_ptr(), proto.code.len() as u32);
        let (max_stack, num_params) = (proto.max_stack, proto.num_params);
        let _texts = texts;
        Code {
            proto,
            name,
            _texts,
            constants,
            protos,
            charged,
            entry,
            code_len,
            max_stack,
            num_params,
            counts: OnceCell::new(),
        }
    }
}

impl Drop for Code<'_> {
    fn drop(&mut self) {
        gc::freed(self.charged);
    }
}

// SAFETY: constants and nested code are all the collected pointers.
unsafe impl<'gc> Collect<'gc> for Code<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        if let Some(name) = &self.name {
            cc.trace(name);
        }
        for constant in &self.constants {
            cc.trace(constant);
        }
        for code in &self.protos {
            cc.trace(code);
        }
    }
}

// SAFETY: the kind is this type's alone.
unsafe impl<'gc> Object<'gc> for Code<'gc> {
    const KIND: Kind = Kind::Code;
}

/// A variable shared between closures (manual §3.5). Open while its variable
/// lives in a stack, closed afterwards.
#[derive(Clone, Copy, Debug)]
pub struct Upvalue<'gc>(Gc<'gc, UpvalueBox<'gc>>);

pub(in crate::vm) struct UpvalueBox<'gc> {
    /// Where the value is: a slot of `thread`'s stack, or `closed`.
    at: Cell<*mut Value<'gc>>,
    /// The value once it is closed; while it is open, its stack index.
    closed: UnsafeCell<Value<'gc>>,
    /// The thread whose stack holds the variable while it is open: kept alive so that `at` is.
    thread: Cell<Option<Thread<'gc>>>,
    /// The run that saved this upvalue in the journal, or was the first to see it.
    stamp: Cell<u32>,
    /// Serial number of the variable, 0 until somebody asks for it.
    serial: Cell<u32>,
}

impl std::fmt::Debug for UpvalueBox<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upvalue").field("open", &self.thread.get().is_some()).finish()
    }
}

impl Drop for UpvalueBox<'_> {
    fn drop(&mut self) {
        gc::freed(UPVALUE_BYTES);
    }
}

// SAFETY: a closed upvalue owns its value, an open one's value is traced by its thread.
unsafe impl<'gc> Collect<'gc> for UpvalueBox<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        gc::is_old(&self.stamp);
        match self.thread.get() {
            Some(thread) => cc.trace(&thread),
            // SAFETY: nothing runs while the collector traces, so no `&mut` exists.
            None => cc.trace(unsafe { &*self.closed.get() }),
        }
    }
}

// SAFETY: the kind is this type's; the destructor only counts.
unsafe impl<'gc> Object<'gc> for UpvalueBox<'gc> {
    const KIND: Kind = Kind::Upvalue;
    const OWNS: bool = false;
}

// SAFETY: the only pointer is traced.
unsafe impl<'gc> Collect<'gc> for Upvalue<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        cc.trace(&self.0);
    }
}

impl<'gc> Upvalue<'gc> {
    /// Makes an open upvalue for slot `index` of `thread`, which lies at `at`.
    /// Memory is reserved by the caller.
    pub(in crate::vm) fn open(
        heap: Heap<'gc>,
        thread: Thread<'gc>,
        index: usize,
        at: *mut Value<'gc>,
    ) -> Upvalue<'gc> {
        Upvalue(Gc::make(heap.mc, || UpvalueBox {
            at: Cell::new(at),
            closed: UnsafeCell::new(Value::Integer(index as i64)),
            thread: Cell::new(Some(thread)),
            stamp: Cell::new(heap.store.journal.epoch.get()),
            serial: Cell::new(0),
        }))
    }

    /// Makes a closed upvalue. Memory is reserved by the caller.
    pub(in crate::vm) fn closed(heap: Heap<'gc>, value: Value<'gc>) -> Upvalue<'gc> {
        let upvalue = Upvalue(Gc::new(
            heap.mc,
            UpvalueBox {
                at: Cell::new(std::ptr::null_mut()),
                closed: UnsafeCell::new(value),
                thread: Cell::new(None),
                stamp: Cell::new(heap.store.journal.epoch.get()),
                serial: Cell::new(0),
            },
        ));
        upvalue.0.at.set(upvalue.0.closed.get());
        upvalue
    }

    /// Returns where the value is now.
    #[inline(always)]
    pub(in crate::vm) fn place(self) -> *const Value<'gc> {
        self.0.at.get()
    }

    /// Returns the value.
    #[inline(always)]
    pub fn get(self) -> Value<'gc> {
        // SAFETY: `at` points to `closed` (objects do not move) or to a slot of the stack of
        // `thread`, which this upvalue keeps alive; the stack repoints its open upvalues
        // whenever it moves (`ThreadState::grow`). Values are `Copy` and no reference to a
        // slot outlives one operation.
        unsafe { Value::load(self.0.at.get()) }
    }

    /// Sets the value.
    #[inline(always)]
    pub fn set(self, heap: Heap<'gc>, value: Value<'gc>) {
        if let Some(child) = value.collectable() {
            heap.mc.backward_barrier(Gc::erase(self.0), Some(child));
        }
        // SAFETY: as in `get`.
        unsafe { *self.0.at.get() = value }
    }

    /// Returns the mark the journal left.
    #[inline(always)]
    pub(in crate::vm) fn stamp(self) -> u32 {
        self.0.stamp.get()
    }

    /// Sets the mark of the journal.
    pub(super) fn set_stamp(self, stamp: u32) {
        self.0.stamp.set(stamp);
    }

    /// Returns the thread whose stack holds the variable while it is open.
    pub(in crate::vm) fn thread(self) -> Option<Thread<'gc>> {
        self.0.thread.get()
    }

    /// Gives a closed upvalue the value it had. It is old: the next run saves it again.
    pub(super) fn restore(self, value: Value<'gc>) {
        if !self.is_open() {
            // SAFETY: as in `get`.
            unsafe { *self.0.at.get() = value };
        }
        self.0.stamp.set(0);
    }

    /// Makes an upvalue open that was so when its thread was saved.
    pub(super) fn reopen(self, thread: Thread<'gc>, index: usize, at: *mut Value<'gc>) {
        // SAFETY: nothing refers to the closed value any more.
        unsafe { *self.0.closed.get() = Value::Integer(index as i64) };
        self.0.at.set(at);
        self.0.thread.set(Some(thread));
        // Old: the next run saves the thread again.
        self.0.stamp.set(0);
    }

    /// Tells whether somebody asked for the serial number.
    pub(crate) fn has_serial(self) -> bool {
        self.0.serial.get() != 0
    }

    /// Takes the serial number back.
    pub(super) fn forget_serial(self) {
        self.0.serial.set(0);
    }

    /// Returns the stack index of an open upvalue.
    pub(in crate::vm) fn index(self) -> usize {
        // SAFETY: nobody writes to it while it is open, and values are `Copy`.
        match unsafe { *self.0.closed.get() } {
            Value::Integer(index) if self.is_open() => index as usize,
            _ => 0,
        }
    }

    /// Returns the variable's serial number, the next of `last` at the first time.
    pub(in crate::vm) fn serial(self, last: &Cell<u32>) -> u32 {
        if self.0.serial.get() == 0 {
            last.set(last.get().saturating_add(1));
            self.0.serial.set(last.get());
        }
        self.0.serial.get()
    }

    /// Tells whether the variable still lives in a stack.
    pub fn is_open(self) -> bool {
        self.0.thread.get().is_some()
    }

    /// Repoints an open upvalue after its stack moved.
    pub(in crate::vm) fn repoint(self, at: *mut Value<'gc>) {
        self.0.at.set(at);
    }

    /// Takes the value out of the stack.
    pub(in crate::vm) fn close(self, heap: Heap<'gc>) {
        heap.mc.backward_barrier(Gc::erase(self.0), None);
        self.leave_stack();
    }

    /// As [`Upvalue::close`], where no collection is under way.
    #[inline(always)]
    pub(super) fn leave_stack(self) {
        let value = self.get();
        // SAFETY: `closed` is not in use while the upvalue is open.
        unsafe { *self.0.closed.get() = value };
        self.0.at.set(self.0.closed.get());
        self.0.thread.set(None);
    }

    /// Tells whether both are the same variable.
    pub fn ptr_eq(self, other: Upvalue<'gc>) -> bool {
        Gc::ptr_eq(self.0, other.0)
    }

    /// Returns an address-free identity: none is observable, so only equality matters.
    #[inline(always)]
    pub(in crate::vm) fn erase(self) -> Gc<'gc, ()> {
        Gc::erase(self.0)
    }
}

/// A Lua function: code and upvalues.
#[derive(Clone, Copy, Debug)]
pub struct LuaClosure<'gc>(Gc<'gc, ClosureHeader<'gc>>);

/// What every closure object begins with; `count` upvalues follow.
#[repr(C)]
#[derive(Debug)]
pub(in crate::vm) struct ClosureHeader<'gc> {
    code: Gc<'gc, Code<'gc>>,
    id: u64,
    count: usize,
}

/// A closure object with room for `N` upvalues, of which the first `count` are there.
#[repr(C)]
struct ClosureBox<'gc, const N: usize> {
    header: ClosureHeader<'gc>,
    upvalues: UnsafeCell<[MaybeUninit<Upvalue<'gc>>; N]>,
}

const _: () = assert!(
    std::mem::offset_of!(ClosureBox<'static, 1>, upvalues) == size_of::<ClosureHeader<'static>>()
);

impl<const N: usize> Drop for ClosureBox<'_, N> {
    fn drop(&mut self) {
        gc::freed(CLOSURE_BYTES + UPVALUE_REF_BYTES * self.header.count);
    }
}

// SAFETY: code and upvalues are all the collected pointers.
unsafe impl<'gc, const N: usize> Collect<'gc> for ClosureBox<'gc, N> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        cc.trace(&self.header.code);
        // SAFETY: nothing runs while the collector traces.
        for upvalue in unsafe { &(&*self.upvalues.get())[..self.header.count] } {
            // SAFETY: the first `count` are initialised.
            cc.trace(unsafe { upvalue.assume_init_ref() });
        }
    }
}

// SAFETY: the kind is this type's; the destructor only counts.
unsafe impl<'gc, const N: usize> Object<'gc> for ClosureBox<'gc, N> {
    const KIND: Kind = match N {
        1 => Kind::Closure1,
        2 => Kind::Closure2,
        4 => Kind::Closure4,
        8 => Kind::Closure8,
        16 => Kind::Closure16,
        32 => Kind::Closure32,
        64 => Kind::Closure64,
        128 => Kind::Closure128,
        _ => {
            assert!(N == 255, "a size without a kind");
            Kind::Closure255
        }
    };
    const OWNS: bool = false;
}

// SAFETY: the only pointer is traced; `Gc` keeps the allocation's own trace and layout.
unsafe impl<'gc> Collect<'gc> for LuaClosure<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        cc.trace_gc(Gc::erase(self.0));
    }
}

impl<'gc> LuaClosure<'gc> {
    /// Makes a closure. Memory is reserved by the caller ([`LuaClosure::bytes`]).
    pub(in crate::vm) fn new(
        heap: Heap<'gc>,
        code: Gc<'gc, Code<'gc>>,
        upvalues: &[Upvalue<'gc>],
    ) -> LuaClosure<'gc> {
        // At most 255: operands that name upvalues are bytes. No size has room for more than
        // twice as many as there are: a reference is half of what is charged for it.
        match upvalues.len() {
            0..=1 => Self::sized::<1>(heap, code, upvalues),
            2 => Self::sized::<2>(heap, code, upvalues),
            3..=4 => Self::sized::<4>(heap, code, upvalues),
            5..=8 => Self::sized::<8>(heap, code, upvalues),
            9..=16 => Self::sized::<16>(heap, code, upvalues),
            17..=32 => Self::sized::<32>(heap, code, upvalues),
            33..=64 => Self::sized::<64>(heap, code, upvalues),
            65..=128 => Self::sized::<128>(heap, code, upvalues),
            _ => Self::sized::<255>(heap, code, upvalues),
        }
    }

    #[inline]
    fn sized<const N: usize>(
        heap: Heap<'gc>,
        code: Gc<'gc, Code<'gc>>,
        upvalues: &[Upvalue<'gc>],
    ) -> LuaClosure<'gc> {
        let count = upvalues.len().min(N);
        let id = heap.store.fresh_id();
        let object = Gc::make(heap.mc, || ClosureBox::<N> {
            header: ClosureHeader { code, id, count },
            upvalues: UnsafeCell::new([const { MaybeUninit::uninit() }; N]),
        });
        // SAFETY: nobody else knows the object yet.
        let slots = unsafe { &mut *object.as_ref().upvalues.get() };
        for (slot, upvalue) in slots.iter_mut().zip(upvalues) {
            slot.write(*upvalue);
        }
        // SAFETY: `ClosureBox` is `repr(C)` and begins with the header.
        LuaClosure(unsafe { Gc::cast::<ClosureHeader<'gc>>(object) })
    }

    /// Returns the logical size of a closure with `upvalues` upvalues.
    pub(in crate::vm) fn bytes(upvalues: usize) -> usize {
        CLOSURE_BYTES + UPVALUE_REF_BYTES * upvalues
    }

    /// Returns the code.
    #[inline(always)]
    pub fn code(self) -> Gc<'gc, Code<'gc>> {
        self.0.code
    }

    /// Returns the prototype.
    #[inline(always)]
    pub fn proto(self) -> &'gc Proto {
        &self.0.as_ref().code.as_ref().proto
    }

    /// Returns the name of the chunk as it was given, where scripts may ask for it; else
    /// what messages show.
    pub fn source_name(self) -> &'gc [u8] {
        match self.0.code.name {
            Some(name) => name.as_bytes(),
            None => &self.proto().source,
        }
    }

    /// Returns where the upvalues lie.
    #[inline(always)]
    fn slots(self) -> *mut Upvalue<'gc> {
        let header: *const ClosureHeader<'gc> = Gc::as_ptr(self.0);
        // SAFETY: the upvalues follow the header (asserted above).
        unsafe { header.add(1).cast::<Upvalue<'gc>>().cast_mut() }
    }

    /// Returns the upvalues.
    #[inline(always)]
    pub fn upvalues(self) -> &'gc [Upvalue<'gc>] {
        // SAFETY: `count` are initialised. One is replaced only by `set_upvalue`, which is
        // never called while a slice of upvalues is held (none outlives one operation).
        unsafe { std::slice::from_raw_parts(self.slots(), self.0.count) }
    }

    /// Returns upvalue `n`.
    ///
    /// # Safety
    /// There are more than `n` upvalues.
    #[inline(always)]
    pub(in crate::vm) unsafe fn upvalue(self, n: u8) -> Upvalue<'gc> {
        debug_assert!(usize::from(n) < self.0.count);
        // SAFETY: as the caller says.
        unsafe { *self.slots().add(usize::from(n)) }
    }

    /// As [`LuaClosure::set_upvalue`], between two runs.
    pub(super) fn restore_upvalue(self, n: usize, upvalue: Upvalue<'gc>) {
        if n < self.0.count {
            // SAFETY: as in `set_upvalue`.
            unsafe { *self.slots().add(n) = upvalue };
        }
    }

    /// Makes the closure's upvalue `n` refer to another variable (`debug.upvaluejoin`).
    pub fn set_upvalue(self, heap: Heap<'gc>, n: usize, upvalue: Upvalue<'gc>) {
        if n < self.0.count {
            heap.mc.backward_barrier(Gc::erase(self.0), Some(upvalue.erase()));
            // SAFETY: in range, and no slice from `upvalues` is held here.
            unsafe { *self.slots().add(n) = upvalue };
        }
    }

    /// Returns the serial id.
    pub fn id(self) -> u64 {
        self.0.id
    }

    /// Tells whether both are the same object.
    pub fn ptr_eq(self, other: LuaClosure<'gc>) -> bool {
        Gc::ptr_eq(self.0, other.0)
    }

    #[inline(always)]
    pub(in crate::vm) fn erase(self) -> Gc<'gc, ()> {
        Gc::erase(self.0)
    }
}

/// A native function with upvalues of its own.
#[derive(Clone, Copy, Debug)]
pub struct NativeClosure<'gc>(Gc<'gc, NativeClosureBox<'gc>>);

#[derive(Debug)]
struct NativeClosureBox<'gc> {
    def: &'static NativeDef,
    id: u64,
    /// As of an upvalue.
    stamp: Cell<u32>,
    upvalues: Box<[Cell<Value<'gc>>]>,
}

impl Drop for NativeClosureBox<'_> {
    fn drop(&mut self) {
        gc::freed(NativeClosure::bytes(self.upvalues.len()));
    }
}

// SAFETY: the upvalues are all the collected pointers.
unsafe impl<'gc> Collect<'gc> for NativeClosureBox<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        gc::is_old(&self.stamp);
        for upvalue in &self.upvalues {
            cc.trace(&upvalue.get());
        }
    }
}

// SAFETY: the kind is this type's alone.
unsafe impl<'gc> Object<'gc> for NativeClosureBox<'gc> {
    const KIND: Kind = Kind::NativeClosure;
}

// SAFETY: the only pointer is traced.
unsafe impl<'gc> Collect<'gc> for NativeClosure<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        cc.trace(&self.0);
    }
}

impl<'gc> NativeClosure<'gc> {
    /// Makes a native function with upvalues.
    ///
    /// # Errors
    /// When memory is refused.
    pub fn new(
        heap: Heap<'gc>,
        def: &'static NativeDef,
        upvalues: &[Value<'gc>],
    ) -> Result<NativeClosure<'gc>, Interrupt<'gc>> {
        heap.store.account.reserve(NativeClosure::bytes(upvalues.len()))?;
        let upvalues = upvalues.iter().map(|value| Cell::new(*value)).collect();
        let stamp = Cell::new(heap.store.journal.epoch.get());
        let object = NativeClosureBox { def, id: heap.store.fresh_id(), stamp, upvalues };
        Ok(NativeClosure(Gc::new(heap.mc, object)))
    }

    /// Returns the logical size of a native closure with `upvalues` upvalues.
    fn bytes(upvalues: usize) -> usize {
        NATIVE_CLOSURE_BYTES + UPVALUE_REF_BYTES * upvalues
    }

    /// Returns the function's description.
    #[inline(always)]
    pub fn def(self) -> &'static NativeDef {
        self.0.def
    }

    /// Returns the number of upvalues.
    pub fn upvalue_count(self) -> usize {
        self.0.upvalues.len()
    }

    /// Returns upvalue `n`, or nil.
    #[inline(always)]
    pub fn upvalue(self, n: usize) -> Value<'gc> {
        match self.0.upvalues.get(n) {
            // SAFETY: a valid value.
            Some(slot) => unsafe { Value::load(slot.as_ptr()) },
            None => Value::Nil,
        }
    }

    /// Returns the mark the journal left.
    pub(in crate::vm) fn stamp(self) -> u32 {
        self.0.stamp.get()
    }

    /// Sets the mark of the journal.
    pub(in crate::vm) fn set_stamp(self, stamp: u32) {
        self.0.stamp.set(stamp);
    }

    /// As [`NativeClosure::set_upvalue`], between two runs.
    pub(super) fn restore_upvalue(self, n: usize, value: Value<'gc>) {
        if let Some(slot) = self.0.upvalues.get(n) {
            slot.set(value);
        }
        self.0.stamp.set(0);
    }

    /// Sets upvalue `n`.
    #[inline]
    pub fn set_upvalue(self, heap: Heap<'gc>, n: usize, value: Value<'gc>) {
        heap.mc.backward_barrier(Gc::erase(self.0), value.collectable());
        if let Some(slot) = self.0.upvalues.get(n) {
            // SAFETY: the slot is there, and nobody refers to what it holds.
            unsafe { value.store(slot.as_ptr()) };
        }
    }

    /// Returns the serial id.
    pub fn id(self) -> u64 {
        self.0.id
    }

    /// Tells whether both are the same object.
    pub fn ptr_eq(self, other: NativeClosure<'gc>) -> bool {
        Gc::ptr_eq(self.0, other.0)
    }

    #[inline(always)]
    pub(in crate::vm) fn erase(self) -> Gc<'gc, ()> {
        Gc::erase(self.0)
    }
}

mod image;
#[cfg(test)]
mod physical;
