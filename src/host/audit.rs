//! Who called what: one entry for each call of a host function, refused ones included.

use crate::HostValue;
use crate::session::lock;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard};

mod canonical;

/// Entries that are kept unless the host says otherwise.
const DEFAULT_ENTRIES: usize = 10_000;

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It did what it should.
    Ok,
    /// It failed, or its run ended before it was answered.
    Error,
    /// It was refused: by the policy, or by the function for what it would have reached.
    Blocked,
}

impl Status {
    /// Returns its name: `ok`, `error` or `blocked`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Error => "error",
            Status::Blocked => "blocked",
        }
    }
}

/// One call of a host function, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, from 1.
    pub(crate) id: u64,
    /// When it ended, in milliseconds since the epoch.
    pub(crate) at: u64,
    /// The session.
    pub(crate) session: String,
    /// The run of the session, from 1.
    pub(crate) run: u64,
    /// The call of the run, from 1.
    pub(crate) call: u64,
    /// The function: `jido.read_file`.
    pub(crate) name: String,
    /// What came of it.
    pub(crate) status: Status,
    /// Which rule refused it, or why the function did.
    pub(crate) rule: Option<String>,
    /// What it was used on, or refused about, such as a path.
    pub(crate) about: Option<String>,
    /// How long it took, in microseconds.
    pub(crate) duration_us: u64,
    /// The first 32 hex digits of SHA-256 over its arguments as canonical JSON; nothing if it
    /// had none.
    pub(crate) args_hash: Option<String>,
}

/// The log of calls: a ring of the latest entries, and what else they are written to. Clones
/// are the same log.
///
/// ```
/// use moonfuel::host::audit::{Audit, AuditEntry, Status};
///
/// let audit = Audit::with_room(2);
/// for name in ["one", "two", "three"] {
///     audit.add(AuditEntry::new("session 1", name, Status::Ok, &["a.txt".into()]));
/// }
/// let names: Vec<_> = audit.entries().iter().map(|entry| entry.to_json()["name"].clone()).collect();
/// assert_eq!(names, ["two", "three"]);
/// ```
#[derive(Clone)]
pub struct Audit(Arc<Mutex<Log>>);

struct Log {
    entries: VecDeque<AuditEntry>,
    room: usize,
    last_id: u64,
    sinks: Vec<Box<dyn Write + Send>>,
    failed: Option<io::Error>,
}

impl Default for Audit {
    fn default() -> Self {
        Audit::with_room(DEFAULT_ENTRIES)
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit").field("entries", &self.log().entries.len()).finish_non_exhaustive()
    }
}

impl Audit {
    /// Makes a log that keeps this many entries; older ones go.
    pub fn with_room(entries: usize) -> Audit {
        let room = entries.max(1);
        Audit(Arc::new(Mutex::new(Log {
            entries: VecDeque::new(),
            room,
            last_id: 0,
            sinks: Vec::new(),
            failed: None,
        })))
    }

    /// Writes each entry to `sink` as well, as a line of JSON, as soon as it is made. There may
    /// be several sinks.
    pub fn write_to(&self, sink: impl Write + Send + 'static) {
        self.log().sinks.push(Box::new(sink));
    }

    /// Returns the entries that are kept, the oldest first.
    pub fn entries(&self) -> Vec<AuditEntry> {
        self.log().entries.iter().cloned().collect()
    }

    /// Returns at most `limit` entries of a session, or of all, the newest first.
    pub fn latest(&self, session: Option<&str>, limit: usize) -> Vec<AuditEntry> {
        let log = self.log();
        let is_its = |entry: &&AuditEntry| session.is_none_or(|session| entry.session == session);
        log.entries.iter().rev().filter(is_its).take(limit).cloned().collect()
    }

    /// Returns how many entries it keeps at most.
    pub fn room(&self) -> usize {
        self.log().room
    }

    /// Returns why an entry could not be written, if one could not; those after it are not
    /// written there either.
    pub fn take_failure(&self) -> Option<io::Error> {
        self.log().failed.take()
    }

    /// Adds an entry, which gets its number here. Returns that.
    pub fn add(&self, mut entry: AuditEntry) -> u64 {
        let mut log = self.log();
        log.last_id += 1;
        entry.id = log.last_id;
        if !log.sinks.is_empty() {
            log.write(&format!("{}\n", entry.to_json()));
        }
        if log.entries.len() >= log.room {
            log.entries.pop_front();
        }
        let id = entry.id;
        log.entries.push_back(entry);
        id
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        // What a panic left is still a log.
        lock(&self.0)
    }
}

impl Log {
    /// Writes a line to every sink; one that cannot take it gets no more.
    fn write(&mut self, line: &str) {
        let Log { sinks, failed, .. } = self;
        sinks.retain_mut(|sink| {
            let written = sink.write_all(line.as_bytes()).and_then(|()| sink.flush());
            written.map_err(|error| *failed = Some(error)).is_ok()
        });
    }
}

impl AuditEntry {
    /// Begins an entry about a call of a function in a session.
    pub fn new(session: &str, name: &str, status: Status, args: &[HostValue]) -> AuditEntry {
        AuditEntry {
            id: 0,
            at: 0,
            session: session.to_owned(),
            run: 0,
            call: 0,
            name: name.to_owned(),
            status,
            rule: None,
            about: None,
            duration_us: 0,
            args_hash: canonical::args_hash(args),
        }
    }

    /// Returns the entry as the object that a line of the log is: `id`, `at` (milliseconds since
    /// the epoch), `session`, `run`, `call`, `name`, `status` (`ok`, `error` or `blocked`),
    /// `rule` (which rule refused it, or why the function did), `about` (such as the path it
    /// was refused for), `duration_us`, `args_hash` (the first 32 hex digits of SHA-256 over
    /// its arguments as canonical JSON of RFC 8785, where bytes that are no UTF-8 are
    /// `{"$bytes": base64}`; null without arguments).
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "id": self.id,
            "at": self.at,
            "session": self.session,
            "run": self.run,
            "call": self.call,
            "name": self.name,
            "status": self.status.name(),
            "rule": self.rule,
            "about": self.about,
            "duration_us": self.duration_us,
            "args_hash": self.args_hash,
        })
    }
}

#[cfg(test)]
mod tests;
