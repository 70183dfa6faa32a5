//! Our own scripts, by section of the manual.

use crate::Choice;
use crate::skips::Skips;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/lua-conformance");

/// The section of skips.toml.
const SECTION: &str = "scripts";

/// The scripts or sidecars, sorted.
fn files(extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(FOLDER).expect("the folder of the scripts");
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    found.sort();
    found
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("a file name").to_string_lossy().into_owned()
}

/// What a script's first line asks for: `-- profile: compat` or `full`; strict without it.
fn command_for(script: &Path) -> &'static [&'static str] {
    let text = std::fs::read_to_string(script).expect("a readable script");
    match text.lines().next().and_then(|line| line.strip_prefix("-- profile: ")) {
        None => &["run"],
        Some("compat") => &["run", "--profile", "compat"],
        Some("full") => &["lua"],
        Some(other) => panic!("{}: no profile {other}", script.display()),
    }
}

/// Runs a script by its base name from its own folder, as chunk names need.
fn observe(program: &str, before: &[&str], script: &Path) -> std::io::Result<Output> {
    let name = script.file_name().expect("a file name");
    let mut command = Command::new(program);
    for variable in crate::suite::VARIABLES {
        command.env_remove(variable);
    }
    command.args(before).arg(name).current_dir(FOLDER).output()
}

/// Writes the sidecars again, from the interpreter that `LUA` names, or `lua5.4`.
pub(crate) fn bless() -> ExitCode {
    let lua = std::env::var("LUA").unwrap_or_else(|_| "lua5.4".to_owned());
    for script in files("lua") {
        let out = observe(&lua, &[], &script).expect("PUC-Rio's lua is needed to bless");
        assert!(
            out.status.success(),
            "{}: {lua} says {}",
            script.display(),
            String::from_utf8_lossy(&out.stderr)
        );
        std::fs::write(script.with_extension("expected"), out.stdout).expect("write the sidecar");
    }
    println!("blessed {} conformance scripts from {lua}", files("lua").len());
    ExitCode::SUCCESS
}

/// Says how a script fails, with the first line that differs; `None` when it passes.
fn failure(script: &Path) -> Option<String> {
    let Ok(expected) = std::fs::read(script.with_extension("expected")) else {
        return Some("has no .expected; run with --bless".into());
    };
    let out = observe(env!("CARGO_BIN_EXE_moonfuel"), command_for(script), script)
        .expect("moonfuel starts");
    if out.stdout == expected && out.status.success() {
        return None;
    }
    let (want, got) = (String::from_utf8_lossy(&expected), String::from_utf8_lossy(&out.stdout));
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
    Some(format!("ended with {}: {}", out.status, String::from_utf8_lossy(&out.stderr)))
}

/// Runs the scripts and returns what is wrong.
pub(crate) fn run(choice: &Choice, skips: &mut Skips) -> Vec<String> {
    let mut problems = Vec::new();
    let scripts: Vec<PathBuf> =
        files("lua").into_iter().filter(|script| choice.has(&stem(script))).collect();
    for (script, failed) in scripts.iter().zip(crate::each::each(&scripts, |s| failure(s))) {
        let name = stem(script);
        match (failed, skips.take(SECTION, &name)) {
            (Some(why), None) => problems.push(format!("{name}: {why}")),
            (None, Some(reason)) => {
                problems.push(format!("{name} passes, but is skipped ({reason})"));
            }
            (Some(_), Some(reason)) => println!("{name}: skipped, {reason}"),
            (None, None) => {}
        }
    }
    if choice.is_all() {
        problems.extend(skips.left_of(SECTION));
        for sidecar in files("expected") {
            if !sidecar.with_extension("lua").exists() {
                problems.push(format!("{} has no script", sidecar.display()));
            }
        }
    }
    println!("{} conformance scripts, {} problems", scripts.len(), problems.len());
    problems
}
