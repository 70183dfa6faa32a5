//! `moonfuel lua` against the real binary: options, `arg`, exit codes, the variables of
//! the environment, messages and the interactive mode.

#![allow(clippy::expect_used, reason = "a test may stop, and says what it skipped")]
#![cfg(feature = "cli")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// One call of `moonfuel lua`.
#[derive(Default)]
struct Run<'a> {
    args: &'a [&'a str],
    input: &'a str,
    variables: &'a [(&'a str, &'a str)],
    folder: Option<&'a Path>,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    out: String,
    err: String,
    status: Option<i32>,
}

fn run_program(program: &str, run: &Run<'_>) -> Seen {
    let mut command = Command::new(program);
    if program == env!("CARGO_BIN_EXE_moonfuel") {
        command.arg("lua");
    }
    for variable in ["LUA_INIT", "LUA_INIT_5_4", "LUA_PATH", "LUA_PATH_5_4", "LUA_CPATH"] {
        command.env_remove(variable);
    }
    command.args(run.args).envs(run.variables.iter().copied());
    if let Some(folder) = run.folder {
        command.current_dir(folder);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    // A program that does not read its input has closed it perhaps.
    let _ = child.stdin.take().expect("a pipe").write_all(run.input.as_bytes());
    let output = child.wait_with_output().expect("the program ends");
    Seen {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status.code(),
    }
}

fn run(run: &Run<'_>) -> Seen {
    run_program(env!("CARGO_BIN_EXE_moonfuel"), run)
}

fn lua(args: &[&str]) -> Seen {
    run(&Run { args, ..Run::default() })
}

fn lua_reading(args: &[&str], input: &str) -> Seen {
    run(&Run { args, input, ..Run::default() })
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a written file");
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// Requires success and this output.
fn prints(seen: &Seen, out: &str) {
    assert_eq!((seen.out.as_str(), seen.err.as_str(), seen.status), (out, "", Some(0)));
}

/// Requires a failure that says this on standard error.
fn fails(seen: &Seen, err: &str) {
    assert_eq!((seen.err.as_str(), seen.status), (err, Some(1)), "{seen:?}");
}

#[test]
fn code_on_the_command_line_runs_in_order() {
    prints(&lua(&["-e", "print(1)", "-ea=3", "-e", "print(a)"]), "1\n3\n");
    prints(
        &lua(&["-lm=math", "-l", "string", "-e", "print(m == math, string ~= nil)"]),
        "true\ttrue\n",
    );
    fails(
        &lua(&["-e", "x = = 1", "-e", "print(1)"]),
        "lua: (command line):1: unexpected symbol near '='\n",
    );
    let seen = lua(&["-l", "no_such_module"]);
    assert!(seen.err.starts_with(
        "lua: module 'no_such_module' not found:\n\tno field package.preload['no_such_module']\n\tno file '/usr/local/share/lua/5.4/no_such_module.lua'\n"
    ));
    assert!(seen.err.ends_with("\nstack traceback:\n\t[C]: in function 'require'\n\t[C]: in ?\n"));
}

#[test]
fn wrong_options_are_named_with_the_usage() {
    for (args, message) in [
        (&["-h"][..], "unrecognized option '-h'"),
        (&["---"], "unrecognized option '---'"),
        (&["-vv"], "unrecognized option '-vv'"),
        (&["-e"], "'-e' needs argument"),
        (&["-l"], "'-l' needs argument"),
    ] {
        let seen = lua(args);
        let begin = format!("lua: {message}\nusage: lua [options] [script [args]]\n");
        assert!(seen.err.starts_with(&begin), "{args:?}: {seen:?}");
        assert_eq!((seen.out.as_str(), seen.status), ("", Some(1)));
    }
}

#[test]
fn the_version_names_both() {
    let seen = lua(&["-v", "-e", "print('hello')"]);
    assert!(seen.out.starts_with("Lua 5.4 by Moonfuel "), "{seen:?}");
    assert!(seen.out.ends_with("PUC-Rio\nhello\n"), "{seen:?}");
}

#[test]
fn scripts_get_their_arguments() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = file(
        folder.path(),
        "s.lua",
        "#!/usr/bin/env lua\nprint(#arg, arg[1], arg[2], ...) print(arg[-1], arg[-2], arg[-3]) print(arg[0] == SCRIPT)",
    );
    let set = format!("SCRIPT = {script:?}");
    prints(
        &lua(&["-e", &set, "--", &script, "a", "-b"]),
        &format!("2\ta\t-b\ta\t-b\n--\t{set}\t-e\ntrue\n"),
    );
    prints(&lua_reading(&["-", "-h"], "print(arg[0], arg[1], ...)"), "-\t-h\t-h\n");
    prints(&lua(&["-e", "print(arg[0], arg[1])"]), "lua\t-e\n");
    prints(&lua_reading(&["-e", "arg[1] = 100", "-"], "print(...)"), "100\n");
    fails(&lua_reading(&["-e", "arg = 1", "-"], ""), "lua: 'arg' is not a table\n");
}

#[test]
fn input_runs_as_a_file() {
    prints(&lua_reading(&[], "print(10)\nprint(2)\n"), "10\n2\n");
    prints(
        &lua_reading(&["-"], "\u{feff}# comment\nprint(debug.traceback())"),
        "stack traceback:\n\tstdin:2: in main chunk\n\t[C]: in ?\n",
    );
    let seen = lua_reading(&[], "error('x', 0)");
    assert_eq!(
        seen.err,
        "lua: x\nstack traceback:\n\t[C]: in function 'error'\n\tstdin:1: in main chunk\n\t[C]: in ?\n"
    );
    // As in PUC's interpreter, which looks at the status of scripts that are named.
    assert_eq!(seen.status, Some(0));
    assert_eq!(lua_reading(&["-"], "error('x', 0)").status, Some(1));
}

#[test]
fn long_scripts_are_compiled_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    // More work than a slice has units beside those for its bytes.
    let text = format!("local a = 1\n{}print(a)", "a=a+1 a=a a=-a\n".repeat(100_000));
    let script = file(folder.path(), "long.lua", &text);
    prints(&lua(&[&script]), "1\n");
    prints(&lua_reading(&["-"], &text), "1\n");
}

#[test]
fn errors_are_told_with_a_traceback() {
    fails(
        &lua(&["-e", "local function f() error('x') end f()"]),
        "lua: (command line):1: x\nstack traceback:\n\t[C]: in function 'error'\n\t(command line):1: in local 'f'\n\t(command line):1: in main chunk\n\t[C]: in ?\n",
    );
    fails(
        &lua(&["-e", "error(setmetatable({}, {__tostring = function() return 'described' end}))"]),
        "lua: described\n",
    );
    let end = "\nstack traceback:\n\t[C]: in function 'error'\n\t(command line):1: in main chunk\n\t[C]: in ?\n";
    for (code, message) in [
        ("error{}", "(error object is a table value)"),
        ("error()", "(error object is a nil value)"),
        ("error(12)", "12"),
        (
            "error(setmetatable({}, {__tostring = function() return 1 end}))",
            "(error object is a table value)",
        ),
    ] {
        fails(&lua(&["-e", code]), &format!("lua: {message}{end}"));
    }
    fails(&lua(&["no_such_file"]), "lua: cannot open no_such_file: No such file or directory\n");
    let seen = lua(&["/"]);
    assert!(seen.err.starts_with("lua: cannot read /: "), "{seen:?}");
}

#[test]
fn variables_of_the_environment_count() {
    let with =
        |args: &[&str], variables: &[(&str, &str)]| run(&Run { args, variables, ..Run::default() });
    let path = &["-e", "print(package.path)"];
    prints(&with(path, &[("LUA_PATH", "x")]), "x\n");
    prints(&with(path, &[("LUA_PATH", "x"), ("LUA_PATH_5_4", "y")]), "y\n");
    prints(&with(&["-e", "print(package.cpath)"], &[("LUA_CPATH", "c")]), "c\n");
    let default = lua(path).out;
    assert!(default.starts_with("/usr/local/share/lua/5.4/?.lua;"));
    let both = format!("a;{}", default);
    prints(&with(path, &[("LUA_PATH", "a;;")]), &both);
    let code = &["-e", "print(X)"];
    prints(&with(code, &[("LUA_INIT", "X = 3")]), "3\n");
    prints(&with(code, &[("LUA_INIT", "X = 3"), ("LUA_INIT_5_4", "X = 4")]), "4\n");
    let ignored = &["-E", "-e", "print(X, package.path)"];
    let everything = &[("LUA_INIT", "X = 3"), ("LUA_PATH", "x")];
    prints(&with(ignored, everything), &format!("nil\t{default}"));
    let seen = with(&[], &[("LUA_INIT", "error('msg')")]);
    assert!(seen.err.starts_with("lua: LUA_INIT:1: msg\n"), "{seen:?}");
    assert_eq!(seen.status, Some(1));
    let folder = tempfile::tempdir().expect("a folder");
    let script = file(folder.path(), "init.lua", "X = 'file'");
    prints(&with(code, &[("LUA_INIT", &format!("@{script}"))]), "file\n");
    fails(
        &with(&[], &[("LUA_INIT", "@nofile")]),
        "lua: cannot open nofile: No such file or directory\n",
    );
}

#[test]
fn modules_are_found_along_the_path() {
    let folder = tempfile::tempdir().expect("a folder");
    file(folder.path(), "m.lua", "print('loading', ...) return {x = 15}");
    file(folder.path(), "nothing.lua", "");
    file(folder.path(), "no.lua", "return false");
    file(folder.path(), "bad.lua", "x = = 1");
    file(folder.path(), "y.lua", "local up = coroutine.yield(1) return up");
    std::fs::create_dir_all(folder.path().join("a/b")).expect("a folder");
    file(folder.path(), "a/b/init.lua", "return ...");
    let code = r#"
        package.path = "./?.lua;./?/init.lua"
        print(require("m").x, select(2, require("m")))
        print(require("nothing"))
        print(require("no")) print(package.loaded.no)
        print(require("a.b"))
        print(pcall(require, "bad"))
        package.preload.p = function(...) print(...) end
        print(require("p"))
        print(package.searchpath("x.y", "a/?;b?", ".", "/"))
        print(package.loadlib("x", "*"))
        package.searchers = {function() return nil end, function() return "said" end}
        print(pcall(require, "q"))
        package.searchers = nil
        print(pcall(require, "q"))
    "#;
    let expected = "loading\tm\t./m.lua\n15\ntrue\t./nothing.lua\nfalse\t./no.lua\nfalse\na.b\t./a/b/init.lua\n\
        false\terror loading module 'bad' from file './bad.lua':\n\t./bad.lua:1: unexpected symbol near '='\n\
        p\t:preload:\ntrue\t:preload:\nnil\tno file 'a/x/y'\n\tno file 'bx/y'\n\
        nil\tdynamic libraries not enabled; check your Lua installation\tabsent\n\
        false\tmodule 'q' not found:\n\tsaid\nfalse\t'package.searchers' must be a table\n";
    let run_here = |code: &str| {
        let args = &["-e", code];
        run(&Run { args, folder: Some(folder.path()), ..Run::default() })
    };
    prints(&run_here(code), expected);
    prints(
        &run_here(
            "print(loadfile('m.lua', 'b')) print(loadfile('bad.lua')) print(pcall(dofile, 'none.lua')) print(loadfile('no.lua')())",
        ),
        "nil\tattempt to load a text chunk (mode is 'b')\nnil\tbad.lua:1: unexpected symbol near '='\nfalse\tcannot open none.lua: No such file or directory\nfalse\n",
    );
    prints(
        &run_here(
            "local env = {} print(loadfile('bad.lua', nil, env)) local co = coroutine.wrap(dofile) print(co('y.lua')) print(co(2))",
        ),
        "nil\tbad.lua:1: unexpected symbol near '='\n1\n2\n",
    );
}

#[test]
fn the_interactive_mode_prints_values_and_goes_on_after_errors() {
    let quiet = "-e_PROMPT='' _PROMPT2=''";
    let skip_version = |seen: Seen| {
        let (_, out) = seen.out.split_once("PUC-Rio\n").expect("the version");
        (out.to_owned(), seen.err)
    };
    let (out, err) = skip_version(lua_reading(
        &[quiet, "-i"],
        "(6*2-6) -- ===\na =\n10\nprint(a)\na\n=a, 2\nlocal x = 1\nfor i = 1, 2 do\nprint(i)\nend\n",
    ));
    assert_eq!(
        (out.as_str(), err.as_str()),
        (
            "(6*2-6) -- ===\n6\na =\n10\nprint(a)\n10\na\n10\n=a, 2\n10\t2\nlocal x = 1\nfor i = 1, 2 do\nprint(i)\nend\n1\n2\n\n",
            ""
        )
    );
    let (out, err) = skip_version(lua_reading(&[quiet, "-i"], "error('x', 0)\nx x\n1\nfoo.\n"));
    assert_eq!(out, "error('x', 0)\nx x\n1\n1\nfoo.\n\n");
    assert_eq!(
        err,
        "x\nstack traceback:\n\t[C]: in function 'error'\n\tstdin:1: in main chunk\n\t[C]: in ?\nstdin:1: syntax error near 'x'\nstdin:1: <name> expected near <eof>\n"
    );
    let (out, _) = skip_version(lua_reading(&["-i"], "a = [[b\nc]]\na\n"));
    assert_eq!(out, "> a = [[b\n>> c]]\n> a\nb\nc\n> \n");
    let (_, err) = skip_version(lua_reading(&["-e", "print = nil", "-i"], "10\n11"));
    assert_eq!(err, "error calling 'print' (attempt to call a nil value)\n".repeat(2));
    let counted =
        "C = 0 _PROMPT = setmetatable({}, {__tostring = function() C = C + 1 return C end})";
    let (out, _) = skip_version(lua_reading(&["-e", counted, "-i"], " --\na = 2\n"));
    assert_eq!(out, "1 --\n2a = 2\n3\n");
}

#[cfg(unix)]
#[test]
fn a_link_named_lua_is_lua() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = folder.path().join("lua-moon");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_moonfuel"), &link).expect("a link");
    let link = link.to_str().expect("a path in UTF-8");
    let run = Run { args: &["-e", "print(arg[0], #arg) error('x', 0)"], ..Run::default() };
    let seen = run_program(link, &run);
    assert_eq!(seen.out, format!("{link}\t2\n"));
    assert!(seen.err.starts_with(&format!("{link}: x\nstack traceback:\n")), "{seen:?}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_is_an_error_of_the_script() {
    use std::io::{BufRead, BufReader, Read};
    let code = "print(pcall(function() print(12) while true do end end)) print(42)";
    let mut child = Command::new(env!("CARGO_BIN_EXE_moonfuel"))
        .args(["lua", "-e", code])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    assert_eq!(line, "12\n");
    let pid = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &pid]).status().expect("kill runs");
    assert!(killed.success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("the rest");
    assert_eq!(rest, "false\t(command line):1: interrupted!\n42\n");
    assert!(child.wait().expect("the end").success());
}

#[test]
fn functions_of_modules_have_their_names_in_tracebacks() {
    let folder = tempfile::tempdir().expect("a folder");
    file(folder.path(), "outer.lua", "return {fail = function() error('x', 0) end}");
    file(folder.path(), "whole.lua", "return function(f) f() end");
    let run = Run {
        args: &["-e", "require 'whole' (require 'outer'.fail)"],
        folder: Some(folder.path()),
        ..Run::default()
    };
    let seen = run_program(env!("CARGO_BIN_EXE_moonfuel"), &run);
    fails(
        &seen,
        "lua: x\nstack traceback:\n\t[C]: in function 'error'\n\t./outer.lua:1: in function 'outer.fail'\n\t./whole.lua:1: in function 'whole'\n\t(command line):1: in main chunk\n\t[C]: in ?\n",
    );
}

#[test]
fn each_process_draws_other_random_numbers() {
    let draw = || lua(&["-e", "print(math.random(0), math.random(0))"]).out;
    let first = draw();
    assert_ne!(first, draw());
    assert_ne!(first, "0\t0\n");
}

#[cfg(unix)]
#[test]
fn printed_lines_come_before_later_errors_and_commands() {
    let code = "print('a') io.stderr:write('b\\n') os.execute('echo c') print('d') os.execute('no-such-command')";
    let script = format!("exec '{}' lua -e \"{code}\" 2>&1", env!("CARGO_BIN_EXE_moonfuel"));
    let output = Command::new("sh").arg("-c").arg(script).output().expect("a shell");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (lines, rest) = text.split_at(8.min(text.len()));
    assert_eq!(lines, "a\nb\nc\nd\n");
    assert!(rest.starts_with("sh: ") && rest.contains("no-such-command"), "{rest}");
}
