//! Calls without parentheses, and expressions where a statement should be.

use super::super::around::{bracket, ends_expression, is_literal};
use super::super::idioms::{ALONE, ARROW, PRINT};
use super::{Wrong, say};
use crate::syntax::parser::is_binary;
use crate::syntax::token::Tok;

/// Returns the path that ends with a token, `a.b.c`, if a statement begins with it.
fn path(w: &Wrong<'_>, last: usize) -> Option<String> {
    let name = |at: usize| matches!(w.tokens.tok(at), Tok::Name(_));
    let part = |at: usize| matches!(w.tokens.tok(at), Tok::Byte(b'.' | b':'));
    let mut first = last;
    while first >= 2 && part(first - 1) && name(first - 2) {
        first -= 2;
    }
    if !name(first) || !super::begins_statement(w.tokens, first) {
        return None;
    }
    let span = w.tokens.span(first, last);
    let text = w.tokens.source().get(span.start..span.end)?;
    Some(match std::str::from_utf8(text) {
        Ok(text) if text.len() <= 40 && !text.contains(['\n', '\r']) => text.to_owned(),
        _ => "f".to_owned(),
    })
}

/// `function() return 1 end()`
pub(super) fn where_it_ends(w: &Wrong<'_>) -> Option<String> {
    let called = w.is(0, b')') && w.is(-1, b'(') && w.tok(-2) == Tok::End && w.same_line(-2);
    if !called || !w.what.starts_with("unexpected symbol") {
        return None;
    }
    say("a function is called where it is written as `(function() ... end)()`")
}

/// `print "a" .. b`, `print "%d" % x`, `f "a", 1`
pub(super) fn with_more(w: &Wrong<'_>) -> Option<String> {
    let begun = w.what.starts_with("unexpected symbol") || w.what.starts_with("syntax error");
    // `f "a" 1`
    let literal = is_literal(w.tok(0)) && !matches!(w.tok(0), Tok::Str(_));
    let more = is_binary(w.tok(0)) || w.is(0, b',') || literal;
    if !begun || !more || !w.same_line(-1) {
        return None;
    }
    let argument = match w.tok(-1) {
        Tok::Str(_) => w.index(-1),
        Tok::Byte(b'}') => bracket(w.tokens, w.index(-1)?),
        _ => None,
    };
    let f = path(w, argument?.checked_sub(1)?)?;
    Some(format!("a call without parentheses takes one string or table: write `{f}(...)`"))
}

/// `print -1`, `print not x`, `f nil`
pub(super) fn with_sign(w: &Wrong<'_>) -> Option<String> {
    let sign = match w.tok(0) {
        Tok::Not | Tok::Nil | Tok::True | Tok::False | Tok::Function | Tok::Byte(b'#') => true,
        Tok::Byte(b'-') => w.touches(0) && !w.touches(-1) && !w.is(1, b'>'),
        _ => false,
    };
    if !sign || !w.what.starts_with("syntax error") || !w.same_line(-1) {
        return None;
    }
    let f = path(w, w.index(-1)?)?;
    Some(format!("a function is called with parentheses: `{f}(...)`"))
}

/// `done and close()`, `open() or error("x")`, as statements of other languages are.
const AND: &str = "no statement is a condition alone: write `if ... then ... end`";
const OR: &str = "no statement is a condition alone: write `if not ... then ... end`";

/// `x + 1`, `f() .. "a"`, `x <- 1`
pub(super) fn operator_alone(w: &Wrong<'_>) -> Option<String> {
    let before = w.tok(-1);
    let begun = match () {
        () if w.what.starts_with("syntax error") => ends_expression(before),
        // Behind a call that is a statement.
        () if w.what.starts_with("unexpected symbol") => before == Tok::Byte(b')'),
        () => false,
    };
    if !begun || !is_binary(w.tok(0)) || !w.same_line(-1) {
        return None;
    }
    match w.tok(0) {
        Tok::Byte(b'<') if w.touches(0) && w.is(1, b'-') => say("Lua assigns with `=`"),
        Tok::Byte(b'-') if w.touches(0) && w.is(1, b'>') => say(ARROW),
        Tok::Shl if matches!(w.text(-1), b"cout" | b"cerr") => say(PRINT),
        Tok::And => say(AND),
        Tok::Or => say(OR),
        Tok::Byte(sign @ (b'&' | b'|')) if w.touches(0) && w.is(1, sign) => {
            say(if sign == b'&' { AND } else { OR })
        }
        _ => say(ALONE),
    }
}
