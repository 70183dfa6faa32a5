//! Moonfuel: a pure-Rust Lua 5.4 whose sandbox is part of the virtual machine.
//!
//! Two tiers: [`Session`] and what belongs to it are owned and `Send`, for people
//! who run scripts; [`vm`] is the machine itself, for people who embed values.

pub mod alloc;
pub mod base;
pub mod bytecode;
#[cfg(feature = "cli")]
#[allow(
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_debug_implementations,
    reason = "the command has a real clock and streams, and borrows its streams as trait objects"
)]
pub mod cli;
pub mod compiler;
#[allow(clippy::disallowed_types, reason = "a deadline is about a real clock")]
pub mod drive;
pub mod gc;
#[cfg(feature = "host")]
#[allow(clippy::disallowed_types, reason = "what a host grants may look at a real clock")]
pub mod host;
pub mod session;
pub mod stdlib;
pub mod syntax;
pub mod vm;

pub use session::{
    Canceller, Checked, Chunk, ErrorKind, HostCx, HostError, HostFunction, HostValue, Limits,
    LuaError, Module, ModuleSource, Outcome, Place, Report, Run, Session, SessionBuilder, Sought,
    Step, Usage,
};
pub use stdlib::Profile;

/// The README's example, compiled and run with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
