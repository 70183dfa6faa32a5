//! What a run that waits takes: memory, and nothing else.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test may stop")]

use moonfuel::alloc::SmallBlocks;
use moonfuel::{Chunk, Outcome, Run, Session, Step};

#[global_allocator]
static ALLOCATOR: SmallBlocks = SmallBlocks;

const RUNS: usize = 10_000;
/// Half of it is the run, the rest its session, which has no table of the library yet.
const MOST: usize = 120 << 20;

/// The highest memory of this process, in bytes.
fn peak() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kib| kib << 10)
}

#[test]
fn ten_thousand_runs_wait_beside_each_other() {
    let start = |at: usize| {
        let session = Session::builder().hash_key(at as u64).pending_function("ask").build();
        let source = format!("local n = {at} return n + ask(n)");
        let mut run = session.unwrap().start(Chunk::new(source.as_bytes()));
        assert!(matches!(run.step(1_000_000), Step::Pending(_)));
        run
    };
    let mut runs: Vec<Option<Run>> = (0..RUNS).map(|at| Some(start(at))).collect();
    let peak = peak();
    eprintln!("{:?} MiB for {RUNS} runs that wait", peak.map(|bytes| bytes >> 20));
    assert!(peak.is_none_or(|bytes| bytes < MOST), "{peak:?}");
    // In any order, some of them on another thread.
    let mut elsewhere = Vec::new();
    for step in 0..RUNS {
        let at = step * 7919 % RUNS;
        let mut run = runs[at].take().unwrap();
        let answered = move || {
            run.answer(1, Ok(vec![1.into()])).unwrap();
            while !run.step(1000).is_ended() {}
            assert_eq!(run.finish().1.outcome, Outcome::Done(Ok(format!("[{}]", at + 1))));
        };
        if step % 100 == 0 {
            elsewhere.push(std::thread::spawn(answered));
        } else {
            answered();
        }
    }
    elsewhere.into_iter().for_each(|thread| thread.join().unwrap());
}
