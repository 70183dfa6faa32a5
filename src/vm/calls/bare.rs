//! The window of a call without a frame, for functions that may take fuel and memory, where
//! they are there. What they leave in its slots is what they would leave with a frame: a
//! collection may look at it.

use crate::vm::heap::string::Str;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::string_bytes;
use crate::vm::meters::fuel::bytes_price;
use crate::vm::state::context::Context;

/// Results that may be pushed.
pub(crate) const ROOM: usize = 12;

/// A call without a frame.
#[derive(Debug)]
pub(crate) struct Bare<'a, 'gc> {
    /// The machine.
    pub(crate) ctx: Context<'gc>,
    /// The function, the arguments and [`ROOM`].
    pub(in crate::vm) slots: &'a mut [Value<'gc>],
    /// Number of arguments.
    pub(in crate::vm) args: usize,
    /// Number of values in the window, before results are pushed.
    pub(in crate::vm) top: usize,
    /// Slots there are beyond those that every call has.
    pub(in crate::vm) spare: usize,
    /// Units that must be left.
    pub(in crate::vm) reserve: u64,
}

impl<'gc> Bare<'_, 'gc> {
    /// Returns the function.
    #[inline(always)]
    pub(crate) fn function(&self) -> Value<'gc> {
        self.slots.first().copied().unwrap_or_default()
    }

    /// Returns the arguments.
    #[inline(always)]
    pub(crate) fn args(&self) -> &[Value<'gc>] {
        self.slots.get(1..=self.args).unwrap_or(&[])
    }

    /// Cuts the window to its first `top` values, if it has more.
    #[inline(always)]
    pub(crate) fn cut(&mut self, top: usize) {
        self.top = self.top.min(top);
    }

    /// Makes the window `top` values long with numbers, where a function with a frame keeps
    /// some above its arguments.
    #[inline(always)]
    pub(crate) fn keep_numbers(&mut self, top: usize) -> Option<()> {
        self.slots.get_mut(1 + self.top..1 + top)?.fill(Value::Integer(0));
        self.top = top;
        Some(())
    }

    /// Makes the window at least `top` values long with nils, as a function with a frame may.
    #[inline(always)]
    pub(crate) fn keep_nils(&mut self, top: usize) -> Option<()> {
        if top > self.top {
            self.slots.get_mut(1 + self.top..1 + top)?.fill(Value::Nil);
            self.top = top;
        }
        Some(())
    }

    /// Returns one value.
    #[inline(always)]
    pub(crate) fn ret(&mut self, value: Value<'gc>) -> Option<usize> {
        *self.slots.get_mut(1 + self.top)? = value;
        Some(1)
    }

    /// Returns two values.
    #[inline(always)]
    pub(crate) fn ret_two(&mut self, first: Value<'gc>, second: Value<'gc>) -> Option<usize> {
        let [one, two] = self.slots.get_mut(1 + self.top..)?.first_chunk_mut()?;
        (*one, *two) = (first, second);
        Some(2)
    }

    /// Returns three values.
    #[inline(always)]
    pub(crate) fn ret_three(
        &mut self,
        first: Value<'gc>,
        second: Value<'gc>,
        third: Value<'gc>,
    ) -> Option<usize> {
        let [one, two, three] = self.slots.get_mut(1 + self.top..)?.first_chunk_mut()?;
        (*one, *two, *three) = (first, second, third);
        Some(3)
    }

    /// Returns `count` values, at most [`ROOM`].
    #[inline(always)]
    pub(crate) fn ret_each(
        &mut self,
        count: usize,
        value: impl Fn(usize) -> Value<'gc>,
    ) -> Option<usize> {
        let slots = self.slots.get_mut(1 + self.top..)?.get_mut(..count)?;
        for (at, slot) in slots.iter_mut().enumerate() {
            *slot = value(at);
        }
        Some(count)
    }

    /// Tells whether a frame could ask for so many more slots without any being made.
    #[inline(always)]
    pub(crate) fn has_room(&self, more: usize) -> bool {
        more <= self.spare
    }

    /// Tells whether `units` may be charged.
    #[inline(always)]
    pub(crate) fn can_pay(&self, units: u64) -> bool {
        units <= self.ctx.state.fuel.left().saturating_sub(self.reserve)
    }

    /// Charges `units`, if so many may be. A call that has a frame in the end takes them back.
    #[inline(always)]
    pub(crate) fn pays(&self, units: u64) -> bool {
        units == 0 || (self.can_pay(units) && self.ctx.charge(units).is_ok())
    }

    /// Makes a string, charging for its bytes, if fuel and memory are there.
    #[inline]
    pub(crate) fn string(&self, bytes: &[u8]) -> Option<Str<'gc>> {
        if !self.pays(bytes_price(bytes.len())) {
            return None;
        }
        self.ctx.string(bytes).ok()
    }

    /// The same of bytes for which memory was asked before they were made.
    #[inline]
    pub(crate) fn string_of_new(&self, bytes: &[u8]) -> Option<Str<'gc>> {
        if !self.pays(bytes_price(bytes.len())) {
            return None;
        }
        self.ctx.state.account.touch(string_bytes(bytes.len())).ok()?;
        self.ctx.string(bytes).ok()
    }
}
