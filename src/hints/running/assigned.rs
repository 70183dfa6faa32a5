//! Assignments: to parts of what is not there yet, to what does not change, and of sums that
//! have no beginning.

use super::{Failure, Fault, Held, Id, Shape, Site};
use crate::syntax::token::Tok;

/// Tells whether what is set in an expression can be read from it again: that is not so of what
/// a call or a constructor gives, nor of a part of a string.
fn is_kept(f: &Failure<'_>, part: Id) -> bool {
    let mut at = part;
    loop {
        at = match *f.shape(at) {
            Shape::Field { base, .. } | Shape::Index { base, .. } => base,
            Shape::Name(_) => return !matches!(f.local_held(at), Some(Held::String(_))),
            _ => return false,
        };
    }
}

/// `t.a.b = 1`, where `t.a` is not made yet.
pub(super) fn part_of_nothing(f: &Failure<'_>) -> Option<String> {
    let about = f.about?;
    let part = matches!(*f.shape(about), Shape::Field { .. } | Shape::Index { .. });
    if !matches!(f.site, Site::Set(_)) || f.fault != Fault::Index || f.kind != "nil" || !part {
        return None;
    }
    let t = f.text(about, "t");
    if let Some((base, _)) = f.field(about).filter(|(_, name)| name == "prototype") {
        let class = f.text(base, "t");
        return Some(format!("Lua has no `prototype`: a method is `function {class}:name(...)`"));
    }
    if t == "t" || !is_kept(f, about) {
        return None;
    }
    Some(format!("`{t}` is nil here: write `{t} = {t} or {{}}` before"))
}

/// `table.insert(t.list, x)`, where `t.list` is not made yet.
pub(super) fn list_of_nothing(f: &Failure<'_>) -> Option<String> {
    let insert = f.raised.native.as_deref() == Some("table.insert");
    if !insert || f.fault != Fault::Argument(1) || !f.message.ends_with(", got nil)") {
        return None;
    }
    let about = f.about?;
    let t = f.text(about, "t");
    match *f.shape(about) {
        Shape::Name(_) => Some(format!("`{t}` is nil here: write `{t} = {{}}` before")),
        Shape::Field { .. } | Shape::Index { .. } if t != "t" && is_kept(f, about) => {
            Some(format!("`{t}` is nil here: write `{t} = {t} or {{}}` before"))
        }
        _ => None,
    }
}

/// Tells whether an expression is the value of an assignment to what is in front of its own
/// operator: `t.n = t.n + 1`.
fn is_set_to(f: &Failure<'_>, whole: Id, part: Id) -> bool {
    let (tokens, exprs) = (&f.reading.tokens, &f.reading.tree.exprs);
    let ((first, _), (from, to)) = (exprs[whole].tokens, exprs[part].tokens);
    let length = to + 1 - from;
    let Some(target) = first.checked_sub(length + 1) else { return false };
    let same = (0..length).all(|at| tokens.text(target + at) == tokens.text(from + at));
    from == first && tokens.tok(first - 1) == Tok::Byte(b'=') && same
}

/// `n = n + 1`, `s = s .. x`, where there is none yet.
pub(super) fn sum_of_nothing(f: &Failure<'_>) -> Option<String> {
    let (whole, start, operator) = match (&f.site, f.fault) {
        (Site::Operation(id), Fault::Arithmetic) => (*id, "0", ""),
        (Site::Concat { whole, .. }, Fault::Concat) => (*whole, "\"\"", ".. "),
        _ => return None,
    };
    let part = f.about.filter(|_| f.kind == "nil")?;
    let x = f.text(part, "");
    if x.is_empty() || !is_set_to(f, whole, part) {
        return None;
    }
    let operator = match *f.shape(whole) {
        Shape::Binary(..) if operator.is_empty() => {
            let (_, last) = f.reading.tree.exprs[part].tokens;
            format!("{} ", String::from_utf8_lossy(f.reading.tokens.text(last + 1)))
        }
        _ => operator.to_owned(),
    };
    match *f.shape(part) {
        Shape::Name(_) => {
            Some(format!("`{x}` is nil here: it needs a first value, `{x} = {start}`"))
        }
        Shape::Field { .. } | Shape::Index { .. } if is_kept(f, part) => {
            Some(format!("`{x}` is nil here: write `{x} = ({x} or {start}) {operator}...`"))
        }
        _ => None,
    }
}

/// `s[1] = "x"` on a string.
pub(super) fn string_changed(f: &Failure<'_>) -> Option<String> {
    let Site::Set(id) = f.site else { return None };
    let index = matches!(*f.shape(id), Shape::Index { .. });
    if f.fault != Fault::Index || f.kind != "string" || !index {
        return None;
    }
    let s = f.text(f.about?, "s");
    Some(format!("strings do not change: `{s}:sub(1, i - 1) .. x .. {s}:sub(i + 1)` is a new one"))
}
