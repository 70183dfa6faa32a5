//! The command as a process: what users type, what they see, and that nothing
//! they type makes it panic.

#![allow(
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test may stop, may look at the clock, and says what it skips"
)]
#![cfg(feature = "cli")]

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The binary, with arguments.
fn command(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_moonfuel"));
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Exit status, standard output, standard error; never a panic.
fn seen(output: &Output) -> (i32, String, String) {
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(!stderr.contains("panicked"), "{stderr}");
    (output.status.code().expect("ended by a signal"), stdout, stderr)
}

fn moonfuel(args: &[&str]) -> (i32, String, String) {
    seen(&command(args).output().unwrap())
}

fn moonfuel_stdin(args: &[&str], input: &[u8]) -> (i32, String, String) {
    let mut child = command(args).stdin(Stdio::piped()).spawn().unwrap();
    // It may end before it has read all.
    let _ = child.stdin.take().unwrap().write_all(input);
    seen(&child.wait_with_output().unwrap())
}

fn write(dir: &Path, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> String {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    path.display().to_string()
}

#[test]
fn arguments_are_as_deep_as_values_may_cross() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let deep = "local n, t = 0, args while type(t) == 'table' do n, t = n + 1, t[1] end return n";
    let tool = |args: &str| format!("{{\"script\": {deep:?}, \"args\": {{\"b\": {args}}}}}");
    let (status, out, _) = moonfuel(&["eval", "--args", &nested(128), deep]);
    assert_eq!((status, &*out), (0, "[128]\n"));
    let (status, out, _) = moonfuel(&["tool", "lua_execute", &tool(&nested(127))]);
    assert_eq!((status, &*out), (0, "1\n"));
    for levels in [129, 200, 10_000] {
        let args = nested(levels);
        for args in
            [vec!["eval", "--args", &*args, deep], vec!["tool", "lua_execute", &tool(&args)]]
        {
            let (status, _, err) = moonfuel(&args);
            assert!(
                status != 0 && err.contains("nested deeper than 128"),
                "{levels}: {status} {err}"
            );
        }
    }
}

#[test]
fn eval_prints_values_as_one_array() {
    for (args, printed) in [
        (&["eval", "return 21 + 21"][..], "[42]\n"),
        (&["eval", "return 1,'a',nil,true"], "[1,\"a\",null,true]\n"),
        (&["eval", "--args", "{\"name\":\"alice\"}", "return args.name"], "[\"alice\"]\n"),
        (&["eval", "--args", "-1", "return args"], "[-1]\n"),
        (&["eval", "local x = 1"], "[]\n"),
        (&["eval", "return {x = 2}, {}, 0.5, 1e100, -0.0"], "[{\"x\":2},[],0.5,1e+100,-0.0]\n"),
        (&["eval", ""], "[]\n"),
        // An expression needs no `return`.
        (&["eval", "21 + 21"], "[42]\n"),
        (&["eval", "1, 'a', nil"], "[1,\"a\",null]\n"),
        (&["eval", "('x'):rep(3)"], "[\"xxx\"]\n"),
        (&["eval", "x = 1"], "[]\n"),
    ] {
        assert_eq!(moonfuel(args), (0, printed.to_owned(), String::new()), "{args:?}");
    }
}

#[test]
fn a_dash_is_standard_input() {
    let (status, stdout, stderr) = moonfuel_stdin(&["run", "-", "x"], b"print(..., 'in')");
    assert_eq!((status, stdout.as_str(), stderr.as_str()), (0, "x\tin\n", ""));
    assert_eq!(moonfuel(&["run", "-"]), (0, String::new(), String::new()));
}

#[test]
fn files_of_every_kind_are_run_or_refused_with_a_message() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    // Content, status, output, part of the message.
    let cases: [(&[u8], i32, &str, &str); 12] = [
        (b"", 0, "", ""),
        (b"#!/usr/bin/env moonfuel\nprint(1)", 0, "1\n", ""),
        (b"#!/usr/bin/env moonfuel", 0, "", ""),
        (b"\xef\xbb\xbfprint(2)", 0, "2\n", ""),
        (b"\xef\xbb\xbf", 0, "", ""),
        (b"print(1)\r\nprint(2)\r\n", 0, "1\n2\n", ""),
        (b"print(#'\0a')", 0, "2\n", ""),
        (b"-- \0\nprint(3)", 0, "3\n", ""),
        (b"local a = \0 1", 3, "", ":1: unexpected symbol\n 1 | local a = \\x00 1\n"),
        (
            b"\x1bLua\x54\0\x19\x93\r\n",
            3,
            "",
            ".lua: attempt to load a binary chunk (mode is 't')\n",
        ),
        (b"\xff\xfe\xfd", 3, "", ":1: unexpected symbol near '<\\255>'"),
        (b"print('\xff')\r\n\r\n\r\nerror('x')", 1, "\u{fffd}\n", ":4: x\n 4 | error('x')\n"),
    ];
    for (number, (content, status, stdout, message)) in cases.into_iter().enumerate() {
        let file = write(dir, format!("{number}.lua"), content);
        let ran = moonfuel(&["run", &file]);
        assert_eq!((ran.0, ran.1.as_str()), (status, stdout), "{number}: {}", ran.2);
        assert!(ran.2.contains(message), "{number}: {}", ran.2);
        assert_eq!(ran.2.is_empty(), status == 0, "{number}: {}", ran.2);
        // Looking at it without running it comes to the same.
        let checked = moonfuel(&["check", &file]).0;
        assert_eq!(checked, if status == 1 { 0 } else { status }, "{number}");
    }
}

#[test]
fn what_cannot_be_read_exits_with_two() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().display().to_string();
    let missing = format!("{path}/missing.lua");
    for (file, reason) in [(&missing, "no such file or directory"), (&path, "it is a directory")] {
        for verb in ["run", "check"] {
            let (status, stdout, stderr) = moonfuel(&[verb, file]);
            assert_eq!((status, stdout.as_str()), (2, ""));
            assert_eq!(stderr, format!("moonfuel: cannot read {file}: {reason}\n"));
        }
    }
    let huge = dir.path().join("huge.lua");
    fs::File::create(&huge).unwrap().set_len(100 << 20).unwrap();
    let (status, _, stderr) = moonfuel(&["run", &huge.display().to_string()]);
    assert_eq!(status, 2);
    assert!(stderr.contains("huge.lua is too large: a script may have 16777216 bytes"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn names_need_not_be_utf8() {
    use std::os::unix::ffi::OsStringExt;
    let dir = tempfile::tempdir().unwrap();
    let name = OsString::from_vec(b"caf\xe9.lua".to_vec());
    let path = dir.path().join(&name);
    fs::write(&path, "print(#..., (...):byte(4)) error('oops')").unwrap();
    let args = [OsString::from("run"), path.into_os_string(), name.clone()];
    let (status, stdout, stderr) = seen(&command(args).output().unwrap());
    assert_eq!((status, stdout.as_str()), (1, "8\t233\n"));
    assert!(stderr.contains("caf\u{fffd}.lua:1: oops\n"), "{stderr}");
    let missing = [
        OsString::from("run"),
        dir.path().join(b"\xff".map(char::from).iter().collect::<String>()).into(),
    ];
    assert_eq!(seen(&command(missing).output().unwrap()).0, 2);
    for args in [
        vec![name.clone()],
        vec!["run".into(), "--fuel".into(), name.clone()],
        vec!["eval".into(), "--args".into(), name],
    ] {
        assert_eq!(seen(&command(args).output().unwrap()).0, 2);
    }
}

#[test]
fn nonsense_on_the_command_line_exits_with_two() {
    for (args, part) in [
        (&["eval", "--args", "{", "return 1"][..], "not valid JSON"),
        (&["eval", "--args", "nil", "return 1"], "not valid JSON"),
        (&["eval", "--no-such-option", "return 1"], "--no-such-option"),
        (&["run", "--frobnicate", "x.lua"], "--frobnicate"),
        (&["fly"], "fly"),
        (&[], "subcommand"),
        (&["eval", "--fuel", "-1", "return 1"], "-1"),
        (&["eval", "--memory", "lots", "return 1"], "whole number"),
        (&["eval", "--allow", "write", "return 1"], "--root"),
        (&["eval", "--root", "/no/such/root", "return 1"], "cannot open the root"),
    ] {
        let (status, stdout, stderr) = moonfuel(args);
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains(part), "{args:?}: {stderr}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let code = "for i = 1, 100000 do print(i) end";
    let mut child = command(["run", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(code.as_bytes()).unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut first = [0; 2];
    stdout.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"1\n");
    drop(stdout);
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
    // Nor is one that was never there.
    let mut child = command(["eval", "--json", "return 1"]).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn output_comes_while_the_script_runs() {
    let code = "print('first') while true do end";
    let mut child = command(["eval", "--fuel", "1000T", code]).spawn().unwrap();
    let mut first = [0; 6];
    child.stderr.as_mut().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"first\n");
    assert!(child.try_wait().unwrap().is_none(), "it ended");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_timeout_ends_the_run() {
    let mut least = Duration::MAX;
    // On a busy machine any one attempt may have to wait for others.
    for _ in 0..5 {
        let begin = Instant::now();
        let code = "print('so far') while true do pcall(error) end";
        let (status, stdout, stderr) = moonfuel(&["eval", "--timeout", "50", code]);
        least = least.min(begin.elapsed());
        assert_eq!((status, stdout.as_str()), (4, ""));
        assert!(
            stderr.starts_with(
                "so far\nmoonfuel: (command line):1: out of time: 50 milliseconds are over \
                 (raise with --timeout TIME)\n 1 | print('so far')"
            ),
            "{stderr}"
        );
    }
    assert!(least < Duration::from_millis(150), "{least:?}");
    for ms in ["18446744073709551615", "0"] {
        assert_eq!(moonfuel(&["eval", "--timeout", ms, "return 1"]).1, "[1]\n");
    }
}

#[test]
fn limits_exit_with_four_and_name_limit_and_option() {
    for (args, message) in [
        (
            &["--fuel", "100k", "while true do pcall(function() while true do end end) end"][..],
            "out of fuel: all 100000 units are used (raise with --fuel N)",
        ),
        (
            &["--memory", "2M", "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end"],
            "out of memory: the script needs more than 2097152 bytes (raise with --memory SIZE)",
        ),
        (
            &["--output", "1K", "while true do print('xxxxxxx') end"],
            "too much output: more than 1024 bytes were printed (raise with --output SIZE)",
        ),
        (
            &["--root", ".", "while true do jido.file_exists('x') end"],
            "too many host calls: more than 10000 were made (raise with --host-calls N)",
        ),
    ] {
        let (status, stdout, stderr) = moonfuel(&[&["eval"], args].concat());
        assert_eq!(status, 4, "{stderr}");
        let start = format!("moonfuel: (command line):1: {message}\n 1 | ");
        let (printed, said) = stderr.split_at(stderr.find("moonfuel: ").unwrap());
        assert!(said.starts_with(&start), "{stderr}");
        assert!(said.contains("\nstack traceback:\n\t"), "{stderr}");
        assert!(stdout.is_empty() && printed.len() <= 1024);
    }
}

#[test]
fn fuel_stops_at_its_limit() {
    let args = ["eval", "--json", "--fuel", "12345", "while true do end"];
    let result: serde_json::Value = serde_json::from_str(&moonfuel(&args).1).unwrap();
    assert_eq!(result["fuel_used"], 12345);
    // A script that ends with exactly what it needs, and not with less.
    let code = "local n = 0 for i = 1, 100 do n = n + #tostring(i) end return n";
    let whole: serde_json::Value =
        serde_json::from_str(&moonfuel(&["eval", "--json", code]).1).unwrap();
    let needed = whole["fuel_used"].as_u64().unwrap();
    assert_eq!(moonfuel(&["eval", "--fuel", &needed.to_string(), code]).1, "[192]\n");
    assert_eq!(moonfuel(&["eval", "--fuel", &(needed - 1).to_string(), code]).0, 4);
}

#[test]
fn converting_an_object_costs_what_its_size_is() {
    let fuel = |code: &str| {
        let result: serde_json::Value =
            serde_json::from_str(&moonfuel(&["eval", "--json", code]).1).unwrap();
        result["fuel_used"].as_u64().unwrap()
    };
    assert!(fuel("return {a = {1}, b = 2.5}") < 200);
    // Slots that were emptied are passed, and paid for, too.
    let emptied = "local t = {} for i = 1, 30000 do t[i + 0.5] = i end \
                   for i = 1, 30000 do t[i + 0.5] = nil end";
    let passed = fuel(&format!("{emptied} return t")) - fuel(&format!("{emptied} return 1"));
    assert!((3_000..100_000).contains(&passed), "{passed}");
}

#[test]
fn syntax_errors_exit_with_three_and_errors_with_one() {
    let (status, stdout, stderr) = moonfuel(&["eval", "return ("]);
    assert_eq!((status, stdout.as_str()), (3, ""));
    assert!(stderr.starts_with("moonfuel: (command line):1: unexpected symbol near <eof>\n"));
    let (status, _, stderr) = moonfuel(&["eval", "local t = nil; t.x = 1"]);
    assert_eq!(status, 1);
    assert!(
        stderr.starts_with(
            "moonfuel: (command line):1: attempt to index a nil value (local 't')\n \
             1 | local t = nil; t.x = 1\n"
        ),
        "{stderr}"
    );
    assert!(stderr.contains("stack traceback:\n\t(command line):1: in main chunk\n"), "{stderr}");
}

/// Prints everything that could betray an address, a seed, a clock or a process.
const TELLTALE: &str = r#"
local t = {}
local keys = {"a", "b", {}, {}, print, function() end, 1.5, 2.25, true, false, "c", -1, 0,
    coroutine.create(print), 1 << 40, "a long key that is certainly not interned at all, is it?"}
for i, key in ipairs(keys) do t[key] = i end
for i = 1, 100 do t["k" .. i] = i; t[i * 1000] = i; t[{}] = i; t[i + 0.5] = i end
for i = 1, 50 do t["k" .. i * 2] = nil end
for key, value in pairs(t) do print(key, value) end
print({}, function() end, coroutine.create(print), print, string.format("%p", t))
print(math.random(), math.random(1000), math.random(0))
print(os.time(), os.clock(), os.date("%c"))
print(#tostring(collectgarbage("count")) > 0, collectgarbage("count"))
local sorted = {}
for i = 1, 100 do sorted[i] = {n = i % 7} end
table.sort(sorted, function(a, b) return a.n < b.n end)
for i = 1, 10 do print(sorted[i]) end
print(pcall(error, {}))
return os.clock()
"#;

#[test]
fn twenty_processes_do_the_same_to_the_byte() {
    let dir = tempfile::tempdir().unwrap();
    let file = write(dir.path(), "telltale.lua", TELLTALE);
    let first = moonfuel(&["run", "--time", "1704164645", "--json", &file]);
    assert_eq!(first.0, 0, "{}{}", first.1, first.2);
    let result: serde_json::Value = serde_json::from_str(&first.1).unwrap();
    assert!(result["output"].as_str().unwrap().lines().count() > 300);
    assert!(result["fuel_used"].as_u64() > Some(1000));
    assert!(result["memory_peak"].as_u64() > Some(10_000));
    // Each process takes another hash key from the system.
    for _ in 1..20 {
        assert_eq!(moonfuel(&["run", "--time", "1704164645", "--json", &file]), first);
    }
    // Nor does the environment matter.
    let output = command(["run", "--time", "1704164645", "--json", &file])
        .env_clear()
        .envs([("TZ", "Asia/Tokyo"), ("LC_ALL", "de_DE.UTF-8"), ("LUA_INIT", "error()")])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert_eq!(seen(&output), first);
}

#[test]
fn the_project_report_counts_a_project() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "src/a.rs", "fn a() {}\nfn b() {}\n");
    write(dir.path(), "src/deep/b.rs", "fn c() {}");
    write(dir.path(), "README.md", "# Title\n");
    write(dir.path(), ".git/config", "ignored\n");
    write(dir.path(), "blob.bin", b"\0\x01\x02");
    let root = dir.path().display().to_string();
    let report = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/project_report.lua");
    let (status, stdout, stderr) = moonfuel(&["run", "--root", &root, report]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert_eq!(
        stdout,
        "extension       files      lines\n\
         rs                  2          3\n\
         md                  1          1\n\
         total               3          4\n\
         (1 files are binary or could not be read)\n"
    );
    let (status, stdout, _) = moonfuel(&["run", "--json", "--root", &root, report, "src"]);
    assert_eq!(status, 0);
    let result: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(result["values"][0]["lines"], 3);
    // Two directories and two files were looked at.
    assert_eq!(result["host_calls"], 4);
    // Without a root there is no `jido`.
    let (status, _, stderr) = moonfuel(&["run", report]);
    assert_eq!(status, 1);
    assert!(stderr.contains("attempt to index a nil value (global 'jido')"), "{stderr}");
}

#[test]
fn writing_must_be_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().display().to_string();
    let code = "return jido.write_file('new/a.txt', 'content')";
    let (status, stdout, _) = moonfuel(&["eval", "--root", &root, code]);
    assert_eq!(status, 0);
    assert!(stdout.starts_with("[null,\""), "{stdout}");
    assert!(!dir.path().join("new").exists());
    let allowed = moonfuel(&["eval", "--root", &root, "--allow", "write", code]);
    assert_eq!(allowed, (0, "[true]\n".to_owned(), String::new()));
    assert_eq!(fs::read(dir.path().join("new/a.txt")).unwrap(), b"content");
    let outside = "return jido.write_file('../a.txt', 'content')";
    let (_, stdout, _) = moonfuel(&["eval", "--root", &root, "--allow", "write", outside]);
    assert!(stdout.contains("Security error"), "{stdout}");
}

#[test]
fn deep_ways_need_few_handles() {
    let dir = tempfile::tempdir().unwrap();
    let code = "local way = ('d/'):rep(1500)
        return jido.write_file(way .. 'a.txt', 'there'), (jido.read_file(way .. 'a.txt')),
            #jido.grep('there', '.')";
    // A process may have few of them, and has other things to open.
    let limited = "ulimit -n 128; exec \"$0\" \"$@\"";
    let output = Command::new("sh")
        .args(["-c", limited, env!("CARGO_BIN_EXE_moonfuel"), "eval", "--allow", "write"])
        .args(["--timeout", "100s"])
        .args(["--root".as_ref(), dir.path(), code.as_ref()])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "[true,\"     1→there\",1]\n");
}

#[test]
fn a_run_without_rights_has_none() {
    for name in ["io", "package", "dofile", "loadfile", "jido", "args"] {
        assert_eq!(moonfuel(&["eval", &format!("return {name}")]).1, "[null]\n", "{name}");
    }
    for name in ["os.execute", "os.remove", "os.getenv", "os.exit", "string.dump", "debug.sethook"]
    {
        assert_eq!(moonfuel(&["eval", &format!("return {name}")]).1, "[null]\n", "{name}");
    }
}

#[test]
fn stats_say_what_the_object_says() {
    let code = "local t = {} for i = 1, 1000 do t[i] = {} end print(#t)";
    let (_, stdout, stderr) = moonfuel(&["eval", "--json", "--stats", code]);
    let result: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let expected = format!(
        "moonfuel: fuel {}, memory peak {} bytes, output 5 bytes, host calls 0, time ",
        result["fuel_used"], result["memory_peak"]
    );
    assert!(stderr.starts_with(&expected), "{stderr}");
}

#[test]
fn a_profile_of_fuel_is_written_in_both_formats() {
    let dir = tempfile::tempdir().unwrap();
    let script = write(dir.path(), "s.lua", "local function f() for i = 1, 100 do end end f()");
    let (folded, shown) = (dir.path().join("out.folded"), dir.path().join("out.json"));
    let mut texts = Vec::new();
    for file in [&folded, &shown] {
        let (code, _, err) = moonfuel(&["run", "--profile-out", file.to_str().unwrap(), &script]);
        assert_eq!((code, err), (0, String::new()));
        texts.push(fs::read_to_string(file).unwrap());
    }
    assert!(texts[0].contains(";f ("), "{}", texts[0]);
    let shown: serde_json::Value = serde_json::from_str(&texts[1]).unwrap();
    assert_eq!(shown["profiles"][0]["type"], "sampled");
    let nowhere = dir.path().join("no/such.json");
    let (code, _, err) = moonfuel(&["run", "--profile-out", nowhere.to_str().unwrap(), &script]);
    assert!(code == 2 && err.contains("cannot write"), "{code} {err}");
}

#[test]
fn a_page_of_coverage_shows_texts_and_lets_none_of_them_act() {
    let dir = tempfile::tempdir().unwrap();
    let source = "local x = '<script>alert(1)</script>'\nif x == 1 then\n  x = 2\nend\n\
                  require('m') load('return 1', '@../secret.lua')()";
    let script = write(dir.path(), "s.lua", source);
    fs::create_dir(dir.path().join("lib")).unwrap();
    write(dir.path(), "lib/m.lua", "return 'of the module'");
    write(dir.path(), "secret.lua", "return 'secret'");
    let page = dir.path().join("c.html");
    let cover = format!("--cover={}", page.display());
    let lib = dir.path().join("lib");
    let (code, _, err) = moonfuel(&["run", &cover, "--lib", lib.to_str().unwrap(), &script]);
    assert_eq!((code, err), (0, String::new()));
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{page}");
    assert!(page.contains("of the module") && !page.contains("'secret'"), "{page}");
    assert!(page.contains("class=\"miss\" title=\"\"><i>0</i><i>3</i>  x = 2"), "{page}");
    assert!(page.contains("never went on"), "{page}");
}

#[test]
#[cfg(all(target_os = "linux", feature = "mcp"))]
fn messages_that_nobody_can_be_told_are_no_panic() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = command(["mcp", "--ask", "write"]).stderr(full).status().unwrap();
    assert_eq!(status.code(), Some(2));
}

#[test]
fn a_script_needs_no_command() {
    let dir = tempfile::tempdir().unwrap();
    let file = write(dir.path(), "a.lua", "print(select('#', ...), ...)");
    assert_eq!(moonfuel(&[&file, "x", "--json"]).1, "2\tx\t--json\n");
    assert_eq!(moonfuel(&["--fuel", "10k", &file]).1, "0\n");
    assert_eq!(moonfuel_stdin(&["-", "y"], b"print(...)").1, "y\n");
    // A word that is neither a command nor a file is asked about.
    let (status, _, stderr) = moonfuel(&["chek", &file]);
    assert_eq!(status, 2);
    assert!(stderr.contains("'check'"), "{stderr}");
    let (status, _, stderr) = moonfuel(&["missing.lua"]);
    assert_eq!(
        (status, stderr.as_str()),
        (2, "moonfuel: cannot read missing.lua: no such file or directory\n")
    );
}

#[test]
fn args_come_from_a_file_or_from_standard_input() {
    let dir = tempfile::tempdir().unwrap();
    let file = write(dir.path(), "args.json", "{\"x\": [1, 2]}");
    let at = format!("@{file}");
    assert_eq!(moonfuel(&["eval", "--args", &at, "args.x[2]"]).1, "[2]\n");
    assert_eq!(moonfuel_stdin(&["eval", "--args", "-", "args[1]"], b"[7]").1, "[7]\n");
    for (args, input, part) in [
        (
            &["eval", "--args", "@/no/such.json", "1"][..],
            "",
            "cannot read /no/such.json for `--args`: no such file",
        ),
        (&["eval", "--args", "-", "1"], "{", "standard input is not valid JSON"),
        (
            &["run", "--args", "-", "-"],
            "1",
            "standard input cannot be the script and `--args -` both",
        ),
    ] {
        let (status, stdout, stderr) = moonfuel_stdin(args, input.as_bytes());
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains(part), "{stderr}");
    }
}

#[test]
fn with_json_bad_usage_is_an_object_too() {
    for (args, part) in [
        (&["eval", "--json", "--fuel", "lots", "1"][..], "invalid value 'lots' for '--fuel <N>'"),
        (&["eval", "--json", "--fuel", "-1", "1"], "invalid value '-1' for '--fuel <N>'"),
        (&["eval", "--json", "--seed", "-1", "1"], "invalid value '-1' for '--seed <N>'"),
        (&["run", "--json"], "required arguments were not provided"),
        (&["run", "--json", "missing.lua"], "cannot read missing.lua: no such file or directory"),
        (&["--json", "missing.lua"], "cannot read missing.lua: no such file or directory"),
        (&["eval", "--json", "--root", "/no/such/root", "1"], "cannot open the root"),
        (&["fuzz", "--json", "missing.lua", "--bytes"], "cannot read missing.lua"),
        (&["eval", "--json", "--args", "@none", "1"], "cannot read none for `--args`"),
        (&["eval", "--json", "--args", "@", "1"], "`--args @` names no file"),
    ] {
        let (status, stdout, stderr) = moonfuel(args);
        assert_eq!((status, stderr.as_str()), (2, ""), "{args:?}");
        assert_eq!(stdout.lines().count(), 1);
        let object: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(object["ok"], false);
        assert_eq!(object["error"]["kind"], "usage");
        let message = object["error"]["message"].as_str().unwrap();
        assert!(message.contains(part), "{message}");
    }
    // What follows a script's name is the script's.
    assert!(moonfuel(&["run", "missing.lua", "--json"]).2.starts_with("moonfuel: cannot read"));
}

#[test]
fn shells_complete_it_and_the_manual_page_has_all_of_it() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (status, script, _) = moonfuel(&["completions", shell]);
        assert_eq!(status, 0, "{shell}");
        for word in ["eval", "replay", "repl", "profile"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let (status, page, _) = moonfuel(&["man"]);
    assert_eq!(status, 0);
    assert!(page.contains(".TH moonfuel"), "{page}");
    for part in [".SH MOONFUEL EVAL\n", "500ms", "\\-\\-fuel", "@FILE"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[test]
fn help_names_every_value_an_option_takes() {
    let (_, help, _) = moonfuel(&["run", "--help"]);
    let flat = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "`strict` or `compat`",
        "`jido`",
        "`imp`",
        "`codex`",
        "`all`",
        "`first`",
        "`write`",
        "`shell`",
        "`git`",
        "500ms, 2s, 1m",
        "10M, 2G",
        "512K, 16M",
        "`@FILE`, or `-`",
    ] {
        assert!(flat.contains(part), "{part}: {help}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_grows_too_large_for_the_system_is_an_error_of_its_write() {
    let dir = tempfile::tempdir().unwrap();
    let run = |options: &str, code: &str| {
        // 8 blocks: 4 or 8 KiB, as the shell has it.
        let line = format!("ulimit -f 8 && exec \"$0\" eval {options} \"$1\"");
        let mut shell = Command::new("sh");
        shell.args(["-c", &line, env!("CARGO_BIN_EXE_moonfuel"), code]);
        seen(&shell.current_dir(dir.path()).stdin(Stdio::null()).output().unwrap())
    };
    let write = "local ok, why = jido.write_file('large', ('x'):rep(100000)) \
                 return ok == nil and why, jido.file_exists('large')";
    let (status, out, err) = run("--root . --allow write", write);
    assert_eq!((status, &*err), (0, ""), "{out}");
    assert_eq!(out, "[\"File error (efbig): large\",false]\n");
    // A trace that cannot be written ends the run.
    let print = "for i = 1, 10 do print(('x'):rep(10000)) end";
    let (status, out, err) = run("--record trace.jsonl", print);
    assert_eq!((status, &*out), (1, ""));
    assert!(err.contains("the trace cannot be written"), "{err}");
}

/// No trace says how long its run had.
#[test]
fn a_run_that_was_out_of_time_is_shown_again_without_a_time_that_it_did_not_have() {
    let dir = tempfile::tempdir().unwrap();
    let trace = dir.path().join("trace.jsonl").display().to_string();
    let script = write(dir.path(), "loop.lua", "while true do end");
    let args = ["run", "--timeout", "5ms", "--fuel", "1T", "--record", &trace, &script];
    let (status, _, err) = moonfuel(&args);
    assert_eq!((status, err.contains("out of time: 5 milliseconds")), (4, true), "{err}");
    for json in [&[][..], &["--json"]] {
        let (status, out, err) = moonfuel(&[&["replay", "--resume", &trace], json].concat());
        let told = out + &err;
        assert_eq!((status, told.contains("out of time: the time that it had")), (4, true));
        assert!(!told.contains("milliseconds"), "{told}");
    }
}

#[test]
fn a_limit_of_a_tool_is_told_with_what_raises_it() {
    let dir = tempfile::tempdir().unwrap();
    let source = "
        local function tool(name, execute)
            imp.register_tool { name = name, description = name, execute = execute }
        end
        local function endless() while true do end end
        tool('loop', endless)
        tool('fill', function() local t = {} while true do t[#t + 1] = ('x'):rep(1e5) .. #t end end)
        imp.register_command('loop', { description = 'd', handler = endless })";
    write(dir.path(), "limits.lua", source);
    let folder = dir.path().to_str().unwrap();
    for (words, option) in [
        (&["tool", "--fuel", "1M", "loop"][..], "--fuel N"),
        (&["tool", "--fuel", "1T", "--timeout", "20ms", "loop"], "--timeout TIME"),
        (&["tool", "--memory", "1M", "fill"], "--memory SIZE"),
        (&["command", "--fuel", "1M", "loop"], "--fuel N"),
        (&["tool", "--fuel", "100", "jido.grep", r#"{"pattern": "a+", "path": "."}"#], "--fuel N"),
    ] {
        let option_of_the_folder =
            if words.contains(&"jido.grep") { "--root" } else { "--extensions" };
        let (status, _, err) = moonfuel(&[words, &[option_of_the_folder, folder]].concat());
        let hint = format!(" (raise with {option})\n");
        assert_eq!((status, err.ends_with(&hint)), (4, true), "{words:?}: {err}");
    }
}

#[cfg(all(target_os = "linux", feature = "mcp"))]
#[test]
fn a_server_that_gets_no_thread_says_so() {
    let mut command = Command::new("prlimit");
    command.arg("--nproc=1");
    // The limit is one of a user's, and not of root's.
    if Command::new("id").arg("-u").output().is_ok_and(|ran| ran.stdout == b"0\n") {
        command.args(["setpriv", "--reuid=65534", "--clear-groups"]);
    }
    command.args([env!("CARGO_BIN_EXE_moonfuel"), "mcp"]).stdin(Stdio::null());
    let Ok(output) = command.output() else { return eprintln!("SKIPPED: there is no prlimit") };
    if [126, 127].contains(&output.status.code().unwrap_or(126)) {
        return eprintln!("SKIPPED: another user cannot start it: {}", text(&output.stderr));
    }
    let (status, out, err) = seen(&output);
    assert_eq!((status, &*out), (1, ""), "{err}");
    assert!(err.starts_with("moonfuel: cannot start a thread: "), "{err}");
}

#[cfg(all(target_os = "linux", feature = "mcp"))]
#[test]
fn a_server_says_that_its_output_takes_nothing() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut child = command(["mcp"]).stdin(Stdio::piped()).stdout(full).spawn().unwrap();
    // Whatever is asked, the answer is one of what nobody knows.
    let _ =
        writeln!(child.stdin.take().unwrap(), r#"{{"jsonrpc": "2.0", "id": 1, "method": "x"}}"#);
    let output = child.wait_with_output().unwrap();
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    let expected = "moonfuel: cannot write the output: No space left on device (os error 28)\n";
    assert_eq!(told, expected);
}

#[cfg(feature = "mcp")]
#[test]
fn a_server_says_that_nobody_has_read_its_answers() {
    let mut child = command(["mcp"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let meta = r#"{"io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {}}"#
        .replace('\n', "");
    // More than fits into the pipe.
    let call = r#""name": "lua_execute", "arguments": {"script": "print(('x'):rep(30000))"}"#;
    for id in 0..20 {
        writeln!(
            input,
            r#"{{"jsonrpc": "2.0", "id": {id}, "method": "tools/call", "params": {{{call}, "_meta": {meta}}}}}"#
        )
        .unwrap();
    }
    drop(input);
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "it is still there");
        std::thread::sleep(Duration::from_millis(50));
    };
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    let expected = "moonfuel: the last answers are lost: nobody has read them\n";
    assert_eq!((status.code(), &*told), (Some(1), expected));
}
