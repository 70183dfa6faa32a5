//! What a machine keeps beside its state, for tests that compare states of a machine.

use super::Lua;
use crate::vm::heap::table::saved::LAST_EPOCH;
use crate::vm::tests::canonical;

impl Lua {
    /// Returns the machine's whole state in its canonical form.
    pub(crate) fn canonical(&mut self) -> String {
        let refusal = self.refusal;
        let mut text = self.enter(canonical::of);
        text.push_str(&format!("refusal {refusal:?}\n"));
        text
    }

    /// Lets only so many runs finish until the epochs are used up.
    pub(crate) fn wear(&mut self, runs: u32) {
        self.enter(|ctx| ctx.state.journal.epoch.set(LAST_EPOCH - 1 - runs));
    }

    /// Tells whether the epochs are used up: then the next run begins with a collection.
    pub(crate) fn is_worn(&mut self) -> bool {
        self.enter(|ctx| ctx.state.journal.is_worn())
    }
}
