//! Moonfuel: a pure-Rust Lua 5.4 whose sandbox is part of the virtual machine.
//!
//! Two tiers: [`Session`] and what belongs to it are owned and `Send`, for people
//! who run scripts; [`vm`] is the machine itself, for people who embed values.

pub mod alloc;
pub mod base;
pub mod bytecode;
#[cfg(feature = "cli")]
pub mod cli;
pub mod compiler;
pub mod gc;
#[cfg(feature = "host")]
pub mod host;
pub mod session;
pub mod stdlib;
pub mod syntax;
pub mod vm;

pub use session::{
    Checked, Chunk, ErrorKind, HostError, HostFunction, HostValue, Limits, LuaError, Outcome,
    Report, Run, Session, SessionBuilder, Usage,
};
pub use stdlib::Profile;
