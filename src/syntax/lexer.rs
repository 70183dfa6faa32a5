//! Bytes to tokens (manual §3.1).
//!
//! The lexer counts lines the way PUC's does, and keeps, as PUC's does, both
//! the line it has read to and the line on which the last consumed token ended:
//! the parser attributes code to these.

use super::ast::StrId;
use super::error::{SyntaxError, c_string, rejected};
use super::intern::Interner;
use super::meter::{Meter, Stopped};
use super::token::{Tok, Token};
use crate::base::number::{Number, parse_number};

mod literal;

/// How far a scan goes between two charges.
const WINDOW: usize = 256;

/// Logical bytes charged for one string of the chunk beside its contents.
const STRING_COST: u64 = 64;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Returns the length of what a file may start with before its chunk: a byte order
/// mark and a first line that starts with `#`.
pub fn file_prefix(source: &[u8]) -> usize {
    let mark = if source.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    match &source[mark..] {
        [b'#', line @ ..] => match line.iter().position(|b| *b == b'\n') {
            Some(end) => mark + end + 2,
            None => source.len(),
        },
        _ => mark,
    }
}

/// What an error inside a token names as the place.
enum Near {
    /// The bytes of the token read so far.
    Text(Vec<u8>),
    /// The end of the source.
    Eof,
}

/// A lexer over one chunk.
#[expect(missing_debug_implementations, reason = "it borrows a meter, which is any type")]
pub struct Lexer<'a> {
    source: &'a [u8],
    chunk_name: &'a [u8],
    meter: &'a mut dyn Meter,
    pos: usize,
    /// Up to where the source is paid for.
    paid: usize,
    line: u32,
    last_line: u32,
    current: Token,
    ahead: Option<Token>,
    strings: Interner,
    /// The contents of a string literal in the making.
    buffer: Vec<u8>,
}

impl<'a> Lexer<'a> {
    /// Makes a lexer that has read nothing; the current token is a placeholder
    /// until the first [`Lexer::advance`].
    pub fn new(source: &'a [u8], chunk_name: &'a [u8], meter: &'a mut dyn Meter) -> Self {
        Lexer::starting_at(source, chunk_name, 0, 1, meter)
    }

    /// Makes a lexer that starts at offset `at`, which is on line `line`.
    pub fn starting_at(
        source: &'a [u8],
        chunk_name: &'a [u8],
        at: u32,
        line: u32,
        meter: &'a mut dyn Meter,
    ) -> Self {
        let pos = source.len().min(at as usize);
        Lexer {
            source,
            chunk_name,
            meter,
            pos,
            paid: pos,
            line,
            last_line: line,
            current: Token { tok: Tok::Eof, start: at },
            ahead: None,
            strings: Interner::default(),
            buffer: Vec::new(),
        }
    }

    /// Skips what a file may start with ([`file_prefix`]), but for the line break.
    ///
    /// # Errors
    ///
    /// If the meter stops the parse.
    pub fn skip_file_prefix(&mut self) -> Result<(), SyntaxError> {
        if self.source[self.pos..].starts_with(BYTE_ORDER_MARK) {
            self.pos += BYTE_ORDER_MARK.len();
        }
        if self.peek() == Some(b'#') {
            self.skip_while(|b| b != b'\n')?;
        }
        Ok(())
    }

    /// Returns the current token.
    pub fn token(&self) -> Token {
        self.current
    }

    /// Returns the line that has been read to.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// Returns the line on which the last consumed token ended.
    pub fn last_line(&self) -> u32 {
        self.last_line
    }

    /// Returns the bytes of a name or string literal.
    pub fn string(&self, id: StrId) -> &[u8] {
        self.strings.get(id)
    }

    /// Gives up the strings of the chunk, in the order of their ids.
    pub fn into_strings(self) -> Vec<Box<[u8]>> {
        self.strings.into_strings()
    }

    /// Consumes the current token and reads the next one.
    ///
    /// # Errors
    ///
    /// If the bytes there form no token, or the meter stops the parse.
    pub fn advance(&mut self) -> Result<(), SyntaxError> {
        self.last_line = self.line;
        self.current = match self.ahead.take() {
            Some(token) => token,
            None => self.lex()?,
        };
        Ok(())
    }

    /// Reads the token after the current one without consuming that.
    ///
    /// # Errors
    ///
    /// As [`Lexer::advance`].
    pub fn look_ahead(&mut self) -> Result<Tok, SyntaxError> {
        let token = match self.ahead {
            Some(token) => token,
            None => self.lex()?,
        };
        self.ahead = Some(token);
        Ok(token.tok)
    }

    /// Charges the meter for memory about to be taken.
    ///
    /// # Errors
    ///
    /// If the meter stops the parse.
    pub(super) fn charge_memory(&mut self, bytes: u64) -> Result<(), Stopped> {
        self.meter.charge(0, bytes)
    }

    /// Returns the error `message near 'current token'`.
    pub fn error(&mut self, message: &[u8]) -> SyntaxError {
        let near = self.near_text();
        rejected(self.chunk_name, self.line, Some(self.current.start), message, near)
    }

    /// Returns the error `message` on the current line, without a token.
    pub fn error_without_token(&self, message: &[u8]) -> SyntaxError {
        rejected(self.chunk_name, self.line, Some(self.current.start), message, None)
    }

    /// Returns the current token as messages show it. PUC takes a NUL byte for
    /// "no token", so that one is not shown.
    pub(super) fn near_text(&mut self) -> Option<Vec<u8>> {
        let start = self.current.start as usize;
        let text = match self.current.tok {
            Tok::Byte(0) => return None,
            Tok::Str(id) => self.string_text(start, id),
            Tok::Name(_) | Tok::Float(_) | Tok::Integer(_) => self.word_text(start),
            other => return Some(other.display()),
        };
        Some(quoted(&text))
    }

    /// Returns the bytes of the name or number at `start`.
    fn word_text(&self, start: usize) -> Vec<u8> {
        let mut end = start;
        let first = self.source.get(start).copied().unwrap_or(0);
        if is_name_start(first) {
            while self.source.get(end).copied().is_some_and(is_name_byte) {
                end += 1;
            }
        } else {
            end = self.numeral_end(start);
        }
        self.source[start..end].to_vec()
    }

    fn peek(&self) -> Option<u8> {
        self.source.get(self.pos).copied()
    }

    fn peek_second(&self) -> Option<u8> {
        self.source.get(self.pos + 1).copied()
    }

    /// Pays for what was read since the last payment.
    fn pay(&mut self) -> Result<(), Stopped> {
        let read = (self.pos - self.paid) as u64;
        self.paid = self.pos;
        self.meter.charge(read, 0)
    }

    /// Pays if enough was read since the last payment.
    fn pay_by_window(&mut self) -> Result<(), Stopped> {
        if self.pos - self.paid >= WINDOW { self.pay() } else { Ok(()) }
    }

    /// Moves past all bytes that `wanted` accepts, paying on the way.
    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) -> Result<(), Stopped> {
        loop {
            let end = self.source.len().min(self.pos + WINDOW);
            let window = &self.source[self.pos..end];
            match window.iter().position(|&b| !wanted(b)) {
                Some(length) => {
                    self.pos += length;
                    return Ok(());
                }
                None if end == self.source.len() => {
                    self.pos = end;
                    return Ok(());
                }
                None => {
                    self.pos = end;
                    self.pay()?;
                }
            }
        }
    }

    /// Moves past a line break, which the current byte starts.
    fn skip_newline(&mut self) -> Result<(), Stopped> {
        let first = self.peek();
        self.pos += 1;
        if matches!(self.peek(), Some(b'\n' | b'\r')) && self.peek() != first {
            self.pos += 1;
        }
        self.line = self.line.saturating_add(1);
        self.pay_by_window()
    }

    fn lex(&mut self) -> Result<Token, SyntaxError> {
        self.pay_by_window()?;
        loop {
            let start = self.pos;
            let Some(b) = self.peek() else {
                self.pay()?;
                return Ok(Token { tok: Tok::Eof, start: start as u32 });
            };
            let tok = match b {
                b'\n' | b'\r' => {
                    self.skip_newline()?;
                    continue;
                }
                b' ' if self.peek_second().is_some_and(|next| next > b' ') => {
                    self.pos += 1;
                    continue;
                }
                b' ' | b'\t' | 0x0b | 0x0c => {
                    self.skip_while(|b| matches!(b, b' ' | b'\t' | 0x0b | 0x0c))?;
                    continue;
                }
                b'-' if self.peek_second() == Some(b'-') => {
                    self.skip_comment()?;
                    continue;
                }
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.lex_word()?,
                b'0'..=b'9' => self.lex_number()?,
                b'"' | b'\'' => self.lex_string(b)?,
                b'[' => self.lex_bracket()?,
                b'.' => self.lex_dot()?,
                _ => self.lex_operator(b),
            };
            return Ok(Token { tok, start: start as u32 });
        }
    }

    fn lex_word(&mut self) -> Result<Tok, SyntaxError> {
        let start = self.pos;
        self.skip_while(is_name_byte)?;
        let word = &self.source[start..self.pos];
        if let Some(keyword) = Tok::keyword(word) {
            return Ok(keyword);
        }
        Ok(Tok::Name(self.intern(word)?))
    }

    /// Returns the id of a string, taking memory for it if it is new.
    pub(super) fn intern(&mut self, bytes: &[u8]) -> Result<StrId, Stopped> {
        if let Some(id) = self.strings.find(bytes) {
            return Ok(id);
        }
        self.meter.charge(0, bytes.len() as u64 + STRING_COST)?;
        Ok(self.strings.add(bytes))
    }

    fn lex_operator(&mut self, b: u8) -> Tok {
        let double = match (b, self.peek_second()) {
            (b'=', Some(b'=')) => Tok::Eq,
            (b'<', Some(b'=')) => Tok::Le,
            (b'<', Some(b'<')) => Tok::Shl,
            (b'>', Some(b'=')) => Tok::Ge,
            (b'>', Some(b'>')) => Tok::Shr,
            (b'/', Some(b'/')) => Tok::IDiv,
            (b'~', Some(b'=')) => Tok::Ne,
            (b':', Some(b':')) => Tok::DoubleColon,
            _ => {
                self.pos += 1;
                return Tok::Byte(b);
            }
        };
        self.pos += 2;
        double
    }

    fn lex_dot(&mut self) -> Result<Tok, SyntaxError> {
        match self.peek_second() {
            Some(b'.') => {
                let dots = self.source.get(self.pos + 2) == Some(&b'.');
                self.pos += if dots { 3 } else { 2 };
                Ok(if dots { Tok::Dots } else { Tok::Concat })
            }
            Some(b'0'..=b'9') => self.lex_number(),
            _ => {
                self.pos += 1;
                Ok(Tok::Byte(b'.'))
            }
        }
    }

    /// Returns the end of the numeral at `start`: of everything that looks like
    /// part of one, whether or not it makes sense.
    fn numeral_end(&self, start: usize) -> usize {
        let byte = |at: usize| self.source.get(at).copied().unwrap_or(0);
        let mut at = start + usize::from(byte(start) == b'.');
        let mut exponent = b'e';
        if byte(at) == b'0' && byte(at + 1) | 0x20 == b'x' {
            exponent = b'p';
            at += 1;
        }
        at += 1;
        loop {
            let b = byte(at);
            if b | 0x20 == exponent {
                at += 1 + usize::from(matches!(byte(at + 1), b'-' | b'+'));
            } else if b.is_ascii_hexdigit() || b == b'.' {
                at += 1;
            } else {
                break;
            }
        }
        // A letter right behind belongs to the numeral, and makes it malformed.
        at += usize::from(is_name_start(byte(at)));
        at.min(self.source.len())
    }

    fn lex_number(&mut self) -> Result<Tok, SyntaxError> {
        let start = self.pos;
        self.pos = self.numeral_end(start);
        self.pay_by_window()?;
        let text = &self.source[start..self.pos];
        match parse_number(text) {
            Some(Number::Integer(n)) => Ok(Tok::Integer(n)),
            Some(Number::Float(n)) => Ok(Tok::Float(n)),
            None => Err(self.token_error(b"malformed number", Near::Text(text.to_vec()))),
        }
    }

    /// Returns an error inside a token.
    fn token_error(&self, message: &[u8], near: Near) -> SyntaxError {
        let near = match near {
            Near::Text(text) => quoted(&text),
            Near::Eof => Tok::Eof.display(),
        };
        rejected(self.chunk_name, self.line, Some(self.pos as u32), message, Some(near))
    }
}

fn quoted(text: &[u8]) -> Vec<u8> {
    [b"'", c_string(text), b"'"].concat()
}

fn is_name_start(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_'
}

/// Which bytes may stand in a name; most of a source's bytes are asked for.
static NAME_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        let byte = b as u8;
        table[b] = byte.is_ascii_alphanumeric() || byte == b'_';
        b += 1;
    }
    table
};

fn is_name_byte(b: u8) -> bool {
    NAME_BYTES[usize::from(b)]
}

#[cfg(test)]
mod tests;
