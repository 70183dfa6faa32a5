//! Looking for inputs that make a script fail.
//!
//! A [`Fuzzer`] tries a script with inputs, many thousand a second: JSON for `args`, by a
//! [`Schema`] or an example, or bytes for `...`. Inputs that execute something new are kept and
//! changed further; what the script compares shows how. Failures are told apart by kind and
//! place, and their inputs made small. The command `moonfuel fuzz` is made of it.
//!
//! Other fuzzers can be built around a [`Target`], which runs a script with one input and tells
//! what was executed. [`Program`] makes scripts of bytes, for those who test what runs scripts.

mod bytes;
mod failure;
mod fuzzer;
mod input;
mod make;
mod matching;
mod program;
mod random;
mod schema;
mod seen;
mod shrink;
mod target;
mod words;

pub use crate::session::Coverage;
pub use failure::{Failure, FailureKind};
pub use fuzzer::{Finding, Fuzzer, Inputs};
pub use input::Input;
pub use program::Program;
pub use schema::{Schema, SchemaError};
pub use target::{Attempt, Target};
