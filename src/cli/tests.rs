//! The commands in one process: real Lua, streams that are bytes.

use super::*;
use std::fs;
use std::path::Path;

mod bad_input;
mod calls;
#[cfg(target_os = "linux")]
mod full_disk;
mod hosts;
mod logs;
mod names;
#[cfg(feature = "net")]
mod network;
mod outcomes;
mod prompt;
mod tools;
mod traces;
mod unused;
mod values;

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
        is_process: false,
    };
    let args = [OsString::from("moonfuel")].into_iter().chain(args);
    let status = super::run(args, streams);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { status, stdout: text(stdout), stderr: text(stderr) }
}

fn script(dir: &Path, name: &str, source: impl AsRef<[u8]>) -> String {
    let path = dir.join(name);
    fs::write(&path, source).unwrap();
    path.display().to_string()
}

fn json(ran: &Ran) -> serde_json::Value {
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn run_prints_output_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let ran = moonfuel(&["run", &script(dir.path(), "p.lua", "print 'hi' return 1")]);
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "hi\n", ""));
    // What it returns need not have a JSON form.
    let ran = moonfuel(&["run", &script(dir.path(), "f.lua", "return print")]);
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
}

#[test]
fn run_takes_standard_input_a_shebang_and_a_byte_order_mark() {
    let ran = moonfuel_os(vec!["run".into(), "-".into()], b"print('from stdin')");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "from stdin\n"));
    let source = b"\xef\xbb\xbf#!/usr/bin/env moonfuel\nerror('oh no')";
    let ran = moonfuel_os(vec!["run".into(), "-".into()], source);
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr
            .starts_with("moonfuel: stdin:2: oh no\n 2 | error('oh no')\n   | ^^^^^^^^^^^^^^\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn everything_after_the_file_belongs_to_the_script() {
    let dir = tempfile::tempdir().unwrap();
    let source = "print(select('#', ...), ...) print(args.x)";
    let file = script(dir.path(), "a.lua", source);
    let ran = moonfuel(&["run", "--args", "{\"x\":1}", &file, "one", "--json", "-x", "--", ""]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "5\tone\t--json\t-x\t--\t\n1\n"));
}

#[test]
fn eval_prints_one_array_and_the_output_elsewhere() {
    let ran = moonfuel(&["eval", "return 1, 'a', nil"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "[1,\"a\",null]\n"));
    let ran = moonfuel(&["eval", "print 'x' return 1"]);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("[1]\n", "x\n"));
    let ran = moonfuel(&["eval", "return print"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert_eq!(ran.stderr, "moonfuel: Functions cannot be converted to JSON (at $[1])\n");
}

#[test]
fn errors_show_the_line_a_caret_and_the_traceback() {
    let dir = tempfile::tempdir().unwrap();
    let source = "print('before')\n\tlocal max, x = 1 local y = max + x.y\n";
    let file = script(dir.path(), "e.lua", source);
    let ran = moonfuel(&["run", &file]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "before\n"));
    let shown = crate::base::chunk_id::chunk_id(format!("@{file}").as_bytes());
    let shown = String::from_utf8(shown).unwrap();
    assert_eq!(
        ran.stderr,
        format!(
            "moonfuel: {shown}:2: attempt to index a nil value (local 'x')\n \
             2 |     local max, x = 1 local y = max + x.y\n   |                                      ^\n\
             stack traceback:\n\t{shown}:2: in main chunk\n\t[C]: in ?\n"
        )
    );
    let ran = moonfuel(&["eval", "return 1 +"]);
    assert_eq!(ran.status, 3);
    assert_eq!(
        ran.stderr,
        "moonfuel: (command line):1: unexpected symbol near <eof>\n 1 | return 1 +\n   |           ^\n\
         hint: a value is missing behind `+`\n"
    );
}

#[test]
fn lines_are_counted_as_the_lexer_counts_them() {
    for newline in ["\n", "\r", "\r\n", "\n\r"] {
        let source = ["local a", "local b = 1", "error('here')", "return"].join(newline);
        let ran = moonfuel_os(vec!["run".into(), "-".into()], source.as_bytes());
        assert!(
            ran.stderr
                .starts_with("moonfuel: stdin:3: here\n 3 | error('here')\n   | ^^^^^^^^^^^^^\n"),
            "{newline:?}: {}",
            ran.stderr
        );
    }
}

#[test]
fn a_message_may_name_a_line_that_is_not_there() {
    for code in ["error('(command line):99: x', 0)", "error('(command line):4294967295: x', 0)"] {
        let ran = moonfuel(&["eval", code]);
        assert_eq!(ran.status, 1);
        assert!(ran.stderr.starts_with("moonfuel: (command line):"), "{}", ran.stderr);
        assert!(!ran.stderr.contains(" | "), "{}", ran.stderr);
    }
}

#[test]
fn a_page_of_coverage_counts_lines_as_the_lexer_does() {
    let dir = tempfile::tempdir().unwrap();
    let file = script(dir.path(), "s.lua", "local a = 1\r\n--\ra = 2\n\ra = 3\r");
    let page = dir.path().join("c.html");
    assert_eq!(moonfuel(&["run", &format!("--cover={}", page.display()), &file]).status, 0);
    let page = fs::read_to_string(page).unwrap();
    for line in
        ["<i>1</i><i>1</i>local a = 1</", "<i>1</i><i>3</i>a = 2</", "<i>1</i><i>4</i>a = 3</"]
    {
        assert!(page.contains(line), "{line}: {page}");
    }
    assert!(!page.contains("<i>5</i>"), "{page}");
}

#[test]
fn fuzz_reads_json_as_args_do() {
    let dir = tempfile::tempdir().unwrap();
    let file = script(dir.path(), "s.lua", "return args");
    let nested = script(dir.path(), "n.json", "[".repeat(128) + &"]".repeat(128));
    let marked = script(dir.path(), "m.json", "\u{feff}[1]");
    let broken = script(dir.path(), "b.json", b"\"\xff\"");
    let tries = moonfuel(&["fuzz", &file, "--try", &nested, &marked]);
    assert_eq!((tries.status, tries.stderr.as_str()), (0, ""), "{}", tries.stdout);
    let example = format!("@{marked}");
    let ran = moonfuel(&["fuzz", &file, "--example", &example, "--attempts", "1"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let ran = moonfuel(&["fuzz", &file, "--try", &broken]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.ends_with("b.json is not valid JSON: it is no valid UTF-8\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn eval_shows_no_hidden_character_as_it_is() {
    let ran = moonfuel(&["eval", r"'\u{9b}31m\u{202e}\u{61c}\u{e0041}\127é', {['\u{2066}'] = 1}"]);
    let shown = r#"["\u009b31m\u202e\u061c\udb40\udc41\u007fé",{"\u2066":1}]"#;
    assert_eq!(ran.stdout, format!("{shown}\n"), "{}", ran.stderr);
    let read: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(read[0], "\u{9b}31m\u{202e}\u{61c}\u{e0041}\u{7f}é");
}

#[test]
fn control_characters_are_shown_as_escapes() {
    let ran = moonfuel(&["eval", "error('\\27[2J\\7\u{202e}é\\ttab', 0)"]);
    assert!(ran.stderr.starts_with("moonfuel: \\x1b[2J\\x07\\u{202e}é\ttab\n"), "{}", ran.stderr);
    assert!(!ran.stderr.contains('\u{1b}'));
    assert_eq!(escape(b"a\xffb\x7f\xc2\x9b\r\n"), "a\\xffb\\x7f\\u{9b}\\x0d\n");
}

#[test]
fn stats_go_to_standard_error() {
    let ran = moonfuel(&["eval", "--stats", "--json", "print('four') return 1"]);
    let result = json(&ran);
    let expected = format!(
        "moonfuel: fuel {}, memory peak {} bytes, output 5 bytes, host calls 0, time ",
        result["fuel_used"], result["memory_peak"]
    );
    assert!(ran.stderr.starts_with(&expected), "{}", ran.stderr);
    assert!(result["fuel_used"].as_u64() > Some(3), "{}", ran.stdout);
    assert!(result["memory_peak"].as_u64() > Some(1000), "{}", ran.stdout);
}

#[test]
fn check_reports_every_file() {
    let dir = tempfile::tempdir().unwrap();
    let good = script(dir.path(), "good.lua", "print(#args, jido)");
    let bad = script(dir.path(), "bad.lua", "local x = symbol symbol");
    let globals = script(dir.path(), "globals.lua", "mine = 1\n\nreturn pritn(mine), jido");
    let ran = moonfuel(&["check", &good, &globals]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""));
    assert_eq!(
        ran.stderr,
        format!(
            "moonfuel: {globals}:3:8: warning: unknown global 'pritn' [unknown-global]\n \
             3 | return pritn(mine), jido\n   |        ^^^^^\nhint: did you mean `print`?\n"
        )
    );
    assert_eq!(moonfuel(&["check", "--strict", &good]).status, 0);
    assert_eq!(moonfuel(&["check", "--strict", &good, &globals]).status, 1);
    assert_eq!(moonfuel(&["check", "--strict", &globals, &bad]).status, 3);
    let ran = moonfuel(&["check", "--stats", &good]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("--stats has no effect"), "{}", ran.stderr);
    let ran = moonfuel(&["check", &bad, &good]);
    assert_eq!(ran.status, 3);
    assert!(ran.stderr.contains("syntax error near <eof>"), "{}", ran.stderr);
    assert_eq!(moonfuel(&["check", &bad, "/no/such", &good]).status, 2);
}

#[test]
fn the_root_gives_jido_and_writing_must_be_allowed() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.txt"), "one").unwrap();
    let root = dir.path().display().to_string();
    let ran = moonfuel(&["eval", "--root", &root, "return jido.read_file('a.txt')"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "[\"     1→one\"]\n"));
    let write = "return jido.write_file('b.txt', 'two')";
    let ran = moonfuel(&["eval", "--root", &root, write]);
    assert!(ran.stdout.starts_with("[null,\""), "{}", ran.stdout);
    assert!(!dir.path().join("b.txt").exists());
    let ran = moonfuel(&["eval", "--root", &root, "--allow", "write", write]);
    assert_eq!(ran.stdout, "[true]\n");
    assert_eq!(fs::read(dir.path().join("b.txt")).unwrap(), b"two");
    let ran = moonfuel(&["eval", "--root", &root, "return jido.read_file('../x')"]);
    assert!(ran.stdout.contains("Security error: path escapes project boundary: ../x"));
}
