//! Programs: their results, their limits, their confinement, their end.

use super::{Place, builder, everything, session, values};
use moonfuel::drive::{DriveOptions, drive};
use moonfuel::host::jido::JidoOptions;
#[cfg(target_os = "linux")]
use moonfuel::host::{Confinement, jido::Jido};
use moonfuel::{Canceller, Chunk, Outcome, Run, Step};
use serde_json::json;
#[cfg(target_os = "linux")]
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

/// Waits until a process has gone; the one who has killed it may not be waited for.
fn is_gone(pid: &str) -> bool {
    let state = |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/stat")).ok();
    let until = Instant::now() + Duration::from_secs(2);
    while Instant::now() < until {
        match state(pid) {
            None => return true,
            Some(stat) if stat.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z")) => {
                return true;
            }
            Some(_) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    false
}

/// Waits until a program has said its number in a file.
fn pid(place: &Place, name: &str) -> String {
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until {
        if let Ok(text) = std::fs::read_to_string(place.root().join(name))
            && text.ends_with('\n')
        {
            return text.trim().to_owned();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{name} was not written");
}

/// Everything, and programs of the test's own: scripts, found beside the system's.
fn with_tools(place: &Place, tools: &[(&str, &str)]) -> JidoOptions {
    use std::os::unix::fs::PermissionsExt;
    let folder = place.outside().join("tools");
    std::fs::create_dir_all(&folder).unwrap();
    let mut options = everything();
    for (name, script) in tools {
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        options.commands.push((*name).to_owned());
    }
    options.program_path.push(folder.clone());
    options.readable.push(folder);
    options
}

#[test]
fn row_42_a_program_has_arguments_streams_and_a_status() {
    let place = Place::new();
    place.write("here.txt", "here");
    let options =
        with_tools(&place, &[("both", "echo out; echo err >&2; exit 3"), ("self", "kill -9 $$")]);
    let mut s = session(&place, options);
    let cases = [
        (
            "jido.shell('printf', {'%s|', 'a b', \"c'd\", '$HOME', '*'})",
            json!([0, "a b|c'd|$HOME|*|", ""]),
        ),
        (
            "jido.shell('echo', {1, 2.5, true, [5] = 'five', [4] = nil, x = 'no'})",
            json!([0, "1 2.5 true five\n", ""]),
        ),
        ("jido.shell('both')", json!([3, "out\n", "err\n"])),
        ("jido.shell('self')", json!([137, "", ""])),
        ("jido.shell('cat', {'here.txt'})", json!([0, "here", ""])),
        ("jido.shell('cat')", json!([0, "", ""])),
        ("jido.shell('cat', {'$ROOT/here.txt'})", json!([0, "here", ""])),
        ("jido.shell('pwd')", json!([0, "$ROOT\n", ""])),
    ];
    let root = place.root().display().to_string();
    for (call, want) in cases {
        let call = call.replace("$ROOT", &root);
        let want = want.to_string().replace("$ROOT", &root);
        let got = values(
            &mut s,
            &format!("local r = assert({call}) return r.exit_code, r.stdout, r.stderr"),
        );
        assert_eq!(got.to_string(), want, "{call}");
    }
}

#[test]
fn row_42_what_is_no_command_of_a_scripts_is_refused() {
    let place = Place::new();
    place.write(".jido_code/settings.json", "{}");
    place.write("in/x", "");
    std::os::unix::fs::symlink("/etc", place.root().join("out")).unwrap();
    let mut s = session(&place, everything());
    let arguments = "shell requires a command string and optional args array";
    let bad_timeout =
        format!("{arguments}: bad option 'timeout' (a number of milliseconds expected)");
    let cases = [
        ("'bash'", "Security error: shell interpreters are blocked (bash)"),
        ("'perl'", "Security error: command not in allowlist (perl)"),
        ("'/bin/ls'", "Security error: command not in allowlist (/bin/ls)"),
        ("''", "Security error: command not in allowlist ()"),
        ("'ls', {'..'}", "Security error: path traversal not allowed in argument: .."),
        (
            "'ls', {'--x=in/../..'}",
            "Security error: path traversal not allowed in argument: --x=in/../..",
        ),
        (
            "'ls', {'/etc/passwd'}",
            "Security error: absolute paths outside project not allowed: /etc/passwd",
        ),
        (
            "'grep', {'--file=/etc/passwd'}",
            "Security error: absolute paths outside project not allowed: --file=/etc/passwd",
        ),
        (
            "'grep', {'-f/etc/passwd'}",
            "Security error: absolute paths outside project not allowed: -f/etc/passwd",
        ),
        ("'cat', {'out/passwd'}", "Security error: symlink points outside project: out/passwd"),
        (
            "'cat', {'.jido_code/settings.json'}",
            "Security error (protected_settings_file): .jido_code/settings.json",
        ),
        ("'sleep', {'1'}, {timeout = 0}", arguments),
        ("'sleep', {'1'}, {timeout = -5}", arguments),
        ("'sleep', {'1'}, 5", arguments),
        ("'sleep', 5", arguments),
        ("'sleep', {{}}", arguments),
        ("'echo', {'a\\0b'}", &format!("{arguments}: a byte 0 in a command or an argument")),
        ("'echo\\0'", &format!("{arguments}: a byte 0 in a command or an argument")),
        ("'echo', {('x'):rep(131073)}", &format!("{arguments}: more than 131072 bytes")),
        ("'echo', {}, {timeout = {}}", &bad_timeout),
        ("'echo', {}, {timeout = '5'}", &bad_timeout),
        ("'echo', {}, {timeout = true}", &bad_timeout),
        ("'echo', {}, {timeout = 0/0}", &bad_timeout),
        ("5", arguments),
        ("", arguments),
    ];
    for (args, want) in cases {
        assert_eq!(
            values(&mut s, &format!("return jido.shell({args})")),
            json!([null, want]),
            "{args}"
        );
    }
    for (call, want) in [
        (
            "git('status', {}, {timeout = 'x'})",
            "git requires a subcommand string and optional args array: bad option 'timeout' (a number of milliseconds expected)",
        ),
        (
            "shell_background('true', {}, {description = 5})",
            "shell_background requires a command string and optional args array: bad option 'description' (a string expected)",
        ),
        (
            "shell_output('shell_1', {block = 1})",
            "shell_output requires a shell_id argument: bad option 'block' (a boolean expected)",
        ),
        (
            "shell_output('shell_1', {timeout = 'x'})",
            "shell_output requires a shell_id argument: bad option 'timeout' (a number of milliseconds expected)",
        ),
    ] {
        assert_eq!(values(&mut s, &format!("return jido.{call}")), json!([null, want]), "{call}");
    }
    // Dots that are no way up pass.
    let code = "return jido.shell('echo', {'a..b', '...'}).stdout";
    assert_eq!(values(&mut s, code), json!(["a..b ...\n"]));
    let mut s = session(&place, JidoOptions::default());
    let text = "shell is disabled for this session (allow it with --allow shell)";
    assert_eq!(values(&mut s, "return jido.shell('echo')"), json!([null, text]));
    let text = "git is disabled for this session (allow it with --allow git)";
    assert_eq!(values(&mut s, "return jido.git('status')"), json!([null, text]));
}

#[test]
fn row_43_a_program_ends_with_its_time() {
    let place = Place::new();
    let tools = [
        ("deaf", "trap '' TERM INT HUP; echo $$ > pid; while :; do sleep 10; done"),
        ("parent", "sleep 100 & echo $! > pid; wait"),
        ("away", "setsid sh -c 'echo $$ > pid; exec sleep 100' & wait"),
        ("closed", "exec >&- 2>&-; echo $$ > pid; exec sleep 100"),
        (
            "nest",
            "(setsid sh -c '(setsid sh -c \"echo \\$\\$ > pid; exec sleep 100\" &) ; sleep 100' &); sleep 100",
        ),
    ];
    for (tool, _) in tools {
        let _ = std::fs::remove_file(place.root().join("pid"));
        let mut s = session(&place, with_tools(&place, &tools));
        let code = format!("return jido.shell('{tool}', {{}}, {{timeout = 700}})");
        let begin = Instant::now();
        assert_eq!(values(&mut s, &code), json!([null, "Command timed out after 700ms"]), "{tool}");
        assert!(begin.elapsed() < Duration::from_secs(5), "{tool}: {:?}", begin.elapsed());
        assert!(is_gone(&pid(&place, "pid")), "{tool}");
    }
    let mut s = session(&place, everything());
    // The machine may be busy with other tests: the best of some tries counts.
    let least = (0..5).map(|_| {
        let begin = Instant::now();
        let timed_out = values(&mut s, "return jido.shell('sleep', {'5'}, {timeout = 100})");
        assert_eq!(timed_out, json!([null, "Command timed out after 100ms"]));
        begin.elapsed()
    });
    let least = least.min().unwrap();
    assert!(least < Duration::from_millis(300), "{least:?}");
}

#[test]
fn row_43_a_program_that_floods_is_cut_and_then_killed() {
    let place = Place::new();
    let options = with_tools(
        &place,
        &[(
            "flood",
            "echo $$ > pid; while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done",
        )],
    );
    let mut s = session(&place, options);
    let code = "local r = jido.shell('flood', {}, {timeout = 60000})
        return r.exit_code, #r.stdout, r.stdout:sub(-27), r.stderr";
    let want = json!([137, 1024 * 1024 + 27, "\n\n[Output truncated at 1MB]", ""]);
    assert_eq!(values(&mut s, code), want);
    assert!(is_gone(&pid(&place, "pid")));
}

#[test]
fn programs_end_with_the_run_that_waits_for_them() {
    let place = Place::new();
    let options = with_tools(&place, &[("stay", "echo $$ > pid; exec sleep 100")]);
    let s = session(&place, options.clone());
    let chunk = Chunk::new(b"return jido.shell('stay')");
    // By its deadline.
    let begin = Instant::now();
    let (s, report) = drive(s, chunk.clone(), Duration::from_millis(800), &mut |_| ());
    assert_eq!(report.outcome, Outcome::Deadline);
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert!(is_gone(&pid(&place, "pid")));
    // By somebody who has enough.
    std::fs::remove_file(place.root().join("pid")).unwrap();
    let canceller = Canceller::new();
    let other = canceller.clone();
    let (s, report) = std::thread::scope(|scope| {
        let place = &place;
        scope.spawn(move || {
            pid(place, "pid");
            other.cancel();
        });
        drive(s, chunk.clone(), DriveOptions::from(canceller), &mut |_| ())
    });
    assert_eq!(report.outcome, Outcome::Cancelled);
    assert!(is_gone(&pid(&place, "pid")));
    // By dropping the run.
    std::fs::remove_file(place.root().join("pid")).unwrap();
    let mut run = s.start(chunk);
    while !matches!(run.step(1_000_000), moonfuel::Step::Pending(_)) {}
    let number = pid(&place, "pid");
    drop(run);
    assert!(is_gone(&number));
}

#[test]
fn programs_run_at_once() {
    let place = Place::new();
    let mut s = session(&place, everything());
    let begin = Instant::now();
    let code = "local calls = {} for i = 1, 8 do calls[i] = {jido.shell, 'sleep', {'0.5'}} end
        local n = 0
        for _, r in ipairs(host.all(calls)) do n = n + (r.ok and r[1].exit_code == 0 and 1 or 0) end
        return n";
    assert_eq!(values(&mut s, code), json!([8]));
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
}

#[test]
fn row_44_programs_see_the_environment_that_is_listed() {
    let place = Place::new();
    let options = with_tools(&place, &[("names", "export -p | sed 's/^export //; s/=.*//'")]);
    let mut s = session(&place, options.clone());
    let own = ["PWD", "OLDPWD", "SHLVL", "_"];
    let names = |s: &mut _| {
        let got = values(s, "return jido.shell('names').stdout");
        let got = got[0].as_str().unwrap().to_owned();
        got.lines()
            .map(str::to_owned)
            .filter(|name| !own.contains(&name.as_str()))
            .collect::<Vec<_>>()
    };
    let may = |name: &str| {
        ["PATH", "HOME", "LANG", "TZ", "TERM"].contains(&name) || name.starts_with("LC_")
    };
    let got = names(&mut s);
    assert!(got.iter().all(|name| may(name)), "{got:?}");
    assert!(got.iter().any(|name| name == "PATH"), "{got:?}");
    // One that is there, whoever started the test.
    let is_plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let other = |name: &String| is_plain(name) && !may(name) && !own.contains(&name.as_str());
    let other = std::env::vars().map(|(name, _)| name).find(other).expect("a variable more");
    let listed = JidoOptions { environment: vec![other.clone()], ..options };
    let mut s = session(&place, listed);
    assert!(names(&mut s).contains(&other), "{other}");
}

#[cfg(target_os = "linux")]
#[test]
fn programs_are_confined_where_the_kernel_can() {
    let place = Place::new();
    let secret = place.outside().join("secret");
    std::fs::write(&secret, "SECRET").unwrap();
    let secret = secret.display();
    let tools = [
        ("look", format!("cat {secret}; ls {}", place.outside().display())),
        (
            "spoil",
            format!("echo x > {secret}; rm {secret}; echo y > {secret}2; ln {secret} stolen"),
        ),
        ("environ", format!("cat /proc/{}/environ", std::process::id())),
        ("shoot", format!("kill -STOP {0} || kill -CONT {0} || echo spared", std::process::id())),
    ];
    let tools: Vec<(&str, &str)> =
        tools.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let options = with_tools(&place, &tools);
    let jido = Jido::open(&place.root(), options.clone()).unwrap();
    if jido.confinement() != Confinement::Full {
        // An older kernel: what is promised there is in the documentation.
        return;
    }
    let mut s = session(&place, options.clone());
    for (tool, _) in &tools {
        let got =
            values(&mut s, &format!("local r = jido.shell('{tool}') return r.stdout, r.exit_code"));
        assert!(["", "spared\n"].contains(&got[0].as_str().unwrap()), "{tool}: {got}");
    }
    assert_eq!(std::fs::read(secret.to_string()).unwrap(), b"SECRET");
    assert!(!Path::new(&format!("{secret}2")).exists());
    // Without leave to write, programs write nothing either.
    let reading = JidoOptions { allow_write: false, ..options };
    let mut s = session(&place, reading);
    let code = "return jido.shell('touch', {'new'}).exit_code ~= 0, jido.shell('ls').exit_code";
    assert_eq!(values(&mut s, code), json!([true, 0]));
    assert!(!place.root().join("new").exists());
}

#[test]
fn programs_go_on_in_the_background() {
    let place = Place::new();
    let tools = [
        ("stay", "echo $$ > pid; echo begun; exec sleep 100"),
        (
            "talk",
            "i=0; while [ $i -lt 5000 ]; do echo $i aaaaaaaaaaaaaaaa; i=$((i+1)); done; echo END >&2; exit 4",
        ),
    ];
    let mut s = session(&place, with_tools(&place, &tools));
    let started =
        values(&mut s, "return jido.shell_background('stay', {}, {description = 'waits'})");
    assert_eq!(started, json!([{"shell_id": "shell_1", "description": "waits"}]));
    let number = pid(&place, "pid");
    // From run to run.
    let running = values(&mut s, "return jido.shell_output('shell_1', {block = false})");
    assert_eq!(running[0]["status"], "running");
    let waited = values(&mut s, "return jido.shell_output('shell_1', {timeout = 50})");
    assert_eq!(waited, json!([null, "Timeout waiting for shell: shell_1"]));
    let code = "return jido.shell_kill('shell_1'), jido.shell_output('shell_1').status";
    assert_eq!(values(&mut s, code), json!(["Shell terminated: shell_1", "killed"]));
    assert!(is_gone(&number));
    let again = values(&mut s, "return jido.shell_kill('shell_1')");
    assert_eq!(again, json!([null, "Shell already finished: shell_1"]));
    let code = "local id = jido.shell_background('talk')
        local r = jido.shell_output(id)
        return r.status, r.exit_code, r.output:sub(1, 22), r.output:sub(-4), #r.output";
    let want = json!(["failed", 4, "[Output truncated...]\n", "END\n", 30_022]);
    assert_eq!(values(&mut s, code), want);
    for (call, text) in [
        ("shell_background('bash')", "Shell interpreters are blocked: bash"),
        ("shell_background('perl')", "Command not allowed: perl"),
        (
            "shell_background('ls', {'/etc'})",
            "Security error: absolute paths outside project not allowed: /etc",
        ),
        ("shell_output('shell_9')", "Shell not found: shell_9"),
        ("shell_kill({})", "shell_kill requires a shell_id argument"),
    ] {
        assert_eq!(values(&mut s, &format!("return jido.{call}")), json!([null, text]));
    }
    // With the session they end.
    std::fs::remove_file(place.root().join("pid")).unwrap();
    values(&mut s, "jido.shell_background('stay')");
    let number = pid(&place, "pid");
    drop(s);
    assert!(is_gone(&number));
    let mut s = builder(&place.root(), with_tools(&place, &tools)).build().unwrap();
    let code = "local n = 0 for i = 1, 20 do if jido.shell_background('sleep', {'50'}) then n = n + 1 end end
        return n, jido.shell_background('sleep', {'50'})";
    assert_eq!(values(&mut s, code), json!([16, null, "Too many shells (limit 16)"]));
}

/// The terminal of the host is none of a program's: what is typed into it goes to the user's shell.
#[test]
#[cfg(target_os = "linux")]
fn programs_have_a_session_of_their_own_and_no_terminal() {
    let place = Place::new();
    let tools = [("where", "set -- $(cat /proc/$$/stat); echo $(($6 == $$)) $(($5 == $$)) $7")];
    let mut s = session(&place, with_tools(&place, &tools));
    assert_eq!(values(&mut s, "return jido.shell('where').stdout"), json!(["1 1 0\n"]));
}

/// A handle that this process was started with, or that was opened carelessly, is no way out of
/// the root for a program.
#[cfg(target_os = "linux")]
#[test]
fn programs_inherit_no_handles() {
    use rustix::io::{FdFlags, fcntl_setfd};
    use std::os::fd::AsRawFd;
    let place = Place::new();
    let outside = place.outside().join("secret");
    std::fs::write(&outside, "outside").unwrap();
    let file = std::fs::File::open(&outside).unwrap();
    fcntl_setfd(&file, FdFlags::empty()).unwrap();
    let tools = [("handles", "for handle in /proc/$$/fd/*; do readlink $handle; done; true")];
    let mut s = session(&place, with_tools(&place, &tools));
    let got = values(&mut s, "return jido.shell('handles').stdout");
    let names = got[0].as_str().unwrap();
    assert!(names.contains("/dev/null") && names.contains("pipe:"), "{names}");
    assert!(!names.contains("secret"), "handle {}: {names}", file.as_raw_fd());
}

/// A session whose programs are confined, where the kernel can do that whole.
#[cfg(target_os = "linux")]
fn confined(place: &Place) -> Option<moonfuel::Session> {
    let options = with_tools(place, &[]);
    let jido = Jido::open(&place.root(), options.clone()).unwrap();
    (jido.confinement() == Confinement::Full).then(|| session(place, options))
}

/// Sockets with a name in the file system lead out of the root, whatever the files are.
#[cfg(target_os = "linux")]
#[test]
fn programs_reach_no_sockets_of_the_system() {
    let place = Place::new();
    let socket = place.root().join("socket");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    listener.set_nonblocking(true).unwrap();
    let Some(mut s) = confined(&place) else { return };
    let code = "local code = [[
import socket
a, b = socket.socketpair()
try:
    socket.socket(socket.AF_UNIX).connect('socket')
    print('reached')
except PermissionError:
    print('refused')
socket.socket(socket.AF_INET).close()
]]
        local done, why = jido.shell('python3', {'-c', code})
        return done and done.stdout .. done.stderr or why";
    let got = values(&mut s, code);
    let text = got[0].as_str().unwrap();
    assert!(text == "refused\n" || text.starts_with("Command not found"), "{text}");
    assert!(listener.accept().is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn programs_reach_nothing_by_number_and_limit_nobody() {
    let place = Place::new();
    let Some(mut s) = confined(&place) else { return };
    let code = "local code = [[
import ctypes, os, resource, socket
system = ctypes.CDLL(None, use_errno=True)
queues = ctypes.CDLL('librt.so.1', use_errno=True)
done = []
def tried(name, result):
    if result != -1 or ctypes.get_errno() not in (1, 13): done.append(name)
tried('memory', system.shmget(0x4d6f6f6e, 4096, 0o1600))
tried('attach', -1 if system.shmat(0, None, 0) == -1 else 0)
tried('messages', system.msgget(0x4d6f6f6e, 0o1600))
tried('semaphores', system.semget(0x4d6f6f6e, 1, 0o1600))
tried('keys', system.syscall(250 if os.uname().machine == 'x86_64' else 219, 0, -3, 0))
limit = (ctypes.c_uint64 * 2)(4096, 4096)
tried('limits', system.prlimit(os.getppid(), resource.RLIMIT_NOFILE, limit, None))
for family in (1, 38, 40):
    try:
        socket.socket(family, socket.SOCK_STREAM).close()
        done.append(str(family))
    except OSError:
        pass
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
socket.socket(socket.AF_INET).close()
socket.socket(socket.AF_INET6).close()
print(done)
]]
        local done, why = jido.shell('python3', {'-c', code})
        return done and done.stdout .. done.stderr or why";
    let got = values(&mut s, code);
    let text = got[0].as_str().unwrap();
    assert!(text == "[]\n" || text.starts_with("Command not found"), "{text}");
}

#[test]
fn a_pipe_in_the_configuration_of_git_holds_nobody_up() {
    let place = Place::new();
    let root = place.root();
    let run = |program: &str, args: &[&str]| {
        let done = std::process::Command::new(program).current_dir(&root).args(args).output();
        assert!(done.unwrap().status.success(), "{program} {args:?}");
    };
    run("git", &["init", "-q"]);
    run("mkfifo", &["never"]);
    let config = root.join(".git/config");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text + "[include]\n\tpath = ../never\n").unwrap();

    let session = || session(&place, everything());
    let began = Instant::now();
    let code = "return select(2, jido.git('status', {}, {timeout = 200}))";
    assert_eq!(
        values(&mut session(), code),
        json!([
            "Security error: the configuration of git cannot be looked through: git takes too long"
        ])
    );
    for call in
        ["jido.git('status')", "jido.shell('git', {'status'})", "jido.git('bisect', {'log'})"]
    {
        let options = DriveOptions::from(Some(Duration::from_millis(200)));
        let (_, report) = drive(session(), Chunk::new(call.as_bytes()), options, &mut |_| ());
        assert!(matches!(report.outcome, Outcome::Deadline), "{call}: {:?}", report.outcome);
    }
    let canceller = Canceller::new();
    let other = canceller.clone();
    let cancelling = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        other.cancel();
    });
    let (_, report) = drive(
        session(),
        Chunk::new(b"jido.git('status')"),
        DriveOptions::from(canceller),
        &mut |_| (),
    );
    assert!(matches!(report.outcome, Outcome::Cancelled), "{:?}", report.outcome);
    cancelling.join().unwrap();
    // Each would take ten seconds.
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}

/// Lets go of a run, and of all that it holds, where it is woken.
struct Owner(Mutex<Option<Run>>, Sender<()>);

impl Wake for Owner {
    fn wake(self: Arc<Self>) {
        let run = self.0.lock().unwrap().take();
        drop(run);
        self.1.send(()).unwrap();
    }
}

#[test]
fn a_session_may_be_dropped_by_whom_its_own_program_wakes() {
    // The program that is waited for has ended, or it is not waited for any longer.
    for wait in ["jido.shell_background('sleep', {'0.5'})", "jido.shell_background('stay')"] {
        let place = Place::new();
        let tools =
            [("stay", "echo $$ > stay; exec sleep 100"), ("too", "echo $$ > too; sleep 100")];
        let session = session(&place, with_tools(&place, &tools));
        let code =
            format!("jido.shell_background('too') jido.shell_output({wait}, {{timeout = 1000}})");
        let mut run = session.start(Chunk::new(code.as_bytes()).named("=run"));
        let (sender, dropped) = channel();
        let owner = Arc::new(Owner(Mutex::new(None), sender));
        let waker = Waker::from(Arc::clone(&owner));
        loop {
            match run.step_with(1_000_000, &mut Context::from_waker(&waker)) {
                Step::Pending(_) => break,
                step => assert_ne!(step, Step::Ended, "{wait}"),
            }
        }
        *owner.0.lock().unwrap() = Some(run);
        // A panic on the program's thread would not come to this.
        dropped.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(is_gone(&pid(&place, "too")), "{wait}");
        if wait.contains("stay") {
            assert!(is_gone(&pid(&place, "stay")));
        }
    }
}
