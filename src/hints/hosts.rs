//! Calls of host functions that are written in another way than the host says.

use super::names::{Names, Signature};
use super::reading::Reading;
use super::tree::{Id, Shape};

#[cfg(test)]
mod tests;

/// Returns what is wrong with a call of what has this path: of a function of the host's with `:`,
/// or with other arguments than it says.
pub(crate) fn written_wrong(
    reading: &Reading<'_>,
    call: Id,
    (path, is_method): (&str, bool),
    names: &Names,
) -> Option<String> {
    if is_method && names.hosts.contains(path) {
        return Some(format!("functions of a module are called with `.`: write `{path}(...)`"));
    }
    wrong_arguments(reading, call, names.signatures.get(path)?)
}

/// Returns what is wrong with a call of a host function, as far as it is written there: a table
/// where a text is wanted, a text where a function is, too few arguments or too many.
fn wrong_arguments(reading: &Reading<'_>, call: Id, signature: &Signature) -> Option<String> {
    // Who declares no parameters may have declared other things alone.
    if signature.parameters.is_empty() {
        return None;
    }
    let args = reading.tree.args(call);
    let shape = |id: Id| &reading.tree.exprs[reading.tree.inside(id)].shape;
    let parameters = &signature.parameters;
    // What the last one gives may be several values, or none.
    let open =
        args.last().is_some_and(|id| matches!(shape(*id), Shape::Call { .. } | Shape::Vararg));
    let many = parameters.iter().any(|(kind, _)| kind.contains("..."));
    let needed = parameters.iter().filter(|(_, optional)| !optional).count();
    let few = !open && args.len() < needed;
    let wrong = args.iter().zip(parameters).any(|(arg, (kind, optional))| {
        let table =
            !is_union(kind) && (kind.starts_with('{') || kind == "table" || kind.ends_with("[]"));
        let plain = matches!(kind.as_str(), "string" | "integer" | "number" | "boolean");
        match *shape(*arg) {
            Shape::Table => plain || kind == "function",
            Shape::Function => plain || table,
            Shape::Str(_) => table || kind == "function",
            Shape::Nil => !optional && (plain || table || kind == "function"),
            _ => false,
        }
    });
    let told = few || wrong || !many && args.len() > parameters.len();
    told.then(|| format!("it is called as `{}`", signature.text))
}

/// Tells whether a type is one of several: `string | string[]`, but not `(string|number)[]`.
fn is_union(kind: &str) -> bool {
    let mut depth = 0_i32;
    kind.bytes().any(|byte| {
        match byte {
            b'(' | b'{' | b'[' => depth += 1,
            b')' | b'}' | b']' => depth -= 1,
            _ => {}
        }
        byte == b'|' && depth == 0
    })
}
