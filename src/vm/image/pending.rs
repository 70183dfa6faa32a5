//! What a loader keeps of a journal and of threads until all objects are there.

use crate::vm::heap::table::Table;
use crate::vm::heap::table::saved::image::Kept;

/// A table of the journal, while chains are not yet complete.
pub(super) struct Pending<'gc> {
    pub(super) table: Table<'gc>,
    pub(super) before: Table<'gc>,
    pub(super) kept: Kept,
}

/// What is in an open journal beside lists.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Numbers {
    pub(super) floor: u64,
    pub(super) bytes: usize,
}

/// Variables that live in stacks, by what says so.
#[derive(Default)]
pub(super) struct OpenVariables {
    /// The variables themselves: address of the variable, and of its thread.
    pub(super) claimed: Vec<(usize, usize)>,
    /// Threads.
    pub(super) listed: Vec<(usize, usize)>,
}
