//! Heads of blocks and functions, conditions behind what they decide about, and calls in the
//! words of other languages.

use super::super::around::{
    begins_expression, begins_statement, bracket, closing, is_literal, is_parameter_list,
    is_parameter_list_end, line_start,
};
use super::super::idioms::{END, NO_BRACKETS, NO_PARENTHESES};
use super::types::FUNCTIONS;
use super::values::is_behind_statement;
use super::words::ENDS;
use super::{Wrong, behind_head, say, to_text};
use crate::syntax::token::Tok;

/// Tells whether a `{` begins a block of another language: it stands behind a value and ends its
/// line, or ends the head of an `if` or a loop.
pub(super) fn is_block(w: &Wrong<'_>, open: usize) -> bool {
    let tokens = w.tokens;
    let Some(before) = open.checked_sub(1) else { return false };
    let value = super::ends_expression(tokens.tok(before));
    let line = |at: usize| tokens.get(at).line;
    let last = line(open) < line(open + 1) && line(before) == line(open);
    let head = matches!(
        tokens.tok(line_start(tokens, open)),
        Tok::If | Tok::While | Tok::ElseIf | Tok::For | Tok::Function
    );
    tokens.tok(open) == Tok::Byte(b'{') && value && (last || head)
}

/// `function f() then`
pub(super) fn function_then(w: &Wrong<'_>) -> Option<String> {
    let behind = w.index(-1).is_some_and(|before| is_parameter_list_end(w.tokens, before));
    let then = w.tok(0) == Tok::Then && w.what.starts_with("unexpected symbol");
    if then && behind { say("a function's head has no `then`") } else { None }
}

/// `return fn() do`, `f(fun x, y -> x + y)`: functions in other languages' words, where the
/// parser stops in their heads.
pub(super) fn function_word(w: &Wrong<'_>) -> Option<String> {
    let of = |word: &[u8]| {
        let word = String::from_utf8_lossy(word);
        Some(format!("a function is `function(...) ... end`, not `{word}`"))
    };
    let value = |at: usize| {
        at.checked_sub(1).is_some_and(|before| {
            matches!(w.tokens.tok(before), Tok::Byte(b'=' | b'(' | b',' | b'{') | Tok::Return)
        })
    };
    if w.is_name(0) && w.is_name(-1) && FUNCTIONS.contains(&w.text(-1)) && w.same_line(-1) {
        return w.index(-1).filter(|word| value(*word)).and_then(|_| of(w.text(-1)));
    }
    if w.tok(0) != Tok::Do || !w.is(-1, b')') || !w.same_line(-1) {
        return None;
    }
    let word = bracket(w.tokens, w.index(-1)?)?.checked_sub(1)?;
    let text = w.tokens.text(word);
    if FUNCTIONS.contains(&text) && value(word) { of(text) } else { None }
}

/// `func (e *Emitter) emit(name string) {`: a function of Go's with its receiver.
pub(super) fn receiver(w: &Wrong<'_>) -> Option<String> {
    let first = line_start(w.tokens, w.at);
    let word = w.tokens.text(first);
    if !FUNCTIONS.contains(&word) || w.tokens.tok(first + 1) != Tok::Byte(b'(') {
        return None;
    }
    let (line, behind) = (w.tokens.get(first).line, first + 2..w.tokens.len());
    let mut here = behind.take_while(|at| w.tokens.get(*at).line == line);
    let close = here.find(|at| w.tokens.tok(*at) == Tok::Byte(b')'))?;
    let named = matches!(w.tokens.tok(close + 1), Tok::Name(_))
        && w.tokens.tok(close + 2) == Tok::Byte(b'(');
    named.then(|| {
        let word = String::from_utf8_lossy(word);
        format!("Lua defines functions with `function name(...) ... end`, not `{word}`")
    })
}

/// `return x if c`, `return x unless c`, `return 0 endif`
pub(super) fn behind_return(w: &Wrong<'_>) -> Option<String> {
    let begun = (line_start(w.tokens, w.at)..w.at).any(|at| w.tokens.tok(at) == Tok::Return);
    if !begun || !w.what.contains("expected") || !is_behind_statement(w.tokens, w.at) {
        return None;
    }
    match w.text(0) {
        b"if" => say("the condition comes first: `if ... then return ... end`"),
        b"unless" => say("the condition comes first: `if not ... then return ... end`"),
        word if ENDS.iter().any(|end| end.as_bytes() == word) => say(END),
        _ => None,
    }
}

/// `for i = n, 1, i-- do`, `if x then -- y`: tells whether a comment at the end of a token's line
/// holds the word that is missing there.
pub(super) fn in_comment(w: &Wrong<'_>, last: usize, word: &str) -> bool {
    let behind = w.tokens.source().get(w.tokens.get(last).end..).unwrap_or(&[]);
    let line = behind.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    // One that touches what is in front of it was hardly meant as one.
    let Some(comment) = text.strip_prefix("--").filter(|text| !text.starts_with('[')) else {
        return false;
    };
    comment.trim_end().ends_with(&format!(" {word}")) || comment.trim() == word
}

/// `if x.y: f()`: of the colon and the name the parser makes a method.
pub(super) fn python_method(w: &Wrong<'_>) -> Option<String> {
    let method = w.is_name(-1) && w.is(-2, b':') && !w.touches(-2) && w.same_line(-2);
    if !method || !w.what.starts_with("function arguments expected") {
        return None;
    }
    behind_head(w.tokens.tok(line_start(w.tokens, w.at)))
}

/// `f("x") do |v|`: a block that is handed over.
pub(super) fn block_handed_over(w: &Wrong<'_>) -> Option<String> {
    if w.is(0, b'|') && w.tok(-1) == Tok::Do && w.is(-2, b')') && w.same_line(-1) {
        return say("a function is handed over as an argument: `f(function(x) ... end)`");
    }
    None
}

/// `f(a; b)`, `f(a);)`, `function f(a; b)`
pub(super) fn semicolon(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b';') || !w.what.starts_with("')' expected") || !w.same_line(-1) {
        return None;
    }
    let open = bracket(w.tokens, w.at)?;
    if w.is(1, b')') {
        return say("there is no `;` in front of `)`");
    }
    let list = is_parameter_list(w.tokens, open);
    let (next, line) = (w.tokens.get(w.at + 1), w.tokens.get(w.at).line);
    if list || next.line == line && begins_expression(next.tok) {
        let what = if list { "parameters" } else { "arguments" };
        return Some(format!("{what} stand with a `,` between them"));
    }
    say("a `)` is missing in front of `;`")
}

/// `t[] = x`
pub(super) fn no_index(w: &Wrong<'_>) -> Option<String> {
    let value = super::ends_expression(w.tok(-2));
    let empty = w.is(0, b']') && w.is(-1, b'[') && value && w.touches(-2);
    if !empty || !w.what.starts_with("unexpected symbol") || !w.is(1, b'=') {
        return None;
    }
    let t = match w.target(-1) {
        x if x == "x" && w.text(-2) != b"x" => "t".to_owned(),
        t => t,
    };
    Some(format!("a list grows with `{t}[#{t} + 1] = value`"))
}

/// `(a, b) = (b, a)`, `[a, b] = [b, a]` at the beginning of a line.
pub(super) fn pattern_assigned(w: &Wrong<'_>) -> Option<String> {
    let open = if w.is(0, b'[') { w.at } else { bracket(w.tokens, w.at)? };
    let item = bracket(w.tokens, open).is_some_and(|list| w.tokens.tok(list) == Tok::Byte(b'{'));
    if line_start(w.tokens, open) != open || item {
        return None;
    }
    let close = closing(w.tokens, open)?;
    let line = |at: usize| w.tokens.get(at).line;
    let assigned = w.tokens.tok(close + 1) == Tok::Byte(b'=') && line(close) == line(open);
    if !assigned || close < w.at {
        return None;
    }
    match w.tokens.tok(open) {
        Tok::Byte(b'(') => say(NO_PARENTHESES),
        Tok::Byte(b'[') => say(NO_BRACKETS),
        _ => None,
    }
}

/// `{a, b} = t`: the parser stops behind the braces, or at the first one.
pub(super) fn taken_apart(w: &Wrong<'_>) -> Option<String> {
    let open = w.index(-1).and_then(|close| bracket(w.tokens, close));
    // A statement that begins with a brace is wrong from there.
    if w.is(0, b'{') && line_start(w.tokens, w.at) == w.at {
        let line = w.tokens.get(w.at).line;
        let mut rest = (w.at..w.tokens.len()).take_while(|at| w.tokens.get(*at).line == line);
        let close = rest.find(|at| w.tokens.tok(*at) == Tok::Byte(b'}'));
        if close.is_some_and(|close| w.tokens.tok(close + 1) == Tok::Byte(b'=')) {
            return say("Lua takes no table apart: `local a, b = t.a, t.b`");
        }
    }
    let apart = w.is(0, b'=') && w.is(-1, b'}');
    if apart && open.is_some_and(|open| line_start(w.tokens, open) == open) {
        return say("Lua takes no table apart: `local a, b = t.a, t.b`");
    }
    None
}

/// `a, b` and no `=`; `::name` and the end of the line; `then` alone.
pub(super) fn statement_cut(w: &Wrong<'_>) -> Option<String> {
    if w.what.starts_with("'=' expected") && !w.same_line(-1) {
        return say("several variables are assigned to as in `a, b = 1, 2`");
    }
    let label = w.what.starts_with("'::' expected") && w.is_name(-1);
    if label && w.tok(-2) == Tok::DoubleColon {
        return Some(format!("a label is written `::{}::`", to_text(w.text(-1))));
    }
    if w.tok(0) == Tok::Then && w.what.starts_with("unexpected symbol") && w.begins(0) {
        return say("this `then` belongs to no `if`");
    }
    None
}

/// `{.name = 1}`
pub(super) fn designated(w: &Wrong<'_>) -> Option<String> {
    let open = bracket(w.tokens, w.at).is_some_and(|at| w.tokens.tok(at) == Tok::Byte(b'{'));
    let item = matches!(w.tok(-1), Tok::Byte(b'{' | b',' | b';'));
    if open && item && w.is(0, b'.') && w.is_name(1) && w.is(2, b'=') {
        return Some(format!("a table's fields are written `{} = value`", to_text(w.text(1))));
    }
    None
}

/// `(print x)`, `(local x 1)`: a Lisp's calls.
pub(super) fn lisp(w: &Wrong<'_>) -> Option<String> {
    let open = bracket(w.tokens, w.at)?;
    let begins = w.tokens.tok(open) == Tok::Byte(b'(')
        && begins_statement(w.tokens, open)
        && w.tokens.get(open).line == w.tokens.get(w.at).line;
    let second = w.at == open + 2 && w.is_name(-1) && !w.touches(-1);
    let value = begins_expression(w.tok(0)) || matches!(w.tok(0), Tok::Byte(b'('));
    let word = w.at == open + 1
        && matches!(w.tok(0), Tok::Local | Tok::If | Tok::For | Tok::While | Tok::Do);
    if begins && (second && value || word) {
        return say(
            "Lua has no such lists: a call is `f(x, y)`, and statements have no parentheses",
        );
    }
    None
}

/// `Map<String, Integer> counts = ...`
pub(super) fn generic_type(w: &Wrong<'_>) -> Option<String> {
    if !w.is(0, b'<') || !w.is_name(-1) || !w.begins(-1) || !w.touches(-1) {
        return None;
    }
    let line = w.tokens.get(w.at).line;
    let mut rest = (w.at..w.tokens.len()).take_while(|at| w.tokens.get(*at).line == line);
    let close = rest.find(|at| matches!(w.tokens.tok(*at), Tok::Byte(b'>') | Tok::Shr))?;
    let name = matches!(w.tokens.tok(close + 1), Tok::Name(_));
    let set = matches!(w.tokens.tok(close + 2), Tok::Byte(b'=' | b';' | b'('));
    if name && set {
        return say("Lua declares variables with `local`, and without types: `local x = ...`");
    }
    None
}

/// Functions that are always there, and that elsewhere are operators or statements.
const CALLED: [&[u8]; 9] = [
    b"tostring",
    b"tonumber",
    b"type",
    b"pcall",
    b"ipairs",
    b"pairs",
    b"select",
    b"require",
    b"setmetatable",
];

/// `print(tostring x)`, `local n = tonumber x`
pub(super) fn without_parentheses(w: &Wrong<'_>) -> Option<String> {
    let value =
        |at: isize| w.is_name(at) || is_literal(w.tok(at)) && !matches!(w.tok(at), Tok::Str(_));
    // `local n = tonumber x`, of which `x` is taken for the next statement.
    let statement = w.what.starts_with("syntax error") || w.what.starts_with("unexpected symbol");
    let at = match () {
        () if CALLED.contains(&w.text(-1)) && value(0) && w.same_line(-1) => -1,
        () if statement && CALLED.contains(&w.text(-2)) && w.is_name(-1) && w.same_line(-2) => -2,
        () => return None,
    };
    let inside = w.index(at - 1).is_some_and(|before| {
        matches!(w.tokens.tok(before), Tok::Byte(b'=' | b'(' | b',') | Tok::Return)
            || matches!(w.tokens.tok(before), Tok::If | Tok::Concat | Tok::And | Tok::Or)
    });
    if !inside || w.begins(at) {
        return None;
    }
    let (f, x) = (to_text(w.text(at)), to_text(w.text(at + 1)));
    Some(format!("a function is called with parentheses: `{f}({x})`"))
}
