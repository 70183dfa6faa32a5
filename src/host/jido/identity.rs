//! Protected files by what they are: a hard link elsewhere is the same file.

use super::Jido;
use super::refusal::Refusal;
use crate::session::lock;
use cap_std::fs::{Dir, Metadata, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long what a search has found is believed.
const FRESH: Duration = Duration::from_secs(2);
/// Most entries of directories that a search looks at, the higher ones first.
const MOST_ENTRIES: usize = 20_000;

type Identity = (u64, u64);

/// The protected files below the root that a search has found.
#[derive(Debug, Default)]
pub(super) struct Identities(Mutex<Option<(Instant, Vec<Identity>)>>);

fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

impl Jido {
    /// Refuses a file that is a protected one under another name: a hard link,
    /// another spelling, or a link swapped in after the check.
    pub(super) fn refuse_protected_identity(&self, file: &Metadata) -> Result<(), Refusal> {
        let wanted = identity(file);
        let at_its_place = self.rules.protected_paths().any(|path| {
            self.dir.metadata(path).is_ok_and(|protected| identity(&protected) == wanted)
        });
        // Only a file with several names can be one that is protected elsewhere.
        if at_its_place || (file.nlink() > 1 && self.is_known(wanted)) {
            return Err(Refusal::Protected);
        }
        Ok(())
    }

    fn is_known(&self, wanted: Identity) -> bool {
        let mut known = lock(&self.identities.0);
        match &*known {
            Some((when, found)) if when.elapsed() < FRESH => found.contains(&wanted),
            _ => {
                let found = self.search();
                let is_known = found.contains(&wanted);
                *known = Some((Instant::now(), found));
                is_known
            }
        }
    }

    /// Looks for protected files below the root, without following links.
    fn search(&self) -> Vec<Identity> {
        let mut found = Vec::new();
        let mut looked = 0;
        let mut waiting = std::collections::VecDeque::from([PathBuf::new()]);
        while let Some(way) = waiting.pop_front() {
            let Some(entries) = open(&self.dir, &way).and_then(|dir| dir.entries().ok()) else {
                continue;
            };
            for entry in entries.flatten() {
                looked += 1;
                if looked > MOST_ENTRIES {
                    return found;
                }
                let path = way.join(entry.file_name());
                let Ok(kind) = entry.file_type() else { continue };
                if kind.is_dir() {
                    waiting.push_back(path);
                } else if self.rules.check_protected(&path).is_err()
                    && let Ok(metadata) = entry.metadata()
                {
                    found.push(identity(&metadata));
                }
            }
        }
        found
    }
}

fn open(root: &Dir, way: &Path) -> Option<Dir> {
    if way.as_os_str().is_empty() { root.try_clone().ok() } else { root.open_dir(way).ok() }
}
