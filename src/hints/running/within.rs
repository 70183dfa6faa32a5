//! Errors that a coroutine has passed on: what failed in it is looked for on the line that its
//! message names, since where its functions stood is gone with it.

use super::super::names::Names;
use super::super::reading::Reading;
use super::super::tree::{Id, Shape};
use super::super::{Advice, Mark};
use super::{Failure, Fault, Raised, Site, of_message};
use crate::bytecode::op::{Instr, Op};
use crate::syntax::ast::BinOp;

/// Adds to the advice of a call of what `coroutine.wrap` gave where it failed inside, and what
/// may have been meant.
pub(super) fn add(
    reading: &Reading<'_>,
    raised: &Raised,
    message: &str,
    names: &Names,
    advice: &mut Advice,
) {
    let chunk = String::from_utf8_lossy(&raised.chunk).into_owned();
    let Some((line, text)) = innermost(message, &chunk) else { return };
    let (fault, kind) = of_message(text);
    let Some((site, about)) = found(reading, line, fault, text) else { return };
    let span = reading.tree.span(&reading.tokens, about);
    if advice.span.is_none_or(|own| own.end <= span.start || span.end <= own.start) {
        advice.marks.push(Mark { span, label: "it failed here".to_owned() });
    }
    let inside = Raised { line: Some(line), native: None, held: Vec::new(), ..raised.clone() };
    let instr = Instr::new(Op::Move, 0, 0, 0, 0);
    let locals = Vec::new();
    let about = Some(about);
    let failure = Failure {
        reading,
        names,
        raised: &inside,
        message: text,
        fault,
        kind,
        site,
        instr,
        locals,
        about,
    };
    advice.hint = super::HINTS.iter().find_map(|rule| rule(&failure));
}

/// Returns the line of the last place in front of a message, and what is behind it.
fn innermost<'m>(message: &'m str, chunk: &str) -> Option<(u32, &'m str)> {
    let mut last = None;
    let mut rest = message;
    while let Some(behind) = rest.strip_prefix(chunk).and_then(|rest| rest.strip_prefix(':')) {
        let (line, text) = behind.split_once(": ")?;
        last = Some((line.parse().ok()?, text));
        rest = text;
    }
    last
}

/// Returns the only expression of a line that a message is about, and what was done with it.
fn found(reading: &Reading<'_>, line: u32, fault: Fault, text: &str) -> Option<(Site, Id)> {
    let name = text.strip_suffix("')")?.rsplit_once(" '")?.1;
    let tree = &reading.tree;
    let named = |id: Id| match tree.exprs[id].shape {
        Shape::Name(known) => reading.name(known) == name.as_bytes() && !text.contains("(field '"),
        Shape::Field { name: known, .. } => {
            reading.name(known) == name.as_bytes() && text.contains("(field '")
        }
        Shape::Method { name: known, .. } => {
            reading.name(known) == name.as_bytes() && text.contains("(method '")
        }
        _ => false,
    };
    let here = |id: &Id| reading.tokens.get(tree.exprs[*id].tokens.1).line == line;
    let used = |id: Id| {
        let parent = tree.exprs[id].parent?;
        match (fault, &tree.exprs[parent].shape) {
            (Fault::Call, Shape::Call { callee, .. }) if *callee == id => Some(Site::Call(parent)),
            (Fault::Index, Shape::Field { base, .. } | Shape::Index { base, .. })
                if *base == id =>
            {
                Some(Site::Get(parent))
            }
            (Fault::Index, Shape::Method { base, .. }) if *base == id => Some(Site::Method(parent)),
            (Fault::Concat, Shape::Binary(BinOp::Concat, left, right)) => {
                Some(Site::Concat { operands: vec![*left, *right], whole: parent })
            }
            (Fault::Arithmetic | Fault::Length, Shape::Binary(..) | Shape::Unary(..)) => {
                Some(Site::Operation(parent))
            }
            _ => None,
        }
    };
    let all = (0..tree.exprs.len()).filter(here).filter(|id| named(*id));
    let mut all = all.filter_map(|id| Some((used(id)?, id)));
    let (only, None) = (all.next()?, all.next()) else { return None };
    Some(only)
}
