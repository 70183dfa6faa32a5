//! The traces of the last runs, in memory.

use crate::drive::KeptTrace;
use crate::session::lock;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

/// The most bytes of a trace that is kept.
const LARGEST: usize = 4 << 20;

/// Where the resources of traces begin.
pub(super) const URI: &str = "moonfuel://traces/";

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
    pub(super) fn sink(&self) -> Option<KeptTrace> {
        (self.most > 0).then(|| KeptTrace::up_to(LARGEST))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }

    /// Keeps what was written, and returns the name of its resource: nothing, if it was too
    /// much.
    pub(super) fn keep(&self, sink: &KeptTrace) -> Option<String> {
        let written = sink.take()?;
        let mut kept = self.kept();
        kept.last += 1;
        let number = kept.last;
        kept.traces.push_back((number, written.into()));
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
