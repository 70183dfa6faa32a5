//! Calls of host functions that failed since they were written in another way.

use super::super::hosts;
use super::origins::{nil_value, value_set};
use super::{Failure, Id, Shape, is_local};

/// Returns the call of a host function that the error comes from: the one that raised it, that
/// was asserted, or that gave the nil.
fn source(f: &Failure<'_>) -> Option<Id> {
    let is_call = |id: &Id| matches!(f.shape(*id), Shape::Call { .. });
    if let Some(value) = nil_value(f) {
        return Some(f.reading.tree.inside(value)).filter(is_call).or_else(|| value_set(f));
    }
    let call = f.call()?;
    match f.raised.native.as_deref() {
        Some("assert") => f.reading.tree.args(call).first().copied().filter(is_call),
        _ => Some(call),
    }
}

/// `jido:read_file(path)`, `jido.grep{"x"}`
pub(super) fn written_wrong(f: &Failure<'_>) -> Option<String> {
    let call = source(f)?;
    let Shape::Call { callee, .. } = *f.shape(call) else { return None };
    let (base, name) = f.field(callee)?;
    let path = format!("{}.{name}", f.text(base, "?"));
    if is_local(f, base) || !f.names.hosts.contains(&path) {
        return None;
    }
    let is_method = matches!(f.shape(callee), Shape::Method { .. });
    hosts::written_wrong(f.reading, call, (&path, is_method), f.names)
}
