//! How values are shown to programmers: strings as text, what is derived otherwise.

use super::{HostKey, HostValue};
use std::fmt;

/// A string of any bytes, with those escaped that are no UTF-8.
pub(in crate::session) struct Text<'a>(pub(in crate::session) &'a [u8]);

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(self.0) {
            Ok(text) => fmt::Debug::fmt(text, f),
            Err(_) => write!(f, "b\"{}\"", self.0.escape_ascii()),
        }
    }
}

impl fmt::Debug for HostKey {
    /// Shows strings as text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HostKey::Boolean(value) => f.debug_tuple("Boolean").field(value).finish(),
            HostKey::Integer(value) => f.debug_tuple("Integer").field(value).finish(),
            HostKey::Number(value) => f.debug_tuple("Number").field(value).finish(),
            HostKey::String(bytes) => f.debug_tuple("String").field(&Text(bytes)).finish(),
        }
    }
}

impl fmt::Debug for HostValue {
    /// Shows strings as text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HostValue::Nil => f.write_str("Nil"),
            HostValue::Null => f.write_str("Null"),
            HostValue::Boolean(value) => f.debug_tuple("Boolean").field(value).finish(),
            HostValue::Integer(value) => f.debug_tuple("Integer").field(value).finish(),
            HostValue::Number(value) => f.debug_tuple("Number").field(value).finish(),
            HostValue::String(bytes) => f.debug_tuple("String").field(&Text(bytes)).finish(),
            HostValue::Array(items) => f.debug_tuple("Array").field(items).finish(),
            HostValue::Object(fields) => f.debug_tuple("Object").field(fields).finish(),
            HostValue::Function(function) => f.debug_tuple("Function").field(function).finish(),
            HostValue::UserData(object) => f.debug_tuple("UserData").field(object).finish(),
            HostValue::Opaque(name) => f.debug_tuple("Opaque").field(name).finish(),
        }
    }
}
