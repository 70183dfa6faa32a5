//! Moonfuel: a pure-Rust Lua 5.4 whose sandbox is part of the virtual machine.
//!
//! [`Session`] and what belongs to it are owned, `Send` and without lifetimes; [`drive`] runs
//! a session by the clock, and [`host`] has what a host may grant. The machine itself is
//! private: no safe code outside can break it.

#![cfg_attr(
    not(feature = "cli"),
    allow(dead_code, unused_imports, reason = "the command uses more of the machine")
)]

pub mod alloc;
mod base;
mod bytecode;
#[cfg(feature = "cli")]
#[allow(
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_debug_implementations,
    reason = "the command has a real clock and streams, and borrows its streams as trait objects"
)]
mod cli;
mod compiler;
#[allow(clippy::disallowed_types, reason = "a deadline is about a real clock")]
pub mod drive;
mod gc;
#[cfg(feature = "host")]
#[allow(clippy::disallowed_types, reason = "what a host grants may look at a real clock")]
pub mod host;
mod session;
mod stdlib;
mod syntax;
mod vm;

#[cfg(feature = "cli")]
pub use cli::main as command;
pub use session::{
    AnswerError, Bytes, Callee, Canceller, Checked, Chunk, ConvertError, ConvertErrorKind,
    ErrorKind, FromLua, FromLuaMulti, Function, HostCx, HostError, HostFunction, HostFuture,
    HostKey, HostValue, IntoLua, IntoLuaMulti, IntoReply, Limits, LuaError, Methods, Mismatch,
    Module, ModuleSource, Object, ObjectRef, Outcome, PendingCall, Place, Reply, Report, Results,
    Run, RunFuture, RunToEnd, Serde, Session, SessionBuilder, Sought, Step, StepFuture, Then,
    Usage, UserData, Variadic,
};
pub use stdlib::Profile;
pub use vm::meters::fuel::FUEL_VERSION;

/// The README's example, compiled and run with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
