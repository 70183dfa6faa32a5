//! What closures hold beside values, for tests that compare states of a machine.

use super::Upvalue;

impl<'gc> Upvalue<'gc> {
    /// Returns the variable's serial number, 0 if nobody asked for it.
    pub(in crate::vm) fn number(self) -> u32 {
        self.0.serial.get()
    }

    /// Tells whether the variable is where it ought to be.
    pub(in crate::vm) fn is_in_place(self) -> bool {
        let at = match self.0.thread.get() {
            Some(thread) => {
                let stack = &thread.state().stack;
                if self.index() >= stack.capacity() {
                    return false;
                }
                stack.at(self.index())
            }
            None => self.0.closed.get(),
        };
        std::ptr::eq(at, self.0.at.get())
    }
}
