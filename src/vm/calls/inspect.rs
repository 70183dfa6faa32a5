//! Looking at active calls: levels, their functions and their variables
//! (manual §6.10, `debug.getinfo`, `debug.getlocal`).

use super::call::Call;
use super::{error, traceback};
use crate::bytecode::names;
use crate::bytecode::proto::Proto;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::thread::hooks::Hooks;
use crate::vm::heap::thread::{Callee, Frame, TAIL, Then, Thread, ThreadState};
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;

/// What is known of one active call.
#[derive(Debug)]
pub struct Level<'gc> {
    /// The function.
    pub function: Value<'gc>,
    /// The line it is at, if it is a Lua function with line information.
    pub line: Option<u32>,
    /// Kind and name by which it was called.
    pub name: Option<(&'static str, &'gc [u8])>,
    /// Whether it was entered by a tail call.
    pub is_tail_call: bool,
    /// First local and number of values that a call or return hands over, while a hook
    /// for it runs; 0 otherwise.
    pub transfer: (u32, u32),
}

impl<'gc> ThreadState<'gc> {
    /// Returns the index of the frame at a level, 0 being the innermost.
    fn frame_at(&self, level: i64) -> Option<usize> {
        let level = usize::try_from(level).ok()?;
        let call = self.call_count().checked_sub(level)?.checked_sub(1)?;
        Some(self.frame_of_call(call))
    }

    /// Returns what is known of the call at a level, or nothing when there is none.
    ///
    /// # Errors
    /// When fuel for finding its name is refused.
    pub fn level(
        &self,
        ctx: Context<'gc>,
        level: i64,
    ) -> Result<Option<Level<'gc>>, Interrupt<'gc>> {
        let Some(index) = self.frame_at(level) else { return Ok(None) };
        let frame = &self.frames[index];
        let hook_above = self.frames.get(index + 1).is_some_and(|above| above.then == Then::Hook);
        Ok(Some(Level {
            function: self.function_of(frame),
            line: error::current_line(frame),
            name: error::called_as(ctx, self, index)?,
            is_tail_call: frame.flags & TAIL != 0,
            transfer: if hook_above { self.hooks.transfer() } else { (0, 0) },
        }))
    }

    fn function_of(&self, frame: &Frame<'gc>) -> Value<'gc> {
        match frame.callee {
            Callee::Lua(closure) => Value::Closure(closure),
            Callee::Native(def) => match self.stack.get(frame.func as usize) {
                Value::Native(closure) => Value::Native(closure),
                _ => Value::Builtin(def),
            },
        }
    }

    /// Returns name and stack index of variable `n` of the call at a level: locals and
    /// temporaries from 1 on, extra arguments from -1 down. The outer `None` says that
    /// there is no such level.
    fn variable(&self, level: i64, n: i64) -> Option<Option<(Vec<u8>, usize)>> {
        let index = self.frame_at(level)?;
        Some(self.variable_of(index, n))
    }

    fn variable_of(&self, index: usize, n: i64) -> Option<(Vec<u8>, usize)> {
        let frame = &self.frames[index];
        let base = frame.base as usize;
        let offset = usize::try_from(n.checked_sub(1)?).ok();
        let temporary: &[u8] = match frame.callee {
            Callee::Lua(closure) => {
                let proto = closure.proto();
                if n < 0 {
                    return self.extra_argument(frame, proto, n);
                }
                let pc = (frame.pc as usize).saturating_sub(1);
                if let Some(name) = names::nth_local(proto, pc, n) {
                    return Some((name.to_vec(), base + offset?));
                }
                b"(temporary)"
            }
            Callee::Native(_) => b"(C temporary)",
        };
        let end = match (self.frames.get(index + 1), frame.callee) {
            (Some(above), _) => above.func as usize,
            (None, Callee::Native(_)) => self.top,
            (None, Callee::Lua(_)) => frame.top as usize,
        };
        let slot = base + offset?;
        (slot < end).then(|| (temporary.to_vec(), slot))
    }

    fn extra_argument(
        &self,
        frame: &Frame<'gc>,
        proto: &Proto,
        n: i64,
    ) -> Option<(Vec<u8>, usize)> {
        // Before `VarargPrep` ran they are not apart from the others yet.
        if !proto.is_vararg || frame.pc == 0 {
            return None;
        }
        let number = usize::try_from(n.checked_neg()?).ok()?;
        let have = frame.varargs as usize;
        let slot = frame.base as usize - have + number - 1;
        (number <= have).then(|| (b"(vararg)".to_vec(), slot))
    }
}

/// A local variable as `debug.getlocal` finds it.
#[derive(Debug)]
pub enum Local<'gc> {
    /// There is no such level.
    NoLevel,
    /// The level has no such variable.
    NoVariable,
    /// Its name and value.
    Found(Vec<u8>, Value<'gc>),
}

impl<'gc> Call<'_, 'gc> {
    /// Returns the state of a thread, which may be the running one.
    fn state_of(&self, thread: Thread<'gc>) -> &ThreadState<'gc> {
        if thread.ptr_eq(self.thread) { self.th } else { thread.state() }
    }

    fn state_of_mut(&mut self, thread: Thread<'gc>) -> &mut ThreadState<'gc> {
        if thread.ptr_eq(self.thread) {
            return self.th;
        }
        thread.touch(self.ctx.mc);
        thread.state()
    }

    /// Returns what is known of the call at a level of a thread.
    ///
    /// # Errors
    /// When fuel for finding its name is refused.
    pub fn level(
        &self,
        thread: Thread<'gc>,
        level: i64,
    ) -> Result<Option<Level<'gc>>, Interrupt<'gc>> {
        self.state_of(thread).level(self.ctx, level)
    }

    /// Returns the function active at a level of a thread.
    pub fn function_at(&self, thread: Thread<'gc>, level: i64) -> Option<Value<'gc>> {
        let th = self.state_of(thread);
        th.frame_at(level).map(|index| th.function_of(&th.frames[index]))
    }

    /// Returns variable `n` of the call at a level of a thread.
    pub fn local(&self, thread: Thread<'gc>, level: i64, n: i64) -> Local<'gc> {
        let th = self.state_of(thread);
        match th.variable(level, n) {
            None => Local::NoLevel,
            Some(None) => Local::NoVariable,
            Some(Some((name, slot))) => {
                let value = match th.stack.get(slot) {
                    // No value of Lua's.
                    Value::Buffer(_) | Value::Loading(_) => Value::Nil,
                    Value::UserData(userdata) if userdata.is_hidden() => Value::Nil,
                    value => value,
                };
                Local::Found(name, value)
            }
        }
    }

    /// Sets variable `n` of the call at a level of a thread and returns what it was.
    /// Slots of native functions are their own: they keep their values.
    ///
    /// # Errors
    /// When fuel or memory for saving the thread in the journal is refused.
    pub fn set_local(
        &mut self,
        thread: Thread<'gc>,
        level: i64,
        n: i64,
        value: Value<'gc>,
    ) -> Result<Local<'gc>, Interrupt<'gc>> {
        thread.save(self.ctx.heap())?;
        let found = self.local(thread, level, n);
        let th = self.state_of_mut(thread);
        if let Some(Some((_, slot))) = th.variable(level, n)
            && let Some(index) = th.frame_at(level)
            && let Callee::Lua(_) = th.frames[index].callee
        {
            th.stack.set(slot, value);
        }
        Ok(found)
    }

    /// Returns a thread's hook settings.
    pub fn hooks(&self, thread: Thread<'gc>) -> Hooks {
        self.state_of(thread).hooks
    }

    /// Returns the number of active calls of a thread.
    pub fn depth(&self, thread: Thread<'gc>) -> usize {
        self.state_of(thread).frames.len()
    }

    /// Sets a thread's hook: event bits and the instructions between count events.
    /// Return [`Flow::Rehook`](crate::vm::heap::native::Flow::Rehook) from the step.
    ///
    /// # Errors
    /// As [`Call::set_local`].
    pub fn set_hook(
        &mut self,
        thread: Thread<'gc>,
        mask: u8,
        count: i32,
    ) -> Result<(), Interrupt<'gc>> {
        thread.save(self.ctx.heap())?;
        self.state_of_mut(thread).set_hook(mask, count);
        Ok(())
    }

    /// Appends a traceback of a thread.
    ///
    /// # Errors
    /// When fuel or memory is refused.
    pub fn traceback(
        &self,
        thread: Thread<'gc>,
        skip: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Interrupt<'gc>> {
        traceback::traceback(self.ctx, self.state_of(thread), skip, out)
    }
}

impl<'gc> Context<'gc> {
    /// Returns the serial number of the variable behind upvalue `n` of a Lua function:
    /// equal numbers are one variable.
    pub fn upvalue_serial(
        self,
        closure: crate::vm::heap::closure::LuaClosure<'gc>,
        n: usize,
    ) -> Option<u32> {
        let upvalue = closure.upvalues().get(n)?;
        Some(upvalue.serial(&self.state.next_upvalue))
    }
}
