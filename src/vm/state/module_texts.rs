//! The sources of modules that a host gave to scripts, for those who look for the cause of an
//! error outside of the machine. They are the host's memory: a few bounded copies, of which no
//! figure of a run knows, and which are in no snapshot.

use crate::base::chunk_id::chunk_id;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes that all of them may have; modules that come later are not kept.
const MOST: usize = 256 << 10;

/// The sources, by the names that messages show.
#[derive(Debug, Default)]
pub(crate) struct ModuleTexts {
    texts: BTreeMap<Vec<u8>, Arc<[u8]>>,
    bytes: usize,
}

impl ModuleTexts {
    /// Keeps the source of the chunk called `name`, unless there are too many.
    pub(crate) fn note(&mut self, name: &[u8], text: &[u8]) {
        let shown = chunk_id(name);
        if let Some(older) = self.texts.remove(&shown) {
            self.bytes -= older.len();
        }
        if self.bytes + text.len() <= MOST {
            self.bytes += text.len();
            self.texts.insert(shown, text.into());
        }
    }

    /// Returns the source of the chunk that messages show so.
    pub(crate) fn find(&self, shown: &[u8]) -> Option<Arc<[u8]>> {
        self.texts.get(shown).cloned()
    }
}
