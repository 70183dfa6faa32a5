//! Strings and tables where they stand alone, or where something touches them.

use super::super::around::line_start;
use super::super::names::string_idiom;
use super::super::tokens::Tokens;
use super::{Wrong, say};
use crate::syntax::token::Tok;

/// `'it's'`: a word touches the end of a string on the line of the error.
pub(super) fn quote_in_string(w: &Wrong<'_>) -> Option<String> {
    word_behind_string(w.tokens, w.at)
}

/// Looks for such a string in front of a token.
pub(super) fn word_behind_string(tokens: &Tokens<'_>, at: usize) -> Option<String> {
    let first = line_start(tokens, at);
    let touched = |at: &usize| {
        matches!(tokens.tok(*at), Tok::Str(_))
            && matches!(tokens.tok(*at + 1), Tok::Name(_))
            && tokens.touches_next(*at)
    };
    let string = (first..at).rev().find(touched)?;
    let quote = *tokens.text(string).last()?;
    let word = String::from_utf8_lossy(tokens.text(string + 1)).into_owned();
    let (quote, other) = match quote {
        b'\'' => ("'", "\"...\""),
        b'"' => ("\"", "'...'"),
        _ => return None,
    };
    Some(format!(
        "the quote in front of `{word}` ends the string: write `\\{quote}` there, or put the string in `{other}`"
    ))
}

/// What is said of `"""`.
pub(super) const TRIPLE: &str =
    "Lua has no triple quotes: `[[...]]` may hold line breaks and quotes";

pub(super) fn triple_quotes(w: &Wrong<'_>) -> Option<String> {
    let empty = |distance: isize| matches!(w.text(distance), b"\"\"" | b"''");
    let behind = matches!(w.tok(0), Tok::Str(_)) && empty(-1) && w.touches(-1);
    let quote = w.text(0).first();
    let next = w.tokens.source().get(w.tokens.get(w.at).end);
    let before = empty(0) && next == quote;
    if behind || before { say(TRIPLE) } else { None }
}

/// A file or an expression that is a table.
pub(super) fn table_alone(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b'{') || !w.what.starts_with("unexpected symbol") {
        return None;
    }
    if matches!(w.tok(1), Tok::Str(_)) && w.is(2, b':') {
        return say("this is JSON: a script reads it with `json.decode(text)`");
    }
    let item = matches!(w.tok(1), Tok::Str(_) | Tok::Integer(_) | Tok::Byte(b'{' | b'[' | b'}'));
    let field = w.is_name(1) && matches!(w.tok(2), Tok::Byte(b'=' | b',' | b':' | b'}'));
    if w.at == 0 && (item || field) {
        return say("a table alone is no statement: write `return {...}`");
    }
    None
}

/// `"abc":upper()`, `"abc"[0]`, `{1, 2}[1]`
pub(super) fn part_of_literal(w: &Wrong<'_>) -> Option<String> {
    // The parser stops at the sign, or at the string where a statement begins with it.
    let at = match () {
        () if matches!(w.tok(0), Tok::Byte(b'.' | b':' | b'[')) => -1,
        () if matches!(w.tok(0), Tok::Str(_)) && w.what.starts_with("unexpected symbol") => 0,
        () => return None,
    };
    let string = matches!(w.tok(at), Tok::Str(_));
    if !string && !w.is(at, b'}') || !w.same_line(at) {
        return None;
    }
    let name = w.is_name(at + 2);
    match w.tok(at + 1) {
        Tok::Byte(b'.')
            if string
                && matches!(w.tok(at + 2), Tok::Str(_) | Tok::Name(_))
                && !w.touches(at + 1) =>
        {
            say("strings are joined with `..`")
        }
        Tok::Byte(b'.' | b':') if string && name && w.touches(at + 1) => {
            let name = String::from_utf8_lossy(w.text(at + 2)).into_owned();
            string_idiom(&name, "(\"...\")")
                .or_else(|| Some(format!("put the string in parentheses: `(\"...\"):{name}(...)`")))
        }
        Tok::Byte(b'.') if name => say("put the table in parentheses: `({...}).name`"),
        Tok::Byte(b'[') if string => {
            say("a part of a string is `s:sub(first, last)`, with the string in parentheses")
        }
        Tok::Byte(b'[') if w.touches(at) => say("put the table in parentheses: `({...})[1]`"),
        _ => None,
    }
}
