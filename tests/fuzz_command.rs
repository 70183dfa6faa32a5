//! `moonfuel fuzz` and `--cover`, as a process.

#![allow(
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may stop, and may look at the clock"
)]

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// So much more than a second or two takes as a busy machine may need.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the command in a directory: its status, standard output and standard error.
fn moonfuel(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_moonfuel"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

const SUM: &str = "\
local a = args
if a.x > 100 and a.x + a.y == 4242 then
  error('the sum')
end
";

#[test]
fn a_campaign_of_so_many_attempts_is_the_same_bit_for_bit() {
    let campaign = || {
        let folder = folder(&[("sum.lua", SUM)]);
        let example = r#"{"x": 1, "y": 2}"#;
        let args = ["fuzz", "sum.lua", "--example", example, "--attempts", "2k", "--seed", "3"];
        let args = [&args[..], &["--json", "--corpus", "corpus"]].concat();
        let (status, stdout, stderr) = moonfuel(folder.path(), &args);
        assert_eq!(status, 1, "{stderr}");
        assert!(stderr.starts_with("moonfuel: 20"), "{stderr}");
        assert!(stderr.contains(" 1 failure found\n"), "{stderr}");
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        for place in ["corpus", "sum.lua.failures"] {
            for entry in fs::read_dir(folder.path().join(place)).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(folder.path()).unwrap().display().to_string();
                files.push((name, fs::read(&path).unwrap()));
            }
        }
        files.sort();
        (folder, stdout, files)
    };
    let (folder, stdout, files) = campaign();
    let (_again, same, same_files) = campaign();
    assert_eq!((&stdout, &files), (&same, &same_files));

    let report: Value = serde_json::from_str(&stdout).unwrap();
    let failure = &report["failures"][0];
    assert_eq!(failure["kind"], "error");
    assert_eq!(failure["place"], "sum.lua:3");
    assert_eq!(failure["message"], "sum.lua:3: the sum");
    assert_eq!(report["coverage"][0]["lines"], serde_json::json!([3, 3]));
    assert_eq!(report["failures"].as_array().unwrap().len(), 1);

    // What is saved fails again: when it is tried, and as `--args` of the script.
    let file = failure["file"].as_str().unwrap();
    let (status, stdout, _) = moonfuel(folder.path(), &["fuzz", "sum.lua", "--try", file]);
    assert_eq!((status, stdout), (1, format!("{file}: error at sum.lua:3: sum.lua:3: the sum\n")));
    let input = fs::read_to_string(folder.path().join(file)).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&input).unwrap(), failure["input"]);
    let (status, _, stderr) = moonfuel(folder.path(), &["run", "--args", &input, "sum.lua"]);
    assert_eq!(status, 1);
    assert!(stderr.starts_with("moonfuel: sum.lua:3: the sum\n"), "{stderr}");

    // Without the script and without the input, from the trace.
    let trace = file.replace(".json", ".trace.jsonl");
    fs::rename(folder.path().join("sum.lua"), folder.path().join("gone.lua")).unwrap();
    let (status, stdout, _) = moonfuel(folder.path(), &["replay", &trace]);
    assert_eq!((status, stdout.starts_with("the same: 1 run,")), (0, true), "{stdout}");
    fs::rename(folder.path().join("gone.lua"), folder.path().join("sum.lua")).unwrap();

    // The corpus is where the next campaign begins.
    let args = ["fuzz", "sum.lua", "--example", r#"{"x":1,"y":2}"#, "--attempts", "10"];
    let (_, stdout, _) =
        moonfuel(folder.path(), &[&args[..], &["--json", "--corpus", "corpus"]].concat());
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["failures"][0]["place"], "sum.lua:3");
}

#[test]
fn seconds_end_a_campaign_and_nothing_is_found_in_a_correct_script() {
    let folder = folder(&[("fine.lua", "return #..., (...):upper()")]);
    let args = ["fuzz", "fine.lua", "--bytes=32", "--seconds", "1"];
    let (status, stdout, stderr) = moonfuel(folder.path(), &args);
    assert_eq!((status, stdout.as_str()), (0, ""), "{stderr}");
    assert!(stderr.contains(" 0 failures found\n"), "{stderr}");
    assert!(!folder.path().join("fine.lua.failures").exists());
}

#[test]
fn seconds_end_an_attempt_that_would_not() {
    let folder = folder(&[("loop.lua", "while true do end")]);
    let args = ["fuzz", "loop.lua", "--bytes=8", "--seconds", "1", "--fuel", "1000T"];
    let begin = Instant::now();
    let (status, stdout, stderr) = moonfuel(folder.path(), &args);
    assert!(begin.elapsed() < PATIENCE, "{stderr}");
    assert_eq!((status, stdout.as_str()), (0, ""), "{stderr}");
    assert!(stderr.contains("the time was over before the last attempt had ended"), "{stderr}");
}

#[test]
fn seconds_end_what_makes_an_input_small_and_all_that_is_after() {
    let source = "for i = 1, 300000 do end\nif #... > 10 then error('long') end";
    let folder = folder(&[("slow.lua", source)]);
    // Each byte of the input is tried: that would be many minutes.
    fs::create_dir(folder.path().join("corpus")).unwrap();
    fs::write(folder.path().join("corpus/a.bin"), "b".repeat(20_000)).unwrap();
    let args = ["fuzz", "slow.lua", "--bytes=20000", "--seconds", "2", "--fuel", "1G", "--json"];
    let begin = Instant::now();
    let (status, stdout, stderr) =
        moonfuel(folder.path(), &[&args[..], &["--corpus", "corpus"]].concat());
    assert!(begin.elapsed() < PATIENCE, "{stderr}");
    assert_eq!(status, 1, "{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let failure = &report["failures"][0];
    assert_eq!(failure["place"], "slow.lua:2");
    let input = folder.path().join(failure["file"].as_str().unwrap());
    assert!(fs::read(&input).unwrap().len() > 10);
    let trace = input.with_extension("trace.jsonl");
    let (status, stdout, _) = moonfuel(folder.path(), &["replay", trace.to_str().unwrap()]);
    assert_eq!((status, stdout.starts_with("the same: 1 run,")), (0, true), "{stdout}");
}

#[test]
fn what_is_found_is_told_and_saved() {
    let folder = folder(&[("b.lua", "if ... == 'moon\\0' then\n  local x = nil + 1\nend")]);
    let args = ["fuzz", "b.lua", "--bytes", "--attempts", "500", "--failures", "found"];
    let (status, stdout, _) = moonfuel(folder.path(), &args);
    assert_eq!(status, 1);
    let lines: Vec<&str> = stdout.lines().collect();
    let message = "error at b.lua:2: b.lua:2: attempt to perform arithmetic on a nil value";
    assert_eq!(lines[..2], [message, "  input: \"moon\\x00\""]);
    let file = lines[2].strip_prefix("  saved: ").unwrap();
    assert_eq!(fs::read(folder.path().join(file)).unwrap(), b"moon\0");
    let about = fs::read_to_string(folder.path().join(file.replace(".bin", ".txt"))).unwrap();
    assert!(about.starts_with(message) && about.contains("stack traceback"), "{about}");
}

#[test]
fn a_schema_says_what_inputs_are() {
    let schema = r#"{"type": "object", "required": ["level"],
        "properties": {"level": {"type": "integer", "minimum": 1, "maximum": 5}}}"#;
    let script = "local names = {'a', 'b', 'c', 'd'} return #names[args.level]";
    let folder = folder(&[("s.lua", script), ("schema.json", schema), ("bad.json", "{")]);
    let args = ["fuzz", "s.lua", "--schema", "schema.json", "--attempts", "300", "--json"];
    let (status, stdout, _) = moonfuel(folder.path(), &args);
    assert_eq!(status, 1);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["failures"][0]["input"], serde_json::json!({"level": 5}));
    for (args, status, what) in [
        (&["fuzz", "s.lua", "--schema", "bad.json"][..], 2, "bad.json is not valid JSON"),
        (&["fuzz", "s.lua", "--schema", "none.json"], 2, "cannot read none.json"),
        (&["fuzz", "s.lua", "--example", "{"], 2, "the example is not valid JSON"),
        (&["fuzz", "s.lua"], 2, "say what its inputs are: --schema"),
        (&["fuzz", "s.lua", "--bytes", "--example", "1"], 2, "cannot be used with"),
        (&["fuzz", "none.lua", "--bytes"], 2, "cannot read none.lua"),
        (&["fuzz", "bad.json", "--bytes"], 3, "bad.json:1: unexpected symbol near"),
    ] {
        let (found, _, stderr) = moonfuel(folder.path(), args);
        assert_eq!(found, status, "{args:?}: {stderr}");
        assert!(stderr.contains(what), "{args:?}: {stderr}");
    }
}

#[test]
fn cover_tells_what_was_not_executed_or_writes_it_down() {
    let module = "local m = {}\nfunction m.used() return 1 end\nfunction m.unused()\n  return 2\nend\nreturn m\n";
    let script =
        "local m = require('m')\nif m.used() == 2 then\n  print('never')\nend\nprint('x')\n";
    let folder = folder(&[("s.lua", script), ("m.lua", module)]);
    let plain = moonfuel(folder.path(), &["run", "--stats", "--lib", ".", "s.lua"]);
    let args = ["run", "--stats", "--cover", "--lib", ".", "s.lua"];
    let (status, stdout, stderr) = moonfuel(folder.path(), &args);
    assert_eq!((status, &stdout), (0, &plain.1));
    let (figures, report) = stderr.split_once('\n').unwrap();
    // All but the time.
    let without_time = |text: &str| text.split(", time").next().unwrap().to_owned();
    assert_eq!(without_time(figures), without_time(&plain.2));
    assert_eq!(
        report,
        "moonfuel: m.lua: 5 of 6 lines (not: 4)\n\
         moonfuel: s.lua: 3 of 4 lines, 1 of 2 branches (not: 3)\n"
    );
    let args = ["run", "--cover=out.info", "--lib", ".", "s.lua"];
    let (status, _, stderr) = moonfuel(folder.path(), &args);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let lcov = fs::read_to_string(folder.path().join("out.info")).unwrap();
    let records: Vec<&str> = lcov.split_inclusive("end_of_record\n").collect();
    assert_eq!(records.len(), 2, "{lcov}");
    assert_eq!(
        records[1],
        "TN:\nSF:s.lua\nFN:1,main chunk\nFNDA:1,main chunk\nFNF:1\nFNH:1\n\
         BRDA:2,0,0,0\nBRDA:2,0,1,1\nBRF:2\nBRH:1\n\
         DA:1,1\nDA:2,1\nDA:3,0\nDA:5,1\nLF:4\nLH:3\nend_of_record\n"
    );
    // A failing run has its coverage too, and `eval` as well.
    let args = ["eval", "--cover", "error('no')"];
    let (status, _, stderr) = moonfuel(folder.path(), &args);
    assert_eq!(status, 1);
    assert!(stderr.contains("moonfuel: (command line): 1 of 1 lines\n"), "{stderr}");
    let args = ["run", "--cover=none/out.info", "s.lua", "--lib", "."];
    assert_eq!(moonfuel(folder.path(), &args).0, 2);
}

#[test]
fn what_takes_memory_without_end_is_told_from_what_does_not_end() {
    let bombs = [
        "local t = {} while true do t[#t + 1] = {} end",
        "local t = {} while true do t[#t + 1] = #t end",
        "local t = {} for i = 1, math.huge do t[i .. ''] = i end",
        "local t = {} while true do local n = #t t[n + 1] = function() return n end end",
    ];
    for bomb in bombs {
        let script = format!("if args.n == 77 then {bomb} end");
        let folder = folder(&[("b.lua", &script)]);
        let args = ["fuzz", "b.lua", "--example", r#"{"n": 1}"#, "--attempts", "200"];
        let (status, stdout, stderr) = moonfuel(folder.path(), &args);
        assert_eq!(status, 1, "{bomb}: {stderr}");
        assert!(stdout.starts_with("memory at b.lua:1"), "{bomb}: {stdout}");
        assert_eq!(stdout.matches("saved: ").count(), 1, "{bomb}: {stdout}");
    }
    let script = "local n = args.n while n == 77 do n = n + 0 end";
    let folder = folder(&[("b.lua", script)]);
    let args = ["fuzz", "b.lua", "--example", r#"{"n": 1}"#, "--attempts", "200"];
    let (_, stdout, _) = moonfuel(folder.path(), &args);
    assert!(stdout.starts_with("fuel at b.lua:1"), "{stdout}");
}

#[test]
fn reports_of_coverage_name_files_from_where_the_command_is_run() {
    let folder = folder(&[("s.lua", "require('a.m') require('n')")]);
    fs::create_dir_all(folder.path().join("lib/a")).unwrap();
    fs::create_dir_all(folder.path().join("lib/n")).unwrap();
    fs::write(folder.path().join("lib/a/m.lua"), "load('local x = 1', '@gone.lua')()").unwrap();
    fs::write(folder.path().join("lib/n/init.lua"), "local x = 1").unwrap();
    let args = ["run", "--cover=out.info", "--lib", "lib", "s.lua"];
    let (status, _, stderr) = moonfuel(folder.path(), &args);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let lcov = fs::read_to_string(folder.path().join("out.info")).unwrap();
    let mut names: Vec<&str> = lcov.lines().filter_map(|line| line.strip_prefix("SF:")).collect();
    names.sort_unstable();
    // What is no file of the library's keeps the name that the script gave it.
    assert_eq!(names, ["gone.lua", "lib/a/m.lua", "lib/n/init.lua", "s.lua"]);
}
