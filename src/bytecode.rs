//! What the compiler makes and the machine runs: opcodes and prototypes.

pub mod disasm;
pub mod names;
pub mod op;
pub mod proto;
pub mod verify;
