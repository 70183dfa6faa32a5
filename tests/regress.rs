//! Regression scripts: what each of `tests/regress/*.lua` prints, its status line
//! last, against the sidecar `.expected`.
//!
//! The sidecars were written by hand or taken from PUC-Rio's `lua`; unlike the
//! golden runs they say nothing of fuel and memory. A first line `-- profile: full compat`
//! names the profiles a script runs in: full with `moonfuel lua`, the others with
//! `run --profile`; without one it is strict.

#![allow(clippy::expect_used, reason = "a test may stop, and says what it skipped")]

use std::path::{Path, PathBuf};
use std::process::Command;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regress");

/// Returns the profiles a script is to run in.
fn profiles(script: &Path) -> Vec<String> {
    let source = std::fs::read(script).expect("a script");
    let first = source.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let profiles = first.strip_prefix(b"-- profile: ").unwrap_or(b"strict");
    let profiles = std::str::from_utf8(profiles).expect("names of profiles");
    profiles.split(' ').map(str::to_owned).collect()
}

/// Runs a script and returns its output, errors and exit status as text.
fn observe(script: &Path, profile: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_moonfuel"));
    match profile {
        "full" => command.arg("lua"),
        _ => command.args(["run", "--memory", "256M", "--profile", profile]),
    };
    let out = command
        .arg(script.file_name().expect("a file name"))
        .current_dir(FOLDER)
        .output()
        .expect("moonfuel starts");
    let mut text = String::from_utf8_lossy(&out.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&out.stderr));
    if !out.status.success() {
        text.push_str(&format!("status {:?}\n", out.status.code()));
    }
    text
}

#[test]
fn scripts_print_what_is_expected() {
    let mut scripts: Vec<PathBuf> = std::fs::read_dir(FOLDER)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "lua"))
        .collect();
    scripts.sort();
    assert!(!scripts.is_empty(), "no scripts in {FOLDER}");
    let mut failures = Vec::new();
    for script in &scripts {
        let expected = std::fs::read_to_string(script.with_extension("expected"))
            .unwrap_or_else(|_| panic!("no sidecar of {}", script.display()));
        for profile in profiles(script) {
            let found = observe(script, &profile);
            if found != expected {
                let name = script.display();
                failures.push(format!(
                    "--- {name} ({profile})\nexpected:\n{expected}\nfound:\n{found}"
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
