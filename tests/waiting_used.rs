//! What runs take that have done something before they wait.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may stop, and says figures")]

use moonfuel::alloc::SmallBlocks;
use moonfuel::{Chunk, Outcome, Run, Session, Step};

#[global_allocator]
static ALLOCATOR: SmallBlocks = SmallBlocks;

/// Beside each other, without their answers.
const RUNS: usize = 2000;
/// Bytes for each: its session, its chunk, its stacks and what it has made.
const EACH: usize = 20_000;

/// A dozen functions of the library and one of the host, before it asks.
const SCRIPT: &str = r##"
local words = {}
for word in string.gmatch("the quick brown fox", "%a+") do
  table.insert(words, string.upper(word))
end
table.sort(words)
local half = math.floor(#table.concat(words, ",") / 2)
local ok, why = pcall(error, string.format("%d", half))
return ask(store.add(half), select("#", ipairs(words)), tostring(why))
"##;

/// The memory of this process, in bytes: what is there, counted anew. (Other figures are
/// estimates where there are many processors.)
fn resident() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").ok()?;
    let line = text.lines().find(|line| line.starts_with("Rss:"))?;
    line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kib| kib << 10)
}

fn start(at: usize) -> Run {
    let add = |n: i64| Ok(n + 1);
    let session = Session::builder()
        .hash_key(at as u64)
        .function("store.add", add)
        .function("store.get", add)
        .function("store.put", add)
        .function("now", add)
        .pending_function("ask")
        .build();
    // No two are alike, and every other one waits inside of a coroutine.
    let source = match at % 2 {
        0 => format!("local run = {at}{SCRIPT}"),
        _ => format!("local run = {at} return coroutine.wrap(function() {SCRIPT} end)()"),
    };
    let mut run = session.unwrap().start(Chunk::new(source.as_bytes()));
    while !matches!(run.step(1_000_000), Step::Pending(_)) {
        assert!(!run.step(0).is_ended());
    }
    run
}

#[test]
fn runs_that_have_used_the_library_wait_in_20_kb_each() {
    // What all of them share is made first.
    drop(start(0));
    let before = resident();
    let runs: Vec<Run> = (0..RUNS).map(start).collect();
    if let (Some(before), Some(after)) = (before, resident()) {
        let taken = after.saturating_sub(before);
        eprintln!("{} bytes for each of {RUNS} runs that wait", taken / RUNS);
        assert!(taken < EACH * RUNS, "{} bytes for each", taken / RUNS);
    }
    for mut run in runs {
        let call = run.pending().remove(0);
        assert_eq!(call.args, [10.into(), 3.into(), "9".into()]);
        run.answer(call.id, Ok(vec![7.into()])).unwrap();
        while !run.step(100_000).is_ended() {}
        assert_eq!(run.finish().1.outcome, Outcome::Done(Ok("[7]".to_owned())));
    }
}
