//! A pull reader of JSON text (RFC 8259, strict): text in, events out, no values. It goes
//! through long tokens in portions.

use super::MAX_DEPTH;
use super::numeral::{Number, Numeral};
use super::text::{hex4, plain_run};
use crate::parts;

/// Bytes of a long token or of blanks that are passed at once.
const PORTION: usize = 8 * 1024;

/// The inside of a string, checked but still escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Raw {
    /// The offset of its first byte.
    pub start: usize,
    /// The offset of its closing quote.
    pub end: usize,
    /// Whether there are escapes in it.
    pub escaped: bool,
}

/// What comes next in the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Event {
    /// Nothing yet: a long token, or blanks. To be asked again.
    Further,
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number without fraction and exponent that fits.
    Integer(i64),
    /// Any other number, and how many bytes its text was.
    Float(f64, usize),
    /// A string as a value.
    String(Raw),
    /// A member's name.
    Key(Raw),
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

#[derive(Clone, Copy, Debug, PartialEq)]
enum Expect {
    /// A value.
    Value,
    /// A value or `]`.
    FirstItem,
    /// A name or `}`.
    FirstKey,
    /// A name, after a comma.
    Key,
    /// A colon.
    Colon,
    /// A comma or the end of the innermost array or object; at depth 0 the text's end.
    More,
}

/// A token that is being passed.
#[derive(Clone, Copy, Debug)]
enum Token {
    None,
    String { start: usize, escaped: bool },
    Number(Numeral),
}

/// The reader. It does not hold the text, which must be UTF-8 and always the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader {
    at: usize,
    expect: Expect,
    token: Token,
    /// One bit for each open array (0) or object (1), innermost lowest.
    kinds: u128,
    depth: usize,
}

parts!(struct Reader { at, expect, token, kinds, depth });
parts!(struct Raw { start, end, escaped });
parts!(enum Expect { 0 Value, 1 FirstItem, 2 FirstKey, 3 Key, 4 Colon, 5 More });
parts!(enum Token { 0 None, 1 String { start, escaped }, 2 Number(numeral) });

impl Reader {
    /// Tells whether all places are in a text of this length.
    pub(super) fn is_sound(&self, length: usize) -> bool {
        let token = match &self.token {
            Token::None => true,
            Token::String { start, .. } => *start <= self.at,
            Token::Number(numeral) => numeral.is_sound(length),
        };
        self.at <= length && self.depth <= MAX_DEPTH && token
    }
}

const _: () = assert!(MAX_DEPTH <= 128);

impl Reader {
    /// Makes a reader.
    pub(super) fn new() -> Reader {
        Reader { at: 0, expect: Expect::Value, token: Token::None, kinds: 0, depth: 0 }
    }

    /// Returns the offset of what comes next.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    fn peek(&self, text: &[u8]) -> Option<u8> {
        text.get(self.at).copied()
    }

    /// Passes blanks; false if there may be more of them.
    fn skip_space(&mut self, text: &[u8]) -> bool {
        let end = self.at.saturating_add(PORTION);
        while matches!(self.peek(text), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            if self.at == end {
                return false;
            }
            self.at += 1;
        }
        true
    }

    fn bad<T>(&self, text: &[u8], what: &'static str) -> Result<T, Malformed> {
        let what = if self.at >= text.len() { "unexpected end of text" } else { what };
        Err(Malformed { what, at: self.at })
    }

    fn in_object(&self) -> bool {
        self.kinds & 1 == 1
    }

    /// Reads the next event. After [`Event::Finish`] or an error there is nothing more.
    ///
    /// # Errors
    /// [`Malformed`], with the place.
    pub(super) fn next(&mut self, text: &[u8]) -> Result<Event, Malformed> {
        match self.token {
            Token::None => {}
            Token::String { start, escaped } => return self.string(text, start, escaped),
            Token::Number(numeral) => return self.number(text, numeral),
        }
        loop {
            if !self.skip_space(text) {
                return Ok(Event::Further);
            }
            match (self.expect, self.peek(text)) {
                (Expect::FirstItem, Some(b']')) | (Expect::FirstKey, Some(b'}')) => {
                    return Ok(self.end());
                }
                (Expect::Value | Expect::FirstItem, _) => return self.value(text),
                (Expect::FirstKey | Expect::Key, Some(b'"')) => {
                    self.at += 1;
                    return self.string(text, self.at, false);
                }
                (Expect::FirstKey | Expect::Key, _) => {
                    return self.bad(text, "expected a name in double quotes");
                }
                (Expect::Colon, Some(b':')) => {
                    self.at += 1;
                    self.expect = Expect::Value;
                }
                (Expect::Colon, _) => return self.bad(text, "expected ':'"),
                (Expect::More, None) if self.depth == 0 => return Ok(Event::Finish),
                (Expect::More, _) if self.depth == 0 => {
                    return self.bad(text, "trailing characters");
                }
                (Expect::More, Some(b',')) => {
                    self.at += 1;
                    self.expect = if self.in_object() { Expect::Key } else { Expect::Value };
                }
                (Expect::More, Some(b'}')) if self.in_object() => return Ok(self.end()),
                (Expect::More, Some(b']')) if !self.in_object() => return Ok(self.end()),
                (Expect::More, _) if self.in_object() => {
                    return self.bad(text, "expected ',' or '}'");
                }
                (Expect::More, _) => return self.bad(text, "expected ',' or ']'"),
            }
        }
    }

    fn begin(&mut self, text: &[u8], object: bool) -> Result<Event, Malformed> {
        if self.depth == MAX_DEPTH {
            return self.bad(text, "nested deeper than 128 levels");
        }
        self.depth += 1;
        self.kinds = self.kinds << 1 | u128::from(object);
        self.at += 1;
        self.expect = if object { Expect::FirstKey } else { Expect::FirstItem };
        Ok(if object { Event::BeginObject } else { Event::BeginArray })
    }

    fn end(&mut self) -> Event {
        self.depth -= 1;
        self.kinds >>= 1;
        self.at += 1;
        self.expect = Expect::More;
        Event::End
    }

    fn value(&mut self, text: &[u8]) -> Result<Event, Malformed> {
        let event = match self.peek(text) {
            Some(b'[') => return self.begin(text, false),
            Some(b'{') => return self.begin(text, true),
            Some(b'"') => {
                self.expect = Expect::Value;
                self.at += 1;
                return self.string(text, self.at, false);
            }
            Some(b'-' | b'0'..=b'9') => return self.number(text, Numeral::at(self.at)),
            Some(b'n') => self.word(text, b"null", Event::Null)?,
            Some(b't') => self.word(text, b"true", Event::Boolean(true))?,
            Some(b'f') => self.word(text, b"false", Event::Boolean(false))?,
            _ => return self.bad(text, "expected a value"),
        };
        self.expect = Expect::More;
        Ok(event)
    }

    fn word(&mut self, text: &[u8], word: &[u8], event: Event) -> Result<Event, Malformed> {
        for byte in word {
            if self.peek(text) != Some(*byte) {
                return self.bad(text, "expected a value");
            }
            self.at += 1;
        }
        Ok(event)
    }

    /// Passes a portion of a numeral.
    fn number(&mut self, text: &[u8], mut numeral: Numeral) -> Result<Event, Malformed> {
        match numeral.pass(text, PORTION) {
            Ok(true) => {}
            Ok(false) => {
                self.at = numeral.offset();
                self.token = Token::Number(numeral);
                return Ok(Event::Further);
            }
            Err(()) => {
                self.at = numeral.offset();
                let what = "invalid number";
                return match numeral.behind_zero(text) {
                    Some(at) => Err(Malformed { what, at }),
                    None => self.bad(text, what),
                };
            }
        }
        self.at = numeral.offset();
        self.token = Token::None;
        self.expect = Expect::More;
        match numeral.value(text) {
            Some(Number::Integer(i)) => Ok(Event::Integer(i)),
            Some(Number::Float(n)) => Ok(Event::Float(n, numeral.len())),
            None => Err(Malformed { what: "number out of range", at: numeral.start() }),
        }
    }

    /// Passes a portion of a string, a name or a value.
    fn string(&mut self, text: &[u8], start: usize, escaped: bool) -> Result<Event, Malformed> {
        let mut escaped = escaped;
        let end = self.at.saturating_add(PORTION).min(text.len());
        while self.at < end {
            self.at += plain_run(&text[self.at..end]);
            match self.peek(text) {
                Some(b'"') => {
                    let raw = Raw { start, end: self.at, escaped };
                    self.at += 1;
                    self.token = Token::None;
                    let value = self.expect == Expect::Value || self.expect == Expect::FirstItem;
                    self.expect = if value { Expect::More } else { Expect::Colon };
                    return Ok(if value { Event::String(raw) } else { Event::Key(raw) });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape(text)?;
                }
                Some(0..=0x1F) => return self.bad(text, "control character in a string"),
                _ => {}
            }
        }
        if self.at >= text.len() {
            return self.bad(text, "unexpected end of text");
        }
        self.token = Token::String { start, escaped };
        Ok(Event::Further)
    }

    fn escape(&mut self, text: &[u8]) -> Result<(), Malformed> {
        self.at += 1;
        match self.peek(text) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => self.unicode(text),
            _ => self.bad(text, "invalid escape"),
        }
    }

    /// Checks `uXXXX`, or the two escapes of a surrogate pair.
    fn unicode(&mut self, text: &[u8]) -> Result<(), Malformed> {
        let rest = text.get(self.at + 1..).unwrap_or(&[]);
        match hex4(rest) {
            None => return self.bad(text, "invalid escape"),
            Some(0xDC00..0xE000) => return self.bad(text, "lone surrogate"),
            Some(0xD800..0xDC00) => {
                let low = match rest.get(4..6) {
                    Some(b"\\u") => hex4(&rest[6..]),
                    _ => None,
                };
                if !low.is_some_and(|low| (0xDC00..0xE000).contains(&low)) {
                    return self.bad(text, "lone surrogate");
                }
                self.at += 6;
            }
            Some(_) => {}
        }
        self.at += 5;
        Ok(())
    }
}
