//! Where a program stands, for those who stop it.

use super::call::Call;
use super::error::current_line;
use super::traceback::traceback;
use crate::base::chunk_id::chunk_id;
use crate::vm::heap::thread::{Callee, ThreadState};
use crate::vm::state::context::Context;
use crate::vm::state::place::Place;

/// Units that the traceback of a stopped run may take.
const TRACEBACK: u64 = 200_000;

impl ThreadState<'_> {
    /// Returns where the innermost Lua function stands; nothing when there is none.
    fn place(&self) -> Option<Place> {
        // Native functions above it are few: their nesting is bounded.
        self.frames.iter().rev().find_map(|frame| match frame.callee {
            Callee::Lua(closure) => {
                let chunk = chunk_id(&closure.proto().source);
                Some(Place { chunk, line: current_line(frame) })
            }
            Callee::Native(_) => None,
        })
    }
}

impl Context<'_> {
    /// Returns where the running thread of a run that waits for its host stands.
    pub fn asking_place(self) -> Option<Place> {
        self.state.current.get().state().place()
    }

    /// Returns where the running thread of a run that has been stopped stands, and its
    /// traceback. The run cannot go on afterwards.
    pub fn stopped_place(self) -> Option<(Place, Vec<u8>)> {
        let th = self.state.current.get().state();
        // A Lua function on top is about to begin an instruction; lines are those of the
        // last one begun.
        if let Some(frame) = th.frames.last_mut()
            && let Callee::Lua(_) = frame.callee
        {
            frame.pc += 1;
        }
        let place = th.place()?;
        let mut text = Vec::new();
        // Without fuel for more than this it is left out.
        let _ = self.state.fuel.on_the_host(TRACEBACK, || traceback(self, th, 0, &mut text));
        Some((place, text))
    }
}

impl Call<'_, '_> {
    /// Returns where the innermost Lua function of this thread stands.
    pub fn place(&self) -> Option<Place> {
        self.th.place()
    }
}
