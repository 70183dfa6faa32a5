//! Moonfuel: a pure-Rust Lua 5.4 whose sandbox is part of the virtual machine.

pub mod base;
pub mod bytecode;
pub mod compiler;
pub mod gc;
pub mod syntax;
pub mod vm;
