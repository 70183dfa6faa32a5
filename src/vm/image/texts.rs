//! The texts that the prototypes of a chunk share, while the chunk is made again.

use crate::vm::heap::closure::Texts;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

/// Texts, each once.
pub(super) type Known = BTreeSet<Arc<[u8]>>;

/// Texts of a chunk that is made again.
pub(super) struct TextsAgain {
    pub(super) texts: Rc<Texts>,
    /// Those that are there, each once.
    pub(super) known: Known,
}
