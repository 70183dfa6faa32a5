//! Characters that Lua has no use for, and tokens that are broken.

use super::literals::{TRIPLE, word_behind_string};
use super::{Advice, Span, Wrong, comment_words};
use crate::base::hidden::is_hidden;
use crate::hints::tokens::Tokens;
use crate::syntax::token::Tok;

/// Returns the character at an offset.
fn char_at(source: &[u8], offset: usize) -> Option<char> {
    let window = source.get(offset..source.len().min(offset + 4))?;
    window.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next())
}

/// Returns the part of a source that a character takes.
pub(super) fn span(source: &[u8], offset: usize) -> Span {
    let length = char_at(source, offset).map_or(1, char::len_utf8);
    Span { start: offset, end: offset + length }
}

/// A source in another encoding: UTF-16, with its mark or without it, or one of single bytes.
pub(super) fn encoding(w: &Wrong<'_>) -> Option<String> {
    let source = w.tokens.source();
    let begin = &source[..source.len().min(64)];
    let zeros = begin.iter().filter(|byte| **byte == 0).count();
    let wide = w.tok(0) == Tok::Byte(0) && w.at < w.tokens.len() && zeros * 3 > begin.len();
    if wide || begin.starts_with(b"\xff\xfe") || begin.starts_with(b"\xfe\xff") {
        return Some("the source is UTF-16: save it as UTF-8".to_owned());
    }
    let Tok::Byte(byte @ 0x80..) = w.tok(0) else { return None };
    match char_at(source, w.tokens.get(w.at).start) {
        Some(_) => None,
        None => Some(format!("the byte {byte:02X} is no UTF-8 here: save the source as UTF-8")),
    }
}

/// What is said of characters outside of ASCII.
pub(super) fn foreign(w: &Wrong<'_>) -> Option<String> {
    let Tok::Byte(0x80..) = w.tok(0) else { return None };
    let c = char_at(w.tokens.source(), w.tokens.get(w.at).start)?;
    let code = format!("U+{:04X}", u32::from(c));
    Some(match c {
        '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' => {
            format!("this quotation mark ({code}) is a curly one: Lua takes `\"` or `'`")
        }
        '\u{2018}'..='\u{201b}' | '\u{b4}' => {
            format!("this quotation mark ({code}) is a curly one: Lua takes `'` or `\"`")
        }
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            format!("there is a space here that is none of Lua's ({code}): put a plain one")
        }
        c if c == '\u{ad}' || is_hidden(c) => {
            format!("there is a character here that cannot be seen ({code}): take it out")
        }
        '\u{2010}'..='\u{2015}' | '\u{2212}' => {
            format!("this dash ({code}) is none of Lua's: `-` is")
        }
        '\u{d7}' => "Lua multiplies with `*`".to_owned(),
        '\u{f7}' => "Lua divides with `/`".to_owned(),
        '\u{2260}' => "Lua writes `~=` for \"not equal\"".to_owned(),
        '\u{2264}' => "Lua writes `<=`".to_owned(),
        '\u{2265}' => "Lua writes `>=`".to_owned(),
        '\u{2026}' => "Lua writes `...`, three dots".to_owned(),
        // The forms of East Asian widths.
        '\u{ff01}'..='\u{ff5e}' => {
            let plain = u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(' ');
            format!("this is a wide character ({code}): Lua takes the plain `{plain}`")
        }
        c if c.is_alphabetic() => {
            "names in Lua are made of the letters a to z and A to Z, digits and `_`".to_owned()
        }
        _ => format!("Lua takes this character ({code}) in strings and comments only"),
    })
}

/// Tells of a token that begins at `begin` and could not be read further than to `offset`.
pub(super) fn broken_token(tokens: &Tokens<'_>, begin: usize, offset: usize, what: &str) -> Advice {
    let source = tokens.source();
    let token = &source[begin.min(source.len())..];
    let (mut span, mut hint) = (Span { start: begin, end: offset.max(begin + 1) }, None);
    if what.starts_with("malformed number") {
        let text = &source[begin..offset.min(source.len())];
        hint = number(text);
    } else if what.starts_with("unfinished long") {
        let opening = token.iter().position(|b| *b == b'[').unwrap_or(0);
        let level = token[opening..].iter().skip(1).take_while(|b| **b == b'=').count();
        span.end = begin + opening + level + 2;
        let close = format!("]{}]", "=".repeat(level));
        hint = Some(format!("it ends with `{close}`"));
    } else if what.starts_with("unfinished string") {
        hint = Some(unfinished(tokens, begin));
    } else if what.starts_with("invalid long string delimiter") {
        span.end = offset.max(begin + 2);
    } else {
        // An escape sequence: the string is read up to it.
        span.start = offset;
        span.end = offset + 2;
        if what.starts_with("invalid escape sequence") {
            let rest = &source[offset..];
            hint = code_point(rest)
                .or(interpolation(rest))
                .or(escape(source.get(offset + 1).copied()));
        } else if what.starts_with("missing '{'") {
            hint = Some(code_point(&source[offset..]).unwrap_or(BACKSLASH.to_owned()));
        } else if what.starts_with("decimal escape") {
            let limit = "`\\ddd` is a byte, up to 255; other characters are `\\u{...}`";
            hint = Some(limit.to_owned());
        } else if what.starts_with("hexadecimal digit") {
            hint = Some(match source.get(offset + 1) {
                Some(b'u') => "`\\u{...}` takes hexadecimal digits, as `\\u{E9}`".to_owned(),
                _ => format!("`\\x` takes two hexadecimal digits; {BACKSLASH}"),
            });
        }
    }
    span.end = span.end.min(source.len()).max(span.start.min(source.len()));
    span.start = span.start.min(source.len());
    Advice { span: Some(span), hint, ..Advice::default() }
}

/// What is said of a string in quotes that does not end on its line.
fn unfinished(tokens: &Tokens<'_>, begin: usize) -> String {
    let source = tokens.source();
    let last = tokens.len().saturating_sub(1);
    let empty = tokens.len() > 0
        && matches!(tokens.text(last), b"\"\"" | b"''")
        && tokens.get(last).end == begin;
    if empty && source.get(begin) == tokens.text(last).first() {
        return TRIPLE.to_owned();
    }
    let behind = tokens.len();
    // On its own line a quote that nobody closes may be one of a text: `don't`.
    let same_line = tokens.len() > 0 && !source[tokens.get(last).end..begin].contains(&b'\n');
    let word = word_behind_string(tokens, behind).filter(|_| same_line);
    let comment = comment_words(tokens, last).filter(|_| same_line);
    comment.or(word).or_else(|| other_quote(source, begin)).unwrap_or_else(|| {
        "a string in quotes ends on its line; `[[...]]` may hold line breaks".to_owned()
    })
}

/// `"text'`: what seems to end it is the other quotation mark.
fn other_quote(source: &[u8], begin: usize) -> Option<String> {
    let (quote, other) = match source.get(begin)? {
        b'"' => ('"', b'\''),
        _ => ('\'', b'"'),
    };
    let rest = source.get(begin + 1..)?;
    let line = rest.split(|byte| matches!(byte, b'\n' | b'\r')).next()?;
    // `"text”`
    let curly = ['\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}'];
    let text = String::from_utf8_lossy(line);
    let apostrophe = |(at, c): (usize, char)| {
        c == '\u{2019}' && text[at + c.len_utf8()..].starts_with(char::is_alphanumeric)
    };
    let closed = text.char_indices().find(|(at, c)| curly.contains(c) && !apostrophe((*at, *c)));
    if let Some((_, c)) = closed {
        return Some(format!(
            "the quotation mark (U+{:04X}) is a curly one: this string ends with `{quote}`",
            u32::from(c)
        ));
    }
    let at = line.iter().position(|byte| *byte == other)?;
    // An apostrophe is a part of a word.
    let ends = line.get(at + 1).is_none_or(|next| !next.is_ascii_alphanumeric());
    ends.then(|| {
        let other = char::from(other);
        format!("this string begins with `{quote}`: it ends with `{quote}`, and not with `{other}`")
    })
}

/// `\u0041`, `\U0001F600`: what Lua writes for it.
fn code_point(text: &[u8]) -> Option<String> {
    let count = match text.get(1)? {
        b'u' => 4,
        b'U' => 8,
        _ => return None,
    };
    let digits = text.get(2..2 + count)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let digits = std::str::from_utf8(digits).ok()?;
    let shown = if count == 8 { digits.trim_start_matches('0') } else { digits };
    Some(format!("Lua writes `\\u{{{shown}}}`"))
}

/// `\(name)`, as Swift has it in strings.
fn interpolation(text: &[u8]) -> Option<String> {
    let inner = text.strip_prefix(br"\(")?;
    let length =
        inner.iter().take_while(|c| c.is_ascii_alphanumeric() || b"_.".contains(c)).count();
    let name = inner.first()?.is_ascii_alphabetic() && inner.get(length) == Some(&b')');
    let name = if name { std::str::from_utf8(inner.get(..length)?).ok()? } else { return None };
    Some(format!("nothing is filled into Lua's strings: write `\"...\" .. {name}`"))
}

fn number(text: &[u8]) -> Option<String> {
    let second = text.get(1).map(u8::to_ascii_lowercase);
    Some(match (text.first(), second) {
        (Some(b'0'), Some(b'b')) => {
            "Lua has no binary numerals: write `tonumber(\"1010\", 2)`".to_owned()
        }
        (Some(b'0'), Some(b'o')) => {
            "Lua has no octal numerals: write `tonumber(\"17\", 8)`".to_owned()
        }
        _ if text.windows(2).any(|pair| pair == b"..") => {
            "put a space before `..`; a loop over numbers is `for i = 1, 10 do`".to_owned()
        }
        _ if has_suffix(text) => "Lua's numerals have no letters behind them".to_owned(),
        _ if text.contains(&b'_') => "Lua's numerals have no `_`".to_owned(),
        (Some(digit @ b'0'..=b'9'), Some(c))
            if c.is_ascii_alphabetic() && c != b'e' && (*digit != b'0' || c != b'x') =>
        {
            "names begin with a letter or `_`".to_owned()
        }
        (Some(b'0'), Some(b'x')) => {
            "hexadecimal numerals have the digits 0 to 9 and a to f".to_owned()
        }
        _ if matches!(text.last(), Some(b'e' | b'E' | b'+' | b'-')) => {
            "digits are missing behind the exponent".to_owned()
        }
        _ if text.iter().filter(|byte| **byte == b'.').count() > 1 => {
            "a number has one point; a version or an address is a string".to_owned()
        }
        _ if text.last().is_some_and(u8::is_ascii_alphabetic) => {
            "Lua's numerals have no units or letters behind them".to_owned()
        }
        _ => return None,
    })
}

/// `10n`, `1.5f`, `100L`
fn has_suffix(text: &[u8]) -> bool {
    const WHOLE: &[u8] = b"nLlUu";
    let (digits, suffix): (fn(&u8) -> bool, &[u8]) = match text {
        [b'0', b'x' | b'X', ..] => (|byte| byte.is_ascii_hexdigit() || *byte == b'x', WHOLE),
        // `1e3f`
        _ => (|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e'), b"nLlUufFd"),
    };
    let count = text.iter().take_while(|byte| digits(byte)).count();
    let behind = &text[count..];
    count > 1 && matches!(behind.len(), 1 | 2) && behind.iter().all(|byte| suffix.contains(byte))
}

/// Said where an escape sequence was none.
const BACKSLASH: &str = "a backslash itself is written `\\\\`";

fn escape(byte: Option<u8>) -> Option<String> {
    match byte? {
        b'e' => Some("the escape character is `\\27`".to_owned()),
        b'/' => Some("`/` needs no backslash; a backslash itself is `\\\\`".to_owned()),
        c @ (b'd' | b's' | b'w' | b'D' | b'S' | b'W' | b'.' | b'(' | b')' | b'[' | b']' | b'+'
        | b'*' | b'?' | b'^' | b'$' | b'-') => {
            let c = char::from(c);
            Some(format!("Lua's patterns write `%{c}` for `\\{c}`; a backslash itself is `\\\\`"))
        }
        _ => Some(BACKSLASH.to_owned()),
    }
}
