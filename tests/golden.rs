//! Golden runs: status, output, error, fuel and peak memory of the scripts in `tests/golden/`.
//!
//! Fuel and memory are part of the contract, so they stand in the sidecars. A script's first line
//! may give options: `-- opts: --fuel 1000`. `cargo test --test golden -- --bless` (or
//! `MOONFUEL_BLESS=1`) writes the sidecars again; look at the difference before keeping it.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may stop, and says what it skipped"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use serde_json::Value;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
const OPTIONS: &str = "-- opts:";

fn blessing() -> bool {
    std::env::args().any(|arg| arg == "--bless")
        || std::env::var_os("MOONFUEL_BLESS").is_some_and(|value| value == "1")
}

fn section(out: &mut String, name: &str, body: &str) {
    out.push_str(&format!("== {name}\n{body}"));
    if !body.is_empty() && !body.ends_with('\n') {
        out.push('\n');
    }
}

/// A field as text: strings bare, absent ones empty, others as JSON.
fn field(value: &Value, name: &str) -> String {
    match &value[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Runs a script and renders what it did as a sidecar's text.
fn observe(script: &Path) -> String {
    let source = std::fs::read_to_string(script).expect("read the script");
    let options = source
        .lines()
        .next()
        .and_then(|line| line.strip_prefix(OPTIONS))
        .unwrap_or("");
    let out = Command::new(env!("CARGO_BIN_EXE_moonfuel"))
        .args(["run", "--json"])
        .args(options.split_whitespace())
        .arg(script.file_name().expect("a file name"))
        .current_dir(FOLDER)
        .output()
        .expect("moonfuel starts");
    let mut text = String::new();
    section(
        &mut text,
        "status",
        &out.status
            .code()
            .map_or("killed".into(), |code| code.to_string()),
    );
    let Ok(result) = serde_json::from_slice::<Value>(&out.stdout) else {
        section(&mut text, "not json", &String::from_utf8_lossy(&out.stdout));
        section(&mut text, "stderr", &String::from_utf8_lossy(&out.stderr));
        return text;
    };
    section(&mut text, "values", &field(&result, "values"));
    section(&mut text, "stdout", &field(&result, "output"));
    if result["truncated"] == Value::Bool(true) {
        section(&mut text, "truncated", "true");
    }
    if result["error"].is_object() {
        let error = &result["error"];
        let head = ["kind", "chunk", "line", "message", "traceback"]
            .iter()
            .filter(|name| !error[**name].is_null())
            .map(|name| format!("{name}: {}\n", field(error, name)))
            .collect::<String>();
        section(&mut text, "error", &head);
    }
    section(&mut text, "stderr", &String::from_utf8_lossy(&out.stderr));
    section(&mut text, "fuel", &field(&result, "fuel_used"));
    section(&mut text, "peak", &field(&result, "memory_peak"));
    text
}

/// The folder's files, sorted: scripts, and anything that belongs to none.
fn files() -> (Vec<PathBuf>, Vec<PathBuf>) {
    let entries = std::fs::read_dir(FOLDER).expect("the folder of goldens");
    let mut all: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    all.sort();
    let (scripts, others): (Vec<PathBuf>, Vec<PathBuf>) = all
        .into_iter()
        .partition(|path| path.extension().is_some_and(|e| e == "lua"));
    let stray = others
        .into_iter()
        .filter(|path| {
            path.extension().is_none_or(|e| e != "expected") || !path.with_extension("lua").exists()
        })
        .collect();
    (scripts, stray)
}

fn main() -> ExitCode {
    if std::env::args().any(|arg| arg == "--list") {
        return ExitCode::SUCCESS;
    }
    let (scripts, stray) = files();
    let mut problems: Vec<String> = stray
        .iter()
        .map(|path| format!("{} belongs to no script", path.display()))
        .collect();
    for script in &scripts {
        let got = observe(script);
        let sidecar = script.with_extension("expected");
        if blessing() {
            std::fs::write(&sidecar, &got).expect("write the sidecar");
            continue;
        }
        let want = std::fs::read_to_string(&sidecar).unwrap_or_default();
        if want != got {
            problems.push(format!(
                "{} differs\n--- expected ---\n{want}--- got ---\n{got}",
                script.display()
            ));
        }
    }
    println!("{} goldens, {} problems", scripts.len(), problems.len());
    for problem in &problems {
        println!("{problem}");
    }
    if problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
