//! What a machine keeps beside its state, for tests that compare states of a machine.

use super::Lua;
use crate::vm::tests::canonical;

impl Lua {
    /// Returns the machine's whole state in its canonical form.
    pub(crate) fn canonical(&mut self) -> String {
        let refusal = self.refusal;
        let mut text = self.enter(canonical::of);
        text.push_str(&format!("refusal {refusal:?}\n"));
        text
    }
}
