//! Values nested so deep that nothing may walk through them by recursion.
//!
//! What is somewhat deeper than [`MAX_DEPTH`] is refused where it is converted. What a host has
//! nested a hundred thousand deep would overflow the stack before, where it is measured, shown
//! to a policy or dropped.

use super::{HostValue, MAX_DEPTH};
use crate::session::host_error::HostError;

/// How deep a walk through a value may go: a small part of any stack.
const WALKED: usize = 8 * MAX_DEPTH;

/// Returns the values, unless one is nested too deep: it is taken apart then.
///
/// # Errors
/// When one is.
pub(in crate::session) fn walkable(values: Vec<HostValue>) -> Result<Vec<HostValue>, HostError> {
    if values.iter().any(|value| is_deeper(value, WALKED)) {
        take_apart(values);
        return Err(HostError::new("the host's result is nested too deeply"));
    }
    Ok(values)
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
