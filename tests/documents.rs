//! The documents hold: every block of code in them is run, read or compiled.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Programs of others that documents name; their lines are not run here.
const OTHERS: [&str; 7] = ["cargo", "LUA_SUITE", "rustup", "genhtml", "claude", "git", "source"];

struct Block {
    /// The document and the line of the block.
    place: String,
    language: String,
    text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn documents() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(root().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    found.sort();
    found.extend(["README.md", "PERFORMANCE.md"].map(|name| root().join(name)));
    found.retain(|path| path.exists());
    found
}

fn blocks(document: &Path) -> Vec<Block> {
    let text = fs::read_to_string(document).unwrap();
    let name = document.file_name().unwrap().to_str().unwrap();
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                open = Some(Block {
                    place: format!("{name}:{}", number + 1),
                    language: language.to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{name}: a block is not closed");
    blocks
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Runs a line as it stands; returns its exit status and what it said.
fn run(line: &str, folder: &Path) -> (i32, String) {
    let command = Path::new(env!("CARGO_BIN_EXE_moonfuel")).parent().unwrap();
    let path = format!("{}:{}", command.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &format!("{line} </dev/null")])
        .current_dir(folder)
        .env("PATH", path)
        .env("HOME", folder)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
}

/// Tells whether an exit status is no surprise.
fn is_fine(line: &str, status: i32) -> bool {
    let says = |word: &str| line.starts_with(&format!("moonfuel {word}"));
    match status {
        0 => true,
        // What it looks for is what it may find.
        1 => says("fuzz"),
        5 => says("diff"),
        _ => false,
    }
}

#[test]
fn every_line_for_the_shell_does_what_it_says() {
    let mut count = 0;
    for document in documents() {
        let folder = tempfile::tempdir().unwrap();
        copy(&root().join("tests/documents"), folder.path());
        let others = "moonfuel run --record other.jsonl --root project fix.lua -- other";
        let (status, said) = run(others, folder.path());
        assert_eq!(status, 0, "{said}");
        for block in blocks(&document).iter().filter(|block| block.language == "sh") {
            for line in block.text.replace("\\\n", " ").lines() {
                // What stands behind two spaces and a sign is for people.
                let line = line.split("  #").next().unwrap().split(" # ").next().unwrap().trim();
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                if OTHERS.iter().any(|other| line.starts_with(other)) {
                    continue;
                }
                assert!(line.contains("moonfuel"), "{}: what is `{line}`?", block.place);
                count += 1;
                // Without a word about it, this looks for a minute.
                let brief = line.replace("moonfuel fuzz", "moonfuel fuzz --attempts 200");
                let (status, said) = run(&brief, folder.path());
                assert!(is_fine(line, status), "{}: `{line}`: {status}: {said}", block.place);
            }
        }
    }
    assert!(count > 20, "{count}");
}

#[test]
fn every_other_block_is_what_it_claims_to_be() {
    let library = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for document in documents() {
        let name = document.strip_prefix(root()).unwrap().display().to_string();
        for block in blocks(&document) {
            let place = &block.place;
            match block.language.as_str() {
                "sh" | "text" | "" | "diff" | "console" => {}
                // The compiler has these: it runs the documents that the library names.
                "rust" => assert!(library.contains(&format!("\"../{name}\"")), "{place}"),
                "lua" => {
                    let folder = tempfile::tempdir().unwrap();
                    fs::write(folder.path().join("block.lua"), &block.text).unwrap();
                    let (status, said) = run("moonfuel check block.lua", folder.path());
                    assert_eq!(status, 0, "{place}: {said}");
                }
                "json" => {
                    let read = serde_json::from_str::<serde_json::Value>(&block.text);
                    assert!(read.is_ok(), "{place}: {read:?}");
                }
                "jsonl" => {
                    for line in block.text.lines() {
                        let read = serde_json::from_str::<serde_json::Value>(line);
                        assert!(read.is_ok(), "{place}: {read:?}");
                    }
                }
                "toml" => {
                    let read = block.text.parse::<toml::Table>().unwrap();
                    // Whoever copies a policy whole has one that the command takes.
                    if read.contains_key("tier") {
                        let folder = tempfile::tempdir().unwrap();
                        copy(&root().join("tests/documents"), folder.path());
                        fs::write(folder.path().join("block.toml"), &block.text).unwrap();
                        let line = "moonfuel eval --root project --policy block.toml 1";
                        let (status, said) = run(line, folder.path());
                        assert_eq!(status, 0, "{place}: {said}");
                    }
                }
                other => panic!("{place}: nothing here can look at `{other}`"),
            }
        }
    }
}

/// The README's table of limits, by what a row begins with, and what they are.
#[test]
fn the_limits_are_those_that_the_readme_lists() {
    let limits = moonfuel::Limits::default();
    let mib = |bytes: u64| format!("{} MiB", bytes >> 20);
    let grouped = |count: u64| {
        let digits = count.to_string().into_bytes();
        let groups: Vec<_> = digits.rchunks(3).rev().map(String::from_utf8_lossy).collect();
        groups.join(",")
    };
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let help = run("moonfuel run --help", &root()).1;
    for (what, value, option, default) in [
        ("fuel", grouped(limits.fuel), "--fuel", "1G"),
        ("memory", mib(limits.memory), "--memory", "64MiB"),
        ("printed output", mib(limits.output), "--output", "1MiB"),
        ("calls of host functions", grouped(limits.host_calls), "--host-calls", "10k"),
        ("result of one host call", mib(limits.host_result), "–", ""),
        ("source text", mib(limits.source), "–", ""),
        ("coroutines at a time", grouped(limits.coroutines), "–", ""),
        ("calls within calls", grouped(limits.call_depth), "–", ""),
        ("time on the clock", "8000 ms".to_owned(), "--timeout", "8s"),
    ] {
        let row = readme.lines().find(|line| line.starts_with(&format!("| {what}"))).unwrap();
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_eq!(cells[2], value, "{row}");
        assert!(cells[3].trim_start_matches('`').starts_with(option), "{row}");
        let listed = help.lines().find(|line| line.trim_start().starts_with(option));
        let is_listed = listed.is_some_and(|line| line.contains(&format!("[default: {default}]")));
        assert!(is_listed || default.is_empty(), "{row}: {listed:?}");
    }
}
