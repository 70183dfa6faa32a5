//! Statements that are none.

use super::super::around::{
    begins_statement, bracket, ends_expression, ends_list, is_literal, line_start, own_bracket,
};
use super::super::blocks;
use super::super::idioms::{ALONE, END, NO_PARENTHESES};
use super::operators::turned;
use super::words::DECLARES;
use super::{Wrong, is_behind_return, say};
use crate::base::nearest::nearest;
use crate::syntax::parser::is_binary;
use crate::syntax::token::Tok;

/// `if (x = 1)`, `until x = 1`
pub(super) fn assigned_in_condition(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b'=') {
        return None;
    }
    let open = bracket(w.tokens, w.at).filter(|_| w.what.starts_with("')' expected"));
    let condition = open.and_then(|open| open.checked_sub(1)).is_some_and(|before| {
        matches!(
            w.tokens.tok(before),
            Tok::If
                | Tok::ElseIf
                | Tok::While
                | Tok::Until
                | Tok::And
                | Tok::Or
                | Tok::Not
                | Tok::Byte(b'(')
        )
    });
    let until = w.tokens.tok(line_start(w.tokens, w.at)) == Tok::Until
        || w.tok(-2) == Tok::Until
        || w.tok(-2) == Tok::Return;
    // `assert(type(x) = "table")`: no name of an argument.
    let argument = open.is_some_and(|open| !is_named_argument(w, open));
    if !condition && !until && !argument && !returned(w) {
        return None;
    }
    turned(w).or_else(|| say("`=` assigns; Lua compares with `==`"))
}

/// Tells whether the token in front of the error is the first of an argument, or parameter, and
/// no condition.
pub(super) fn is_named_argument(w: &Wrong<'_>, open: usize) -> bool {
    let first = w.is_name(-1) && (w.is(-2, b'(') || w.is(-2, b','));
    first && w.tokens.text(open.saturating_sub(1)) != b"assert"
}

/// Tells whether the error ends a `return`, in whose block it is: `return type(x) = "table"`.
fn returned(w: &Wrong<'_>) -> bool {
    let ends = ends_expression(w.tok(-1));
    // `return f(), g = 1`, where fields go on behind a function that has no `end`.
    ends && !w.is(-2, b',') && w.what.contains("expected") && is_behind_return(w)
}

/// `=x`, as prompts of Lua 5.1 were asked for a value; they read `return` for the `=`.
pub(super) fn shown(w: &Wrong<'_>) -> Option<String> {
    let first = w.at == 0 || w.tok(-1) == Tok::Return;
    if first && w.is(0, b'=') && w.what.starts_with("unexpected symbol") {
        return say("leave the `=` out: an expression stands without one");
    }
    None
}

/// `a = b = 1`
pub(super) fn assigned_twice(w: &Wrong<'_>) -> Option<String> {
    let line = line_start(w.tokens, w.at);
    let first = (line..w.at).rev().find(|at| begins_statement(w.tokens, *at)).unwrap_or(line);
    let before = (first..w.at).any(|at| w.tokens.tok(at) == Tok::Byte(b'='));
    let ends = ends_expression(w.tok(-1));
    let error = w.what.starts_with("unexpected symbol") || w.what.starts_with("syntax error");
    if w.is(0, b'=') && ends && before && error && own_bracket(w.tokens, w.at).is_none() {
        return say("Lua assigns once in a statement: `a, b = 1, 1`");
    }
    None
}

/// `f() = 1`
pub(super) fn assigned_to_call(w: &Wrong<'_>) -> Option<String> {
    let call = w.is(0, b'=') && w.is(-1, b')') && w.what.starts_with("syntax error");
    let open = w.index(-1).and_then(|close| bracket(w.tokens, close)).filter(|_| call);
    if open.is_some_and(|open| line_start(w.tokens, open) == open) {
        return say(NO_PARENTHESES);
    }
    if call {
        say("a value is assigned to a name or a field: `x = ...`, `t.x = ...`")
    } else {
        None
    }
}

/// `x == 1` where a statement should be, `local x == 1`.
pub(super) fn compared_alone(w: &Wrong<'_>) -> Option<String> {
    let declared = w.is_name(-1) && w.tok(-2) == Tok::Local;
    let alone = w.tok(0) == Tok::Eq && (declared || w.what.starts_with("syntax error"));
    if alone { say("`==` compares; `=` assigns") } else { None }
}

/// Tells whether a token is one of Lua's words.
fn is_keyword(w: &Wrong<'_>, distance: isize) -> bool {
    Tok::keyword(w.text(distance)).is_some()
}

/// `local end = 1`, `t.end`, `{end = 1}`
pub(super) fn keyword_as_name(w: &Wrong<'_>) -> Option<String> {
    let (word, name) = match () {
        () if is_keyword(w, 0) && (w.same_line(-1) || w.is(1, b'=')) => {
            (0, w.what.starts_with("<name> expected"))
        }
        // `goto = 1`, `local function = 1`
        () if w.tok(-1) == Tok::Goto && w.is(0, b'=') => (-1, true),
        () if w.tok(-1) == Tok::Function && w.tok(-2) == Tok::Local && w.is(0, b'=') => (-1, true),
        () => return None,
    };
    let field = w.is(1, b'=')
        && matches!(w.tok(-1), Tok::Byte(b'{' | b',' | b'('))
        && w.what.starts_with("unexpected symbol");
    let text = String::from_utf8_lossy(w.text(word)).into_owned();
    if name && w.is(word - 1, b'.') && w.is(word + 1, b'?') && text == "nil" {
        return say("Lua writes `== nil`");
    }
    let statement = matches!(Tok::keyword(text.as_bytes()), Some(Tok::For | Tok::While | Tok::Do));
    if statement && w.is(word - 1, b':') && w.is_name(word - 2) && w.begins(word - 2) {
        return say("a label is written `::name::`; `goto name` goes there");
    }
    if name && matches!(w.tok(word - 1), Tok::Byte(b'.' | b':')) {
        return Some(format!("`{text}` is a word of Lua: the field is `[\"{text}\"]`"));
    }
    if field && bracket(w.tokens, w.at).is_some_and(|at| w.tokens.tok(at) == Tok::Byte(b'{')) {
        return Some(format!("`{text}` is a word of Lua: the field is `[\"{text}\"] = ...`"));
    }
    let declares = matches!(w.tok(word - 1), Tok::Local | Tok::Function | Tok::For | Tok::Goto);
    let parameter = matches!(w.tok(word - 1), Tok::Byte(b'(' | b','));
    if name && (declares || parameter || word < 0) || field {
        return Some(format!("`{text}` is a word of Lua, and no name"));
    }
    None
}

/// `goto "done"`
pub(super) fn label_in_quotes(w: &Wrong<'_>) -> Option<String> {
    let label = w.tok(-1) == Tok::Goto && matches!(w.tok(0), Tok::Str(_));
    if label {
        say("a label is a name without quotes: `goto name`, and `::name::` where it goes")
    } else {
        None
    }
}

/// `local x 5`, `local a b = 1, 2`: the parser may stop behind them.
pub(super) fn missing_equals(w: &Wrong<'_>) -> Option<String> {
    if !w.what.starts_with("syntax error") && !w.what.starts_with("unexpected symbol") {
        return None;
    }
    let tokens = w.tokens;
    let name = |at: usize| matches!(tokens.tok(at), Tok::Name(_));
    let last = if w.same_line(-1) { w.at } else { w.at.checked_sub(1)? };
    let first = line_start(tokens, last);
    let local = (first..last).rev().find(|at| tokens.tok(*at) == Tok::Local)?;
    let mut at = local + 1;
    while name(at) && tokens.tok(at + 1) == Tok::Byte(b',') {
        at += 2;
    }
    // `<const>` belongs to the name.
    let attribute = tokens.tok(at + 1) == Tok::Byte(b'<') && tokens.tok(at + 3) == Tok::Byte(b'>');
    let next = if attribute { at + 4 } else { at + 1 };
    let begins = name(next) || is_literal(tokens.tok(next)) || tokens.tok(next) == Tok::Not;
    if !name(at) || !begins || next > last || tokens.get(next).line != tokens.get(at).line {
        return None;
    }
    // What is an assignment of its own may be meant so.
    let behind = tokens.tok(next + 1);
    let list = name(next) && (behind == Tok::Byte(b',') || next == last && next < w.at);
    if name(next) && behind == Tok::Byte(b'=') || tokens.tok(next) == Tok::Byte(b'(') {
        return None;
    }
    let text = String::from_utf8_lossy(tokens.text(next)).into_owned();
    let text = if text.len() <= 40 { format!("`{text}`") } else { "the value".to_owned() };
    Some(format!("a `{}` is missing in front of {text}", if list { ',' } else { '=' }))
}

/// `f(a, b,)`, `f(1,,2)`
pub(super) fn comma_too_many(w: &Wrong<'_>) -> Option<String> {
    let error = w.what.starts_with("unexpected symbol") || w.what.starts_with("<name>");
    if !error || !w.is(-1, b',') {
        return None;
    }
    match w.tok(0) {
        Tok::Byte(b')') => say("the `,` in front of it is one too many"),
        Tok::Byte(b',') => say("there is nothing between these two `,`: `nil` is a value, too"),
        Tok::Local if w.same_line(-1) => say("one `local` declares them all: `local a, b = 1, 2`"),
        tok if (ends_list(tok) || tok == Tok::Repeat)
            && w.what.starts_with("unexpected symbol")
            && own_bracket(w.tokens, w.at).is_none_or(|at| w.tokens.tok(at) != Tok::Byte(b'{')) =>
        {
            say("a value is missing behind the `,` in front of it")
        }
        _ => None,
    }
}

/// `local x-y = 2`
pub(super) fn odd_name(w: &Wrong<'_>) -> Option<String> {
    if w.is(0, b'<') && w.tok(-1) == Tok::Local && w.is(2, b'>') && w.is_name(3) {
        let (attribute, name) = (w.text(1), w.text(3));
        let [attribute, name] = [attribute, name].map(String::from_utf8_lossy);
        return Some(format!("the attribute stands behind the name: `local {name} <{attribute}>`"));
    }
    let declared = w.is_name(-1) && matches!(w.tok(-2), Tok::Local | Tok::Function);
    if w.is(0, b'-') && declared && w.touches(-1) {
        return say("names in Lua are made of the letters a to z and A to Z, digits and `_`");
    }
    None
}

/// `t.1`
pub(super) fn number_as_field(w: &Wrong<'_>) -> Option<String> {
    let digits = w.text(0).strip_prefix(b".")?;
    let behind = ends_expression(w.tok(-1));
    let number = matches!(w.tok(0), Tok::Float(_)) && digits.iter().all(u8::is_ascii_digit);
    if !behind || !number || !w.touches(-1) {
        return None;
    }
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.len() <= 20)?;
    Some(format!("a number is no name: write `[{digits}]`"))
}

/// `obj:method` without arguments.
pub(super) fn method_alone(w: &Wrong<'_>) -> Option<String> {
    let method = w.is(-2, b':') && w.touches(-2) && w.is_name(-1);
    let operand = w.is(0, b'=') || is_binary(w.tok(0));
    if w.what.starts_with("function arguments expected") && method && operand && w.is_name(-3) {
        let path = [w.text(-3), w.text(-1)].map(String::from_utf8_lossy).join(".");
        return Some(format!("a field is `{path}`: `:` calls a method"));
    }
    if w.what.starts_with("function arguments expected") && method {
        return say("`:` calls a method, `x:f(...)`; the function itself is `x.f`");
    }
    None
}

/// A value where a statement should be.
pub(super) fn value_alone(w: &Wrong<'_>) -> Option<String> {
    let literal = is_literal(w.tok(0)) || matches!(w.tok(0), Tok::Not | Tok::Byte(b'-'));
    if w.what.starts_with("unexpected symbol") && literal && w.begins(0) {
        return say(ALONE);
    }
    let value = ends_expression(w.tok(-1));
    let ended = matches!(w.tok(0), Tok::Eof | Tok::End | Tok::Else | Tok::ElseIf | Tok::Until)
        || !w.same_line(-1)
        || w.is(0, b';');
    if w.what.starts_with("syntax error") && value && ended {
        return say(ALONE);
    }
    None
}

/// `t.x 5`, `t.x y`: neither set nor called.
fn field_alone(w: &Wrong<'_>) -> Option<String> {
    let value = w.is_name(0) || matches!(w.tok(0), Tok::Integer(_) | Tok::Float(_));
    let field = w.is(-2, b'.') && w.is_name(-1) && w.is_name(-3) && w.begins(-3);
    if !value || !field || !w.same_line(-1) {
        return None;
    }
    let text = |at: isize| String::from_utf8_lossy(w.text(at)).into_owned();
    let path = format!("{}.{}", text(-3), text(-1));
    Some(format!("write `{path} = ...` to set it, `{path}(...)` to call it"))
}

/// `retrun x`: a word of Lua that is spelt in another way; `x y`.
pub(super) fn misspelt(w: &Wrong<'_>) -> Option<String> {
    if !w.what.starts_with("syntax error") || !w.is_name(-1) {
        return None;
    }
    if !w.begins(-1) {
        return field_alone(w);
    }
    const WORDS: [&str; 12] = [
        "local", "function", "return", "while", "repeat", "until", "elseif", "else", "then",
        "break", "goto", "for",
    ];
    let word = w.word();
    let lower = word.to_lowercase();
    if word != lower && Tok::keyword(lower.as_bytes()).is_some() {
        return Some(format!("did you mean `{lower}`?"));
    }
    if word.len() >= 3
        && let Some(near) = nearest(&lower, WORDS)
    {
        return Some(format!("did you mean `{near}`?"));
    }
    if DECLARES.iter().any(|declares| declares.as_bytes() == w.text(0)) && w.is_name(1) {
        let word = String::from_utf8_lossy(w.text(0)).into_owned();
        return Some(format!("Lua declares variables with `local`, not `{word}`"));
    }
    // `Point p = f()`
    if w.is_name(0) && w.is(1, b'=') && w.same_line(-1) {
        return Some(format!("Lua declares variables with `local`, not `{word}`"));
    }
    let value = w.is_name(0) || matches!(w.tok(0), Tok::Integer(_) | Tok::Float(_));
    if value && w.same_line(-1) && w.text(0) != b"class" {
        return Some(format!("a function is called with parentheses: `{word}(...)`"));
    }
    None
}

/// `f(a))`: a bracket that closes nothing. (What is said of braces is said elsewhere.)
pub(super) fn closes_nothing(w: &Wrong<'_>) -> Option<String> {
    let sign = match w.tok(0) {
        Tok::Byte(b')') => ')',
        Tok::Byte(b']') => ']',
        _ => return None,
    };
    // One that is open around a function whose condition this stands in is another.
    let headed = w.what.starts_with("'then' expected") || w.what.starts_with("'do' expected");
    let around = |open: usize| headed && blocks::begun_behind(w.tokens, w.at, open);
    if !bracket(w.tokens, w.at).is_none_or(around) {
        return None;
    }
    Some(format!("this `{sign}` closes nothing: there is one too many"))
}

/// `end if`: the parser stops behind the word, where that is the last of its line.
pub(super) fn end_word(w: &Wrong<'_>) -> Option<String> {
    let head =
        |at: &usize| matches!(w.tokens.tok(*at), Tok::If | Tok::While | Tok::For | Tok::Function);
    let line = |at: usize| w.tokens.get(at).line;
    let at = (w.at.saturating_sub(8)..w.at).rev().find(head)?;
    let before = at.checked_sub(1)?;
    let last = w.tokens.tok(at + 1) == Tok::Eof || line(at + 1) > line(at);
    if w.tokens.tok(before) == Tok::End && line(before) == line(at) && last {
        return say(END);
    }
    None
}

/// `else x then`, `else then`
pub(super) fn else_condition(w: &Wrong<'_>) -> Option<String> {
    if w.tok(0) == Tok::Then && w.tok(-1) == Tok::Else {
        return say("`else` has no `then`");
    }
    let line = w.tokens.get(w.at).line;
    let first = line_start(w.tokens, w.at);
    let at = (first..w.at).rev().find(|at| w.tokens.tok(*at) == Tok::Else)?;
    let rest = (at + 1..w.tokens.len()).take_while(|at| w.tokens.get(*at).line == line);
    let word = rest.map(|at| w.tokens.tok(at)).find(|tok| matches!(tok, Tok::If | Tok::Then));
    if word == Some(Tok::Then) {
        say("`else` has no condition: `elseif ... then` has")
    } else {
        None
    }
}

/// `break 2`
pub(super) fn break_far(w: &Wrong<'_>) -> Option<String> {
    let number = matches!(w.tok(0), Tok::Integer(_)) && w.tok(-1) == Tok::Break;
    if number && w.same_line(-1) {
        return say("`break` leaves the innermost loop; `goto` leaves more of them");
    }
    None
}
