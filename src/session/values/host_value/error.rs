//! Why a value cannot be converted, and where in it.

use super::MAX_DEPTH;
use super::key::HostKey;
use crate::stdlib::json::path::{float_step, text_step};
use std::fmt;

/// What stops a value from becoming another.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertErrorKind {
    /// A string or key that is not UTF-8.
    #[error("Invalid UTF-8")]
    InvalidUtf8,
    /// A number JSON cannot write, or that neither an integer nor a float can hold.
    #[error("Invalid number: {0}")]
    InvalidNumber(String),
    /// A function.
    #[error("Functions cannot be converted to JSON")]
    Function,
    /// A value that cannot leave the machine, by the name of its type.
    #[error("{0} values cannot be converted")]
    Opaque(&'static str),
    /// A key that is neither a string nor a number.
    #[error("Only string/number keys are supported")]
    Key,
    /// Two equal keys in one object.
    #[error("duplicate key {0:?}")]
    DuplicateKey(String),
    /// Nesting deeper than 128.
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// What a type says of a value that it cannot be made of, or cannot become.
    #[error("{0}")]
    Message(String),
}

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
