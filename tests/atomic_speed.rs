//! What undoing costs: what a run touched, not how much there is.

#![allow(clippy::unwrap_used, reason = "a test may stop")]
#![allow(clippy::print_stdout, reason = "figures are shown with --nocapture")]
#![allow(clippy::disallowed_types, reason = "time is measured")]

use moonfuel::{Chunk, Limits, Outcome, Session};
use std::time::{Duration, Instant};

/// What a failing run may take more in a session of a million objects. A development build
/// takes some times as long for everything, with others at work on the same processors.
const MOST_MORE: Duration = Duration::from_micros(if cfg!(debug_assertions) { 50 * 8 } else { 50 });
/// What executing `return 1` may take. It takes 2.5 µs in the command's profile, 3.3 without
/// link-time optimization, and on another machine half as much again.
const MOST_EXECUTED: Duration = Duration::from_micros(if cfg!(debug_assertions) { 100 } else { 6 });

/// Returns the time of one run of many, the quickest of a few tries.
fn time(session: &mut Session, source: &str) -> Duration {
    const RUNS: u32 = 200;
    let tries = (0..5).map(|_| {
        let begin = Instant::now();
        for _ in 0..RUNS {
            let report = session.run_chunk(Chunk::new(source.as_bytes()));
            assert!(matches!(report.outcome, Outcome::Failed(_) | Outcome::Done(_)), "{report:?}");
        }
        begin.elapsed() / RUNS
    });
    tries.min().unwrap_or_default()
}

/// Makes a session with so many tables, and one large one.
fn filled(objects: usize) -> Session {
    let limits = Limits { memory: 1 << 30, ..Limits::default() };
    let mut session = Session::builder().limits(limits).build().unwrap();
    let source = format!(
        "ALL = {{}} for i = 1, {objects} do ALL[i] = {{i}} end T = {{1, 2, 3, x = 4}} return 1"
    );
    session.run(source).json().unwrap();
    session
}

#[test]
fn a_failing_run_costs_what_it_touches() {
    let mut failures = Vec::new();
    let (mut empty, mut full) = (filled(0), filled(1_000_000));
    let mut figures = Vec::new();
    for (what, change) in [
        ("nothing", ""),
        ("a field", "T.x = 5"),
        ("a new field", "T.y = 5"),
        ("an item of a table of that many", "ALL[7] = 7"),
        ("the last item of it", "ALL[#ALL] = nil"),
        ("one more item of it", "ALL[#ALL + 1] = 1"),
    ] {
        let source = format!("{change} error('no')");
        let (small, large) = (time(&mut empty, &source), time(&mut full, &source));
        let more = large.saturating_sub(small);
        figures.push(format!("{what}: {small:?}, with 1,000,000 objects {large:?}"));
        if more > MOST_MORE {
            failures.push(format!("{what}: {more:?} more"));
        }
    }
    println!("{}", figures.join("\n"));
    assert!(failures.is_empty(), "{}\n{}", failures.join("\n"), figures.join("\n"));
}

#[test]
fn executing_costs_little() {
    let mut session = filled(0);
    const RUNS: u32 = 2000;
    let tries = (0..10).map(|_| {
        let begin = Instant::now();
        for _ in 0..RUNS {
            assert_eq!(session.execute("return 1", None).json().unwrap(), "[1]");
        }
        begin.elapsed() / RUNS
    });
    let each = tries.min().unwrap_or_default();
    println!("execute(\"return 1\"): {each:?}");
    assert!(each < MOST_EXECUTED, "{each:?}");
}
