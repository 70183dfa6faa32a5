//! The prompt, as somebody types at it: in a terminal of its own, and without one.

#![allow(
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop, and may look at the clock"
)]
#![cfg(all(unix, feature = "cli"))]

use expectrl::{Eof, Expect, Needle, session::OsSession};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What the editor tells the terminal when it begins to read a line, and when it has one.
const READY: &str = "\x1b[?2004h";
const DONE: &str = "\x1b[?2004l";

/// A terminal with the command in it.
struct Terminal(OsSession);

impl Terminal {
    /// Opens one with colours off, and the history in a directory.
    fn open(dir: &Path, args: &[&str]) -> Terminal {
        Terminal::with(dir, args, &[("NO_COLOR", "1")])
    }

    fn with(dir: &Path, args: &[&str], variables: &[(&str, &str)]) -> Terminal {
        let mut command = Command::new(env!("CARGO_BIN_EXE_moonfuel"));
        command.args(args).current_dir(dir).env_remove("NO_COLOR").env("TERM", "xterm");
        command.env("MOONFUEL_HISTORY", dir.join("history")).envs(variables.iter().copied());
        let mut session = OsSession::spawn(command).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(60)));
        let mut terminal = Terminal(session);
        terminal.sees(READY);
        terminal
    }

    /// Types a line, or keys.
    fn types(&mut self, keys: impl AsRef<[u8]>) {
        self.0.send(keys).unwrap();
    }

    /// Waits for a text. Returns what came before it.
    #[track_caller]
    fn sees(&mut self, text: impl Needle + std::fmt::Debug) -> String {
        match self.0.expect(&text) {
            Ok(found) => String::from_utf8_lossy(found.before()).into_owned(),
            Err(error) => {
                let mut rest = [0; 4096];
                let read = self.0.try_read(&mut rest).unwrap_or(0);
                panic!("no {text:?}: {error}: {}", String::from_utf8_lossy(&rest[..read]))
            }
        }
    }

    /// Types a line and returns what is answered, to the next prompt.
    #[track_caller]
    fn asks(&mut self, line: &str) -> String {
        self.types(line);
        self.types("\r");
        self.answer()
    }

    /// Returns what is answered to what was typed, to the next prompt.
    #[track_caller]
    fn answer(&mut self) -> String {
        self.sees(DONE);
        self.sees(READY).replace("\r\n", "\n").trim_start_matches(['\r', '\n']).to_owned()
    }

    /// Ends the input and waits for the end of the command.
    fn leaves(mut self) {
        self.types("\x04");
        self.sees(Eof);
    }
}

/// The command without a terminal: its status, output and messages.
fn piped(dir: &Path, args: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_moonfuel"));
    command.args(args).current_dir(dir).env("MOONFUEL_HISTORY", dir.join("history"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may end before it has read all.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// What values look like, by what is typed.
const VALUES: [(&str, &str); 16] = [
    ("1 + 1, 2.0, nil, true", "2, 2.0, nil, true\n"),
    ("'it\\'s \"x\"\\n\\0'", "\"it's \\\"x\\\"\\n\\x00\"\n"),
    ("'\\xff\\u{202e}\\u{e9}'", "\"\\xff\\u{202e}\u{e9}\"\n"),
    (
        "{1, {2, x = {}}, ['a b'] = 3, [2.5] = 4, ['end'] = 5}",
        "{1, {2, x = {}}, [\"a b\"] = 3, [2.5] = 4, [\"end\"] = 5}\n",
    ),
    ("{{{{{{{{1}}}}}}}}", "{{{{{{{…}}}}}}}\n"),
    (
        "local t = {1, {}} t[2].up = t t.me = t return t",
        "{1, {up = <cycle: 1 tables up>}, me = <cycle: this table>}\n",
    ),
    ("local a = {} return {a, a}", "{{}, {}}\n"),
    ("string.rep, print", "<function string.rep>, <function print>\n"),
    ("function() end", "<function stdin:1>\n"),
    ("coroutine.create(print)", "<thread>\n"),
    ("setmetatable({1}, {__name = 'Point'})", "<Point> {1}\n"),
    ("setmetatable({}, {__index = error})", "<with metatable> {}\n"),
    ("#('x'):rep(5000)", "5000\n"),
    ("x = 1", ""),
    ("return", ""),
    ("local big = {} for i = 1, 130 do big[i] = i end return #big", "130\n"),
];

#[test]
fn values_are_shown_nested_cut_and_with_their_cycles() {
    let dir = tempfile::tempdir().unwrap();
    for (typed, shown) in VALUES {
        let ran = piped(dir.path(), &["repl"], typed);
        assert_eq!(ran, (0, shown.to_owned(), String::new()), "{typed}");
    }
    // What has no room on a line has several.
    let typed = "{('x'):rep(40), ('y'):rep(40), {a = 1}}";
    let shown =
        format!("{{\n  \"{}\",\n  \"{}\",\n  {{a = 1}}\n}}\n", "x".repeat(40), "y".repeat(40));
    assert_eq!(piped(dir.path(), &["repl"], typed).1, shown);
    // What is long is cut, and says what there would be.
    let typed = "t = {} for i = 1, 1000 do t[i] = i end\nt\n('x'):rep(5000)\n{('y'):rep(300)}";
    let (_, shown, _) = piped(dir.path(), &["repl"], typed);
    assert!(shown.contains("  100,\n  … 900 more\n}\n"), "{shown}");
    assert!(shown.contains(&format!("\n\"{}\"… (5000 bytes)\n", "x".repeat(4000))), "{shown}");
    assert!(shown.contains(&format!("\"{}\"… (300 bytes)", "y".repeat(200))), "{shown}");
    // However much a table holds, and however it is nested.
    let typed = "local t = {} for i = 1, 20 do t = {t, t, t, t} end return t";
    let (_, shown, _) = piped(dir.path(), &["repl"], typed);
    assert!(shown.len() < 500_000 && shown.contains("{…}"), "{}", shown.len());
}

#[test]
fn without_a_terminal_lines_run_as_they_come() {
    let dir = tempfile::tempdir().unwrap();
    let input =
        "for i = 1, 2 do\n  print(i)\nend\n1 +\n2\n:type 1, {}, 'x'\nerror('no', 0)\nx = 5\n\nx";
    let (status, stdout, stderr) = piped(dir.path(), &["repl"], input);
    assert_eq!((status, stdout.as_str()), (0, "1\n2\n3\nnumber, table, string\n5\n"));
    assert!(stderr.starts_with("moonfuel: no\n"), "{stderr}");
    assert!(!dir.path().join("history").exists());
    // What is not finished at the end is an error, and the status is that of the prompt.
    let (status, _, stderr) = piped(dir.path(), &["repl"], "if x then");
    assert_eq!(status, 0);
    assert!(stderr.contains("'end' expected near <eof>"), "{stderr}");
}

#[test]
fn an_error_a_limit_and_ctrl_c_never_lose_the_session() {
    let dir = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(dir.path(), &["repl", "--fuel", "500G", "--timeout", "0"]);
    assert_eq!(terminal.asks("x = 41"), "");
    assert!(terminal.asks("x.y.z = 1").contains("attempt to index a"));
    assert!(terminal.asks("y = 1 error({})").contains("error object is a table value"));
    // What was done before the error stays, as at every prompt.
    assert_eq!(terminal.asks("x + y"), "42\n");
    let shown = terminal.asks("= 5");
    assert!(shown.contains("unexpected symbol near '='"), "{shown}");
    assert!(shown.contains("hint: leave the `=` out"), "{shown}");
    assert!(terminal.asks("('x'):rep(1e9)").contains("out of memory: the script needs more"));
    // A line that is being typed, of two lines, is given up.
    terminal.types("if x then\r  print(");
    terminal.types("\x03");
    terminal.answer();
    // So is one that is no text.
    terminal.types(b"x\xff");
    assert!(terminal.answer().contains("the line is no UTF-8, and is given up"));
    // One that runs is stopped.
    terminal.types("print('begun') while true do end\r");
    // Not what was typed, which is shown too: while a line is read Ctrl-C is a key.
    terminal.sees(DONE);
    terminal.sees("begun");
    terminal.types("\x03");
    assert!(terminal.sees(READY).contains("moonfuel: stdin:1: cancelled"));
    assert_eq!(terminal.asks("x"), "41\n");
    terminal.leaves();
}

#[test]
fn what_is_not_finished_goes_on_in_the_next_line() {
    let dir = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(dir.path(), &["repl"]);
    assert_eq!(terminal.asks("for i = 1, 2 do\rprint(i * 10)\rend"), "10\n20\n");
    assert_eq!(terminal.asks("{1,\r2}"), "{1, 2}\n");
    assert_eq!(terminal.asks("[[a\rb]]"), "\"a\\nb\"\n");
    assert_eq!(terminal.asks("1 +\r2"), "3\n");
    // The lines are edited as one: up, to the end, and a character more.
    terminal.types("for i = 1, 2 do\rprint(i)\x1b[A\x05 io = 0\x1b[B\x05 end");
    assert_eq!(terminal.asks(""), "1\n2\n");
    assert_eq!(terminal.asks("io"), "0\n");
    // All of it is one entry of the history.
    terminal.types("\x1b[A\x1b[A");
    assert_eq!(terminal.asks(""), "1\n2\n");
    terminal.leaves();
}

#[test]
fn what_is_not_finished_says_how_to_leave_it() {
    const NOTE: &str = "(not finished; Ctrl-C gives it up)";
    let dir = tempfile::tempdir().unwrap();
    for (args, variables) in [
        (&["repl"][..], &[("NO_COLOR", "1")][..]),
        (&["repl"], &[]),
        (&["lua", "-i"], &[("NO_COLOR", "1")]),
    ] {
        let mut terminal = Terminal::with(dir.path(), args, variables);
        terminal.types("for i = 1, 2 do\r");
        terminal.sees(NOTE);
        // Ctrl-D does nothing within several lines, nor does what accepts a completion.
        terminal.types("\x04\x1b[C\x06");
        // The note is no part of the line, and stands behind empty lines alone.
        terminal.types("print(i * 33) end\r");
        terminal.sees(DONE);
        assert_eq!(terminal.sees(READY).replace("\r\n", "\n").trim(), "33\n66");
        terminal.types("if x then\r");
        terminal.sees(NOTE);
        terminal.types("\x03");
        terminal.answer();
        // A block that is pasted whole is finished.
        terminal.types("\x1b[200~x = 20\ny = 3\n\x1b[201~");
        terminal.types("\r");
        assert!(!terminal.sees(DONE).contains(NOTE));
        terminal.sees(READY);
        assert_eq!(terminal.asks("print(x + y)").trim(), "23");
        terminal.leaves();
    }
}

#[test]
fn words_of_other_prompts_lead_to_the_commands() {
    let dir = tempfile::tempdir().unwrap();
    let said = |typed: &str| {
        let (status, stdout, stderr) = piped(dir.path(), &["repl"], typed);
        assert_eq!(status, 0, "{typed}");
        stdout + &stderr
    };
    for word in ["exit", "exit()", "quit", "quit()", "os.exit()"] {
        let name = word.trim_end_matches("()");
        let expected =
            format!("moonfuel: there is no '{name}' here: :quit leaves, and so does Ctrl-D\n");
        assert_eq!(said(word), expected);
    }
    assert!(said("help").ends_with(": :help lists what there is\n"));
    // Who has such a name means that.
    assert_eq!(said("exit = 5\nexit"), "5\n");
    // A command may be indented, and a label is none.
    assert_eq!(said("  :type 1"), "number\n");
    assert_eq!(said("::again:: x = (x or 0) + 1 if x < 3 then goto again end\nx"), "3\n");
}

#[test]
fn names_fields_methods_and_keywords_are_completed_from_a_list() {
    let dir = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(dir.path(), &["repl"]);
    terminal.asks(
        "moon = {surface = {gravity = 1.62}, land = function() return 'landed' end} s = 'abc'",
    );
    terminal.asks(
        "Base = {rise = function() return 'up' end} object = setmetatable({}, {__index = Base})",
    );
    assert_eq!(terminal.asks("mo\t.sur\t.gra\t"), "1.62\n");
    assert_eq!(terminal.asks("moon:la\t()"), "\"landed\"\n");
    assert_eq!(terminal.asks("object:ri\t()"), "\"up\"\n");
    assert_eq!(terminal.asks("s:upp\t()"), "\"ABC\"\n");
    assert_eq!(terminal.asks("('x'):rev\t()"), "\"x\"\n");
    assert_eq!(terminal.asks("f = func\t() ret\t 7 en\t"), "");
    assert_eq!(terminal.asks("f()"), "7\n");
    assert_eq!(terminal.asks(":ty\t s"), "string\n");
    // Nothing is completed within a string.
    assert_eq!(terminal.asks("'mo\t'").trim_end(), "\"mo\"");
    // Of several, all are listed.
    terminal.types("string.re\t\t");
    let list = terminal.sees("reverse");
    assert!(list.contains("rep"), "{list}");
    terminal.types("p");
    terminal.asks("");
    // What cannot stand behind a dot is not.
    terminal.asks("words = {['end'] = 1, ['1st'] = 2, ['a b'] = 3, ending = 4}");
    assert_eq!(terminal.asks("words.\t"), "4\n");
    fs::write(dir.path().join("program.lua"), "print('loaded')").unwrap();
    assert_eq!(terminal.asks(":load progr\t"), "loaded\n");
    fs::create_dir(dir.path().join("my scripts")).unwrap();
    fs::write(dir.path().join("my scripts/a=(b).lua"), "print('loaded, too')").unwrap();
    assert_eq!(terminal.asks(":load my\ta\t"), "loaded, too\n");
    terminal.leaves();
}

#[test]
fn what_is_typed_and_shown_has_colours() {
    let dir = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::with(dir.path(), &["repl"], &[]);
    terminal.types("local x = 'text' -- why\r");
    let typed = terminal.sees(DONE);
    for part in ["\x1b[35mlocal\x1b[0m", "\x1b[32m'text'\x1b[0m", "\x1b[2m-- why\x1b[0m"] {
        assert!(typed.contains(part), "{part:?}: {typed:?}");
    }
    terminal.sees(READY);
    let shown = terminal.asks("{1, 's', print}");
    assert_eq!(shown, "{\x1b[33m1\x1b[0m, \x1b[32m\"s\"\x1b[0m, \x1b[2m<function print>\x1b[0m}\n");
    terminal.leaves();
}

#[test]
fn the_history_is_in_a_file_without_secrets() {
    let dir = tempfile::tempdir().unwrap();
    let variables = [("NO_COLOR", "1"), ("DEPLOY_KEY", "xyzzy-plugh")];
    let args = ["repl", "--secret", "DEPLOY_KEY"];
    let mut terminal = Terminal::with(dir.path(), &args, &variables);
    for line in
        ["a = 1", "key = 'xyzzy-plugh'", "password = 'hunter2'", "b = [[x\ry\\]]", ":fuel on"]
    {
        terminal.asks(line);
    }
    terminal.leaves();
    let file = dir.path().join("history");
    assert_eq!(fs::read_to_string(&file).unwrap(), "a = 1\nb = [[x\\ny\\\\]]\n:fuel on\n");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    // It is there the next time, and can be searched.
    let mut terminal = Terminal::open(dir.path(), &["repl"]);
    terminal.types("\x1b[A");
    assert_eq!(terminal.asks(""), "what each line uses is shown\n");
    terminal.types("\x12a =\r");
    terminal.answer();
    assert!(terminal.asks("a").starts_with("1\n"));
    terminal.types("\x12b =\r");
    terminal.answer();
    assert!(terminal.asks("b").starts_with("\"x\\ny\\\\\"\n"));
    terminal.leaves();
    let before = fs::read_to_string(&file).unwrap();
    let mut terminal = Terminal::open(dir.path(), &["repl", "--no-history"]);
    terminal.asks("c = 1");
    terminal.leaves();
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
}

/// The place that `--no-history` speaks of, and the one where `XDG_STATE_HOME` is set.
#[test]
fn without_a_name_the_history_is_with_the_state_of_programs() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    for (set, file) in
        [(None, ".local/state/moonfuel/history"), (Some(&state), "state/moonfuel/history")]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_moonfuel"));
        command.arg("repl").env("TERM", "xterm").env("NO_COLOR", "1").env("HOME", dir.path());
        command.env_remove("MOONFUEL_HISTORY").env_remove("XDG_STATE_HOME");
        command.envs(set.map(|state| ("XDG_STATE_HOME", state)));
        let mut terminal = Terminal(OsSession::spawn(command).unwrap());
        terminal.0.set_expect_timeout(Some(Duration::from_secs(60)));
        terminal.sees(READY);
        assert_eq!(terminal.asks("6 * 7"), "42\n");
        terminal.leaves();
        assert_eq!(fs::read_to_string(dir.path().join(file)).unwrap(), "6 * 7\n");
    }
}

#[test]
fn commands_do_what_help_says() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("lib.lua"), "function twice(x) return 2 * x end\nprint('here')")
        .unwrap();
    let mut terminal = Terminal::open(dir.path(), &["repl", "--root", ".", "--args", "{\"n\":1}"]);
    let help = terminal.asks(":help");
    for name in ["help", "type", "fuel", "load", "reset", "snapshot", "restore", "trace", "quit"] {
        assert!(help.contains(&format!("  :{name} ")), "{name}: {help}");
    }
    assert!(terminal.asks(":help jido.glob").starts_with("jido.glob(pattern: string"));
    assert!(terminal.asks(":halp").contains("there is no command :halp (did you mean :help?)"));
    assert!(terminal.asks(":zzz").contains("there is no command :zzz (:help lists them)"));
    assert!(terminal.asks(":help string.rep").contains("manual.html#pdf-string.rep\n"));
    assert_eq!(
        terminal.asks(":help utf8"),
        "utf8 has char, charpattern, codepoint, codes, len, offset\n"
    );
    assert!(terminal.asks(":help string.trim").contains("there is no function 'string.trim'"));
    // What would throw the session away says first what it does not understand.
    assert!(terminal.asks(":reset all").contains(":reset stands alone, without `all`"));
    assert_eq!(terminal.asks("args.n"), "1\n");
    assert_eq!(terminal.asks(":load lib.lua"), "here\n");
    assert!(terminal.asks(":load none.lua").contains("cannot read none.lua: no such file"));
    assert_eq!(terminal.asks("twice(21)"), "42\n");
    assert_eq!(terminal.asks(":type twice, twice(1), nil"), "function, number, nil\n");
    assert!(terminal.asks(":type jido.glob").starts_with("function\njido.glob("));
    assert!(terminal.asks(":fuel twice(2)").contains("4\nmoonfuel: fuel "));
    assert_eq!(terminal.asks("twice(3)"), "6\n");
    terminal.asks(":fuel");
    assert!(terminal.asks("twice(3)").contains("moonfuel: fuel "));
    terminal.asks(":fuel off");
    assert_eq!(terminal.asks("jido.file_exists('lib.lua')"), "true\n");
    assert!(terminal.asks(":trace").contains("`:trace FILE` saves it"));
    assert!(terminal.asks(":trace session.jsonl").contains("moonfuel replay session.jsonl"));
    assert!(terminal.asks(":snapshot session.bin").contains("bytes are in session.bin"));
    terminal.asks(":reset");
    assert_eq!(terminal.asks("twice, args.n"), "nil, 1\n");
    terminal.asks(":restore session.bin");
    assert_eq!(terminal.asks("twice(4)"), "8\n");
    assert!(terminal.asks(":trace").contains("there is no trace"));
    terminal.types(":quit\r");
    terminal.sees(Eof);
    let (status, stdout, stderr) = piped(dir.path(), &["replay", "session.jsonl"], "");
    assert_eq!((status, stderr.as_str()), (0, ""), "{stdout}");
    assert!(stdout.starts_with("the same: "), "{stdout}");
    let args = ["repl", "--root", ".", "--restore", "session.bin", "--record", "x"];
    assert_eq!(piped(dir.path(), &args, "").0, 2);
    assert_eq!(piped(dir.path(), &args[..5], "twice(5)").1, "10\n");
    let (status, _, stderr) = piped(dir.path(), &["repl", "--restore", "session.bin"], "");
    assert_eq!(status, 2);
    assert!(stderr.starts_with("moonfuel: session.bin: jido."), "{stderr}");
    assert!(stderr.ends_with(": no such host function (give --root DIR)\n"), "{stderr}");
    let other = ["repl", "--restore", "session.bin", "--profile", "compat"];
    assert!(piped(dir.path(), &other, "").2.ends_with(" (give --profile strict)\n"));
    // A recording to a file is that of `run`.
    assert_eq!(piped(dir.path(), &["repl", "--record", "r.jsonl"], "1\n2").1, "1\n2\n");
    assert_eq!(piped(dir.path(), &["replay", "r.jsonl"], "").1, "the same: 2 runs, 6 entries\n");
    // What was shown is shown there too: values follow from the run.
    let shown = "{1, {x = 2.0}}, <function print>";
    assert_eq!(
        piped(dir.path(), &["repl", "--record", "s.jsonl"], "{1, {x = 2.0}}, print").1,
        format!("{shown}\n")
    );
    let (status, stdout, stderr) = piped(dir.path(), &["replay", "--until", "3", "s.jsonl"], "");
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert!(stdout.contains(&format!("the run ended with {shown}\n")), "{stdout}");
    let args = ["replay", "--json", "--until", "3", "s.jsonl"];
    assert!(piped(dir.path(), &args, "").1.contains(r#""shown":["{1, {x = 2.0}}","<function"#));
}

/// Lines are read whole there, after a prompt.
#[test]
fn a_terminal_without_a_cursor_is_a_prompt_too() {
    for (args, unfinished) in [(&["repl"][..], "> "), (&["lua", "-i"], ">> ")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_moonfuel"));
        command.args(args).env("TERM", "dumb").env_remove("NO_COLOR");
        let mut terminal = Terminal(OsSession::spawn(command).unwrap());
        terminal.0.set_expect_timeout(Some(Duration::from_secs(60)));
        terminal.sees("> ");
        terminal.types("20 + 1 * 3\r");
        terminal.sees("23\r\n> ");
        terminal.types("for i = 1, 2 do\r");
        terminal.sees(unfinished);
        terminal.types("print(i * 33) end\r");
        let between = terminal.sees("33\r\n66\r\n> ");
        // The terminal shows what is typed (this one does not), and nobody else.
        assert_eq!(between, "", "{args:?}");
        // The end of what is typed ends the lines that are not finished, and no more.
        terminal.types("if x then\r");
        terminal.sees(unfinished);
        terminal.types("\x04");
        terminal.sees("'end' expected");
        terminal.sees("> ");
        terminal.types("while true do end\r");
        std::thread::sleep(Duration::from_millis(300));
        terminal.types("\x03");
        terminal.sees("> ");
        terminal.types("'still' .. ' here'\r");
        terminal.sees("still here");
        terminal.leaves();
    }
}

#[test]
fn values_have_the_width_that_the_terminal_has_when_they_are_shown() {
    let dir = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(dir.path(), &["repl"]);
    let code = "{'aaaaaaaaaa', 'bbbbbbbbbb', 'cccccccccc'}";
    terminal.0.get_process_mut().set_window_size(80, 24).unwrap();
    assert_eq!(terminal.asks(code).lines().count(), 1);
    terminal.0.get_process_mut().set_window_size(30, 24).unwrap();
    assert_eq!(terminal.asks(code).lines().count(), 5);
    terminal.leaves();
}

#[test]
fn lua_is_edited_alike_and_prints_as_ever() {
    let dir = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(dir.path(), &["lua", "-i"]);
    assert_eq!(terminal.asks("1, 'a', {} ~= nil"), "1\ta\ttrue\n");
    assert_eq!(terminal.asks("= 2"), "2\n");
    assert_eq!(terminal.asks("for i = 1, 2 do\rprint(i)\rend"), "1\n2\n");
    assert_eq!(terminal.asks("string.repl\x7f\t('x', 3)"), "xxx\n");
    assert!(terminal.asks("1 +").contains("stdin:1: unexpected symbol near"));
    terminal.types("print('begun') while true do end\r");
    terminal.sees(DONE);
    terminal.sees("begun");
    std::thread::sleep(Duration::from_millis(300));
    terminal.types("\x03");
    assert!(terminal.sees(READY).contains("interrupted!"));
    terminal.types("\x1b[A");
    terminal.types("\x03");
    terminal.answer();
    assert_eq!(terminal.asks("3"), "3\n");
    terminal.leaves();
    assert!(!dir.path().join("history").exists(), "it has a history of its own");
}
