//! Expressions of other languages, and what is left out between them.

use super::super::around::{
    begins_expression, begins_statement, bracket, ends_expression, ends_list, is_parameter_list,
    line_start, runs_on,
};
use super::super::idioms::ITEMS;
use super::super::tokens::Tokens;
use super::{Wrong, say};
use crate::syntax::parser::is_binary;
use crate::syntax::token::Tok;

/// Returns a token's text for a hint, if it is short.
fn short(w: &Wrong<'_>, distance: isize) -> String {
    match std::str::from_utf8(w.text(distance)) {
        Ok(text) if text.len() <= 40 && !text.contains(['`', '\n', '\r']) => format!("`{text}`"),
        _ => "this".to_owned(),
    }
}

/// `x.y!`, `println!("x")`.
pub(super) fn postfix_bang(w: &Wrong<'_>) -> Option<String> {
    let ends = ends_expression(w.tok(-1));
    if !w.is(0, b'!') || !ends || !w.touches(-1) || w.touches(0) && w.is(1, b'=') {
        return None;
    }
    if w.touches(0) && w.tok(1) == Tok::Eq {
        return None;
    }
    match w.is(1, b'(') && w.touches(0) {
        true if w.tok(-2) == Tok::Function => {
            say("names in Lua are made of the letters a to z and A to Z, digits and `_`")
        }
        true => say("functions are called without a `!`"),
        false => say("Lua has no `!` behind a value: leave it out"),
    }
}

/// Signs that Lua has no use for.
pub(super) fn sign(w: &Wrong<'_>) -> Option<String> {
    match w.tok(0) {
        // `$"{x}"`, `@"x"`
        Tok::Byte(b'$' | b'@') if matches!(w.tok(1), Tok::Str(_)) && w.touches(0) => {
            say("Lua's strings have nothing in front of their quotes; parts are joined with `..`")
        }
        Tok::Byte(b'$') => say("variables in Lua are names alone, without a `$`"),
        Tok::Byte(b'@') if w.follows(&["my", "our"]) => {
            say("Lua declares variables with `local`, and without an `@`")
        }
        Tok::Byte(b'@') if w.is_name(1) && matches!(w.tok(2), Tok::Byte(b'=' | b'[')) => {
            say("a field of an object is `self.name`, in functions defined with `:`")
        }
        Tok::Byte(b'@') if w.begins(0) => {
            say("Lua has no decorators: write `name = decorate(name)` behind the function")
        }
        Tok::Byte(b'@') => say("Lua takes `@` in strings and comments only"),
        Tok::Byte(b'\\') if !w.same_line(0) => {
            say("an expression goes on in the next line without a sign")
        }
        // `\x -> x + 1`
        Tok::Byte(b'\\') if w.is_name(1) && w.is(2, b'-') && w.is(3, b'>') => {
            say("a function is `function(x) return ... end`")
        }
        Tok::Byte(b'\\') => say("Lua takes a backslash in strings and comments only"),
        _ => None,
    }
}

/// `x is None`, `x is not None`: the parser stops at `is`, or behind it.
pub(super) fn is_test(w: &Wrong<'_>) -> Option<String> {
    let at = [0, -1].into_iter().find(|at| w.is_name(*at) && w.text(*at) == b"is")?;
    let left = w.index(at - 1)?;
    if !ends_expression(w.tokens.tok(left)) || !w.same_line(at - 1) {
        return None;
    }
    let (negated, value) = match w.tok(at + 1) {
        Tok::Not => (true, at + 2),
        _ => (false, at + 1),
    };
    let (sign, word) = if negated { ("~=", "is not") } else { ("==", "is") };
    let nothing: [&[u8]; 5] = [b"None", b"null", b"nil", b"undefined", b"NULL"];
    if nothing.contains(&w.text(value)) {
        let value = String::from_utf8_lossy(w.text(value)).into_owned();
        return Some(format!("Lua writes `{sign} nil` for `{word} {value}`"));
    }
    Some(format!("Lua writes `{sign}` for `{word}`"))
}

/// `(int) x`: the parser stops at a value, or behind a name, with which it begins a statement.
pub(super) fn cast(w: &Wrong<'_>) -> Option<String> {
    let close = match () {
        () if w.is(-1, b')') && begins_expression(w.tok(0)) => -1,
        () if w.is(-2, b')') && w.is_name(-1) => -2,
        () => return None,
    };
    let kind = w.is_name(close - 1) && w.is(close - 2, b'(') && w.same_line(close);
    let called = ends_expression(w.tok(close - 3));
    if !kind || called {
        return None;
    }
    let what = match w.text(close - 1) {
        b"int" | b"long" | b"short" | b"unsigned" | b"i32" | b"i64" => "`math.floor(x)`",
        b"float" | b"double" | b"number" | b"f64" => "`tonumber(x)`",
        b"string" | b"str" | b"String" | b"char" => "`tostring(x)`",
        b"bool" | b"boolean" => "`x ~= nil`, or `not not x`",
        _ => return None,
    };
    Some(format!("Lua has no casts: write {what}"))
}

/// `f(*args)`, `f(...args)`, `{...t}`.
pub(super) fn spread(w: &Wrong<'_>) -> Option<String> {
    let dots = w.tok(-1) == Tok::Dots
        && w.touches(-1)
        && (w.is_name(0) || matches!(w.tok(0), Tok::Byte(b'{' | b'[')));
    let star = w.is(0, b'*') && matches!(w.tok(-1), Tok::Byte(b'(' | b',' | b'{'));
    if w.is(0, b'*') && w.is(-1, b'=') && w.is_name(1) && w.touches(0) {
        return say(ITEMS);
    }
    if !dots && !star {
        return None;
    }
    let open = bracket(w.tokens, w.at)?;
    if is_parameter_list(w.tokens, open) {
        return say("the rest of the arguments is `...`, without a name: `local args = {...}`");
    }
    say(ITEMS)
}

/// `{x for x in t}`
pub(super) fn comprehension(w: &Wrong<'_>) -> Option<String> {
    const NONE: &str = "Lua has no comprehensions: fill a table in a `for` loop";
    let open = bracket(w.tokens, w.at);
    let inside = w.tok(0) == Tok::For
        && open.is_some_and(|open| !runs_on(w.tokens, open, w.at))
        && ends_expression(w.tok(-1));
    let line = w.tokens.get(w.at).line;
    let here = |at: &usize| w.tokens.get(*at).line == line;
    let list = w.is(0, b'[')
        && w.what.starts_with("unexpected symbol")
        && (w.at + 1..w.tokens.len())
            .take_while(here)
            .take_while(|at| w.tokens.tok(*at) != Tok::Byte(b']'))
            .any(|at| w.tokens.tok(at) == Tok::For);
    if inside || list { say(NONE) } else { None }
}

/// `s[1:3]`, `s[i:j]`, `s[:3]`
pub(super) fn slice(w: &Wrong<'_>) -> Option<String> {
    let open = bracket(w.tokens, w.at)?;
    let indexes = w.tokens.tok(open) == Tok::Byte(b'[')
        && open.checked_sub(1).is_some_and(|before| ends_expression(w.tokens.tok(before)));
    let colon = matches!(w.tok(0), Tok::Byte(b':') | Tok::DoubleColon)
        || w.is(-1, b':') && matches!(w.tok(0), Tok::Integer(_) | Tok::Byte(b']'))
        || w.is(-2, b':') && w.is(0, b']');
    if indexes && colon {
        return say("Lua has no slices: `s:sub(first, last)` is a part of a string, \
             `{table.unpack(t, first, last)}` of a list");
    }
    None
}

/// `f(x: 1)`
pub(super) fn named_with_colon(w: &Wrong<'_>) -> Option<String> {
    let colon = match () {
        () if w.is(-1, b':') && w.what.starts_with("<name> expected") => -1,
        () if w.is(-2, b':') && w.what.starts_with("function arguments expected") => -2,
        () => return None,
    };
    let open = bracket(w.tokens, w.at).filter(|at| w.tokens.tok(*at) == Tok::Byte(b'('))?;
    let begins = w.is_name(colon - 1) && matches!(w.tok(colon - 2), Tok::Byte(b'(' | b','));
    let call = open.checked_sub(1).is_some_and(|at| ends_expression(w.tokens.tok(at)));
    if begins && call && !w.touches(colon) && w.same_line(colon) {
        let name = String::from_utf8_lossy(w.text(colon - 1)).into_owned();
        return Some(format!(
            "Lua has no named arguments: give a table, as in `f{{{name} = ...}}`"
        ));
    }
    None
}

/// Types that are written behind values.
pub(super) const TYPES: [&[u8]; 12] = [
    b"number", b"string", b"boolean", b"any", b"unknown", b"int", b"float", b"i32", b"i64", b"f64",
    b"u8", b"usize",
];

/// `x :: number`, `x as i32`
pub(super) fn type_behind(w: &Wrong<'_>) -> Option<String> {
    let luau = [-2, -1, 0].into_iter().find(|at| w.tok(*at) == Tok::DoubleColon);
    if let Some(at) = luau {
        let value = ends_expression(w.tok(at - 1));
        let cast = value && w.same_line(at - 1) && TYPES.contains(&w.text(at + 1));
        return if cast {
            say("Lua has no types to write: leave out the `::` and what is behind it")
        } else {
            None
        };
    }
    let word = [-1, 0].into_iter().find(|at| w.is_name(*at) && w.text(*at) == b"as")?;
    if w.begins(word) || !TYPES.contains(&w.text(word + 1)) {
        return None;
    }
    say("Lua has no types to write: leave out the `as` and what is behind it")
}

/// Tells whether a token stands behind an expression or a statement, on its line.
pub(super) fn is_behind_statement(tokens: &Tokens<'_>, at: usize) -> bool {
    at.checked_sub(1).is_some_and(|before| {
        ends_expression(tokens.tok(before)) && tokens.get(before).line == tokens.get(at).line
    }) && !begins_statement(tokens, at)
}

/// `x = a if c else b`, `x = if c then a else b`
pub(super) fn conditional(w: &Wrong<'_>) -> Option<String> {
    const NONE: &str = "Lua writes `c and a or b` for `a if c else b`";
    let within = |at: usize| is_behind_statement(w.tokens, at);
    let value = w.tok(0) == Tok::If && !w.is(1, b'=');
    if value && w.what.starts_with("unexpected symbol") && w.same_line(-1) {
        return say("`if` is a statement, and no value: write `c and a or b`");
    }
    if w.tok(0) == Tok::Else && w.what.starts_with("'then' expected") {
        let head = (0..w.at).rev().find(|at| w.tokens.tok(*at) == Tok::If)?;
        return if within(head) { say(NONE) } else { None };
    }
    if w.tok(0) == Tok::If && w.what.contains("expected") && within(w.at) {
        let line = w.tokens.get(w.at).line;
        let here = |at: &usize| w.tokens.get(*at).line == line;
        let mut rest = (w.at..w.tokens.len()).take_while(here);
        return if rest.any(|at| w.tokens.tok(at) == Tok::Else) { say(NONE) } else { None };
    }
    None
}

/// `f(a b)`, `{1 2}`, `(1, 2)`
pub(super) fn missing_comma(w: &Wrong<'_>) -> Option<String> {
    let (paren, brace) = (w.what.starts_with("')' expected"), w.what.starts_with("'}' expected"));
    if !paren && !brace {
        return None;
    }
    if brace && follows_field(w) {
        return say("a `,` is missing in front of `[`");
    }
    let open = bracket(w.tokens, w.at)?;
    let called = open.checked_sub(1).is_some_and(|at| ends_expression(w.tokens.tok(at)));
    if paren && is_parameter_list(w.tokens, open) && w.is_name(0) && w.is_name(-1) {
        return Some(format!("a `,` is missing in front of {}", short(w, 0)));
    }
    if paren && !called {
        let tuple = w.is(0, b',') && w.tokens.tok(open) == Tok::Byte(b'(');
        let tuple = tuple && !is_parameter_list(w.tokens, open);
        let filled = tuple && open > 1 && w.tokens.tok(open - 1) == Tok::Byte(b'%');
        return if filled && matches!(w.tokens.tok(open.saturating_sub(2)), Tok::Str(_)) {
            say("text is filled in with `string.format(text, ...)`")
        } else if tuple {
            say("Lua has no tuples: write `{a, b}`, or the values without parentheses")
        } else {
            None
        };
    }
    let before = w.tok(-1);
    if !begins_expression(w.tok(0)) || !(ends_expression(before) || before == Tok::End) {
        return None;
    }
    // What begins a line as far to the left as the bracket's is not between the brackets, if
    // they are not closed behind it.
    let left = !w.same_line(-1) && indent(w.tokens, w.at) <= indent(w.tokens, open);
    if left && !is_closed_behind(w.tokens, w.at) {
        return None;
    }
    let item = short(w, 0);
    let strings = matches!(w.tok(0), Tok::Str(_)) || matches!(before, Tok::Str(_));
    if strings && paren {
        return Some(format!("a `,` is missing in front of {item}, or `..` to join strings"));
    }
    Some(format!("a `,` is missing in front of {item}"))
}

/// `{a = 1 [2] = 2}`, `{[1] = x [2] = y}` over two lines: of the second the parser makes `x[2]`.
fn follows_field(w: &Wrong<'_>) -> bool {
    let key = match w.tok(0) {
        Tok::Byte(b'[') => Some(w.at),
        Tok::Byte(b'=') if w.is(-1, b']') => bracket(w.tokens, w.at - 1),
        _ => None,
    };
    let Some(key) = key.filter(|key| *key > 0) else { return false };
    let before = w.tokens.tok(key - 1);
    line_start(w.tokens, key) == key && (ends_expression(before) || before == Tok::End)
}

/// Tells whether the bracket that is open in front of a token is closed behind it, before any
/// statement begins with a word of Lua.
fn is_closed_behind(tokens: &Tokens<'_>, at: usize) -> bool {
    let mut depth = 0usize;
    for index in at..tokens.len() {
        match tokens.tok(index) {
            Tok::Byte(b'(' | b'[' | b'{') => depth += 1,
            Tok::Byte(b')' | b']' | b'}') if depth == 0 => return true,
            Tok::Byte(b')' | b']' | b'}') => depth -= 1,
            Tok::Local | Tok::If | Tok::For | Tok::While | Tok::Repeat if depth == 0 => {
                return false;
            }
            _ => {}
        }
    }
    false
}

/// Returns the bracket that is still open where a line begins with a statement, as far to the
/// left as the bracket's line.
pub(super) fn left_open(w: &Wrong<'_>) -> Option<usize> {
    let statement = matches!(
        w.tok(0),
        Tok::Local | Tok::Return | Tok::For | Tok::While | Tok::If | Tok::Repeat | Tok::End
    );
    if !statement || !w.what.starts_with("unexpected symbol") || w.same_line(-1) {
        return None;
    }
    let open = bracket(w.tokens, w.at)?;
    // A brace behind `)` or a name may be a block's.
    let value = matches!(
        w.tokens.tok(open.checked_sub(1)?),
        Tok::Byte(b'=' | b'(' | b',' | b'{') | Tok::Return
    );
    let list = w.tokens.tok(open) == Tok::Byte(b'{') && !value;
    (!list && indent(w.tokens, w.at) <= indent(w.tokens, open)).then_some(open)
}

pub(super) fn unclosed(w: &Wrong<'_>) -> Option<String> {
    let open = left_open(w)?;
    let (text, line) = (String::from_utf8_lossy(w.tokens.text(open)), w.tokens.get(open).line);
    Some(format!("the `{text}` on line {line} is not closed"))
}

/// Returns how far the line of a token is indented, in bytes.
pub(super) fn indent(tokens: &Tokens<'_>, at: usize) -> usize {
    let start = tokens.get(line_start(tokens, at)).start;
    let before = tokens.source().get(..start).unwrap_or(&[]);
    before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// `f(, x)`
pub(super) fn nothing_before_comma(w: &Wrong<'_>) -> Option<String> {
    let empty = w.is(0, b',') && matches!(w.tok(-1), Tok::Byte(b'(' | b'{' | b'['));
    if !empty || !w.what.starts_with("unexpected symbol") {
        return None;
    }
    let open = String::from_utf8_lossy(w.text(-1)).into_owned();
    Some(format!("there is nothing between `{open}` and `,`: is the `{open}` to be closed?"))
}

/// `78% }`, `1 + )`
pub(super) fn nothing_behind_operator(w: &Wrong<'_>) -> Option<String> {
    let sign = matches!(w.tok(0), Tok::Byte(b')' | b']' | b'}' | b',' | b';'));
    let ends = sign || matches!(w.tok(0), Tok::Then | Tok::Do) || ends_list(w.tok(0));
    let left = ends_expression(w.tok(-2));
    let unary = matches!(w.tok(-1), Tok::Not | Tok::Byte(b'#' | b'-' | b'~'));
    let operator = unary || left && is_binary(w.tok(-1));
    if !ends || !operator || !w.what.starts_with("unexpected symbol") {
        return None;
    }
    Some(format!("a value is missing behind {}", short(w, -1)))
}

/// `x = = 1`, `x = and y`, `a .. .. b`: an operator where a value should be.
pub(super) fn nothing_between(w: &Wrong<'_>) -> Option<String> {
    let sign = is_binary(w.tok(0)) && !matches!(w.tok(0), Tok::Byte(b'-' | b'~'));
    // `~= 1` where a statement should be.
    if sign && w.begins(0) && !w.same_line(-1) && w.what.starts_with("unexpected symbol") {
        return Some(format!("a value is missing in front of {}", short(w, 0)));
    }
    let wants = is_binary(w.tok(-1)) || w.is(-1, b'=') || w.tok(-1) == Tok::Return;
    if !(sign || w.is(0, b'=')) || !wants || !w.what.starts_with("unexpected symbol") {
        return None;
    }
    Some(format!("a value is missing between {} and {}", short(w, -1), short(w, 0)))
}

/// `n = n 1`
pub(super) fn operator_missing(w: &Wrong<'_>) -> Option<String> {
    let literal = matches!(w.tok(0), Tok::Integer(_) | Tok::Float(_));
    let left = ends_expression(w.tok(-1));
    if !literal || !left || !w.same_line(-1) || !w.what.starts_with("unexpected symbol") {
        return None;
    }
    Some(format!("an operator is missing in front of {}", short(w, 0)))
}

/// `if then`, `while do`, `if and x`, `if () then`
pub(super) fn condition_missing(w: &Wrong<'_>) -> Option<String> {
    let heads = |tok: Tok| matches!(tok, Tok::If | Tok::ElseIf | Tok::While | Tok::Until);
    let head = match w.tok(-1) {
        Tok::Byte(b'(') if w.is(0, b')') => -2,
        _ => -1,
    };
    let begins = matches!(w.tok(0), Tok::Then | Tok::Do | Tok::And | Tok::Or | Tok::Byte(b')'));
    if !begins || !heads(w.tok(head)) || !w.what.starts_with("unexpected symbol") {
        return None;
    }
    Some(format!("a condition is missing behind {}", short(w, head)))
}

/// `print(("a"):rep(3)`, and a statement in the next line: what closes the bracket has its place
/// in the lines between.
fn closed_too_late(w: &Wrong<'_>) -> Option<String> {
    // Behind an `end` it may be another one that is too many.
    if w.same_line(-1) || w.tok(-1) == Tok::End || w.tok(0) == Tok::Eof {
        return None;
    }
    let open = bracket(w.tokens, w.at)?;
    let (line, last) = (w.tokens.get(open).line, w.tokens.get(w.at - 1).line);
    let close = w.what.get(1..2)?;
    Some(if line == last {
        format!("a `{close}` is missing on line {line}")
    } else {
        format!("a `{close}` is missing, at the end of line {last} at the latest")
    })
}

/// `print(("a"):rep(3)`, `t[i == 1 then`: a bracket of this line that is open where an
/// expression cannot go on. (The message names those of other lines.)
pub(super) fn never_closed(w: &Wrong<'_>) -> Option<String> {
    let expected = ["')' expected", "']' expected", "'}' expected"];
    let ends = matches!(
        w.tok(0),
        Tok::Eof | Tok::Then | Tok::Do | Tok::End | Tok::Return | Tok::Byte(b')' | b']' | b'}')
    );
    let expected = expected.iter().any(|what| w.what.starts_with(what));
    if expected && w.what.contains("(to close ") {
        return closed_too_late(w);
    }
    if !ends || !expected {
        return None;
    }
    let open = String::from_utf8_lossy(w.tokens.text(bracket(w.tokens, w.at)?)).into_owned();
    Some(format!("a `{open}` on this line is not closed"))
}
