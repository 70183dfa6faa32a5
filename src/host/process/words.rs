//! Arguments of programs, and what their variables hold, as scripts give them.

use crate::HostValue;
use crate::base::number::{float_text, format_integer};

/// Writes a value as `tostring` does; nothing, if it is none of those that make a word.
pub(in crate::host) fn word(value: &HostValue) -> Option<Vec<u8>> {
    match value {
        HostValue::String(bytes) => Some(bytes.clone()),
        HostValue::Boolean(b) => Some(b.to_string().into_bytes()),
        HostValue::Integer(i) => Some(format_integer(*i).to_vec()),
        HostValue::Number(n) => Some(float_text(*n).into_bytes()),
        _ => None,
    }
}
