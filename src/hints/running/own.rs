//! Functions that the script's own tables have, and that are called in another way.

use super::super::scopes::is_target;
use super::{Failure, Fault, Held, Id, Shape};
use crate::syntax::ast::Kind;
use crate::syntax::token::Tok;
use std::collections::BTreeSet;

/// A field that the script sets.
struct Given {
    id: Id,
    table: Option<String>,
    name: String,
}

/// Returns the fields that the script sets.
fn given(f: &Failure<'_>) -> impl Iterator<Item = Given> {
    let targets = (0..f.reading.tree.exprs.len()).filter(|id| is_target(f.reading, *id));
    targets.filter_map(|id| {
        let (base, name) = f.field(id)?;
        Some(Given { id, table: f.name(base), name })
    })
}

/// Returns the table that the script gives a function of this name, and the line where it does.
pub(super) fn giver(f: &Failure<'_>, name: &str) -> Option<(String, u32)> {
    let tree = &f.reading.tree;
    let gives = |own: &Given| {
        let kind = f.reading.chunk.nodes.get(tree.exprs[own.id].used).map(|node| node.kind);
        own.name == name && kind == Some(Kind::FunctionStatEnd)
    };
    given(f).filter(gives).find_map(|own| {
        let line = f.reading.tokens.get(tree.exprs[own.id].tokens.0).line;
        Some((own.table?, line))
    })
}

/// `queue:push(x)`, where `Queue` has such a function and `queue` is nothing of its.
pub(super) fn class_forgotten(f: &Failure<'_>) -> Option<String> {
    let about = f.about.filter(|_| f.fault == Fault::Call && f.kind == "nil")?;
    let (base, name) = f.field(about)?;
    if !matches!(f.shape(about), Shape::Method { .. }) {
        return None;
    }
    let (class, line) = giver(f, &name)?;
    let object = f.name(base).unwrap_or_else(|| "object".to_owned());
    (object != class).then(|| {
        format!(
            "`{name}` is a function of `{class}` (line {line}): `{object}` has it with \
             `setmetatable({object}, {class})` and `{class}.__index = {class}`"
        )
    })
}

/// `balance + 1` in a method, where `self` has the field.
pub(super) fn field_of_self(f: &Failure<'_>) -> Option<String> {
    let name = f.global().filter(|_| f.kind.contains("nil"))?;
    let has_self = f.locals.iter().any(|(known, _)| known == "self");
    let known = || {
        has(f, "self", &name) || reads(f, "self", &name) || super::parts::fields(f).contains(&name)
    };
    (has_self && known()).then(|| format!("did you mean `self.{name}`?"))
}

/// `Account("ada")`, where objects come from a function of the table.
pub(super) fn table_called(f: &Failure<'_>) -> Option<String> {
    let about = f.about.filter(|_| f.fault == Fault::Call)?;
    // `math.pi()`
    if f.kind == "number" && f.field(about).is_some() {
        let n = f.text(about, "x");
        return Some(format!("`{n}` is a number, and is not called: write it without `()`"));
    }
    // Of a table it is its metamethod that the message tells of.
    let plain = f.name(about).is_some() && f.local_held(about) != Some(Held::Table);
    if matches!(f.kind, "number" | "string" | "boolean") && plain {
        let x = f.text(about, "x");
        return Some(format!("`{x}` is a {}, and is not called", f.kind));
    }
    let t = f.name(about).filter(|_| f.kind == "table")?;
    let maker = ["new", "create", "init"]
        .iter()
        .find(|maker| giver(f, maker).is_some() && has(f, &t, maker));
    Some(match maker {
        Some(maker) => format!("`{t}` is a table: its objects are made with `{t}.{maker}(...)`"),
        None => format!("`{t}` is a table, and is not called: a part of it is `{t}[key]`"),
    })
}

/// Tells whether the script gives a table a field of this name.
pub(super) fn has(f: &Failure<'_>, table: &str, name: &str) -> bool {
    given(f).any(|own| own.name == name && own.table.as_deref() == Some(table))
}

/// Tells whether the script reads a field of this name from a table.
fn reads(f: &Failure<'_>, table: &str, name: &str) -> bool {
    (0..f.reading.tree.exprs.len()).any(|id| {
        let Shape::Field { base, .. } = *f.shape(id) else { return false };
        f.name(base).as_deref() == Some(table) && f.field(id).is_some_and(|(_, own)| own == name)
    })
}

/// Tells whether the script gives a table functions with `function t.name` or `function t:name`.
pub(super) fn gives_any(f: &Failure<'_>, table: &str) -> bool {
    given(f).any(|own| {
        let used = f.reading.tree.exprs[own.id].used;
        let kind = f.reading.chunk.nodes.get(used).map(|node| node.kind);
        own.table.as_deref() == Some(table) && kind == Some(Kind::FunctionStatEnd)
    })
}

/// The method that the error is in: `function Account:deposit(...)`.
struct Method {
    class: String,
    name: String,
    /// The token of its name.
    at: usize,
}

/// Returns the method that the error is in, if its function is one.
fn method(f: &Failure<'_>) -> Option<Method> {
    let (tokens, tree) = (&f.reading.tokens, &f.reading.tree);
    let (first, last) = tree.exprs[f.about?].tokens;
    let around = tree.exprs.iter().filter(|expr| expr.shape == Shape::Function);
    let around = around.filter(|expr| expr.tokens.0 < first && last < expr.tokens.1);
    let at = around.map(|expr| expr.tokens.0).max()?;
    let name = (at + 1..at + 12).find(|at| tokens.tok(*at) == Tok::Byte(b':'))? + 1;
    let path = (at + 1..name).step_by(2).all(|at| matches!(tokens.tok(at), Tok::Name(_)));
    let text = |at: usize| String::from_utf8_lossy(tokens.text(at)).into_owned();
    (path && tokens.tok(name + 1) == Tok::Byte(b'(')).then(|| Method {
        class: text(name - 2),
        name: text(name),
        at: name,
    })
}

/// `a.deposit(50)`, where `deposit` is a method; `function Account:deposit(self, amount)`. What
/// is nil is one of its parameters, or a part of its `self`.
pub(super) fn arguments_moved(f: &Failure<'_>) -> Option<String> {
    let about = f.about.filter(|_| f.kind.contains("nil"))?;
    let Method { class, name, at } = method(f)?;
    let tokens = &f.reading.tokens;
    if tokens.text(at + 2) == b"self" {
        return Some(format!(
            "`{class}:{name}` has its `self` without being told: leave it out of the parameters"
        ));
    }
    let of_self = f.field(about).is_some_and(|(base, _)| f.name(base).as_deref() == Some("self"));
    let parameter = || {
        let close = (at..tokens.len()).find(|at| tokens.tok(*at) == Tok::Byte(b')'))?;
        let name = f.name(about)?;
        Some((at + 2..close).any(|at| tokens.text(at) == name.as_bytes()))
    };
    if !of_self && parameter() != Some(true) {
        return None;
    }
    // `Savings.add(self, x)` hands one over, and `string.format(x)` is another function.
    let tables: BTreeSet<String> = given(f).filter_map(|own| own.table).collect();
    let is_table = |name: &[u8]| {
        let is = |known: &String| known.as_bytes() == name;
        f.names.globals.iter().any(is)
            || std::str::from_utf8(name).is_ok_and(|name| tables.contains(name))
    };
    let dotted = |call: &usize| {
        tokens.tok(*call) == Tok::Byte(b'.')
            && tokens.text(call + 1) == name.as_bytes()
            && tokens.tok(call + 2) == Tok::Byte(b'(')
            && matches!(tokens.tok(call - 1), Tok::Name(_))
            && tokens.text(call - 1) != class.as_bytes()
            && tokens.text(call + 3) != b"self"
            && !is_table(tokens.text(call - 1))
    };
    let call = (1..tokens.len()).find(dotted)?;
    let (object, line) = (String::from_utf8_lossy(tokens.text(call - 1)), tokens.get(call).line);
    Some(format!(
        "`{object}.{name}(...)` on line {line} gives no `self`: write `{object}:{name}(...)`"
    ))
}
