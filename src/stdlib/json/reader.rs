//! A pull reader of JSON text (RFC 8259, strict): text in, events out, no values.

use super::MAX_DEPTH;
use super::text::hex4;

/// The inside of a string, checked but still escaped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Raw<'t> {
    /// The bytes between the quotes.
    pub bytes: &'t [u8],
    /// Whether there are escapes among them.
    pub escaped: bool,
}

/// What comes next in the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Event<'t> {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number without fraction and exponent that fits.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// A string as a value.
    String(Raw<'t>),
    /// A member's name, with the offset of its quote.
    Key(Raw<'t>, usize),
    /// `[`
    BeginArray,
    /// `{`
    BeginObject,
    /// `]` or `}`
    End,
    /// The end of the text.
    Finish,
}

/// A text that is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    /// What is wrong.
    pub what: &'static str,
    /// The offset of the first byte that is.
    pub at: usize,
}

impl Malformed {
    /// Describes it with line and column (in bytes), both from 1.
    pub(super) fn describe(&self, text: &[u8]) -> String {
        position(self.what, self.at, text)
    }
}

/// Adds the line and column of an offset to a message.
pub(super) fn position(what: &str, at: usize, text: &[u8]) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    format!("{what} at line {line} column {column}")
}

#[derive(Clone, Copy, PartialEq)]
enum Expect {
    /// A value.
    Value,
    /// A value or `]`.
    FirstItem,
    /// A name or `}`.
    FirstKey,
    /// A comma or the end of the innermost array or object; at depth 0 the text's end.
    More,
}

/// The reader. The text must be UTF-8 already.
pub(super) struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    expect: Expect,
    /// One bit for each open array (0) or object (1), innermost lowest.
    kinds: u128,
    depth: usize,
}

const _: () = assert!(MAX_DEPTH <= 128);

impl<'t> Reader<'t> {
    /// Makes a reader.
    pub(super) fn new(text: &'t [u8]) -> Reader<'t> {
        Reader { text, at: 0, expect: Expect::Value, kinds: 0, depth: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn bad<T>(&self, what: &'static str) -> Result<T, Malformed> {
        let what = if self.at >= self.text.len() { "unexpected end of text" } else { what };
        Err(Malformed { what, at: self.at })
    }

    fn in_object(&self) -> bool {
        self.kinds & 1 == 1
    }

    /// Reads the next event. After [`Event::Finish`] or an error there is nothing more.
    ///
    /// # Errors
    /// [`Malformed`], with the place.
    pub(super) fn next(&mut self) -> Result<Event<'t>, Malformed> {
        self.skip_space();
        match self.expect {
            Expect::Value => self.value(),
            Expect::FirstItem if self.peek() == Some(b']') => Ok(self.end()),
            Expect::FirstItem => self.value(),
            Expect::FirstKey if self.peek() == Some(b'}') => Ok(self.end()),
            Expect::FirstKey => self.key(),
            Expect::More if self.depth == 0 => match self.peek() {
                None => Ok(Event::Finish),
                Some(_) => self.bad("trailing characters"),
            },
            Expect::More => self.more(),
        }
    }

    fn more(&mut self) -> Result<Event<'t>, Malformed> {
        match (self.peek(), self.in_object()) {
            (Some(b','), object) => {
                self.at += 1;
                self.skip_space();
                if object { self.key() } else { self.value() }
            }
            (Some(b'}'), true) | (Some(b']'), false) => Ok(self.end()),
            (_, true) => self.bad("expected ',' or '}'"),
            (_, false) => self.bad("expected ',' or ']'"),
        }
    }

    fn begin(&mut self, object: bool) -> Result<Event<'t>, Malformed> {
        if self.depth == MAX_DEPTH {
            return self.bad("nested deeper than 128 levels");
        }
        self.depth += 1;
        self.kinds = self.kinds << 1 | u128::from(object);
        self.at += 1;
        self.expect = if object { Expect::FirstKey } else { Expect::FirstItem };
        Ok(if object { Event::BeginObject } else { Event::BeginArray })
    }

    fn end(&mut self) -> Event<'t> {
        self.depth -= 1;
        self.kinds >>= 1;
        self.at += 1;
        self.expect = Expect::More;
        Event::End
    }

    fn key(&mut self) -> Result<Event<'t>, Malformed> {
        if self.peek() != Some(b'"') {
            return self.bad("expected a name in double quotes");
        }
        let start = self.at;
        let name = self.string()?;
        self.skip_space();
        if self.peek() != Some(b':') {
            return self.bad("expected ':'");
        }
        self.at += 1;
        self.expect = Expect::Value;
        Ok(Event::Key(name, start))
    }

    fn value(&mut self) -> Result<Event<'t>, Malformed> {
        let event = match self.peek() {
            Some(b'[') => return self.begin(false),
            Some(b'{') => return self.begin(true),
            Some(b'"') => Event::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'n') => self.word(b"null", Event::Null)?,
            Some(b't') => self.word(b"true", Event::Boolean(true))?,
            Some(b'f') => self.word(b"false", Event::Boolean(false))?,
            _ => return self.bad("expected a value"),
        };
        self.expect = Expect::More;
        Ok(event)
    }

    fn word(&mut self, word: &[u8], event: Event<'t>) -> Result<Event<'t>, Malformed> {
        for byte in word {
            if self.peek() != Some(*byte) {
                return self.bad("expected a value");
            }
            self.at += 1;
        }
        Ok(event)
    }

    /// Passes digits and tells whether there was one.
    fn digits(&mut self) -> bool {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at > start
    }

    fn number(&mut self) -> Result<Event<'t>, Malformed> {
        let start = self.at;
        let negative = self.peek() == Some(b'-');
        self.at += usize::from(negative);
        let first = self.at;
        if !self.digits() || (self.text[first] == b'0' && self.at > first + 1) {
            return self.bad("invalid number");
        }
        let mut integer = true;
        if self.peek() == Some(b'.') {
            integer = false;
            self.at += 1;
            if !self.digits() {
                return self.bad("invalid number");
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            integer = false;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.digits() {
                return self.bad("invalid number");
            }
        }
        let digits = std::str::from_utf8(&self.text[start..self.at]).unwrap_or_default();
        // Only a float has a negative zero.
        if integer
            && digits != "-0"
            && let Ok(n) = digits.parse()
        {
            return Ok(Event::Integer(n));
        }
        match digits.parse::<f64>() {
            Ok(n) if n.is_finite() => Ok(Event::Float(n)),
            _ => Err(Malformed { what: "number out of range", at: start }),
        }
    }

    fn string(&mut self) -> Result<Raw<'t>, Malformed> {
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(0..=0x1F) => return self.bad("control character in a string"),
                Some(_) => self.at += 1,
                None => return self.bad("unexpected end of text"),
            }
        }
        let bytes = &self.text[start..self.at];
        self.at += 1;
        Ok(Raw { bytes, escaped })
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => self.unicode(),
            _ => self.bad("invalid escape"),
        }
    }

    /// Checks `uXXXX`, or the two escapes of a surrogate pair.
    fn unicode(&mut self) -> Result<(), Malformed> {
        let rest = &self.text[self.at + 1..];
        match hex4(rest) {
            None => return self.bad("invalid escape"),
            Some(0xDC00..0xE000) => return self.bad("lone surrogate"),
            Some(0xD800..0xDC00) => {
                let low = match rest.get(4..6) {
                    Some(b"\\u") => hex4(&rest[6..]),
                    _ => None,
                };
                if !low.is_some_and(|low| (0xDC00..0xE000).contains(&low)) {
                    return self.bad("lone surrogate");
                }
                self.at += 6;
            }
            Some(_) => {}
        }
        self.at += 5;
        Ok(())
    }
}
