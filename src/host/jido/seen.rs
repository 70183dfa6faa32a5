//! Which files a session has read or written: one that is there is overwritten only by who
//! has seen it, as it still is.
//!
//! This is the host's state: a run that fails has read all the same.

use super::Jido;
use super::refusal::Refusal;
use cap_std::fs::Metadata;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The most files that are remembered; the oldest is forgotten for a new one.
const MOST_FILES: usize = 1000;

/// What tells whether a file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    size: u64,
    modified: Option<std::time::SystemTime>,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Stamp {
        Stamp {
            size: metadata.len(),
            modified: metadata.modified().ok().map(cap_std::time::SystemTime::into_std),
        }
    }
}

/// The files that were seen, by their way from the root, links resolved.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    files: BTreeMap<PathBuf, (Stamp, u64)>,
    /// The number of the last note.
    last: u64,
}

impl Seen {
    /// Notes that a file was seen so.
    pub(super) fn note(&self, real: &Path, stamp: Stamp) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.last += 1;
        let number = memory.last;
        memory.files.insert(real.to_path_buf(), (stamp, number));
        if memory.files.len() > MOST_FILES {
            let oldest = memory.files.iter().min_by_key(|(_, (_, number))| *number);
            if let Some(oldest) = oldest.map(|(path, _)| path.clone()) {
                memory.files.remove(&oldest);
            }
        }
    }

    /// Forgets a file that is no more.
    pub(super) fn forget(&self, real: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).files.remove(real);
    }

    fn stamp(&self, real: &Path) -> Option<Stamp> {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.files.get(real).map(|(stamp, _)| *stamp)
    }
}

impl Jido {
    /// Refuses a file that this session has not seen as it is; `purpose` is what for.
    pub(super) fn require_seen(
        &self,
        real: &Path,
        now: &Metadata,
        purpose: &'static str,
    ) -> Result<(), Refusal> {
        if !self.options.require_read {
            return Ok(());
        }
        match self.seen.stamp(real) {
            None => Err(Refusal::Unread(purpose)),
            Some(stamp) if stamp != Stamp::of(now) => Err(Refusal::Changed),
            Some(_) => Ok(()),
        }
    }
}
