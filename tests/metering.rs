//! Invariant "Metered": every loop ends exactly at its fuel, and how a run is cut
//! into slices changes nothing a script or a report can show.

#![allow(clippy::expect_used, reason = "a test may stop, and says what it skipped")]

#[path = "programs/corpus.rs"]
mod corpus;

use moonfuel::{Chunk, Limits, Outcome, Report, Session};

/// Loops that never end (or not within any fuel worth having).
const ENDLESS: &[(&str, &str)] = &[
    ("while", "while true do end"),
    ("goto", "::a:: goto a"),
    ("repeat", "repeat local x = 1 until false"),
    ("for over all integers", "for i = math.mininteger, math.maxinteger do end"),
    ("pcall", "pcall(function() while true do end end) error('passed')"),
    ("pcall again and again", "while true do pcall(error, 'x') end"),
    ("pcall of loops", "while true do pcall(function() while true do end end) end"),
    ("handler", "xpcall(function() error('x') end, function() while true do end end)"),
    (
        "looping body and handler",
        "xpcall(function() while true do end end, function() while true do end end)",
    ),
    ("coroutine", "pcall(coroutine.wrap(function() while true do end end))"),
    (
        "coroutine switches",
        "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end",
    ),
    ("new coroutines", "while true do coroutine.wrap(function() coroutine.yield() end)() end"),
    (
        "close",
        "do local x <close> = setmetatable({}, {__close = function() while true do end end}) end",
    ),
    (
        "close after error",
        "pcall(function() local x <close> = setmetatable({}, {__close = function() while true do end end}) error('x') end)",
    ),
    (
        "coroutine.close",
        "local co = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() while true do end end}) coroutine.yield() end) coroutine.resume(co) coroutine.close(co)",
    ),
    ("sort comparator", "table.sort({3, 2, 1}, function() while true do end end)"),
    (
        "sorts",
        "local t = {} for i = 1, 100 do t[i] = i * 7 % 101 end while true do table.sort(t, function(a, b) return a > b end) table.sort(t) end",
    ),
    ("gsub callback", "('x'):gsub('x', function() while true do end end)"),
    ("gsubs", "while true do ('hello world'):gsub('%w+', {hello = 1}) end"),
    ("gmatch", "while true do for w in ('a b c'):gmatch('%a') do end end"),
    (
        "__index",
        "local t = setmetatable({}, {__index = function() while true do end end}) return t.x",
    ),
    (
        "__newindex",
        "local t = setmetatable({}, {__newindex = function() while true do end end}) t.x = 1",
    ),
    (
        "__index loop",
        "local t = setmetatable({}, {__index = function() return 1 end}) while t.x do end",
    ),
    (
        "__eq",
        "local m = {__eq = function() while true do end end} return setmetatable({}, m) == setmetatable({}, m)",
    ),
    (
        "__lt",
        "local m = {__lt = function() while true do end end} return setmetatable({}, m) < setmetatable({}, m)",
    ),
    (
        "native metamethods",
        "local m = {__index = rawget, __unm = type, __newindex = type, __lt = type, __close = type} local t = setmetatable({}, m) while true do local x <close> = t t.y = t.x, -t, t < t end",
    ),
    ("__concat", "return setmetatable({}, {__concat = function() while true do end end}) .. 'x'"),
    ("__call", "setmetatable({}, {__call = function() while true do end end})()"),
    ("__tostring", "tostring(setmetatable({}, {__tostring = function() while true do end end}))"),
    (
        "__tostring of an error",
        "error(setmetatable({}, {__tostring = function() while true do end end}))",
    ),
    (
        "__pairs",
        "for k in pairs(setmetatable({}, {__pairs = function() return function() return 1 end end})) do end",
    ),
    (
        "ipairs without end",
        "for i in ipairs(setmetatable({}, {__index = function(_, i) return i end})) do end",
    ),
    ("load reader", "load(function() while true do end end)"),
    ("load pieces", "load(function() return '  ' end)"),
    ("load again and again", "while true do load('local a = 1 return a')() end"),
    ("syntax errors", "while true do load('x = = 1') end"),
    ("backtracking", "return ('a'):rep(30):find(('a?'):rep(30) .. ('a'):rep(30))"),
    ("lazy backtracking", "return ('a'):rep(30000):match('(.-)-$')"),
    ("stars", "return ('a'):rep(300):find(('.*'):rep(20) .. 'b')"),
    ("balanced", "while true do ('('):rep(5000):find('%b()') end"),
    ("frontier", "while true do ('x '):rep(1000):find('%f[%a]y') end"),
    ("plain find", "local s = ('x'):rep(10000) while true do s:find('xy', 1, true) end"),
    ("percents", "local f = ('a%%'):rep(1000) while true do f:format() end"),
    ("digits", "local f = 'c' .. ('0'):rep(10000) .. '1' while true do f:pack('x') end"),
    ("rep", "while true do local s = ('x'):rep(1000) end"),
    ("empty rep", "while true do (''):rep(1e9) end"),
    (
        "concat",
        "local t = {} for i = 1, 100 do t[i] = 'item' end while true do table.concat(t, ',') end",
    ),
    ("growing concat", "local s = '' while true do s = s .. 'x' if #s > 1000 then s = '' end end"),
    ("unpack", "local t = {} for i = 1, 100 do t[i] = i end while true do table.unpack(t) end"),
    (
        "unpack of a proxy",
        "table.unpack(setmetatable({}, {__index = function() while true do end end}), 1, 5)",
    ),
    (
        "move",
        "local t = {} for i = 1, 100 do t[i] = i end while true do table.move(t, 1, 100, 2) end",
    ),
    (
        "move far",
        "table.move(setmetatable({}, {__index = function(_, k) return k end}), 1, 1e15, 2, setmetatable({}, {__newindex = function() end}))",
    ),
    (
        "insert and remove in front",
        "local t = {} for i = 1, 100 do t[i] = i end while true do table.insert(t, 1, 0) table.remove(t, 1) end",
    ),
    ("format", "while true do string.format('%d %s %5.2f %q', 1, 'x', 2.5, 'q') end"),
    ("pack", "while true do string.unpack('<i4s2d', string.pack('<i4s2d', 1, 'xx', 2.5)) end"),
    ("byte and char", "while true do string.char(('hello'):byte(1, -1)) end"),
    (
        "utf8",
        "local s = ('é'):rep(100) while true do utf8.len(s) for _ in utf8.codes(s) do end utf8.offset(s, 50) end",
    ),
    ("tostring and tonumber", "while true do tonumber(tostring(1.5)) tonumber('zz', 36) end"),
    ("json", "local t = {1, 2, {a = 'x'}} while true do t = json.decode(json.encode(t)) end"),
    (
        "string comparison",
        "local a = ('x'):rep(1000) .. 'a' local b = ('x'):rep(1000) .. 'b' while true do local _ = a < b, a == b end",
    ),
    ("long keys", "local t = {} while true do t[('k'):rep(100)] = true end"),
    (
        "pairs",
        "local t = {} for i = 1, 50 do t['k' .. i] = i end while true do for k, v in pairs(t) do end end",
    ),
    (
        "next over tombstones",
        "local t = {} for i = 1, 500 do t['k' .. i] = i end for i = 1, 500 do t['k' .. i] = nil end while true do next(t) end",
    ),
    ("select", "while true do select('#', 1, 2, 3) select(-1, 1, 2, 3) end"),
    ("math", "while true do math.max(1, 2, 3) math.random(5) math.fmod(5, 3) end"),
    ("garbage tables", "while true do local t = {1, 2, 3} end"),
    ("garbage closures", "while true do local x = {} local f = function() return x end end"),
    ("collectgarbage", "while true do collectgarbage() end"),
    ("collectgarbage count", "while true do collectgarbage('count') end"),
    (
        "varargs",
        "local function f(...) return select('#', ...) end while true do f(1, 2, 3, 4, 5) end",
    ),
    ("tail calls", "local function f() return f() end f()"),
    ("traceback", "while true do debug.traceback('x') end"),
    ("clock", "while true do os.time() os.clock() os.date('!%c') end"),
    ("stack overflows", "local function f() return 1 + f() end while true do pcall(f) end"),
];

fn session(fuel: u64) -> Session {
    let limits = Limits { fuel, memory: 32 << 20, ..Limits::default() };
    Session::builder().limits(limits).build().expect("a session")
}

/// Runs a chunk in slices.
fn sliced(session: Session, source: &[u8], name: &str, slice: u64) -> Report {
    let mut run = session.start(Chunk::new(source).named(name));
    while !run.step(slice).is_ended() {}
    run.finish().1
}

#[test]
fn metered_every_endless_loop_stops_exactly_at_its_fuel() {
    for (name, source) in ENDLESS {
        for (fuel, slice) in [(1_000_000, 1_000), (1_000_000, 1_000_000), (1_000_003, u64::MAX)] {
            let report = sliced(session(fuel), source.as_bytes(), "=endless", slice);
            assert_eq!(report.outcome, Outcome::OutOfFuel, "{name}, slices of {slice}");
            assert_eq!(report.usage.fuel_used, fuel, "{name}, slices of {slice}");
        }
    }
}

#[test]
fn metered_endless_loops_stop_the_same_at_every_slice_size() {
    const FUEL: u64 = 20_000;
    for (name, source) in ENDLESS {
        let whole = sliced(session(FUEL), source.as_bytes(), "=endless", u64::MAX);
        for slice in [1, 2, 3, 5, 7, 10, 13, 64, 100, 127, 500, 999, 1_000] {
            let report = sliced(session(FUEL), source.as_bytes(), "=endless", slice);
            assert_eq!(report, whole, "{name}, slices of {slice}");
            assert_eq!(report.usage.fuel_used, FUEL, "{name}, slices of {slice}");
        }
    }
}

/// The loops a sandbox is attacked with first, at every slice size. (A million units in each
/// take a minute without optimization.)
#[test]
fn metered_the_first_loops_stop_the_same_at_all_slice_sizes_to_a_thousand() {
    const FUEL: u64 = if cfg!(debug_assertions) { 5_000 } else { 1_000_000 };
    const FIRST: [&str; 7] = [
        "while true do end",
        "pcall(function() while true do end end)",
        "pcall(coroutine.wrap(function() while true do end end))",
        "local x <close> = setmetatable({}, {__close = function() while true do end end})",
        "table.sort({3, 1, 2}, function() while true do end end)",
        "string.gsub('abc', '%w', function() while true do end end)",
        "return ('a'):rep(30):find(('a?'):rep(30) .. ('a'):rep(30))",
    ];
    for source in FIRST {
        let whole = sliced(session(FUEL), source.as_bytes(), "=first", u64::MAX);
        assert_eq!(whole.outcome, Outcome::OutOfFuel, "{source}");
        assert_eq!(whole.usage.fuel_used, FUEL, "{source}");
        for slice in 1..=1_000 {
            let report = sliced(session(FUEL), source.as_bytes(), "=first", slice);
            assert_eq!(report, whole, "{source}, slices of {slice}");
        }
    }
}

#[test]
fn metered_all_slice_sizes_to_a_thousand_on_a_mixed_loop() {
    let source = b"local t = {} while true do t[#t % 20 + 1] = ('x'):rep(#t) .. #t \
        for k, v in pairs(t) do local s = v:gsub('x', '%0') end table.sort(t) pcall(error) end";
    let whole = sliced(session(5_000), source, "=mixed", u64::MAX);
    assert_eq!(whole.outcome, Outcome::OutOfFuel);
    for slice in 1..=1_000 {
        let report = sliced(session(5_000), source, "=mixed", slice);
        assert_eq!(report, whole, "slices of {slice}");
    }
}

/// Any limit stops a program where a longer run has just that much used: the part
/// printed under a small limit is the beginning of what is printed under a larger one.
#[test]
fn metered_a_run_stops_exactly_at_any_limit() {
    for (name, source) in corpus::programs() {
        let all = sliced(session(u64::MAX / 4), &source, &name, u64::MAX);
        let total = all.usage.fuel_used;
        for part in 1..40 {
            let fuel = total * part / 40;
            let report = sliced(session(fuel), &source, &name, u64::MAX);
            assert_eq!(report.outcome, Outcome::OutOfFuel, "{name} with {fuel} of {total}");
            assert_eq!(report.usage.fuel_used, fuel, "{name} with {fuel} of {total}");
            assert!(all.output.starts_with(&report.output), "{name} with {fuel} of {total}");
        }
        let report = sliced(session(total), &source, &name, u64::MAX);
        assert_eq!(report, all, "{name} with exactly the fuel it needs");
    }
}

#[test]
fn metered_finite_programs_are_the_same_at_every_slice_size() {
    let mut failures = Vec::new();
    for (name, source) in corpus::programs() {
        let whole = sliced(session(u64::MAX / 4), &source, &name, u64::MAX);
        assert!(
            matches!(whole.outcome, Outcome::Done(_) | Outcome::Failed(_)),
            "{name}: {:?}",
            whole.outcome
        );
        for slice in [1_000_000, 1_013, 100, 13, 7, 3, 2, 1] {
            let report = sliced(session(u64::MAX / 4), &source, &name, slice);
            if let Some(difference) = difference(&whole, &report) {
                failures.push(format!("{name}, slices of {slice}: {difference}"));
                break;
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Says where two reports differ.
fn difference(a: &Report, b: &Report) -> Option<String> {
    if a == b {
        return None;
    }
    if a.outcome != b.outcome {
        return Some(format!("{:?}\n  became {:?}", a.outcome, b.outcome));
    }
    if a.output != b.output {
        let (a, b) = (String::from_utf8_lossy(&a.output), String::from_utf8_lossy(&b.output));
        let lines = a.lines().zip(b.lines()).enumerate().find(|(_, (a, b))| a != b);
        return Some(format!("output differs: {lines:?}"));
    }
    Some(format!("{:?}\n  became {:?}", a.usage, b.usage))
}

#[test]
fn metered_a_long_line_is_printed_in_slices_smaller_than_its_price() {
    for source in [
        "print(('x'):rep(5000))",
        "print(1, ('x'):rep(2000), 2.5, ('y'):rep(3000), {} ~= nil)",
        "print(setmetatable({}, {__tostring = function() return ('z'):rep(4000) end}), 1 << 62)",
        "io = nil warn('@on') warn(('w'):rep(3000), 1.5)",
    ] {
        let run = |slice| sliced(session(1_000_000), source.as_bytes(), "line", slice);
        let whole = run(u64::MAX);
        assert!(whole.is_done() && whole.output.len() > 3000, "{source}: {:?}", whole.outcome);
        for slice in [1, 7, 50] {
            let difference = difference(&whole, &run(slice));
            assert_eq!(difference, None, "{source} in slices of {slice}");
        }
    }
}

/// Sources in which `NAME` is a name of any length: where tables have metatables and where not,
/// found and not found, read, written and called.
const NAMED: &[&str] = &[
    "NAME('a')",
    "return NAME",
    "NAME = 1 return NAME, _G.NAME, _G['NAME']",
    "NAME.x = 1",
    "local t = {} t.NAME()",
    "local t = {} t:NAME()",
    "return ('x'):NAME()",
    "local t = {NAME = 2} return t.NAME, t['NAME' .. ''], rawget(t, 'NAME')",
    "local t = setmetatable({}, {__index = {NAME = 3}}) return t.NAME, t['NAME' .. '']",
    "local t = setmetatable({}, {__index = {}}) return t.NAME, t['NAME' .. '']",
    "local t = setmetatable({}, {__index = function(t, k) return #k end}) return t.NAME, t['NAME' .. '']",
    "local t = setmetatable({}, {}) return t.NAME, t['NAME' .. '']",
    "local t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k .. k, v) end}) t.NAME = 1 t['NAME' .. ''] = 2 return next(t)",
    "local t = setmetatable({}, {__index = {NAME = function(self, x) return x end}}) return t:NAME(1), t:NAME(2)",
    "local t = {} for i = 1, 3 do t['NAME' .. i] = i end for i = 1, 3 do if t['NAME' .. i] ~= i or t['NAME' .. -i] then error(i) end end",
    "local a <close> = 'NAME'",
    "error('NAME')",
    "error({NAME = 1})",
    "local a = NAME + 1",
    "local NAME = 1 return NAME .. NAME < NAME",
    "local function NAME() return NAME.x.y end NAME()",
    "goto NAME ::NAME:: return #'NAME'",
    "return string.NAME('x')",
    "return load('return NAME', 'NAME')()",
    "return pcall(require, 'NAME')",
];

#[test]
fn metered_names_of_any_length_cost_the_same_at_every_slice_size() {
    let mut failures = Vec::new();
    for length in [1, 39, 40, 41, 64, 91, 200, 1000] {
        for source in NAMED {
            let source = source.replace("NAME", &"n".repeat(length));
            let run = |slice| sliced(session(1_000_000), source.as_bytes(), "=name", slice);
            let whole = run(u64::MAX);
            assert_ne!(whole.outcome, Outcome::OutOfFuel, "{source}");
            for slice in (1..=9).chain([13, 40, 101]) {
                if let Some(difference) = difference(&whole, &run(slice)) {
                    failures.push(format!("{source:.80}, slices of {slice}: {difference}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn metered_what_waits_for_the_end_of_a_run_costs_the_same_at_every_slice_size() {
    // A collection at the end: dead values of a weak table from before the run stay until then.
    let make = || {
        let mut session = session(100_000_000);
        let report = session.run(
            "weak = setmetatable({}, {__mode = 'v'}) kept = {}
             for i = 1, 2000 do weak[i] = {} kept[i] = {} end
             gone = setmetatable({}, {__gc = function() count = (count or 0) + 1 end})",
        );
        assert!(report.is_done());
        session
    };
    for source in [
        "collectgarbage()",
        "weak[1] = nil collectgarbage() return #kept",
        "gone = nil collectgarbage() return 1",
        "gone = nil return 1",
        "gone = nil collectgarbage() for i = 1, 100 do kept[i] = nil end collectgarbage()",
    ] {
        let run = |slice| sliced(make(), source.as_bytes(), "=end", slice);
        let whole = run(u64::MAX);
        assert!(whole.is_done(), "{source}: {:?}", whole.outcome);
        for slice in [1, 2, 3, 7, 50, 333, 1000, 5000, 20_000] {
            let difference = difference(&whole, &run(slice));
            assert_eq!(difference, None, "{source} in slices of {slice}");
        }
        // And at every limit around its end.
        let total = whole.usage.fuel_used;
        for fuel in [total - 1, total, total + 1] {
            let limited = |slice| {
                let limits = Limits { fuel, ..Limits::default() };
                let chunk = Chunk::new(source.as_bytes()).named("=end").limits(limits);
                let mut run = make().start(chunk);
                while !run.step(slice).is_ended() {}
                run.finish().1
            };
            let difference = difference(&limited(u64::MAX), &limited(100));
            assert_eq!(difference, None, "{source} with {fuel} of {total}");
        }
    }
}
