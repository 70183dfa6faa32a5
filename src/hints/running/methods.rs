//! Methods that are not there, and functions that are called as methods or not.

use super::super::names::{string_idiom, table_idiom};
use super::{Failure, Fault, Held, Id, Shape, Site, is_local};

/// Tells whether an expression is a global with the functions of a module.
fn is_module(f: &Failure<'_>, base: Id) -> bool {
    !is_local(f, base) && f.names.fields.contains_key(&f.text(base, "t"))
}

/// Tells whether `base.name` is meant as a method of a list: if `base` is known to be a table,
/// or if lists alone have such a method.
fn is_list(f: &Failure<'_>, base: Id, name: &str) -> bool {
    if let Some(held) = f.local_held(base) {
        return held == Held::Table;
    }
    let own = f.names.fields.get("table").is_some_and(|fields| fields.contains(name));
    let list = own || name == "append" || string_idiom(name, "s").is_none();
    list && !is_module(f, base) && !matches!(*f.shape(f.reading.tree.inside(base)), Shape::Str(_))
}

pub(super) fn string_method(f: &Failure<'_>) -> Option<String> {
    if f.fault != Fault::Call || f.kind != "nil" {
        return None;
    }
    let about = f.about?;
    let (base, name) = f.field(about)?;
    let literal = matches!(*f.shape(f.reading.tree.inside(base)), Shape::Str(_));
    let string = match f.shape(about) {
        // The object is in the register behind the function's.
        Shape::Method { .. } => matches!(f.held(f.instr.a.saturating_add(1)), Held::String(_)),
        _ if literal => true,
        _ => match f.local_held(base) {
            Some(held) => matches!(held, Held::String(_)),
            // Of what else it may be nothing is known but that it is no module.
            None => {
                let own = f.names.fields.get("table").is_some_and(|known| known.contains(&name));
                !is_module(f, base)
                    && !own
                    && string_idiom(&name, "s").is_some()
                    && table_idiom(&name, "t").is_none()
            }
        },
    };
    if !string {
        return None;
    }
    let object = if literal { "s".to_owned() } else { f.text(base, "s") };
    f.names.for_string_method(&name, &object).or_else(|| {
        let method = matches!(f.shape(about), Shape::Method { .. });
        method.then(|| format!("strings have no method `{name}`: theirs are those of `string`"))
    })
}

pub(super) fn table_method(f: &Failure<'_>) -> Option<String> {
    if f.fault != Fault::Call || f.kind != "nil" {
        return None;
    }
    let about = f.about?;
    let (base, name) = f.field(about)?;
    let t = f.text(base, "t");
    let table = match *f.shape(about) {
        Shape::Method { .. } => f.held(f.instr.a.saturating_add(1)) == Held::Table,
        _ => is_list(f, base, &name),
    };
    if !table {
        return None;
    }
    if f.names.fields.contains_key(&t) && !is_local(f, base) {
        return f.names.for_field(&t, &name);
    }
    if f.names.fields.get("table").is_some_and(|fields| fields.contains(&name)) {
        let call = f.call()?;
        let rest = if f.reading.tree.args(call).is_empty() { "" } else { ", ..." };
        return Some(format!(
            "tables have no methods of their own: write `table.{name}({t}{rest})`"
        ));
    }
    let of_strings = f.names.fields.get("string").is_some_and(|fields| fields.contains(&name));
    table_idiom(&name, &t).or_else(|| {
        let method = of_strings && matches!(f.shape(about), Shape::Method { .. });
        method.then(|| format!("`{name}` is a method of strings, and `{t}` is a table here"))
    })
}

/// `n:floor()`, `n.toFixed(2)`
pub(super) fn number_method(f: &Failure<'_>) -> Option<String> {
    let (Site::Get(id) | Site::Method(id)) = f.site else { return None };
    let (base, name) = f.field(id)?;
    let parent = f.reading.tree.exprs[id].parent.map(|parent| f.shape(parent));
    let called = matches!(parent, Some(Shape::Call { callee, .. }) if *callee == id);
    if f.fault != Fault::Index || f.kind != "number" || f.about != Some(base) || !called {
        return None;
    }
    let n = f.text(base, "n");
    match name.as_str() {
        "toString" | "tostring" | "to_s" => Some(format!("write `tostring({n})`")),
        "toFixed" => Some(format!("write `string.format(\"%.2f\", {n})`")),
        _ if f.names.fields.get("math").is_some_and(|fields| fields.contains(&name)) => {
            Some(format!("numbers have no methods: write `math.{name}({n})`"))
        }
        _ => None,
    }
}

/// `s.upper()` calls `string.upper` without a string.
pub(super) fn called_with_dot(f: &Failure<'_>) -> Option<String> {
    let native = f.raised.native.as_deref()?.strip_prefix("string.")?;
    let call = f.call()?;
    let Shape::Call { callee, .. } = *f.shape(call) else { return None };
    let Shape::Field { base, name } = *f.shape(callee) else { return None };
    let literal = matches!(*f.shape(f.reading.tree.inside(base)), Shape::Str(_));
    let string = literal
        || match f.local_held(base) {
            Some(held) => matches!(held, Held::String(_)),
            None => !is_module(f, base) && f.message.ends_with("got no value)"),
        };
    let argument = matches!(f.fault, Fault::Argument(_));
    if f.reading.name(name) != native.as_bytes() || !string || !argument {
        return None;
    }
    let (object, arguments) =
        (f.text(base, "s"), if f.reading.tree.args(call).is_empty() { "" } else { "..." });
    Some(format!("methods are called with `:`: write `{object}:{native}({arguments})`"))
}

/// `string:upper(s)` gives the module as the first argument.
pub(super) fn called_with_colon(f: &Failure<'_>) -> Option<String> {
    let native = f.raised.native.as_deref()?;
    let Shape::Call { callee, .. } = *f.shape(f.call()?) else { return None };
    let Shape::Method { base, .. } = *f.shape(callee) else { return None };
    let module = f.name(base).filter(|_| is_module(f, base))?;
    if native.strip_prefix(&module).is_some_and(|rest| rest.starts_with('.')) {
        return Some(format!("functions of a module are called with `.`: write `{native}(...)`"));
    }
    None
}
