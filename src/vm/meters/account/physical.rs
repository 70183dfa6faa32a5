//! The account's schedule, for tests that compare states of a machine.

use super::Account;

impl Account {
    /// Returns what is used, the moments of the next collection (with what holds it back,
    /// and without), and what holds it back.
    pub(in crate::vm) fn physical(&self) -> (usize, usize, usize, u8) {
        (self.used.get(), self.threshold.get(), self.due.get(), self.held.get())
    }

    /// Lets the next collection be due when `bytes` more are used.
    pub(crate) fn collect_after(&self, bytes: usize) {
        self.due.set(self.used.get() + bytes);
        self.set_threshold();
    }
}
