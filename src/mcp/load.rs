//! What the calls under way have brought. Each message has a size, and a client can have any
//! number of calls wait: for a session, for the extensions, for a thread.

use rmcp::model::JsonObject;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[cfg(test)]
mod tests;

/// The most bytes of all of them; one alone may be as large as a message can.
const MOST: usize = 128 << 20;

/// What a call takes beside what it brings.
const CALL: usize = 16 << 10;

/// What a field of an object takes beside its name and its value.
const FIELD: usize = 64;

/// What all calls have brought.
#[derive(Clone, Debug, Default)]
pub(super) struct Load(Arc<AtomicUsize>);

/// A call's part of it, until this is dropped.
#[derive(Debug)]
pub(super) struct Share {
    of: Load,
    bytes: usize,
}

impl Load {
    /// Takes what a call has brought; nothing, if that is too much beside the others.
    pub(super) fn take(
        &self,
        arguments: Option<&JsonObject>,
        state: Option<&str>,
    ) -> Option<Share> {
        let state = state.map_or(0, str::len);
        let bytes = CALL + state + arguments.map_or(0, of_fields);
        let before = self.0.fetch_add(bytes, Ordering::Relaxed);
        // What is dropped right away is given back.
        let share = Share { of: self.clone(), bytes };
        (before == 0 || before.saturating_add(bytes) <= MOST).then_some(share)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.of.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

fn of_fields(fields: &JsonObject) -> usize {
    fields.iter().map(|(name, value)| FIELD + name.len() + of_value(value)).sum()
}

/// Returns what a value takes. What came as JSON is nested 128 deep at most.
fn of_value(value: &Value) -> usize {
    let beside = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(of_value).sum(),
        Value::Object(fields) => of_fields(fields),
        _ => 0,
    };
    size_of::<Value>() + beside
}
