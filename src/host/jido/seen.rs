//! Which files a session has read or written: one that is there is overwritten only by who
//! has seen it, as it still is.
//!
//! This is the host's state: a run that fails has read all the same. Traces and snapshots have
//! it as notes, so that whoever goes on with them has seen what was seen.

use super::Jido;
use super::refusal::Refusal;
use crate::HostCx;
use crate::session::lock;
use cap_std::fs::Metadata;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, UNIX_EPOCH};

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

    /// Makes the note that a file was seen so: `27 bytes of 1700000000.000000001 src/a.lua`.
    /// Names that are no text are not noted, nor times before 1970.
    pub(super) fn note(&self, real: &Path) -> Option<Vec<u8>> {
        let (path, modified) = (real.to_str()?, self.modified?.duration_since(UNIX_EPOCH).ok()?);
        let (seconds, nanos) = (modified.as_secs(), modified.subsec_nanos());
        Some(format!("{} bytes of {seconds}.{nanos:09} {path}", self.size).into_bytes())
    }

    fn of_note(note: &[u8]) -> Option<(Stamp, PathBuf)> {
        let (size, rest) = std::str::from_utf8(note).ok()?.split_once(" bytes of ")?;
        let (time, path) = rest.split_once(' ')?;
        let (seconds, nanos) = time.split_once('.')?;
        let nanos = nanos.parse().ok().filter(|nanos| *nanos < 1_000_000_000)?;
        let modified = UNIX_EPOCH.checked_add(Duration::new(seconds.parse().ok()?, nanos))?;
        let stamp = Stamp { size: size.parse().ok()?, modified: Some(modified) };
        Some((stamp, PathBuf::from(path)))
    }
}

/// How the note about a file begins that is no more.
const GONE: &[u8] = b"gone ";

/// Makes the note that a file is no more.
pub(super) fn gone(real: &Path) -> Vec<u8> {
    [GONE, real.to_string_lossy().as_bytes()].concat()
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
        let mut memory = lock(&self.0);
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
        lock(&self.0).files.remove(real);
    }

    /// Returns what is remembered, the oldest first, as notes for [`Seen::recall`].
    pub(super) fn notes(&self) -> Vec<Vec<u8>> {
        let memory = lock(&self.0);
        let mut files: Vec<_> = memory.files.iter().collect();
        files.sort_unstable_by_key(|(_, (_, number))| *number);
        files.into_iter().filter_map(|(path, (stamp, _))| stamp.note(path)).collect()
    }

    /// Takes up a note that was made elsewhere, or long ago.
    pub(super) fn recall(&self, note: &[u8]) {
        if let Some(path) = note.strip_prefix(GONE) {
            if let Ok(path) = std::str::from_utf8(path) {
                self.forget(Path::new(path));
            }
        } else if let Some((stamp, path)) = Stamp::of_note(note) {
            self.note(&path, stamp);
        }
    }

    fn stamp(&self, real: &Path) -> Option<Stamp> {
        let memory = lock(&self.0);
        memory.files.get(real).map(|(stamp, _)| *stamp)
    }
}

impl Jido {
    /// Notes that a file was seen so, in whatever the call is recorded in too.
    pub(super) fn has_seen(&self, cx: &mut HostCx<'_>, real: &Path, stamp: Stamp) {
        self.seen.note(real, stamp);
        if self.options.require_read {
            cx.remember(|| stamp.note(real).unwrap_or_else(|| gone(real)));
        }
    }

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
