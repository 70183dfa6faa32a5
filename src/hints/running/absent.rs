//! Variables that have no value where they are used, and functions that a table of the script's
//! does not have.

use super::super::names::As;
use super::super::scopes::{Origin, Scopes, Variable};
use super::super::tree::Shape;
use super::own::giver;
use super::{Failure, Fault, Held, Id, Site};
use crate::base::nearest::nearest;
use crate::syntax::token::Tok;

/// Returns the variable that what is nil is, and where it is used.
fn variable(f: &Failure<'_>) -> Option<(Id, Variable, Scopes)> {
    let about = f.about.filter(|_| f.kind == "nil")?;
    f.name(about)?;
    let scopes = Scopes::of(f.reading);
    let variable = scopes.variables.get(*scopes.meaning.get(&about)?)?.clone();
    Some((about, variable, scopes))
}

/// `local f` in front of `local function f`; `local t` that nothing sets; a parameter that was
/// not given.
pub(super) fn never_set(f: &Failure<'_>) -> Option<String> {
    if !matches!(f.fault, Fault::Index | Fault::Call) {
        return None;
    }
    let (about, variable, scopes) = variable(f)?;
    let (x, tokens) = (f.name(about)?, &f.reading.tokens);
    let line = |token: usize| tokens.get(token).line;
    match variable.origin {
        Origin::Local if variable.writes == 0 && variable.value.is_none() && variable.last => {
            // `local a, b = f()` gives the second one a value, too.
            if tokens.tok(variable.token + 1) == Tok::Byte(b'=') {
                return None;
            }
            let first = tokens.tok(variable.token - 1) == Tok::Local;
            let again = scopes.variables.iter().find(|other| {
                other.name == variable.name
                    && other.token > variable.token
                    && matches!(other.origin, Origin::Local | Origin::Function)
            });
            if let Some(again) = again {
                let how = match again.origin {
                    Origin::Function => format!("`function {x}(...)`"),
                    _ => format!("`{x} = ...`"),
                };
                return Some(format!(
                    "the `local` on line {} makes another `{x}`: write {how} there to set this one",
                    line(again.token)
                ));
            }
            let value = if f.fault == Fault::Call { "function() ... end" } else { "{}" };
            let declared = line(variable.token);
            first.then(|| {
                format!("line {declared} gives `{x}` no value: write `local {x} = {value}`")
            })
        }
        Origin::Parameter if f.fault == Fault::Call => {
            Some(format!("`{x}` is nil here: if that may be, write `if {x} then {x}(...) end`"))
        }
        Origin::Parameter if f.fault == Fault::Index && !matches!(f.site, Site::Method(_)) => {
            (x != "self").then(|| {
                format!("`{x}` is nil here: if that may be, write `{x} = {x} or {{}}` before")
            })
        }
        _ => None,
    }
}

/// `local item = list[i]` in front of `item.name`: the part that is nil.
pub(super) fn set_to_part(f: &Failure<'_>) -> Option<String> {
    if !matches!(f.fault, Fault::Index | Fault::Call) {
        return None;
    }
    let (about, variable, _) = variable(f)?;
    let value = variable.alias_of()?;
    let (x, whole) = (f.name(about)?, f.text(value, ""));
    let line = f.reading.tokens.get(variable.token).line;
    let (base, what) = match *f.shape(value) {
        Shape::Field { base, .. } => (base, f.field(value)?.1),
        Shape::Index { base, .. } if matches!(f.local_held(base), Some(Held::String(_))) => {
            let s = f.text(base, "s");
            return Some(format!(
                "line {line} sets `{x}`: `{s}` is a string, and a part of it is \
                 `{s}:sub(first, last)`"
            ));
        }
        Shape::Index { base, key } => {
            let (base, key) = (f.text(base, ""), f.text(key, ""));
            let named = !whole.is_empty() && !base.is_empty() && !key.is_empty();
            return named
                .then(|| format!("line {line} sets `{x}`: `{base}` has nothing at `{key}`"));
        }
        Shape::Vararg => {
            return Some(format!(
                "line {line} sets `{x}` to what is given in `...`: there is none"
            ));
        }
        _ => return None,
    };
    if f.names.is_known_elsewhere(&f.text(base, ""), As::Module) || whole.is_empty() {
        return None;
    }
    let module = f.text(base, "");
    if let Some(hint) = f.names.for_field(&module, &what).filter(|_| !super::is_local(f, base)) {
        return Some(format!("line {line} sets `{x}`: {hint}"));
    }
    let own = super::parts::fields(f);
    if !own.contains(&what)
        && what.chars().count() >= 3
        && let Some(near) = nearest(&what, own.iter().map(String::as_str))
    {
        return Some(format!("line {line} sets `{x}`: did you mean `{module}.{near}`?"));
    }
    Some(format!("line {line} sets `{x}`: `{module}` has no field `{what}`"))
}

/// `local result = pcall(f)` in front of `result.x`: the first value says whether it went well.
pub(super) fn status_of_pcall(f: &Failure<'_>) -> Option<String> {
    let about = f.about.filter(|_| f.fault == Fault::Index && f.kind == "boolean")?;
    let scopes = Scopes::of(f.reading);
    let value = scopes.variables.get(*scopes.meaning.get(&about)?)?.alias_of()?;
    let Shape::Call { callee, .. } = *f.shape(value) else { return None };
    let name = f.name(callee).filter(|name| matches!(name.as_str(), "pcall" | "xpcall"))?;
    let x = f.name(about)?;
    Some(format!("`{name}` gives first whether it went well: `local ok, {x} = {name}(...)`"))
}

/// What functions are called that make objects.
const MAKERS: [&str; 6] = ["new", "create", "make", "init", "open", "build"];

/// What other languages call what is run for a new object.
const RUN: [&str; 5] = ["__init__", "__init", "constructor", "initialize", "init"];

/// `Account.create()` where the script has `Account.new`, or none at all.
pub(super) fn maker(f: &Failure<'_>) -> Option<String> {
    let about = f.about.filter(|_| f.fault == Fault::Call && f.kind == "nil")?;
    let (base, name) = f.field(about)?;
    let class = f.name(base)?;
    if !MAKERS.contains(&name.as_str()) || f.names.fields.contains_key(&class) {
        return None;
    }
    let gives = |one: &str| giver(f, one).is_some() && super::own::has(f, &class, one);
    if let Some(maker) = MAKERS.iter().find(|maker| gives(maker)) {
        return Some(format!("`{class}` has no `{name}`: its objects come from `{class}.{maker}`"));
    }
    let run = RUN.iter().find(|run| gives(run));
    let methods = super::own::gives_any(f, &class);
    let way = format!("`function {class}.{name}(...) return setmetatable({{}}, {class}) end`");
    match run {
        Some(run) => Some(format!(
            "nothing calls `{run}` by itself: objects are made by a function, as {way}"
        )),
        None => methods.then(|| format!("`{class}` has no `{name}`: it is written as {way}")),
    }
}

/// `emit(x)` where `emit` is a function of a table of the script's.
pub(super) fn function_of_table(f: &Failure<'_>) -> Option<String> {
    let name = f.global().filter(|_| f.fault == Fault::Call && f.kind == "nil")?;
    let (table, line) = giver(f, &name)?;
    Some(format!("`{name}` is a function of `{table}` (line {line}): name it with its table"))
}
