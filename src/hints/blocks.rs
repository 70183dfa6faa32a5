//! Which block has no end: by the indentation of what is there.

use super::around::{bracket, is_parameter_list_end, line_start};
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
    // A string that began on another line says nothing.
    if tokens.text(first).contains(&b'\n') {
        return 0;
    }
    let start = tokens.get(first).start.min(tokens.source().len());
    let before = &tokens.source()[..start];
    before.iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

/// Says which block has no end, where one is missing in front of token `at`.
pub(super) fn explain(tokens: &Tokens<'_>, at: usize, advice: &mut Advice) {
    let Blocks { mut open, suspect, .. } = walk(tokens, at);
    // An `else` to the left of the block is that of another.
    let outer = |block: &Open| line_start(tokens, at) == at && indent(tokens, at) < block.indent;
    let again =
        matches!(tokens.tok(at), Tok::Else | Tok::ElseIf) && !open.last().is_some_and(outer);
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
    // `function f() do`
    let ends = (last.head..at).find(|at| is_parameter_list_end(tokens, *at));
    let begun = ends.map(|close| close + 1).filter(|at| tokens.tok(*at) == Tok::Do);
    if let Some(begun) = begun.filter(|begun| {
        let line = |at: usize| tokens.get(at).line;
        tokens.tok(last.head) == Tok::Function && line(*begun) == line(last.head)
    }) {
        let label = "this `do` begins a block of its own".to_owned();
        advice.marks.push(Mark { span: tokens.span(begun, begun), label });
        advice.hint = Some("a function's head has no `do`".to_owned());
        return;
    }
    let word = String::from_utf8_lossy(tokens.text(last.head)).into_owned();
    let line = tokens.get(last.head).line;
    let close = if word == "repeat" { "until" } else { "end" };
    let span = tokens.span(last.body, last.body);
    advice.marks.push(Mark { span, label: format!("this `{word}` has no `{close}`") });
    // `{f = function() return 1}` has a brace to close.
    let closes = bracket(tokens, at).is_some_and(|open| tokens.tok(open) == Tok::Byte(b'{'));
    let brace = tokens.tok(at) == Tok::Byte(b'}') && !closes;
    advice.hint = Some(match brace {
        true => {
            format!("Lua's blocks have no braces: the `{word}` on line {line} ends with `{close}`")
        }
        false => format!("the `{word}` on line {line} has no `{close}`"),
    });
}

/// Tells whether the innermost block that is open in front of a token began behind another.
pub(super) fn begun_behind(tokens: &Tokens<'_>, at: usize, open: usize) -> bool {
    walk(tokens, at).open.last().is_some_and(|block| block.head > open)
}

/// Tells whether indentation says that a block in front of a token has no end: an `end` stands
/// further to the left than what it closes, or the token begins a line that is no part of the
/// innermost block, nor further right than it and less than the line before, or than the only
/// line of a block with a `return`.
pub(super) fn is_unclosed(tokens: &Tokens<'_>, at: usize) -> bool {
    let Blocks { open, suspect, .. } = walk(tokens, at);
    let (Some(last), Some(before)) = (open.last(), at.checked_sub(1)) else { return false };
    let (first, first_before) = (line_start(tokens, at), line_start(tokens, before));
    let own = indent(tokens, at);
    let left = first == at && own <= last.indent && own < indent(tokens, first_before);
    let line = |at: usize| tokens.get(at).line;
    // `f = function(x) return x`, and the next statement.
    let returns = (last.head..at).any(|at| tokens.tok(at) == Tok::Return)
        && first == at
        && own <= last.indent
        && line(last.head) == line(before);
    suspect.is_some() || returns || left && line(last.head) < line(before)
}

/// Returns the tokens that begin the blocks which are open in front of another.
pub(super) fn heads(tokens: &Tokens<'_>, at: usize) -> Vec<usize> {
    walk(tokens, at).open.iter().map(|block| block.head).collect()
}

/// Tells whether a `repeat` is open in front of a token.
pub(super) fn has_repeat(tokens: &Tokens<'_>, at: usize) -> bool {
    walk(tokens, at).open.iter().any(|block| tokens.tok(block.head) == Tok::Repeat)
}

/// Returns what begins the innermost block that is open in front of a token.
pub(super) fn innermost(tokens: &Tokens<'_>, at: usize) -> Option<Tok> {
    walk(tokens, at).open.last().map(|block| tokens.tok(block.head))
}

/// Tells whether an `end` in front of a token stands further to the right than what it closes.
pub(super) fn has_excess(tokens: &Tokens<'_>, at: usize) -> bool {
    walk(tokens, at).excess.is_some()
}

/// Says which `end` may be one too many, where the one at a token closes nothing.
pub(super) fn explain_excess(tokens: &Tokens<'_>, at: usize, advice: &mut Advice) {
    let Some((end, head)) = walk(tokens, at).excess else { return };
    let word = String::from_utf8_lossy(tokens.text(head)).into_owned();
    let (line, of) = (tokens.get(end).line, tokens.get(head).line);
    let label = format!("this `end` closes the `{word}` on line {of}");
    advice.marks.push(Mark { span: tokens.span(end, end), label });
    advice.hint = Some(format!(
        "the `end` on line {line} may be one too many, or what it is to close has no beginning"
    ));
}

/// What is known of the blocks in front of a token.
struct Blocks {
    /// Those that are open there.
    open: Vec<Open>,
    /// The one that an `end` closed which stands further to the left than it: so it is its own
    /// that is missing.
    suspect: Option<Open>,
    /// The first `end` that stands further to the right than what it closes, and that.
    excess: Option<(usize, usize)>,
}

/// Goes through the blocks in front of a token.
fn walk(tokens: &Tokens<'_>, at: usize) -> Blocks {
    let mut open: Vec<Open> = Vec::new();
    let (mut suspect, mut excess) = (None, None);
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
                // The first one: those of `elseif` are not where the block begins.
                let begun = |block: &&mut Open| {
                    tokens.tok(block.head) == Tok::If && block.body == block.head
                };
                if let Some(block) = open.last_mut().filter(begun) {
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
                if excess.is_none() && !one_line && first == index && indented > block.indent {
                    excess = Some((index, block.head));
                }
                if suspect.is_none() && !one_line && left {
                    suspect = Some(block);
                }
            }
            _ => {}
        }
    }
    Blocks { open, suspect, excess }
}
