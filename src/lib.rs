//! Moonfuel: a pure-Rust Lua 5.4 whose sandbox is part of the virtual machine.

pub mod syntax;
pub mod bytecode;
