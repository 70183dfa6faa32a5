//! The official suite through `moonfuel lua`, each file unchanged and in a folder of its own.

use crate::Choice;
use crate::each::each;
use crate::process::{Ended, process};
use crate::skips::Skips;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The sections of skips.toml: what must fail, and what is not run at all.
const SECTION: &str = "suite";
const NOT_RUN: &str = "suite-not-run";

/// What the environment could change in a run.
pub(crate) const VARIABLES: [&str; 6] =
    ["LUA_INIT", "LUA_INIT_5_4", "LUA_PATH", "LUA_PATH_5_4", "LUA_CPATH", "LUA_CPATH_5_4"];

/// How long a file may take.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Portable tests without those that take long, and no word about what was left out.
pub(crate) const SETTINGS: &str = "_port=true _soft=true _nomsg=true";

/// One line of the table: a file, or the whole suite from `all.lua`.
struct Entry {
    name: String,
    file: String,
    settings: &'static str,
    /// What standard output must have.
    says: &'static str,
}

/// The names of the suite's files, sorted.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| {
        panic!("LUA_SUITE: {}: {error}", folder.display());
    });
    let mut found: Vec<String> = entries
        .map(|entry| entry.expect("a readable entry").file_name().to_string_lossy().into_owned())
        .filter(|name| Path::new(name).extension().is_some_and(|e| e == "lua"))
        .collect();
    found.sort();
    assert!(found.iter().any(|name| name == "all.lua"), "LUA_SUITE has no all.lua");
    found
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Runs one line's file in a copy of the suite.
fn observe(folder: &Path, entry: &Entry) -> Ended {
    let place = tempfile::tempdir().expect("a folder for the copy");
    let copied: PathBuf = place.path().join("testes");
    copy(folder, &copied).expect("a copy of the suite");
    let mut command = Command::new(env!("CARGO_BIN_EXE_moonfuel"));
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    command.args(["lua", "-e", entry.settings, &entry.file]).current_dir(&copied);
    process(&mut command, place.path(), TIME_LIMIT).expect("moonfuel starts")
}

/// Says where a file failed: the message, and the line of the file itself that led there.
fn reason(entry: &Entry, ended: &Ended) -> Option<String> {
    let stderr = String::from_utf8_lossy(&ended.stderr);
    let Some(status) = ended.status else {
        return Some(format!("not within {} s", TIME_LIMIT.as_secs()));
    };
    if status.success() {
        let stdout = String::from_utf8_lossy(&ended.stdout);
        return (!stdout.contains(entry.says)).then(|| format!("does not say {:?}", entry.says));
    }
    let short = |line: &str| line.trim().chars().take(150).collect::<String>();
    let message =
        stderr.lines().find(|line| line.starts_with("lua: ") || line.contains("panicked"));
    let message = message.or_else(|| stderr.lines().next());
    let mut text = message.map_or_else(|| status.to_string(), short);
    if let Some(line) = stderr.lines().find(|line| line.ends_with("in main chunk")) {
        text.push_str(&format!(" [{}]", short(line)));
    }
    Some(text)
}

/// Runs the suite, prints its table and returns what is wrong.
pub(crate) fn run(folder: &Path, choice: &Choice, skips: &mut Skips) -> Vec<String> {
    let entry = |file: String| Entry { name: file.clone(), file, settings: SETTINGS, says: "" };
    let mut entries: Vec<Entry> = files(folder).into_iter().map(entry).collect();
    // The longest first.
    entries.insert(
        0,
        Entry {
            name: "all.lua for users".into(),
            file: "all.lua".into(),
            settings: "_U=true",
            says: "final OK !!!",
        },
    );
    entries.retain(|entry| choice.has(&entry.name));
    println!("{:18}  {:5}  {:>8}  first failure", "official suite", "", "seconds");
    entries.retain(|entry| match skips.take(NOT_RUN, &entry.name) {
        Some(reason) => {
            println!("{:18}  {:5}  {:>8}  {reason}", entry.name, "-", "");
            false
        }
        None => true,
    });
    let ended = each(&entries, |entry| observe(folder, entry));
    let mut problems = Vec::new();
    let mut passed = 0;
    for (entry, ended) in entries.iter().zip(&ended) {
        let (failed, skip) = (reason(entry, ended), skips.take(SECTION, &entry.name));
        let word = match (&failed, &skip) {
            (None, None) => "pass",
            (Some(_), Some(_)) => "skip",
            _ => "FAIL",
        };
        passed += usize::from(failed.is_none());
        let why = failed.clone().unwrap_or_default();
        println!("{:18}  {word:5}  {:8.2}  {why}", entry.name, ended.time.as_secs_f64());
        match (failed, skip) {
            (Some(_), None) => problems.push(format!("suite: {} fails", entry.name)),
            (None, Some(reason)) => {
                problems.push(format!("suite: {} passes, but is skipped ({reason})", entry.name))
            }
            _ => {}
        }
    }
    println!("{passed} of {} runs of the official suite pass", entries.len());
    problems
}
