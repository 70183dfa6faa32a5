//! The host's side of handles, for tests that compare states of a machine.

use super::Handles;

impl Handles {
    /// Returns the places that hold something.
    pub(in crate::vm) fn physical(&self) -> Vec<usize> {
        let places = self.places.borrow();
        (1..=places.len()).filter(|place| places[place - 1].live).collect()
    }
}
