//! What recording costs beside the write itself: a script with 10,000 calls of the host.
//!
//! `RECORD_COST=1 cargo test --release --test record_cost -- --nocapture` shows the figures:
//! time of the processor that the session's own thread takes. Otherwise it only looks that
//! calls stay in place and figures are the same.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may stop and show figures")]

use moonfuel::host::jido::{Jido, JidoOptions};
use moonfuel::host::types;
use moonfuel::{Declaration, Limits, Session, SessionBuilder, Tier, drive};
use rustix::time::{ClockId, clock_gettime};
use std::fs::{self, File};
use std::io::{self, Write};

const FILES: &str = "
    local n = 0
    for i = 1, 10000 do n = n + #jido.read_file((i % 10) .. '.txt') end
    return n";
const PLAIN: &str = "
    local n = 0
    for i = 1, 10000 do n = n + add(i, 1) end
    return n";

/// Returns the time that this thread has had, in seconds.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Tells whether anybody wants to know.
fn is_shown() -> bool {
    std::env::var_os("RECORD_COST").is_some()
}

/// Returns the least time of a few runs, and their fuel.
fn time(builder: impl Fn() -> SessionBuilder, source: &str) -> (f64, u64) {
    let mut best = (f64::INFINITY, 0);
    for _ in 0..if is_shown() { 7 } else { 1 } {
        let mut session = builder().build().unwrap();
        let begin = cpu();
        let report = session.run(source);
        let took = cpu() - begin;
        report.json().unwrap();
        if took < best.0 {
            best = (took, report.usage.fuel_used);
        }
    }
    best
}

#[test]
fn recording_changes_no_figure_and_costs_little() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..10 {
        fs::write(folder.path().join(format!("{n}.txt")), "a line of text\n".repeat(20)).unwrap();
    }
    let trace = folder.path().join("trace.jsonl");
    let limits = Limits { host_calls: 20_000, ..Limits::default() };
    let plain = || Session::builder().limits(limits.clone());
    let add = || plain().function("add", |(a, b): (i64, i64)| Ok(a + b));
    let looking = || add().declare(Declaration::new("add").tier(Tier::ReadOnly).idempotent());
    let files = || {
        let jido = Jido::open(folder.path(), JidoOptions::default()).unwrap();
        let builder = plain().host_functions("jido", jido.functions());
        types::jido().into_iter().fold(builder, SessionBuilder::declare)
    };
    let show = is_shown();
    let off = (time(add, PLAIN), time(files, FILES));
    let file = || File::create(&trace).unwrap();
    for (what, off, on) in [
        ("add, at once", off.0, time(|| add().record(io::sink()), PLAIN)),
        ("add, beside", off.0, time(|| drive::record(looking(), io::sink()), PLAIN)),
        ("read_file, at once", off.1, time(|| files().record(io::sink()), FILES)),
        ("read_file, at once, to a file", off.1, time(|| files().record(file()), FILES)),
        ("read_file, beside", off.1, time(|| drive::record(files(), io::sink()), FILES)),
        ("read_file, beside, to a file", off.1, time(|| drive::record(files(), file()), FILES)),
    ] {
        // The same fuel; and a call that left the machine would cost many times as much.
        assert_eq!(off.1, on.1, "{what}");
        if show {
            let each = (on.0 - off.0) / 10_000.0 * 1e9;
            println!(
                "{what}: {:.1} ms off, {:.1} ms on: {each:.0} ns a call, {:+.1} %",
                off.0 * 1e3,
                on.0 * 1e3,
                (on.0 / off.0 - 1.0) * 100.0
            );
        }
    }
    if show {
        // The write itself: of the same lines, one by one.
        let lines = fs::read(&trace).unwrap();
        let lines: Vec<&[u8]> = lines.split_inclusive(|byte| *byte == b'\n').collect();
        let mut again = file();
        let begin = cpu();
        lines.iter().for_each(|line| again.write_all(line).unwrap());
        println!("writing alone: {:.0} ns a call", (cpu() - begin) / 10_000.0 * 1e9);
    }
}
