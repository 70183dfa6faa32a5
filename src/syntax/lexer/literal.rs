//! String literals, long brackets and comments.

use super::{Lexer, Pending, is_blank};
use crate::syntax::ast::StrId;
use crate::syntax::error::{SyntaxError, near};
use crate::syntax::token::Tok;

/// What follows a `[`.
enum Bracket {
    /// A long bracket of this level opens.
    Long(usize),
    /// Just a `[`.
    Plain,
    /// `[=` without a second `[`; its length.
    Broken(usize),
}

/// Bytes of the smallest buffer.
const FIRST_BUFFER: usize = 64;

/// Bytes of a buffer that is kept for the next string.
const KEPT_BUFFER: usize = 4096;

/// The next token, or none where a comment was.
type Found = Result<Option<Tok>, SyntaxError>;

type Step = Result<(), SyntaxError>;

impl Lexer<'_> {
    /// Skips a comment or the beginning of one.
    pub(super) fn comment(&mut self) -> Found {
        let start = self.s.pos;
        self.s.pos += 2;
        if self.peek() == Some(b'[')
            && let Bracket::Long(level) = self.bracket()
        {
            return self.open_long(start, level, false);
        }
        self.line_comment()
    }

    pub(super) fn line_comment(&mut self) -> Found {
        if self.skip_while(|b| !matches!(b, b'\n' | b'\r')) {
            return Ok(None);
        }
        self.interrupt(Pending::Line)
    }

    pub(super) fn bracket_token(&mut self) -> Found {
        match self.bracket() {
            Bracket::Plain => {
                self.s.pos += 1;
                Ok(Some(Tok::Byte(b'[')))
            }
            Bracket::Broken(len) => {
                let text = &self.source[self.s.pos..self.s.pos + len];
                Err(self.token_error(b"invalid long string delimiter", Some(text)))
            }
            Bracket::Long(level) => self.open_long(self.s.pos, level, true),
        }
    }

    /// Looks at what the `[` at the current position opens, moving nothing.
    fn bracket(&self) -> Bracket {
        let rest = &self.source[self.s.pos + 1..];
        let level = rest.iter().position(|&b| b != b'=').unwrap_or(rest.len());
        match (level, rest.get(level) == Some(&b'[')) {
            (_, true) => Bracket::Long(level),
            (0, false) => Bracket::Plain,
            _ => Bracket::Broken(level + 1),
        }
    }

    /// Opens a long bracket of `level` at the current `[`. Its contents go into the
    /// buffer if `keep`.
    fn open_long(&mut self, start: usize, level: usize, keep: bool) -> Found {
        let line = self.s.at_line;
        self.s.buffer.clear();
        self.s.pos += level + 2;
        if matches!(self.peek(), Some(b'\n' | b'\r')) {
            self.skip_newline();
        }
        self.long(start, level, line, keep)
    }

    /// Reads a long bracket past its last `]`.
    pub(super) fn long(&mut self, start: usize, level: usize, line: u32, keep: bool) -> Found {
        let pending = Pending::Long { start, level, line, keep };
        loop {
            let from = self.s.pos;
            let found = self.skip_while(|b| !matches!(b, b']' | b'\n' | b'\r'));
            self.keep(keep, from, self.s.pos, pending)?;
            if !found || self.s.work() >= self.s.until {
                return self.interrupt(pending);
            }
            let from = self.s.pos;
            match self.peek() {
                None => {
                    let what = if keep { "string" } else { "comment" };
                    let message = format!("unfinished long {what} (starting at line {line})");
                    return Err(self.token_error(message.as_bytes(), None));
                }
                Some(b']') => {
                    let rest = &self.source[from + 1..];
                    let signs = rest.iter().position(|&b| b != b'=').unwrap_or(rest.len());
                    if signs == level && rest.get(signs) == Some(&b']') {
                        if !keep {
                            self.s.pos = from + signs + 2;
                            return Ok(None);
                        }
                        let id = self.finished(pending)?;
                        self.s.pos = from + signs + 2;
                        return Ok(Some(Tok::Str(id)));
                    }
                    // Stays on a second `]`, which may be the one that closes.
                    let end = from + 1 + signs;
                    self.keep(keep, from, end, pending)?;
                    self.s.pos = end;
                }
                Some(_) => {
                    if keep {
                        self.push(b"\n", pending)?;
                    }
                    self.skip_newline();
                }
            }
        }
    }

    /// Appends bytes of the source to the buffer if `keep`; where memory is refused, all
    /// is as it was at `from`.
    fn keep(&mut self, keep: bool, from: usize, to: usize, pending: Pending) -> Step {
        if !keep {
            return Ok(());
        }
        let source = self.source;
        self.push(&source[from..to], pending).inspect_err(|_| self.s.pos = from)
    }

    /// Appends to the buffer, paying for its growth before it grows.
    fn push(&mut self, bytes: &[u8], pending: Pending) -> Step {
        let room = self.s.buffer.capacity();
        let needed = self.s.buffer.len() + bytes.len();
        if needed > room {
            let wanted = needed.max(2 * room).max(FIRST_BUFFER);
            if let Err(stopped) = self.meter.reserve((wanted - room) as u64) {
                self.s.pending = pending;
                return Err(stopped.into());
            }
            self.s.buffer.reserve_exact(wanted - self.s.buffer.len());
        }
        self.s.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// Makes the buffer's contents a string of the chunk.
    fn finished(&mut self, pending: Pending) -> Result<StrId, SyntaxError> {
        let contents = std::mem::take(&mut self.s.buffer);
        match self.intern(&contents) {
            Ok(id) => {
                if contents.capacity() > KEPT_BUFFER {
                    self.meter.release(contents.capacity() as u64);
                } else {
                    self.s.buffer = contents;
                }
                Ok(id)
            }
            Err(stopped) => {
                self.s.buffer = contents;
                self.s.pending = pending;
                Err(stopped.into())
            }
        }
    }

    /// Reads a string up to its quote or its first escape.
    pub(super) fn plain(&mut self, start: usize, quote: u8) -> Found {
        let pending = Pending::Plain { start, quote };
        if !self.skip_while(|b| b != quote && !matches!(b, b'\\' | b'\n' | b'\r')) {
            return self.interrupt(pending);
        }
        let source = self.source;
        let contents = &source[start + 1..self.s.pos];
        if self.peek() == Some(quote) {
            return match self.intern(contents) {
                Ok(id) => {
                    self.s.pos += 1;
                    Ok(Some(Tok::Str(id)))
                }
                Err(stopped) => {
                    self.s.pending = pending;
                    Err(stopped.into())
                }
            };
        }
        self.s.buffer.clear();
        self.push(contents, pending)?;
        self.text(start, quote)
    }

    /// Reads the rest of a string with escapes into the buffer, past its quote.
    pub(super) fn text(&mut self, start: usize, quote: u8) -> Found {
        let pending = Pending::Text { start, quote };
        loop {
            let from = self.s.pos;
            let found = self.skip_while(|b| b != quote && !matches!(b, b'\\' | b'\n' | b'\r'));
            self.keep(true, from, self.s.pos, pending)?;
            if !found || self.s.work() >= self.s.until {
                return self.interrupt(pending);
            }
            match self.peek() {
                None => return Err(self.token_error(b"unfinished string", None)),
                Some(b'\n' | b'\r') => {
                    let text = self.string_so_far(quote, b"");
                    return Err(self.token_error(b"unfinished string", Some(&text)));
                }
                Some(b'\\') if self.peek_second() == Some(b'z') => {
                    self.s.pos += 2;
                    return self.space(start, quote);
                }
                Some(b'\\') => self.escape(quote, pending)?,
                Some(_) => {
                    let id = self.finished(pending)?;
                    self.s.pos += 1;
                    return Ok(Some(Tok::Str(id)));
                }
            }
        }
    }

    /// Skips white space behind `\z`, line breaks included, and goes on with the string.
    pub(super) fn space(&mut self, start: usize, quote: u8) -> Found {
        loop {
            if !self.skip_while(is_blank) || self.s.work() >= self.s.until {
                return self.interrupt(Pending::Space { start, quote });
            }
            match self.peek() {
                Some(b'\n' | b'\r') => self.skip_newline(),
                _ => return self.text(start, quote),
            }
        }
    }

    /// Returns the token so far as errors show it: the contents read, then `raw`.
    fn string_so_far(&self, quote: u8, raw: &[u8]) -> Vec<u8> {
        [&[quote], near::window(&self.s.buffer), raw].concat()
    }

    /// Returns an error about the escape from the current position, which goes wrong at
    /// the byte at `end`; that byte is shown too.
    fn escape_error(&self, quote: u8, end: usize, message: &[u8]) -> SyntaxError {
        let shown = self.source.len().min(end + 1);
        let raw = near::window(&self.source[self.s.pos..shown]);
        let text = self.string_so_far(quote, raw);
        self.token_error(message, Some(&text))
    }

    /// Reads the escape sequence whose backslash is the current byte.
    fn escape(&mut self, quote: u8, pending: Pending) -> Step {
        let start = self.s.pos;
        let byte = match self.peek_second() {
            Some(b'a') => 0x07,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'v') => 0x0b,
            Some(b @ (b'\\' | b'"' | b'\'')) => b,
            Some(b'x') => return self.hex_escape(quote, pending),
            Some(b'u') => return self.utf8_escape(quote, pending),
            Some(b'0'..=b'9') => return self.decimal_escape(quote, pending),
            Some(b'\n' | b'\r') => {
                self.push(b"\n", pending)?;
                self.s.pos += 1;
                self.skip_newline();
                return Ok(());
            }
            // The caller finds the end of the source and reports that.
            None => {
                self.s.pos += 1;
                return Ok(());
            }
            Some(_) => {
                return Err(self.escape_error(quote, start + 1, b"invalid escape sequence"));
            }
        };
        self.push(&[byte], pending)?;
        self.s.pos += 2;
        Ok(())
    }

    fn hex_digit(&self, at: usize) -> Option<u32> {
        self.source.get(at).and_then(|&b| char::from(b).to_digit(16))
    }

    /// `\xXX`
    fn hex_escape(&mut self, quote: u8, pending: Pending) -> Step {
        let start = self.s.pos;
        let mut value = 0;
        for at in [start + 2, start + 3] {
            let Some(digit) = self.hex_digit(at) else {
                return Err(self.escape_error(quote, at, b"hexadecimal digit expected"));
            };
            value = value * 16 + digit;
        }
        self.push(&[value as u8], pending)?;
        self.s.pos += 4;
        Ok(())
    }

    /// `\ddd`
    fn decimal_escape(&mut self, quote: u8, pending: Pending) -> Step {
        let start = self.s.pos;
        let digits = &self.source[start + 1..self.source.len().min(start + 4)];
        let mut value = 0u32;
        let mut at = start + 1;
        for &b in digits.iter().take_while(|b| b.is_ascii_digit()) {
            value = value * 10 + u32::from(b - b'0');
            at += 1;
        }
        let Ok(byte) = u8::try_from(value) else {
            return Err(self.escape_error(quote, at, b"decimal escape too large"));
        };
        self.push(&[byte], pending)?;
        self.s.pos = at;
        Ok(())
    }

    /// `\u{XXX}`: any value below 2^31, in the original UTF-8 of up to six bytes.
    fn utf8_escape(&mut self, quote: u8, pending: Pending) -> Step {
        let start = self.s.pos;
        let mut at = start + 2;
        if self.source.get(at) != Some(&b'{') {
            return Err(self.escape_error(quote, at, b"missing '{'"));
        }
        at += 1;
        let Some(mut value) = self.hex_digit(at) else {
            return Err(self.escape_error(quote, at, b"hexadecimal digit expected"));
        };
        at += 1;
        while let Some(digit) = self.hex_digit(at) {
            if value > 0x7fff_ffff >> 4 {
                return Err(self.escape_error(quote, at, b"UTF-8 value too large"));
            }
            value = value * 16 + digit;
            at += 1;
        }
        if self.source.get(at) != Some(&b'}') {
            return Err(self.escape_error(quote, at, b"missing '}'"));
        }
        let mut encoded = [0; 6];
        let len = encode_utf8(value, &mut encoded);
        self.push(&encoded[..len], pending)?;
        self.s.pos = at + 1;
        Ok(())
    }

    /// Returns what is known of the string at `start`, whose end is not in sight.
    pub(in crate::syntax) fn unfinished_text(&self, start: usize) -> Option<Vec<u8>> {
        let first = self.source.get(start..)?.first()?;
        let text = match first {
            b'"' | b'\'' => self.string_so_far(*first, b""),
            _ => near::window(&self.source[start..]).to_vec(),
        };
        Some(super::quoted(&text))
    }

    /// Returns the string token at `start` as errors show it: long brackets as
    /// written, quotes around what the escapes stand for; cut where messages cut it.
    pub(super) fn string_text(&mut self, start: usize, id: StrId) -> Vec<u8> {
        let contents = near::window(self.s.strings.get(id));
        match self.source.get(start) {
            Some(&quote @ (b'"' | b'\'')) => [&[quote], contents, &[quote]].concat(),
            _ => {
                let rest = near::window(&self.source[start.min(self.source.len())..]);
                let level = rest.iter().skip(1).take_while(|&&b| b == b'=').count();
                let signs = "=".repeat(level);
                let mut text = format!("[{signs}[").into_bytes();
                text.extend_from_slice(contents);
                text.extend_from_slice(format!("]{signs}]").as_bytes());
                text
            }
        }
    }
}

/// Encodes a value below 2^31 and returns the number of bytes.
fn encode_utf8(value: u32, out: &mut [u8; 6]) -> usize {
    let (len, lead) = match value {
        0..0x80 => {
            out[0] = value as u8;
            return 1;
        }
        0x80..0x800 => (2, 0xc0),
        0x800..0x1_0000 => (3, 0xe0),
        0x1_0000..0x20_0000 => (4, 0xf0),
        0x20_0000..0x400_0000 => (5, 0xf8),
        _ => (6, 0xfc),
    };
    let mut rest = value;
    for slot in out[1..len].iter_mut().rev() {
        *slot = 0x80 | (rest & 0x3f) as u8;
        rest >>= 6;
    }
    out[0] = lead | rest as u8;
    len
}
