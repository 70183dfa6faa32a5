//! Values nested so deep that nothing may walk through them by recursion.
//!
//! What is somewhat deeper than [`MAX_DEPTH`] is refused where it is converted. What a host has
//! nested a hundred thousand deep would overflow the stack before, where it is measured, shown
//! to a policy or dropped.

use super::{HostValue, MAX_DEPTH};

/// How deep a walk through a value may go: a small part of any stack.
pub(in crate::session) const WALKED: usize = 8 * MAX_DEPTH;

/// What becomes of such values.
pub(in crate::session) const TOO_DEEP: &str = "the host's result is nested too deeply";

/// Returns the values, unless one is nested too deep: it is taken apart then.
pub(in crate::session) fn walkable(values: Vec<HostValue>) -> Option<Vec<HostValue>> {
    if walkable_all(&values) {
        return Some(values);
    }
    take_apart(values);
    None
}

/// As [`walkable`] for one value: nothing, if it is nested too deep.
pub(in crate::session) fn walkable_one(value: HostValue) -> Option<HostValue> {
    if is_deeper(&value, WALKED) {
        take_apart(vec![value]);
        return None;
    }
    Some(value)
}

/// Takes values that are nested too deep apart, and returns one in their place that just is:
/// what waits to be refused, and may be saved and shown before.
pub(in crate::session) fn cut_off(values: Vec<HostValue>) -> Vec<HostValue> {
    if walkable_all(&values) {
        return values;
    }
    take_apart(values);
    let nested = (0..=WALKED).fold(HostValue::Nil, |inner, _| HostValue::Array(vec![inner]));
    vec![nested]
}

fn walkable_all(values: &[HostValue]) -> bool {
    !values.iter().any(|value| is_deeper(value, WALKED))
}

fn is_deeper(value: &HostValue, left: usize) -> bool {
    match value {
        HostValue::Array(items) => left == 0 || items.iter().any(|item| is_deeper(item, left - 1)),
        HostValue::Object(fields) => {
            left == 0 || fields.iter().any(|(_, value)| is_deeper(value, left - 1))
        }
        _ => false,
    }
}

/// Drops values without recursion.
fn take_apart(mut left: Vec<HostValue>) {
    while let Some(value) = left.pop() {
        match value {
            HostValue::Array(items) => left.extend(items),
            HostValue::Object(fields) => left.extend(fields.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
}
