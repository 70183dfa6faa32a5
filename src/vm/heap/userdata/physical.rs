//! What userdata and buffers hold, for tests that compare states of a machine.

use super::Buffer;

impl Buffer<'_> {
    /// Returns the bytes charged for the contents.
    pub(in crate::vm) fn charged(self) -> usize {
        self.0.charged.get()
    }
}
