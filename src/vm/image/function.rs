//! Functions and variables in an image.

use super::fault::Fault;
use super::load::Loader;
use super::object::Object;
use super::save::Saver;
use super::tag;
use crate::vm::heap::closure::{LuaClosure, NativeClosure, Upvalue};
use crate::vm::heap::value::Value;

impl<'gc> Saver<'_, 'gc> {
    /// Mentions a Lua function, whole: variables have bodies of their own.
    pub(super) fn closure(&mut self, closure: LuaClosure<'gc>) {
        self.out.byte(tag::CLOSURE);
        self.id(closure.id());
        self.code(closure.code());
        for upvalue in closure.upvalues() {
            self.upvalue(*upvalue);
        }
        self.admit(closure.erase(), Object::Closure(closure));
    }

    /// Writes a variable.
    pub(super) fn upvalue(&mut self, upvalue: Upvalue<'gc>) {
        if !self.hidden(upvalue.erase()) {
            self.admit(upvalue.erase(), Object::Upvalue(upvalue));
        }
    }

    pub(super) fn upvalue_body(&mut self, upvalue: Upvalue<'gc>) {
        self.stamp(upvalue.stamp());
        self.out.number(u64::from(upvalue.known_serial()));
        match upvalue.thread() {
            Some(thread) => {
                self.out.byte(tag::OPEN);
                self.value(Value::Thread(thread));
            }
            None => self.value(upvalue.get()),
        }
    }

    /// Mentions a native function with upvalues.
    pub(super) fn native_closure(&mut self, native: NativeClosure<'gc>) {
        self.admit(native.erase(), Object::Native(native));
        self.out.byte(tag::NATIVE);
        self.id(native.id());
        self.native(native.def());
        self.out.size(native.upvalue_count());
    }

    pub(super) fn native_body(&mut self, native: NativeClosure<'gc>) {
        self.stamp(native.stamp());
        for n in 0..native.upvalue_count() {
            self.value(native.upvalue(n));
        }
    }
}

impl<'gc> Loader<'_, 'gc> {
    pub(super) fn closure(&mut self) -> Result<LuaClosure<'gc>, Fault> {
        let id = self.id()?;
        let code = self.code()?;
        // At most 255, as the verifier knows.
        let upvalues = (0..code.proto.upvalues.len()).map(|_| self.upvalue());
        let upvalues = upvalues.collect::<Result<Vec<_>, Fault>>()?;
        let closure = LuaClosure::again(self.heap(), id, code, &upvalues)?;
        self.objects.push(Object::Closure(closure));
        Ok(closure)
    }

    /// Reads a variable.
    pub(super) fn upvalue(&mut self) -> Result<Upvalue<'gc>, Fault> {
        match self.hidden()? {
            Some(Object::Upvalue(upvalue)) => Ok(upvalue),
            Some(_) => Err(Fault::Damaged("no variable where one must be")),
            None => {
                let upvalue = Upvalue::again(self.heap())?;
                self.objects.push(Object::Upvalue(upvalue));
                Ok(upvalue)
            }
        }
    }

    pub(super) fn upvalue_body(&mut self, upvalue: Upvalue<'gc>) -> Result<(), Fault> {
        let stamp = self.stamp()?;
        let serial = self.from.small()?;
        if serial > self.ctx.state.next_upvalue.get() {
            return Err(Fault::Damaged("a serial number that was never given out"));
        }
        match self.from.byte()? {
            tag::OPEN => match self.value()? {
                Value::Thread(thread) => self.claim_open(upvalue, thread),
                _ => return Err(Fault::Damaged("no thread where one must be")),
            },
            kind => {
                let value = self.value_of(kind)?;
                upvalue.fill_again(value);
            }
        }
        upvalue.mark_again(serial, stamp);
        Ok(())
    }

    pub(super) fn native_closure(&mut self) -> Result<NativeClosure<'gc>, Fault> {
        let (id, def) = (self.id()?, self.native()?);
        // Each is a byte at least, later on.
        let upvalues = self.from.count(1)?;
        let native = NativeClosure::again(self.heap(), id, def, upvalues)?;
        self.objects.push(Object::Native(native));
        Ok(native)
    }

    pub(super) fn native_body(&mut self, native: NativeClosure<'gc>) -> Result<(), Fault> {
        let stamp = self.stamp()?;
        for n in 0..native.upvalue_count() {
            let value = self.value()?;
            native.fill_again(n, value);
        }
        native.set_stamp(stamp);
        Ok(())
    }
}
