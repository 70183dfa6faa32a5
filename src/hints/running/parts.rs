//! Parts of values that are not there, and names that the script itself has for something near.

use super::super::names::table_idiom;
use super::super::scopes::is_target;
use super::origins::{gone_through, nil_value};
use super::{Failure, Fault, Id, Shape, Site, is_local, used};
use crate::base::nearest::nearest;
use crate::syntax::ast::Kind;
use std::collections::BTreeSet;

/// `a.b.c` where `a.b` is nil: which part of it is.
pub(super) fn nil_part(f: &Failure<'_>) -> Option<String> {
    if f.fault != Fault::Index || f.kind != "nil" || matches!(f.site, Site::Set(_)) {
        return None;
    }
    let about = f.about?;
    let whole = f.text(about, "");
    match *f.shape(about) {
        Shape::Field { base, .. } => {
            let (base, (_, name)) = (f.text(base, ""), f.field(about)?);
            let named = !whole.is_empty() && !base.is_empty();
            named.then(|| format!("`{whole}` is nil: `{base}` has no field `{name}`"))
        }
        Shape::Index { base, key } => {
            let (base, key) = (f.text(base, ""), f.text(key, ""));
            let named = !whole.is_empty() && !base.is_empty() && !key.is_empty();
            named.then(|| format!("`{whole}` is nil: `{base}` has nothing at `{key}`"))
        }
        _ => None,
    }
}

/// `item.nmae` where the script has a field `name`.
pub(super) fn near_field(f: &Failure<'_>) -> Option<String> {
    let about = f.about.filter(|_| f.kind == "nil")?;
    let (base, name) = f.field(about)?;
    // What lists have elsewhere is told as that.
    if f.fault == Fault::Call && table_idiom(&name, "t").is_some() {
        return None;
    }
    let own = fields(f);
    if own.contains(&name) || name.chars().count() < 3 {
        return None;
    }
    let near = nearest(&name, own.iter().map(String::as_str))?;
    let sign = if matches!(f.shape(about), Shape::Method { .. }) { ':' } else { '.' };
    Some(format!("did you mean `{}{sign}{near}`?", f.text(base, "t")))
}

/// Returns the names of fields that the script sets.
pub(super) fn fields(f: &Failure<'_>) -> BTreeSet<String> {
    let reading = f.reading;
    let text = |name| String::from_utf8(reading.name(name).to_vec()).ok();
    let items = reading.chunk.nodes.iter().filter_map(|node| match node.kind {
        Kind::ItemNamed(name) => text(name),
        _ => None,
    });
    let targets = (0..reading.tree.exprs.len()).filter_map(|id| match *f.shape(id) {
        Shape::Field { name, .. } if is_target(reading, id) => text(name),
        _ => None,
    });
    items.chain(targets).collect()
}

/// A variable that the script declares.
struct Declared {
    name: String,
    /// The token that its name is.
    at: usize,
    /// The token behind its statement's values: it is there from then on.
    from: usize,
    is_function: bool,
}

/// Returns the variables that the script declares with `local`, in their order.
fn declared(f: &Failure<'_>) -> Vec<Declared> {
    let tokens = &f.reading.tokens;
    let (mut all, mut open) = (Vec::new(), Vec::new());
    for node in &f.reading.chunk.nodes {
        let ahead = tokens.at(node.at as usize);
        let (name, is_function) = match node.kind {
            Kind::LocalName(name, _) => (name, false),
            Kind::LocalFunction(name) => (name, true),
            Kind::LocalEnd { names, .. } => {
                for _ in 0..names {
                    if let Some(one) = open.pop().and_then(|at: usize| all.get_mut(at)) {
                        let one: &mut Declared = one;
                        one.from = ahead;
                    }
                }
                continue;
            }
            _ => continue,
        };
        if !is_function {
            open.push(all.len());
        }
        let name = String::from_utf8_lossy(f.reading.name(name)).into_owned();
        let is_it = |at: &usize| tokens.text(*at) == name.as_bytes();
        let at = (0..ahead).rev().find(is_it).unwrap_or(ahead);
        let from = if is_function { ahead } else { usize::MAX };
        all.push(Declared { name, at, from, is_function });
    }
    all
}

/// Returns the global that is nil: what the error is about, or the argument that a function of
/// the library refused.
fn nil_global(f: &Failure<'_>) -> Option<(Id, String)> {
    let through = gone_through(f).filter(|_| nil_value(f).is_some());
    let about = f.about.or(through)?;
    if let Some(name) = f.global().filter(|_| f.kind.contains("nil")) {
        return Some((about, name));
    }
    let refused = through.is_some()
        || matches!(f.fault, Fault::Argument(_))
            && (f.message.ends_with(", got nil)") || f.message.ends_with(", got no value)"));
    let name = f.name(about).filter(|_| refused || f.message == "table index is nil")?;
    let in_scope = f.locals.iter().any(|(known, _)| *known == name);
    (!in_scope && !is_upvalue(f, about) && !f.names.globals.contains(&name))
        .then_some((about, name))
}

/// Tells whether a name may be that of a variable of a function around: only the message could
/// say.
fn is_upvalue(f: &Failure<'_>, about: Id) -> bool {
    let Some(name) = f.name(about) else { return true };
    let (first, _) = f.reading.tree.exprs[about].tokens;
    let parameter = f.reading.chunk.nodes.iter().any(|node| match node.kind {
        Kind::Param(known) | Kind::ForName(known) | Kind::ForNum(known) => {
            f.reading.name(known) == name.as_bytes()
        }
        _ => false,
    });
    parameter || declared(f).iter().any(|one| one.name == name && one.from <= first)
}

/// `local x` in a block that has ended, and `local function f` below its use.
pub(super) fn out_of_scope(f: &Failure<'_>) -> Option<String> {
    let (about, name) = nil_global(f)?;
    let (first, _) = f.reading.tree.exprs[about].tokens;
    let all = declared(f);
    let same = || all.iter().filter(|one| one.name == name);
    let line = |one: &Declared| f.reading.tokens.get(one.at).line;
    if same().any(|one| one.at < first && one.from > first) {
        return Some(format!(
            "`{name}` is not there yet in its own value: write `local {name}` alone, and then \
             `{name} = ...`"
        ));
    }
    if let Some(before) = same().rfind(|one| one.at < first) {
        let line = line(before);
        return Some(format!(
            "the local `{name}` of line {line} is gone here, with its block: declare it in front \
             of that"
        ));
    }
    let Some(behind) = same().next() else { return made_later(f, &name, first) };
    let (what, line) = (if behind.is_function { "function" } else { "variable" }, line(behind));
    Some(format!("the local {what} `{name}` begins on line {line}: it is to stand above its use"))
}

/// Says where a global function is made that is not there yet.
fn made_later(f: &Failure<'_>, name: &str, first: usize) -> Option<String> {
    let tree = &f.reading.tree;
    let is_made = |id: &Id| {
        let used = f.reading.chunk.nodes.get(tree.exprs[*id].used).map(|node| node.kind);
        used == Some(Kind::FunctionStatEnd) && f.name(*id).as_deref() == Some(name)
    };
    let made = (0..tree.exprs.len()).find(is_made)?;
    let at = tree.exprs[made].tokens.0;
    let line = f.reading.tokens.get(at).line;
    (at > first).then(|| format!("`{name}` is not there before line {line}, which makes it"))
}

/// A global that is nil, where the script has a variable of a name near by, and the library has
/// none that is as near.
pub(super) fn near_variable(f: &Failure<'_>) -> Option<String> {
    let (about, name) = nil_global(f)?;
    if name.chars().count() < 3 || f.names.is_known_elsewhere(&name, used(f)) {
        return None;
    }
    let (first, _) = f.reading.tree.exprs[about].tokens;
    let mut own: Vec<String> = f.locals.iter().map(|(known, _)| known.clone()).collect();
    own.extend(declared(f).into_iter().filter(|one| one.from <= first).map(|one| one.name));
    own.extend((0..f.reading.tree.exprs.len()).filter_map(|id| {
        let is_set = matches!(f.shape(id), Shape::Name(_)) && is_target(f.reading, id);
        if is_set { f.name(id) } else { None }
    }));
    let known = f.names.globals.iter().chain(&own).map(String::as_str);
    let near = nearest(&name, known.filter(|known| *known != name))?;
    own.iter().any(|own| own == near).then(|| format!("did you mean `{near}`?"))
}

/// `jido.find`, where nothing is near that name: what the table has is told elsewhere.
pub(super) fn module_without(f: &Failure<'_>) -> Option<String> {
    let about = f.about.filter(|_| f.kind == "nil")?;
    let (base, name) = f.field(about)?;
    let module = f.text(base, "");
    let fields = f.names.fields.get(&module).filter(|_| !is_local(f, base))?;
    let is_host = f.names.hosts.iter().any(|path| path.starts_with(&format!("{module}.")));
    if fields.contains(&name) {
        return None;
    }
    Some(match is_host && f.names.globals.contains("help") {
        true => format!("`{module}` has no `{name}`: `help()` tells which functions there are"),
        false => format!("`{module}` has no `{name}`"),
    })
}
