//! A command that records is killed at random moments: every trace can be read, and going on
//! with it comes to what would have been.
//!
//! `REPLAY_KILLS=200` kills it so many times; few, otherwise.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_types,
    reason = "a test may stop, and looks at the clock"
)]

use moonfuel::Trace;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::{sleep, yield_now};
use std::time::Duration;

/// A new file each time, and one that is overwritten again and again, as jido lets those do
/// who have seen it.
const SCRIPT: &str = "
local sum = 0
for i = 1, 150 do
    local before = jido.read_file('out/' .. i - 1 .. '.txt') or ''
    jido.write_file('out/' .. i .. '.txt', before:sub(-200) .. i .. '\\n')
    assert(jido.write_file('out/last.txt', i .. ' of 150\\n'))
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

/// What came of the script. (What a call takes that is made for the second time, when its
/// effect is there already, may be less.)
fn result(output: &Output) -> [serde_json::Value; 4] {
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    ["ok", "values", "output", "host_calls"].map(|field| report[field].clone())
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

/// Waits until the trace has grown to so many bytes, however slow the machine is, or its
/// writer has ended.
fn wait_for(child: &mut Child, trace: &Path, size: u64) {
    while fs::metadata(trace).map_or(0, |file| file.len()) < size
        && child.try_wait().unwrap().is_none()
    {
        yield_now();
    }
}

#[test]
fn killed_recordings_read_and_go_on_to_the_same() {
    let kills: u64 = std::env::var("REPLAY_KILLS").map_or(12, |kills| kills.parse().unwrap());
    let whole = folder();
    let output = recording(whole.path(), &whole.path().join("root")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let expected = (result(&output), files(&whole.path().join("root")));
    // Nothing but the trace is needed to do it again.
    let trace = whole.path().join("trace.jsonl");
    let size = fs::metadata(&trace).unwrap().len();
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
        wait_for(&mut child, &trace, size * (seed % 1000) / 1000);
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
        let text = fs::read(&trace).unwrap();
        if text.iter().filter(|byte| **byte == b'\n').count() == 1 {
            // No run had begun.
            assert_eq!((output.stdout.len(), output.status.code()), (0, Some(0)));
            continue;
        }
        assert_eq!((result(&output), files(&root)), expected, "kill {kill}: {output:?}");
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
    fs::write(root.join("a.txt"), "hello moon").unwrap();
    let script = "return jido.read_file('a.txt') and jido.edit_file('a.txt', 'moon', 'sun')";
    fs::write(folder.path().join("script.lua"), script).unwrap();
    let output = recording(folder.path(), &root).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    // Killed within the second call.
    let trace = folder.path().join("trace.jsonl");
    let text = fs::read_to_string(&trace).unwrap();
    let cut: String = text.split_inclusive('\n').take(5).collect();
    fs::write(&trace, &cut).unwrap();
    let output = resuming(folder.path(), &root);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &report["error"]["kind"]), (Some(5), &"open".into()));
    assert_eq!(report["error"]["name"], "jido.edit_file");
    assert_eq!(fs::read_to_string(&trace).unwrap(), cut);
    // Somebody has looked: the text is replaced.
    let options =
        ["replay", "--resume", "--json", "--allow", "write", "--reply", "[true]", "--root"];
    let output = command().args(options).arg(&root).arg(&trace).output().unwrap();
    assert_eq!(result(&output)[1], serde_json::json!([true]), "{output:?}");
    assert_eq!(fs::read_to_string(root.join("a.txt")).unwrap(), "hello sun");
    assert!(Trace::parse(fs::read(&trace).unwrap()).unwrap().replay().is_ok());
}
