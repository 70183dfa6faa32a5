//! Types in front of names or behind them, and functions in the words of other languages.

use super::super::around::{bracket, closing, is_parameter_list, line_start};
use super::super::tokens::Tokens;
use super::values::{TYPES, indent};
use super::words::DECLARES;
use super::{Wrong, say};
use crate::syntax::token::Tok;

/// What functions without a name begin with elsewhere.
pub(super) const FUNCTIONS: [&[u8]; 7] =
    [b"func", b"fn", b"fun", b"def", b"lambda", b"proc", b"sub"];

fn is_type(text: &[u8]) -> bool {
    TYPES.contains(&text) || DECLARES.iter().any(|known| known.as_bytes() == text)
}

/// Words that stand in front of parameters elsewhere.
const MANNERS: [&[u8]; 5] = [b"const", b"mut", b"ref", b"final", b"out"];

/// `function f(int x)`, `function f(Point p)`, `function f(x int)`, `function f(List<int> x)`
pub(super) fn parameter(w: &Wrong<'_>) -> Option<String> {
    let open = bracket(w.tokens, w.at)?;
    let begins = w.is_name(-1) && matches!(w.tok(-2), Tok::Byte(b'(' | b','));
    let list = is_parameter_list(w.tokens, open)
        || open.checked_sub(1).is_some_and(|word| {
            is_function(w.tokens, word) && own(w.tokens, w.tokens.text(word)) >= word
        });
    if !begins || !list || !w.what.starts_with("')' expected") || !w.same_line(-1) {
        return None;
    }
    let (first, second) = (w.text(-1), w.text(0));
    let large = |text: &[u8]| text.first().is_some_and(u8::is_ascii_uppercase);
    if matches!(w.tok(0), Tok::Byte(b'*' | b'[' | b'<')) {
        return say("parameters are names alone, without types");
    }
    let word = match w.is_name(0) {
        true if is_type(first) || MANNERS.contains(&first) => first,
        true if large(first) && !large(second) => first,
        true if is_type(second) => second,
        _ => return None,
    };
    let word = String::from_utf8_lossy(word);
    Some(format!("parameters are names alone: leave out `{word}`"))
}

/// Tells whether a token begins a function in another language's words, of which the parser
/// makes a call: it is where a value should be, and behind its parentheses a body begins.
fn is_function(tokens: &Tokens<'_>, word: usize) -> bool {
    let value = word.checked_sub(1).is_some_and(|before| {
        matches!(tokens.tok(before), Tok::Byte(b'=' | b'(' | b',' | b'{') | Tok::Return)
    });
    let called = tokens.tok(word + 1) == Tok::Byte(b'(');
    if !FUNCTIONS.contains(&tokens.text(word)) || !value || !called {
        return false;
    }
    let Some(body) = closing(tokens, word + 1).map(|close| close + 1) else { return false };
    let begins = matches!(
        tokens.tok(body),
        Tok::Name(_) | Tok::Return | Tok::Local | Tok::If | Tok::For | Tok::While | Tok::Byte(b'{')
    );
    let inner = tokens.get(body).line == tokens.get(body - 1).line
        || indent(tokens, body) > indent(tokens, word);
    begins && inner
}

/// Returns where the script begins to have something of its own of a name: from there on that is
/// no word of another language.
fn own(tokens: &Tokens<'_>, name: &[u8]) -> usize {
    let is_declared = |at: &usize| {
        tokens.text(*at) == name && matches!(tokens.tok(at - 1), Tok::Function | Tok::Local)
    };
    (1..tokens.len()).find(is_declared).unwrap_or(tokens.len())
}

/// `local f = func(x) return x end`: the parser stops in the body, or at an `end` too many.
pub(super) fn function(w: &Wrong<'_>) -> Option<String> {
    let too_many = w.tok(0) == Tok::End && w.what.starts_with("<eof> expected");
    let first = match (too_many, line_start(w.tokens, w.at)) {
        (true, _) => 0,
        // The body's first line.
        (_, first) if first == w.at && first > 0 => line_start(w.tokens, first - 1),
        (_, first) => first,
    };
    // Each of them once: there may be as many of their words as there are tokens.
    let own = FUNCTIONS.map(|name| own(w.tokens, name));
    let is_own = |word: usize| {
        let all = FUNCTIONS.iter().zip(own);
        all.into_iter().any(|(name, from)| *name == w.tokens.text(word) && from < word)
    };
    let word = (first..w.at).rev().find(|at| is_function(w.tokens, *at) && !is_own(*at))?;
    let word = String::from_utf8_lossy(w.tokens.text(word));
    Some(format!("a function is `function(...) ... end`, not `{word}`"))
}

/// `local t.x = 1`, `local list[1] = 1`
pub(super) fn local_part(w: &Wrong<'_>) -> Option<String> {
    let part = matches!(w.tok(0), Tok::Byte(b'.' | b'['));
    let declared = w.is_name(-1) && w.tok(-2) == Tok::Local && w.same_line(-1);
    if part && declared && w.what.starts_with("unexpected symbol") {
        return say("what is in a table is not `local`: leave that word out");
    }
    None
}

/// `local {a, b} = t`, `local (a, b) = f()`
pub(super) fn local_pattern(w: &Wrong<'_>) -> Option<String> {
    if w.tok(-1) != Tok::Local || !w.what.starts_with("<name> expected") {
        return None;
    }
    match w.tok(0) {
        Tok::Byte(b'{' | b'[') => say("Lua takes no table apart: `local a, b = t.a, t.b`"),
        Tok::Byte(b'(') => say("variables stand without parentheses: `local a, b = ...`"),
        _ => None,
    }
}
