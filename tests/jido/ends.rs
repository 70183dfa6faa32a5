//! Programs do not outlive the command, however it ends.

use super::Place;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Returns the processes that sleep for so long, and have not ended.
fn sleepers(time: &str) -> usize {
    let wanted = format!("sleep\0{time}\0");
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter(|process| {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).ends_with(&wanted)
        })
        .count()
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < until, "{what}");
        sleep(Duration::from_millis(10));
    }
}

fn run(place: &Place, source: &str) -> Child {
    let script = place.outside().join("script.lua");
    fs::write(&script, source).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_moonfuel"));
    command.args(["run", "--timeout", "0", "--allow", "write", "--allow", "shell", "--root"]);
    command.arg(place.root()).arg(script).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Tells whether this process, and so those it starts, ignore a signal.
fn is_ignored(number: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (number - 1) & 1 == 1)
}

#[test]
fn a_signal_that_ends_the_command_ends_its_programs_first() {
    for (signal, number) in
        [("TERM", 15), ("INT", 2), ("HUP", 1), ("QUIT", 3), ("USR1", 10), ("ALRM", 14)]
    {
        // As `nohup` has it, and shells for what runs in the background: the command inherits
        // that, and goes on.
        if is_ignored(number) {
            eprintln!("SKIPPED: {signal} is ignored here");
            continue;
        }
        let place = Place::new();
        // Of its own for each test run and signal.
        let time = format!("{}.{number}", 1_000_000 + u64::from(std::process::id()));
        let mut child = run(
            &place,
            &format!(
                "jido.shell_background('sleep', {{'{time}'}}) jido.shell('sleep', {{'{time}'}})"
            ),
        );
        wait_for("both are at work", || sleepers(&time) == 2);
        let pid = child.id().to_string();
        assert!(
            Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap().success()
        );
        let status = child.wait().unwrap();
        assert_eq!((status.code(), status.signal()), (None, Some(number)), "{signal}");
        wait_for("none is left", || sleepers(&time) == 0);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_that_is_killed_takes_its_programs_with_it() {
    let place = Place::new();
    let time = format!("{}.9", 1_000_000 + u64::from(std::process::id()));
    let sleep = format!("'sleep', {{'{time}'}}");
    let source = format!("jido.shell_background({sleep}) jido.shell({sleep})");
    let mut child = run(&place, &source);
    wait_for("both are at work", || sleepers(&time) == 2);
    // Nobody is asked, and nothing runs any more.
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for("none is left", || sleepers(&time) == 0);
}

#[cfg(target_os = "linux")]
#[test]
fn what_programs_leave_behind_ends_with_the_last_of_them() {
    let can = |tool: &str| Command::new(tool).arg("--version").output().is_ok();
    if !can("make") || !can("setsid") {
        eprintln!("SKIPPED: no make, or no setsid");
        return;
    }
    let place = Place::new();
    let time = format!("{}.7", 1_000_000 + u64::from(std::process::id()));
    // It forks twice, begins a session, and closes its streams.
    let daemon = format!(
        "all:\n\t(setsid sh -c '(sleep {time} </dev/null >/dev/null 2>&1 &)' >/dev/null 2>&1 &)\n\tsleep 0.3\n"
    );
    place.write("Makefile", daemon);
    let output = run(&place, "print(jido.shell('make').exit_code)").wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout, b"0\n", "{output:?}");
    wait_for("none is left", || sleepers(&time) == 0);
}
