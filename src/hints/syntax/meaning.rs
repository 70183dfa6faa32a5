//! Errors that a compiler finds: variables, labels, `break`.

use super::super::reading::Reading;
use super::super::tokens::Tokens;
use super::super::{Advice, Mark};
use crate::base::nearest::nearest;
use crate::syntax::ast::Kind;
use crate::syntax::token::Tok;

/// Tells where such an error is that was found in front of the token at `offset`.
pub(super) fn advise(reading: &Reading<'_>, what: &str, offset: usize) -> Option<Advice> {
    let tokens = &reading.tokens;
    let quoted = |text: &str| text.split('\'').nth(1).unwrap_or_default().as_bytes().to_vec();
    let at = tokens.at(offset);
    if what.starts_with("attempt to assign to const variable") {
        let name = quoted(what);
        let target = (0..at).rev().find(|at| tokens.text(*at) == name)?;
        let declared = (0..target)
            .rev()
            .find(|at| tokens.text(*at) == name && tokens.tok(at + 1) == Tok::Byte(b'<'));
        let hint = declared.map(|at| {
            let (line, attribute) = (tokens.get(at).line, tokens.text(at + 2));
            let attribute = String::from_utf8_lossy(attribute);
            format!("line {line} declares it `<{attribute}>`: it keeps its first value")
        });
        let span = Some(tokens.span(target, target));
        return Some(Advice { span, hint, ..Advice::default() });
    }
    if what.starts_with("unknown attribute") {
        let name = quoted(what);
        let is_it =
            |at: &usize| tokens.text(*at) == name && tokens.text(at.wrapping_sub(1)) == b"<";
        let found = (1..=at).rev().find(is_it)?;
        let hint = Some("the attributes are `<const>` and `<close>`".to_owned());
        let span = Some(tokens.span(found, found));
        return Some(Advice { span, hint, ..Advice::default() });
    }
    if what.starts_with("break outside loop") {
        let line = last_number(what)?;
        let found = token_on(tokens, line, |at| tokens.tok(at) == Tok::Break)?;
        let hint = Some("`break` leaves a loop; a function is left with `return`".to_owned());
        return Some(Advice { span: Some(tokens.span(found, found)), hint, ..Advice::default() });
    }
    if what.starts_with("multiple to-be-closed") {
        let closes = |at: &usize| {
            tokens.tok(*at) == Tok::Byte(b'<')
                && tokens.text(at + 1) == b"close"
                && tokens.tok(at + 2) == Tok::Byte(b'>')
        };
        let found = (0..at).rev().find(closes)?;
        let hint = Some("each `<close>` has a `local` statement of its own".to_owned());
        let span = Some(tokens.span(found, found + 2));
        return Some(Advice { span, hint, ..Advice::default() });
    }
    if what.starts_with("no visible label") {
        let (line, name) = (last_number(what)?, quoted(what));
        let span = goto(tokens, line, &name)?;
        let hint = (name == b"continue" && !has_label(reading, &name))
            .then(|| "put `::continue::` in front of the loop's `end`".to_owned())
            .or_else(|| near_label(reading, &name))
            .or_else(|| {
                let hidden = has_label(reading, &name);
                hidden.then(|| {
                    "`goto` sees the labels of its own block and of those around it, in its own \
                     function"
                        .to_owned()
                })
            });
        return Some(Advice { span: Some(span), hint, ..Advice::default() });
    }
    if let Some(rest) = what.strip_prefix("<goto ") {
        let (name, rest) = rest.split_once("> at line ")?;
        let line = rest.split(' ').next()?.parse().ok()?;
        let span = Some(goto(tokens, line, name.as_bytes())?);
        let local = String::from_utf8_lossy(&quoted(rest)).into_owned();
        let hint = Some(format!(
            "declare `{local}` in front of the `goto`, or put `do` and `end` around what is \
             between it and the label"
        ));
        return Some(Advice { span, hint, ..Advice::default() });
    }
    if what.starts_with("label '") && what.contains("already defined") {
        let (line, name) = (last_number(what)?, quoted(what));
        let is_label = |at: usize| {
            tokens.tok(at) == Tok::DoubleColon
                && tokens.text(at + 1) == name
                && tokens.tok(at + 2) == Tok::DoubleColon
        };
        let second = (0..=at).rev().find(|at| is_label(*at))?;
        let mut advice =
            Advice { span: Some(tokens.span(second, second + 2)), ..Advice::default() };
        if let Some(first) = token_on(tokens, line, is_label) {
            let label = "it is here already".to_owned();
            advice.marks.push(Mark { span: tokens.span(first, first + 2), label });
        }
        return Some(advice);
    }
    None
}

fn last_number(text: &str) -> Option<u32> {
    text.rsplit(' ').next()?.parse().ok()
}

/// Finds the first token on a line that is what is looked for.
fn token_on(tokens: &Tokens<'_>, line: u32, is_it: impl Fn(usize) -> bool) -> Option<usize> {
    (0..tokens.len()).find(|at| tokens.get(*at).line == line && is_it(*at))
}

fn goto(tokens: &Tokens<'_>, line: u32, name: &[u8]) -> Option<super::super::Span> {
    let is_goto = |at: usize| tokens.tok(at) == Tok::Goto && tokens.text(at + 1) == name;
    let found = token_on(tokens, line, is_goto)?;
    Some(tokens.span(found, found + 1))
}

/// Says which label may be meant.
fn near_label(reading: &Reading<'_>, name: &[u8]) -> Option<String> {
    let labels = reading.chunk.nodes.iter().filter_map(|node| match node.kind {
        Kind::Label(label, _) => std::str::from_utf8(reading.name(label)).ok(),
        _ => None,
    });
    let name = std::str::from_utf8(name).ok()?;
    let near = nearest(name, labels.filter(|label| *label != name))?;
    Some(format!("did you mean `goto {near}`?"))
}

fn has_label(reading: &Reading<'_>, name: &[u8]) -> bool {
    let nodes = &reading.chunk.nodes;
    nodes
        .iter()
        .any(|node| matches!(node.kind, Kind::Label(label, _) if reading.name(label) == name))
}
