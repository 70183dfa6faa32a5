//! Threads in an image. At rest there is one that matters, the main thread, which is empty.

use super::fault::Fault;
use super::load::Loader;
use super::save::{Purpose, Saver};
use super::tag;
use crate::vm::heap::thread::{MAX_STACK, Thread};
use crate::vm::meters::account::{FRAME_BYTES, STACK_SLOT_BYTES};

impl<'gc> Saver<'_, 'gc> {
    /// Mentions a thread.
    pub(super) fn thread(&mut self, _thread: Thread<'gc>) {
        self.refuse("a coroutine");
        self.out.byte(tag::NIL);
    }

    pub(super) fn thread_body(&mut self, thread: Thread<'gc>) {
        // A collection gives room back: it is not to be told by the digest.
        if self.purpose != Purpose::Digest {
            let (slots, frames) = thread.state().room();
            self.out.size(slots);
            self.out.size(frames);
        }
    }
}

impl<'gc> Loader<'_, 'gc> {
    pub(super) fn thread(&mut self) -> Result<Thread<'gc>, Fault> {
        Err(Fault::Damaged("a thread"))
    }

    pub(super) fn thread_body(&mut self, thread: Thread<'gc>) -> Result<(), Fault> {
        let (slots, frames) = (self.from.size()?, self.from.size()?);
        let th = thread.state();
        let before = th.room();
        // Message handlers have some room beyond the limit.
        if slots < before.0 || slots > 2 * MAX_STACK || frames > 2 * MAX_STACK {
            return Err(Fault::Damaged("a stack of no size"));
        }
        let more = (slots - before.0) * STACK_SLOT_BYTES + frames * FRAME_BYTES;
        self.ctx.state.account.reserve(more)?;
        let _ = th.restore_room((slots, frames));
        Ok(())
    }
}
