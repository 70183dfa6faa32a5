//! The libraries `io` and `os` of trusted code over real files, and `io` in the sandbox.
//!
//! Each script of `tests/io` runs in an empty directory; what it prints is what PUC-Rio's
//! 5.4.8 prints, and this machine's `lua5.4`, if it has one.

#![allow(clippy::disallowed_types, clippy::panic, clippy::unwrap_used, reason = "a test may stop")]
#![cfg(feature = "cli")]

use moonfuel::host::jido::{Jido, JidoOptions};
use moonfuel::{Chunk, Limits, Outcome, Profile, Report, Session};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Summer time without a data base of zones.
const ZONE: &str = "EST5EDT,M3.2.0,M11.1.0";

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/io")
}

/// Runs a command with a standard input.
fn run(mut command: Command, folder: &Path, input: &[u8]) -> Output {
    let command = command.current_dir(folder).env("TZ", ZONE).env("MOONFUEL_TEST_VARIABLE", "yes");
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A script that ends early does not read everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn moonfuel_lua() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_moonfuel"));
    command.arg("lua");
    command
}

/// Runs code with `moonfuel lua -e` in a directory and returns what it printed.
fn lua(folder: &Path, code: &str) -> String {
    let mut command = moonfuel_lua();
    command.args(["-e", code]);
    let output = run(command, folder, b"");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{code}\n{errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn check(name: &str) {
    let script = scripts().join(name).with_extension("lua");
    let expected = fs::read(scripts().join(name).with_extension("expected")).unwrap();
    let expected = String::from_utf8_lossy(&expected);
    let puc = Command::new("lua5.4");
    for (mut command, required) in [(moonfuel_lua(), true), (puc, false)] {
        if !required && Command::new("lua5.4").arg("-v").output().is_err() {
            continue;
        }
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("empty");
        fs::create_dir(&folder).unwrap();
        // Messages name it: under the same short name everywhere.
        fs::copy(&script, above.path().join("script.lua")).unwrap();
        command.arg("../script.lua");
        let output = run(command, &folder, b"17 rest\nline\nabcdef\nlast");
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed);
        for (at, (got, wanted)) in printed.lines().zip(expected.lines()).enumerate() {
            assert_eq!(got, wanted, "{name}, line {} of the output (ours: {required})", at + 1);
        }
        assert_eq!(printed.lines().count(), expected.lines().count(), "{name}");
    }
}

macro_rules! scripts {
    ($($name:ident)*) => { $(
        #[test]
        fn $name() {
            check(stringify!($name));
        }
    )* };
}

#[cfg(unix)]
scripts! { errors numbers update buffers processes lines dates }

#[test]
fn every_script_is_run() {
    let mut found: Vec<String> = fs::read_dir(scripts())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".lua").map(str::to_owned))
        .collect();
    found.sort();
    assert_eq!(found.join(" "), "buffers dates errors lines numbers processes update");
}

#[test]
fn everything_is_written_at_the_end_of_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let code = "f = io.open('f', 'w') f:write('unclosed') g = io.open('g', 'w') g:write('x')
                io.write('out'); print(' put')";
    assert_eq!(lua(folder.path(), code), "out put\n");
    assert_eq!(fs::read(folder.path().join("f")).unwrap(), b"unclosed");
    assert_eq!(fs::read(folder.path().join("g")).unwrap(), b"x");
}

#[test]
fn everything_is_written_when_the_program_exits_or_fails() {
    for (end, code) in [("os.exit(3)", 3), ("os.exit(true, true)", 0), ("os.exit(false)", 1)] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = moonfuel_lua();
        let script = format!("f = io.open('f', 'w') f:write('kept') io.write('out') {end}");
        command.args(["-e", &script]);
        let output = run(command, folder.path(), b"");
        assert_eq!(output.status.code(), Some(code), "{end}");
        assert_eq!(output.stdout, b"out", "{end}");
        assert_eq!(fs::read(folder.path().join("f")).unwrap(), b"kept", "{end}");
    }
}

/// With its second argument `os.exit` closes what is pending, as the end of a state does.
#[test]
fn exit_closes_the_variables_of_the_main_program() {
    let folder = tempfile::tempdir().unwrap();
    let script = "local function say(text)
                    return setmetatable({}, {__close = function(_, e) print(text, e) end})
                  end
                  local a <close> = say('last')
                  local f <close> = io.open('f', 'w')
                  f:write('closed')
                  local b <close> = setmetatable({}, {__close = function() error('ignored') end})
                  pcall(function()
                    local c <close> = say('first')
                    coroutine.wrap(function()
                      local d <close> = say('never: another thread')
                      os.exit(7, true)
                    end)()
                  end)";
    let mut command = moonfuel_lua();
    command.args(["-e", script]);
    let output = run(command, folder.path(), b"");
    assert_eq!(output.status.code(), Some(7));
    let printed = String::from_utf8(output.stdout).unwrap();
    let (first, last) = printed.split_once('\n').unwrap();
    assert_eq!(first, "first\tnil");
    assert!(last.starts_with("last\t") && last.contains("ignored"), "{last}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(fs::read(folder.path().join("f")).unwrap(), b"closed");
}

/// A process may have few files open: those nobody can reach must be closed in time.
#[cfg(unix)]
#[test]
fn files_that_are_dropped_do_not_use_up_descriptors() {
    let folder = tempfile::tempdir().unwrap();
    let code = "io.open('f', 'w'):write('abc'):close()
                local live = {}
                for i = 1, 200000 do live[i] = {} end -- collections are rare then
                for i = 1, 5000 do
                  assert(io.open('f')); io.lines('f'); assert(io.popen):len(1)
                end";
    let code = code.replace("assert(io.popen):len(1)", "assert(io.tmpfile())");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "ulimit -n 40; exec \"$0\" lua -e \"$1\""]);
    command.arg(env!("CARGO_BIN_EXE_moonfuel")).arg(format!("{code} print 'done'"));
    let output = run(command, folder.path(), b"");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.stdout, b"done\n");
}

#[cfg(unix)]
#[test]
fn too_many_files_in_use_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let code = "io.open('f', 'w'):close() local files = {}
                while true do
                  local f, message, code = io.open('f')
                  if not f then print(message, code) break end
                  files[#files + 1] = f
                end
                print(#files > 10, io.type(files[1]), files[1]:read('a') == '')";
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "ulimit -n 40; exec \"$0\" lua -e \"$1\""]);
    command.arg(env!("CARGO_BIN_EXE_moonfuel")).arg(code);
    let output = run(command, folder.path(), b"");
    assert_eq!(output.stdout, b"f: Too many open files\t24\ntrue\tfile\ttrue\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let code = "local f = io.open('/dev/full', 'w')
                print(f:write('x') == f, f:flush())
                print(f:write(('x'):rep(100000)))
                print(f:close())
                print(io.type(f))";
    assert_eq!(
        lua(folder.path(), code),
        "true\tnil\tNo space left on device\t28\n\
         nil\tNo space left on device\t28\n\
         nil\tNo space left on device\t28\n\
         closed file\n"
    );
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_ends_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "\"$0\" lua -e 'while true do print(1) end' | head -n 2"]);
    command.arg(env!("CARGO_BIN_EXE_moonfuel"));
    assert_eq!(run(command, folder.path(), b"").stdout, b"1\n1\n");
}

#[cfg(unix)]
#[test]
fn temporary_files_have_names_of_their_own_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let code = "local a, b = os.tmpname(), os.tmpname()
                print(a ~= b, io.open(a):read('a') == '', os.remove(a), os.remove(b), io.open(a) == nil)
                local f = io.tmpfile()
                print(f:write('x'):seek('set'), f:read('a'), f:close())";
    assert_eq!(lua(folder.path(), code), "true\ttrue\ttrue\ttrue\ttrue\n0\tx\ttrue\n");
}

/// What reads standard input shares one buffer.
#[test]
fn the_debug_prompt_reads_what_scripts_leave() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = moonfuel_lua();
    command.args(["-e", "print(io.read()) debug.debug() print(io.read('n', 'a'))"]);
    let input = b"first\nprint(io.read())\nsecond\nerror('oh', 0)\nx =\ncont\n3 rest";
    let output = run(command, folder.path(), input);
    assert_eq!(output.stdout, b"first\nsecond\n3\t rest\n");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "lua_debug> lua_debug> oh\nlua_debug> (debug command):1: unexpected symbol near <eof>\n\
         lua_debug> "
    );
}

#[test]
fn warnings_go_to_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = moonfuel_lua();
    command.args(["-W", "-e", "warn('a', 'b') print('c') warn('@off') warn('d')"]);
    let output = run(command, folder.path(), b"");
    assert_eq!((&output.stdout[..], &output.stderr[..]), (&b"c\n"[..], &b"Lua warning: ab\n"[..]));
}

#[test]
fn print_and_write_share_one_buffer() {
    let folder = tempfile::tempdir().unwrap();
    let code = "for i = 1, 3 do io.write(i, ' '); print(i); io.stdout:write(-i, '\\n') end";
    assert_eq!(lua(folder.path(), code), "1 1\n-1\n2 2\n-2\n3 3\n-3\n");
}

// ---- the sandbox ----

fn session(root: &Path, write: bool, limits: Limits) -> Session {
    let options = JidoOptions {
        allow_write: write,
        write_limit: 100_000,
        require_read: false,
        ..Default::default()
    };
    let files = Jido::open(root, options).unwrap().files();
    Session::builder().profile(Profile::Compat).limits(limits).world(files).build().unwrap()
}

fn values(report: &Report) -> &str {
    match &report.outcome {
        Outcome::Done(Ok(values)) => values,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sandbox_without_files_has_its_output_only() {
    let mut session = Session::builder().profile(Profile::Compat).build().unwrap();
    let report = session.run(
        "io.write('a', 1, '\\n'); print('b'); io.stdout:write('c'); io.stderr:write('d')
         return io.read(), io.open('x'), select(2, io.open('x')), select(3, io.open('x')),
           select(2, io.tmpfile()), select(2, io.popen('ls')), os.getenv('PATH'),
           io.stdin:read('a'), io.stdout:close(), io.stdout:seek() == nil, io.flush(),
           pcall(io.lines, 'x')",
    );
    assert_eq!(report.output, b"a1\nb\ncd");
    assert_eq!(
        values(&report),
        "[null,null,\"x: Operation not permitted\",1,\"Operation not permitted\",\
         \"ls: Operation not permitted\",null,\"\",null,true,true,false,\
         \"cannot open file 'x' (Operation not permitted)\"]"
    );
}

#[test]
fn what_is_missing_in_a_sandbox_is_called_what_it_is_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let report = session(folder.path(), true, Limits::default()).run(
        "local _, text, code = io.open('none')
         return text, code, select(2, io.open('no/x', 'w')), select(2, pcall(io.lines, 'none'))",
    );
    let missing = "No such file or directory";
    let text = format!(
        "[\"none: {missing}\",2,\"no/x: {missing}\",\"cannot open file 'none' ({missing})\"]"
    );
    assert_eq!(values(&report), text);
}

#[test]
fn written_output_counts_against_the_limit() {
    let limits = Limits { output: 10, ..Limits::default() };
    let mut session = Session::builder().profile(Profile::Compat).limits(limits).build().unwrap();
    let report = session.run("pcall(io.write, '12345', '678', 'abcdef') print('never')");
    assert!(matches!(report.outcome, Outcome::OutputLimit), "{:?}", report.outcome);
    assert_eq!(report.output, b"12345678ab");
}

#[test]
fn a_granted_directory_is_read_and_written_as_granted() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sub")).unwrap();
    fs::write(folder.path().join("sub/in"), "one\n2\nthree").unwrap();
    let script = "local f, message, code = io.open('out', 'w')
                  if not f then return message, code, io.open('sub/in'):read('l', 'n', 'l', 'a') end
                  f:write('x', 1.5):close()
                  for line in io.lines('sub/in') do io.write(line, ';') end
                  local u = io.open('out', 'r+'); u:seek('set', 1); u:write('!'); u:close()
                  return io.open('out'):read('a')";
    let mut reading = session(folder.path(), false, Limits::default());
    let report = reading.run(script);
    assert_eq!(values(&report), "[\"out: Permission denied\",13,\"one\",2,\"\",\"three\"]");
    assert!(!folder.path().join("out").exists());
    let mut writing = session(folder.path(), true, Limits::default());
    let report = writing.run(script);
    assert_eq!(values(&report), "[\"x!.5\"]");
    assert_eq!(report.output, b"one;2;three;");
}

#[cfg(unix)]
#[test]
fn no_path_leads_out_of_a_granted_directory() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let (root, outside) = (folder.path().join("root"), folder.path().join("outside"));
    fs::create_dir_all(root.join(".jido_code")).unwrap();
    fs::write(&outside, "secret").unwrap();
    fs::write(root.join(".jido_code/settings.json"), "settings").unwrap();
    fs::hard_link(root.join(".jido_code/settings.json"), root.join("hard")).unwrap();
    symlink(&outside, root.join("link")).unwrap();
    symlink("../outside", root.join("relative")).unwrap();
    symlink("..", root.join("up")).unwrap();
    symlink("new", root.join("dangling")).unwrap();
    assert!(Command::new("mkfifo").arg(root.join("pipe")).status().unwrap().success());
    let mut session = session(&root, true, Limits::default());
    for path in [
        "../outside",
        "link",
        "relative",
        "up/outside",
        outside.to_str().unwrap(),
        "/etc/passwd",
        ".jido_code/settings.json",
        "x/../.JIDO_CODE/settings.json",
        "hard",
        "pipe",
        ".",
        "dangling",
    ] {
        for mode in ["r", "w", "a", "r+", "w+", "a+"] {
            let report = session.run(format!("return io.open({path:?}, {mode:?})"));
            assert!(values(&report).starts_with("[null,\""), "{path} {mode}: {report:?}");
        }
    }
    assert_eq!(fs::read(&outside).unwrap(), b"secret");
    assert_eq!(fs::read(root.join("hard")).unwrap(), b"settings");
    assert!(!root.join("new").exists());
}

#[test]
fn files_of_the_sandbox_have_limits() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session(folder.path(), true, Limits::default());
    let report = session.run(
        "local f = io.open('f', 'w')
         local all = true
         for i = 1, 20 do all = all and f:write(('x'):rep(10000)) ~= nil end
         local _, flush = f:flush()
         local _, seek = f:seek('set', 1 << 40)
         local g = io.open('g', 'w')
         g:seek('set', 1 << 40)
         g:write('z')
         local _, f_closed = f:close()
         local _, g_closed = g:close()
         return all, flush, seek, f_closed, g_closed",
    );
    let told = "\"File too large\"";
    assert_eq!(values(&report), format!("[false,{told},{told},{told},{told}]"));
    assert_eq!(fs::metadata(folder.path().join("g")).unwrap().len(), 0);
    assert_eq!(fs::metadata(folder.path().join("f")).unwrap().len(), 100_000);
    // Nor through several handles at once.
    let report = session.run(
        "local files = {}
         for i = 1, 5 do files[i] = io.open('f', i < 3 and 'a' or 'a+') end
         local more = 0
         for _, f in ipairs(files) do if f:write('more') and f:close() then more = more + 1 end end
         return more",
    );
    assert_eq!(values(&report), "[0]");
    let report = session.run(
        "local files = {}
         for i = 1, 5 do files[i] = io.open('h', 'a+') end
         local kept = 0
         for _, f in ipairs(files) do
           if f:write(('x'):rep(60000)) and f:close() then kept = kept + 1 end
         end
         local f = io.open('h', 'a+')
         return kept, #f:read('a'), f:write('y') and f:flush()",
    );
    assert_eq!(fs::metadata(folder.path().join("h")).unwrap().len(), 100_000);
    assert!(values(&report).starts_with("[1,100000,null"), "{}", values(&report));
    let report = session.run(
        "local files = {}
         while true do
           local f, message, code = io.open('f')
           if not f then return #files, message, code end
           files[#files + 1] = f
         end",
    );
    assert_eq!(values(&report), "[64,\"f: Too many open files\",24]");
    let report = session.run("for i = 1, 1000 do assert(io.open('f')) end return true");
    assert_eq!(values(&report), "[true]");
    // A collection for an open file too many is paid for.
    let spent = |heap: &str| {
        let mut session = self::session(folder.path(), true, Limits::default());
        let report = session.run(format!(
            "local heap, files = {heap}, {{}}
             for i = 1, 64 do files[i] = io.open('f') end
             for i = 1, 100 do io.open('f') end
             return #files"
        ));
        assert_eq!(values(&report), "[64]");
        report.usage.fuel_used
    };
    let more = spent("string.rep('x', 1 << 20)") - spent("''");
    assert!(more > 100 * (1 << 20) / 64, "{more}");
}

/// What opening took is given back when the file is refused for want of memory.
#[test]
fn files_that_do_not_fit_take_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("f"), "text").unwrap();
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let mut session = session(folder.path(), false, limits);
    let report = session.run(
        "local function used() collectgarbage() return collectgarbage('count') * 1024 // 1 | 0 end
         local before, opened, refused = used(), 0, 0
         -- Room for nothing, then for a buffer, then for the file too.
         for room = 32000, 36000, 16 do
           local kept = string.rep('x', (1 << 20) - before - room)
           if pcall(io.open, 'f') then opened = opened + 1 else refused = refused + 1 end
         end
         return opened > 0, refused > 0, used() - before < 4096",
    );
    assert_eq!(values(&report), "[true,true,true]");
}

/// A line of a gibibyte is refused before it is taken.
#[test]
fn a_line_that_does_not_fit_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = fs::File::create(folder.path().join("long")).unwrap();
    file.set_len(1 << 30).unwrap();
    let limits = Limits { memory: 8 << 20, ..Limits::default() };
    let mut session = session(folder.path(), false, limits);
    for read in [
        "io.open('long'):read('l')",
        "io.open('long'):read('a')",
        "io.lines('long')()",
        "io.open('long'):read(1 << 30)",
        "io.open('long'):read(1 << 62)",
    ] {
        let report = session.run(format!("return pcall(function() return {read} end)"));
        assert_eq!(values(&report), "[false,\"not enough memory\"]", "{read}");
        assert!(report.usage.memory_peak <= 8 << 20, "{read}");
    }
    // White space before a numeral takes no memory, but fuel.
    fs::write(folder.path().join("spaces"), vec![b' '; 1 << 20]).unwrap();
    let report = session.run("return io.open('spaces'):read('n')");
    assert!(report.usage.fuel_used > (1 << 20) / 16, "{:?}", report.usage);
}

/// What a run does with files, and what it costs, does not depend on its slices.
#[test]
fn slices_change_nothing_about_files() {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<u8> = (0..3000).flat_map(|i| format!("{i} line\n").into_bytes()).collect();
    fs::write(folder.path().join("in"), lines).unwrap();
    let script = "local out = io.open('out', 'w')
                  local sum, long = 0, ''
                  for n, rest in io.lines('in', 'n', 'L') do sum = sum + n; out:write(n, rest) end
                  for l in io.lines('in') do if #l > 8 then io.write(l, ',') end end
                  out:close()
                  local f = io.open('out')
                  return sum, #f:read('a'), f:seek('set', 5), f:read('l', 'n', 7, 'L', 'a', 'a', 'l')";
    let run = |slice: u64| {
        let session = session(folder.path(), true, Limits::default());
        let mut run = session.start(Chunk::new(script.as_bytes()));
        while !run.step(slice).is_ended() {}
        let (_, report) = run.finish();
        assert_eq!(fs::read(folder.path().join("out")).unwrap().len(), 28_890, "{slice}");
        let printed = report.output.clone();
        (values(&report).to_owned(), printed, report.usage.fuel_used, report.usage.memory_peak)
    };
    let whole = run(u64::MAX);
    for slice in [1, 7, 64, 1000, 30_000] {
        assert_eq!(run(slice), whole, "slices of {slice}");
    }
}
