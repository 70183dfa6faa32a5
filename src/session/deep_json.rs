//! Reading JSON whose depth somebody has bounded already, by more than serde's own bound.

use serde::de::DeserializeOwned;

/// Reads a text that was written here, or whose depth was looked at: the recursion is bounded
/// by that.
pub(crate) fn read_bounded<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    let mut json = serde_json::Deserializer::from_slice(text);
    json.disable_recursion_limit();
    T::deserialize(&mut json)
}
