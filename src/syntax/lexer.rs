//! Bytes to tokens (manual §3.1).
//!
//! The lexer counts lines the way PUC's does, and keeps, as PUC's does, both
//! the line it has read to and the line on which the last consumed token ended:
//! the parser attributes code to these.
//!
//! It reads a few tokens ahead of the parser ([`Lexer::fill`]), and can stop in the
//! middle of a long one: what is known of it stays in [`LexerState`], which borrows
//! nothing. So the parser never waits inside one of its steps.

use super::ast::StrId;
use super::error::{SyntaxError, c_string, near, rejected};
use super::intern::Interner;
use super::meter::{Meter, Stopped};
use super::token::{Tok, Token};
use crate::base::number::{Number, parse_number};

mod literal;
mod queue;

use queue::Queue;

/// Logical bytes of one string of the chunk beside its contents, its places in the
/// tables of parser and compiler included.
const STRING_COST: u64 = 128;

/// Units of work for a token, beside its bytes.
const TOKEN: u64 = 1;
/// Units of work for a string that is new, beside its bytes.
const NEW_STRING: u64 = 4;

/// Most tokens that a step of the parser consumes, and the one behind them.
const AHEAD: usize = 8;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Returns the length of what a file may start with before its chunk: a byte order
/// mark and a first line that starts with `#`.
pub(crate) fn file_prefix(source: &[u8]) -> usize {
    let mark = if source.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    match &source[mark..] {
        [b'#', line @ ..] => match memchr::memchr(b'\n', line) {
            Some(end) => mark + end + 2,
            None => source.len(),
        },
        _ => mark,
    }
}

/// What the lexer is in the middle of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pending {
    /// Nothing: the next token.
    Nothing,
    /// A comment to the end of its line.
    Line,
    /// A first line that starts with `#`, up to its line feed.
    FirstLine,
    /// A name.
    Word { start: usize },
    /// A string without escapes so far.
    Plain { start: usize, quote: u8 },
    /// A string whose contents so far are in the buffer.
    Text { start: usize, quote: u8 },
    /// White space behind `\z` in a string.
    Space { start: usize, quote: u8 },
    /// A long bracket, opened on `line`; a comment unless `keep`.
    Long { start: usize, level: usize, line: u32, keep: bool },
}

impl Pending {
    /// Returns where the token begins, if it is one.
    fn start(self) -> Option<usize> {
        match self {
            Pending::Nothing | Pending::Line | Pending::FirstLine => None,
            Pending::Word { start }
            | Pending::Plain { start, .. }
            | Pending::Text { start, .. }
            | Pending::Space { start, .. }
            | Pending::Long { start, .. } => Some(start),
        }
    }
}

/// Where a lexer is: all it knows but the source.
#[derive(Debug)]
pub(crate) struct LexerState {
    pos: usize,
    /// The line that `pos` is on.
    at_line: u32,
    /// The line that has been read to, for the parser.
    line: u32,
    last_line: u32,
    current: Token,
    queue: Queue,
    /// Whether the end of the source, or an error, is behind the tokens in the queue.
    ended: bool,
    /// That error.
    fault: Option<SyntaxError>,
    pending: Pending,
    strings: Interner,
    /// The contents of a string literal in the making.
    buffer: Vec<u8>,
    /// Units of work done beside reading bytes.
    extra: u64,
    /// Units of work at which to stop.
    until: u64,
}

impl LexerState {
    /// Makes the state of a lexer that has read nothing; the current token is a
    /// placeholder until the first [`Lexer::advance`]. `file`: the source may start as
    /// files may ([`file_prefix`]).
    pub(crate) fn new(source: &[u8], file: bool) -> LexerState {
        let mut state = LexerState::starting_at(0, 1);
        if file {
            if source.starts_with(BYTE_ORDER_MARK) {
                state.pos = BYTE_ORDER_MARK.len();
            }
            if source.get(state.pos) == Some(&b'#') {
                state.pending = Pending::FirstLine;
            }
        }
        state
    }

    /// Makes the state of a lexer at offset `at`, which is on line `line`.
    pub(crate) fn starting_at(at: usize, line: u32) -> LexerState {
        LexerState {
            pos: at,
            at_line: line,
            line,
            last_line: line,
            current: Token { tok: Tok::Eof, start: at as u32, line },
            queue: Queue::default(),
            ended: false,
            fault: None,
            pending: Pending::Nothing,
            strings: Interner::default(),
            buffer: Vec::new(),
            extra: 0,
            until: u64::MAX,
        }
    }

    /// Returns the units of work done so far: one for each byte and each token, more
    /// for each string that is new.
    pub(crate) fn work(&self) -> u64 {
        self.pos as u64 + self.extra
    }

    /// Makes the lexer stop after so much more work.
    pub(crate) fn allow(&mut self, units: u64) {
        self.until = self.work().saturating_add(units);
    }

    /// Gives up the strings of the chunk, in the order of their ids.
    pub(super) fn take_strings(&mut self) -> Vec<std::sync::Arc<[u8]>> {
        std::mem::take(&mut self.strings).into_strings()
    }
}

/// A lexer over one chunk.
pub(crate) struct Lexer<'a> {
    source: &'a [u8],
    chunk_name: &'a [u8],
    meter: &'a mut dyn Meter,
    s: &'a mut LexerState,
}

impl<'a> Lexer<'a> {
    /// Makes a lexer that goes on at a state.
    pub(crate) fn new(
        source: &'a [u8],
        chunk_name: &'a [u8],
        meter: &'a mut dyn Meter,
        s: &'a mut LexerState,
    ) -> Self {
        Lexer { source, chunk_name, meter, s }
    }

    /// Returns the current token.
    pub(crate) fn token(&self) -> Token {
        self.s.current
    }

    /// Returns where the lexer has read to: behind the current token, unless it has looked
    /// ahead.
    pub(crate) fn offset(&self) -> usize {
        self.s.pos
    }

    /// Returns the line that has been read to.
    pub(crate) fn line(&self) -> u32 {
        self.s.line
    }

    /// Returns the line on which the last consumed token ended.
    pub(crate) fn last_line(&self) -> u32 {
        self.s.last_line
    }

    /// Returns the bytes of a name or string literal.
    pub(crate) fn string(&self, id: StrId) -> &[u8] {
        self.s.strings.get(id)
    }

    /// Reads ahead as far as a step of the parser may need.
    ///
    /// # Errors
    ///
    /// When the piece is over or memory is refused: to be called again.
    #[inline]
    pub(crate) fn fill(&mut self) -> Result<(), Stopped> {
        if self.s.queue.len() >= AHEAD { Ok(()) } else { self.fill_up() }
    }

    fn fill_up(&mut self) -> Result<(), Stopped> {
        while !self.s.ended && self.s.queue.has_room() {
            if self.s.work() >= self.s.until {
                return if self.s.queue.len() >= AHEAD { Ok(()) } else { Err(Stopped::Piece) };
            }
            self.read_one()?;
        }
        Ok(())
    }

    /// Reads one token into the queue, or notes the error that is there.
    fn read_one(&mut self) -> Result<(), Stopped> {
        match self.lex() {
            Ok(token) => {
                self.s.extra += TOKEN;
                self.s.ended = token.tok == Tok::Eof;
                self.s.queue.push(token);
            }
            Err(SyntaxError::Stopped(why)) => return Err(why),
            Err(fault) => {
                self.s.ended = true;
                self.s.fault = Some(fault);
            }
        }
        Ok(())
    }

    /// Reads the next token into an empty queue, however long it is.
    fn read_now(&mut self) -> Result<(), SyntaxError> {
        let until = std::mem::replace(&mut self.s.until, u64::MAX);
        let read = self.read_one();
        self.s.until = until;
        read.map_err(SyntaxError::Stopped)
    }

    /// Consumes the current token and goes on to the next one.
    ///
    /// # Errors
    ///
    /// If the bytes there form no token.
    #[inline]
    pub(crate) fn advance(&mut self) -> Result<(), SyntaxError> {
        if self.s.queue.is_empty() && !self.s.ended {
            self.read_now()?;
        }
        self.s.last_line = self.s.line;
        match self.s.queue.pop() {
            Some(token) => {
                self.s.current = token;
                self.s.line = token.line;
                Ok(())
            }
            None => self.at_the_end(),
        }
    }

    /// There is no next token: returns the error that is there instead.
    #[cold]
    fn at_the_end(&mut self) -> Result<(), SyntaxError> {
        match self.s.fault.take() {
            Some(fault) => Err(fault),
            None => Ok(()),
        }
    }

    /// Looks at the token after the current one without consuming that.
    ///
    /// # Errors
    ///
    /// As [`Lexer::advance`].
    pub(crate) fn look_ahead(&mut self) -> Result<Tok, SyntaxError> {
        if self.s.queue.is_empty() && !self.s.ended {
            self.read_now()?;
        }
        let Some(token) = self.s.queue.first() else {
            self.at_the_end()?;
            return Ok(self.s.current.tok);
        };
        self.s.line = token.line;
        Ok(token.tok)
    }

    /// Asks the meter for memory about to be taken.
    ///
    /// # Errors
    ///
    /// If it is refused.
    pub(super) fn reserve(&mut self, bytes: u64) -> Result<(), Stopped> {
        self.meter.reserve(bytes)
    }

    /// Returns the error `message near 'current token'`.
    pub(crate) fn error(&mut self, message: &[u8]) -> SyntaxError {
        let near = self.near_text();
        let at = self.s.current.start;
        rejected(self.chunk_name, self.s.line, Some(at), message, near)
    }

    /// Returns the error `message` on the current line, without a token.
    pub(crate) fn error_without_token(&self, message: &[u8]) -> SyntaxError {
        let at = self.s.current.start;
        rejected(self.chunk_name, self.s.line, Some(at), message, None)
    }

    /// Returns the current token as messages show it. PUC takes a NUL byte for
    /// "no token", so that one is not shown.
    pub(super) fn near_text(&mut self) -> Option<Vec<u8>> {
        let start = self.s.current.start as usize;
        let text = match self.s.current.tok {
            Tok::Byte(0) => return None,
            Tok::Str(id) => self.string_text(start, id),
            Tok::Name(_) | Tok::Float(_) | Tok::Integer(_) => self.word_text(start),
            other => return Some(other.display()),
        };
        Some(quoted(&text))
    }

    /// Returns the bytes of the name or number at `start`, as far as they are shown.
    fn word_text(&self, start: usize) -> Vec<u8> {
        let mut end = start;
        let shown = &self.source[..self.source.len().min(start + near::MOST + 1)];
        let first = shown.get(start).copied().unwrap_or(0);
        if is_name_start(first) {
            while shown.get(end).copied().is_some_and(is_name_byte) {
                end += 1;
            }
        } else {
            end = numeral_end(shown, start);
        }
        shown[start..end].to_vec()
    }

    fn peek(&self) -> Option<u8> {
        self.source.get(self.s.pos).copied()
    }

    fn peek_second(&self) -> Option<u8> {
        self.source.get(self.s.pos + 1).copied()
    }

    /// Moves past the bytes that `wanted` accepts, but not further than the piece goes.
    /// Tells whether it came to another byte, or to the end.
    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) -> bool {
        let room = self.s.until.saturating_sub(self.s.work()).max(1);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let end = self.source.len().min(self.s.pos.saturating_add(room));
        match self.source[self.s.pos..end].iter().position(|&b| !wanted(b)) {
            Some(length) => {
                self.s.pos += length;
                true
            }
            None => {
                self.s.pos = end;
                end == self.source.len()
            }
        }
    }

    /// Moves past a line break, which the current byte starts.
    fn skip_newline(&mut self) {
        let first = self.peek();
        self.s.pos += 1;
        if matches!(self.peek(), Some(b'\n' | b'\r')) && self.peek() != first {
            self.s.pos += 1;
        }
        self.s.at_line = self.s.at_line.saturating_add(1);
    }

    fn lex(&mut self) -> Result<Token, SyntaxError> {
        let mut start = self.s.pos;
        let mut going_on = match self.s.pending {
            Pending::Nothing => None,
            pending => {
                self.s.pending = Pending::Nothing;
                if let Some(at) = pending.start() {
                    start = at;
                }
                self.go_on(pending)?
            }
        };
        loop {
            if let Some(tok) = going_on.take() {
                return Ok(Token { tok, start: start as u32, line: self.s.at_line });
            }
            if self.s.work() >= self.s.until {
                return self.interrupt(Pending::Nothing);
            }
            start = self.s.pos;
            let Some(b) = self.peek() else {
                return Ok(Token { tok: Tok::Eof, start: start as u32, line: self.s.at_line });
            };
            going_on = match b {
                b'\n' | b'\r' => {
                    self.skip_newline();
                    None
                }
                b' ' if self.peek_second().is_some_and(|next| next > b' ') => {
                    self.s.pos += 1;
                    None
                }
                b' ' | b'\t' | 0x0b | 0x0c => {
                    self.skip_while(is_blank);
                    None
                }
                b'-' if self.peek_second() == Some(b'-') => self.comment()?,
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(start)?,
                b'0'..=b'9' => Some(self.lex_number()?),
                b'"' | b'\'' => {
                    self.s.pos += 1;
                    self.plain(start, b)?
                }
                b'[' => self.bracket_token()?,
                b'.' => Some(self.lex_dot()?),
                _ => Some(self.lex_operator(b)?),
            };
        }
    }

    /// Goes on with what was interrupted; without a token where that was a comment.
    fn go_on(&mut self, pending: Pending) -> Result<Option<Tok>, SyntaxError> {
        match pending {
            Pending::Nothing => Ok(None),
            Pending::Line => self.line_comment(),
            Pending::FirstLine => {
                if self.skip_while(|b| b != b'\n') {
                    return Ok(None);
                }
                self.interrupt(pending)
            }
            Pending::Word { start } => self.word(start),
            Pending::Plain { start, quote } => self.plain(start, quote),
            Pending::Text { start, quote } => self.text(start, quote),
            Pending::Space { start, quote } => self.space(start, quote),
            Pending::Long { start, level, line, keep } => self.long(start, level, line, keep),
        }
    }

    /// Stops here because the piece is over, to go on with `pending`.
    fn interrupt<T>(&mut self, pending: Pending) -> Result<T, SyntaxError> {
        self.s.pending = pending;
        Err(SyntaxError::Stopped(Stopped::Piece))
    }

    fn word(&mut self, start: usize) -> Result<Option<Tok>, SyntaxError> {
        if !self.skip_while(is_name_byte) {
            return self.interrupt(Pending::Word { start });
        }
        let word = &self.source[start..self.s.pos];
        if let Some(keyword) = Tok::keyword(word) {
            return Ok(Some(keyword));
        }
        match self.intern(word) {
            Ok(id) => Ok(Some(Tok::Name(id))),
            Err(stopped) => {
                self.s.pending = Pending::Word { start };
                Err(stopped.into())
            }
        }
    }

    /// Returns the id of a string, taking memory for it if it is new.
    pub(super) fn intern(&mut self, bytes: &[u8]) -> Result<StrId, Stopped> {
        if let Some(id) = self.s.strings.find(bytes) {
            return Ok(id);
        }
        self.meter.reserve(bytes.len() as u64 + STRING_COST)?;
        self.s.extra += NEW_STRING;
        Ok(self.s.strings.add(bytes))
    }

    fn lex_operator(&mut self, b: u8) -> Result<Tok, SyntaxError> {
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
                if b == b':' {
                    // A method may follow, whose first parameter the parser names.
                    self.intern(SELF)?;
                }
                self.s.pos += 1;
                return Ok(Tok::Byte(b));
            }
        };
        self.s.pos += 2;
        Ok(double)
    }

    fn lex_dot(&mut self) -> Result<Tok, SyntaxError> {
        match self.peek_second() {
            Some(b'.') => {
                let dots = self.source.get(self.s.pos + 2) == Some(&b'.');
                self.s.pos += if dots { 3 } else { 2 };
                Ok(if dots { Tok::Dots } else { Tok::Concat })
            }
            Some(b'0'..=b'9') => self.lex_number(),
            _ => {
                self.s.pos += 1;
                Ok(Tok::Byte(b'.'))
            }
        }
    }

    fn lex_number(&mut self) -> Result<Tok, SyntaxError> {
        let start = self.s.pos;
        self.s.pos = numeral_end(self.source, start);
        let text = &self.source[start..self.s.pos];
        match parse_number(text) {
            Some(Number::Integer(n)) => Ok(Tok::Integer(n)),
            Some(Number::Float(n)) => Ok(Tok::Float(n)),
            None => Err(self.token_error(b"malformed number", Some(text))),
        }
    }

    /// Returns an error inside a token; it names the bytes of the token read so far, or
    /// the end of the source.
    fn token_error(&self, message: &[u8], near: Option<&[u8]>) -> SyntaxError {
        let near = match near {
            Some(text) => quoted(text),
            None => Tok::Eof.display(),
        };
        let at = self.s.pos as u32;
        rejected(self.chunk_name, self.s.at_line, Some(at), message, Some(near))
    }
}

/// The name of a method's first parameter (§3.4.11).
pub(super) const SELF: &[u8] = b"self";

fn quoted(text: &[u8]) -> Vec<u8> {
    [b"'", &near::cut(c_string(near::window(text)))[..], b"'"].concat()
}

/// Returns the end of the numeral at `start`: of everything that looks like
/// part of one, whether or not it makes sense.
fn numeral_end(source: &[u8], start: usize) -> usize {
    let byte = |at: usize| source.get(at).copied().unwrap_or(0);
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
    at.min(source.len())
}

fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | 0x0b | 0x0c)
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
