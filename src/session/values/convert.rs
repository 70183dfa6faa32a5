//! What host values take: the sizes that are charged for them, whichever way they go.

use super::host_value::{HostKey, HostValue};

/// Logical bytes of a value where it lies in a list.
pub(in crate::session) const VALUE_BYTES: usize = 32;
/// Logical bytes of a member of an object where it lies.
pub(in crate::session) const FIELD_BYTES: usize = 64;
/// Logical bytes of a block of memory beside what lies in it.
pub(in crate::session) const BLOCK_BYTES: usize = 16;
const _: () = assert!(size_of::<HostValue>() <= VALUE_BYTES);
const _: () = assert!(size_of::<(HostKey, HostValue)>() <= FIELD_BYTES);

/// Returns the logical bytes of a string of this length, without its place.
pub(in crate::session) fn string_bytes(len: usize) -> usize {
    if len == 0 { 0 } else { len + BLOCK_BYTES }
}

/// Bytes of a value by itself, as the limit on results counts them.
pub(in crate::session) const PLACE: u64 = 16;

/// Returns about how many bytes a host value takes, as the limit on results counts them.
pub(in crate::session) fn host_bytes(value: &HostValue) -> u64 {
    // Depth is bounded by `MAX_DEPTH` (see `host_value`), and so is this recursion.
    PLACE
        + match value {
            HostValue::String(bytes) => bytes.len() as u64,
            HostValue::Array(items) => items.iter().map(host_bytes).sum(),
            HostValue::Object(fields) => fields
                .iter()
                .map(|(key, value)| text_of(key).len() as u64 + host_bytes(value))
                .sum(),
            _ => 0,
        }
}

/// Returns the logical bytes of values that a host made, their places included.
pub(in crate::session) fn reply_bytes(values: &[HostValue]) -> usize {
    BLOCK_BYTES + values.iter().map(|value| VALUE_BYTES + inner_bytes(value)).sum::<usize>()
}

/// Returns the logical bytes of a value that a host made, without its place.
pub(in crate::session) fn inner_bytes(value: &HostValue) -> usize {
    match value {
        HostValue::String(bytes) => string_bytes(bytes.len()),
        HostValue::Array(items) => reply_bytes(items),
        HostValue::Object(fields) => {
            let field = |(key, value): &(HostKey, HostValue)| {
                FIELD_BYTES + string_bytes(text_of(key).len()) + inner_bytes(value)
            };
            BLOCK_BYTES + fields.iter().map(field).sum::<usize>()
        }
        _ => 0,
    }
}

/// Returns the bytes of a key that lie in a block of their own.
fn text_of(key: &HostKey) -> &[u8] {
    key.as_bytes().unwrap_or_default()
}
