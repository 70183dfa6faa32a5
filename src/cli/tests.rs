//! The commands against an engine that does what its script's first word says.

use super::engine::{Checked, Usage};
use super::*;
use std::fs;
use std::path::Path;

mod bad_input;
mod values;

/// An engine for tests: `print TEXT`, `values JSON`, `write TEXT`,
/// `fail LINE MESSAGE`, `syntax LINE MESSAGE`, `exit N`, the names of limits,
/// `config`, `arguments`, `read PATH` (through `jido.read_file`).
struct Scripted(EngineConfig);

impl Scripted {
    fn error(kind: &'static str, name: &str, rest: &str) -> LuaError {
        let (line, message) = rest.split_once(' ').unwrap();
        let chunk = name.trim_start_matches(['@', '=']).to_owned();
        LuaError {
            kind,
            message: format!("{chunk}:{line}: {message}").into_bytes(),
            chunk,
            line: line.parse().ok(),
            traceback: if kind == "syntax" {
                String::new()
            } else {
                "stack traceback:\n\t[C]: in ?".to_owned()
            },
        }
    }

    fn command(source: &[u8]) -> (String, String) {
        let text = String::from_utf8_lossy(source).into_owned();
        let line = text
            .lines()
            .find(|l| !l.trim().is_empty())
            .unwrap_or("")
            .trim();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        (word.to_owned(), rest.to_owned())
    }
}

impl Engine for Scripted {
    fn open(config: EngineConfig) -> Result<Self, String> {
        Ok(Scripted(config))
    }

    fn run_chunk(&mut self, chunk: Chunk<'_>) -> Report {
        let (word, rest) = Scripted::command(chunk.source);
        let mut output = Vec::new();
        let done = |json: &str| Outcome::Done(Ok(json.as_bytes().to_vec()));
        let outcome = match word.as_str() {
            "print" | "write" => {
                let end = if word == "print" { "\n" } else { "" };
                output = format!("{rest}{end}").into_bytes();
                done("[]")
            }
            "bytes" => {
                output = vec![0xff, 0, b'\n'];
                done("[]")
            }
            "values" => done(&rest),
            "function" => Outcome::Done(Err(LuaError {
                kind: "conversion",
                message: b"Functions cannot be converted to JSON (at $[1])".to_vec(),
                chunk: String::new(),
                line: None,
                traceback: String::new(),
            })),
            "fail" => {
                output = b"before\n".to_vec();
                Outcome::Failed(Scripted::error("runtime", chunk.name, &rest))
            }
            "syntax" => Outcome::Failed(Scripted::error("syntax", chunk.name, &rest)),
            "exit" => Outcome::Exit(rest.parse().unwrap()),
            "fuel" => Outcome::OutOfFuel,
            "memory" => Outcome::OutOfMemory,
            "output" => Outcome::OutputLimit,
            "host_calls" => Outcome::HostCallLimit,
            "deadline" => Outcome::Deadline,
            "cancelled" => Outcome::Cancelled,
            "config" => {
                let EngineConfig { limits, seed, .. } = &self.0;
                output = format!("{limits:?} {seed}\n").into_bytes();
                done("[]")
            }
            "arguments" => {
                let words: Vec<_> = chunk
                    .script_args
                    .iter()
                    .map(|a| String::from_utf8_lossy(a))
                    .collect();
                output = format!("{:?} {words:?} {}\n", chunk.args, chunk.name).into_bytes();
                done("[]")
            }
            "read" => {
                let (_, functions) = self.0.modules.first_mut().unwrap();
                let values = functions[0].1.call(&[rest.into()]).unwrap();
                let json: Vec<_> = values.iter().map(|v| v.to_json().unwrap()).collect();
                done(&serde_json::Value::Array(json).to_string())
            }
            other => panic!("no such command: {other}"),
        };
        let usage = Usage {
            fuel_used: 7,
            memory_peak: 1234,
            host_calls: 2,
            output_bytes: output.len() as u64,
        };
        Report {
            outcome,
            usage,
            output,
            truncated: false,
        }
    }

    fn check(&mut self, source: &[u8], name: &str) -> Checked {
        let (word, rest) = Scripted::command(source);
        let error = (word == "syntax").then(|| Scripted::error("syntax", name, &rest));
        let unknown = |name: &str| (3, name.to_owned());
        let unknown_globals = if word == "globals" {
            vec![unknown("pritn"), unknown("jido")]
        } else {
            Vec::new()
        };
        Checked {
            error,
            unknown_globals,
        }
    }
}

/// What a command did.
struct Ran {
    status: u8,
    stdout: String,
    stderr: String,
}

fn moonfuel(args: &[&str]) -> Ran {
    moonfuel_os(args.iter().map(OsString::from).collect(), b"")
}

fn moonfuel_os(args: Vec<OsString>, mut stdin: &[u8]) -> Ran {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let streams = &mut Streams {
        stdin: &mut stdin,
        stdout: &mut stdout,
        stderr: &mut stderr,
    };
    let args = [OsString::from("moonfuel")].into_iter().chain(args);
    let status = super::run::<Scripted>(args, streams);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran {
        status,
        stdout: text(stdout),
        stderr: text(stderr),
    }
}

fn script(dir: &Path, name: &str, source: impl AsRef<[u8]>) -> String {
    let path = dir.join(name);
    fs::write(&path, source).unwrap();
    path.display().to_string()
}

#[test]
fn run_prints_output_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let ran = moonfuel(&["run", &script(dir.path(), "p.lua", "print hi")]);
    assert_eq!(
        (ran.status, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "hi\n", "")
    );
    let ran = moonfuel(&["run", &script(dir.path(), "f.lua", "function")]);
    assert_eq!(
        (ran.status, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "", "")
    );
}

#[test]
fn run_takes_standard_input_a_shebang_and_a_byte_order_mark() {
    let ran = moonfuel_os(vec!["run".into(), "-".into()], b"print from stdin");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "from stdin\n"));
    let source = b"\xef\xbb\xbf#!/usr/bin/env moonfuel\nfail 2 oh no";
    let ran = moonfuel_os(vec!["run".into(), "-".into()], source);
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr
            .contains("moonfuel: stdin:2: oh no\n 2 | fail 2 oh no\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn everything_after_the_file_belongs_to_the_script() {
    let dir = tempfile::tempdir().unwrap();
    let file = script(dir.path(), "a.lua", "arguments");
    let ran = moonfuel(&[
        "run",
        "--args",
        "{\"x\":1}",
        &file,
        "one",
        "--json",
        "-x",
        "--",
        "",
    ]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.contains(r#"["one", "--json", "-x", "--", ""]"#),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains(r#"Object {"x": Number(1)}"#),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.ends_with(&format!("@{file}\n")),
        "{}",
        ran.stdout
    );
}

#[test]
fn eval_prints_one_array_after_the_output() {
    let ran = moonfuel(&["eval", r#"values [1,"a",null]"#]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "[1,\"a\",null]\n"));
    assert_eq!(moonfuel(&["eval", "print x"]).stdout, "x\n[]\n");
    assert_eq!(moonfuel(&["eval", "write x"]).stdout, "x\n[]\n");
    let ran = moonfuel(&["eval", "function"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert_eq!(
        ran.stderr,
        "moonfuel: Functions cannot be converted to JSON (at $[1])\n"
    );
}

#[test]
fn errors_show_the_line_a_caret_and_the_traceback() {
    let dir = tempfile::tempdir().unwrap();
    let source = "fail 2 attempt to index a nil value (local 'x')\n\tlocal y = max + x.y\n";
    let file = script(dir.path(), "e.lua", source);
    let ran = moonfuel(&["run", &file]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "before\n"));
    assert_eq!(
        ran.stderr,
        format!(
            "moonfuel: {file}:2: attempt to index a nil value (local 'x')\n \
             2 | \tlocal y = max + x.y\n   | \t                ^\nstack traceback:\n\t[C]: in ?\n"
        )
    );
    let ran = moonfuel(&["eval", "syntax 1 unexpected symbol near <eof>"]);
    assert_eq!(ran.status, 3);
    let line = "syntax 1 unexpected symbol near <eof>";
    assert_eq!(
        ran.stderr,
        format!(
            "moonfuel: (command line):1: unexpected symbol near <eof>\n 1 | {line}\n   | {}^\n",
            " ".repeat(line.len())
        )
    );
}

#[test]
fn control_characters_are_shown_as_escapes() {
    let ran = moonfuel(&["eval", "fail 1 \u{1b}[2J\u{7}\u{202e}é\ttab"]);
    assert!(
        ran.stderr.contains("\\x1b[2J\\x07\\u{202e}é\ttab"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains('\u{1b}'));
    assert_eq!(
        escape(b"a\xffb\x7f\xc2\x9b\r\n"),
        "a\\xffb\\x7f\\u{9b}\\x0d\n"
    );
}

#[test]
fn limits_end_with_four_and_say_what_raises_them() {
    for (word, parts) in [
        ("fuel", ["5000", "--fuel"]),
        ("memory", ["16777216", "--memory"]),
        ("output", ["2000", "--output"]),
        ("deadline", ["50 milliseconds", "--timeout"]),
        ("host_calls", ["host functions", ""]),
        ("cancelled", ["cancelled", ""]),
    ] {
        let options = [
            "--fuel",
            "5k",
            "--memory",
            "16M",
            "--output",
            "2KB",
            "--timeout",
            "50",
            word,
        ];
        let ran = moonfuel(&[&["eval"][..], &options].concat());
        assert_eq!((ran.status, ran.stdout.as_str()), (4, ""), "{word}");
        assert!(
            ran.stderr.starts_with("moonfuel: (command line): "),
            "{}",
            ran.stderr
        );
        for part in parts {
            assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
        }
        let ran = moonfuel(&[&["eval", "--json"][..], &options].concat());
        assert_eq!(ran.status, 4);
        let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(json["error"]["kind"], word);
    }
    assert_eq!(moonfuel(&["eval", "exit 7"]).status, 7);
    assert_eq!(moonfuel(&["eval", "exit -1"]).status, 255);
}

#[test]
fn json_is_one_object_with_its_fields_in_order() {
    let ran = moonfuel(&["eval", "--json", "values [1,2.0]"]);
    assert_eq!(
        ran.stdout,
        "{\"ok\":true,\"values\":[1,2.0],\"output\":\"\",\"truncated\":false,\"error\":null,\
         \"fuel_used\":7,\"memory_peak\":1234,\"host_calls\":2}\n"
    );
    let ran = moonfuel(&["eval", "--json", "fail 1 a \"b\""]);
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    assert_eq!(
        ran.stdout,
        "{\"ok\":false,\"values\":null,\"output\":\"before\\n\",\"truncated\":false,\
         \"error\":{\"kind\":\"runtime\",\"message\":\"(command line):1: a \\\"b\\\"\",\
         \"chunk\":\"(command line)\",\"line\":1,\
         \"traceback\":\"stack traceback:\\n\\t[C]: in ?\"},\
         \"fuel_used\":7,\"memory_peak\":1234,\"host_calls\":2}\n"
    );
    let ran = moonfuel(&["eval", "--json", "function"]);
    assert_eq!(ran.status, 1);
    assert!(
        ran.stdout.contains("\"kind\":\"conversion\""),
        "{}",
        ran.stdout
    );
    let ran = moonfuel(&["eval", "--json", "bytes"]);
    assert!(
        ran.stdout.contains("\"output\":\"\u{fffd}\\u0000\\n\""),
        "{}",
        ran.stdout
    );
}

#[test]
fn stats_go_to_standard_error() {
    let ran = moonfuel(&["eval", "--stats", "--json", "values [1]"]);
    assert!(ran.stderr.starts_with(
        "moonfuel: fuel 7, memory peak 1234 bytes, output 0 bytes, host calls 2, time "
    ));
    assert_eq!(ran.stdout.lines().count(), 1);
}

#[test]
fn check_reports_every_file() {
    let dir = tempfile::tempdir().unwrap();
    let good = script(dir.path(), "good.lua", "print");
    let bad = script(
        dir.path(),
        "bad.lua",
        "syntax 1 unexpected symbol near 'symbol'",
    );
    let globals = script(dir.path(), "globals.lua", "globals");
    let ran = moonfuel(&["check", &good, &globals]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""));
    assert_eq!(
        ran.stderr,
        format!("moonfuel: {globals}:3: unknown global 'pritn'\n")
    );
    let ran = moonfuel(&["check", &bad, &good]);
    assert_eq!(ran.status, 3);
    assert!(ran.stderr.contains("unexpected symbol near 'symbol'"));
    assert_eq!(moonfuel(&["check", &bad, "/no/such", &good]).status, 2);
}

#[test]
fn the_root_gives_jido_and_writing_must_be_allowed() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.txt"), "one").unwrap();
    let root = dir.path().display().to_string();
    let ran = moonfuel(&["eval", "--root", &root, "read a.txt"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "[\"     1→one\"]\n"));
    let ran = moonfuel(&["eval", "--root", &root, "--allow", "write", "read ../x"]);
    assert!(
        ran.stdout
            .contains("Security error: path escapes project boundary: ../x")
    );
}
