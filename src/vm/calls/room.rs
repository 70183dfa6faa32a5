//! Room on a thread for the calls to come: how its stack and its frames grow, by doubling,
//! and where they end. How they shrink is the thread's own (`vm::heap::thread::room`).

use super::error;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::thread::room::FIRST_FRAMES;
use crate::vm::heap::thread::{EXTRA_STACK, FIRST_STACK, MAX_STACK, ThreadState};
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{FRAME_BYTES, STACK_SLOT_BYTES};
use crate::vm::meters::fuel::items_price;
use crate::vm::state::context::Context;

/// Stacks of so many slots no longer double.
const LARGE_STACK: usize = 1 << 16;
/// Slots and frames beyond the limits that message handlers of an overflow get.
const HANDLER_ROOM: usize = 200;
/// Nested calls of one thread unless the session says otherwise.
pub(in crate::vm) const DEFAULT_DEPTH: usize = 200_000;

impl<'gc> ThreadState<'gc> {
    /// Makes room for slots up to index `need` (exclusive) and a register window beyond.
    ///
    /// # Errors
    /// "stack overflow" beyond [`MAX_STACK`] ("error in error handling" while a message
    /// handler runs); when memory is refused. Nothing changed then.
    #[inline(always)]
    pub fn ensure(&mut self, ctx: Context<'gc>, need: usize) -> Result<(), Interrupt<'gc>> {
        if need > self.high_water {
            self.high_water = need;
        }
        if need + EXTRA_STACK <= self.stack.capacity() {
            return Ok(());
        }
        self.grow(ctx, need + EXTRA_STACK)
    }

    /// Tells whether one more frame, with a stack of `need` slots, has room without any being
    /// made: who finds none asks for it by [`ThreadState::ensure`] and
    /// [`ThreadState::ensure_frame`].
    #[inline(always)]
    pub(super) fn has_room(&self, need: usize) -> bool {
        need + EXTRA_STACK <= self.stack.capacity() && self.frames.len() < self.frames_charged
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, ctx: Context<'gc>, need: usize) -> Result<(), Interrupt<'gc>> {
        // While an overflow is being handled, handlers get some room beyond the limit.
        let limit = MAX_STACK + EXTRA_STACK + if self.handling > 0 { HANDLER_ROOM } else { 0 };
        if need > limit {
            return Err(self.overflow(ctx));
        }
        let capacity = self.slots_charged;
        if need <= capacity {
            // The thread has not run yet, or was stopped while it waited.
            self.wake();
            return Ok(());
        }
        // A large one grows by half: the old block and the new one are there at once.
        let more = if capacity < LARGE_STACK { capacity } else { capacity / 2 };
        let wish = need.max(capacity + more).min(limit.max(need));
        let (old, new) = (capacity * STACK_SLOT_BYTES, wish * STACK_SLOT_BYTES);
        ctx.state.account.replace(old, new, || self.resize_stack(wish))?;
        // Paid afterwards: not everybody who asks for room can be interrupted here, and it
        // at least doubles each time.
        ctx.state.fuel.owe(items_price(wish) + self.open.len() as u64);
        Ok(())
    }

    /// Makes the error for a stack or a depth beyond its limit.
    fn overflow(&mut self, ctx: Context<'gc>) -> Interrupt<'gc> {
        if self.handling > 0 {
            return Interrupt::Error(Value::String(ctx.state.handler_message));
        }
        error::runtime(ctx, self, "stack overflow")
    }

    /// Makes sure that memory for one more frame is charged.
    ///
    /// # Errors
    /// "stack overflow" beyond the depth that the session allows; when memory is refused.
    /// Nothing changed then.
    #[inline(always)]
    pub fn ensure_frame(&mut self, ctx: Context<'gc>) -> Result<(), Interrupt<'gc>> {
        if self.frames.len() < self.frames_charged {
            return Ok(());
        }
        self.charge_frames(ctx)
    }

    #[cold]
    #[inline(never)]
    fn charge_frames(&mut self, ctx: Context<'gc>) -> Result<(), Interrupt<'gc>> {
        let depth = ctx.state.max_depth.get();
        let limit = depth.saturating_add(if self.handling > 0 { HANDLER_ROOM } else { 0 });
        let room = limit.saturating_sub(self.frames_charged);
        if room == 0 {
            return Err(self.overflow(ctx));
        }
        let more = self.frames_charged.max(FIRST_FRAMES).min(room);
        let (old, count) = (self.frames_charged, self.frames_charged + more);
        ctx.state.account.replace(old * FRAME_BYTES, count * FRAME_BYTES, || {
            self.frames.try_reserve_exact(count - self.frames.len()).is_ok()
        })?;
        self.frames_charged = count;
        Ok(())
    }

    /// Gives back what a message handler took beyond the limits, so that the next overflow
    /// is noticed at the same depth.
    pub fn give_back_handler_room(&mut self, ctx: Context<'gc>) {
        let depth = ctx.state.max_depth.get();
        if self.frames_charged > depth && self.frames.len() < depth {
            ctx.state.account.release((self.frames_charged - depth) * FRAME_BYTES);
            self.set_frames(depth);
        }
        let capacity = self.slots_charged;
        if capacity <= MAX_STACK + EXTRA_STACK {
            return;
        }
        let used = self.in_use();
        let room = (used * 2).clamp(FIRST_STACK, MAX_STACK + EXTRA_STACK);
        if room < used {
            return;
        }
        if !self.resize_stack(room) {
            return;
        }
        self.high_water = self.high_water.min(room);
        ctx.state.account.release((capacity - room) * STACK_SLOT_BYTES);
    }
}
