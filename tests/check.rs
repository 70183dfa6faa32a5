//! What `moonfuel check` finds: rules, places, hints, the functions of the host it names.
//!
//! `tests/faulty/checked.txt` holds scripts (`⏎` stands for the end of a line), and
//! `tests/faulty/checked.expected` the JSON that is said of each;
//! `MOONFUEL_BLESS=1 cargo test --test check` writes that anew.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop, and says why")]
#![cfg(feature = "cli")]

use moonfuel::{Profile, Session, Severity};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

fn scripts(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("## "));
    lines.map(|line| line.replace('⏎', "\n")).collect()
}

#[test]
fn findings_are_those_listed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("script.lua");
    let mut made = String::new();
    for script in scripts(include_str!("faulty/checked.txt")) {
        std::fs::write(&file, &script).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_moonfuel"))
            .current_dir(folder.path())
            .args(["check", "--json", "--strict", "--root", ".", "script.lua"])
            .output()
            .unwrap();
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        writeln!(made, "== {}", script.replace('\n', "⏎")).unwrap();
        writeln!(made, "exit {}", output.status.code().unwrap()).unwrap();
        for found in said["files"][0]["findings"].as_array().unwrap() {
            writeln!(made, "{found}").unwrap();
        }
        for call in said["files"][0]["host_calls"].as_array().unwrap() {
            writeln!(made, "{call}").unwrap();
        }
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/faulty/checked.expected");
    if std::env::var_os("MOONFUEL_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    assert_eq!(made, std::fs::read_to_string(&path).unwrap());
}

#[test]
fn right_scripts_have_no_findings() {
    let mut session = Session::builder().build().unwrap();
    for script in scripts(include_str!("faulty/clean.txt")) {
        let checked = session.check(script.as_bytes(), "=script");
        assert!(checked.findings.is_empty(), "{script}\n{:?}", checked.findings);
    }
}

/// Tells whether PUC-Rio's Lua does not compile a file either, as those that others keep for
/// tests of their parsers (the variable `LUA_REFERENCE` names it, else `lua5.4`).
fn is_no_lua(path: &Path) -> bool {
    let reference = std::env::var("LUA_REFERENCE").unwrap_or_else(|_| "lua5.4".to_owned());
    // Nothing of the file is run.
    let load = ["-e", "os.exit(loadfile(arg[0]) == nil)"];
    let output = Command::new(reference).args(load).arg(path).output();
    output.is_ok_and(|output| output.status.success())
}

/// `LUA_PROGRAMS` names a directory with programs of others, which are looked at too.
#[test]
fn no_program_that_is_lua_has_an_error() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut session = Session::builder().profile(Profile::Compat).build().unwrap();
    let mut looked_at = 0;
    let mut folders =
        vec![root.join("lua-conformance"), root.join("tests/prices"), root.join("tests/golden")];
    folders.extend(std::env::var_os("LUA_PROGRAMS").map(PathBuf::from));
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let is_lua = path.extension().is_some_and(|extension| extension == "lua");
            let broken = ["syntax_error.lua", "broken.lua"];
            let broken = broken.iter().any(|name| path.ends_with(name));
            if !is_lua || broken {
                continue;
            }
            let source = std::fs::read(&path).unwrap();
            let checked = session.check(&source, "=script");
            let errors = checked.findings.iter().filter(|found| found.severity == Severity::Error);
            if errors.count() > 0 {
                let ours = path.starts_with(&root);
                assert!(!ours && is_no_lua(&path), "{}: {:?}", path.display(), checked.error);
                continue;
            }
            looked_at += 1;
        }
    }
    assert!(looked_at > 100, "{looked_at}");
}

/// A generator of numbers, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

/// Changes a script in a few places: pieces taken out, doubled, swapped, strange bytes put in.
fn changed(script: &[u8], random: &mut Random) -> Vec<u8> {
    const PIECES: [&[u8]; 24] = [
        b"end",
        b"(",
        b")",
        b"{",
        b"}",
        b"!=",
        b"\"",
        b"'",
        b"[[",
        b"--",
        b"\xff",
        b"\xe2\x80\x9c",
        b"\0",
        b"\n",
        b" local ",
        b" if ",
        b" function ",
        b"::",
        b"..",
        b":",
        b"=",
        b"then",
        b"else if ",
        b"//",
    ];
    let mut made = script.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(made.len() + 1);
        let to = (at + random.below(8)).min(made.len());
        match random.below(3) {
            0 => drop(made.drain(at..to)),
            1 => {
                let piece = made[at..to].to_vec();
                made.splice(at..at, piece);
            }
            _ => drop(made.splice(at..at, PIECES[random.below(PIECES.len())].iter().copied())),
        }
    }
    made
}

#[test]
fn places_of_changed_scripts_are_inside_of_them() {
    let mut session = Session::builder().build().unwrap();
    let mut random = Random(0x5eed_cafe_f00d_1234);
    let mut all = scripts(include_str!("faulty/scripts.txt"));
    all.extend(scripts(include_str!("faulty/right.txt")));
    for _ in 0..12 {
        for script in &all {
            let source = changed(script.as_bytes(), &mut random);
            let lines: Vec<&[u8]> = source.split(|byte| *byte == b'\n').collect();
            let inside = |line: u32, column: u32| {
                let text = lines.get(line as usize - 1).copied().unwrap_or_default();
                let chars = |chunk: std::str::Utf8Chunk<'_>| {
                    chunk.valid().chars().count() + chunk.invalid().len()
                };
                // A carriage return ends a line too.
                let wide = text.utf8_chunks().map(chars).sum::<usize>() + 1;
                source.contains(&b'\r') || column as usize <= wide
            };
            let checked = session.check(&source, "=script");
            for found in &checked.findings {
                let shown = String::from_utf8_lossy(&source);
                assert!(found.line > 0 && found.column > 0, "{shown}: {found:?}");
                assert!(inside(found.line, found.column), "{shown}: {found:?}");
                assert!(inside(found.end.0, found.end.1), "{shown}: {found:?}");
                assert!((found.line, found.column) <= found.end, "{shown}: {found:?}");
            }
            // Run with little of everything: what it says of its error is there, too.
            let limits = moonfuel::Limits { fuel: 20_000, ..moonfuel::Limits::default() };
            let chunk = moonfuel::Chunk::new(&source).named("=script").limits(limits);
            if let Err(error) = session.run_chunk(chunk).json()
                && let (Some(line), Some(column)) = (error.line, error.column)
            {
                assert!(inside(line, column), "{}: {error:?}", String::from_utf8_lossy(&source));
            }
        }
    }
}
