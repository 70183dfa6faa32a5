//! Reading JSON as deep as values may cross, which is more than serde's own bound.

use super::host_value::MAX_DEPTH;
use serde::de::{DeserializeOwned, Error};
use serde_json::Deserializer;
use serde_json::de::SliceRead;

#[cfg(test)]
mod tests;

/// Levels that may be around values in a text from elsewhere.
const AROUND: usize = 8;

/// Reads a text that was written here, or whose depth was looked at: the recursion is bounded
/// by that.
pub(crate) fn read_bounded<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    T::deserialize(&mut unbounded(text))
}

/// Reads a text from elsewhere.
///
/// # Errors
/// When it is no such JSON, or nested deeper than values may cross.
pub(crate) fn read_foreign<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    if depth(text) > MAX_DEPTH + AROUND {
        return Err(Error::custom(format!("nested deeper than {MAX_DEPTH} levels")));
    }
    let mut json = unbounded(text);
    let value = T::deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

fn unbounded(text: &[u8]) -> Deserializer<SliceRead<'_>> {
    let mut json = Deserializer::from_slice(text);
    json.disable_recursion_limit();
    json
}

/// Returns how deep the brackets of a text of JSON are nested. Where it is none, no reader gets
/// deeper before it finds that out.
pub(in crate::session) fn depth(text: &[u8]) -> usize {
    let (mut depth, mut most) = (0_usize, 0);
    let mut bytes = text.iter();
    let mut is_string = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => is_string = !is_string,
            b'\\' if is_string => drop(bytes.next()),
            _ if is_string => {}
            b'[' | b'{' => {
                depth += 1;
                most = most.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    most
}
