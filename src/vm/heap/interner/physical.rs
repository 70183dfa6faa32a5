//! The table of short strings, for tests that compare states of a machine.

use super::Interner;
use crate::gc::Mutation;

impl<'gc> Interner<'gc> {
    /// Returns the number of strings, the number of slots, and the strings in the order of
    /// their bytes.
    pub(in crate::vm) fn physical(&self, mc: &Mutation<'gc>) -> (usize, usize, Vec<Vec<u8>>) {
        let inner = self.inner.borrow();
        let strings = inner.slots.strings(mc);
        let mut strings: Vec<Vec<u8>> = strings.map(|string| string.as_bytes().to_vec()).collect();
        strings.sort_unstable();
        (inner.count, inner.size, strings)
    }
}
