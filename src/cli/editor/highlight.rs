//! The colours of Lua's text, finished or not.

use crate::session::KEYWORDS;
use std::ops::Range;

/// What a part of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Keyword,
    Constant,
    Number,
    Text,
    Comment,
    /// What is no value but stands for one: `<function>`, `…`.
    Mark,
    Other,
}

impl Kind {
    /// Returns what turns its colour on.
    fn colour(self) -> &'static str {
        match self {
            Kind::Keyword => "\x1b[35m",
            Kind::Constant | Kind::Number => "\x1b[33m",
            Kind::Text => "\x1b[32m",
            Kind::Comment | Kind::Mark => "\x1b[2m",
            Kind::Other => "",
        }
    }
}

/// Returns the parts of a text of Lua's, in order. What is between them is of no kind.
pub(super) fn parts(text: &str) -> Vec<(Range<usize>, Kind)> {
    scan(text, false)
}

/// Colours a text of Lua's.
pub(in crate::cli) fn paint(text: &str) -> String {
    painted(text, &scan(text, false))
}

/// Colours values as a prompt shows them.
pub(in crate::cli) fn paint_values(text: &str) -> String {
    painted(text, &scan(text, true))
}

fn painted(text: &str, parts: &[(Range<usize>, Kind)]) -> String {
    let mut out = String::with_capacity(text.len() + 16 * parts.len());
    let mut at = 0;
    for (range, kind) in parts {
        out.push_str(&text[at..range.start]);
        let part = &text[range.clone()];
        match kind.colour() {
            "" => out.push_str(part),
            colour => out.extend([colour, part, "\x1b[0m"]),
        }
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

fn scan(text: &str, values: bool) -> Vec<(Range<usize>, Kind)> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = &text[at..];
        let (length, kind) = match byte {
            b'-' if rest.starts_with("--") => {
                let long = long_bracket(&rest[2..]).map(|length| 2 + length);
                let line = || rest.find('\n').unwrap_or(rest.len());
                (long.unwrap_or_else(line), Kind::Comment)
            }
            b'"' | b'\'' => (quoted(rest, byte), Kind::Text),
            b'[' => match long_bracket(rest) {
                Some(length) => (length, Kind::Text),
                None => (1, Kind::Other),
            },
            b'<' if values => (rest.find('>').map_or(rest.len(), |end| end + 1), Kind::Mark),
            b'0'..=b'9' => (number(rest), Kind::Number),
            b if b.is_ascii_alphabetic() || b == b'_' => {
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let length = rest.len() - rest.trim_start_matches(is_part).len();
                let kind = match &rest[..length] {
                    "nil" | "true" | "false" => Kind::Constant,
                    word if KEYWORDS.contains(&word) => Kind::Keyword,
                    _ => Kind::Other,
                };
                (length, kind)
            }
            _ => match rest.chars().next() {
                Some('…') if values => ('…'.len_utf8(), Kind::Mark),
                Some(c) => (c.len_utf8(), Kind::Other),
                None => break,
            },
        };
        let length = length.max(1);
        if kind != Kind::Other {
            parts.push((at..at + length, kind));
        }
        at += length;
    }
    parts
}

/// Returns the length of a quoted string, to the end of the line if it is not closed there.
fn quoted(text: &str, quote: u8) -> usize {
    let mut bytes = text.bytes().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'\n' => return at,
            byte if byte == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Returns the length of a long string, `[[…]]` or `[==[…]==]`, if a text begins with one.
fn long_bracket(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?;
    let level = inner.len() - inner.trim_start_matches('=').len();
    inner[level..].starts_with('[').then_some(())?;
    let close = format!("]{}]", "=".repeat(level));
    Some(text.find(&close).map_or(text.len(), |at| at + close.len()))
}

/// Returns the length of a number, roughly: what cannot belong to one ends it.
fn number(text: &str) -> usize {
    let is_hex = text.starts_with("0x") || text.starts_with("0X");
    let exponents: &[u8] = if is_hex { b"pP" } else { b"eE" };
    let mut before = 0;
    for (at, byte) in text.bytes().enumerate() {
        let is_sign = matches!(byte, b'+' | b'-') && exponents.contains(&before);
        let is_dots = byte == b'.' && text[at..].starts_with("..");
        if !(byte.is_ascii_alphanumeric() || byte == b'.' || is_sign) || is_dots {
            return at;
        }
        before = byte;
    }
    text.len()
}
