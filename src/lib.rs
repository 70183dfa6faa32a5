//! Moonfuel: a pure-Rust Lua 5.4 whose sandbox is part of the virtual machine.
//!
//! ```
//! let mut session = moonfuel::Session::builder().build()?;
//! let report = session.run("return 6 * 7, {name = 'moon'}");
//! assert_eq!(report.json()?, r#"[42,{"name":"moon"}]"#);
//! # Ok::<(), moonfuel::LuaError>(())
//! ```
//!
//! A [`Session`] holds the globals of its scripts from run to run. A run that fails leaves it
//! as it was. Everything here is owned, `Send` and without lifetimes; the machine itself is
//! private: no safe code outside can break it.
//!
//! # A tool
//!
//! Host functions have names of any depth, typed arguments and results ([`FromLua`],
//! [`IntoLua`], [`Serde`]), and errors in Lua's own words.
//!
//! ```
//! use moonfuel::{HostError, Session};
//! use std::collections::HashMap;
//!
//! let mut prices = HashMap::from([("apples".to_owned(), 20), ("pears".to_owned(), 30)]);
//! let mut session = Session::builder()
//!     .function("shop.price", move |(fruit, new): (String, Option<i64>)| {
//!         if let Some(new) = new {
//!             prices.insert(fruit.clone(), new);
//!         }
//!         prices.get(&fruit).copied().ok_or_else(|| HostError::new(format!("no {fruit} here")))
//!     })
//!     .build()?;
//! assert_eq!(session.run("return shop.price('apples') * 3").json()?, "[60]");
//! let error = session.run("shop.price({})").json().unwrap_err();
//! assert!(error.to_string().ends_with("bad argument #1 to 'price' (string expected, got table)"));
//! # Ok::<(), moonfuel::LuaError>(())
//! ```
//!
//! # Limits
//!
//! Fuel, memory, output, calls of the host and more are [`Limits`] that no script can pass or
//! catch; how a run has ended is its [`Outcome`].
//!
//! ```
//! use moonfuel::{Limits, Outcome, Session};
//!
//! let limits = Limits { fuel: 100_000, memory: 4 << 20, ..Limits::default() };
//! let mut session = Session::builder().limits(limits).build()?;
//! let report = session.run("pcall(function() while true do end end)");
//! assert_eq!((report.outcome, report.usage.fuel_used), (Outcome::OutOfFuel, 100_000));
//! # Ok::<(), moonfuel::LuaError>(())
//! ```
//!
//! # Slices
//!
//! A [`Run`] goes on for as much fuel as it is given and comes back after every call of the
//! host: when the script yields something to it, and when a call waits for an answer that
//! comes from elsewhere. [`drive`] does this by the clock.
//!
//! ```
//! use moonfuel::{Chunk, Session, Step};
//!
//! let session = Session::builder().pending_function("approve").build()?;
//! let mut run = session.start(Chunk::new(b"yield('half way') return approve('rm -r /')"));
//! loop {
//!     match run.step(10_000) {
//!         Step::Yielded(values) => assert_eq!(values, ["half way".into()]),
//!         Step::Pending(calls) => run.answer(calls[0].id, Ok(vec![false.into()]))?,
//!         Step::Ended => break,
//!         _ => {}
//!     }
//! }
//! let (_session, report) = run.finish();
//! assert_eq!(report.json()?, "[false]");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Async
//!
//! A function may be a future; the run is one then, for any executor. The script waits, the
//! thread does not.
//!
//! ```
//! use moonfuel::Session;
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let mut session = Session::builder()
//!     .async_function("fetch", async |url: String| Ok(format!("the page at {url}")))
//!     .build()?;
//! let report = session.run_async("return host.all{{fetch, 'a'}, {fetch, 'b'}}[2][1]").await;
//! assert_eq!(report.json()?, r#"["the page at b"]"#);
//! # Ok::<(), moonfuel::LuaError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Calling back
//!
//! Functions of a script are [`Function`]s in the host's hands, to be called between runs
//! ([`Session::call`]) or within one ([`Reply::call`]); objects of the host are [`UserData`]
//! in the script's.
//!
//! ```
//! use moonfuel::{Function, Session};
//! use std::sync::mpsc::channel;
//!
//! let (hook, hooks) = channel();
//! let mut session = Session::builder()
//!     .function("on_message", move |f: Function| {
//!         hook.send(f).map_err(|_| moonfuel::HostError::new("nobody listens"))
//!     })
//!     .build()?;
//! session.run("on_message(function(text) return text:upper() end)").json()?;
//! let hook = hooks.recv()?;
//! assert_eq!(session.call(&hook, "hello").json()?, r#"["HELLO"]"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # State that functions share
//!
//! Functions are closures: what one of them keeps is its own, and what several work with, or
//! the host looks into, is behind an `Arc<Mutex<_>>` (or a channel, or a database). It is the
//! host's: a run that fails leaves the session as it was, and such state as it is.
//!
//! ```
//! use moonfuel::Session;
//! use std::collections::BTreeMap;
//! use std::sync::{Arc, Mutex};
//!
//! let store = Arc::new(Mutex::new(BTreeMap::<String, i64>::new()));
//! let (get, set) = (store.clone(), store.clone());
//! let mut session = Session::builder()
//!     .function("kv.get", move |key: String| Ok(get.lock().unwrap().get(&key).copied()))
//!     .function("kv.set", move |(key, value): (String, i64)| {
//!         set.lock().unwrap().insert(key, value);
//!         Ok(())
//!     })
//!     .build()?;
//! session.run("kv.set('a', 1) kv.set('b', kv.get('a') + 1)").json()?;
//! assert_eq!(store.lock().unwrap()["b"], 2);
//! # Ok::<(), moonfuel::LuaError>(())
//! ```
//!
//! # Features and platforms
//!
//! Who embeds Moonfuel says `default-features = false`: that is all of what is above, on eighteen
//! crates, itself among them. The default features are those of the command, so that
//! `cargo install moonfuel` installs it.
//!
//! * `host`: files below a directory, policies, modules from a directory ([`host`]). It and what
//!   has it in it are for Linux, macOS and others of their kind.
//! * `net`: `host`, and requests over HTTP and TLS.
//! * `sha2`: hashes by the processor's own instructions, which recording and snapshots take
//!   most of their time for; a part of `host`. Without it they are the same, and slower.
//! * `arbitrary`: programs for fuzzers, by the crate of that name.
//! * `cli` (default): the command `moonfuel`, and `host` with it.
//! * `mcp` (default): `moonfuel mcp`, and `cli` with it.
//!
//! No C is built by any of them. The library needs Rust 1.88 (`rust-version` in `Cargo.toml`),
//! `net` 1.89, and the command 1.95, for its line editor. Without features the crate needs
//! `std` and 64-bit atomics and nothing of the system but memory; it is tested on x86-64 Linux,
//! on a 32-bit machine, in WebAssembly, on ARM and on s390x, whose bytes go the other way round
//! (`tests/targets`). Results, fuel, memory figures and the order of `pairs` are the same on every
//! target.

#![cfg_attr(
    not(all(feature = "cli", unix)),
    allow(dead_code, unused_imports, reason = "the command uses more of the machine")
)]

#[cfg(all(feature = "host", not(unix)))]
compile_error!(
    "the features `host`, `net`, `cli` and `mcp` are for Linux, macOS and others of their kind: \
     what guards files there is not known to hold here; the rest of the library builds with \
     `default-features = false` (`--no-default-features`)"
);

pub mod alloc;
mod base;
mod bytecode;
#[cfg(all(feature = "cli", unix))]
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
pub mod fuzz;
mod gc;
mod hints;
#[cfg(all(feature = "host", unix))]
#[allow(clippy::disallowed_types, reason = "what a host grants may look at a real clock")]
pub mod host;
#[cfg(all(feature = "mcp", unix))]
#[allow(clippy::disallowed_types, reason = "calls have deadlines by a real clock")]
mod mcp;
mod session;
mod stdlib;
mod syntax;
mod vm;

#[cfg(all(feature = "cli", unix))]
pub use cli::main as command;
pub use session::{
    AnswerError, BranchCount, Bytes, Callee, Canceller, Checked, Chunk, ChunkCoverage,
    ConvertError, ConvertErrorKind, Coverage, Decision, Declaration, Decode, Denied, Digest,
    Divergence, Effect, ErrorKind, Finding, FromLua, FromLuaMulti, FuelProfile, Function,
    FunctionCount, HostCx, HostError, HostFunction, HostFuture, HostKey, HostValue, IntoLua,
    IntoLuaMulti, IntoReply, Limits, LineCount, LuaError, Methods, Mismatch, Module, ModuleSource,
    NamedCall, Object, ObjectRef, OpenCall, Outcome, PendingCall, Place, Policy, PolicyCall,
    Replay, ReplayCall, ReplayError, ReplayView, Reply, Report, RestoreError, Results, Resumed,
    ResumedAt, Run, RunFuture, RunToEnd, Secret, Serde, Session, SessionBuilder, Severity,
    SnapshotError, Sought, Step, StepFuture, Then, Tier, Trace, TraceDifference, TraceError,
    TracePart, TraceValue, TraceWriter, Until, Usage, UserData, Variadic,
};
pub use stdlib::Profile;
pub use vm::meters::fuel::FUEL_VERSION;

/// The README's example, compiled and run with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The guide to traces, likewise.
#[cfg(doctest)]
#[doc = include_str!("../docs/replay.md")]
struct ReplayGuide;

/// The guide for embedders, likewise.
#[cfg(doctest)]
#[doc = include_str!("../docs/embedding.md")]
struct EmbeddingGuide;

/// The guide to policies, likewise.
#[cfg(all(doctest, feature = "host"))]
#[doc = include_str!("../docs/policy.md")]
struct PolicyGuide;

/// The guide to the hosts, likewise.
#[cfg(all(doctest, unix, feature = "host"))]
#[doc = include_str!("../docs/hosts.md")]
struct HostsGuide;
