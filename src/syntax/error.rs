//! Syntax errors with the texts of PUC-Rio's Lua.

use super::meter::Stopped;
use crate::base::chunk_id::chunk_id;

pub(crate) mod near;

/// Why a chunk was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SyntaxError {
    /// The chunk is wrong.
    Rejected(Box<Diagnostic>),
    /// The work stopped before anything is known of the chunk.
    Stopped(Stopped),
}

/// What is wrong with a chunk, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The whole text, as `load` returns it: `chunk:line: message near 'token'`.
    pub message: Vec<u8>,
    /// The line, from 1.
    pub line: u32,
    /// Offset of the offending token in the source, where known.
    pub at: Option<u32>,
    /// The token as the message shows it, if it does.
    pub near: Option<Vec<u8>>,
}

impl SyntaxError {
    /// Returns the error's details unless the meter stopped the parse.
    #[cfg(test)]
    pub(crate) fn diagnostic(&self) -> Option<&Diagnostic> {
        match self {
            SyntaxError::Rejected(diagnostic) => Some(diagnostic),
            SyntaxError::Stopped(_) => None,
        }
    }

    /// Returns the whole message as `load` reports it.
    pub(crate) fn message(&self) -> &[u8] {
        match self {
            SyntaxError::Rejected(diagnostic) => &diagnostic.message,
            SyntaxError::Stopped(_) => b"stopped",
        }
    }

    /// Whether the chunk is wrong only because it ends too early, so that more
    /// lines could make it right (what a REPL wants to know).
    #[cfg(test)]
    pub(crate) fn is_incomplete(&self) -> bool {
        self.diagnostic().and_then(|d| d.near.as_deref()).is_some_and(|near| near == b"<eof>")
    }
}

impl From<Stopped> for SyntaxError {
    fn from(why: Stopped) -> Self {
        SyntaxError::Stopped(why)
    }
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.message()))
    }
}

impl std::error::Error for SyntaxError {}

/// Cuts at the first NUL: message parts pass through C strings in PUC.
pub(super) fn c_string(text: &[u8]) -> &[u8] {
    match text.iter().position(|&b| b == 0) {
        Some(nul) => &text[..nul],
        None => text,
    }
}

/// Builds an error from its parts; `near` is shown as it stands.
pub(super) fn rejected(
    chunk_name: &[u8],
    line: u32,
    at: Option<u32>,
    message: &[u8],
    near: Option<Vec<u8>>,
) -> SyntaxError {
    let mut text = chunk_id(chunk_name);
    text.extend_from_slice(format!(":{line}: ").as_bytes());
    text.extend_from_slice(c_string(message));
    if let Some(near) = &near {
        text.extend_from_slice(b" near ");
        text.extend_from_slice(near);
    }
    SyntaxError::Rejected(Box::new(Diagnostic { message: text, line, at, near }))
}

/// Returns an error that is neither at a line nor in a chunk, like
/// `C stack overflow`.
pub(super) fn unplaced(message: &[u8], line: u32, at: u32) -> SyntaxError {
    SyntaxError::Rejected(Box::new(Diagnostic {
        message: message.to_vec(),
        line,
        at: Some(at),
        near: None,
    }))
}

/// Returns the error `chunk:line: message`, which was found at offset `at`.
pub(crate) fn error_plain(
    chunk_name: &[u8],
    line: u32,
    at: Option<u32>,
    message: &[u8],
) -> SyntaxError {
    rejected(chunk_name, line, at, message, None)
}
