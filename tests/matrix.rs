//! The determinism matrix: slices of any size, builds of any kind, first runs, replays and
//! runs that were saved and restored half way all come to the same, byte by byte.
//!
//! What each script comes to is in `tests/matrix/expected.txt`, which `cargo test` and
//! `cargo test --release` are both held against: so the builds agree too.
//! `MOONFUEL_BLESS=1 cargo test --test matrix` writes it anew; what changes in it is a change
//! of fuel, of memory figures or of results, and is to be meant. Where it is not there, builds
//! are not compared, and the test says so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test may stop, and says what it has written"
)]

#[path = "programs/corpus.rs"]
mod corpus;
#[path = "programs/each.rs"]
mod each;
#[path = "record/sink.rs"]
mod sink;

use moonfuel::{
    Chunk, HostError, HostValue, Limits, Report, Run, Session, SessionBuilder, Step, Trace,
    Variadic,
};
use sha2::{Digest, Sha256};
use sink::Sink;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Sizes of slices; the last is all at once.
const SLICES: [u64; 4] = [1, 7, 1_000, u64::MAX];

/// The script that calls the host in every way.
const HOST: &str = "tests/matrix/host";

struct Script {
    name: String,
    source: Vec<u8>,
    args: Vec<Vec<u8>>,
}

/// Examples, conformance scripts, programs, and benchmarks at their small size.
fn scripts() -> Vec<Script> {
    let mut scripts = Vec::new();
    for folder in ["tests/programs", "lua-conformance", "examples", "benches/lua", "tests/matrix"] {
        for (name, source) in corpus::read_folder(folder) {
            // What names a profile needs more than the sandbox has.
            if source.starts_with(b"-- profile: ") {
                continue;
            }
            let text = String::from_utf8_lossy(&source);
            let small = text.lines().find_map(|line| line.strip_prefix("-- small: "));
            let args = small.map(|size| size.as_bytes().to_vec()).into_iter().collect();
            scripts.push(Script { name: format!("{folder}/{name}"), source, args });
        }
    }
    scripts
}

fn builder() -> SessionBuilder {
    // None of them remembers anything: a run that is restored finds the host as it was.
    Session::builder()
        .limits(Limits { fuel: 3_000_000, memory: 16 << 20, ..Limits::default() })
        .seed(7)
        .function("echo", |values: Variadic<HostValue>| Ok(values))
        .function("next_number", |number: i64| Ok(number + 1))
        .function("fail", |text: String| -> Result<(), HostError> { Err(HostError::new(text)) })
        .pending_function("ask")
        .module("m", "local n = 0 return {next = function() n = n + 1 return n end}")
}

/// Takes a step, and answers what is asked. Tells whether there are more.
fn advance(run: &mut Run, slice: u64) -> bool {
    match run.step(slice) {
        Step::Ended => return false,
        Step::Pending(calls) => {
            for call in &calls {
                run.answer(call.id, Ok(call.args.clone())).unwrap();
            }
        }
        Step::Yielded(values) => run.resume_with(values).unwrap(),
        _ => {}
    }
    true
}

fn start(session: Session, script: &Script) -> Run {
    let mut chunk = Chunk::new(&script.source).named(&script.name);
    chunk.script_args.clone_from(&script.args);
    session.start(chunk)
}

fn first_run(session: Session, script: &Script, slice: u64) -> (Session, Report) {
    let mut run = start(session, script);
    while advance(&mut run, slice) {}
    run.finish()
}

/// Runs a script as it is, and recorded, and replays that.
fn all_the_same(script: &Script, slice: u64) -> (Report, String) {
    let name = &script.name;
    let (mut plain, report) = first_run(builder().hash_key(!slice).build().unwrap(), script, slice);
    let sink = Sink::default();
    let session = builder().hash_key(slice).record(sink.clone()).build().unwrap();
    let (session, recorded) = first_run(session, script, slice);
    assert_eq!(recorded, report, "{name}, recorded in slices of {slice}");
    drop(session);
    let replay = Trace::parse(sink.text()).unwrap().replay();
    let replay = replay.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(replay.reports, [recorded], "{name}, replayed");
    (report, plain.digest().to_string())
}

/// Runs a script up to some point and saves it there: the run that is restored ends as the
/// first one does, and leaves the same.
fn restored(script: &Script, slice: u64, until: u64, expected: (&Report, &str)) {
    let name = &script.name;
    let mut run = start(builder().hash_key(slice).build().unwrap(), script);
    // A whole run is cut once.
    let first = slice.min(until);
    let mut going = true;
    while going && run.fuel_used() < until {
        going = advance(&mut run, first);
    }
    if !going {
        return;
    }
    let bytes = run.snapshot().unwrap_or_else(|error| panic!("{name} at {until}: {error}"));
    let again = builder().hash_key(!slice).restore_run(&bytes);
    let again = again.unwrap_or_else(|error| panic!("{name} at {until}: {error}"));
    for (mut run, which) in [(again, "restored"), (run, "saved")] {
        while advance(&mut run, slice) {}
        let (mut session, report) = run.finish();
        assert_eq!(report, *expected.0, "{name}, {which} at {until}, in slices of {slice}");
        assert_eq!(session.digest().to_string(), expected.1, "{name}, {which} at {until}");
    }
}

/// Compares all ways to run a script, and returns a line of what it comes to.
fn line(script: &Script) -> String {
    let name = &script.name;
    let mut first: Option<(Report, String)> = None;
    for slice in SLICES {
        let (report, digest) = all_the_same(script, slice);
        let first = first.get_or_insert_with(|| (report.clone(), digest.clone()));
        assert_eq!(*first, (report, digest), "{name}, in slices of {slice}");
        // A point that follows from the script's name, another one for each size.
        let seed = name.bytes().fold(slice | 1, |n, byte| n.wrapping_mul(31) ^ u64::from(byte));
        let until = 1 + seed % first.0.usage.fuel_used.max(1);
        restored(script, slice, until, (&first.0, &first.1));
    }
    let (report, digest) = first.expect("it has run");
    let all = Sha256::digest(format!("{report:?} {digest}"));
    let mut line = format!("{name} {} {} ", report.usage.fuel_used, report.usage.memory_peak);
    for byte in &all[..8] {
        let _ = write!(line, "{byte:02x}");
    }
    line
}

#[test]
fn every_way_to_run_a_script_comes_to_the_same() {
    let scripts = scripts();
    assert!(scripts.len() > 60, "only {} scripts", scripts.len());
    let lines: String = each::each(&scripts, |script| line(script) + "\n").concat();
    let path = Path::new(corpus::ROOT).join("tests/matrix/expected.txt");
    if std::env::var_os("MOONFUEL_BLESS").is_some() {
        fs::write(&path, &lines).unwrap();
        println!("tests/matrix/expected.txt is written");
        return;
    }
    let Ok(expected) = fs::read_to_string(path) else {
        println!("SKIPPED: no tests/matrix/expected.txt to compare builds by");
        return;
    };
    let changed: Vec<String> = lines
        .lines()
        .filter(|line| !expected.lines().any(|known| known == *line))
        .map(str::to_owned)
        .collect();
    assert!(changed.is_empty(), "not as expected:\n{}", changed.join("\n"));
    assert_eq!(lines, expected);
}

/// Saves the script that calls the host in every way at each of many points.
#[test]
fn a_run_with_every_kind_of_call_is_restored() {
    let scripts = scripts();
    let host = scripts.iter().find(|script| script.name == HOST).expect("it is there");
    let (report, digest) = all_the_same(host, u64::MAX);
    for until in (1..report.usage.fuel_used).step_by(97).chain([4_805]) {
        for slice in SLICES {
            restored(host, slice, until, (&report, &digest));
        }
    }
}
