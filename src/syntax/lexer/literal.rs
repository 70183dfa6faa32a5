//! String literals, long brackets and comments.

use super::{Lexer, Near, WINDOW};
use crate::syntax::ast::StrId;
use crate::syntax::error::SyntaxError;
use crate::syntax::meter::Stopped;
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

impl Lexer<'_> {
    pub(super) fn skip_comment(&mut self) -> Result<(), SyntaxError> {
        self.pos += 2;
        if self.peek() == Some(b'[')
            && let Bracket::Long(level) = self.bracket()?
        {
            self.read_long(level, false)?;
            return Ok(());
        }
        self.skip_while(|b| !matches!(b, b'\n' | b'\r'))?;
        Ok(())
    }

    pub(super) fn lex_bracket(&mut self) -> Result<Tok, SyntaxError> {
        match self.bracket()? {
            Bracket::Plain => {
                self.pos += 1;
                Ok(Tok::Byte(b'['))
            }
            Bracket::Broken(len) => {
                let text = self.source[self.pos..self.pos + len].to_vec();
                Err(self.token_error(b"invalid long string delimiter", Near::Text(text)))
            }
            Bracket::Long(level) => {
                self.read_long(level, true)?;
                let contents = std::mem::take(&mut self.buffer);
                Ok(Tok::Str(self.intern(&contents)?))
            }
        }
    }

    /// Looks at what the `[` at the current position opens, moving nothing.
    fn bracket(&mut self) -> Result<Bracket, Stopped> {
        let start = self.pos;
        self.pos += 1;
        self.skip_while(|b| b == b'=')?;
        let level = self.pos - start - 1;
        let double = self.peek() == Some(b'[');
        self.pos = start;
        self.paid = self.paid.min(start);
        Ok(match (level, double) {
            (_, true) => Bracket::Long(level),
            (0, false) => Bracket::Plain,
            _ => Bracket::Broken(level + 1),
        })
    }

    /// Reads a long bracket of `level` from its first `[` past its last `]`.
    /// Its contents go into the buffer if `keep`.
    fn read_long(&mut self, level: usize, keep: bool) -> Result<(), SyntaxError> {
        let line = self.line;
        self.buffer.clear();
        self.pos += level + 2;
        if matches!(self.peek(), Some(b'\n' | b'\r')) {
            self.skip_newline()?;
        }
        loop {
            self.pay_by_window()?;
            self.keep_while(keep, |b| !matches!(b, b']' | b'\n' | b'\r'))?;
            match self.peek() {
                None => {
                    let what = if keep { "string" } else { "comment" };
                    let message = format!("unfinished long {what} (starting at line {line})");
                    return Err(self.token_error(message.as_bytes(), Near::Eof));
                }
                Some(b']') => {
                    // Stays on a second `]`, which may be the one that closes.
                    let start = self.pos;
                    self.pos += 1;
                    self.skip_while(|b| b == b'=')?;
                    if self.pos - start - 1 == level && self.peek() == Some(b']') {
                        self.pos += 1;
                        return Ok(());
                    }
                    if keep {
                        let source = self.source;
                        self.push_contents(&source[start..self.pos])?;
                    }
                }
                Some(_) => {
                    self.skip_newline()?;
                    if keep {
                        self.push_contents(b"\n")?;
                    }
                }
            }
        }
    }

    /// Moves past all bytes that `wanted` accepts, into the buffer if `keep`.
    fn keep_while(&mut self, keep: bool, wanted: impl Fn(u8) -> bool) -> Result<(), Stopped> {
        let start = self.pos;
        self.skip_while(wanted)?;
        if keep {
            let source = self.source;
            self.push_contents(&source[start..self.pos])?;
        }
        Ok(())
    }

    /// Appends to the buffer, paying for its growth before it grows.
    fn push_contents(&mut self, bytes: &[u8]) -> Result<(), Stopped> {
        let needed = self.buffer.len() + bytes.len();
        if needed > self.buffer.capacity() {
            let more = needed.max(2 * self.buffer.capacity()).max(WINDOW) - self.buffer.len();
            if more > WINDOW {
                self.meter.charge(0, more as u64)?;
            }
            self.buffer.reserve_exact(more);
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    pub(super) fn lex_string(&mut self, quote: u8) -> Result<Tok, SyntaxError> {
        let start = self.pos;
        self.pos += 1;
        self.skip_while(|b| b != quote && !matches!(b, b'\\' | b'\n' | b'\r'))?;
        if self.peek() == Some(quote) {
            let contents = &self.source[start + 1..self.pos];
            self.pos += 1;
            return Ok(Tok::Str(self.intern(contents)?));
        }
        self.pos = start + 1;
        self.paid = self.paid.min(self.pos);
        self.read_string(quote)?;
        let contents = std::mem::take(&mut self.buffer);
        let id = self.intern(&contents)?;
        self.buffer = contents;
        Ok(Tok::Str(id))
    }

    /// Reads the rest of a string with escapes into the buffer, past its quote.
    fn read_string(&mut self, quote: u8) -> Result<(), SyntaxError> {
        self.buffer.clear();
        loop {
            self.pay_by_window()?;
            self.keep_while(true, |b| b != quote && !matches!(b, b'\\' | b'\n' | b'\r'))?;
            match self.peek() {
                None => return Err(self.token_error(b"unfinished string", Near::Eof)),
                Some(b'\n' | b'\r') => {
                    let text = self.string_so_far(quote, b"");
                    return Err(self.token_error(b"unfinished string", Near::Text(text)));
                }
                Some(b'\\') => self.read_escape(quote)?,
                Some(_) => {
                    self.pos += 1;
                    return Ok(());
                }
            }
        }
    }

    /// Returns the token so far as errors show it: the contents read, then `raw`.
    fn string_so_far(&self, quote: u8, raw: &[u8]) -> Vec<u8> {
        [&[quote], &self.buffer[..], raw].concat()
    }

    /// Returns an error about the escape from `start`, which goes wrong at the
    /// byte at `end`; that byte is shown too.
    fn escape_error(&self, quote: u8, start: usize, end: usize, message: &[u8]) -> SyntaxError {
        let shown = self.source.len().min(end + 1);
        let text = self.string_so_far(quote, &self.source[start..shown]);
        self.token_error(message, Near::Text(text))
    }

    /// Reads the escape sequence whose backslash is the current byte.
    fn read_escape(&mut self, quote: u8) -> Result<(), SyntaxError> {
        let start = self.pos;
        let byte = match self.peek_second() {
            Some(b'a') => 0x07,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'v') => 0x0b,
            Some(b @ (b'\\' | b'"' | b'\'')) => b,
            Some(b'x') => return self.hex_escape(quote),
            Some(b'u') => return self.utf8_escape(quote),
            Some(b'0'..=b'9') => return self.decimal_escape(quote),
            Some(b'\n' | b'\r') => {
                self.pos += 1;
                self.skip_newline()?;
                return Ok(self.push_contents(b"\n")?);
            }
            Some(b'z') => {
                self.pos += 2;
                return Ok(self.skip_space()?);
            }
            // The caller finds the end of the source and reports that.
            None => {
                self.pos += 1;
                return Ok(());
            }
            Some(_) => {
                return Err(self.escape_error(quote, start, start + 1, b"invalid escape sequence"));
            }
        };
        self.pos += 2;
        Ok(self.push_contents(&[byte])?)
    }

    /// Skips white space, line breaks included.
    fn skip_space(&mut self) -> Result<(), Stopped> {
        loop {
            self.skip_while(|b| matches!(b, b' ' | b'\t' | 0x0b | 0x0c))?;
            match self.peek() {
                Some(b'\n' | b'\r') => self.skip_newline()?,
                _ => return Ok(()),
            }
        }
    }

    fn hex_digit(&self, at: usize) -> Option<u32> {
        self.source.get(at).and_then(|&b| char::from(b).to_digit(16))
    }

    /// `\xXX`
    fn hex_escape(&mut self, quote: u8) -> Result<(), SyntaxError> {
        let start = self.pos;
        let mut value = 0;
        for at in [start + 2, start + 3] {
            let Some(digit) = self.hex_digit(at) else {
                return Err(self.escape_error(quote, start, at, b"hexadecimal digit expected"));
            };
            value = value * 16 + digit;
        }
        self.pos += 4;
        Ok(self.push_contents(&[value as u8])?)
    }

    /// `\ddd`
    fn decimal_escape(&mut self, quote: u8) -> Result<(), SyntaxError> {
        let start = self.pos;
        let digits = &self.source[start + 1..self.source.len().min(start + 4)];
        let mut value = 0u32;
        let mut at = start + 1;
        for &b in digits.iter().take_while(|b| b.is_ascii_digit()) {
            value = value * 10 + u32::from(b - b'0');
            at += 1;
        }
        let Ok(byte) = u8::try_from(value) else {
            return Err(self.escape_error(quote, start, at, b"decimal escape too large"));
        };
        self.pos = at;
        Ok(self.push_contents(&[byte])?)
    }

    /// `\u{XXX}`: any value below 2^31, in the original UTF-8 of up to six bytes.
    fn utf8_escape(&mut self, quote: u8) -> Result<(), SyntaxError> {
        let start = self.pos;
        let mut at = start + 2;
        if self.source.get(at) != Some(&b'{') {
            return Err(self.escape_error(quote, start, at, b"missing '{'"));
        }
        at += 1;
        let Some(mut value) = self.hex_digit(at) else {
            return Err(self.escape_error(quote, start, at, b"hexadecimal digit expected"));
        };
        at += 1;
        while let Some(digit) = self.hex_digit(at) {
            if value > 0x7fff_ffff >> 4 {
                return Err(self.escape_error(quote, start, at, b"UTF-8 value too large"));
            }
            value = value * 16 + digit;
            at += 1;
        }
        if self.source.get(at) != Some(&b'}') {
            return Err(self.escape_error(quote, start, at, b"missing '}'"));
        }
        self.pos = at + 1;
        let mut encoded = [0; 6];
        let len = encode_utf8(value, &mut encoded);
        Ok(self.push_contents(&encoded[..len])?)
    }

    /// Returns the string token at `start` as errors show it: long brackets as
    /// written, quotes around what the escapes stand for.
    pub(super) fn string_text(&mut self, start: usize, id: StrId) -> Vec<u8> {
        let contents = self.strings.get(id).to_vec();
        match self.source.get(start) {
            Some(&quote @ (b'"' | b'\'')) => [&[quote], &contents[..], &[quote]].concat(),
            _ => {
                let rest = &self.source[start.min(self.source.len())..];
                let level = rest.iter().skip(1).take_while(|&&b| b == b'=').count();
                let signs = "=".repeat(level);
                let mut text = format!("[{signs}[").into_bytes();
                text.extend_from_slice(&contents);
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
