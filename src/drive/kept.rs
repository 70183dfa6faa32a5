//! A trace that is kept in memory, up to a size.

use crate::session::lock;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// Give a clone to the session that is recorded.
#[derive(Clone)]
pub(crate) struct KeptTrace {
    /// Nothing once it was longer than it may be: a part of a trace is none.
    bytes: Arc<Mutex<Option<Vec<u8>>>>,
    most: usize,
}

impl fmt::Debug for KeptTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptTrace").field("most", &self.most).finish_non_exhaustive()
    }
}

impl KeptTrace {
    /// Keeps so many bytes at most.
    pub(crate) fn up_to(most: usize) -> KeptTrace {
        KeptTrace { bytes: Arc::new(Mutex::new(Some(Vec::new()))), most }
    }

    /// Shows what was written so far: nothing, if it was too long.
    pub(crate) fn with<R>(&self, look: impl FnOnce(Option<&[u8]>) -> R) -> R {
        look(lock(&self.bytes).as_deref())
    }

    /// Returns what was written, and keeps no more.
    pub(crate) fn take(&self) -> Option<Vec<u8>> {
        lock(&self.bytes).take()
    }
}

impl Write for KeptTrace {
    /// Never fails: that a trace is too long is no reason to end the run.
    fn write(&mut self, new: &[u8]) -> io::Result<usize> {
        let mut bytes = lock(&self.bytes);
        if let Some(kept) = &mut *bytes {
            if kept.len().saturating_add(new.len()) > self.most {
                *bytes = None;
            } else {
                kept.extend_from_slice(new);
            }
        }
        Ok(new.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
