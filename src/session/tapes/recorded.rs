//! A trace that was read: its lines, each of them checked.

use super::json;
use super::line::{END, HASH, Hash, hash_of};
use super::text::push_hex;
use super::value::count_of;
use crate::session::values::host_value::{HostKey, HostValue};
use std::fmt;
use std::ops::Range;

/// The version of the format that is written and read.
pub(in crate::session) const FORMAT: u64 = 2;

/// What is wrong where a trace has nothing but its header, or not even that.
pub(crate) const NEVER_BEGAN: &str = "the recording ended before its script began";

/// Kinds of lines.
const KINDS: [&str; 17] = [
    "moonfuel", "run", "call", "done", "then", "answer", "yield", "resume", "fuel", "output",
    "stop", "end", "left", "function", "object", "revoke", "close",
];

/// A line of a trace.
#[derive(Debug)]
pub(in crate::session) struct Entry {
    pub(in crate::session) kind: &'static str,
    /// Its text, without the hash.
    body: Range<usize>,
    pub(in crate::session) hash: Hash,
}

/// The lines of a trace, in order, whose hashes are right.
#[derive(Debug)]
pub(in crate::session) struct Recorded {
    text: Vec<u8>,
    pub(in crate::session) entries: Vec<Entry>,
    /// Whether the last line is cut: whoever wrote it was stopped.
    pub(in crate::session) torn: bool,
}

/// Why a text is no trace.
///
/// ```
/// use moonfuel::Trace;
///
/// let error = Trace::parse("{\"n\":1}\n").unwrap_err();
/// assert_eq!(error.line, 1);
/// assert_eq!(error.to_string(), "line 1: it is damaged: no hash at its end");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceError {
    /// The line, from 1: the number of the entry as well.
    pub line: u64,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for TraceError {}

impl TraceError {
    pub(in crate::session) fn new(line: u64, what: impl Into<String>) -> TraceError {
        TraceError { line, what: what.into() }
    }
}

impl Recorded {
    /// Reads the lines of a trace.
    ///
    /// # Errors
    /// The first line that is not as it was written, or not where it was.
    pub(in crate::session) fn read(text: Vec<u8>) -> Result<Recorded, TraceError> {
        let mut entries: Vec<Entry> = Vec::new();
        let (mut hash, mut from, mut torn) = ([0; 32], 0, false);
        while from < text.len() {
            let number = entries.len() as u64 + 1;
            let Some(length) = memchr::memchr(b'\n', &text[from..]) else {
                torn = true;
                break;
            };
            let (kind, end, own) = line(&text[from..from + length], number, &hash)?;
            hash = own;
            entries.push(Entry { kind, body: from..from + end, hash });
            from += length + 1;
        }
        let mut text = text;
        text.truncate(from);
        let recorded = Recorded { text, entries, torn };
        recorded.check_text()?;
        recorded.check_order()?;
        Ok(recorded)
    }

    /// Checks that each line is JSON: whoever made the hashes need not have recorded it.
    fn check_text(&self) -> Result<(), TraceError> {
        for at in 0..self.entries.len() {
            let mut whole = self.body(at).to_vec();
            whole.push(b'}');
            let line = at as u64 + 1;
            let fields = json::read(&whole).map_err(|bad| {
                let what = format!("it is damaged: no JSON from byte {} on", bad.at + 1);
                TraceError::new(line, what)
            })?;
            if let Some(name) = twice(&fields) {
                let what = format!("it is damaged: it has `{name}` twice");
                return Err(TraceError::new(line, what));
            }
        }
        Ok(())
    }

    /// Checks that the first line is the header, and no other, and that nothing comes after
    /// the end.
    fn check_order(&self) -> Result<(), TraceError> {
        if self.entries.is_empty() {
            let what = match self.torn {
                true => format!("the header is cut: {NEVER_BEGAN}"),
                false => "the trace is empty".to_owned(),
            };
            return Err(TraceError::new(1, what));
        }
        let last = self.entries.len() - 1;
        for (at, entry) in self.entries.iter().enumerate() {
            let line = at as u64 + 1;
            if (entry.kind == "moonfuel") != (at == 0) {
                return Err(TraceError::new(line, "a header must be the first entry, and is not"));
            }
            if entry.kind == "close" && at != last {
                return Err(TraceError::new(line + 1, "an entry is left over behind the end"));
            }
        }
        let header = self.fields(0);
        match header.field("format").and_then(count_of) {
            Some(FORMAT) => Ok(()),
            Some(other) => Err(TraceError::new(1, format!("format {other} is not known"))),
            None => Err(TraceError::new(1, "it is damaged: no format")),
        }
    }

    /// Tells whether the trace has its last line.
    pub(in crate::session) fn is_closed(&self) -> bool {
        !self.torn && self.entries.last().is_some_and(|entry| entry.kind == "close")
    }

    /// Returns how many entries one keeps who goes on behind them: without the end, without
    /// one that says that a run was left for another that never began, and without output that
    /// was written for an entry that is not there.
    pub(in crate::session) fn kept(&self) -> usize {
        let mut kept = &self.entries[..];
        for idle in ["close", "left", "output"] {
            // Behind the end nothing can be cut.
            if idle == "close" && !self.is_closed() {
                continue;
            }
            kept = match kept.split_last() {
                Some((last, others)) if last.kind == idle => others,
                _ => kept,
            };
        }
        kept.len()
    }

    /// Returns the text of an entry, without its hash and the brace at its end.
    pub(in crate::session) fn body(&self, at: usize) -> &[u8] {
        self.entries.get(at).map_or(b"", |entry| &self.text[entry.body.clone()])
    }

    /// Returns the fields of an entry.
    pub(in crate::session) fn fields(&self, at: usize) -> HostValue {
        fields(self.body(at)).unwrap_or_default()
    }

    /// Returns how many bytes the first entries take, with their hashes.
    pub(in crate::session) fn bytes_of(&self, entries: usize) -> usize {
        let last = entries.checked_sub(1).and_then(|last| self.entries.get(last));
        last.map_or(0, |last| last.body.end + END + 1)
    }
}

/// Returns a field that a line has more than once: they are few.
fn twice(fields: &HostValue) -> Option<&str> {
    let HostValue::Object(fields) = fields else { return None };
    let is_twice = |(at, (name, _)): &(usize, &(HostKey, HostValue))| {
        fields[..*at].iter().any(|(other, _)| other == name)
    };
    // A line that was made up may have any number of fields, and is not worth the time.
    let many = fields.get(MOST_FIELDS);
    let found = fields.iter().take(MOST_FIELDS).enumerate().find(is_twice).map(|(_, field)| field);
    found.or(many).and_then(|(name, _)| name.as_str())
}

/// No line has more fields.
const MOST_FIELDS: usize = 64;

/// Reads the fields of a line without its end.
pub(in crate::session) fn fields(body: &[u8]) -> Option<HostValue> {
    let mut text = body.to_vec();
    text.push(b'}');
    json::read(&text).ok()
}

/// Checks that a line is the one that was written here. Returns its kind, where its hash
/// begins, and the hash.
fn line(
    text: &[u8],
    number: u64,
    before: &Hash,
) -> Result<(&'static str, usize, Hash), TraceError> {
    let damaged = |what: &str| TraceError::new(number, format!("it is damaged: {what}"));
    let end = text.len().checked_sub(END).filter(|end| text[*end..].starts_with(HASH));
    let end =
        end.filter(|_| text.ends_with(b"\"}")).ok_or_else(|| damaged("no hash at its end"))?;
    let body = &text[..end];
    let (own, kind) = head(body).ok_or_else(|| damaged("no number and no kind"))?;
    if own != number {
        let what = if own > number {
            format!("it is entry {own}: entry {number} is missing, or not in its place")
        } else {
            format!("it is entry {own} once more, or not in its place")
        };
        return Err(TraceError::new(number, what));
    }
    let hash = hash_of(before, body);
    let mut digits = Vec::with_capacity(2 * hash.len());
    push_hex(&mut digits, &hash);
    if text[end + HASH.len()..text.len() - 2] != digits {
        return Err(damaged("it or an entry before it is not what was written"));
    }
    match KINDS.into_iter().find(|known| known.as_bytes() == kind) {
        Some(kind) => Ok((kind, end, hash)),
        None => Err(damaged(&format!("no entry is called '{}'", kind.escape_ascii()))),
    }
}

/// Reads the number and the kind, with which every line begins.
fn head(body: &[u8]) -> Option<(u64, &[u8])> {
    let rest = body.strip_prefix(b"{\"n\":")?;
    let digits = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    let number = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    let rest = rest[digits..].strip_prefix(b",\"k\":\"")?;
    Some((number, &rest[..memchr::memchr(b'"', rest)?]))
}
