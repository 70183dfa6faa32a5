//! Loops: what they go through, and where they begin.

use super::origins::{gone_through, nil_value};
use super::{Failure, Fault, Held, Id, Shape, Site, say};
use crate::syntax::ast::{Kind, UnOp};

/// `ipairs(t.x)` and `pairs(t.x)` fail in their iterators.
pub(super) fn ipairs_of_nil(f: &Failure<'_>) -> Option<String> {
    let list = gone_through(f).filter(|id| *f.shape(*id) != Shape::Nil)?;
    let pairs = f.message.starts_with("bad argument #1 to 'for iterator'");
    let of = if pairs { "pairs" } else { "ipairs" };
    if f.message != "attempt to index a nil value" && !(pairs && f.message.ends_with("got nil)")) {
        return None;
    }
    let t = f.text(list, "t");
    Some(format!("`{t}` is nil here: if that may be, write `{of}({t} or {{}})`"))
}

/// `pairs(text)`
pub(super) fn pairs_of_text(f: &Failure<'_>) -> Option<String> {
    let list = gone_through(f)?;
    let text = f.message.starts_with("bad argument #1 to 'for iterator'")
        && f.message.ends_with(", got string)");
    let s = f.text(list, "s");
    text.then(|| format!("`{s}` is a string: `({s}):gmatch(\".\")` goes through its bytes"))
}

/// Tells whether an expression is a call of `s:match` or `s:find`.
fn is_match(f: &Failure<'_>, id: Option<Id>) -> bool {
    let callee = id.and_then(|id| match *f.shape(id) {
        Shape::Call { callee, .. } => Some(callee),
        _ => None,
    });
    let named = |(_, name): (Id, String)| matches!(name.as_str(), "match" | "find");
    callee.and_then(|callee| f.field(callee)).is_some_and(named)
}

pub(super) fn iterator(f: &Failure<'_>) -> Option<String> {
    let Site::ForIn(values) = &f.site else { return None };
    if f.fault != Fault::Call {
        return None;
    }
    let t = values.first().map_or("t".to_owned(), |id| f.text(*id, "t"));
    match f.kind {
        "table" => Some(format!(
            "`for` needs an iterator: `ipairs({t})` goes through a list, `pairs({t})` through a table"
        )),
        "string" if is_match(f, values.first().copied()) => {
            say("`gmatch` goes through all that is found: `for part in s:gmatch(pattern) do`")
        }
        "string" => {
            Some(format!("`for` needs an iterator: `({t}):gmatch(\".\")` goes through its bytes"))
        }
        "number" => match values.get(1) {
            Some(last) => {
                Some(format!("a loop over numbers is `for i = {t}, {} do`", f.text(*last, "n")))
            }
            None => Some(format!("a loop over numbers is `for i = 1, {t} do`")),
        },
        "nil" => {
            let name = matches!(*f.shape(*values.first()?), Shape::Name(_) | Shape::Field { .. });
            name.then(|| format!("`for` needs an iterator, and `{t}` is nil here"))
        }
        _ => None,
    }
}

/// `for i = 1, list do`
pub(super) fn for_value(f: &Failure<'_>) -> Option<String> {
    let Fault::ForValue(_) = f.fault else { return None };
    let t = f.text(f.about?, "t");
    match f.message {
        text if text.ends_with(", got table)") => Some(format!("the length of a list is `#{t}`")),
        text if text.ends_with(", got nil)") && *f.shape(f.about?) != Shape::Nil => {
            // A step of 0 is an error.
            let first = if text.contains("'for' step") { 1 } else { 0 };
            Some(format!("`{t}` is nil here: if that may be, write `({t} or {first})`"))
        }
        text if text.ends_with(", got string)") && !matches!(*f.shape(f.about?), Shape::Str(_)) => {
            Some(format!("a loop counts with numbers: write `tonumber({t})`"))
        }
        _ => None,
    }
}

/// `t[0]`, and `t[i]` in a loop from 0.
pub(super) fn first_item(f: &Failure<'_>) -> Option<String> {
    const FIRST: &str = "lists in Lua begin at 1: `t[1]` is the first item";
    let about = nil_value(f)?;
    let Shape::Index { base, key } = *f.shape(about) else { return None };
    if matches!(f.local_held(base), Some(Held::String(_))) {
        let s = f.text(base, "s");
        return Some(format!("`{s}` is a string: a part of it is `{s}:sub(first, last)`"));
    }
    match *f.shape(key) {
        Shape::Integer(0) => say(FIRST),
        Shape::Unary(UnOp::Minus, inner) if *f.shape(inner) == Shape::Integer(1) => {
            say("Lua does not count from the end: the last item is `t[#t]`")
        }
        Shape::Name(name) => {
            let made = f.reading.tree.exprs[key].made;
            let nodes = &f.reading.chunk.nodes;
            let head = (0..made).rev().find(|at| nodes[*at].kind == Kind::ForNum(name))?;
            let start = nodes.get(head + 1)?.kind;
            let body = (head..made).any(|at| matches!(nodes[at].kind, Kind::ForNumDo { .. }));
            if start == Kind::Integer(0) && body { say(FIRST) } else { None }
        }
        _ => None,
    }
}
