//! Functions and variables as they were, made again: under the ids they had.

use super::{Code, LuaClosure, NativeClosure, NativeClosureBox, Texts, Thread, Upvalue};
use crate::gc::Gc;
use crate::vm::heap::native::NativeDef;
use crate::vm::heap::store::Heap;
use crate::vm::heap::string::Str;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{Refused, UPVALUE_BYTES};
use std::cell::Cell;
use std::rc::Rc;

impl Texts {
    /// Returns the logical bytes charged for them.
    pub(in crate::vm) fn charged(&self) -> usize {
        self.charged
    }
}

impl<'gc> Code<'gc> {
    /// Returns the texts, which other code of the chunk may share.
    pub(in crate::vm) fn texts(&self) -> &Rc<Texts> {
        &self._texts
    }

    /// Returns the whole name of the chunk, if it is kept.
    pub(in crate::vm) fn whole_name(&self) -> Option<Str<'gc>> {
        self.name
    }
}

impl<'gc> LuaClosure<'gc> {
    /// Makes a closure under an id of before. It is charged.
    ///
    /// # Errors
    /// When memory is refused.
    pub(in crate::vm) fn again(
        heap: Heap<'gc>,
        id: u64,
        code: Gc<'gc, Code<'gc>>,
        upvalues: &[Upvalue<'gc>],
    ) -> Result<LuaClosure<'gc>, Refused> {
        heap.store.account.reserve(LuaClosure::bytes(upvalues.len()))?;
        let next = heap.store.next_id.replace(id);
        let closure = LuaClosure::new(heap, code, upvalues);
        heap.store.next_id.set(next);
        Ok(closure)
    }
}

impl<'gc> NativeClosure<'gc> {
    /// Makes a native function under an id of before, with upvalues that are nil. It is
    /// charged.
    ///
    /// # Errors
    /// When memory is refused.
    pub(in crate::vm) fn again(
        heap: Heap<'gc>,
        id: u64,
        def: &'static NativeDef,
        upvalues: usize,
    ) -> Result<NativeClosure<'gc>, Refused> {
        heap.store.account.reserve(NativeClosure::bytes(upvalues))?;
        let upvalues = (0..upvalues).map(|_| Cell::new(Value::Nil)).collect();
        let object = NativeClosureBox { def, id, stamp: Cell::new(0), upvalues };
        Ok(NativeClosure(Gc::new(heap.mc, object)))
    }

    /// Gives upvalue `n` the value it had.
    pub(in crate::vm) fn fill_again(self, n: usize, value: Value<'gc>) {
        self.restore_upvalue(n, value);
    }
}

impl<'gc> Upvalue<'gc> {
    /// Makes a variable that holds nil. It is charged.
    ///
    /// # Errors
    /// When memory is refused.
    pub(in crate::vm) fn again(heap: Heap<'gc>) -> Result<Upvalue<'gc>, Refused> {
        heap.store.account.reserve(UPVALUE_BYTES)?;
        let upvalue = Upvalue::closed(heap, Value::Nil);
        upvalue.set_stamp(0);
        Ok(upvalue)
    }

    /// Gives a closed variable the value it had.
    pub(in crate::vm) fn fill_again(self, value: Value<'gc>) {
        self.restore(value);
    }

    /// Makes the variable one that lives in a stack; its mark stays.
    pub(in crate::vm) fn open_again(self, thread: Thread<'gc>, index: usize, at: *mut Value<'gc>) {
        let stamp = self.stamp();
        self.reopen(thread, index, at);
        self.set_stamp(stamp);
    }

    /// Gives the variable the serial number and the mark it had.
    pub(in crate::vm) fn mark_again(self, serial: u32, stamp: u32) {
        self.0.serial.set(serial);
        self.set_stamp(stamp);
    }

    /// Returns the serial number, 0 if nobody has asked for it.
    pub(in crate::vm) fn known_serial(self) -> u32 {
        self.0.serial.get()
    }
}
