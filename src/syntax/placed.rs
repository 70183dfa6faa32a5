//! Errors at a token of a source that is there: its line, and the token as it is quoted.

use super::error::{SyntaxError, near, rejected};
use super::lexer::{Lexer, LexerState};
use super::meter::NoMeter;

/// Returns the error `chunk:line: message near 'token'`, where the token is the
/// one that starts at offset `at` of the source.
pub(crate) fn error_near(
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
pub(crate) fn error_at(source: &[u8], chunk_name: &[u8], at: u32, message: &[u8]) -> SyntaxError {
    error_near(source, chunk_name, line_at(source, at), at, message)
}

/// Returns the line on which the token that starts at `at` ends: the current
/// line of a parser that has that token as its look-ahead. Linear in `at`.
pub(crate) fn line_at(source: &[u8], at: u32) -> u32 {
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
