//! What the compiler makes and the machine runs: opcodes and prototypes.

pub mod op;
pub mod proto;
