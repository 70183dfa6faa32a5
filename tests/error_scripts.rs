//! Every kind of error that a script can end with: what `moonfuel lua` prints of it, and
//! its exit status, against what PUC-Rio's Lua 5.4.8 prints.
//!
//! `tests/error_scripts.txt` holds one script a line; `⏎` in it stands for the end of a
//! line, a line that begins with `## ` is a heading. Each script runs twice, from a file
//! and as the argument of `-e`. `tests/error_scripts.expected` holds what the original
//! prints; addresses and the program's name are made equal before anything is compared.
//!
//! * `LUA=lua5.4 cargo test --test error_scripts` compares with that interpreter instead.
//! * `BLESS_WITH=lua cargo test --test error_scripts` writes the file anew with that
//!   interpreter, which should be 5.4.8.
//!
//! Other releases of 5.4 word some messages otherwise: where they differ, 5.4.8 counts.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop, and says why")]
#![cfg(all(feature = "cli", unix))]

#[path = "programs/each.rs"]
mod each;

use std::fmt::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

const SCRIPTS: &str = include_str!("error_scripts.txt");
const EXPECTED: &str = include_str!("error_scripts.expected");

/// Returns the scripts, in order.
fn scripts() -> Vec<&'static str> {
    SCRIPTS.lines().filter(|line| !line.is_empty() && !line.starts_with("## ")).collect()
}

/// Replaces addresses and serial numbers of objects, which no two programs share.
fn without_addresses(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("0x") {
        out.push_str(&rest[..at]);
        let digits = rest[at + 2..].bytes().take_while(u8::is_ascii_hexdigit).count();
        // Shorter ones are numbers of the script.
        out.push_str(if digits > 4 { "0x?" } else { &rest[at..at + 2 + digits] });
        rest = &rest[at + 2 + digits..];
    }
    out.push_str(rest);
    out
}

/// Runs a program named `lua` and describes what it did.
fn run(program: &str, args: &[&str], folder: &Path) -> String {
    let mut command = Command::new(program);
    if program == env!("CARGO_BIN_EXE_moonfuel") {
        command.arg("lua");
    } else {
        command.arg0("lua");
    }
    for variable in ["LUA_INIT", "LUA_INIT_5_4", "LUA_PATH", "LUA_PATH_5_4", "LUA_CPATH"] {
        command.env_remove(variable);
    }
    command.env("LC_ALL", "C").env("TZ", "UTC").current_dir(folder);
    let output = command.args(args).stdin(Stdio::null()).output().expect("the program runs");
    let mut seen = String::new();
    for (name, bytes) in [("out", &output.stdout), ("err", &output.stderr)] {
        for line in without_addresses(&String::from_utf8_lossy(bytes)).split_inclusive('\n') {
            let end = if line.ends_with('\n') { "" } else { "⏎\n" };
            write!(seen, "{name}|{line}{end}").expect("a string");
        }
    }
    let status = output.status.code();
    writeln!(seen, "status|{}", status.map_or("none".to_owned(), |code| code.to_string()))
        .expect("a string");
    seen
}

/// Runs one script both ways. The second is left out where it is like the first, but for
/// the name of the chunk.
fn both(program: &str, script: &str, folder: &Path) -> String {
    let source = script.replace('⏎', "\n");
    std::fs::write(folder.join("e.lua"), &source).expect("a written file");
    let mut seen = run(program, &["e.lua"], folder);
    // PUC takes what begins like an option for one.
    if !source.starts_with('-') {
        let text = run(program, &["-e", &source], folder);
        if text.replace("(command line)", "e.lua") != seen {
            seen = format!("{seen}as -e:\n{text}");
        }
    }
    seen
}

/// Runs all scripts, some at a time.
fn run_all(program: &str) -> Vec<String> {
    each::each(&scripts(), |script| {
        let folder = tempfile::tempdir().expect("a folder");
        both(program, script, folder.path())
    })
}

/// Makes the text of the file of expectations.
fn to_text(results: &[String]) -> String {
    scripts().iter().zip(results).map(|(script, seen)| format!("== {script}\n{seen}")).collect()
}

#[test]
fn errors_are_reported_as_by_the_original() {
    if let Ok(original) = std::env::var("BLESS_WITH") {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/error_scripts.expected");
        std::fs::write(path, to_text(&run_all(&original))).expect("a written file");
        return;
    }
    let expected = match std::env::var("LUA") {
        Ok(original) => to_text(&run_all(&original)),
        Err(_) => EXPECTED.to_owned(),
    };
    let ours = to_text(&run_all(env!("CARGO_BIN_EXE_moonfuel")));
    if ours == expected {
        return;
    }
    let split = |text: &str| text.split("\n== ").map(str::to_owned).collect::<Vec<_>>();
    let (ours, expected) = (split(&ours), split(&expected));
    assert_eq!(ours.len(), expected.len(), "scripts were added: make the expectations anew");
    let different: Vec<String> = ours
        .iter()
        .zip(&expected)
        .filter(|(ours, expected)| ours != expected)
        .map(|(ours, expected)| format!("expected: {expected}\nseen: {ours}"))
        .collect();
    panic!("{} scripts differ:\n{}", different.len(), different.join("\n"));
}

#[test]
fn there_are_scripts_of_every_kind() {
    let scripts = scripts();
    assert!(scripts.len() >= 250, "only {}", scripts.len());
    let mut sorted = scripts.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), scripts.len(), "a script stands there twice");
}
