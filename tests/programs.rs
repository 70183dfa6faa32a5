//! Programs that others wrote: libraries with their own tests, compilers, benchmarks.
//!
//! `tests/checkouts/list.txt` names public repositories and commands. If the variable
//! `LUA_PROGRAMS` names a directory with checkouts of them (those that are missing are
//! passed over), each command is run by `moonfuel lua` and by PUC-Rio's `lua` (the
//! variable `LUA_REFERENCE`, else `lua5.4`), and must print the same and end alike.
//! Programs may write into their checkouts. `LUA_PROGRAM` picks those whose name
//! contains it. Without `LUA_PROGRAMS` nothing is compared, and the test says so.

#![allow(
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop and look at a clock, and says what it skipped"
)]
#![cfg(all(unix, feature = "cli"))]

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const LIST: &str = include_str!("checkouts/list.txt");
/// What stands in for modules written in C.
const STAND_INS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/checkouts/stand-ins");
/// How long a program may run.
const LIMIT: Duration = Duration::from_secs(300);
/// Lines with these words tell times; their digits do not count.
const TIMES: [&str; 7] = ["second", "time", " sec", "iterations", "Started on", " +0000", "CPU"];

/// The entries of one kind, without their first field.
fn entries(kind: &str) -> Vec<Vec<&'static str>> {
    LIST.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>())
        .filter(|fields| fields[0] == kind)
        .map(|fields| fields[1..].to_vec())
        .collect()
}

/// Where programs are run from and what they find.
struct Bench {
    checkouts: PathBuf,
    /// Links to modules and to the interpreters, both under the name `lua`.
    links: tempfile::TempDir,
}

impl Bench {
    fn new(checkouts: PathBuf, reference: &str) -> Bench {
        let links = tempfile::tempdir().expect("a folder");
        let modules = links.path().join("modules");
        fs::create_dir(&modules).expect("a folder");
        for module in entries("module") {
            symlink(checkouts.join(module[1]), modules.join(module[0])).expect("a link");
        }
        let found = std::env::var_os("PATH")
            .and_then(|path| {
                std::env::split_paths(&path).map(|at| at.join(reference)).find(|at| at.exists())
            })
            .expect("the reference is in PATH");
        for (name, program) in
            [("reference", found), ("ours", env!("CARGO_BIN_EXE_moonfuel").into())]
        {
            let folder = links.path().join(name);
            fs::create_dir(&folder).expect("a folder");
            symlink(program, folder.join("lua")).expect("a link");
        }
        Bench { checkouts, links }
    }

    /// Runs a program and returns its output, errors among it, and its status as text.
    fn run(&self, which: &str, folder: &Path, arguments: &str) -> String {
        let links = self.links.path();
        let lua = links.join(which).join("lua");
        let roots = [&links.join("modules").display().to_string(), STAND_INS, ".", "./src"];
        let path = roots.map(|root| format!("{root}/?.lua;{root}/?/init.lua")).join(";");
        let output = links.join("output");
        let file = File::create(&output).expect("a file");
        let busted = format!("{}/busted/bin/busted -o TAP", self.checkouts.display());
        let mut child = Command::new(&lua)
            .args(arguments.replace("@busted", &busted).split_whitespace())
            .current_dir(folder)
            .env_remove("LUA_INIT")
            .env("LUA_PATH", format!("{path};../?.lua"))
            .env("LUA_CPATH", "./?.so")
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stderr(file.try_clone().expect("a second handle"))
            .stdout(file)
            .spawn()
            .expect("the program starts");
        let start = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("a status") {
                break status;
            }
            if start.elapsed() > LIMIT {
                let _ = child.kill();
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let text = fs::read(&output).expect("the output");
        let text = String::from_utf8_lossy(&text).replace(&lua.display().to_string(), "lua");
        format!("{}{status}\n", comparable(&text))
    }
}

/// Takes out of a text what differs between two runs of one program: addresses, names of
/// temporary files and times.
fn comparable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let timed = TIMES.iter().any(|word| line.contains(word));
        let mut rest = line;
        while let Some(at) = rest.find("0x").or_else(|| rest.find("_tmp")) {
            let name = at + rest[at..].find(|c: char| c.is_ascii_digit()).unwrap_or(0);
            out.extend(rest[..at].chars().filter(|c| !(timed && c.is_ascii_digit())));
            out.push('#');
            let end = rest[name..].find(|c: char| !c.is_ascii_alphanumeric());
            rest = &rest[(at + 2).max(end.map_or(rest.len(), |end| name + end))..];
        }
        out.extend(rest.chars().filter(|c| !(timed && (c.is_ascii_digit() || ".e-".contains(*c)))));
        out.push('\n');
    }
    out
}

/// The first line that differs, as the reference and as ours printed it.
fn difference(expected: &str, found: &str) -> String {
    let pairs = expected.lines().zip(found.lines());
    let at = pairs.take_while(|(expected, found)| expected == found).count();
    let line = |text: &str| text.lines().nth(at).unwrap_or("(end)").to_owned();
    format!("line {}:\n  reference: {}\n  ours:      {}", at + 1, line(expected), line(found))
}

#[test]
fn programs_of_others_print_the_same() {
    let Some(checkouts) = std::env::var_os("LUA_PROGRAMS").map(PathBuf::from) else {
        eprintln!("LUA_PROGRAMS names no directory of checkouts: nothing was compared");
        return;
    };
    let reference = std::env::var("LUA_REFERENCE").unwrap_or_else(|_| "lua5.4".to_owned());
    let only = std::env::var("LUA_PROGRAM").unwrap_or_default();
    let bench = Bench::new(checkouts, &reference);
    let mut compared = 0;
    let mut failures = Vec::new();
    for program in entries("program") {
        let [name, folder, arguments] = program[..] else { panic!("{program:?}") };
        let folder = bench.checkouts.join(folder);
        if !name.contains(&only) {
            continue;
        }
        if !folder.is_dir() {
            eprintln!("{name}: no checkout");
            continue;
        }
        let expected = bench.run("reference", &folder, arguments);
        let found = bench.run("ours", &folder, arguments);
        compared += 1;
        if expected != found {
            failures.push(format!("{name}, {}", difference(&expected, &found)));
        }
    }
    eprintln!("{compared} programs compared");
    assert!(compared > 0, "{}: none of the checkouts is there", bench.checkouts.display());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_list_is_whole() {
    let checkouts = entries("checkout");
    let known = |path: &str| {
        let directory = path.split('/').next().unwrap_or_default();
        checkouts.iter().any(|checkout| checkout[0] == directory)
    };
    for module in entries("module") {
        assert!(known(module[1]), "{module:?}");
    }
    let programs = entries("program");
    for program in &programs {
        assert!(program.len() == 3 && known(program[1]), "{program:?}");
    }
    for checkout in &checkouts {
        assert!(checkout[1].starts_with("https://") && checkout[2].len() == 12, "{checkout:?}");
    }
    assert!(programs.len() > 100 && checkouts.len() > 30);
}

#[test]
fn what_differs_between_runs_does_not_count() {
    assert_eq!(comparable("table: 0x55fd92e82e50 x"), "table: # x\n");
    assert_eq!(comparable("a 12.5e-3 seconds"), comparable("a 1.0 seconds"));
    assert_ne!(comparable("a 12.5"), comparable("a 1.0"));
}
