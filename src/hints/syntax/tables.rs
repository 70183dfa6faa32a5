//! Tables: their keys, and the brackets of lists.

use super::super::around::{bracket, ends_expression, is_literal, line_start};
use super::super::idioms::NO_BRACKETS;
use super::heads::is_block;
use super::words::DECLARES;
use super::{Wrong, say};
use crate::syntax::token::Tok;

/// Tells whether a token is an item's first in a table constructor.
fn begins_item(w: &Wrong<'_>, distance: isize) -> bool {
    let Some(index) = w.index(distance) else { return false };
    let open = bracket(w.tokens, index).map(|open| w.tokens.tok(open));
    open == Some(Tok::Byte(b'{'))
        && index > 0
        && matches!(w.tokens.tok(index - 1), Tok::Byte(b'{' | b',' | b';'))
}

pub(super) fn colon(w: &Wrong<'_>) -> Option<String> {
    let key = match () {
        // `{"a": 1}`, `{1: 2}`, `{["a"]: 1}`.
        () if w.is(0, b':') && begins_item(w, -1) => -1,
        // `{a: 1}`
        () if w.is(-1, b':') && w.is_name(-2) && begins_item(w, -2) => -2,
        // `{a: b}`
        () if w.is(-2, b':') && w.is_name(-1) && w.is_name(-3) && begins_item(w, -3) => -3,
        () if w.is(0, b':') && w.is(-1, b']') => {
            return say("a table's fields are written `[key] = value`");
        }
        () => return None,
    };
    let text = String::from_utf8_lossy(w.text(key)).into_owned();
    match w.tok(key) {
        Tok::Name(_) => Some(format!("a table's fields are written `{text} = value`")),
        tok if !is_literal(tok) => None,
        _ if text.len() <= 40 => Some(format!("a table's fields are written `[{text}] = value`")),
        _ => say("a table's fields are written `[key] = value`"),
    }
}

/// `{"a" = 1}`, `{a.b = 1}`, `{[1] "a"}`, `{local x = 1}`
pub(super) fn key(w: &Wrong<'_>) -> Option<String> {
    const KEY: &str = "a table's fields are written `[key] = value`";
    let open = bracket(w.tokens, w.at)?;
    if w.tokens.tok(open) != Tok::Byte(b'{') {
        return None;
    }
    if w.what.starts_with("'=' expected") && w.is(-1, b']') {
        return say(KEY);
    }
    if w.tok(0) == Tok::Local && begins_item(w, 0) && !is_block(w, open) {
        return say("a table's fields are not `local`: `{name = value}`");
    }
    if !w.is(0, b'=') || !w.what.starts_with("'}' expected") {
        return None;
    }
    let text = String::from_utf8_lossy(w.text(-1)).into_owned();
    let literal = matches!(w.tok(-1), Tok::Str(_) | Tok::Integer(_) | Tok::Float(_));
    if literal && begins_item(w, -1) && text.len() <= 40 {
        return Some(format!("a table's fields are written `[{text}] = value`"));
    }
    if w.is_name(-1) && w.is(-2, b'.') && w.is_name(-3) && begins_item(w, -3) {
        let outer = String::from_utf8_lossy(w.text(-3)).into_owned();
        return Some(format!("a field is one name: `{outer} = {{{text} = value}}`"));
    }
    // `{first-name = 1}`
    if w.is_name(-1) && w.is(-2, b'-') && w.is_name(-3) && begins_item(w, -3) {
        let first = String::from_utf8_lossy(w.text(-3)).into_owned();
        return Some(format!("a key with a `-` is written `[\"{first}-{text}\"] = value`"));
    }
    None
}

/// `{port 8080}`, `{int port = 8080}`
pub(super) fn value_without_sign(w: &Wrong<'_>) -> Option<String> {
    if !w.what.starts_with("'}' expected") || !begins_item(w, -1) || !w.same_line(-1) {
        return None;
    }
    let name = |at: isize| matches!(w.tok(at), Tok::Name(_));
    let text = |at: isize| String::from_utf8_lossy(w.text(at)).into_owned();
    if name(-1) && is_literal(w.tok(0)) && !matches!(w.tok(0), Tok::Str(_)) {
        return Some(format!("a table's fields are written `{} = {}`", text(-1), text(0)));
    }
    let typed = DECLARES.iter().any(|word| word.as_bytes() == w.text(-1));
    if typed && name(0) && w.is(1, b'=') {
        return Some(format!("a table's fields are written `{} = value`", text(0)));
    }
    None
}

/// `{get x() return 1 end}`: what stands in front of the name of an object's method.
pub(super) fn method(w: &Wrong<'_>) -> Option<String> {
    let words: [&[u8]; 4] = [b"get", b"set", b"async", b"static"];
    let method = w.is_name(0) && w.is(1, b'(') && words.contains(&w.text(-1));
    if !method || !begins_item(w, -1) || !w.what.starts_with("'}' expected") {
        return None;
    }
    let name = String::from_utf8_lossy(w.text(0)).into_owned();
    Some(format!("a function in a table is `{name} = function(...) ... end`"))
}

/// `t.["a"]`, `t:["a"]()`
pub(super) fn dot_and_bracket(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b'[') || !w.what.starts_with("<name> expected") || !w.touches(-1) {
        return None;
    }
    match w.tok(-1) {
        Tok::Byte(b'.') => say("a field is `t.name` or `t[key]`: leave the `.` out"),
        Tok::Byte(b':') => say("`:` takes a name: of others it is `t[key](t, ...)`"),
        _ => None,
    }
}

/// `t[1, 2]`
pub(super) fn two_indexes(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b',') || !w.what.starts_with("']' expected") {
        return None;
    }
    let open = bracket(w.tokens, w.at)?;
    if line_start(w.tokens, open) == open {
        return say(NO_BRACKETS);
    }
    // `let [a, b] = f()` takes apart.
    if open > 0 && matches!(w.tokens.text(open - 1), b"let" | b"const" | b"var") {
        return say("Lua takes no table apart: `local a, b = t.a, t.b`");
    }
    let indexes = open.checked_sub(1).is_some_and(|at| ends_expression(w.tokens.tok(at)));
    if indexes { say("an index is one value: write `t[a][b]`") } else { None }
}

pub(super) fn list_brackets(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b'[') || !w.what.starts_with("unexpected symbol") {
        return None;
    }
    match w.tok(-1) {
        Tok::If | Tok::ElseIf | Tok::While | Tok::Until => say("conditions stand without brackets"),
        _ => say("a list in Lua is `{1, 2, 3}`"),
    }
}

/// `[name = 1]` where a table is meant.
pub(super) fn table_brackets(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b'=') || !w.is_name(-1) || !w.is(-2, b'[') || !w.what.starts_with("']' expected") {
        return None;
    }
    let item = matches!(w.tok(-3), Tok::Byte(b'{' | b',' | b'(' | b'='));
    if item { say("a table is written `{name = value}`") } else { None }
}
