//! What may be used once: the names of what has been, kept until they mean nothing any more.
//! With a folder they are files, so that several processes, and later ones, agree. A name says
//! itself until when it means something: those processes may give less time to think.

use super::names::name;
use crate::session::lock;
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

#[cfg(test)]
mod tests;

/// Makes the name of something that can be used for this long.
///
/// # Errors
/// When the system has no entropy.
pub(super) fn good_for(time: Duration) -> io::Result<String> {
    let until = since_epoch().saturating_add(time).as_secs().saturating_add(1);
    Ok(format!("{}-{until}", name()?))
}

/// How far clocks of several machines may be apart.
const APART: Duration = Duration::from_secs(120);

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// Tells whether what has this name can still be used, if the name says that.
fn means_something(name: &str) -> Option<bool> {
    let (_, until) = name.rsplit_once('-')?;
    let until = Duration::from_secs(until.parse().ok()?);
    Some(since_epoch() <= until.saturating_add(APART))
}

/// The names of what is used up.
#[derive(Debug)]
pub(super) struct Spent {
    /// How long something can be used at all.
    time: Duration,
    here: Mutex<BTreeMap<String, Instant>>,
    folder: Option<PathBuf>,
}

/// Returns the folder with the names of what was used of those that a key has signed.
pub(crate) fn used_beside(key: &Path) -> PathBuf {
    let mut name = key.as_os_str().to_owned();
    name.push(".used");
    PathBuf::from(name)
}

impl Spent {
    /// Begins a list; what processes with the same key use is noted beside the key's file.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(super) fn new(key: Option<&Path>, time: Duration) -> io::Result<Spent> {
        let folder = key.map(used_beside);
        if let Some(folder) = &folder {
            fs::create_dir_all(folder)?;
        }
        Ok(Spent { time, here: Mutex::default(), folder })
    }

    /// Uses a name up. Tells whether it was still unused.
    ///
    /// # Errors
    /// When that cannot be noted.
    pub(super) fn spend(&self, name: &str) -> io::Result<bool> {
        let mut here = lock(&self.here);
        let now = Instant::now();
        // A clock that was set back makes what is used good for longer than its time.
        here.retain(|name, at| {
            now.saturating_duration_since(*at) <= self.time || means_something(name) == Some(true)
        });
        if here.insert(name.to_owned(), now).is_some() {
            return Ok(false);
        }
        let Some(folder) = &self.folder else { return Ok(true) };
        self.sweep(folder);
        match OpenOptions::new().write(true).create_new(true).open(folder.join(name)) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => {
                // It can be used once that can be noted.
                here.remove(name);
                Err(error)
            }
        }
    }

    /// Takes back that a name was used up: nothing has come of it.
    pub(super) fn give_back(&self, name: &str) {
        lock(&self.here).remove(name);
        if let Some(folder) = &self.folder {
            let _ = fs::remove_file(folder.join(name));
        }
    }

    /// Takes away what is too old to be used anyway.
    fn sweep(&self, folder: &Path) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            match entry.file_name().to_str().and_then(means_something) {
                Some(true) => continue,
                Some(false) => {
                    let _ = fs::remove_file(entry.path());
                    continue;
                }
                // A name of before names told.
                None => {}
            }
            let modified = entry.metadata().and_then(|data| data.modified());
            let age = modified.map(|at| SystemTime::now().duration_since(at).unwrap_or_default());
            // Twice the time: clocks of file systems are coarse.
            if age.is_ok_and(|age| age > self.time * 2 + Duration::from_secs(2)) {
                // Another process may have been first.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}
