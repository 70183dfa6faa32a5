//! What recording costs beside the write itself: a script with 10,000 calls of the host.
//!
//! `RECORD_COST=1 cargo test --release --test record_cost -- --nocapture` shows the figures;
//! otherwise it only looks that calls stay in place and figures are the same.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_types,
    reason = "a test may stop, measure and show figures"
)]

use moonfuel::host::jido::{Jido, JidoOptions};
use moonfuel::{Limits, Session, SessionBuilder};
use std::fs;
use std::io;
use std::time::{Duration, Instant};

const FILES: &str = "
    local n = 0
    for i = 1, 10000 do n = n + #jido.read_file((i % 10) .. '.txt') end
    return n";
const PLAIN: &str = "
    local n = 0
    for i = 1, 10000 do n = n + add(i, 1) end
    return n";

fn time(builder: impl Fn() -> SessionBuilder, source: &str) -> (Duration, u64) {
    let mut best = (Duration::MAX, 0);
    for _ in 0..7 {
        let mut session = builder().build().unwrap();
        let begin = Instant::now();
        let report = session.run(source);
        best = best.min((begin.elapsed(), report.usage.fuel_used));
        report.json().unwrap();
    }
    best
}

#[test]
fn recording_changes_no_figure_and_costs_little() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..10 {
        fs::write(folder.path().join(format!("{n}.txt")), "a line of text\n".repeat(20)).unwrap();
    }
    let limits = Limits { host_calls: 20_000, ..Limits::default() };
    let plain = || Session::builder().limits(limits.clone());
    let add = || plain().function("add", |(a, b): (i64, i64)| Ok(a + b));
    let files = || {
        let jido = Jido::open(folder.path(), JidoOptions::default()).unwrap();
        plain().host_functions("jido", jido.functions())
    };
    let show = std::env::var_os("RECORD_COST").is_some();
    for (what, off, on) in [
        ("add", time(add, PLAIN), time(|| add().record(io::sink()), PLAIN)),
        ("read_file", time(files, FILES), time(|| files().record(io::sink()), FILES)),
    ] {
        // The same fuel; and a call that left the machine would cost many times as much.
        assert_eq!(off.1, on.1, "{what}");
        if show {
            let (off, on) = (off.0.as_secs_f64(), on.0.as_secs_f64());
            let each = (on - off) / 10_000.0 * 1e9;
            println!(
                "{what}: {:.1} ms off, {:.1} ms on: {each:.0} ns a call, {:+.1} %",
                off * 1e3,
                on * 1e3,
                (on / off - 1.0) * 100.0
            );
        }
    }
}
