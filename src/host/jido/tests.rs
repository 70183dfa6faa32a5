//! The file callbacks over a real directory, row by row of the features they
//! promise.

use super::*;
use crate::session::with_context;
use crate::{Limits, Reply};
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

mod elsewhere;
mod escape;
mod write;

/// A project directory like the one jido's own tests use, with its callbacks.
pub(super) struct Fixture {
    temp: TempDir,
    functions: Vec<(&'static str, Box<dyn HostFunction>)>,
}

impl Fixture {
    pub(super) fn new() -> Fixture {
        Fixture::with(JidoOptions::default())
    }

    pub(super) fn writable() -> Fixture {
        Fixture::with(JidoOptions {
            allow_write: true,
            require_read: false,
            ..JidoOptions::default()
        })
    }

    pub(super) fn with(options: JidoOptions) -> Fixture {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("P");
        fs::create_dir_all(root.join("src")).unwrap();
        fs::create_dir_all(root.join("lib")).unwrap();
        fs::create_dir_all(root.join("config")).unwrap();
        fs::create_dir_all(root.join(".jido_code")).unwrap();
        fs::create_dir_all(temp.path().join("P2")).unwrap();
        fs::create_dir_all(temp.path().join("outside")).unwrap();
        let files: [(&str, &[u8]); 12] = [
            ("P/a.txt", b"one\ntwo\nthree"),
            ("P/nl.txt", b"a\n"),
            ("P/crlf.txt", b"one\r\ntwo"),
            ("P/empty.txt", b""),
            ("P/bin.dat", b"a\0b"),
            ("P/src/main.ex", b"main"),
            ("P/src/helper.ex", b"helper"),
            ("P/file%2dname.txt", b"dash"),
            ("P/.jido_code/settings.json", b"{\"secret\":1}"),
            ("P/config/settings.json", b"{}"),
            ("P2/x", b"OUTSIDE"),
            ("outside/passwd", b"OUTSIDE"),
        ];
        for (name, content) in files {
            fs::write(temp.path().join(name), content).unwrap();
        }
        fs::write(root.join("long.txt"), "x".repeat(2500)).unwrap();
        fs::write(root.join("u.txt"), "→".repeat(900)).unwrap();
        fs::write(root.join("latebin.dat"), ["x".repeat(9000).as_bytes(), b"\0"].concat()).unwrap();
        use std::os::unix::fs::symlink;
        let outside = temp.path().join("outside");
        symlink(outside.join("passwd"), root.join("esc")).unwrap();
        symlink(&outside, root.join("dirlink")).unwrap();
        symlink("a.txt", root.join("in")).unwrap();
        symlink("src", root.join("srclink")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        symlink("nowhere", root.join("dangling")).unwrap();
        symlink("../outside", root.join("relative_escape")).unwrap();
        let functions = Jido::open(&root, options).unwrap().functions();
        Fixture { temp, functions }
    }

    pub(super) fn root(&self) -> PathBuf {
        self.temp.path().join("P")
    }

    pub(super) fn call(&mut self, name: &str, args: &[HostValue]) -> Vec<HostValue> {
        let (_, function) = self.functions.iter_mut().find(|(n, _)| *n == name).unwrap();
        let mut args = args.to_vec();
        let reply = with_context(&Limits::default(), |cx| function.call(cx, &mut args)).unwrap();
        let Reply::Now(values) = reply else { panic!("{reply:?}") };
        values
    }

    /// Calls a function that must succeed and returns its one value.
    pub(super) fn ok(&mut self, name: &str, args: &[HostValue]) -> HostValue {
        let mut values = self.call(name, args);
        assert_eq!(values.len(), 1, "{name}: {values:?}");
        values.remove(0)
    }

    /// Calls a function that must answer `nil, message` and returns the message.
    pub(super) fn err(&mut self, name: &str, args: &[HostValue]) -> String {
        match self.call(name, args).as_slice() {
            [HostValue::Nil, HostValue::String(text)] => String::from_utf8_lossy(text).into(),
            other => panic!("{name}: {other:?}"),
        }
    }

    pub(super) fn read(&mut self, path: &str) -> String {
        text(self.ok("read_file", &[path.into()]))
    }

    pub(super) fn read_err(&mut self, path: &str) -> String {
        self.err("read_file", &[path.into()])
    }

    fn read_with(&mut self, path: &str, options: &[(&str, HostValue)]) -> String {
        let options = object(options);
        text(self.ok("read_file", &[path.into(), options]))
    }

    fn names(&mut self, args: &[HostValue]) -> Vec<String> {
        let HostValue::Array(entries) = self.ok("list_dir", args) else { panic!("no array") };
        entries.iter().map(|e| text(e.field("name").unwrap().clone())).collect()
    }
}

pub(super) fn text(value: HostValue) -> String {
    match value {
        HostValue::String(bytes) => String::from_utf8(bytes).unwrap(),
        other => panic!("not a string: {other:?}"),
    }
}

/// Makes a pipe that nobody writes to.
fn make_pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn object(fields: &[(&str, HostValue)]) -> HostValue {
    HostValue::object(fields.iter().cloned())
}

#[test]
fn the_callbacks_have_jidos_names() {
    let fixture = Fixture::new();
    let names: Vec<_> = fixture.functions.iter().map(|(name, _)| *name).collect();
    let wanted = "read_file write_file list_dir glob file_exists file_stat is_file is_dir \
                  delete_file mkdir_p shell git edit_file multi_edit grep todo_read todo_write \
                  shell_background shell_output shell_kill web_fetch ask_user";
    assert_eq!(names, wanted.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn row_27_lines_are_numbered() {
    let mut f = Fixture::new();
    assert_eq!(f.read("a.txt"), "     1→one\n     2→two\n     3→three");
    assert_eq!(f.read("empty.txt"), "     1→");
    assert_eq!(f.read("nl.txt"), "     1→a\n     2→");
    assert_eq!(f.read("crlf.txt"), "     1→one\n     2→two");
    fs::write(f.root().join("cr_at_end.txt"), "a\r").unwrap();
    assert_eq!(f.read("cr_at_end.txt"), "     1→a\r");
    let lines: Vec<_> = (1..=100_001).map(|i| i.to_string()).collect();
    fs::write(f.root().join("big.txt"), lines.join("\n")).unwrap();
    assert_eq!(
        f.read_with("big.txt", &[("offset", 100_000.into()), ("limit", 2.into())]),
        "100000→100000\n100001→100001"
    );
    fs::write(f.root().join("wide.txt"), "\n".repeat(999_999)).unwrap();
    assert_eq!(f.read_with("wide.txt", &[("limit", 1.into())]), "      1→");
}

#[test]
fn row_28_offset_and_limit() {
    let mut f = Fixture::new();
    fs::write(f.root().join("five.txt"), "1\n2\n3\n4\n5").unwrap();
    let two = [("offset", 2.into()), ("limit", 2.into())];
    assert_eq!(f.read_with("five.txt", &two), "     2→2\n     3→3");
    let floats = [("offset", 2.9.into()), ("limit", 1.2.into())];
    assert_eq!(f.read_with("five.txt", &floats), "     2→2");
    assert_eq!(f.read_with("five.txt", &[("offset", 99.into())]), "");
    assert_eq!(f.read_with("five.txt", &[("limit", 0.into())]), "");
    assert_eq!(f.read_with("five.txt", &[("limit", (-2).into())]), "     4→4\n     5→5");
    let whole = f.read("five.txt");
    for ignored in [HostValue::from(0), (-7).into(), i64::MIN.into(), "2".into(), f64::NAN.into()] {
        assert_eq!(f.read_with("five.txt", &[("offset", ignored)]), whole);
    }
    let endless = [("limit", HostValue::Number(f64::INFINITY))];
    assert_eq!(f.read_with("five.txt", &endless), whole);
    assert_eq!(f.read_with("five.txt", &[("offset", i64::MAX.into())]), "");
    fs::write(f.root().join("many.txt"), "x\n".repeat(3000)).unwrap();
    let shown = f.read("many.txt");
    assert_eq!(shown.lines().count(), 2000);
    assert!(shown.ends_with("  2000→x"));
}

#[test]
fn row_29_long_lines_are_cut_by_characters() {
    let mut f = Fixture::new();
    assert_eq!(f.read("long.txt"), format!("     1→{} [truncated]", "x".repeat(2000)));
    assert_eq!(f.read("u.txt"), format!("     1→{}", "→".repeat(900)));
    fs::write(f.root().join("u2.txt"), "→".repeat(2001)).unwrap();
    assert_eq!(f.read("u2.txt"), format!("     1→{} [truncated]", "→".repeat(2000)));
    fs::write(f.root().join("u3.txt"), "→".repeat(2000)).unwrap();
    assert_eq!(f.read("u3.txt"), format!("     1→{}", "→".repeat(2000)));
    fs::write(f.root().join("bad.txt"), [0xff; 2001]).unwrap();
    let HostValue::String(bytes) = f.ok("read_file", &["bad.txt".into()]) else { panic!() };
    let expected = ["     1→".as_bytes(), &[0xff; 2000], b" [truncated]"].concat();
    assert_eq!(bytes, expected);
}

#[test]
fn row_30_binary_files() {
    let mut f = Fixture::new();
    assert_eq!(f.read_err("bin.dat"), "Binary file detected: bin.dat. Cannot read binary files.");
    assert!(f.read("latebin.dat").ends_with("[truncated]"));
}

#[test]
fn row_31_missing_files_and_wrong_arguments() {
    let mut f = Fixture::new();
    assert_eq!(f.read_err("missing.txt"), "File not found: missing.txt");
    assert_eq!(f.read_err("src"), "Is a directory: src");
    assert_eq!(f.read_err("a.txt/x"), "Not a directory: a.txt/x");
    assert_eq!(f.err("read_file", &[]), "read_file requires a path argument");
    assert_eq!(f.err("read_file", &[123.into()]), "read_file requires a path argument");
    assert_eq!(f.err("list_dir", &[123.into()]), "list_dir requires a path argument");
    for name in ["file_exists", "is_file", "is_dir"] {
        assert_eq!(f.err(name, &[]), format!("{name} requires a path argument"));
    }
}

#[test]
fn files_over_the_limit_are_refused_by_size() {
    let mut f = Fixture::with(JidoOptions { read_limit: 100, ..JidoOptions::default() });
    assert_eq!(f.read_err("long.txt"), "File too large: long.txt (2500 bytes, limit 100)");
    fs::write(f.root().join("lines.txt"), "\n".repeat(100)).unwrap();
    assert_eq!(
        f.read_err("lines.txt"),
        "Result too large: lines.txt (limit 200; use offset and limit)"
    );
    assert_eq!(f.read_with("lines.txt", &[("limit", 2.into())]), "     1→\n     2→");
}

#[test]
fn row_38_directories_are_listed_in_order() {
    let mut f = Fixture::new();
    let all = f.names(&[]);
    let dirs = [".jido_code", "config", "lib", "src"];
    let dirs: Vec<_> = dirs.into_iter().chain(["srclink"]).collect();
    assert_eq!(all[..dirs.len()], dirs);
    let mut files = all[dirs.len()..].to_vec();
    files.sort();
    assert_eq!(all[dirs.len()..], files);
    assert_eq!(f.names(&["".into()]), all);
    assert_eq!(f.names(&[".".into()]), all);
    let entries = f.ok("list_dir", &["src".into()]);
    let entry = |name: &str| object(&[("name", name.into()), ("type", "file".into())]);
    assert_eq!(entries, HostValue::Array(vec![entry("helper.ex"), entry("main.ex")]));
    assert_eq!(f.ok("list_dir", &["lib".into()]), HostValue::Array(vec![]));
    assert_eq!(f.err("list_dir", &["a.txt".into()]), "Not a directory: a.txt");
    assert_eq!(f.err("list_dir", &["no".into()]), "File not found: no");
}

#[test]
fn row_38_ignore_patterns_filter_names() {
    let mut f = Fixture::new();
    for name in ["x.log", "y.log", "y.logs", "node_modules", "é.tmp"] {
        fs::write(f.root().join("lib").join(name), "").unwrap();
    }
    let mut ignoring = |patterns: &[&str]| {
        let patterns = patterns.iter().map(|&p| p.into()).collect();
        let options = object(&[("ignore_patterns", HostValue::Array(patterns))]);
        f.names(&["lib".into(), options])
    };
    assert_eq!(ignoring(&["*.log", "node_modules"]), ["y.logs", "é.tmp"]);
    assert_eq!(ignoring(&["?.*"]), ["node_modules"]);
    assert_eq!(ignoring(&["*"]), [""; 0]);
    assert_eq!(ignoring(&["node", "x.lo", "[xy].log", ""]).len(), 5);
    assert_eq!(ignoring(&["*o*o*s"]), ["x.log", "y.log", "y.logs", "é.tmp"]);
}

#[test]
fn patterns_that_cost_too_much_are_refused() {
    let mut f = Fixture::new();
    fs::write(f.root().join("lib").join("a".repeat(250)), "").unwrap();
    let patterns = vec![HostValue::from(format!("*{}b", "a".repeat(120))); 5000];
    let options = object(&[("ignore_patterns", HostValue::Array(patterns))]);
    assert_eq!(
        f.err("list_dir", &["lib".into(), options]),
        "The patterns take too long to match: lib"
    );
}

#[test]
fn row_40_questions_answer_with_booleans() {
    let mut f = Fixture::new();
    let mut ask = |name: &str, path: &str| f.ok(name, &[path.into()]) == HostValue::Boolean(true);
    assert!(ask("file_exists", "a.txt") && ask("file_exists", "src") && ask("file_exists", ""));
    assert!(!ask("file_exists", "no") && !ask("file_exists", "a.txt/below"));
    assert!(ask("is_file", "a.txt") && !ask("is_file", "src") && !ask("is_file", "no"));
    assert!(ask("is_dir", "src") && ask("is_dir", ".") && !ask("is_dir", "a.txt"));
    assert!(!ask("is_dir", "no"));
    assert!(!ask("file_exists", "dangling"));
    assert!(ask("is_file", "in") && ask("is_dir", "srclink"));
    for name in ["file_exists", "is_file", "is_dir"] {
        assert_eq!(
            f.err(name, &["../x".into()]),
            "Security error: path escapes project boundary: ../x"
        );
        assert_eq!(
            f.err(name, &[".jido_code/settings.json".into()]),
            "Security error (protected_settings_file): .jido_code/settings.json"
        );
    }
}

#[test]
fn grep_goes_by_the_bytes_of_paths_and_finds_no_more_than_was_asked_for() {
    let mut f = Fixture::writable();
    for path in ["g/a.txt", "g/a/x", "g/a-b", "g/a0", "g/b.c/x", "g/b/c/x", "g/b/c!"] {
        f.ok("write_file", &[path.into(), "wanted".into()]);
    }
    let mut found = |path: &str, most: Option<i64>| {
        let most = most.map(|most| object(&[("max_results", most.into())]));
        let args = ["wanted".into(), path.into(), most.unwrap_or_default()];
        let HostValue::Array(lines) = f.ok("grep", &args) else { panic!("no list") };
        let file = |line: &HostValue| text(line.field("file").unwrap().clone());
        lines.iter().map(file).collect::<Vec<_>>()
    };
    let all = ["g/a-b", "g/a.txt", "g/a/x", "g/a0", "g/b.c/x", "g/b/c!", "g/b/c/x"];
    assert_eq!(found("g", None), all);
    assert_eq!(found(".", Some(3)), all[..3]);
    for path in ["g", "g/a0"] {
        assert!(found(path, Some(0)).is_empty());
        assert!(found(path, Some(-1)).is_empty());
    }
    assert_eq!(found("g/a0", Some(1)), ["g/a0"]);
}

#[test]
fn a_missing_root_or_a_file_is_no_root() {
    let f = Fixture::new();
    assert!(Jido::open(&f.root().join("no"), JidoOptions::default()).is_err());
    assert!(Jido::open(&f.root().join("a.txt"), JidoOptions::default()).is_err());
}
