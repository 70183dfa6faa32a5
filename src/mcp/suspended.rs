//! A run that waits for the user, as the bytes that the client keeps.

use super::decision::Decision;
use super::turns::Printed;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// The version of the bytes.
const VERSION: u64 = 1;

/// A run that waits, and what a result needs to know of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Suspended {
    /// Its name, which is used once.
    pub(super) name: String,
    /// The fuel that the run may use in all.
    pub(super) fuel: u64,
    /// The time it has left.
    pub(super) left: Option<Duration>,
    /// The session it belongs to, and how often that had changed.
    pub(super) session: Option<(String, u64)>,
    /// What the user has said about some of the calls.
    pub(super) said: BTreeMap<u64, Decision>,
    pub(super) printed: Printed,
    /// The run itself.
    pub(super) run: Vec<u8>,
}

impl Suspended {
    pub(super) fn write(&self) -> Vec<u8> {
        let said: Map<String, Value> =
            self.said.iter().map(|(id, said)| (id.to_string(), said.write())).collect();
        let head = json!({
            "v": VERSION,
            "name": self.name,
            "fuel": self.fuel,
            "left": self.left.map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX)),
            "session": self.session,
            "said": said,
            "printed": self.printed.kept.len(),
            "bytes": self.printed.bytes,
            "room": self.printed.room,
        });
        let head = head.to_string();
        let size = u32::try_from(head.len()).unwrap_or(u32::MAX);
        let mut bytes = size.to_le_bytes().to_vec();
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(&self.printed.kept);
        bytes.extend_from_slice(&self.run);
        bytes
    }

    /// Reads it again: nothing, if these bytes are another version's.
    pub(super) fn read(bytes: &[u8]) -> Option<Suspended> {
        let (size, rest) = bytes.split_first_chunk::<4>()?;
        let (head, rest) = rest.split_at_checked(u32::from_le_bytes(*size) as usize)?;
        let head: Value = serde_json::from_slice(head).ok()?;
        if head.get("v")?.as_u64()? != VERSION {
            return None;
        }
        let number = |name: &str| head.get(name)?.as_u64();
        let (kept, run) = rest.split_at_checked(usize::try_from(number("printed")?).ok()?)?;
        let session = match head.get("session")? {
            Value::Array(pair) => {
                Some((pair.first()?.as_str()?.to_owned(), pair.get(1)?.as_u64()?))
            }
            _ => None,
        };
        let said = head.get("said")?.as_object()?.iter();
        let said = said.map(|(id, said)| Some((id.parse().ok()?, Decision::read(said))));
        Some(Suspended {
            name: head.get("name")?.as_str()?.to_owned(),
            fuel: number("fuel")?,
            left: number("left").map(Duration::from_millis),
            session,
            said: said.collect::<Option<_>>()?,
            printed: Printed {
                kept: kept.to_vec(),
                bytes: number("bytes")?,
                room: usize::try_from(number("room")?).ok()?,
            },
            run: run.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests;
