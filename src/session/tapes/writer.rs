//! Where the lines of a trace get their hashes and are written: at once, or by who has the
//! time for it.

use super::line::{self, Hash, hash_of};
use super::text::push_bytes;
use crate::session::functions::contained::contained;
use crate::session::functions::lock::lock;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::{fmt, mem};

/// The bytes from which on lines do not wait any longer.
const MOST_WAITING: usize = 256 << 10;

/// When a line must be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum When {
    /// Before anything else happens.
    Now,
    /// Before the next line that must be written at once; sooner, if somebody sees to it.
    Soon,
}

/// The end of a trace that is written.
pub(in crate::session) struct Lines {
    shared: Arc<Shared>,
    /// Whether anything may wait.
    may_wait: bool,
}

/// Writes the entries of a session's trace that may wait, beside the session: see
/// [`SessionBuilder::record_beside`](crate::SessionBuilder::record_beside).
#[derive(Clone)]
pub struct TraceWriter(Arc<Shared>);

struct Shared {
    waiting: Mutex<Waiting>,
    /// Somebody waits for lines, and there are some.
    more: Condvar,
    /// Taken before `waiting`.
    end: Mutex<End>,
    /// Why nothing can be written any more.
    failed: OnceLock<String>,
}

/// Lines without hashes.
#[derive(Default)]
struct Bodies {
    text: Vec<u8>,
    /// The parts of it that are strings as they are: JSON is to be made of them.
    raw: Vec<Range<usize>>,
    /// Where each line ends.
    ends: Vec<usize>,
}

#[derive(Default)]
struct Waiting {
    bodies: Bodies,
    /// Whether somebody waits for them.
    is_awaited: bool,
    /// Whether no more will come.
    is_closed: bool,
}

/// What is written, and what was.
struct End {
    sink: Box<dyn Write + Send>,
    /// The hash of all lines so far.
    hash: Hash,
    text: Vec<u8>,
    /// Room for the lines that waited.
    bodies: Bodies,
}

impl When {
    /// Returns when the entries of a call must be written.
    pub(in crate::session) fn of(only_looks: bool) -> When {
        if only_looks { When::Soon } else { When::Now }
    }
}

impl Lines {
    /// Makes what writes lines behind those that have this hash.
    pub(in crate::session) fn new(sink: Box<dyn Write + Send>, hash: Hash) -> Lines {
        let end = End { sink, hash, text: Vec::new(), bodies: Bodies::default() };
        let shared = Shared {
            waiting: Mutex::default(),
            more: Condvar::new(),
            end: Mutex::new(end),
            failed: OnceLock::new(),
        };
        Lines { shared: Arc::new(shared), may_wait: false }
    }

    /// Lets lines wait for a writer.
    pub(in crate::session) fn writer(&mut self) -> TraceWriter {
        self.may_wait = true;
        TraceWriter(Arc::clone(&self.shared))
    }

    /// Tells whether lines wait for a writer.
    pub(in crate::session) fn may_wait(&self) -> bool {
        self.may_wait
    }

    /// Writes a line, and those that wait; or lets it wait with them. There are parts to be
    /// made JSON of in lines that may wait alone.
    pub(in crate::session) fn put(&self, body: &[u8], raw: &[Range<usize>], when: When) {
        let shared = &*self.shared;
        if when == When::Now || !self.may_wait {
            return shared.write(Some(body));
        }
        let mut waiting = lock(&shared.waiting);
        let Bodies { text, raw: all, ends } = &mut waiting.bodies;
        let from = text.len();
        text.extend_from_slice(body);
        all.extend(raw.iter().map(|part| from + part.start..from + part.end));
        let end = text.len();
        ends.push(end);
        let is_awaited = mem::take(&mut waiting.is_awaited);
        drop(waiting);
        if is_awaited {
            shared.more.notify_one();
        }
        // Who cannot keep up has lines written for him.
        if end >= MOST_WAITING {
            shared.write(None);
        }
    }

    /// Returns the hash of all lines.
    #[cfg(feature = "cli")]
    pub(in crate::session) fn hash(&self) -> Hash {
        self.shared.write(None);
        lock(&self.shared.end).hash
    }

    /// Returns why nothing can be written any more.
    pub(in crate::session) fn failed(&self) -> Option<&str> {
        self.shared.failed.get().map(String::as_str)
    }

    /// Writes what waits, and lets the sink go, whoever else is still about to write: its file
    /// may be another session's next. No more will come.
    pub(in crate::session) fn close(&self) {
        self.shared.write(None);
        lock(&self.shared.waiting).is_closed = true;
        self.shared.more.notify_all();
        let sink = mem::replace(&mut lock(&self.shared.end).sink, Box::new(io::sink()));
        // It is the host's, and may panic.
        let _ = contained(|| drop(sink));
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    /// Writes the lines that wait, and one more behind them.
    fn write(&self, last: Option<&[u8]>) {
        let mut end = lock(&self.end);
        let End { sink, hash, text, bodies } = &mut *end;
        mem::swap(&mut lock(&self.waiting).bodies, bodies);
        text.clear();
        let mut finish = |text: &mut Vec<u8>, begin: usize| {
            *hash = hash_of(hash, &text[begin..]);
            line::end(text, hash);
        };
        let (mut from, mut raw) = (0, bodies.raw.drain(..).peekable());
        for end in bodies.ends.drain(..) {
            let begin = text.len();
            while let Some(part) = raw.next_if(|part| part.end <= end) {
                text.extend_from_slice(&bodies.text[from..part.start]);
                push_bytes(text, &bodies.text[part.clone()]);
                from = part.end;
            }
            text.extend_from_slice(&bodies.text[from..end]);
            from = end;
            finish(text, begin);
        }
        drop(raw);
        bodies.text.clear();
        if let Some(body) = last {
            let begin = text.len();
            text.extend_from_slice(body);
            finish(text, begin);
        }
        if text.is_empty() || self.failed.get().is_some() {
            return;
        }
        let failed = match contained(|| sink.write_all(text).and_then(|()| sink.flush())) {
            Some(Ok(())) => return,
            Some(Err(error)) => error.to_string(),
            None => "the sink panicked".to_owned(),
        };
        let _ = self.failed.set(failed);
    }
}

impl TraceWriter {
    /// Waits until there are entries to be written, and writes them. Tells whether there may
    /// be more: not when the session is gone, which has written the rest itself.
    pub fn write(&self) -> bool {
        let mut waiting = lock(&self.0.waiting);
        while waiting.bodies.ends.is_empty() {
            if waiting.is_closed {
                return false;
            }
            waiting.is_awaited = true;
            waiting = self.0.more.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.is_awaited = false;
        drop(waiting);
        self.0.write(None);
        true
    }
}

impl fmt::Debug for TraceWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceWriter").field("failed", &self.0.failed.get()).finish_non_exhaustive()
    }
}
