//! What the compiler makes and the machine runs: opcodes and prototypes.

#[cfg(test)]
pub(crate) mod disasm;
pub(crate) mod dump;
mod format;
pub(crate) mod names;
pub(crate) mod op;
pub(crate) mod proto;
pub(crate) mod undump;
pub(crate) mod verify;

pub(crate) use format::{SIGNATURE, VERSION};
