//! One line of a trace while it is written.

use super::text::{push_bytes, push_count, push_hex, push_str};
use crate::base::sha256::Sha256;
use std::ops::Range;

/// The hash of a line and all before it.
pub(in crate::session) type Hash = [u8; 32];

/// What stands before the hash at the end of a line.
pub(in crate::session) const HASH: &[u8] = b",\"sha\":\"";
/// The bytes of the end of a line, from there on.
pub(in crate::session) const END: usize = HASH.len() + 64 + 2;

/// A line whose fields are added one after the other.
#[derive(Debug)]
pub(in crate::session) struct Line {
    text: Vec<u8>,
    /// The fields of which something was left out.
    redacted: Vec<&'static str>,
    /// Where strings stand in the text as they are, and not as JSON.
    raw: Vec<Range<usize>>,
}

impl Line {
    /// Begins line number `n`, of a kind, in a buffer that is used again.
    pub(in crate::session) fn new(mut buffer: Vec<u8>, n: u64, kind: &str) -> Line {
        buffer.clear();
        buffer.extend_from_slice(b"{\"n\":");
        push_count(&mut buffer, n);
        buffer.extend_from_slice(b",\"k\":");
        push_str(&mut buffer, kind);
        Line { text: buffer, redacted: Vec::new(), raw: Vec::new() }
    }

    /// Begins a field: what is appended to the text is its value.
    pub(in crate::session) fn field(&mut self, name: &str) -> &mut Vec<u8> {
        self.text.extend_from_slice(b",\"");
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(b"\":");
        &mut self.text
    }

    /// Returns the text, to go on with the field that was begun last.
    pub(in crate::session) fn text_mut(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    /// Adds a count.
    pub(in crate::session) fn count(&mut self, name: &str, count: u64) {
        push_count(self.field(name), count);
    }

    /// Adds a text.
    pub(in crate::session) fn text(&mut self, name: &str, text: &str) {
        push_str(self.field(name), text);
    }

    /// Adds a string of any bytes.
    pub(in crate::session) fn bytes(&mut self, name: &str, bytes: &[u8]) {
        push_bytes(self.field(name), bytes);
    }

    /// Appends a string of any bytes to the field that was begun last, as it is: who writes the
    /// line makes JSON of it.
    pub(in crate::session) fn raw(&mut self, bytes: &[u8]) {
        let from = self.text.len();
        self.text.extend_from_slice(bytes);
        self.raw.push(from..self.text.len());
    }

    /// Notes that something was left out of a field.
    pub(in crate::session) fn redacted(&mut self, name: &'static str) {
        self.redacted.push(name);
    }

    /// Returns the text without its hash, and which parts of it are to be made JSON of.
    pub(in crate::session) fn body(mut self) -> (Vec<u8>, Vec<Range<usize>>) {
        if !self.redacted.is_empty() {
            let redacted = std::mem::take(&mut self.redacted);
            let text = self.field("redacted");
            super::value::push_list(text, redacted, push_str);
        }
        (self.text, self.raw)
    }
}

/// Returns the hash of a line and all before it.
pub(in crate::session) fn hash_of(before: &Hash, body: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(body);
    hash.finalize()
}

/// Ends a line with its hash.
pub(in crate::session) fn end(body: &mut Vec<u8>, hash: &Hash) {
    body.extend_from_slice(HASH);
    push_hex(body, hash);
    body.extend_from_slice(b"\"}\n");
}
