//! What an attempt gives the script.

use crate::Chunk;
use crate::session::Given;
use serde_json::Value;
use std::fmt;

/// What a script is given in one attempt.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Input {
    /// The global `args`.
    Json(Value),
    /// The chunk's `...`: one string of any bytes.
    Bytes(Vec<u8>),
}

impl Input {
    /// Returns the input as it is saved in a file: JSON text, or the bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Input::Json(value) => value.to_string().into_bytes(),
            Input::Bytes(bytes) => bytes.clone(),
        }
    }

    /// Returns a chunk with this input: what [`Session::execute_chunk`](crate::Session::execute_chunk)
    /// and [`Session::run_chunk`](crate::Session::run_chunk) take.
    pub fn give<'a>(&self, chunk: &Chunk<'a>) -> Chunk<'a> {
        let mut chunk = chunk.clone();
        match self {
            Input::Json(value) => chunk.args = Some(value.clone()),
            Input::Bytes(bytes) => chunk.script_args = vec![bytes.clone()],
        }
        chunk
    }

    /// Does something with what the machine takes.
    pub(super) fn with<R>(&self, work: impl FnOnce(Given<'_>) -> R) -> R {
        match self {
            Input::Json(value) => work(Given::Args(&value.to_string())),
            Input::Bytes(bytes) => work(Given::Bytes(bytes)),
        }
    }
}

impl fmt::Display for Input {
    /// Shows JSON as it is, and bytes as a string of Lua's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Json(value) => value.fmt(f),
            Input::Bytes(bytes) => write!(f, "\"{}\"", bytes.escape_ascii()),
        }
    }
}
