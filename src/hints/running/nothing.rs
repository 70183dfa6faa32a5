//! Why a call gives nil: what is known of functions of the library, and seen of the script's.

use super::Failure;
use crate::syntax::parser::is_binary;
use crate::syntax::token::Tok;

/// Why functions of the library give nil where nobody may think of it.
pub(super) fn why_nil(
    f: &Failure<'_>,
    module: &[u8],
    name: &[u8],
    method: bool,
    arguments: bool,
) -> Option<&'static str> {
    if !arguments {
        return None;
    }
    Some(match (module, name) {
        (b"table", b"sort") => "`table.sort` sorts in place and returns nothing",
        (b"table", b"insert") => "`table.insert` changes its list and returns nothing",
        (b"", b"tonumber") => "`tonumber` gives nil for a text that is no number",
        (b"math", b"tointeger") => "`math.tointeger` gives nil for what is no whole number",
        (b"", b"load") if f.names.globals.contains("load") => {
            "`load` gives nil and a message for a text that is no Lua: `assert(load(...))` raises it"
        }
        (b"string", b"find" | b"match") => "it is nil where nothing is found",
        (_, b"find" | b"match") if method => "it is nil where nothing is found",
        _ => return None,
    })
}

/// How many names a function's path may have: a longer one is no function's, and is not gone
/// through from each of its names.
const LONGEST: usize = 32;

/// Says that a function of the script returns no value, if it is certain which one was called:
/// the only one with the name that a path ends with.
pub(super) fn returns_nothing(f: &Failure<'_>, path: &str) -> Option<String> {
    let tokens = &f.reading.tokens;
    let name = path.rsplit(['.', ':']).next().filter(|name| !name.is_empty())?;
    let plain = name == path;
    let part = |at: usize| matches!(tokens.tok(at), Tok::Byte(b'.' | b':'));
    // `function a.f(`, `local function f(`, `f = function(`.
    let defined = |at: &usize| {
        // First of all: what is in front of a name may be long.
        if tokens.text(*at) != name.as_bytes() {
            return None;
        }
        let named = (tokens.tok(at + 1) == Tok::Byte(b'='))
            .then_some(at + 2)
            .filter(|function| tokens.tok(*function) == Tok::Function);
        let mut first = *at;
        while first >= 2 && part(first - 1) && at - first < 2 * LONGEST {
            first -= 2;
        }
        let stated = first.checked_sub(1).filter(|word| tokens.tok(*word) == Tok::Function);
        (plain == (first == *at)).then(|| named.or(stated)).flatten()
    };
    // Whoever else has that name may be meant.
    let mut all = (0..tokens.len()).filter_map(|at| defined(&at));
    let (only, None) = (all.next()?, all.next()) else { return None };
    let line = tokens.get(only).line;
    let returns = returns(f, only)?;
    if returns.iter().any(|first| !is_bare(tokens.tok(*first))) {
        let may = returns.iter().any(|first| gives_nil(f, *first));
        return may.then(|| format!("`{name}`, the function on line {line}, may return nil"));
    }
    Some(format!("`{name}`, the function on line {line}, returns nothing: is a `return` missing?"))
}

/// Tells whether a `return` gives nil, or no value at all; `first` is what is behind it.
fn gives_nil(f: &Failure<'_>, first: usize) -> bool {
    let tok = |at| f.reading.tokens.tok(at);
    let ends = !matches!(tok(first + 1), Tok::Byte(b'=' | b'.')) && !is_binary(tok(first + 1));
    is_bare(tok(first)) || tok(first) == Tok::Nil && ends
}

/// Tells whether a token behind a `return` is none of its values.
fn is_bare(tok: Tok) -> bool {
    matches!(tok, Tok::End | Tok::Else | Tok::ElseIf | Tok::Until | Tok::Byte(b';'))
}

/// Returns the tokens behind the `return`s of the function that a token begins.
fn returns(f: &Failure<'_>, function: usize) -> Option<Vec<usize>> {
    let tokens = &f.reading.tokens;
    let mut all = Vec::new();
    // Whether each block that is open is a function.
    let mut open: Vec<bool> = Vec::new();
    for at in function..tokens.len() {
        match tokens.tok(at) {
            Tok::Function => open.push(true),
            Tok::If | Tok::Do | Tok::Repeat => open.push(false),
            Tok::End | Tok::Until => {
                open.pop()?;
                if open.is_empty() {
                    return Some(all);
                }
            }
            Tok::Return if open.iter().filter(|function| **function).count() == 1 => {
                all.push(at + 1);
            }
            _ => {}
        }
    }
    None
}
