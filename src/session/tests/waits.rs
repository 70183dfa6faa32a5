//! Nobody can tell from what a run comes to whether its host answers at once or lets it wait,
//! is saved and restored meanwhile, or gives it slices of fuel.

use super::generated;
use crate::{Chunk, Limits, Profile, Report, Run, Session, SessionBuilder, Step, Usage};

/// `P`, which programs print by, asks the host; calls before have left something on the stack.
const BEFORE: &str = "
local function deep(n)
  local a, b, c = {n}, ('x'):rep(5000 + n), function() return n end
  if n > 0 then return (deep(n - 1)), a, b, c end
  return b
end
function P(...)
  deep(select('#', ...) * 7 % 40)
  print(ask(select('#', ...), type((...))))
  for i = 1, select('#', ...) do local v = select(i, ...) if type(v) ~= 'table' then print(type(v)) end end
end
function N(v) return v ~= v and 0 or v end
function D(name, v) print(name, type(v)) end
";

/// Programs of each kind of run.
const PROGRAMS: u64 = 60;

fn builder() -> SessionBuilder {
    let limits = Limits { fuel: 3_000_000, memory: 4 << 20, ..Limits::default() };
    Session::builder().profile(Profile::Full).hash_key(5).limits(limits)
}

fn waiting() -> SessionBuilder {
    builder().pending_function("ask")
}

fn ended(mut run: Run, slice: u64, restores: bool) -> Report {
    let mut waits = 0;
    loop {
        match run.step(slice) {
            Step::Running | Step::Called => {}
            Step::Pending(_) => {
                waits += 1;
                if restores
                    && waits % 3 == 0
                    && let Ok(bytes) = run.snapshot()
                {
                    run = waiting().restore_run(&bytes).unwrap();
                }
                let call = run.pending().remove(0);
                run.answer(call.id, Ok(call.args)).unwrap();
            }
            _ => return run.finish().1,
        }
    }
}

#[test]
fn waits_change_nothing() {
    let mut done = 0;
    // A collection was at another place in the 252nd, in slices.
    for id in (0..PROGRAMS).chain([252]) {
        let source = format!("{BEFORE} {}", generated::without_shows(23, id));
        for always in [false, true] {
            let ask = |(count, kind): (i64, String)| Ok((count, kind));
            let mut session = builder().function("ask", ask).build().unwrap();
            session.set_collect_always(always);
            let whole = session.run(&*source);
            done += u64::from(whole.is_done());
            for (slice, restores) in
                [(u64::MAX, false), (997, false), (u64::MAX, true), (997, true)]
            {
                let mut session = waiting().build().unwrap();
                session.set_collect_always(always);
                let report =
                    ended(session.start(Chunk::from(&*source)), slice, restores && !always);
                // Where collections are forced depends on who has the word.
                let peak = if always { whole.usage.memory_peak } else { report.usage.memory_peak };
                let usage = Usage { memory_peak: peak, ..report.usage };
                assert_eq!(
                    (&report.outcome, usage, report.output == whole.output),
                    (&whole.outcome, whole.usage, true),
                    "{id} {always} {slice} {restores}\n{source}"
                );
            }
        }
    }
    assert!(done > PROGRAMS, "{done}");
}

#[test]
fn a_run_that_is_undone_changes_nothing_of_the_next() {
    let program = |seed, id| generated::with_globals(&generated::without_shows(seed, id));
    for id in 0..PROGRAMS {
        let session = || {
            let ask = |(count, kind): (i64, String)| Ok((count, kind));
            let mut session = builder().atomic(true).function("ask", ask).build().unwrap();
            let _ = session.run(format!("{BEFORE} {}", program(23, id)));
            session
        };
        let (mut one, mut other) = (session(), session());
        let failing = format!("{} collectgarbage() error('undone')", program(29, id));
        assert!(!other.run(&*failing).is_done());
        for seed in [31, 37] {
            let source = program(seed, id);
            let (expected, report) = (one.run(&*source), other.run(&*source));
            assert_eq!(
                (&report.outcome, report.usage, report.output == expected.output),
                (&expected.outcome, expected.usage, true),
                "{id} {seed}"
            );
        }
    }
}
