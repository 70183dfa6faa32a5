//! Reading JSON as deep as values may cross, which is more than serde's own bound.

use super::host_value::MAX_DEPTH;
use serde::de::{DeserializeOwned, Error};

/// Levels that may be around values in a text from elsewhere.
const AROUND: usize = 8;

/// Reads a text that was written here, or whose depth was looked at: the recursion is bounded
/// by that.
pub(crate) fn read_bounded<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    let mut json = serde_json::Deserializer::from_slice(text);
    json.disable_recursion_limit();
    T::deserialize(&mut json)
}

/// Reads a text from elsewhere.
///
/// # Errors
/// When it is no such JSON, or nested deeper than values may cross.
pub(crate) fn read_foreign<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    if levels(text) > MAX_DEPTH + AROUND {
        return Err(Error::custom(format!("nested deeper than {MAX_DEPTH} levels")));
    }
    let mut json = serde_json::Deserializer::from_slice(text);
    json.disable_recursion_limit();
    let value = T::deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

/// Returns how deep a text is nested, if it is JSON; and at least as deep as a reader gets in it,
/// if it is none.
fn levels(text: &[u8]) -> usize {
    let (mut level, mut most, mut in_string, mut escaped) = (0usize, 0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                level += 1;
                most = most.max(level);
            }
            b']' | b'}' if !in_string => level = level.saturating_sub(1),
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests;
