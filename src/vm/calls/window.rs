//! The window of a native function's call: its slots, from the bottom to the top.

use super::call::Call;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::value::Value;

impl<'gc> Call<'_, 'gc> {
    /// Returns the number of values in the window: at step 0, the number of arguments.
    #[inline(always)]
    pub fn top(&self) -> usize {
        self.th.top - self.base
    }

    /// Returns the value in a slot, nil beyond the top.
    #[inline(always)]
    pub fn arg(&self, slot: usize) -> Value<'gc> {
        if slot < self.top() { self.th.stack.get(self.base + slot) } else { Value::Nil }
    }

    /// Sets a slot below the top: there is none above it to be set.
    ///
    /// Not behind a call: the value would be written to memory in two parts, and read there as
    /// one, for which processors wait.
    #[inline(always)]
    pub fn set(&mut self, slot: usize, value: Value<'gc>) {
        if slot < self.top() {
            self.th.stack.set(self.base + slot, value);
        }
    }

    /// Returns the first `N` slots, if there are so many.
    #[inline(always)]
    pub fn slots_mut<const N: usize>(&mut self) -> Option<&mut [Value<'gc>; N]> {
        if N > self.top() {
            return None;
        }
        self.th.stack.slots_mut::<N>(self.base)
    }

    /// Returns the number of slots from `slot` on.
    #[inline]
    pub fn above(&self, slot: usize) -> usize {
        self.top().saturating_sub(slot)
    }

    /// Returns the top value, nil in an empty window.
    #[inline]
    pub fn last(&self) -> Value<'gc> {
        self.arg(self.above(1))
    }

    /// Pushes a value. A window has room for 20 values above its arguments;
    /// beyond that call [`Call::ensure`] first.
    #[inline(always)]
    pub fn push(&mut self, value: Value<'gc>) {
        // Only a window that a snapshot has made up is without that room.
        if self.th.top < self.th.stack.capacity() {
            self.th.push(value);
        }
    }

    /// Removes and returns the top value.
    pub fn pop(&mut self) -> Value<'gc> {
        if self.top() == 0 {
            return Value::Nil;
        }
        self.th.top -= 1;
        self.th.stack.get(self.th.top)
    }

    /// Sets the number of values in the window, cutting or filling with nil.
    pub fn set_top(&mut self, top: usize) {
        let new = self.base.saturating_add(top).min(self.th.stack.capacity());
        if new > self.th.top {
            self.th.stack.clear(self.th.top, new);
        }
        self.th.top = new;
    }

    /// Makes room for `more` pushes.
    ///
    /// # Errors
    /// "stack overflow"; when memory is refused.
    pub fn ensure(&mut self, more: usize) -> Result<(), Interrupt<'gc>> {
        let need =
            self.th.top.saturating_add(more).saturating_add(crate::vm::heap::thread::MIN_STACK);
        self.th.ensure(self.ctx, need)?;
        self.th.keep_room(need);
        Ok(())
    }

    /// Reads the values in slots `from..from+count`, as far as they are below the top.
    pub fn slots(&self, from: usize, count: usize) -> &[Value<'gc>] {
        let from = from.min(self.top());
        self.th.stack.slice(self.base + from, count.min(self.above(from)))
    }

    /// Moves the top value down into `slot`, shifting those above it up.
    pub fn insert(&mut self, slot: usize) {
        if slot >= self.top() {
            return;
        }
        let value = self.th.stack.get(self.th.top - 1);
        let at = self.base + slot;
        self.th.stack.copy(at, at + 1, self.th.top - 1 - at);
        self.th.stack.set(at, value);
    }
}
