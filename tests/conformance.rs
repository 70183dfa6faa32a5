//! Conformance: our own scripts against PUC-Rio's output, and the official suite.
//!
//! `lua-conformance/` has scripts by section of the manual, each with what `lua5.4` prints.
//! `LUA_SUITE=folder` names a copy of the official tests for 5.4 (the folder with `all.lua`),
//! which are then run unchanged: each through `moonfuel lua`, and those a session can run as a
//! library, in slices and under a collector that never rests. What does not pass stands in
//! `lua-conformance/skips.toml` with its reason, and must fail.
//!
//! `cargo test --test conformance -- --bless` (or `MOONFUEL_BLESS=1`) writes the sidecars again,
//! from `lua5.4` or what `LUA` names (5.4.8 by preference), never from Moonfuel. Other words choose scripts and files whose names have
//! them: `cargo test --test conformance -- gc.lua`.

#![allow(
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    reason = "a test may stop, says what it did, and looks at the clock to end what hangs"
)]

#[path = "programs/each.rs"]
mod each;
#[path = "conformance/library.rs"]
mod library;
#[path = "conformance/process.rs"]
mod process;
#[path = "conformance/scripts.rs"]
mod scripts;
#[path = "conformance/skips.rs"]
mod skips;
#[path = "conformance/suite.rs"]
mod suite;

use skips::Skips;
use std::path::PathBuf;
use std::process::ExitCode;

/// The words of the command line: which scripts and files to run; empty for all.
struct Choice(Vec<String>);

impl Choice {
    fn has(&self, name: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|word| name.contains(word.as_str()))
    }

    /// Whether everything is run, so that what was not met is not there.
    fn is_all(&self) -> bool {
        self.0.is_empty()
    }
}

fn blessing() -> bool {
    std::env::args().any(|arg| arg == "--bless")
        || std::env::var_os("MOONFUEL_BLESS").is_some_and(|value| value == "1")
}

fn main() -> ExitCode {
    if std::env::args().any(|arg| arg == "--list") {
        return ExitCode::SUCCESS;
    }
    if blessing() {
        return scripts::bless();
    }
    let words = std::env::args().skip(1).filter(|arg| !arg.starts_with('-'));
    let choice = Choice(words.collect());
    let mut skips = Skips::read();
    let mut problems = scripts::run(&choice, &mut skips);
    match std::env::var_os("LUA_SUITE").map(PathBuf::from) {
        Some(folder) => {
            problems.extend(suite::run(&folder, &choice, &mut skips));
            problems.extend(library::run(&folder, &choice, &mut skips));
            if choice.is_all() {
                // src/stdlib/tests/compatibility.rs looks at those.
                skips.take_all("manual");
                problems.extend(skips.left());
            }
        }
        None => println!("LUA_SUITE names no copy of the official suite: it is not run"),
    }
    for problem in &problems {
        println!("  {problem}");
    }
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
