//! Errors that only the compiler can see.

use crate::syntax::error::{SyntaxError, error_plain, near};
use crate::syntax::placed::{error_at, line_at};

/// An error, before anyone has looked at the source for the line it is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Offset of the token where it was found.
    at: u32,
    message: Vec<u8>,
    /// Whether the message names that token.
    near: bool,
}

impl Fault {
    pub(super) fn new(at: u32, message: Vec<u8>, near: bool) -> Box<Fault> {
        Box::new(Fault { at, message, near })
    }

    /// Makes the error that the user sees. Linear in the source.
    pub(crate) fn in_source(&self, source: &[u8], chunk_name: &[u8]) -> SyntaxError {
        if self.near {
            error_at(source, chunk_name, self.at, &self.message)
        } else {
            let line = line_at(source, self.at);
            error_plain(chunk_name, line, Some(self.at), &self.message)
        }
    }
}

/// Makes a message that quotes a name, which need not be UTF-8 and may be long.
pub(super) fn quoting(before: &[u8], name: &[u8], after: &[u8]) -> Vec<u8> {
    [before, &near::cut(name), after].concat()
}
