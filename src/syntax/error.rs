//! Syntax errors with the texts of PUC-Rio's Lua.

use super::lexer::{Lexer, LexerState};
use super::meter::{NoMeter, Stopped};
use crate::base::chunk_id::chunk_id;

pub(crate) mod near;

/// Why a chunk was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxError {
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
    pub fn diagnostic(&self) -> Option<&Diagnostic> {
        match self {
            SyntaxError::Rejected(diagnostic) => Some(diagnostic),
            SyntaxError::Stopped(_) => None,
        }
    }

    /// Returns the whole message as `load` reports it.
    pub fn message(&self) -> &[u8] {
        match self {
            SyntaxError::Rejected(diagnostic) => &diagnostic.message,
            SyntaxError::Stopped(_) => b"stopped",
        }
    }

    /// Whether the chunk is wrong only because it ends too early, so that more
    /// lines could make it right (what a REPL wants to know).
    pub fn is_incomplete(&self) -> bool {
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

/// Returns the error `chunk:line: message near 'token'`, where the token is the
/// one that starts at offset `at` of the source.
pub fn error_near(
    source: &[u8],
    chunk_name: &[u8],
    line: u32,
    at: u32,
    message: &[u8],
) -> SyntaxError {
    let near = token_text(source, at);
    rejected(chunk_name, line, Some(at), message, near)
}

/// Returns the error `chunk:line: message near 'token'` for the token that
/// starts at `at`, on the line that PUC's parser would report there.
pub fn error_at(source: &[u8], chunk_name: &[u8], at: u32, message: &[u8]) -> SyntaxError {
    error_near(source, chunk_name, line_at(source, at), at, message)
}

/// Returns the error `chunk:line: message`.
pub fn error_plain(chunk_name: &[u8], line: u32, message: &[u8]) -> SyntaxError {
    rejected(chunk_name, line, None, message, None)
}

/// Returns the line on which the token that starts at `at` ends: the current
/// line of a parser that has that token as its look-ahead. Linear in `at`.
pub fn line_at(source: &[u8], at: u32) -> u32 {
    let at = source.len().min(at as usize);
    // Line breaks in front of the token and inside it are told apart: two bytes on either
    // side of its beginning are no pair.
    count_lines(&source[..at]).saturating_add(count_lines(&source[at..token_end(source, at)]) - 1)
}

/// Returns the line that the end of a text is on, from 1.
fn count_lines(text: &[u8]) -> u32 {
    let mut line = 1u32;
    let mut rest = text;
    while let Some(index) = memchr::memchr2(b'\n', b'\r', rest) {
        let pair = matches!(rest[index..], [b'\r', b'\n', ..] | [b'\n', b'\r', ..]);
        rest = &rest[index + if pair { 2 } else { 1 }..];
        line = line.saturating_add(1);
    }
    line
}

/// Returns the end of the token that starts at `at`, if it may hold line breaks: of a
/// string. The token is whole: it was read before.
fn token_end(source: &[u8], at: usize) -> usize {
    let token = &source[at..];
    let length = match token {
        [quote @ (b'"' | b'\''), ..] => {
            let mut end = 1;
            while let Some(found) = memchr::memchr2(*quote, b'\\', &token[end.min(token.len())..]) {
                end += found + 1;
                if token[end - 1] == *quote {
                    break;
                }
                end += 1;
            }
            end
        }
        [b'[', rest @ ..] => {
            let level = rest.iter().position(|b| *b != b'=').unwrap_or(rest.len());
            if rest.get(level) != Some(&b'[') {
                return at;
            }
            let close = [&b"]"[..], &rest[..level], b"]"].concat();
            memchr::memmem::find(token, &close).unwrap_or(token.len())
        }
        _ => 0,
    };
    source.len().min(at + length)
}

/// Returns the token at `at` as messages show it.
fn token_text(source: &[u8], at: u32) -> Option<Vec<u8>> {
    // What is not looked at is not shown: a token is cut before that.
    let window = source.len().min((at as usize).saturating_add(TOKEN_WINDOW));
    let mut meter = NoMeter;
    let mut state = LexerState::starting_at(window.min(at as usize), 1);
    let mut lexer = Lexer::new(&source[..window], b"=", &mut meter, &mut state);
    match lexer.advance() {
        Ok(()) => lexer.near_text(),
        Err(_) if window < source.len() => lexer.unfinished_text(at as usize),
        Err(_) => None,
    }
}

/// Bytes of source that decide what a message quotes of a token.
const TOKEN_WINDOW: usize = 16 * near::MOST;
