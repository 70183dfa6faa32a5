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
                    let read = block.text.parse::<toml::Table>();
                    assert!(read.is_ok(), "{place}: {read:?}");
                }
                other => panic!("{place}: nothing here can look at `{other}`"),
            }
        }
    }
}
