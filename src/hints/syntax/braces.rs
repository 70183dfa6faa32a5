//! Braces around blocks.

use super::super::around::{bracket, closing, ends_expression, line_start};
use super::super::tokens::Tokens;
use super::{Wrong, say};
use crate::syntax::token::Tok;

/// A block's braces.
pub(super) fn braces(w: &Wrong<'_>) -> Option<String> {
    const NONE: &str = "Lua's blocks have no braces: they end with `end`";
    if w.is(0, b'{') && w.what.starts_with("unexpected symbol") {
        let turns =
            |at: usize| w.tokens.tok(at) == Tok::Byte(b'}') && w.tokens.tok(at + 1) == Tok::While;
        if w.tok(-1) == Tok::Do && (w.at..w.tokens.len()).any(turns) {
            return say("a loop that looks behind its turn is `repeat ... until not ...`");
        }
        return say(NONE);
    }
    let open = bracket(w.tokens, w.at);
    if w.is(0, b'}') && open.is_none() && w.is(-1, b'}') && w.same_line(-1) {
        return say("this `}` closes nothing: there is one too many");
    }
    if w.is(0, b'}') && open.is_none() {
        return say(NONE);
    }
    let open = open.filter(|open| w.tokens.tok(*open) == Tok::Byte(b'{'))?;
    // Methods in a class's or an object's braces.
    let statement = matches!(
        w.tok(0),
        Tok::Return
            | Tok::Local
            | Tok::If
            | Tok::For
            | Tok::While
            | Tok::Break
            | Tok::Repeat
            | Tok::Goto
    );
    if statement && !w.is(1, b'=') && w.what.starts_with("unexpected symbol") {
        return say(NONE);
    }
    let heads =
        |at: &usize| matches!(w.tokens.tok(*at), Tok::If | Tok::While | Tok::ElseIf | Tok::For);
    let head = (line_start(w.tokens, open)..open).rev().find(heads)?;
    let behind = ends_expression(w.tokens.tok(open - 1));
    if behind && !is_argument(w.tokens, head, open) { say(NONE) } else { None }
}

/// Tells whether the table that a brace in the head of a block begins is a call's argument: what
/// begins the block stands behind it, or before it.
fn is_argument(tokens: &Tokens<'_>, head: usize, open: usize) -> bool {
    let begins = |at: usize| matches!(tokens.tok(at), Tok::Then | Tok::Do);
    if let Some(close) = closing(tokens, open) {
        return (head..open).any(begins) || begins(close + 1);
    }
    let line = tokens.get(open).line;
    let mut same_line = (head..tokens.len()).take_while(|at| tokens.get(*at).line == line);
    same_line.any(begins)
}
