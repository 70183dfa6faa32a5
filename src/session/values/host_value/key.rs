//! The keys of objects.

use crate::base::number::{float_text, format_integer};

/// A key of a [`HostValue::Object`](crate::HostValue::Object): what Lua's table has, so that
/// `{[1] = "a", [2.5] = "b", c = "d"}` crosses whole.
///
/// Text is what keys usually are: `"name".into()`, `key == "name"`.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum HostKey {
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A float that is no integer.
    Number(f64),
    /// A string of any bytes.
    String(Vec<u8>),
}

impl HostKey {
    /// Returns the bytes of a string, or `None` for any other key.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            HostKey::String(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Returns a string that is UTF-8, or `None` for any other key.
    pub fn as_str(&self) -> Option<&str> {
        self.as_bytes().and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// Returns the name that JSON gives the key: numbers as Lua prints them. Booleans
    /// have none.
    pub(in crate::session) fn json_name(&self) -> Option<Vec<u8>> {
        match self {
            HostKey::Boolean(_) => None,
            HostKey::Integer(i) => Some(format_integer(*i).to_vec()),
            HostKey::Number(n) => Some(float_text(*n).into_bytes()),
            HostKey::String(bytes) => Some(bytes.clone()),
        }
    }
}

impl PartialEq<str> for HostKey {
    fn eq(&self, text: &str) -> bool {
        self.as_bytes() == Some(text.as_bytes())
    }
}

impl PartialEq<&str> for HostKey {
    fn eq(&self, text: &&str) -> bool {
        self == *text
    }
}

impl From<&str> for HostKey {
    fn from(text: &str) -> Self {
        HostKey::String(text.as_bytes().to_vec())
    }
}

impl From<String> for HostKey {
    fn from(text: String) -> Self {
        HostKey::String(text.into_bytes())
    }
}

impl From<Vec<u8>> for HostKey {
    fn from(bytes: Vec<u8>) -> Self {
        HostKey::String(bytes)
    }
}

impl From<&[u8]> for HostKey {
    fn from(bytes: &[u8]) -> Self {
        HostKey::String(bytes.to_vec())
    }
}

impl From<i64> for HostKey {
    fn from(i: i64) -> Self {
        HostKey::Integer(i)
    }
}

impl From<bool> for HostKey {
    fn from(b: bool) -> Self {
        HostKey::Boolean(b)
    }
}
