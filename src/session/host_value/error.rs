//! Why a value cannot be converted, and where in it.

use super::{HostKey, MAX_DEPTH};
use crate::stdlib::json::path::{float_step, text_step};
use std::fmt;

/// What stops a value from becoming another.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConvertErrorKind {
    /// A string or key that is not UTF-8.
    InvalidUtf8,
    /// A number JSON cannot write, or that neither an integer nor a float can hold.
    InvalidNumber(String),
    /// A function.
    Function,
    /// A value that cannot leave the machine, by the name of its type.
    Opaque(&'static str),
    /// A key that is neither a string nor a number.
    Key,
    /// Two equal keys in one object.
    DuplicateKey(String),
    /// Nesting deeper than 128.
    TooDeep,
    /// What a type says of a value that it cannot be made of, or cannot become.
    Message(String),
}

crate::base::says::says!(ConvertErrorKind {
    Self::InvalidUtf8 => "Invalid UTF-8",
    Self::InvalidNumber(number) => "Invalid number: {number}",
    Self::Function => "Functions cannot be converted to JSON",
    Self::Opaque(kind) => "{kind} values cannot be converted",
    Self::Key => "Only string/number keys are supported",
    Self::DuplicateKey(key) => "duplicate key {key:?}",
    Self::TooDeep => "nested deeper than {MAX_DEPTH} levels",
    Self::Message(message) => "{message}",
});

/// A failed conversion and where in the value it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConvertError {
    /// What was wrong.
    pub kind: ConvertErrorKind,
    /// The way from the failing value up to the root, innermost step first.
    steps: Vec<String>,
}

impl ConvertError {
    /// Writes the place as a path from the root, such as `$.a[2]`.
    pub fn path(&self) -> String {
        let mut path = String::from("$");
        for step in self.steps.iter().rev() {
            path.push_str(step);
        }
        path
    }

    /// The same below an item of an array, counted from 1.
    pub(in crate::session) fn under_index(mut self, index: usize) -> Self {
        self.steps.push(format!("[{index}]"));
        self
    }

    /// The same below a field.
    pub(in crate::session) fn under_key(mut self, key: &HostKey) -> Self {
        self.steps.push(match key {
            HostKey::Boolean(b) => format!("[{b}]"),
            HostKey::Integer(i) => format!("[{i}]"),
            HostKey::Number(n) => float_step(*n),
            HostKey::String(bytes) => text_step(bytes),
        });
        self
    }
}

impl From<ConvertErrorKind> for ConvertError {
    fn from(kind: ConvertErrorKind) -> Self {
        ConvertError { kind, steps: Vec::new() }
    }
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at {})", self.kind, self.path())
    }
}

impl std::error::Error for ConvertError {}
