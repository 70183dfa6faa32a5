//! A call of an extension's tool that waits for the user, as the bytes that the client keeps.

use super::decision::Decision;
use crate::FUEL_VERSION;
use serde_json::{Value, json};
use std::time::Duration;

#[cfg(test)]
mod tests;

/// The version of the bytes.
const VERSION: u64 = 1;

/// What another process takes the call up with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Paused {
    /// Its name, which is used once.
    pub(super) name: String,
    /// The call's number, as the tool has it.
    pub(super) id: String,
    /// The time it has left.
    pub(super) left: Option<Duration>,
    /// How often the user was asked.
    pub(super) asked: u64,
    /// What the user has said within the host call that waits.
    pub(super) said: Vec<Decision>,
    /// What stands for the extensions.
    pub(super) extensions: String,
    /// What stands for the rules under which they work.
    pub(super) rules: String,
    /// What the call was answered; or why no other process can take it up.
    pub(super) journal: Result<Vec<u8>, String>,
}

/// What writes the same and runs the same.
fn version() -> String {
    format!("{VERSION} {} {FUEL_VERSION}", env!("CARGO_PKG_VERSION"))
}

impl Paused {
    /// What a call begins with that nobody has paused.
    pub(super) fn new(id: String, left: Option<Duration>) -> Paused {
        Paused {
            name: String::new(),
            id,
            left,
            asked: 0,
            said: Vec::new(),
            extensions: String::new(),
            rules: String::new(),
            journal: Ok(Vec::new()),
        }
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let head = json!({
            "v": version(),
            "name": self.name,
            "id": self.id,
            "left": self.left.map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX)),
            "asked": self.asked,
            "said": self.said.iter().map(Decision::write).collect::<Vec<Value>>(),
            "extensions": self.extensions,
            "rules": self.rules,
            "stays": self.journal.as_ref().err(),
        });
        let head = head.to_string();
        let size = u32::try_from(head.len()).unwrap_or(u32::MAX);
        let mut bytes = size.to_le_bytes().to_vec();
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(self.journal.as_deref().unwrap_or_default());
        bytes
    }

    /// Reads it again: nothing, if these bytes are another version's.
    pub(super) fn read(bytes: &[u8]) -> Option<Paused> {
        let (size, rest) = bytes.split_first_chunk::<4>()?;
        let (head, journal) = rest.split_at_checked(u32::from_le_bytes(*size) as usize)?;
        let head: Value = serde_json::from_slice(head).ok()?;
        let text = |name: &str| head.get(name)?.as_str().map(str::to_owned);
        if text("v")? != version() {
            return None;
        }
        Some(Paused {
            name: text("name")?,
            id: text("id")?,
            left: head.get("left")?.as_u64().map(Duration::from_millis),
            asked: head.get("asked")?.as_u64()?,
            said: head.get("said")?.as_array()?.iter().map(Decision::read).collect(),
            extensions: text("extensions")?,
            rules: text("rules")?,
            journal: text("stays").map_or_else(|| Ok(journal.to_vec()), Err),
        })
    }
}
