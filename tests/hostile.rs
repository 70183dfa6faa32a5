//! Invariant "Limits are outcomes" over a corpus of hostile scripts: each has one
//! way to end, and no script panics, hangs or passes its limits.

#[path = "programs/corpus.rs"]
mod corpus;
#[path = "programs/each.rs"]
mod each;
#[path = "hostile/expected.rs"]
mod expected;

use expected::EXPECTED;
use expected::Expected::{Done, Error, OutOfFuel, OutOfMemory, OutputLimit};
use moonfuel::{Chunk, Limits, Outcome, Session};

#[test]
fn limits_are_outcomes_over_the_hostile_corpus() {
    let scripts = corpus::read_folder("tests/hostile");
    let wrong = each::each(&scripts, |(name, source)| {
        let Some((_, expected)) = EXPECTED.iter().find(|(known, _)| known == name) else {
            return Some(format!("{name} is not in the table"));
        };
        // Memory takes a while to be filled.
        let fuel = if name.starts_with("mem_") { 20_000_000 } else { 8_000_000 };
        let limits = Limits { fuel, memory: 16 << 20, ..Limits::default() };
        let mut session = Session::builder().limits(limits).build().expect("a session");
        let report = session.run_chunk(Chunk::new(source).named(name));
        let met = match (expected, &report.outcome) {
            (OutOfFuel, Outcome::OutOfFuel) => report.usage.fuel_used == fuel,
            (OutOfMemory, Outcome::OutOfMemory) | (OutputLimit, Outcome::OutputLimit) => true,
            (Error(text), Outcome::Failed(error)) => error.to_string().contains(text),
            (Done(text), Outcome::Done(Ok(json))) => json.contains(text),
            // A function among the values has no JSON form: the script ended all the same.
            (Done(""), Outcome::Done(Err(_))) => true,
            _ => false,
        };
        // The session is as good as new.
        assert_eq!(session.run("return 1 + 1").json().ok(), Some("[2]"), "after {name}");
        let wrong = !met || report.usage.memory_peak > 16 << 20;
        wrong.then(|| format!("{name}: {:?} {:?}", report.outcome, report.usage))
    });
    assert_eq!(scripts.len(), EXPECTED.len());
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn limits_are_outcomes_that_no_script_sees() {
    for source in [
        "pcall(function() while true do end end) print('seen')",
        "xpcall(function() while true do end end, function() print('seen') end)",
        "local x <close> = setmetatable({}, {__close = function() print('seen') end}) while true do end",
        "local co = coroutine.wrap(function() local x <close> = setmetatable({}, {__close = function() print('seen') end}) while true do end end) pcall(co) print('seen')",
        "table.sort({2, 1}, function() while true do end end) print('seen')",
    ] {
        let limits = Limits { fuel: 100_000, ..Limits::default() };
        let mut session = Session::builder().limits(limits).build().expect("a session");
        let report = session.run(source);
        assert_eq!(report.outcome, Outcome::OutOfFuel, "{source}");
        assert_eq!(report.output, b"", "{source}");
    }
}
