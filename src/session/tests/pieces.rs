//! Collections in pieces: hosts have the word between them, and nobody can tell from a run how
//! its collections were cut, whatever is done in between.

use super::atomic::{difference_between, form_of};
use super::generated::source as generated;
use crate::vm::heap::table;
use crate::{Chunk, Limits, Outcome, Report, Session, Step, Usage};

/// Programs that make much garbage of a kind, and keep something; what the first chunk leaves is
/// from before the run that the second one is.
const PROGRAMS: [(&str, &str); 9] = [
    // Tables, old ones among them that are changed.
    (
        "old = {} for i = 1, 3000 do old[i] = {i} end",
        "local n = 0 for i = 1, 20000 do old[i % 3000 + 1] = {i, old} n = n + #old[i % 7 + 1] end return n",
    ),
    // Large tables, with holes and entries.
    (
        "large = {} for i = 1, 5000 do large[i] = {} large['k' .. i] = i end",
        "for i = 1, 9000 do large[i] = {i} if i % 3 == 0 then large['k' .. i] = nil end end \
         local t = {} for i = 1, 9000 do t[i] = {} t[i / 3] = 'x' .. i end return #large, #t",
    ),
    // Short strings.
    (
        "names = {} for i = 1, 4000 do names[i] = 'n' .. i end",
        "local n = 0 for i = 1, 12000 do local s = 's' .. i n = n + #s if i % 4 == 0 then names[#names + 1] = s end end \
         return n, #names",
    ),
    // Weak values and keys, and ephemerons in chains.
    (
        "weak = setmetatable({}, {__mode = 'v'}) for i = 1, 2000 do weak[i] = {i} end",
        "local kept, eph = {}, setmetatable({}, {__mode = 'k'}) local last = {} kept[1] = last \
         for i = 1, 8000 do \
           weak[i] = {} weak['s' .. i] = 's' .. i \
           local key = {} eph[last] = key if i % 5 == 0 then eph[{}] = {} end \
           last = key if i % 1000 == 0 then kept[#kept + 1] = key end \
         end \
         collectgarbage() local n = 0 for _ in pairs(eph) do n = n + 1 end \
         local m = 0 for _ in pairs(weak) do m = m + 1 end return n, m",
    ),
    // Finalizers, some of which mark again, and metatables that turn weak.
    (
        "log = {} fin = {__gc = function(o) log[#log + 1] = o.id if o.id % 3 == 0 then setmetatable(o, fin) end end} \
         for i = 1, 500 do setmetatable({id = i}, fin) end",
        "for i = 1, 4000 do setmetatable({id = i}, fin) end \
         local late = {} local t = {} for i = 1, 300 do t[i] = setmetatable({}, late) t[i][1] = {} end \
         late.__mode = 'v' collectgarbage() local n = 0 for i = 1, 300 do if t[i][1] then n = n + 1 end end \
         for i = 1, 3000 do local x = {i, i, i} end print(#log, n) return #log",
    ),
    // Coroutines.
    (
        "co = {} for i = 1, 200 do co[i] = coroutine.wrap(function(...) local a = {...} while true do coroutine.yield(a) end end) co[i](i) end",
        "local n = 0 for i = 1, 1500 do local c = coroutine.wrap(function() local x = {i} coroutine.yield(x) n = n + x[1] end) c() \
         if i % 2 == 0 then c() end co[i % 200 + 1](i) end return n",
    ),
    // Closures and what they share.
    (
        "fs = {} for i = 1, 1000 do local x = {} fs[i] = function(y) x = y or x return x end end",
        "for i = 1, 15000 do fs[i % 1000 + 1]({i}) local z = i local f = function() z = z + 1 return z end f() end return #fs",
    ),
    // Collections that are asked for.
    (
        "keep = {} for i = 1, 500 do keep[i] = {} end",
        "for i = 1, 40 do keep[i] = {i} collectgarbage() collectgarbage('step', 1) end return collectgarbage('count')",
    ),
    // Memory that is refused, and granted when garbage is gone.
    (
        "base = {} for i = 1, 20000 do base[i] = {} end",
        "local n = 0 for i = 1, 60 do local ok = pcall(function() local t = {} for j = 1, 30000 do t[j] = {j} end end) \
         if not ok then n = n + 1 end end return n",
    ),
];

fn session(memory: u64) -> Session {
    let limits = Limits { memory, fuel: 50_000_000, ..Limits::default() };
    Session::builder().limits(limits).hash_key(7).build().unwrap()
}

fn seen(report: &Report) -> (Outcome, String, Usage) {
    let output = String::from_utf8_lossy(&report.output).into_owned();
    (report.outcome.clone(), output, report.usage)
}

/// Runs a program in slices of `slice`, each with a piece of `least`. Returns the session, what
/// was seen, and in how many slices no fuel was used. `between` may do something in each of
/// those.
fn run(
    (before, source): (&str, &str),
    memory: u64,
    slice: u64,
    least: u64,
    between: &mut dyn FnMut(crate::Run) -> crate::Run,
) -> (Session, Report, usize) {
    let mut session = session(memory);
    assert!(session.run(before).is_done());
    session.machine.0.set_least_work(least);
    let mut run = session.start(Chunk::new(source.as_bytes()));
    let mut idle = 0;
    let mut used = run.fuel_used();
    while run.step(slice) != Step::Ended {
        let now = run.fuel_used();
        if now == used {
            idle += 1;
            run = between(run);
            run.session.machine.0.set_least_work(least);
        }
        used = now;
    }
    let (session, report) = run.finish();
    (session, report, idle)
}

const ROOMY: u64 = 64 << 20;
const TIGHT: u64 = 5 << 20;

#[test]
fn pieces_change_nothing() {
    for (at, program) in PROGRAMS.into_iter().enumerate() {
        let memory = if at + 1 == PROGRAMS.len() { TIGHT } else { ROOMY };
        let (mut one, whole, idle) = run(program, memory, u64::MAX, u64::MAX, &mut |run| run);
        assert!(matches!(whole.outcome, Outcome::Done(Ok(_))), "{program:?}: {:?}", whole.outcome);
        assert_eq!(idle, 0);
        for (slice, least) in [(1000, 1), (997, 300), (50, 1), (1_000, 8 << 10)] {
            let (mut other, report, idle) = run(program, memory, slice, least, &mut |run| run);
            assert_eq!(seen(&report), seen(&whole), "{program:?}, {slice}, {least}");
            assert!(idle > 3 || least > 1000, "{program:?}, {slice}, {least}: {idle}");
            if let Some(difference) = difference_between(&form_of(&mut one), &form_of(&mut other)) {
                panic!("{program:?}, {slice}, {least}: {difference}");
            }
        }
    }
}

#[test]
fn what_comes_between_pieces_finds_the_collection_done() {
    for (at, program) in PROGRAMS.into_iter().enumerate() {
        let memory = if at + 1 == PROGRAMS.len() { TIGHT } else { ROOMY };
        let (_, whole, _) = run(program, memory, u64::MAX, u64::MAX, &mut |run| run);
        // Saved, dropped and restored in the midst of some collections.
        let mut count = 0;
        let (_, report, _) = run(program, memory, 1000, 1, &mut |mut run| {
            count += 1;
            if count % 7 != 0 || count > 200 {
                return run;
            }
            let snapshot = run.snapshot().unwrap();
            drop(run);
            let limits = Limits { memory, fuel: 50_000_000, ..Limits::default() };
            let builder = Session::builder().limits(limits).hash_key(count as u64);
            builder.restore_run(&snapshot).unwrap()
        });
        assert_eq!(seen(&report), seen(&whole), "{program:?}");
        // Digests and collections of the host's.
        let (_, report, _) = run(program, memory, 500, 1, &mut |mut run| {
            count += 1;
            if count % 5 == 0 {
                let _ = run.session.digest();
            }
            run
        });
        assert_eq!(seen(&report), seen(&whole), "{program:?}");
    }
}

#[test]
fn a_run_that_ends_in_the_midst_of_a_collection_is_undone() {
    for program in PROGRAMS {
        for stop in [1, 20, 300] {
            let mut twin = session(ROOMY);
            let mut one = session(ROOMY);
            for session in [&mut twin, &mut one] {
                assert!(session.run(program.0).is_done());
            }
            one.machine.0.set_least_work(1);
            let mut run = one.start(Chunk::new(program.1.as_bytes()));
            let (mut used, mut idle) = (run.fuel_used(), 0);
            while idle < stop && run.step(200) != Step::Ended {
                let now = run.fuel_used();
                idle += u64::from(now == used);
                used = now;
            }
            if run.outcome().is_some() {
                continue;
            }
            let (mut one, report) = run.finish();
            assert_eq!(report.outcome, Outcome::Cancelled);
            if let Some(difference) = difference_between(&form_of(&mut twin), &form_of(&mut one)) {
                panic!("{program:?}, {stop}: {difference}");
            }
        }
    }
}

#[test]
fn sessions_on_one_thread_collect_by_turns() {
    let mut whole = Vec::new();
    let mut runs = Vec::new();
    for program in PROGRAMS {
        let (_, report, _) = run(program, ROOMY, u64::MAX, u64::MAX, &mut |run| run);
        whole.push(seen(&report));
        let mut session = session(ROOMY);
        assert!(session.run(program.0).is_done());
        session.machine.0.set_least_work(1);
        runs.push(session.start(Chunk::new(program.1.as_bytes())));
    }
    while !runs.iter().all(crate::Run::is_finished) {
        for run in &mut runs {
            let _ = run.step(300);
        }
    }
    let reports: Vec<_> = runs.into_iter().map(|run| seen(&run.finish().1)).collect();
    assert_eq!(reports, whole);
}

#[test]
fn random_programs_do_the_same_in_pieces() {
    for id in 0..30 {
        let source = generated(20_261_127, id);
        let churn = format!("{source}\nlocal t = {{}} for i = 1, 9000 do t[i % 50] = {{i}} end");
        let (_, whole, _) = run(("", &churn), ROOMY, u64::MAX, u64::MAX, &mut |run| run);
        let (_, report, _) = run(("", &churn), ROOMY, 700, 1, &mut |run| run);
        assert_eq!(seen(&report), seen(&whole), "{churn}");
    }
}

/// The heaps of `benches/gc_pause.rs`, smaller: the number of slices a collection takes is its
/// work divided by what fits into one, or nearly, so no slice has much more.
#[test]
fn a_collection_of_a_large_heap_takes_many_slices() {
    let heaps = [
        ("live = {} for i = 1, 50000 do live[i] = {} end", 50_000 * 5),
        ("live = {} for i = 1, 200000 do live[i] = i end", 200_000),
        ("live = {} for i = 1, 50000 do live[i] = 's' .. i end", 50_000),
        (
            "live, weak = {}, setmetatable({}, {__mode = 'k'}) \
             for i = 1, 20000 do local k = {} live[i] = k weak[k] = {} end",
            20_000 * 8,
        ),
        (
            "live = {} for i = 1, 3000 do live[i] = coroutine.wrap(coroutine.yield) live[i](i) end",
            3000 * 40,
        ),
    ];
    for (live, work) in heaps {
        let (_, report, idle) =
            run((live, "collectgarbage() return 1"), 256 << 20, 1000, 8 << 10, &mut |run| run);
        assert!(report.is_done());
        assert!(idle >= work / (10 << 10), "{live}: {idle} slices");
    }
}

/// What is kept only because a run may be undone: weak entries, and finalizers.
const OWED: [(&str, &str); 2] = [
    PROGRAMS[3],
    (
        "log, old = {}, {} weak = setmetatable({}, {__mode = 'v'}) \
         for i = 1, 300 do weak[i] = {} old[i] = setmetatable({}, {__gc = function() log[#log + 1] = i end}) end",
        "old = nil for i = 1, 9000 do local t = {i, i} end print(#log) return 1",
    ),
];

#[test]
fn what_a_run_owes_at_its_end_is_done_in_pieces() {
    let limits = Limits { memory: ROOMY, fuel: 50_000_000, ..Limits::default() };
    for program in OWED {
        let (mut one, whole, _) = run(program, ROOMY, u64::MAX, u64::MAX, &mut |run| run);
        let whole_form = form_of(&mut one);
        let calls_finalizers = program != PROGRAMS[3];
        for pieces in [0, 1, 5, 30] {
            // Stands after so many pieces.
            let stand = || {
                let mut session = session(ROOMY);
                assert!(session.run(program.0).is_done());
                session.machine.0.set_least_work(300);
                let mut run = session.start(Chunk::new(program.1.as_bytes()));
                while !run.progress.catching_up {
                    assert_eq!(run.step(5000), Step::Running);
                }
                for _ in 0..pieces {
                    assert_eq!(run.step(1), Step::Running);
                    assert!(run.progress.catching_up);
                }
                run
            };
            let end = |mut run: crate::Run| {
                while run.step(1000) != Step::Ended {}
                run.finish()
            };
            let (mut session, report) = end(stand());
            assert_eq!(seen(&report), seen(&whole));
            assert_eq!(difference_between(&whole_form, &form_of(&mut session)), None);
            // Saved there.
            let mut run = stand();
            let snapshot = run.snapshot().unwrap();
            assert_eq!(seen(&end(run).1), seen(&whole));
            let builder = Session::builder().limits(limits.clone()).hash_key(8);
            let restored = builder.restore_run(&snapshot).unwrap();
            assert_eq!(seen(&end(restored).1), seen(&whole));
            // Stopped there, a run has ended as it did; finalizers may not have been called.
            let (_, report) = stand().finish();
            assert_eq!(report.outcome, whole.outcome);
            if !calls_finalizers {
                assert_eq!(seen(&report), seen(&whole));
            }
        }
    }
}

/// Units of the largest piece: what is done between two looks at what is allowed.
const LARGEST_PIECE: u64 = 4 << 10;

#[test]
fn no_piece_is_large() {
    let heaps = [
        ("tables", "live = {} for i = 1, 30000 do live[i] = {i} end"),
        (
            "a large table",
            "live = {} for i = 1, 200000 do live[i] = i live['k' .. i % 5000] = i end",
        ),
        ("short strings", "live = {} for i = 1, 50000 do live[i] = 's' .. i end"),
        (
            "weak entries",
            "live, weak = {}, setmetatable({}, {__mode = 'k'}) values = setmetatable({}, {__mode = 'v'}) \
             for i = 1, 20000 do local k = {} live[i] = k weak[k] = {} weak[{}] = {} values[i] = {} end",
        ),
        (
            "ephemerons",
            "local first = {} live, weak = first, setmetatable({}, {__mode = 'k'}) \
             for i = 1, 10000 do local k = {} weak[first] = k first = k end",
        ),
        (
            "coroutines",
            "live = {} for i = 1, 3000 do live[i] = coroutine.wrap(coroutine.yield) live[i](i) end",
        ),
        (
            "finalizers",
            "live, fin = {}, {__gc = function() end} \
             for i = 1, 10000 do local o = setmetatable({}, fin) if i % 2 == 0 then live[i] = o end end",
        ),
        ("closures", "live = {} for i = 1, 20000 do live[i] = function() return live, i end end"),
    ];
    for (name, live) in heaps {
        let source = format!("{live} collectgarbage() live, weak, values = nil collectgarbage()");
        let mut run = session(256 << 20).start(Chunk::new(source.as_bytes()));
        let _ = crate::gc::take_largest();
        while run.step(1000) != Step::Ended {}
        let (mut session, report) = run.finish();
        assert!(report.is_done(), "{name}");
        // What a run leaves to a whole collection, too.
        assert!(session.run("for i = 1, 20000 do local t = {} end").is_done());
        let largest = crate::gc::take_largest();
        assert!((8..=LARGEST_PIECE).contains(&largest), "{name}: {largest}");
    }
}

/// Units of the most that a large table may have moved in one slice of 1,000 units.
const LARGEST_MOVE: u64 = 2 << 10;

#[test]
fn large_tables_grow_in_pieces() {
    let programs = [
        ("items", "", "local t = {} for i = 1, 200000 do t[i] = i end"),
        ("integers", "", "local t = {} for i = 1, 100000 do t[-i] = i end"),
        ("strings", "", "local t = {} for i = 1, 50000 do t['k' .. i] = i end"),
        ("objects", "", "local t = {} for i = 1, 50000 do t[{}] = i end"),
        (
            "weak entries",
            "weak, live = setmetatable({}, {__mode = 'k'}), {}",
            "for i = 1, 50000 do local k = {} live[i] = k weak[k] = i weak[{}] = i end",
        ),
        (
            "a table of a former run",
            "t = {} for i = 1, 20000 do t[i] = i t[-i] = i end",
            "for i = 20000, 90000 do t[i] = i t[-i] = i end",
        ),
        (
            "tombstones",
            "t = {}",
            "for i = 1, 50000 do t[-i] = i end for i = 1, 50000 do t[-i] = nil end \
             for i = 1, 60000 do t[i + 0.5] = i end",
        ),
    ];
    for (name, before, source) in programs {
        let whole = |slice| {
            let mut session = session(256 << 20);
            assert!(session.run(before).is_done());
            let mut run = session.start(Chunk::new(source.as_bytes()));
            let _ = table::moving::take_largest();
            while run.step(slice) != Step::Ended {}
            let largest = table::moving::take_largest();
            let (mut session, report) = run.finish();
            (seen(&report), form_of(&mut session), largest)
        };
        let (report, form, _) = whole(u64::MAX);
        let (cut_report, cut_form, largest) = whole(1000);
        assert_eq!(cut_report, report, "{name}");
        assert_eq!(difference_between(&form, &cut_form), None, "{name}");
        assert!((256..=LARGEST_MOVE).contains(&largest), "{name}: {largest}");
    }
}

#[test]
fn what_a_stopped_run_has_begun_is_dropped() {
    let source = "local t = {} for i = 1, 9000 do t[-i] = {i} t[i] = 'v' .. i end \
                  local n = 0 for k, v in pairs(t) do n = n + (v[1] or #v) end return n";
    let through = |mut run: crate::Run, slices| {
        for _ in 0..slices {
            if run.step(300) == Step::Ended {
                break;
            }
        }
        run.finish()
    };
    let chunk = || Chunk::new(source.as_bytes());
    let (_, whole) = through(session(64 << 20).start(chunk()), u64::MAX);
    assert!(whole.is_done());
    for slices in (20..500).step_by(21) {
        let (session, report) = through(session(64 << 20).start(chunk()), slices);
        assert_eq!(report.outcome, Outcome::Cancelled);
        let (_, report) = through(session.start(chunk()), u64::MAX);
        assert_eq!(seen(&report), seen(&whole), "after {slices} slices");
    }
}
