//! Invariant "Deterministic": neither when the collector runs nor the key of the
//! hashes shows in anything a script or a report can show.

#![allow(clippy::expect_used, reason = "a test may stop, and says what it skipped")]

#[path = "programs/corpus.rs"]
mod corpus;

use moonfuel::{Chunk, Limits, Report, Session};

fn run(name: &str, source: &[u8], key: u64, stress: bool) -> Report {
    let limits = Limits { fuel: 100_000_000, memory: 32 << 20, ..Limits::default() };
    let mut session = Session::builder().limits(limits).hash_key(key).build().expect("a session");
    session.set_collect_always(stress);
    session.run_chunk(Chunk::new(source).named(name))
}

/// Bytes in use before which no collection is due.
const FIRST_COLLECTION: u64 = 256 << 10;

#[test]
fn deterministic_when_the_collector_runs_at_every_opportunity() {
    for (name, source) in corpus::programs() {
        // What is refused depends on what was collected; `collectgarbage`, and a collection
        // that is due in a program which has not paid for it, cost what is in use.
        let text = String::from_utf8_lossy(&source);
        let (plain, stressed) = (run(&name, &source, 1, false), run(&name, &source, 1, true));
        let collects = plain.usage.memory_peak >= FIRST_COLLECTION;
        let exempt = name == "limits" || text.contains("collectgarbage") || collects;
        if name != "limits" && !text.contains("\"count\"") {
            assert_eq!(plain.outcome, stressed.outcome, "{name}");
            assert_eq!(
                String::from_utf8_lossy(&plain.output),
                String::from_utf8_lossy(&stressed.output),
                "{name}"
            );
        }
        if !exempt {
            assert_eq!(plain.usage.fuel_used, stressed.usage.fuel_used, "{name}");
        }
    }
}

#[test]
fn deterministic_under_any_hash_key() {
    for (name, source) in corpus::programs() {
        let first = run(&name, &source, 0, false);
        for key in [1, 0xdead_beef_cafe_f00d, u64::MAX, 1 << 63] {
            assert_eq!(run(&name, &source, key, false), first, "{name} under key {key:#x}");
        }
    }
}

#[test]
fn deterministic_from_run_to_run() {
    for (name, source) in corpus::programs() {
        assert_eq!(run(&name, &source, 7, false), run(&name, &source, 7, false), "{name}");
    }
}
