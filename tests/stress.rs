//! Invariant "Deterministic": neither when the collector runs nor the key of the
//! hashes shows in anything a script or a report can show.

#![allow(clippy::expect_used, reason = "a test may stop, and says what it skipped")]

#[path = "programs/corpus.rs"]
mod corpus;

use moonfuel::{Chunk, Limits, Report, Session};

fn session(key: u64) -> Session {
    let limits = Limits { fuel: 100_000_000, memory: 32 << 20, ..Limits::default() };
    Session::builder().limits(limits).hash_key(key).build().expect("a session")
}

fn run(name: &str, source: &[u8], key: u64) -> Report {
    session(key).run_chunk(Chunk::new(source).named(name))
}

/// Collections in a program, about: there is one wherever a slice ends.
const COLLECTIONS: u64 = 1000;

/// Runs a program that uses so much fuel with collections all along.
fn stressed(name: &str, source: &[u8], fuel: u64) -> Report {
    let mut session = session(1);
    session.set_collect_always(true);
    let mut run = session.start(Chunk::new(source).named(name));
    while !run.step((fuel / COLLECTIONS).max(1)).is_ended() {}
    run.finish().1
}

/// Bytes in use before which no collection is due.
const FIRST_COLLECTION: u64 = 256 << 10;

#[test]
fn deterministic_when_the_collector_runs_at_every_opportunity() {
    for (name, source) in corpus::programs() {
        // What is refused depends on what was collected; `collectgarbage`, and a collection
        // that is due in a program which has not paid for it, cost what is in use.
        let text = String::from_utf8_lossy(&source);
        let plain = run(&name, &source, 1);
        let stressed = stressed(&name, &source, plain.usage.fuel_used);
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
        let first = run(&name, &source, 0);
        for key in [1, 0xdead_beef_cafe_f00d, u64::MAX, 1 << 63] {
            assert_eq!(run(&name, &source, key), first, "{name} under key {key:#x}");
        }
    }
}

#[test]
fn deterministic_from_run_to_run() {
    for (name, source) in corpus::programs() {
        assert_eq!(run(&name, &source, 7), run(&name, &source, 7), "{name}");
    }
}
