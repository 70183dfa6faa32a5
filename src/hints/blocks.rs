//! Which block has no end: by the indentation of what is there.

use super::tokens::Tokens;
use super::{Advice, Mark};
use crate::syntax::token::Tok;

/// A block that is open.
struct Open {
    /// The token that begins it: `if`, `while`, `for`, `function`, `do`, `repeat`.
    head: usize,
    /// The token that its statements are behind: `then`, `do`, or the head itself.
    body: usize,
    /// Column of the first token on the head's line.
    indent: usize,
    /// Its own `else`.
    other: Option<usize>,
    /// An `else` with an `if` right behind it on the same line.
    else_if: Option<usize>,
}

/// Returns how far a token is indented that is the first of its line, in bytes.
fn indent(tokens: &Tokens<'_>, first: usize) -> usize {
    let start = tokens.get(first).start.min(tokens.source().len());
    let before = &tokens.source()[..start];
    before.iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

/// Says which block has no end, where one is missing in front of token `at`.
pub(super) fn explain(tokens: &Tokens<'_>, at: usize, advice: &mut Advice) {
    let (mut open, suspect) = walk(tokens, at);
    let again = matches!(tokens.tok(at), Tok::Else | Tok::ElseIf);
    if let Some(other) = open.last().and_then(|block| block.other).filter(|_| again) {
        let label = "the `if` has its `else` here".to_owned();
        advice.marks.push(Mark { span: tokens.span(other, other), label });
        advice.hint = Some("`else` comes last, behind every `elseif`".to_owned());
        return;
    }
    // The block that indentation says has no end, or else the innermost one.
    let Some(last) = suspect.or_else(|| open.pop()) else { return };
    let outer = open.iter().rev().find_map(|block| block.else_if);
    if let Some(at) = last.else_if.or(outer) {
        let span = tokens.span(at, at + 1);
        advice.marks.push(Mark { span, label: "this `if` needs an `end` of its own".to_owned() });
        advice.hint =
            Some("`else if` begins a second `if` with its own `end`; `elseif` does not".to_owned());
        return;
    }
    let word = String::from_utf8_lossy(tokens.text(last.head)).into_owned();
    let line = tokens.get(last.head).line;
    let close = if word == "repeat" { "until" } else { "end" };
    let span = tokens.span(last.body, last.body);
    advice.marks.push(Mark { span, label: format!("this `{word}` has no `{close}`") });
    advice.hint = Some(format!("the `{word}` on line {line} has no `{close}`"));
}

/// Tells whether the innermost block that is open in front of a token began behind another.
pub(super) fn begun_behind(tokens: &Tokens<'_>, at: usize, open: usize) -> bool {
    walk(tokens, at).0.last().is_some_and(|block| block.head > open)
}

/// Tells whether the block that a token begins is open in front of another.
pub(super) fn is_open(tokens: &Tokens<'_>, at: usize, head: usize) -> bool {
    walk(tokens, at).0.iter().any(|block| block.head == head)
}

/// Returns what begins the innermost block that is open in front of a token.
pub(super) fn innermost(tokens: &Tokens<'_>, at: usize) -> Option<Tok> {
    walk(tokens, at).0.last().map(|block| tokens.tok(block.head))
}

/// Goes through the blocks in front of a token. Returns those that are open there, and the
/// one that an `end` closed which stands further to the left than it: so it is its own that
/// is missing.
fn walk(tokens: &Tokens<'_>, at: usize) -> (Vec<Open>, Option<Open>) {
    let mut open: Vec<Open> = Vec::new();
    let mut suspect = None;
    // A `while` or `for` whose `do` has not come, and how far it is indented.
    let mut waiting: Option<(usize, usize)> = None;
    let (mut first, mut indented) = (0, indent(tokens, 0));
    for index in 0..at {
        if index > 0 && tokens.get(index).line != tokens.get(index - 1).line {
            (first, indented) = (index, indent(tokens, index));
        }
        match tokens.tok(index) {
            Tok::While | Tok::For => waiting = Some((index, indented)),
            Tok::Do => {
                let (head, indent) = waiting.take().unwrap_or((index, indented));
                open.push(Open { head, body: index, indent, other: None, else_if: None });
            }
            Tok::If | Tok::Function | Tok::Repeat => {
                let (head, indent) = (index, indented);
                open.push(Open { head, body: index, indent, other: None, else_if: None });
            }
            Tok::Then => {
                let block = open.last_mut().filter(|block| tokens.tok(block.head) == Tok::If);
                if let Some(block) = block {
                    block.body = index;
                }
            }
            Tok::Else => {
                if let Some(block) = open.last_mut() {
                    block.other = Some(index);
                }
                let same_line = tokens.get(index).line == tokens.get(index + 1).line;
                if let Some(block) = open.last_mut()
                    && tokens.tok(index + 1) == Tok::If
                    && same_line
                {
                    block.else_if = Some(index);
                }
            }
            Tok::End | Tok::Until => {
                let Some(block) = open.pop() else { continue };
                let one_line = tokens.get(block.head).line == tokens.get(index).line;
                let left = first == index && indented < block.indent;
                if suspect.is_none() && !one_line && left {
                    suspect = Some(block);
                }
            }
            _ => {}
        }
    }
    (open, suspect)
}
