//! Operators that other languages have.

use super::super::around::{
    begins_expression, bracket, ends_expression, is_parameter_list, line_start,
};
use super::super::idioms::{ARROW, COUNTING_LOOP, LIST_LOOP, PRINT, SWITCH};
use super::values::TYPES;
use super::words::brace_word;
use super::{Wrong, say};
use crate::hints::Span;
use crate::hints::tokens::Tokens;
use crate::syntax::parser::is_binary;
use crate::syntax::token::Tok;

/// Operators of other languages whose signs do not stand beside each other in Lua.
const SIGNS: [&str; 38] = [
    "!==", "===", "~==", "<=>", ">>>=", ">>>", "<<=", ">>=", "**=", "//=", "&&=", "||=", "??=",
    "..=", "&&", "||", "??", "?.", "?:", "!=", "=>", "->", "|>", "<>", ":=", "**", "++", "+=",
    "-=", "*=", "/=", "%=", "^=", "&=", "|=", ".=", "and=", "or=",
];

/// Those that Lua has the other way round, or in which it sees two: only where it wants neither.
const TURNED: [&str; 3] = ["=<", "=!", "=~"];

/// Returns where the operator is that a token is a sign of; nothing if it is of none.
pub(super) fn whole(tokens: &Tokens<'_>, at: usize, what: &str) -> Option<Span> {
    let text = |span: Span| tokens.source().get(span.start..span.end).unwrap_or(&[]);
    let two = tokens.span(at, at + 1);
    let condition = ["'then' expected", "'do' expected", "')' expected"];
    let condition = condition.iter().any(|expected| what.starts_with(expected));
    if condition
        && tokens.touches_next(at)
        && TURNED.iter().any(|sign| sign.as_bytes() == text(two))
    {
        return Some(two);
    }
    let longest = |first: usize| {
        let touching = (first..first + 3).take_while(|at| tokens.touches_next(*at)).count();
        let spans =
            (first + 1..=first + touching).rev().map(|last| (last, tokens.span(first, last)));
        let mut written =
            spans.filter(|(_, span)| SIGNS.iter().any(|sign| sign.as_bytes() == text(*span)));
        written.next()
    };
    (at.saturating_sub(3)..=at)
        .filter_map(longest)
        .find_map(|(last, span)| (last >= at).then_some(span))
}

pub(super) fn not_equal(w: &Wrong<'_>) -> Option<String> {
    let written = w.is(0, b'!') && w.touches(0) && matches!(w.tok(1), Tok::Byte(b'=') | Tok::Eq);
    let basic = w.is(0, b'>') && w.is(-1, b'<') && w.touches(-1);
    if written || basic {
        return say("Lua writes `~=` for \"not equal\"");
    }
    if w.is(0, b'=') && w.tok(-1) == Tok::Ne && w.touches(-1) {
        return say("Lua writes `~=`: it never converts types");
    }
    let parted = w.is(0, b'=') && w.is(-1, b'~') && !w.touches(-1);
    if parted && w.what.starts_with("unexpected symbol") {
        return say("`~=` is written without a space");
    }
    None
}

/// `=<`, `=!`, `=~` where a condition goes on.
pub(super) fn turned(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b'=') || !w.touches(0) {
        return None;
    }
    match w.tok(1) {
        Tok::Byte(b'<') => say("Lua writes `<=` for `=<`"),
        Tok::Byte(b'!') => say("Lua writes `~=` for \"not equal\""),
        Tok::Byte(b'~') => {
            say("Lua writes `~=` for \"not equal\"; patterns are tried with `s:find(pattern)`")
        }
        _ => None,
    }
}

/// `a <=> b`
pub(super) fn three_way(w: &Wrong<'_>) -> Option<String> {
    let ship = w.is(0, b'>') && w.tok(-1) == Tok::Le && w.touches(-1);
    if ship { say("Lua has no `<=>`: compare with `<`, `==` and `>`") } else { None }
}

/// `x |> f`
pub(super) fn pipe(w: &Wrong<'_>) -> Option<String> {
    let pipe = w.is(0, b'>') && w.is(-1, b'|') && w.touches(-1);
    if pipe { say("Lua has no `|>`: write `f(x)`") } else { None }
}

/// `x =+ 1`, `x = +1`
pub(super) fn plus_sign(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b'+') || !w.what.starts_with("unexpected symbol") {
        return None;
    }
    if w.is(-1, b'=') && w.touches(-1) && !w.touches(0) {
        let x = w.target(-1);
        return Some(format!("Lua has no `+=`: write `{x} = {x} + ...`"));
    }
    let number = matches!(w.tok(1), Tok::Integer(_) | Tok::Float(_));
    let begins = matches!(w.tok(-1), Tok::Byte(b'=' | b'(' | b',' | b'{' | b'[') | Tok::Return);
    if begins && (number || w.is_name(1)) {
        say("Lua has no `+` in front of a value")
    } else {
        None
    }
}

/// `std::cout`, `Point::new()`: of what is assigned the parser takes `::new` for a label.
pub(super) fn two_colons(w: &Wrong<'_>) -> Option<String> {
    let at = [0, -1, -2].into_iter().find(|at| w.tok(*at) == Tok::DoubleColon)?;
    let path = w.is_name(at - 1) && w.touches(at - 1) && w.touches(at) && w.is_name(at + 1);
    let label = w.tok(at + 2) == Tok::DoubleColon;
    if !path || label || TYPES.contains(&w.text(at + 1)) {
        return None;
    }
    if matches!(w.text(at + 1), b"cout" | b"cerr" | b"println") {
        return say(PRINT);
    }
    let text = |at: isize| String::from_utf8_lossy(w.text(at)).into_owned();
    Some(format!("Lua writes `.` for `::`: `{}.{}`", text(at - 1), text(at + 1)))
}

pub(super) fn not(w: &Wrong<'_>) -> Option<String> {
    if w.is(0, b'!') && w.is(1, b'~') && w.touches(0) {
        return say("patterns are tried with `s:find(pattern)`: write `not s:find(pattern)`");
    }
    if w.is(0, b'!') { say("Lua writes `not` for `!`") } else { None }
}

pub(super) fn logic(w: &Wrong<'_>) -> Option<String> {
    if w.is(0, b'&') && w.is(-1, b'&') && w.touches(-1) {
        return say("Lua writes `and` for `&&`");
    }
    if w.is(0, b'|') && w.is(-1, b'|') && w.touches(-1) {
        return say("Lua writes `or` for `||`");
    }
    // `x and= y`
    if matches!(w.tok(0), Tok::And | Tok::Or) && w.touches(0) && w.is(1, b'=') {
        let (x, word) = (w.target(0), String::from_utf8_lossy(w.text(0)).into_owned());
        return Some(format!("Lua has no `{word}=`: write `{x} = {x} {word} ...`"));
    }
    // As a statement they are seen at the first sign.
    for (byte, sign, word) in [(b'&', "&&", "and"), (b'|', "||", "or")] {
        if w.is(0, byte) && w.is(1, byte) && w.touches(0) && w.is(2, b'=') && w.touches(1) {
            let x = w.target(0);
            return Some(format!("Lua has no `{sign}=`: write `{x} = {x} {word} ...`"));
        }
    }
    None
}

pub(super) fn increment(w: &Wrong<'_>) -> Option<String> {
    if w.is(0, b'+') && w.is(1, b'+') && w.touches(0) {
        // In front of a variable or behind it.
        let before =
            w.begins(0) || w.index(-1).is_some_and(|at| !ends_expression(w.tokens.tok(at)));
        let x = match before {
            true if w.is_name(2) => String::from_utf8_lossy(w.text(2)).into_owned(),
            true => "x".to_owned(),
            false => w.target(0),
        };
        return Some(format!("Lua has no `++`: write `{x} = {x} + 1`"));
    }
    // In an expression it is seen only at the second one.
    if w.is(0, b'+') && w.is(-1, b'+') && w.touches(-1) {
        // `++i` is seen so as well.
        let x = if w.is_name(-2) {
            String::from_utf8_lossy(w.text(-2))
        } else if w.is_name(1) && w.touches(0) {
            String::from_utf8_lossy(w.text(1))
        } else {
            "x".into()
        };
        return Some(format!("Lua has no `++`: write `{x} = {x} + 1`, a statement of its own"));
    }
    // `x--` is a name and a comment.
    let end = w.index(-1).map(|before| w.tokens.get(before).end)?;
    let behind = w.tokens.source().get(end..).unwrap_or(&[]);
    let part = w.is_name(-1) || w.is(-1, b']');
    let closes = matches!(behind.get(2), None | Some(b')' | b']' | b';' | b'\n' | b'\r'));
    let statement = w.what.starts_with("syntax error");
    let inside = w.what.contains("expected") && closes && behind.get(2).is_some();
    if part && behind.starts_with(b"--") && (statement || inside) {
        let x = w.target(0);
        return Some(format!("`--` begins a comment: write `{x} = {x} - 1`"));
    }
    None
}

/// Tells whether a token is an operator that other languages assign with.
fn is_operator(tok: Tok) -> bool {
    matches!(
        tok,
        Tok::Byte(b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'|' | b'&')
            | Tok::Concat
            | Tok::IDiv
            | Tok::Shl
            | Tok::Shr
    )
}

pub(super) fn compound(w: &Wrong<'_>) -> Option<String> {
    let place = match () {
        () if is_operator(w.tok(0)) && w.touches(0) && w.is(1, b'=') => 0,
        () if w.is(0, b'=') && w.touches(-1) && is_operator(w.tok(-1)) => -1,
        () => return None,
    };
    let operator = String::from_utf8_lossy(w.text(place)).into_owned();
    let x = w.target(place);
    Some(format!("Lua has no `{operator}=`: write `{x} = {x} {operator} ...`"))
}

/// `a->b`, which has nothing around it.
pub(super) fn member_arrow(w: &Wrong<'_>) -> Option<String> {
    let (dash, head) = match () {
        () if w.is(0, b'>') && w.is(-1, b'-') => (-1, -2),
        () if w.is(0, b'-') && w.is(1, b'>') => (0, -1),
        () => return None,
    };
    let touching = (head..dash + 2).all(|distance| w.touches(distance));
    let object = w.is_name(head) || matches!(w.tok(head), Tok::Byte(b')' | b']'));
    if touching && object && w.is_name(dash + 2) {
        let name = String::from_utf8_lossy(w.text(dash + 2)).into_owned();
        let method = w.is(dash + 3, b'(');
        return Some(match method {
            true => format!("Lua writes `:` for `->`: `x:{name}(...)` calls a method"),
            false => format!("Lua writes `.` for `->`: `x.{name}`"),
        });
    }
    None
}

/// `(a, b) => a + b`, where the parser stops in the parentheses.
fn has_arrow_behind(w: &Wrong<'_>) -> bool {
    let line = w.tokens.get(w.at).line;
    let here = |at: &usize| w.tokens.get(*at).line == line;
    let Some(close) =
        (w.at..w.at + 64).take_while(here).find(|at| w.tokens.tok(*at) == Tok::Byte(b')'))
    else {
        return false;
    };
    let sign = w.tokens.tok(close + 1);
    matches!(sign, Tok::Byte(b'=' | b'-'))
        && w.tokens.tok(close + 2) == Tok::Byte(b'>')
        && w.tokens.touches_next(close + 1)
}

pub(super) fn arrow(w: &Wrong<'_>) -> Option<String> {
    // `emit: (name) =>`
    let field = w.is(0, b'(') && w.is(-1, b':') && w.is_name(-2);
    let parameters = (matches!(w.tok(0), Tok::Byte(b')' | b',')) || field) && has_arrow_behind(w);
    let behind = w.is(0, b'>') && w.touches(-1) && matches!(w.tok(-1), Tok::Byte(b'=' | b'-'));
    let before = w.is(0, b'=') && w.touches(0) && w.is(1, b'>');
    // `when (x) { 1 -> 2 }`
    if (behind || before) && matches!(brace_word(w), Some(b"when" | b"match" | b"switch")) {
        return say(SWITCH);
    }
    // `{a => 1}`
    let key = if behind { -2 } else { -1 };
    let table = bracket(w.tokens, w.at).is_some_and(|at| w.tokens.tok(at) == Tok::Byte(b'{'));
    let item = matches!(w.tok(key - 1), Tok::Byte(b'{' | b',' | b';' | b':'));
    if (behind || before) && table && item {
        let text = String::from_utf8_lossy(w.text(key)).into_owned();
        return Some(match w.tok(key) {
            Tok::Name(_) => format!("a table's fields are written `{text} = value`"),
            _ => "a table's fields are written `[key] = value`".to_owned(),
        });
    }
    // `for k => v in pairs(t) do`
    let head = (w.at.saturating_sub(3)..w.at).any(|at| w.tokens.tok(at) == Tok::For);
    if (behind || before) && head {
        return say("a loop over a table is `for key, value in pairs(t) do`");
    }
    let condition = w.what.starts_with("'then' expected") || w.what.starts_with("'do' expected");
    if before && condition {
        return say("Lua writes `>=` for `=>`");
    }
    if behind || before || parameters { say(ARROW) } else { None }
}

pub(super) fn question(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b'?') {
        return None;
    }
    if w.is(1, b'?') && w.touches(0) {
        return say("Lua has no `??`: `a or b` is b where a is nil or false");
    }
    if matches!(w.tok(1), Tok::Byte(b'.' | b'[')) && w.touches(0) {
        return say("Lua has no `?.`: write `a and a.b`");
    }
    let parameter = bracket(w.tokens, w.at).is_some_and(|open| is_parameter_list(w.tokens, open));
    if parameter && w.is_name(-1) {
        return say("Lua has no types to write: leave out the `?` and what is behind it");
    }
    if w.is(1, b':') && w.touches(0) {
        return say("Lua has no `?:`: `a or b` is b where a is nil or false");
    }
    // `if x.empty? then`, `x = nil?`
    let line = w.tokens.get(w.at).line;
    let mut rest = (w.at + 1..w.tokens.len()).take_while(|at| w.tokens.get(*at).line == line);
    // `port? = 1`
    if w.is(1, b'=') && w.touches(-1) && !w.touches(0) {
        return say("Lua has no `?` behind a name or a value: leave it out");
    }
    let ends = match w.tok(1) {
        Tok::Then | Tok::Do | Tok::And | Tok::Or | Tok::Eof | Tok::End => true,
        Tok::Byte(b')' | b'(' | b',' | b';' | b']' | b'}') | Tok::Eq => true,
        _ => !w.same_line(0),
    };
    if ends && w.touches(-1) && !rest.any(|at| w.tokens.tok(at) == Tok::Byte(b':')) {
        return say("Lua has no `?` behind a name or a value: leave it out");
    }
    say("Lua has no `? :`: write `condition and a or b`, or use `if`")
}

pub(super) fn colon_equals(w: &Wrong<'_>) -> Option<String> {
    let behind = w.is(0, b'=') && w.is(-1, b':') && w.touches(-1);
    let walrus = behind || w.is(0, b':') && w.is(1, b'=') && w.touches(0);
    // `for i := 0; i < 10; i++ {`, `for k, v := range t {`
    let first = line_start(w.tokens, w.at);
    let head = (first..w.at).rev().find(|at| matches!(w.tokens.tok(*at), Tok::For | Tok::Do));
    if walrus && head.is_some_and(|at| w.tokens.tok(at) == Tok::For) {
        let range = (-1..4).any(|at| w.text(at) == b"range");
        return say(if range { LIST_LOOP } else { COUNTING_LOOP });
    }
    if walrus { say("Lua assigns with `=`, and declares with `local x = ...`") } else { None }
}

pub(super) fn triple_equals(w: &Wrong<'_>) -> Option<String> {
    let triple = w.is(0, b'=') && matches!(w.tok(-1), Tok::Eq) && w.touches(-1);
    if triple { say("Lua writes `==`: it never converts types") } else { None }
}

/// `2 ** 3`, `x **= 2`.
pub(super) fn power(w: &Wrong<'_>) -> Option<String> {
    let second = w.is(0, b'*') && w.is(-1, b'*') && w.touches(-1);
    if second {
        return say("Lua writes `^` for `**`");
    }
    if w.is(0, b'*') && w.is(1, b'*') && w.is(2, b'=') && w.touches(0) && w.touches(1) {
        let x = w.target(0);
        return Some(format!("Lua has no `**=`: write `{x} = {x} ^ ...`"));
    }
    None
}

/// `x >>> 1`
pub(super) fn unsigned_shift(w: &Wrong<'_>) -> Option<String> {
    let shift = w.is(0, b'>') && w.tok(-1) == Tok::Shr && w.touches(-1);
    if shift { say("Lua writes `>>`, which fills up with zeros, for `>>>`") } else { None }
}

/// `a eq b`, `a mod b`: the parser stops at the word, or behind it.
pub(super) fn word(w: &Wrong<'_>) -> Option<String> {
    // `NOT x`, of which `x` may be taken for the next statement.
    let is_not = |at: isize| {
        let next = begins_expression(w.tok(at + 1)) && w.same_line(at);
        matches!(w.text(at), b"NOT" | b"Not") && w.is_name(at) && !w.begins(at) && next
    };
    if let Some(at) = [-1, -2].into_iter().find(|at| is_not(*at)) {
        let word = String::from_utf8_lossy(w.text(at));
        return Some(format!("Lua writes `not` for `{word}`"));
    }
    let is_one = |at: isize| {
        let left = ends_expression(w.tok(at - 1));
        let right = w.tok(at + 1);
        let right = begins_expression(right) || matches!(right, Tok::Byte(b'(') | Tok::Not);
        w.is_name(at) && left && w.same_line(at - 1) && right
    };
    let at = [0, -1].into_iter().find(|at| is_one(*at) && !w.begins(*at))?;
    let sign = match w.text(at) {
        b"eq" | b"equals" => "==",
        b"ne" => "~=",
        b"lt" => "<",
        b"le" => "<=",
        b"gt" => ">",
        b"ge" => ">=",
        b"mod" => "%",
        b"div" => "//",
        b"xor" => "~",
        b"AND" | b"And" => "and",
        b"OR" | b"Or" => "or",
        _ => return None,
    };
    let word = String::from_utf8_lossy(w.text(at)).into_owned();
    Some(format!("Lua writes `{sign}` for `{word}`"))
}

/// Tells whether a `/` begins something that ends with one on its line, and has no spaces.
fn is_pattern(w: &Wrong<'_>) -> bool {
    let touching = (w.at..w.tokens.len()).take_while(|at| w.tokens.touches_next(*at));
    let last = touching.last().map_or(w.at, |at| at + 1);
    (w.at + 2..=last).any(|at| w.tokens.tok(at) == Tok::Byte(b'/'))
}

/// `|x| x + 1`, `/pattern/`, `&x`, `:name`: signs with nothing in front of them.
pub(super) fn sign_alone(w: &Wrong<'_>) -> Option<String> {
    if !w.what.starts_with("unexpected symbol") || w.begins(0) {
        return None;
    }
    // Of an operator that is written twice the second sign stands behind the first.
    let again = w.touches(-1) && w.tok(-1) == w.tok(0);
    let closure = w.is(0, b'|')
        && (w.is(1, b'|') || w.is_name(1) && matches!(w.tok(2), Tok::Byte(b'|' | b',')));
    let name = w.is_name(1) && w.touches(0) && !again;
    match w.tok(0) {
        Tok::Byte(b'|') if closure && !again => say("a function is `function(x) return ... end`"),
        Tok::Byte(b'/') if !again && (!is_binary(w.tok(-1)) || is_pattern(w)) => {
            say("a pattern is a string: `s:find(\"...\")`")
        }
        Tok::Byte(b'&') if name => {
            say("Lua has no pointers: what is handed on is the table itself")
        }
        Tok::Byte(b':') if name && matches!(w.tok(-1), Tok::Byte(b'=' | b'(' | b',' | b'{')) => {
            let name = String::from_utf8_lossy(w.text(1)).into_owned();
            Some(match w.is(2, b'=') && w.is(3, b'>') {
                true => format!("a table's fields are written `{name} = value`"),
                false => format!("Lua has no symbols: write the string `\"{name}\"`"),
            })
        }
        _ => None,
    }
}

/// `s . "y"`, `s .= "y"`
pub(super) fn joined_with_dot(w: &Wrong<'_>) -> Option<String> {
    if !w.is(-1, b'.') || !w.what.starts_with("<name> expected") {
        return None;
    }
    match w.tok(0) {
        Tok::Str(_) => say("strings are joined with `..`"),
        Tok::Byte(b'=') if w.touches(-1) => {
            let x = w.target(-1);
            Some(format!("Lua has no `.=`: write `{x} = {x} .. ...`"))
        }
        _ => None,
    }
}
