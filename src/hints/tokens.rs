//! The tokens of a source, all at once and with their ends.

use super::Span;
use crate::syntax::error::SyntaxError;
use crate::syntax::lexer::{Lexer, LexerState};
use crate::syntax::meter::NoMeter;
use crate::syntax::token::Tok;

/// A token and where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub tok: Tok,
    pub start: usize,
    pub end: usize,
    /// The line it ends on.
    pub line: u32,
}

/// The tokens of a source up to its end, or to what is no token.
#[derive(Debug)]
pub(crate) struct Tokens<'s> {
    source: &'s [u8],
    list: Vec<Token>,
    /// Where the token begins that is none.
    pub fault: Option<usize>,
}

impl<'s> Tokens<'s> {
    /// Reads them; the source may begin as files may.
    pub(crate) fn read(source: &'s [u8]) -> Tokens<'s> {
        let mut meter = NoMeter;
        let mut state = LexerState::new(source, true);
        let mut lexer = Lexer::new(source, b"=", &mut meter, &mut state);
        let (mut list, mut fault) = (Vec::new(), None);
        loop {
            match lexer.advance() {
                Ok(()) => {
                    let token = lexer.token();
                    let (start, end) = (token.start as usize, lexer.offset());
                    list.push(Token { tok: token.tok, start, end, line: token.line });
                    if token.tok == Tok::Eof {
                        break;
                    }
                }
                Err(SyntaxError::Rejected(_) | SyntaxError::Stopped(_)) => {
                    let from = list.last().map_or(0, |last| last.end);
                    fault = Some(from + skip_blanks(&source[from..]));
                    break;
                }
            }
        }
        Tokens { source, list, fault }
    }

    /// Returns the source.
    pub(crate) fn source(&self) -> &'s [u8] {
        self.source
    }

    /// Returns how many there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Returns a token; behind the last one there is the end of the source.
    pub(crate) fn get(&self, index: usize) -> Token {
        let end = self.source.len();
        let last_line = self.list.last().map_or(1, |last| last.line);
        let eof = Token { tok: Tok::Eof, start: end, end, line: last_line };
        self.list.get(index).copied().unwrap_or(eof)
    }

    /// Returns what a token is.
    pub(crate) fn tok(&self, index: usize) -> Tok {
        self.get(index).tok
    }

    /// Returns the bytes of a token.
    pub(crate) fn text(&self, index: usize) -> &'s [u8] {
        let token = self.get(index);
        self.source.get(token.start..token.end).unwrap_or(&[])
    }

    /// Returns the token that begins at an offset, or else the first one behind it.
    pub(crate) fn at(&self, offset: usize) -> usize {
        self.list.partition_point(|token| token.start < offset)
    }

    /// Tells whether nothing is between a token and the next one.
    pub(crate) fn touches_next(&self, index: usize) -> bool {
        index + 1 < self.len() && self.get(index).end == self.get(index + 1).start
    }

    /// Returns the part of the source from one token to another.
    pub(crate) fn span(&self, first: usize, last: usize) -> Span {
        let (start, end) = (self.get(first).start, self.get(last).end);
        Span { start, end: end.max(start) }
    }
}

/// Returns the length of the blanks and comments that a text begins with. Of a comment that
/// has no end it is the beginning.
fn skip_blanks(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match &text[at..] {
            [b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c, ..] => at += 1,
            [b'-', b'-', rest @ ..] => {
                let level = match rest {
                    [b'[', rest @ ..] => {
                        let level = rest.iter().take_while(|b| **b == b'=').count();
                        (rest.get(level) == Some(&b'[')).then_some(level)
                    }
                    _ => None,
                };
                let length = match level {
                    Some(level) => {
                        let close = [&b"]"[..], &b"=".repeat(level), b"]"].concat();
                        match memchr::memmem::find(rest, &close) {
                            Some(end) => end + close.len(),
                            None => return at,
                        }
                    }
                    None => memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len()),
                };
                at += 2 + length;
            }
            _ => return at,
        }
    }
}
