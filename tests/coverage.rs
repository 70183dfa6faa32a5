//! What is counted, and that counting changes nothing.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use moonfuel::{Chunk, Coverage, Limits, Profile, Session};

fn covered(source: &str) -> Coverage {
    let mut session = Session::builder().coverage(true).build().unwrap();
    let report = session.run_chunk(Chunk::new(source.as_bytes()).named("@c.lua"));
    assert!(report.is_done(), "{report:?}");
    session.coverage()
}

/// A line with its count.
type Line = (u32, u32);
/// A line with the ways a branch there went.
type Branch = (u32, u32, u32);

fn figures(coverage: &Coverage) -> (Vec<Line>, Vec<Branch>) {
    let chunk = &coverage.chunks[0];
    let lines = chunk.lines.iter().map(|line| (line.line, line.count)).collect();
    let branches = chunk.branches.iter().map(|b| (b.line, b.went_on, b.jumped)).collect();
    (lines, branches)
}

#[test]
fn lines_and_branches_of_every_kind() {
    let source = "\
local n = 0
for i = 1, 4 do
  if i % 2 == 0 then
    n = n + 1
  elseif i > 8 then
    n = 100
  else
    n = n - 1
  end
end
while n < 3 do
  n = n + 1
end
for _, v in ipairs({1, 2}) do
  local w = v == 1 and 'one' or 'more'
end
local function never()
  return 1
end
for i = 1, 0 do
  never()
end
repeat n = n + 1 until n > 4
";
    let (lines, branches) = figures(&covered(source));
    let expected = [
        (1, 1),
        (2, 4),
        (3, 4),
        (4, 2),
        (5, 2),
        (6, 0),
        (8, 2),
        (11, 4),
        (12, 3),
        (14, 3),
        (15, 2),
        (18, 0),
        (19, 1),
        (20, 1),
        (21, 0),
        (23, 2),
    ];
    let shown: Vec<_> =
        lines.iter().filter(|line| ![7, 9, 13, 16].contains(&line.0)).copied().collect();
    assert_eq!(shown, expected);
    let of =
        |line: u32| branches.iter().filter(|b| b.0 == line).map(|b| (b.1, b.2)).collect::<Vec<_>>();
    assert_eq!(of(2), [(1, 0)]);
    assert_eq!(of(3), [(2, 2)]);
    assert_eq!(of(5), [(0, 2)]);
    assert_eq!(of(11), [(3, 1)]);
    assert_eq!(of(14), [(1, 2)]);
    assert_eq!(of(15).iter().map(|(a, b)| a + b).next(), Some(2));
    assert_eq!(of(20), [(0, 1)]);
    assert_eq!(of(23), [(1, 1)]);
}

#[test]
fn metamethods_decide_branches_too() {
    let source = "\
local t = setmetatable({}, {__lt = function(a, b) return b == 3 end})
local n = 0
for i = 1, 5 do
  if t < i then n = n + 1 end
end";
    let (_, branches) = figures(&covered(source));
    let at_4: Vec<_> = branches.iter().filter(|b| b.0 == 4).collect();
    assert_eq!(at_4, [&(4, 1, 4)]);
}

#[test]
fn what_cannot_be_reached_is_no_line() {
    let source = "\
local function f(x)
  if x then
    return 1
  else
    return 2
  end
end
f(true)
while true do
  break
end
do return end
";
    let coverage = covered(source);
    let (lines, _) = figures(&coverage);
    let missing: Vec<u32> = lines.iter().filter(|line| line.1 == 0).map(|line| line.0).collect();
    assert_eq!(missing, [5]);
    assert_eq!(coverage.to_string(), "c.lua: 6 of 7 lines, 1 of 2 branches (not: 5)\n");
}

#[test]
fn a_chunk_loaded_again_is_the_same() {
    let mut session = Session::builder().coverage(true).build().unwrap();
    let chunk = || Chunk::new(b"local x = ...\nif x then return 1 end").named("@c.lua");
    for _ in 0..3 {
        assert!(session.run_chunk(chunk()).is_done());
    }
    // On the template, and undone.
    assert!(session.execute_chunk(chunk()).is_done());
    assert!(!session.run_chunk(Chunk::new(b"error('x')").named("@e.lua")).is_done());
    let coverage = session.coverage();
    assert_eq!(coverage.chunks.len(), 2);
    let (lines, branches) = figures(&coverage);
    assert_eq!((lines, branches), (vec![(1, 4), (2, 4)], vec![(2, 0, 4)]));
    assert_eq!(coverage.chunks[1].lines[0].count, 1);
    session.clear_coverage();
    let (lines, branches) = figures(&session.coverage());
    assert_eq!((lines, branches), (vec![(1, 0), (2, 0)], vec![(2, 0, 0)]));
}

#[test]
fn another_text_of_the_same_name_adds_to_its_lines() {
    let mut session = Session::builder().coverage(true).build().unwrap();
    let source = "for i = 1, 50 do load('local a = ' .. i .. '\\nreturn a', '=piece')() end";
    assert!(session.run(source).is_done());
    let coverage = session.coverage();
    let piece = coverage.chunks.iter().find(|chunk| chunk.name == "piece").unwrap();
    assert_eq!(piece.line_totals(), (2, 2));
    assert_eq!(coverage.left_out, 0);
}

/// Scripts that do a little of everything: calls, coroutines, metamethods, errors, garbage.
fn scripts() -> Vec<(String, Vec<u8>)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["fuzz/corpus/run", "lua-conformance", "examples"] {
        let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten();
        let paths = entries.map(|entry| entry.unwrap().path());
        for path in paths.filter(|path| path.extension().is_some_and(|end| end == "lua")) {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    found.sort();
    assert!(found.len() > 60, "{}", found.len());
    found
}

#[test]
fn counting_changes_nothing_and_slices_change_no_count() {
    let limits = Limits { fuel: 300_000, memory: 4 << 20, ..Limits::default() };
    let open = |coverage| {
        Session::builder().limits(limits.clone()).hash_key(7).coverage(coverage).build().unwrap()
    };
    for (path, source) in scripts() {
        let chunk = || Chunk::new(&source).named("@c.lua");
        let plain = open(false).run_chunk(chunk());
        let mut session = open(true);
        let counted = session.run_chunk(chunk());
        assert_eq!(plain, counted, "{path}");
        let mut run = open(true).start(chunk());
        let mut slice = 1;
        while !run.step(slice).is_ended() {
            slice = slice % 400 + 7;
        }
        let (mut sliced, report) = run.finish();
        assert_eq!(plain.usage, report.usage, "{path}");
        assert_eq!(session.coverage(), sliced.coverage(), "{path}");
    }
}

#[test]
fn profiling_changes_nothing_and_every_unit_has_its_place() {
    let limits = Limits { fuel: 300_000, memory: 4 << 20, ..Limits::default() };
    let open = |profile| {
        let builder = Session::builder().limits(limits.clone()).hash_key(7);
        builder.profile_fuel(profile).build().unwrap()
    };
    for (path, source) in scripts() {
        let chunk = || Chunk::new(&source).named("@c.lua");
        let plain = open(false).run_chunk(chunk());
        let mut session = open(true);
        assert_eq!(plain, session.run_chunk(chunk()), "{path}");
        let profile = session.fuel_profile();
        assert_eq!(profile.total(), plain.usage.fuel_used, "{path}");
        let mut run = open(true).start(chunk());
        let mut slice = 1;
        while !run.step(slice).is_ended() {
            slice = slice % 400 + 7;
        }
        assert_eq!(profile.folded(), run.finish().0.fuel_profile().folded(), "{path}");
    }
}

#[test]
fn fuel_is_where_it_was_used() {
    let source = "\
local function inner(n) for i = 1, n do end end
local function outer() inner(1000) inner(1000) end
outer()
local text = string.rep('x', 64 * 5000)
table.sort({3, 1, 2}, function(a, b) inner(100) return a < b end)
local co = coroutine.wrap(function() inner(500) coroutine.yield() inner(500) end)
co() co()
local deep
function deep(n) if n > 0 then deep(n - 1) end end
pcall(deep, 1000)
";
    let mut session = Session::builder().profile_fuel(true).build().unwrap();
    let report = session.run_chunk(Chunk::new(source.as_bytes()).named("@p.lua"));
    assert!(report.is_done(), "{report:?}");
    let folded = session.fuel_profile().folded();
    let units = |stack: &str| {
        let line = folded.lines().find(|line| line.rsplit_once(' ').unwrap().0 == stack);
        line.map_or(0, |line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap())
    };
    let main = "run;main chunk (p.lua)";
    let near =
        |units: u64, expected: u64| units >= expected && units < expected + expected / 50 + 20;
    assert!(near(units(&format!("{main};outer (p.lua:2);inner (p.lua:1)")), 2000), "{folded}");
    assert!(near(units(&format!("{main};string.rep")), 5000), "{folded}");
    let sorted = units(&format!("{main};table.sort;function (p.lua:5);inner (p.lua:1)"));
    assert!(near(sorted, 200), "{sorted}");
    let resumed = folded.lines().find(|line| line.contains("function (p.lua:6);inner"));
    assert!(resumed.is_some_and(|line| line.contains(" 10")), "{folded}");
    assert!(folded.lines().all(|line| line.matches("deep").count() <= 128));
    let shown: serde_json::Value =
        serde_json::from_str(&session.fuel_profile().speedscope()).unwrap();
    assert_eq!(shown["profiles"][0]["endValue"], report.usage.fuel_used);
}

#[test]
fn hooks_coroutines_and_counting_do_not_mind_one_another() {
    let source = "\
local lines = {}
local function work(n)
  local co = coroutine.wrap(function()
    for i = 1, n do coroutine.yield(i % 2 == 0) end
  end)
  local even = 0
  for _ = 1, n do
    if co() then even = even + 1 end
  end
  return even
end
debug.sethook(function(_, line) lines[#lines + 1] = line end, 'lcr', 7)
local even = work(6)
debug.sethook()
return even, #lines, lines";
    let open = |coverage| {
        Session::builder().profile(Profile::Full).hash_key(7).coverage(coverage).build().unwrap()
    };
    let chunk = || Chunk::new(source.as_bytes()).named("@h.lua");
    let plain = open(false).run_chunk(chunk());
    let mut session = open(true);
    assert_eq!(session.run_chunk(chunk()), plain);
    assert!(plain.is_done(), "{plain:?}");
    let coverage = session.coverage();
    let at = |line: u32| coverage.chunks[0].branches.iter().find(|b| b.line == line).copied();
    let branch = at(8).unwrap();
    assert_eq!((branch.went_on, branch.jumped), (3, 3));
    let mut run = open(true).start(chunk());
    while !run.step(3).is_ended() {}
    let (mut sliced, report) = run.finish();
    assert_eq!((report, sliced.coverage()), (plain, coverage));
}

#[test]
fn a_long_name_is_cut_in_a_profile() {
    let mut session = Session::builder().profile_fuel(true).build().unwrap();
    let long = "x".repeat(100_000);
    let source = format!("local function {long}() for i = 1, 100 do end end {long}() {long}()");
    session.run(&source).json().unwrap();
    let folded = session.fuel_profile().folded();
    assert!(folded.contains(&"x".repeat(100)) && folded.len() < 1_000, "{}", folded.len());
}

#[test]
fn sessions_and_runs_that_are_made_again_count_too() {
    let builder = || Session::builder().coverage(true).profile_fuel(true);
    let counted = |session: &mut Session, used: u64| {
        assert_eq!(session.fuel_profile().total(), used);
        let coverage = session.coverage();
        let lines = coverage.chunks.iter().flat_map(|chunk| &chunk.lines);
        lines.map(|line| line.count).sum::<u32>()
    };
    let mut session = builder().build().unwrap();
    session.run("function f() return 1 end").json().unwrap();
    let bytes = session.snapshot().unwrap();
    for mut again in [builder().restore(&bytes).unwrap(), session.fork(builder()).unwrap()] {
        let report = again.run("return f()");
        assert_eq!(report.json().unwrap(), "[1]");
        assert_eq!(counted(&mut again, report.usage.fuel_used), 2);
    }
    let mut run = session.start(Chunk::new(b"for i = 1, 1000 do end return f()"));
    assert!(!run.step(500).is_ended());
    let mut again = builder().restore_run(&run.snapshot().unwrap()).unwrap();
    let before = again.fuel_used();
    while !again.step(500).is_ended() {}
    let (mut session, report) = again.finish();
    assert_eq!(report.json().unwrap(), "[1]");
    assert!(counted(&mut session, report.usage.fuel_used - before) >= 2);
}

#[test]
fn a_session_that_does_not_count_has_no_coverage() {
    let mut session = Session::builder().build().unwrap();
    assert!(session.run("return 1").is_done());
    assert_eq!(session.coverage(), Coverage::default());
    assert_eq!(session.coverage().lcov(), "");
}
