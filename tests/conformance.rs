//! Runs every script of `lua-conformance/` and compares its output with the sidecar from PUC-Rio.
//!
//! `cargo test --test conformance -- --bless` (or `MOONFUEL_BLESS=1`) writes the sidecars again,
//! from `lua5.4`, never from Moonfuel. A script named in `skips.toml` must fail.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may stop, and says what it skipped"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const SUITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/lua-conformance");

fn blessing() -> bool {
    std::env::args().any(|arg| arg == "--bless")
        || std::env::var_os("MOONFUEL_BLESS").is_some_and(|value| value == "1")
}

/// The files of the suite with one extension, sorted.
fn files(extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(SUITE).expect("the suite's folder is there");
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    found.sort();
    found
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .expect("a file name")
        .to_string_lossy()
        .into_owned()
}

/// Runs a script by its base name from inside the suite, as chunk names need.
fn run(program: &str, before: &[&str], script: &Path) -> std::io::Result<std::process::Output> {
    let name = script.file_name().expect("a file name");
    Command::new(program)
        .args(before)
        .arg(name)
        .current_dir(SUITE)
        .output()
}

fn skips() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(Path::new(SUITE).join("skips.toml")).expect("skips.toml");
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (name, reason) = line.split_once('=').expect("`name = \"reason\"`");
            let reason = reason.trim().trim_matches('"');
            assert!(!reason.is_empty(), "a skip needs a reason: {line}");
            (name.trim().trim_matches('"').to_owned(), reason.to_owned())
        })
        .collect()
}

fn bless() -> ExitCode {
    for script in files("lua") {
        let out = run("lua5.4", &[], &script).expect("lua5.4 is needed to bless");
        assert!(
            out.status.success(),
            "{}: lua5.4 says {}",
            script.display(),
            String::from_utf8_lossy(&out.stderr)
        );
        std::fs::write(script.with_extension("expected"), out.stdout).expect("write the sidecar");
    }
    println!(
        "blessed {} conformance scripts from lua5.4",
        files("lua").len()
    );
    ExitCode::SUCCESS
}

/// Says how a script fails, with the first line that differs; `None` when it passes.
fn failure(script: &Path) -> Option<String> {
    let Ok(expected) = std::fs::read(script.with_extension("expected")) else {
        return Some("has no .expected; run with --bless".into());
    };
    let out = run(env!("CARGO_BIN_EXE_moonfuel"), &["run"], script).expect("moonfuel starts");
    if out.stdout == expected && out.status.success() {
        return None;
    }
    let (want, got) = (
        String::from_utf8_lossy(&expected),
        String::from_utf8_lossy(&out.stdout),
    );
    let (mut want, mut got) = (want.lines(), got.lines());
    for line in 1.. {
        let pair = (want.next(), got.next());
        if pair.0 != pair.1 {
            return Some(format!(
                "output line {line}\n    lua5.4:   {:?}\n    moonfuel: {:?}\n    stderr: {}",
                pair.0,
                pair.1,
                String::from_utf8_lossy(&out.stderr)
            ));
        }
        if pair.0.is_none() {
            break;
        }
    }
    Some(format!(
        "ended with {}: {}",
        out.status,
        String::from_utf8_lossy(&out.stderr)
    ))
}

fn main() -> ExitCode {
    if std::env::args().any(|arg| arg == "--list") {
        return ExitCode::SUCCESS;
    }
    if blessing() {
        return bless();
    }
    let mut skips = skips();
    let mut problems = Vec::new();
    let scripts = files("lua");
    for script in &scripts {
        let name = stem(script);
        match (failure(script), skips.remove(&name)) {
            (Some(why), None) => problems.push(format!("{name}: {why}")),
            (None, Some(reason)) => {
                problems.push(format!("{name} passes, but is skipped ({reason})"))
            }
            (None, None) | (Some(_), Some(_)) => {}
        }
    }
    problems.extend(
        skips
            .keys()
            .map(|name| format!("skips.toml names {name}, which is not there")),
    );
    for sidecar in files("expected") {
        if !sidecar.with_extension("lua").exists() {
            problems.push(format!("{} has no script", sidecar.display()));
        }
    }
    println!(
        "{} conformance scripts, {} problems",
        scripts.len(),
        problems.len()
    );
    for problem in &problems {
        println!("  {problem}");
    }
    if problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
