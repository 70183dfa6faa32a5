//! What the compiler makes and the machine runs: opcodes and prototypes.

pub mod disasm;
pub mod dump;
mod format;
pub mod names;
pub mod op;
pub mod proto;
pub mod undump;
pub mod verify;

pub use format::SIGNATURE;
