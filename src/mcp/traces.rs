//! The traces of the last runs, in memory.

use crate::session::lock;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard};

/// The most bytes of a trace that is kept.
const LARGEST: usize = 4 << 20;

/// Where the resources of traces begin.
pub(super) const URI: &str = "moonfuel://traces/";

/// A trace that is being written: give a clone to the session.
#[derive(Clone, Debug, Default)]
pub(super) struct Sink(Arc<Mutex<Written>>);

#[derive(Debug, Default)]
struct Written {
    text: Vec<u8>,
    /// It became too large, and is no trace any more.
    given_up: bool,
}

impl Sink {
    fn written(&self) -> MutexGuard<'_, Written> {
        lock(&self.0)
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.written();
        // A sink that fails would end the run: that a trace is too long is no reason.
        if written.given_up || written.text.len() + bytes.len() > LARGEST {
            *written = Written { given_up: true, text: Vec::new() };
        } else {
            written.text.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The last traces.
#[derive(Debug)]
pub(super) struct Traces {
    kept: Mutex<Kept>,
    most: usize,
}

#[derive(Debug, Default)]
struct Kept {
    last: u64,
    traces: VecDeque<(u64, Arc<[u8]>)>,
}

impl Traces {
    pub(super) fn new(most: usize) -> Traces {
        Traces { kept: Mutex::default(), most }
    }

    /// Begins a trace, if any are kept.
    pub(super) fn sink(&self) -> Option<Sink> {
        (self.most > 0).then(Sink::default)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }

    /// Keeps what was written, and returns the name of its resource: nothing, if it was too
    /// much.
    pub(super) fn keep(&self, sink: &Sink) -> Option<String> {
        let written = std::mem::take(&mut *sink.written());
        if written.given_up {
            return None;
        }
        let mut kept = self.kept();
        kept.last += 1;
        let number = kept.last;
        kept.traces.push_back((number, written.text.into()));
        while kept.traces.len() > self.most {
            kept.traces.pop_front();
        }
        Some(format!("{URI}{number}"))
    }

    /// Returns the names and sizes of those that are kept, the latest first.
    pub(super) fn list(&self) -> Vec<(String, usize)> {
        let kept = self.kept();
        kept.traces.iter().rev().map(|(n, text)| (format!("{URI}{n}"), text.len())).collect()
    }

    /// Returns a trace.
    pub(super) fn get(&self, uri: &str) -> Option<Arc<[u8]>> {
        let number = uri.strip_prefix(URI)?;
        let kept = self.kept();
        let named = kept.traces.iter().find(|(n, _)| n.to_string() == number);
        named.map(|(_, text)| Arc::clone(text))
    }
}
