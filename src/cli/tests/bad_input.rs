//! Everything that can be wrong before a script runs: a clear message, an exit
//! status, never a panic.

use super::*;
use crate::cli::whole;
use std::io::Read;

#[test]
fn usage_errors_exit_with_two() {
    let cases: [(&[&str], &str); 46] = [
        (&[], "subcommand"),
        (&["fly"], "fly"),
        (&["run"], "FILE"),
        (&["eval"], "CODE"),
        (&["check"], "FILE"),
        (&["run", "--bogus", "x.lua"], "--bogus"),
        (&["eval", "--fuel", "lots", "print"], "whole number"),
        (&["eval", "--fuel", "-5", "print"], "-5"),
        (&["eval", "--memory", "16X", "print"], "unknown unit"),
        (&["eval", "--profile", "full", "print"], "the full profile is for `moonfuel lua` alone"),
        (&["eval", "--seed", "x", "print"], "--seed"),
        (&["eval", "--seed", "-1", "print"], "a whole number from 0 to"),
        (&["eval", "--timeout", "1.5s", "print"], "as in 1500ms"),
        (&["eval", "--memory", "1.5G", "print"], "expected a whole number"),
        (&["tool", "nosuch"], "there is no tool 'nosuch'\n"),
        (&["eval", "--args", "{", "print"], "not valid JSON"),
        (&["eval", "--args", "{} x", "print"], "not valid JSON"),
        (&["eval", "--allow", "write", "print"], "--root"),
        (&["eval", "--root", ".", "--allow", "write,fly", "print"], "the permissions are"),
        (&["eval", "--allow", "net=x.org", "print"], "has no effect"),
        (&["eval", "--allow", "shell", "print"], "without --root DIR or --host imp"),
        (&["eval", "--host", "imp", "--allow", "git", "print"], "without --root DIR"),
        (&["eval", "--extensions", "/no/such", "print"], "the extensions /no/such: no such file"),
        (&["command", "x"], "commands are those of --extensions DIR"),
        (&["command", "--json", "x"], "--json has no effect"),
        (&["tool", "greet"], "there is no tool 'greet'"),
        (&["tool", "--root", ".", "--extensions", ".", "jido.glob"], "--extensions has no effect"),
        (&["eval", "--root", ".", "--allow", "env=HOME", "print"], "has no effect unless"),
        (&["eval", "--root", ".", "--policy", "/no/such.toml", "print"], "cannot read the policy"),
        (&["eval", "--policy", "x.toml", "print"], "--root"),
        (&["eval", "--audit", "x.jsonl", "print"], "--root"),
        (&["eval", "--host", "emacs", "print"], "the hosts are"),
        (&["eval", "--decode", "last", "print"], "the ways are"),
        (&["types", "--format", "html"], "the formats are"),
        (&["tool", "jido.reed_file"], "did you mean 'jido.read_file'?"),
        (&["tool", "jido.read_file"], "needs --root DIR"),
        (&["tool", "--root", ".", "jido.read_file", "{\"file\":1}"], "no parameter 'file'"),
        (&["tool", "--root", ".", "jido.read_file", "{"], "not valid JSON"),
        (&["tool", "lua_execute", "--config", "/no/such.toml"], "cannot read"),
        (&["eval", "--root", "/no/such/dir", "print"], "cannot open the root /no/such/dir"),
        (&["eval", "--timeout", "soon", "print"], "whole number"),
        (&["replay", "x"], "cannot read the trace"),
        (&["replay", "Cargo.toml"], "Cargo.toml is no trace: --record FILE makes one"),
        (&["eval", "--host-calls", "few", "print"], "whole number"),
        (
            &["eval", "--memory", "1K", "return 1"],
            "limit of 1024 bytes (raise with --memory SIZE)\n",
        ),
        (&["completions"], "[possible values: bash, "),
    ];
    for (args, part) in cases {
        let ran = moonfuel(args);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ran.stderr.contains(part), "{args:?}: {}", ran.stderr);
    }
    let deep = "[".repeat(100_000);
    assert_eq!(moonfuel(&["eval", "--args", &deep, "print"]).status, 2);
}

#[test]
fn help_and_version_go_to_standard_output() {
    let ran = moonfuel(&["--help"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    for command in ["run", "eval", "check"] {
        assert!(ran.stdout.contains(command));
    }
    let ran = moonfuel(&["run", "--help"]);
    assert!(ran.stdout.contains("--fuel") && ran.stdout.contains("FILE|- [ARG…]"));
    assert!(moonfuel(&["--version"]).stdout.starts_with("moonfuel "));
}

#[test]
fn files_that_cannot_be_read_exit_with_two() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().display().to_string();
    let ran = moonfuel(&["run", "/no/such.lua"]);
    assert_eq!(ran.status, 2);
    assert_eq!(ran.stderr, "moonfuel: cannot read /no/such.lua: no such file or directory\n");
    let ran = moonfuel(&["run", &path]);
    assert_eq!(ran.status, 2);
    assert_eq!(ran.stderr, format!("moonfuel: cannot read {path}: it is a directory\n"));
    assert_eq!(moonfuel(&["run", ""]).status, 2);
    let nul = moonfuel(&["run", "a\0b"]);
    assert_eq!(nul.status, 2);
    assert!(nul.stderr.contains("a\\x00b"), "{}", nul.stderr);
}

#[test]
fn a_huge_script_is_refused_before_it_is_all_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("huge.lua");
    fs::File::create(&path).unwrap().set_len(100 << 20).unwrap();
    let ran = moonfuel(&["run", &path.display().to_string()]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("huge.lua is too large: a script may have 16777216 bytes"));
    let mut endless = io::repeat(b' ');
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let streams = &mut Streams {
        stdin: &mut endless,
        stdout: &mut stdout,
        stderr: &mut stderr,
        is_process: false,
    };
    let args = ["moonfuel", "run", "-"].map(OsString::from);
    assert_eq!(crate::cli::run(args, streams), 2);
    assert!(String::from_utf8(stderr).unwrap().contains("stdin is too large"));
}

#[test]
fn what_is_read_whole_has_an_end() {
    let endless = whole::read_up_to(&mut io::repeat(b' '), 1 << 20);
    assert_eq!(endless.unwrap_err().to_string(), "it is larger than 1 MiB");
    let all = whole::read_up_to(&mut io::repeat(b' ').take(1 << 20), 1 << 20);
    assert_eq!(all.unwrap().len(), 1 << 20);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("args.json");
    fs::write(&path, b"\xff").unwrap();
    let named = format!("@{}", path.display());
    let ran = moonfuel(&["eval", "1", "--args", &named]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("for `--args`: it is no valid UTF-8"), "{}", ran.stderr);
}

#[test]
fn names_and_arguments_need_not_be_utf8() {
    use std::os::unix::ffi::OsStringExt;
    let dir = tempfile::tempdir().unwrap();
    let name = OsString::from_vec(b"\xff.lua".to_vec());
    let path = dir.path().join(&name);
    fs::write(&path, "error('oops')").unwrap();
    let ran = moonfuel_os(vec!["run".into(), path.into_os_string(), name.clone()], b"");
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("\u{fffd}.lua:1: oops"), "{}", ran.stderr);
    assert_eq!(moonfuel_os(vec!["run".into(), "--fuel".into(), name.clone()], b"").status, 2);
    assert_eq!(moonfuel_os(vec![name], b"").status, 2);
}

#[test]
fn the_command_has_one_name_whatever_its_file_is_called() {
    for name in ["moonfuel", "/usr/local/bin/moonfuel", "./other"] {
        for words in [&["eval"][..], &["--help"], &["help", "types"], &["diff", "a"], &["run"]] {
            let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
            let streams = &mut Streams {
                stdin: &mut io::empty(),
                stdout: &mut stdout,
                stderr: &mut stderr,
                is_process: false,
            };
            let args = std::iter::once(&name).chain(words).map(OsString::from);
            crate::cli::run(args, streams);
            let said = String::from_utf8([stdout, stderr].concat()).unwrap();
            let usage = said.split("Usage: ").nth(1).unwrap();
            assert!(usage.starts_with("moonfuel "), "{name} {words:?}: {said}");
        }
    }
}

/// A stream that fails in one way.
struct Broken(io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

#[test]
fn a_reader_that_went_away_is_no_error_and_a_full_disk_is() {
    let unwritten = "moonfuel: cannot write the output: no storage space\n";
    // Words, what they are given, and the status that they end with where all is well.
    for (words, input, well) in [
        (&["eval", "1"][..], "", 0),
        (&["eval", "--json", "1"], "", 0),
        (&["run", "-"], "print(1) print(2)", 0),
        (&["run", "--json", "-"], "print(1)", 0),
        (&["run", "--json", "-"], "error('oops')", 1),
        (&["repl"], "print(1)", 0),
        (&["repl"], "1\n", 0),
        (&["types"], "", 0),
        (&["--help"], "", 0),
    ] {
        for (kind, status, message) in
            [(io::ErrorKind::BrokenPipe, well, ""), (io::ErrorKind::StorageFull, 1, unwritten)]
        {
            let (stderr, ended) = broken(words, input, kind);
            assert_eq!((stderr.as_str(), ended), (message, status), "{words:?} {kind:?}");
        }
    }
    // What was to be said in the object is said all the same.
    for words in [&["eval", "--json", "--no-such", "1"][..], &["run", "--json", "no/such.lua"]] {
        let (stderr, ended) = broken(words, "", io::ErrorKind::StorageFull);
        assert!(stderr.contains("no") && stderr.contains("such"), "{stderr}");
        assert_eq!(ended, 2);
    }
}

/// Runs a command whose standard output fails.
fn broken(words: &[&str], input: &str, kind: io::ErrorKind) -> (String, u8) {
    let mut stderr = Vec::new();
    let streams = &mut Streams {
        stdin: &mut input.as_bytes(),
        stdout: &mut Broken(kind),
        stderr: &mut stderr,
        is_process: false,
    };
    let args = ["moonfuel"].iter().chain(words).map(OsString::from);
    let ended = crate::cli::run(args, streams);
    (String::from_utf8_lossy(&stderr).into_owned(), ended)
}
