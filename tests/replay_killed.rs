//! A command that records is killed at random moments: every trace can be read, and going on
//! with it comes to what would have been.
//!
//! `REPLAY_KILLS=200` kills it so many times; few, otherwise.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

use moonfuel::{ReplayError, Trace};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const SCRIPT: &str = "
local sum = 0
for i = 1, 150 do
    local name = 'out/' .. i % 5 .. '.txt'
    local before = jido.read_file(name) or ''
    jido.write_file(name, before:sub(-200) .. i .. '\\n')
    sum = sum + #before
    if i % 10 == 0 then print(i, sum, jido.file_exists('out/' .. i .. '.txt')) end
end
return sum, #jido.list_dir('out')
";

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_moonfuel"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The command that records the script.
fn recording(folder: &Path, root: &Path) -> Command {
    let mut command = command();
    command.args(["run", "--json", "--timeout", "0", "--allow", "write", "--root"]).arg(root);
    command.arg("--record").arg(folder.join("trace.jsonl")).arg(folder.join("script.lua"));
    command
}

/// The command that goes on.
fn resuming(folder: &Path, root: &Path) -> Output {
    let mut command = command();
    command.args(["replay", "--resume", "--json", "--timeout", "0", "--allow", "write", "--root"]);
    command.arg(root).arg(folder.join("trace.jsonl")).output().unwrap()
}

fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(root.join("out")).into_iter().flatten();
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())
        })
        .collect()
}

/// Makes a folder with the script and an empty root.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("script.lua"), SCRIPT).unwrap();
    fs::create_dir(folder.path().join("root")).unwrap();
    folder
}

#[test]
fn killed_recordings_read_and_go_on_to_the_same() {
    let kills: u64 = std::env::var("REPLAY_KILLS").map_or(12, |kills| kills.parse().unwrap());
    let whole = folder();
    let begin = Instant::now();
    let output = recording(whole.path(), &whole.path().join("root")).output().unwrap();
    let took = begin.elapsed();
    assert!(output.status.success(), "{output:?}");
    let expected = (String::from_utf8(output.stdout).unwrap(), files(&whole.path().join("root")));
    // Nothing but the trace is needed to do it again.
    let trace = whole.path().join("trace.jsonl");
    let replayed = command().arg("replay").arg(&trace).current_dir("/").output().unwrap();
    assert!(replayed.status.success(), "{replayed:?}");
    let (mut within, mut seed) = (0, 0x9e37_79b9_7f4a_7c15_u64);
    for kill in 0..kills {
        let folder = folder();
        let root = folder.path().join("root");
        let trace = folder.path().join("trace.jsonl");
        let mut child = recording(folder.path(), &root).spawn().unwrap();
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        sleep(took * u32::try_from(seed % 1000).unwrap() / 1000);
        child.kill().unwrap();
        child.wait().unwrap();
        let text = fs::read(&trace).unwrap_or_default();
        match Trace::parse(&text) {
            Ok(read) => within += u64::from(!read.is_closed()),
            // Before the first entry was whole nothing had happened.
            Err(error) => {
                assert!(error.line == 1 && !text.contains(&b'\n'), "kill {kill}: {error}");
                assert!(files(&root).is_empty());
                continue;
            }
        }
        // Sometimes twice.
        if kill % 3 == 0 {
            let mut child = command();
            child.args(["replay", "--resume", "--timeout", "0", "--allow", "write", "--root"]);
            let mut child = child.arg(&root).arg(&trace).spawn().unwrap();
            sleep(Duration::from_micros(seed % 30_000));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let output = resuming(folder.path(), &root);
        let stdout = String::from_utf8(output.stdout.clone()).unwrap();
        let text = fs::read(&trace).unwrap();
        if text.iter().filter(|byte| **byte == b'\n').count() == 1 {
            // No run had begun.
            assert_eq!((stdout.as_str(), output.status.code()), ("", Some(0)));
            continue;
        }
        assert_eq!((stdout, files(&root)), expected, "kill {kill}: {output:?}");
        let trace = Trace::parse(&text).unwrap();
        assert!(trace.is_closed());
        if let Err(error) = trace.replay() {
            panic!("kill {kill}: {error}");
        }
    }
    assert!(kills < 10 || within * 3 > kills, "{within} of {kills} within the run");
}

#[test]
fn a_call_that_is_not_idempotent_is_asked_about() {
    let folder = folder();
    let root = folder.path().join("root");
    fs::write(
        folder.path().join("script.lua"),
        "local r = jido.list_dir('.') or {} return #r, jido.write_file('f.txt', 'x')",
    )
    .unwrap();
    let output = recording(folder.path(), &root).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let trace = folder.path().join("trace.jsonl");
    let text = fs::read_to_string(&trace).unwrap();
    // Cut within the first call, and as if the function were not declared idempotent.
    let cut: Vec<&str> = text.split_inclusive('\n').take(3).collect();
    fs::write(&trace, cut.concat()).unwrap();
    let output = resuming(folder.path(), &root);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let read = Trace::parse(fs::read(&trace).unwrap()).unwrap();
    assert!(!matches!(read.replay(), Err(ReplayError::Open(_))));
}
