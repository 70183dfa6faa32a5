//! Room on a thread: how its stack and its frames grow, where they end, and how they
//! shrink.
//!
//! Both grow by doubling and shrink when a collection finds them more than three times as
//! large as what is in use, as PUC's stacks do: at points that the program fixes.

use super::{EXTRA_STACK, FIRST_STACK, MAX_STACK, MIN_STACK, ThreadState};
use crate::gc;
use crate::vm::calls::error;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{FRAME_BYTES, STACK_SLOT_BYTES};
use crate::vm::meters::fuel::items_price;
use crate::vm::state::context::Context;

/// Fewest frames a thread has memory for, once it has run.
const FIRST_FRAMES: usize = 8;
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

    #[cold]
    #[inline(never)]
    fn grow(&mut self, ctx: Context<'gc>, need: usize) -> Result<(), Interrupt<'gc>> {
        // While an overflow is being handled, handlers get some room beyond the limit.
        let limit = MAX_STACK + EXTRA_STACK + if self.handling > 0 { HANDLER_ROOM } else { 0 };
        if need > limit {
            return Err(self.overflow(ctx));
        }
        let capacity = self.stack.capacity();
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

    /// Tells whether the system had memory.
    fn resize_stack(&mut self, capacity: usize) -> bool {
        if !self.stack.resize(capacity) {
            return false;
        }
        for upvalue in &self.open {
            upvalue.repoint(self.stack.at(upvalue.index()));
        }
        true
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

    /// Notes that the running native function counts on the slots below `need` in its later
    /// steps too.
    pub fn keep_room(&mut self, need: usize) {
        if let Some(frame) = self.frames.last_mut() {
            frame.top = frame.top.max(need as u32);
        }
    }

    /// Returns how many slots the thread's calls count on.
    fn in_use(&self) -> usize {
        // Lua frames count on all their registers, also below the innermost frame.
        let tops = self.frames.iter().map(|frame| frame.top as usize);
        let tops = tops.max().unwrap_or(0).max(self.live_top());
        tops.max(self.top + MIN_STACK) + EXTRA_STACK
    }

    /// Gives back what a message handler took beyond the limits, so that the next overflow
    /// is noticed at the same depth.
    pub fn give_back_handler_room(&mut self, ctx: Context<'gc>) {
        let depth = ctx.state.max_depth.get();
        if self.frames_charged > depth && self.frames.len() < depth {
            ctx.state.account.release((self.frames_charged - depth) * FRAME_BYTES);
            self.set_frames(depth);
        }
        let capacity = self.stack.capacity();
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

    /// Returns the capacity of the stack and the frames that memory is charged for.
    pub(in crate::vm) fn room(&self) -> (usize, usize) {
        (self.stack.capacity(), self.frames_charged)
    }

    /// Goes back to what [`ThreadState::room`] returned; the thread is empty. Returns the
    /// logical bytes there were and that are there now.
    pub(in crate::vm) fn restore_room(
        &mut self,
        (slots, frames): (usize, usize),
    ) -> (usize, usize) {
        let now = self.own_bytes();
        if slots != self.stack.capacity() && self.resize_stack(slots) {
            self.high_water = self.high_water.min(slots);
        }
        if frames < self.frames_charged {
            self.set_frames(frames);
        } else if frames > self.frames_charged {
            // Later calls take what the system has no memory for now.
            let _ = self.frames.try_reserve_exact(frames);
            self.frames_charged = frames;
        }
        (now, self.own_bytes())
    }

    fn set_frames(&mut self, count: usize) {
        self.frames.shrink_to(count);
        self.frames_charged = count;
    }

    /// Gives back most of what is not in use. Called by the collector, when no step and no
    /// instruction is in the midst of anything.
    pub(super) fn shrink(&mut self) {
        if !gc::may_shrink() {
            return;
        }
        let frames = self.frames.len();
        if self.frames_charged > FIRST_FRAMES.max(frames * 3) {
            let fewer = FIRST_FRAMES.max(frames * 2);
            gc::freed((self.frames_charged - fewer) * FRAME_BYTES);
            self.set_frames(fewer);
        }
        let capacity = self.stack.capacity();
        if capacity <= 3 * FIRST_STACK {
            return;
        }
        let used = self.in_use();
        if capacity > used * 3 {
            let fewer = FIRST_STACK.max(used * 2);
            if !self.resize_stack(fewer) {
                return;
            }
            gc::freed((capacity - fewer) * STACK_SLOT_BYTES);
            self.high_water = self.high_water.min(fewer);
        }
    }
}
