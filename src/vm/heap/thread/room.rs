//! Room on a thread: what it counts on, and how it is given back.
//!
//! Stack and frames shrink when a collection finds them more than three times as large as
//! what is in use, as PUC's stacks do: at points that the program fixes. How they grow is
//! in `vm::calls::room`.
//!
//! **The room is for the account.** A thread that waits for the host has less, and has all
//! of it again before it goes on: nobody can tell.

use super::{EXTRA_STACK, FIRST_STACK, MIN_STACK, ThreadState};
use crate::gc;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{FRAME_BYTES, STACK_SLOT_BYTES};
use std::alloc::{Layout, handle_alloc_error};

/// Fewest frames a thread has memory for, once it has run.
pub(in crate::vm) const FIRST_FRAMES: usize = 8;
/// Most slots and frames that a thread which waits gives back.
const MOST_SLOTS: usize = 1024;
const MOST_FRAMES: usize = 256;

impl<'gc> ThreadState<'gc> {
    /// Goes to a stack of so many slots, which memory is charged for. Tells whether the system
    /// had memory.
    pub(in crate::vm) fn resize_stack(&mut self, capacity: usize) -> bool {
        let moved = self.move_stack(capacity);
        if moved {
            self.slots_charged = capacity;
        }
        moved
    }

    fn move_stack(&mut self, capacity: usize) -> bool {
        if !self.stack.resize(capacity) {
            return false;
        }
        for upvalue in &self.open {
            upvalue.repoint(self.stack.at(upvalue.index()));
        }
        true
    }

    /// Gives the system back what the thread has room for and does not use, unless it would
    /// take long to have it again. Until [`ThreadState::wake`] nothing may run on it.
    pub(in crate::vm) fn rest(&mut self) {
        let left = self.left_top(self.live_top()).max(1);
        if left < self.stack.capacity() && self.slots_charged <= MOST_SLOTS {
            // Without memory for the smaller one it keeps what it has.
            let _ = self.move_stack(left);
        }
        if self.frames_charged <= MOST_FRAMES {
            self.frames.shrink_to_fit();
        }
        self.errors.shrink_to_fit();
    }

    /// Takes all the room again that memory is charged for.
    pub(in crate::vm) fn wake(&mut self) {
        if self.stack.capacity() < self.slots_charged && !self.move_stack(self.slots_charged) {
            // As when an object is to be made.
            handle_alloc_error(Layout::new::<[Value<'gc>; FIRST_STACK]>());
        }
        self.frames.reserve_exact(self.frames_charged.saturating_sub(self.frames.len()));
    }

    /// Notes that the running native function counts on the slots below `need` in its later
    /// steps too.
    pub fn keep_room(&mut self, need: usize) {
        if let Some(frame) = self.frames.last_mut() {
            frame.top = frame.top.max(need as u32);
        }
    }

    /// Returns how many slots the thread's calls count on.
    pub(in crate::vm) fn in_use(&self) -> usize {
        // Lua frames count on all their registers, also below the innermost frame.
        let tops = self.frames.iter().map(|frame| frame.top as usize);
        let tops = tops.max().unwrap_or(0).max(self.live_top());
        tops.max(self.top + MIN_STACK) + EXTRA_STACK
    }

    /// Returns the capacity of the stack and the frames that memory is charged for.
    pub(crate) fn room(&self) -> (usize, usize) {
        (self.slots_charged, self.frames_charged)
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
        self.frames.shrink_to(frames);
        // Frames that are charged are there: calls push them without looking. Later calls take
        // what the system has no memory for now.
        let more = frames.saturating_sub(self.frames.len());
        let there = self.frames.try_reserve_exact(more).is_ok();
        self.frames_charged = if there { frames } else { self.frames.capacity() };
        (now, self.own_bytes())
    }

    pub(in crate::vm) fn set_frames(&mut self, count: usize) {
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
        let capacity = self.slots_charged;
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
