//! What the command says of faulty scripts: message, excerpt with carets, hint.
//!
//! `tests/faulty/scripts.txt` holds one script a line (`⏎` stands for the end of a line, `##`
//! begins a heading). Each is tried in three settings: by itself, inside of a function and a
//! loop, and beside strings and comments that hold the same text. What is said of them is in
//! `tests/faulty/expected.txt`; `MOONFUEL_BLESS=1 cargo test --test faulty` writes that anew,
//! for you to read the difference.
//!
//! `tests/faulty/right.txt` holds scripts that are right as far as anybody can tell. Their
//! errors, where they raise any, have no hint.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop, and says why")]
#![cfg(feature = "cli")]

#[path = "programs/each.rs"]
mod each;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn scripts(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("## "));
    lines.map(|line| line.replace('⏎', "\n")).collect()
}

/// Runs a script from standard input and returns what is said of it.
fn said(script: &str, options: &[&str]) -> String {
    said_of(script.as_bytes(), options)
}

/// The same of any bytes.
fn said_of(script: &[u8], options: &[&str]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_moonfuel"))
        .arg("run")
        .args(options)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end before it has read all.
    let _ = child.stdin.take().unwrap().write_all(script);
    let output = child.wait_with_output().unwrap();
    let text = if options.contains(&"--json") { output.stdout } else { output.stderr };
    String::from_utf8(text).unwrap()
}

/// Returns the three settings of a script.
fn settings(script: &str) -> [String; 3] {
    let inner = script.replace('\n', "\n    ");
    let nested =
        format!("local function outer()\n  for _ = 1, 1 do\n    {inner}\n  end\nend\nouter()\n");
    let beside = format!("local _ = [==[ {script} ]==]; --[==[ {script} ]==] {script}");
    [script.to_owned(), nested, beside]
}

fn golden(name: &str, made: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/faulty").join(name);
    if std::env::var_os("MOONFUEL_BLESS").is_some() {
        std::fs::write(&path, made).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    let mut differences = String::new();
    for (made, expected) in made.split("\n== ").zip(expected.split("\n== ")) {
        if made != expected {
            write!(differences, "== {made}\n-- expected:\n{expected}\n").unwrap();
        }
    }
    assert!(made == expected, "{differences}");
}

#[test]
fn every_fault_has_its_place_and_its_hint() {
    let all = scripts(include_str!("faulty/scripts.txt"));
    assert!(all.len() * 3 >= 1200, "{}", all.len());
    let in_settings: Vec<String> = all.iter().flat_map(|script| settings(script)).collect();
    let mut shown = each::each(&in_settings, |script| said(script, &[])).into_iter();
    let mut made = String::new();
    for script in &all {
        for (setting, script) in settings(script).iter().enumerate() {
            let heading = script.replace('\n', "⏎");
            let heading = if setting == 0 { heading } else { format!("[{setting}] {heading}") };
            let said = shown.next().unwrap();
            let shown = said.split("stack traceback:").next().unwrap();
            assert!(!shown.is_empty(), "nothing is wrong with {script}");
            writeln!(made, "== {heading}\n{shown}").unwrap();
        }
    }
    golden("expected.txt", &made);
}

#[test]
fn json_has_the_same_places_and_hints() {
    for script in scripts(include_str!("faulty/scripts.txt")) {
        let said = said(&script, &["--json"]);
        let error = &serde_json::from_str::<serde_json::Value>(&said).unwrap()["error"];
        let message = error["message"].as_str().unwrap();
        assert!(!message.contains("hint:"), "{message}");
        if let Some(hint) = error["hint"].as_str() {
            assert!(!message.contains(hint), "{message}");
        }
        let (Some(line), Some(column)) = (error["line"].as_u64(), error["column"].as_u64()) else {
            continue;
        };
        let text = script.split('\n').nth(line as usize - 1).unwrap_or_default();
        assert!(column as usize <= text.chars().count() + 1, "{script}: {said}");
    }
}

/// What is not in the script's text, or is nobody's fault in it, has no caret.
#[test]
fn no_row_of_carets_is_empty() {
    let spin = "local n = 0\nwhile true do n = n + 1 end\n";
    let shown = said(spin, &["--fuel", "1000"]);
    assert!(shown.contains("out of fuel"), "{shown}");
    for script in [spin, "error('x', 2)", "error('x', 0)", "error({})"] {
        let shown = said(script, &["--fuel", "1000"]);
        let rows = shown.lines().filter(|line| line.trim_start().starts_with('|'));
        for row in rows {
            assert!(row.contains('^'), "{script}\n{shown}");
        }
    }
    // Level 2 is whoever called the chunk, and there is no line of theirs to show.
    assert!(!said("error('x', 2)", &[]).contains('^'));
}

/// What a script's other lines say is looked up, not gone through for each of them.
#[test]
#[expect(clippy::disallowed_types, reason = "people wait by the real clock")]
fn hints_of_long_scripts_come_at_once() {
    let calls = "S.dep(1)\n".repeat(20_000);
    let script = format!(
        "local Account, S = {{}}\nfunction Account:dep(amount) return amount + 1 end\n\
         local function never()\n{calls}end\nAccount.dep({{}})\nfunction S.dep(x) end\n"
    );
    let begun = std::time::Instant::now();
    let shown = said(&script, &[]);
    assert!(shown.contains("(local 'amount')") && shown.contains("hint: "), "{shown}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
}

/// Nor are the blocks in front of a function, or the parts of a path, for each of them.
#[test]
#[expect(clippy::disallowed_types, reason = "people wait by the real clock")]
fn hints_of_many_blocks_and_long_paths_come_at_once() {
    let blocks = "do local f = function() end end ".repeat(8000);
    let path = |name: &str| vec![name; 60_000].join(".");
    let long = |name| {
        let path = path(name);
        format!("local function f() end\nif nil then x = {path} end\nf().x = 1")
    };
    let all = [format!("{blocks}\nf()"), long("a"), long("f")];
    let begun = std::time::Instant::now();
    for script in &all {
        assert!(said(script, &[]).contains("hint: "));
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(3), "{:?}", begun.elapsed());
}

/// Words of other languages are looked up where they stand, however often they do.
#[test]
#[expect(clippy::disallowed_types, reason = "people wait by the real clock")]
fn hints_of_many_words_of_other_languages_come_at_once() {
    let begun = std::time::Instant::now();
    for (calls, hint) in [
        ("x=fn();".repeat(35_000), "hint: this `end` closes nothing"),
        (format!("{}local fn {}", "x=1 ".repeat(20_000), "x=fn() y=1 ".repeat(10_000)), "hint: "),
    ] {
        let shown = said(&(calls + "end"), &[]);
        assert!(shown.contains(hint), "{}", &shown[shown.len().saturating_sub(500)..]);
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
    let own = "local function fn(f) return f end local g = fn(1) return g end";
    assert!(!said(own, &[]).contains("not `fn`"));
    let foreign = "local fn g = fn(x) return x end";
    assert!(said(foreign, &[]).contains("hint: "), "{}", said(foreign, &[]));
}

#[test]
fn sources_in_other_encodings_are_told() {
    let wide: Vec<u8> = "\u{feff}print(1)\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = "\u{feff}print(1)\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for source in [&wide, &big, &wide[2..]] {
        let shown = said_of(source, &[]);
        assert!(shown.contains("hint: the source is UTF-16"), "{shown}");
    }
    let shown = said_of(b"local s = '\xe9' print(\xe9)", &[]);
    assert!(shown.contains("hint: the byte E9 is no UTF-8 here"), "{shown}");
    assert!(!said_of(b"print(1)\0", &[]).contains("hint: "));
}

/// Where a host's functions are there, they are what is told in place of the library's.
#[test]
fn functions_of_the_host_stand_in_for_the_librarys() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    for (script, hint) in [
        ("io.open('x')", "`io` is not there: a file's text is `jido.read_file(path)`"),
        ("os.remove('x')", "a file is deleted with `jido.delete_file(path)`"),
        ("os.execute('ls')", "programs are run with `jido.shell(command, {...})`"),
        ("local jido = require('jido')", "`jido` is here without `require`"),
    ] {
        let shown = said(script, &["--root", root]);
        assert!(shown.contains("hint: ") && shown.contains(hint), "{shown}");
        let elsewhere = said(script, &[]);
        assert!(!elsewhere.contains(hint), "{elsewhere}");
    }
}

/// Findings on one long line, as bundlers write them, are drawn from what is near to each.
#[test]
#[expect(clippy::disallowed_types, reason = "people wait by the real clock")]
fn findings_on_a_long_line_come_at_once() {
    let line: String = (0..9000).map(|n| format!("do local v{n} = 1 end ")).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bundle.lua");
    std::fs::write(&file, line).unwrap();
    let begun = std::time::Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_moonfuel")).arg("check").arg(&file).output();
    let shown = String::from_utf8(output.unwrap().stderr).unwrap();
    assert_eq!(shown.matches("unused local").count(), 1000);
    let rows = shown.lines().filter(|line| line.trim_start().starts_with('|'));
    assert!(rows.clone().count() == 1000 && rows.clone().all(|row| row.contains("^^")));
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
}

/// Of two functions on one line, the caret is at the one that `error` blames.
#[test]
fn an_error_of_level_2_is_shown_where_its_function_was_called() {
    let script = "local function f(x) error('bad ' .. x, 2) end f('y')";
    let shown = said(script, &[]);
    let row = shown.lines().find(|line| line.contains('^')).unwrap_or_default();
    let text = shown.lines().find(|line| line.contains("local function")).unwrap_or_default();
    assert_eq!(row.find('^'), text.find("f('y')"), "{shown}");
    // Which level it is cannot be told from the text here, nor which function of that line.
    let script = "local l = 2; local function f() error('bad', l) end f()";
    assert!(!said(script, &[]).contains('^'));
    let script = "local l = 2\nlocal function f()\n  error('bad', l)\nend\nf()";
    assert!(said(script, &[]).contains(" 5 | f()\n   | ^^^\n"));
}

/// What `load` was given is drawn from its own text, and not from the script's.
#[test]
fn errors_in_loaded_strings_have_their_own_excerpt() {
    let script = "local x, y = 1, 2\nlocal f = load('local t = {}\\nprint(t.a.b)')\nf()";
    let shown = said(script, &[]);
    assert!(shown.contains(" 2 | print(t.a.b)\n   |       ^^^\n"), "{shown}");
    let json: serde_json::Value = serde_json::from_str(&said(script, &["--json"])).unwrap();
    assert_eq!((&json["error"]["line"], &json["error"]["column"]), (&2.into(), &7.into()));
    // With a name of its own the text is not known.
    let script = "local f = load('local t = {}\\nprint(t.a.b)', '=f')\nf()";
    assert!(!said(script, &[]).contains('^'));
    // A module that cannot be loaded has its place in a line behind.
    let lib = tempfile::tempdir().unwrap();
    std::fs::write(lib.path().join("bad.lua"), "local x = = 1\n").unwrap();
    let options = ["--json", "--lib", lib.path().to_str().unwrap()];
    let json: serde_json::Value = serde_json::from_str(&said("require('bad')", &options)).unwrap();
    let error = &json["error"];
    assert_eq!((&error["chunk"], &error["line"]), (&"bad.lua".into(), &1.into()));
    assert_eq!(error["column"], 11);
    // So has a module that raises an error.
    let text = "local M = {}\nfunction M.f(t)\n  return 1, t.x.y\nend\nreturn M\n";
    std::fs::write(lib.path().join("m.lua"), text).unwrap();
    let script = "local m = require('m')\n\n\nm.f({})";
    let json: serde_json::Value = serde_json::from_str(&said(script, &options)).unwrap();
    assert_eq!((&json["error"]["line"], &json["error"]["column"]), (&3.into(), &13.into()));
    let shown = said(script, &options[1..]);
    assert!(shown.contains(" 3 |   return 1, t.x.y\n   |             ^^^\n"), "{shown}");
}

/// Of code that is wrong as an expression and as statements, what is said is what its writer
/// meant.
#[test]
fn eval_tells_of_expressions_and_takes_a_minus() {
    let eval = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_moonfuel")).arg("eval").args(words).output();
        let output = output.unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let shown = eval(&["1 +"]).1;
    assert!(shown.contains("near <eof>") && shown.contains(" 1 | 1 +\n   |    ^\n"), "{shown}");
    assert!(eval(&["x = 1 +"]).1.contains(" 1 | x = 1 +\n   |        ^\n"));
    assert_eq!(eval(&["-1"]), (Some(0), "[-1]\n".to_owned()));
    assert_eq!(eval(&["--fuel", "1000", "-1 + 3"]), (Some(0), "[2]\n".to_owned()));
    assert_eq!(eval(&["-#'abc'"]), (Some(0), "[-3]\n".to_owned()));
    // What looks like an option is one.
    assert_eq!(eval(&["--nosuch"]).0, Some(2));
    assert_eq!(eval(&["--nosuch", "1"]).0, Some(2));
    assert_eq!(eval(&["--args", "-1", "args"]), (Some(0), "[-1]\n".to_owned()));
}

#[test]
fn right_scripts_get_no_hint() {
    let all = scripts(include_str!("faulty/right.txt"));
    assert!(all.len() >= 110, "{}", all.len());
    for script in all {
        let said = said(&script, &[]);
        assert!(!said.contains("hint:"), "{script}\n{said}");
    }
}
