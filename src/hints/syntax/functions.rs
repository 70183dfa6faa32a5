//! Functions: their names, their parameters, their `...`.

use super::super::around::{bracket, is_literal, is_parameter_list, runs_on};
use super::super::idioms::{ITEMS, NO_TYPES};
use super::{Wrong, say};
use crate::syntax::token::Tok;

/// `x = function f() end`, `local function a.b() end`, `function a:b.c() end`
pub(super) fn name(w: &Wrong<'_>) -> Option<String> {
    if !w.what.starts_with("'(' expected") {
        return None;
    }
    // `function f a, b`, `function f` and the end of the line.
    let head = (w.at.saturating_sub(8)..w.at).rev().find(|at| w.tokens.tok(*at) == Tok::Function);
    let bare = |at: &usize| matches!(w.tokens.tok(*at), Tok::Name(_) | Tok::Byte(b'.' | b':'));
    if let Some(head) = head.filter(|head| (head + 1..w.at).all(|at| bare(&at))) {
        let named = head + 1 < w.at;
        let bare = w.is(1, b',') || !named && !matches!(w.tok(1), Tok::Byte(b'(' | b'.' | b':'));
        let list = w.is_name(0) && w.same_line(-1) && (named || bare);
        let brace = w.is(0, b'{');
        if list || brace || !w.same_line(-1) || w.tok(0) == Tok::End {
            return say("parameters stand in parentheses: `function f(a, b)`, `function f()`");
        }
    }
    if w.is_name(0) && w.tok(-1) == Tok::Function {
        return say("a function that is a value has no name: `function(...) ... end`");
    }
    if !w.is_name(-1) {
        return None;
    }
    if w.is(0, b'<') && matches!(w.tok(-2), Tok::Function | Tok::Byte(b'.' | b':')) {
        return say("Lua has no types to write: leave out the `<...>`");
    }
    let part = matches!(w.tok(0), Tok::Byte(b'.' | b':'));
    if part && w.tok(-2) == Tok::Function && w.tok(-3) == Tok::Local {
        return say("what is in a table is not `local`: leave that word out");
    }
    if part && w.is(-2, b':') {
        return say("`:` stands in front of the last name alone: `function a.b:c(...)`");
    }
    None
}

/// `function f({a, b})`, `function f(..., a)`
pub(super) fn parameters(w: &Wrong<'_>) -> Option<String> {
    if !w.what.starts_with("<name> or '...' expected") && !w.what.starts_with("')' expected") {
        return None;
    }
    let open = bracket(w.tokens, w.at)?;
    if !is_parameter_list(w.tokens, open) {
        return None;
    }
    // The body is what stands in the lines behind.
    if runs_on(w.tokens, open, w.at) {
        return Some(format!("a `)` is missing on line {}", w.tokens.get(open).line));
    }
    match w.tok(0) {
        Tok::Byte(b',') if w.tok(-1) == Tok::Dots => say("`...` is the last of the parameters"),
        Tok::Byte(b':') if w.tok(-1) == Tok::Dots => say(NO_TYPES),
        Tok::Byte(b'{' | b'[') => {
            say("parameters are names: take the table apart in the function, `local a = t.a`")
        }
        Tok::Local => say("parameters are local without a word"),
        Tok::Byte(b'.') => say("parameters are names, and no fields"),
        tok if is_literal(tok) || Tok::keyword(w.text(0)).is_some() => {
            say("parameters are names, and no values or words of Lua")
        }
        _ => None,
    }
}

/// `...` in a function that has none.
pub(super) fn varargs(w: &Wrong<'_>) -> Option<String> {
    let outside = w.what.starts_with("cannot use '...' outside a vararg function");
    // `{...list}`
    if outside && w.touches(0) && matches!(w.tok(1), Tok::Name(_)) {
        return say(ITEMS);
    }
    if outside {
        say("the function around it takes no `...`: write `function(...)`, or hand them over")
    } else {
        None
    }
}
