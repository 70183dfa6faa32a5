//! Invariant "The account is all there is": scripts that try to hold more than they are
//! charged for, or to print more than they may.
//!
//! Each of `tests/memory_tries/*.lua` runs twice: by the command, and in a process that
//! uses the library with the system's allocator. What a name says after `frag` is about
//! fragmentation, which an allocator of the host's answers for: the command only.

#![cfg(all(target_os = "linux", feature = "cli"))]
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may stop, and talks to itself"
)]

use moonfuel::host::jido::{Jido, JidoOptions};
use moonfuel::{Chunk, Limits, Profile, Session};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const MIB: u64 = 1 << 20;
/// The limit of every try.
const LIMIT: u64 = 16 * MIB;
/// What the process may take: a tenth above the limit, and itself. Of a dev build, whose
/// code is some times as large, 8 MiB more are in memory.
const MOST: u64 = LIMIT + LIMIT / 10 + if cfg!(debug_assertions) { 20 } else { 12 } * MIB;
/// What may come out, and what may be said around it.
const MOST_OUTPUT: u64 = MIB + 64 * 1024;
const FUEL: u64 = 2_000_000_000;
/// Tells this very program to be the library's user, and with which script.
const TRY: &str = "MOONFUEL_MEMORY_TRY";

fn tries() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/memory_tries");
    let entries = fs::read_dir(folder).expect("the tries");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "lua"));
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}

/// Makes the root: one file, of which each look finds a lot.
fn root() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder");
    fs::write(root.path().join("lines.txt"), "a line\n".repeat(100_000)).expect("a file");
    root
}

/// Reads the highest resident size so far, while the process lives.
fn peak(process: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().split(' ').next()?.parse::<u64>().ok()? * 1024)
}

/// Waits for the process while somebody watches its size and somebody its output.
/// Returns the exit code, the peak and the bytes printed.
fn watch(mut child: Child) -> (Option<i32>, u64, u64) {
    let mut output = child.stdout.take().expect("its output");
    let printed = std::thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        let mut all = 0;
        loop {
            match output.read(&mut buffer) {
                Ok(0) | Err(_) => return all,
                Ok(count) => all += count as u64,
            }
        }
    });
    let process = child.id().to_string();
    let mut most = 0;
    let status = loop {
        most = most.max(peak(&process).unwrap_or(0));
        if let Some(status) = child.try_wait().expect("a status") {
            break status;
        }
        std::thread::sleep(Duration::from_micros(500));
    };
    (status.code(), most, printed.join().expect("a count"))
}

/// Starts a program with an address space that keeps the machine safe.
fn limited(program: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c 0; ulimit -v 3145728; exec \"$0\" \"$@\""]).arg(program);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

fn verdict(name: &str, code: Option<i32>, peak: u64, printed: u64) -> Option<String> {
    let small = peak <= MOST && printed <= MOST_OUTPUT;
    let ended = code.is_some_and(|code| (0..=5).contains(&code));
    if std::env::var_os("MOONFUEL_SHOW").is_some() {
        println!("{:6.1} MiB  {printed:8} bytes  {code:?}  {name}", peak as f64 / MIB as f64);
    }
    (!small || !ended).then(|| {
        format!("{name}: {:.1} MiB, exit {code:?}, {printed} bytes", peak as f64 / MIB as f64)
    })
}

#[test]
fn the_command_takes_no_more_than_it_is_allowed() {
    let root = root();
    let mut findings = Vec::new();
    for path in tries() {
        let child = limited(Path::new(env!("CARGO_BIN_EXE_moonfuel")))
            .args(["run", "--json", "--fuel", "2G", "--timeout", "20000", "--memory", "16M"])
            .arg("--root")
            .args([root.path(), &path])
            .spawn()
            .expect("the command");
        let (code, peak, printed) = watch(child);
        findings.extend(verdict(&name(&path), code, peak, printed));
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn a_users_process_takes_no_more_than_it_is_allowed() {
    let itself = std::env::current_exe().expect("this program");
    let mut findings = Vec::new();
    for path in tries() {
        let name = name(&path);
        if name.contains("frag") {
            continue;
        }
        let child = limited(&itself)
            .args(["--exact", "users_process", "--nocapture"])
            .env(TRY, &path)
            .spawn()
            .expect("this program");
        let (code, peak, printed) = watch(child);
        findings.extend(verdict(&name, code, peak, printed));
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

/// What a user of the library does, in a process of its own: see above. Does nothing
/// when it is not asked to.
#[test]
fn users_process() {
    let Some(path) = std::env::var_os(TRY) else { return };
    let source = fs::read(path).expect("a script");
    let root = root();
    let jido = Jido::open(root.path(), JidoOptions::default()).expect("a folder");
    let limits = Limits { memory: LIMIT, fuel: FUEL, ..Limits::default() };
    let builder = Session::builder().profile(Profile::Strict).limits(limits);
    let mut session = builder.host_functions("jido", jido.functions()).build().expect("a session");
    let report = session.run_chunk(Chunk::new(&source));
    assert!(report.output.len() as u64 <= MIB, "{} bytes", report.output.len());
    assert!(report.usage.memory_peak <= LIMIT, "{:?}", report.usage);
}

/// How many KiB of the code of a process are in its memory.
fn code_in_memory(child: &Child) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/smaps", child.id())).expect("its mappings");
    let mut is_code = false;
    let mut sum = 0;
    for line in text.lines() {
        if let Some(size) = line.strip_prefix("Rss:") {
            let size = size.trim().trim_end_matches(" kB").parse::<u64>().expect("a number");
            sum += if is_code { size } else { 0 };
        } else if line.contains(" r-xp ") || line.contains(" r--p ") || line.contains(" rw-p ") {
            is_code = line.contains(" r-xp ") && line.ends_with("/moonfuel");
        }
    }
    sum
}

#[test]
fn code_that_is_no_longer_used_leaves_room_for_data() {
    const SCRIPT: &str = "io.read() local t = {} for i = 1, 100000 do t[i] = {i} end print('made')
        io.stdout:flush() io.read()";
    let mut child = Command::new(env!("CARGO_BIN_EXE_moonfuel"))
        .args(["lua", "-e", "print('begun') io.stdout:flush()", "-e", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command");
    let mut input = child.stdin.take().expect("its input");
    let mut output = BufReader::new(child.stdout.take().expect("its output")).lines();
    assert_eq!(output.next().expect("a line").expect("a line"), "begun");
    let before = code_in_memory(&child);
    input.write_all(b"\n").expect("it waits");
    assert_eq!(output.next().expect("a line").expect("a line"), "made");
    let after = code_in_memory(&child);
    input.write_all(b"\n").expect("it waits");
    assert!(child.wait().expect("its end").success());
    assert!(after * 4 < before * 3, "{before} KiB of code, then {after}");
}
