//! Invariant "Metered": every function of the library charges for its work, in fuel and
//! measured in time.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop")]
#![allow(clippy::disallowed_types, reason = "it measures what a unit of fuel buys")]

use moonfuel::{Limits, Outcome, Profile, Session};
use std::collections::BTreeSet;
use std::time::Instant;

/// How a function's fuel relates to the size of what it is given.
#[derive(Clone, Copy, PartialEq)]
enum Growth {
    /// Its work grows with `n`: so must its fuel.
    Work,
    /// Its work is the same however large its arguments are.
    Constant,
    /// It ends the run.
    Ends,
}
use Growth::{Constant, Ends, Work};

/// Each function: how it grows, a preparation and calls, with `n` the size.
const TEMPLATES: &[(&str, Growth, &str, &str)] = &[
    ("assert", Constant, "", "assert(n)"),
    ("collectgarbage", Work, "local t = {} for i = 1, n do t[i] = { i } end", "collectgarbage()"),
    ("error", Constant, "", "pcall(error, n)"),
    ("getmetatable", Constant, "", "getmetatable('')"),
    // Without files; what reading charges is tested where there are some.
    ("io.close", Constant, "", "io.close()"),
    ("io.flush", Constant, "", "io.flush()"),
    ("io.input", Constant, "", "io.input()"),
    ("io.lines", Constant, "", "io.lines()"),
    ("io.open", Constant, "", "io.open('x')"),
    ("io.output", Constant, "", "io.output()"),
    ("io.popen", Constant, "", "io.popen('x')"),
    ("io.read", Constant, "", "io.read()"),
    ("io.tmpfile", Constant, "", "io.tmpfile()"),
    ("io.type", Constant, "", "io.type(n)"),
    ("io.write", Work, "local s = ('x'):rep(n)", "io.write(s)"),
    ("ipairs", Constant, "", "ipairs({})"),
    ("load", Work, "local s = 'return ' .. ('1 + '):rep(n) .. '1'", "load(s)"),
    (
        "next",
        Work,
        "local t = {} for i = 1, n do t['k' .. i] = i end for i = 1, n do t['k' .. i] = nil end",
        "next(t)",
    ),
    ("pairs", Constant, "", "pairs({})"),
    ("pcall", Constant, "", "pcall(error)"),
    ("print", Work, "local s = ('x'):rep(n)", "print(s)"),
    ("rawequal", Work, "local a, b = ('x'):rep(n) .. 'a', ('x'):rep(n) .. 'b'", "rawequal(a, b)"),
    ("rawget", Constant, "local t = {}", "rawget(t, 1)"),
    ("rawlen", Constant, "local t = {}", "rawlen(t)"),
    ("require", Work, "local s = ('x'):rep(n)", "pcall(require, s)"),
    ("rawset", Constant, "local t = {}", "rawset(t, 1, 1)"),
    ("select", Work, "local t = {} for i = 1, n do t[i] = i end", "select(2, table.unpack(t))"),
    ("setmetatable", Constant, "", "setmetatable({}, {})"),
    ("tonumber", Work, "local s = ('1'):rep(n)", "tonumber(s)"),
    ("tostring", Constant, "local s = ('1'):rep(n)", "tostring(s)"),
    ("type", Constant, "", "type(1)"),
    ("warn", Work, "local s = ('x'):rep(n) warn('@on')", "warn(s)"),
    ("xpcall", Constant, "", "xpcall(error, print)"),
    ("yield", Work, "local s = ('x'):rep(n)", "yield(s)"),
    ("coroutine.close", Constant, "", "coroutine.close(coroutine.create(print))"),
    ("coroutine.create", Constant, "", "coroutine.create(print)"),
    ("coroutine.isyieldable", Constant, "", "coroutine.isyieldable()"),
    (
        "coroutine.resume",
        Work,
        "local t = {} for i = 1, n do t[i] = i end",
        "coroutine.resume(coroutine.create(select), '#', table.unpack(t))",
    ),
    ("coroutine.running", Constant, "", "coroutine.running()"),
    ("coroutine.status", Constant, "local c = coroutine.create(print)", "coroutine.status(c)"),
    ("coroutine.wrap", Constant, "", "coroutine.wrap(print)"),
    (
        "coroutine.yield",
        Work,
        "local t = {} for i = 1, n do t[i] = i end local c = coroutine.wrap(function() while true do coroutine.yield(table.unpack(t)) end end)",
        "c()",
    ),
    ("debug.getinfo", Constant, "", "debug.getinfo(1)"),
    ("debug.traceback", Work, "local s = ('x'):rep(n * 4)", "debug.traceback(s)"),
    ("json.array", Constant, "", "json.array()"),
    ("json.decode", Work, "local s = '[' .. ('1,'):rep(n) .. '1]'", "json.decode(s)"),
    ("json.encode", Work, "local t = {} for i = 1, n do t[i] = i end", "json.encode(t)"),
    ("json.object", Constant, "", "json.object()"),
    ("os.clock", Constant, "", "os.clock()"),
    ("os.date", Work, "local s = ('%Y'):rep(n)", "os.date(s)"),
    ("os.difftime", Constant, "", "os.difftime(1, 2)"),
    ("os.getenv", Work, "local s = ('x'):rep(n)", "os.getenv(s)"),
    ("os.time", Constant, "", "os.time()"),
    ("string.byte", Work, "local s = ('x'):rep(n)", "s:byte(1, -1)"),
    (
        "string.char",
        Work,
        "local t = {} for i = 1, n do t[i] = 65 end",
        "string.char(table.unpack(t))",
    ),
    ("string.find", Work, "local s = ('x'):rep(n)", "s:find('y')"),
    ("string.format", Work, "local s = ('x'):rep(n)", "string.format('%s %s', s, s)"),
    ("string.gmatch", Work, "local s = ('x'):rep(n)", "s:gmatch('y')()"),
    ("string.gsub", Work, "local s = ('x'):rep(n)", "s:gsub('x', 'y')"),
    ("string.len", Constant, "local s = ('x'):rep(n)", "s:len()"),
    ("string.lower", Work, "local s = ('x'):rep(n)", "s:lower()"),
    ("string.match", Work, "local s = ('x'):rep(n)", "s:match('y')"),
    ("string.pack", Work, "local s = ('x'):rep(n)", "string.pack('z', s)"),
    ("string.packsize", Work, "local s = ('i4'):rep(n)", "string.packsize(s)"),
    ("string.rep", Work, "", "('x'):rep(n)"),
    ("string.reverse", Work, "local s = ('x'):rep(n)", "s:reverse()"),
    ("string.sub", Work, "local s = ('x'):rep(n)", "s:sub(2)"),
    ("string.unpack", Work, "local s = ('x'):rep(n) .. '\\0'", "string.unpack('z', s)"),
    ("string.upper", Work, "local s = ('x'):rep(n)", "s:upper()"),
    ("table.concat", Work, "local t = {} for i = 1, n do t[i] = 'x' end", "table.concat(t)"),
    (
        "table.insert",
        Work,
        "local t = {} for i = 1, n do t[i] = i end",
        "table.insert(t, 1, 0) t[#t] = nil",
    ),
    ("table.move", Work, "local t = {} for i = 1, n do t[i] = i end", "table.move(t, 1, n, 2)"),
    (
        "table.pack",
        Work,
        "local t = {} for i = 1, n do t[i] = i end",
        "table.pack(table.unpack(t))",
    ),
    (
        "table.remove",
        Work,
        "local t = {} for i = 1, n do t[i] = i end",
        "table.insert(t, table.remove(t, 1))",
    ),
    (
        "table.sort",
        Work,
        "local t = {} for i = 1, n do t[i] = i * 7919 % 1009 end",
        "table.sort(table.move(t, 1, #t, 1, {}))",
    ),
    ("table.unpack", Work, "local t = {} for i = 1, n do t[i] = i end", "table.unpack(t)"),
    (
        "utf8.char",
        Work,
        "local t = {} for i = 1, n do t[i] = 8364 end",
        "utf8.char(table.unpack(t))",
    ),
    ("utf8.codepoint", Work, "local s = ('x'):rep(n)", "utf8.codepoint(s, 1, -1)"),
    ("utf8.codes", Constant, "", "utf8.codes('x')"),
    ("utf8.len", Work, "local s = ('x'):rep(n)", "utf8.len(s)"),
    ("utf8.offset", Work, "local s = ('x'):rep(n)", "utf8.offset(s, n)"),
    // Numbers given as numerals, which are as long as a script likes.
    ("string.sub", Work, "local s = ('0'):rep(n) .. '1'", "string.sub('', s, s)"),
    ("string.byte", Work, "local s = ('0'):rep(n) .. '1'", "string.byte('', s)"),
    ("string.char", Work, "local s = ('0'):rep(n) .. '1'", "string.char(s)"),
    ("string.rep", Work, "local s = ('0'):rep(n) .. '1'", "string.rep('', s)"),
    ("string.find", Work, "local s = ('0'):rep(n) .. '1'", "string.find('', 'x', s)"),
    ("string.find", Work, "local s = ('x'):rep(n)", "s:find(s, 1, true)"),
    ("string.find", Work, "local s = '[' .. ('x'):rep(n)", "pcall(string.find, '', s)"),
    ("string.format", Work, "local s = ('0'):rep(n) .. '1'", "string.format('%d', s)"),
    ("string.format", Work, "local s = ('\\1'):rep(n)", "string.format('%q', s)"),
    (
        "string.format",
        Work,
        "local s = ('%5.1f'):rep(n // 100)",
        "pcall(string.format, s, string.byte(s, 1, n // 100))",
    ),
    ("string.gsub", Work, "local s = ('%%'):rep(n)", "string.gsub('x', 'x', s)"),
    ("string.pack", Work, "local s = ('0'):rep(n) .. '1'", "string.pack('i8', s)"),
    ("string.unpack", Work, "local s = ('c1'):rep(n // 2)", "string.unpack(s, s)"),
    ("table.concat", Work, "local t = {} for i = 1, n do t[i] = i + .5 end", "table.concat(t)"),
    ("table.move", Work, "local t = {} for i = 2, n do t[i] = i end", "table.move(t, 2, n, 3, {})"),
    ("table.unpack", Work, "local t = {} for i = 2, n do t[i] = i end", "table.unpack(t, 2, n)"),
    (
        "table.unpack",
        Work,
        "local s = ('0'):rep(n) .. '1' local t = setmetatable({}, { __len = function() return s end })",
        "table.unpack(t, 2)",
    ),
    ("tonumber", Work, "local s = ('z'):rep(n)", "tonumber(s, 36)"),
    ("tostring", Work, "local t = setmetatable({}, { __name = ('x'):rep(n) })", "tostring(t)"),
    ("utf8.char", Work, "local s = ('0'):rep(n) .. '1'", "utf8.char(s, s)"),
    ("math.abs", Work, "local s = ('0'):rep(n) .. '.5'", "math.abs(s)"),
    ("error", Work, "local s = ('x'):rep(n)", "pcall(function() error(s) end)"),
    (
        "error",
        Work,
        "local t = setmetatable({}, { __name = ('x'):rep(n) })",
        "pcall(string.rep, t)",
    ),
    (
        "os.time",
        Work,
        "local t = { year = ('0'):rep(n) .. '1', month = 1, day = 1 }",
        "t.year = ('0'):rep(n) .. '1' os.time(t)",
    ),
    ("collectgarbage", Work, "local s = ('x'):rep(n)", "pcall(collectgarbage, s)"),
    ("math.max", Work, "local t = {} for i = 1, n do t[i] = i end", "math.max(table.unpack(t))"),
    ("math.max", Work, "local s = ('x'):rep(n) local r = s .. ''", "math.max(s .. 'a', r .. 'b')"),
    ("math.min", Work, "local t = {} for i = 1, n do t[i] = i end", "math.min(table.unpack(t))"),
    ("math.acos", Constant, "", "math.acos(0.5)"),
    ("math.asin", Constant, "", "math.asin(0.5)"),
    ("math.atan", Constant, "", "math.atan(1.5, n)"),
    ("math.atan2", Constant, "", "math.atan2(1.5, n)"),
    ("math.ceil", Constant, "", "math.ceil(n + .5)"),
    ("math.cos", Constant, "", "math.cos(1e300)"),
    ("math.cosh", Constant, "", "math.cosh(20.5)"),
    ("math.deg", Constant, "", "math.deg(n)"),
    ("math.exp", Constant, "", "math.exp(1.5)"),
    ("math.floor", Constant, "", "math.floor(n + .5)"),
    ("math.fmod", Constant, "", "math.fmod(1.7e308, 15e-324)"),
    ("math.frexp", Constant, "", "math.frexp(5e-324)"),
    ("math.ldexp", Constant, "", "math.ldexp(1.5, -1074)"),
    ("math.log", Constant, "", "math.log(n, 3)"),
    ("math.log10", Constant, "", "math.log10(n)"),
    ("math.modf", Constant, "", "math.modf(1.5)"),
    ("math.pow", Constant, "", "math.pow(1.5, 2.5)"),
    ("math.rad", Constant, "", "math.rad(n)"),
    ("math.random", Constant, "", "math.random(math.mininteger, math.maxinteger)"),
    ("math.randomseed", Constant, "", "math.randomseed(1, 2)"),
    ("math.sin", Constant, "", "math.sin(1e300)"),
    ("math.sinh", Constant, "", "math.sinh(20.5)"),
    ("math.sqrt", Constant, "", "math.sqrt(5e-324)"),
    ("math.tan", Constant, "", "math.tan(1e300)"),
    ("math.tanh", Constant, "", "math.tanh(0.5)"),
    ("math.tointeger", Constant, "", "math.tointeger(1.0)"),
    ("math.type", Constant, "", "math.type(n)"),
    ("math.ult", Constant, "", "math.ult(1, n)"),
    ("getmetatable(\"\").__add", Work, "local s = ('0'):rep(n) .. '1'", "local x = s + s"),
    ("getmetatable(\"\").__sub", Work, "local s = ('0'):rep(n) .. '1'", "local x = s - s"),
    ("getmetatable(\"\").__mul", Work, "local s = ('0'):rep(n) .. '1'", "local x = s * s"),
    ("getmetatable(\"\").__div", Work, "local s = ('0'):rep(n) .. '1'", "local x = s / s"),
    ("getmetatable(\"\").__mod", Work, "local s = ('0'):rep(n) .. '1'", "local x = s % s"),
    ("getmetatable(\"\").__pow", Work, "local s = ('0'):rep(n) .. '1'", "local x = s ^ s"),
    ("getmetatable(\"\").__idiv", Work, "local s = ('0'):rep(n) .. '1'", "local x = s // s"),
    ("getmetatable(\"\").__unm", Work, "local s = ('0'):rep(n) .. '1'", "local x = -s"),
    // What only the full profile has.
    ("debug.debug", Constant, "", "debug.debug()"),
    ("debug.gethook", Constant, "", "debug.gethook()"),
    (
        "debug.getinfo",
        Work,
        "local f = assert(load(('x = 1\\n'):rep(n // 10)))",
        "debug.getinfo(f, 'L')",
    ),
    (
        "debug.getlocal",
        Work,
        "local f = assert(load(('do local x end '):rep(n // 10)))",
        "debug.getlocal(f, 1)",
    ),
    ("debug.getmetatable", Constant, "", "debug.getmetatable('')"),
    ("debug.getregistry", Constant, "", "debug.getregistry()"),
    (
        "debug.getupvalue",
        Constant,
        "local x local function f() return x end",
        "debug.getupvalue(f, 1)",
    ),
    ("debug.getuservalue", Constant, "", "debug.getuservalue(n)"),
    ("debug.setcstacklimit", Constant, "", "debug.setcstacklimit(200)"),
    ("debug.sethook", Work, "local s = ('x'):rep(n)", "debug.sethook(print, s)"),
    ("debug.setlocal", Constant, "", "local x debug.setlocal(1, 1, n)"),
    ("debug.setmetatable", Constant, "", "debug.setmetatable({}, {})"),
    (
        "debug.setupvalue",
        Constant,
        "local x local function f() return x end",
        "debug.setupvalue(f, 1, 2)",
    ),
    ("debug.setuservalue", Constant, "", "debug.setuservalue(io.stdout, 1)"),
    (
        "debug.upvalueid",
        Constant,
        "local x local function f() return x end",
        "debug.upvalueid(f, 1)",
    ),
    (
        "debug.upvaluejoin",
        Constant,
        "local x local function f() return x end",
        "debug.upvaluejoin(f, 1, f, 1)",
    ),
    ("dofile", Constant, "", "pcall(dofile, 'x')"),
    ("loadfile", Constant, "", "loadfile('x')"),
    ("os.execute", Work, "local s = ('x'):rep(100 * n)", "os.execute(s)"),
    ("os.exit", Ends, "", "os.exit(0)"),
    ("os.remove", Work, "local s = ('x'):rep(20 * n)", "os.remove(s)"),
    ("os.rename", Work, "local s = ('x'):rep(20 * n)", "os.rename(s, s)"),
    ("os.setlocale", Work, "local s = ('x'):rep(n)", "os.setlocale(s)"),
    ("os.tmpname", Constant, "", "pcall(os.tmpname)"),
    ("package.loadlib", Constant, "", "package.loadlib('x', 'y')"),
    ("package.searchpath", Work, "local s = ('x'):rep(n)", "package.searchpath('x', s)"),
    ("string.dump", Work, "local f = assert(load(('x = 1 '):rep(n)))", "string.dump(f)"),
];

/// Returns the names of the functions a profile has, from its golden list.
fn functions(profile: Profile) -> BTreeSet<&'static str> {
    let list = match profile {
        Profile::Strict => include_str!("globals/strict.txt"),
        Profile::Compat => include_str!("globals/compat.txt"),
        Profile::Full => include_str!("globals/full.txt"),
        other => panic!("{other:?} has no list"),
    };
    let names = list.lines().filter_map(|line| line.strip_suffix(" function"));
    names.filter(|name| !name.starts_with("package.searchers.")).collect()
}

/// Returns the tightest profile that has a function.
fn profile_of(name: &str) -> Profile {
    let profiles = [Profile::Strict, Profile::Compat, Profile::Full];
    let found = profiles.into_iter().find(|profile| functions(*profile).contains(name));
    found.expect("a function of some profile")
}

/// Runs a script to its end or the end of its fuel; returns the fuel it used and the time.
fn run(profile: Profile, script: &str, fuel: u64) -> (u64, f64) {
    let limits = Limits {
        fuel,
        output: 1 << 30,
        memory: 1 << 30,
        host_calls: u64::MAX,
        ..Limits::default()
    };
    let mut session = Session::builder()
        .limits(limits)
        .profile(profile)
        .module("m", "return 1")
        .build()
        .expect("a session");
    let started = Instant::now();
    let report = session.run(script);
    let seconds = started.elapsed().as_secs_f64();
    let ended = matches!(report.outcome, Outcome::Done(_) | Outcome::OutOfFuel | Outcome::Exit(_));
    assert!(ended, "{script}: {:?}", report.outcome);
    (report.usage.fuel_used, seconds)
}

fn with_calls(preparation: &str, calls: &str, n: usize, rest: &str) -> String {
    format!("local n = {n} {preparation} local function call() {calls} end {rest}")
}

/// Returns the fuel of the calls alone.
fn cost(name: &str, preparation: &str, calls: &str, n: usize) -> i64 {
    const ENOUGH: u64 = 1_000_000_000;
    let profile = profile_of(name);
    let (with, _) = run(profile, &with_calls(preparation, calls, n, "call()"), ENOUGH);
    let (without, _) = run(profile, &with_calls(preparation, calls, n, ""), ENOUGH);
    with as i64 - without as i64
}

/// Units of the runs that are measured; the preparation takes less than the first.
const SHORT: u64 = 250_000;
const LONG: u64 = 1_000_000;

/// Returns the nanoseconds of a unit of a script, between two lengths of run.
fn unit_time(profile: Profile, script: &str) -> f64 {
    let (short, before) = run(profile, script, SHORT);
    let (long, after) = run(profile, script, LONG);
    assert!(long - short > (LONG - SHORT) / 2, "{script}: it ended before its fuel");
    (after - before).max(0.0) * 1e9 / (long - short) as f64
}

/// Returns the nanoseconds of a unit of the empty loop, as long as the machine is as busy
/// as it is now.
fn loop_time() -> f64 {
    let script = "local x = 0 while true do x = x + 1 end";
    let tries = (0..3).map(|_| unit_time(Profile::Strict, script));
    tries.fold(f64::INFINITY, f64::min)
}

#[test]
fn metered_every_library_function_has_a_template() {
    for profile in [Profile::Strict, Profile::Compat, Profile::Full] {
        for name in functions(profile) {
            let known = TEMPLATES.iter().any(|(known, ..)| *known == name);
            assert!(known, "{name} has no template");
        }
    }
}

#[test]
fn metered_library_functions_charge_for_their_work() {
    let mut wrong = Vec::new();
    for (name, growth, preparation, calls) in TEMPLATES {
        let at = |n| cost(name, preparation, calls, n);
        let (small, large) = (at(5_000), at(50_000));
        let grows = large - small;
        match growth {
            // 45,000 bytes or items more are at least 700 blocks of 64.
            Work if grows < 690 || large < small * 5 => {
                wrong.push(format!("{name} ({calls}): {small} units, {large} for ten times"));
            }
            Constant if grows != 0 => {
                wrong.push(format!("{name} ({calls}): {small} units became {large}"));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A unit takes at most 20 times what it takes in an empty loop. Without optimization the
/// library is slower, compared with the loop, than it will ever be where it is used.
const MOST: f64 = if cfg!(debug_assertions) { 60.0 } else { 20.0 };

#[test]
fn metered_a_unit_buys_no_more_time_than_twenty_of_the_loop() {
    const TRIES: usize = 10;
    let mut wrong = Vec::new();
    for (name, growth, preparation, calls) in TEMPLATES {
        if *growth == Ends {
            continue;
        }
        for n in [10, 20_000] {
            let script = with_calls(preparation, calls, n, "while true do call() end");
            let profile = profile_of(name);
            // Other programs make both slower, if not alike: the best of some tries counts.
            let mut least = f64::INFINITY;
            let fits = (0..TRIES).any(|_| {
                least = least.min(unit_time(profile, &script) / loop_time());
                least <= MOST
            });
            if !fits {
                wrong.push(format!("{name} ({calls}, n = {n}): {least:.0} times the loop"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
