//! Why there is no image of a machine, or no machine of an image.

use crate::vm::meters::account::Refused;

/// What is wrong with an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The bytes are no image: what is wrong with them.
    Damaged(&'static str),
    /// The machine does not fit into the limit: bytes that were refused.
    Memory(usize),
    /// A native function that the machine has not.
    Native(String),
    /// What the host must bring and does not: its name, and what is wrong with it.
    Host(String, String),
}

impl Fault {
    /// The bytes end too early.
    pub(crate) const SHORT: Fault = Fault::Damaged("the bytes end too early");
    /// A number is out of range.
    pub(crate) const NUMBER: Fault = Fault::Damaged("a number out of range");
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        Fault::Memory(refused.bytes)
    }
}

/// What cannot be saved, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsaved {
    /// What it is: `a file`.
    pub(crate) what: String,
    /// Where it is: `_G.db`, if that was looked for.
    pub(crate) path: String,
}

impl Unsaved {
    /// Says what cannot be saved, wherever it is.
    pub(crate) fn of(what: impl Into<String>) -> Unsaved {
        Unsaved { what: what.into(), path: "the run".to_owned() }
    }
}
