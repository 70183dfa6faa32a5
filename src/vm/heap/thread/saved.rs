//! Threads in the journal: the whole of one, as it was before the run that resumes it.
//!
//! A copy of the stack, not of its slots alone: what is undone is undone without asking
//! for memory. Buffers of native functions that wait in the thread are copied with it,
//! since they belong to their windows.

#![expect(unsafe_code, reason = "a collected type traces itself")]

use super::{Callee, Status, Thread, ThreadState};
use crate::gc::{Collect, Trace};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::store::Heap;
use crate::vm::heap::userdata::Buffer;
use crate::vm::heap::value::Value;
use crate::vm::meters::account::{FRAME_BYTES, Held, Refused, STACK_SLOT_BYTES};
use crate::vm::meters::fuel::{bytes_price, items_price};

/// Units for saving a thread, besides what is copied.
const PRICE: u64 = 32;
/// Logical bytes of a saved thread without its parts, and of a saved buffer.
const SAVED_BYTES: usize = 512;
const BUFFER_BYTES: usize = 64;

/// A thread as it was.
pub(crate) struct Saved<'gc> {
    thread: Thread<'gc>,
    stamp: u32,
    state: ThreadState<'gc>,
    /// Stack indexes of the open upvalues.
    indexes: Vec<u32>,
    buffers: Vec<(Buffer<'gc>, Vec<u8>, usize)>,
}

// SAFETY: the thread, all slots that were copied, callees, errors, upvalues and the resumer are
// traced; the buffers lie in such slots, and slots above are nil.
unsafe impl<'gc> Collect<'gc> for Saved<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        cc.trace(&self.thread);
        self.state.trace_live(cc, self.state.high_water);
    }
}

impl<'gc> Thread<'gc> {
    /// Saves the thread, which does not run, in the journal if that must be done.
    ///
    /// # Errors
    /// When fuel or memory is refused; nothing has changed then.
    pub(in crate::vm) fn save(self, heap: Heap<'gc>) -> Result<(), Interrupt<'gc>> {
        let journal = &heap.store.journal;
        if !journal.is_old(self.stamp()) {
            return Ok(());
        }
        if journal.open.get() {
            self.save_now(heap)?;
        }
        self.set_stamp(journal.epoch.get());
        Ok(())
    }

    fn save_now(self, heap: Heap<'gc>) -> Result<(), Interrupt<'gc>> {
        let th = self.state();
        let live = th.live_top();
        let kept = |value: &Value<'gc>| match value {
            Value::Buffer(buffer) => Some(*buffer),
            _ => None,
        };
        let price = PRICE + items_price(live + th.frames.len() * 4);
        heap.charge(price)?;
        let buffers: Vec<Buffer<'gc>> = th.stack.slice(0, live).iter().filter_map(kept).collect();
        let copied = buffers.iter().map(|buffer| buffer.charged() + BUFFER_BYTES).sum::<usize>();
        let price = price + bytes_price(copied);
        heap.charge(bytes_price(copied))?;
        let bytes = SAVED_BYTES + th.own_bytes() + copied;
        let mut held = Held::new(&heap.store.account);
        held.add(bytes)?;
        let refused = Refused { bytes };
        let state = th.copy(th.left_top(live)).ok_or(refused)?;
        let indexes = th.open.iter().map(|upvalue| upvalue.index() as u32).collect();
        let buffers = buffers
            .into_iter()
            .map(|buffer| buffer.copy().map(|(copy, charged)| (buffer, copy, charged)))
            .collect::<Option<Vec<_>>>()
            .ok_or(refused)?;
        let journal = &heap.store.journal;
        let mut threads = journal.threads.borrow_mut();
        threads.try_reserve(1).map_err(|_| refused)?;
        threads.push(Saved { thread: self, stamp: self.stamp(), state, indexes, buffers });
        journal.bytes.set(journal.bytes.get() + held.into_bytes());
        // Not to be done again, and not to be paid again, if what follows is refused.
        heap.store.fuel.spend(price);
        Ok(())
    }
}

/// What a saved thread is made of, in an image.
pub(in crate::vm) struct Parts<'a, 'gc> {
    pub(in crate::vm) thread: Thread<'gc>,
    pub(in crate::vm) state: &'a ThreadState<'gc>,
    pub(in crate::vm) indexes: &'a [u32],
    pub(in crate::vm) buffers: &'a [(Buffer<'gc>, Vec<u8>, usize)],
    /// Slots whose values may be read.
    pub(in crate::vm) live: usize,
}

impl<'gc> Saved<'gc> {
    /// Returns what it is made of.
    pub(in crate::vm) fn parts(&self) -> Parts<'_, 'gc> {
        let Saved { thread, state, indexes, buffers, .. } = self;
        // The variables may be closed by now.
        let live = state.live_above(indexes.last().map_or(0, |index| *index as usize + 1));
        Parts { thread: *thread, state, indexes, buffers, live }
    }

    /// Makes a saved thread of its parts.
    pub(in crate::vm) fn again(
        thread: Thread<'gc>,
        state: ThreadState<'gc>,
        indexes: Vec<u32>,
        buffers: Vec<(Buffer<'gc>, Vec<u8>, usize)>,
    ) -> Saved<'gc> {
        Saved { thread, stamp: 0, state, indexes, buffers }
    }

    /// Makes the thread as it was. Returns its logical bytes, and those it had.
    pub(in crate::vm) fn restore(self) -> (usize, usize) {
        let th = self.thread.state();
        let mut now = th.own_bytes();
        // What has become open since is garbage, unless bytes from elsewhere have it otherwise:
        // nothing may point into the stack that goes.
        th.open.iter().for_each(|upvalue| upvalue.leave_stack());
        *th = self.state;
        let mut then = th.own_bytes();
        // What is closed by now is open again.
        for (upvalue, index) in th.open.iter().zip(self.indexes) {
            upvalue.reopen(self.thread, index as usize, th.stack.at(index as usize));
        }
        for (buffer, bytes, charged) in self.buffers {
            now += buffer.charged();
            then += charged;
            buffer.put_back(bytes, charged);
        }
        self.thread.set_stamp(self.stamp);
        (now, then)
    }
}

impl<'gc> ThreadState<'gc> {
    /// Returns the logical bytes of stack and frames.
    pub(super) fn own_bytes(&self) -> usize {
        self.slots_charged * STACK_SLOT_BYTES + self.frames_charged * FRAME_BYTES
    }

    /// Copies a thread that does not run, with the first `left` slots of its stack, or
    /// nothing if the system has no memory.
    fn copy(&self, left: usize) -> Option<ThreadState<'gc>> {
        debug_assert!(self.status != Status::Running);
        let mut frames = Vec::new();
        frames.try_reserve_exact(self.frames_charged.max(self.frames.len())).ok()?;
        frames.extend_from_slice(&self.frames);
        let mut open = Vec::new();
        open.try_reserve_exact(self.open.len()).ok()?;
        open.extend_from_slice(&self.open);
        Some(ThreadState {
            stack: self.stack.copy_of(left)?,
            top: self.top,
            frames,
            open,
            tbc: self.tbc.clone(),
            status: self.status,
            resumer: self.resumer,
            c_calls: self.c_calls,
            slots_charged: self.slots_charged,
            frames_charged: self.frames_charged,
            high_water: self.registers_end(left),
            handling: self.handling,
            errors: self.errors.clone(),
            driver: self.driver.clone(),
            hooks: self.hooks,
        })
    }

    /// Traces everything the thread holds, of its stack the first `live` slots.
    pub(super) fn trace_live<T: Trace<'gc>>(&self, cc: &mut T, live: usize) {
        for value in self.stack.slice(0, live) {
            cc.trace(value);
        }
        for frame in &self.frames {
            if let Callee::Lua(closure) = frame.callee {
                cc.trace(&closure);
            }
        }
        for error in &self.errors {
            cc.trace(error);
        }
        for upvalue in &self.open {
            cc.trace(upvalue);
        }
        if let Some(resumer) = self.resumer {
            cc.trace(&resumer);
        }
    }
}
