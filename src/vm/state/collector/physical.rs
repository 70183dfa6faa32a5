//! The collector's settings, for tests that compare states of a machine.

use super::Collector;

impl Collector<'_> {
    /// Returns all settings and flags as text.
    pub(in crate::vm) fn physical(&self) -> String {
        format!(
            "finalizing {} closing {} generational {} pause {} multiplier {} progress {} overdue {}",
            self.finalizing.get(),
            self.closing.get(),
            self.generational.get(),
            self.pause.get(),
            self.step_multiplier.get(),
            self.progress.get(),
            self.overdue.get()
        )
    }
}
