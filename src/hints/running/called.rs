//! What functions gave: nothing, where something was counted on.

use super::nothing::{returns_nothing, why_nil};
use super::origins::nil_value;
use super::{Failure, Fault, Shape, is_local, say};
use crate::syntax::token::Tok;

/// `s:match(p):upper()`, `tonumber(text) + 1`, `get().x`: a call that has given nil.
pub(super) fn nil_of_call(f: &Failure<'_>) -> Option<String> {
    let none = f.message.ends_with("(value expected)") && matches!(f.fault, Fault::Argument(_));
    let id = if none { f.about } else { nil_value(f) }?;
    let id = f.reading.tree.inside(id);
    let Shape::Call { callee, .. } = *f.shape(id) else { return None };
    let arguments = !f.reading.tree.args(id).is_empty();
    let (module, name, method) = match *f.shape(callee) {
        Shape::Name(_) => (String::new(), f.name(callee)?, false),
        Shape::Field { base, .. } => (f.text(base, "?"), f.field(callee)?.1, false),
        Shape::Method { base, .. } => (f.text(base, "?"), f.field(callee)?.1, true),
        _ => return None,
    };
    // Of `print "a" .. b` something else is to be said.
    let (_, last) = f.reading.tree.exprs[id].tokens;
    if name == "print" && module.is_empty() && f.reading.tokens.tok(last) == Tok::Byte(b')') {
        return say("this call gave nil: `print` returns nothing");
    }
    if let Some(why) = why_nil(f, module.as_bytes(), name.as_bytes(), method, arguments) {
        return Some(format!("this call gave nil: {why}"));
    }
    returns_nothing(f, &f.text(callee, ""))
}

/// Tells whether the script calls the global `yield`, and declares none.
fn yields_to_host(f: &Failure<'_>) -> bool {
    (0..f.reading.tree.exprs.len()).any(|id| {
        let Shape::Call { callee, .. } = *f.shape(id) else { return false };
        f.name(callee).as_deref() == Some("yield")
            && !is_local(f, callee)
            && f.names.globals.contains("yield")
    })
}

/// Coroutines that are used as functions, and functions as coroutines.
pub(super) fn coroutine(f: &Failure<'_>) -> Option<String> {
    let native = f.raised.native.as_deref()?;
    if matches!(native, "error" | "assert") {
        return None;
    }
    let first = f.fault == Fault::Argument(1);
    match native {
        "coroutine.resume" | "coroutine.status"
            if first && f.message.ends_with("got function)") =>
        {
            say("`coroutine.create(f)` makes a coroutine of a function; `coroutine.wrap(f)` is \
                 called instead of resumed")
        }
        "coroutine.create" | "coroutine.wrap" if first => {
            Some(format!("`{native}` takes the function itself, not what it returns"))
        }
        _ if f.message == "attempt to yield from outside a coroutine" => {
            say("only what runs in a coroutine yields: `coroutine.wrap(function() ... end)`")
        }
        _ if f.message == "cannot resume dead coroutine" && yields_to_host(f) => {
            say("`yield` hands values to the host: a coroutine's own is `coroutine.yield(...)`")
        }
        _ if f.message == "cannot resume dead coroutine" => {
            say("its function has come to an end: look at `coroutine.status(co)` of a \
                 `coroutine.create(f)` before")
        }
        _ => None,
    }
}
