//! Invariant "Metered": every function of the library charges for its work.

#![allow(clippy::expect_used, reason = "a test may stop, and says what it skipped")]

use moonfuel::{Limits, Outcome, Session};

/// How a function's fuel relates to the size of what it is given.
#[derive(Clone, Copy, PartialEq)]
enum Growth {
    /// Its work grows with `n`: so must its fuel.
    Work,
    /// Its work is the same however large its arguments are.
    Constant,
}
use Growth::{Constant, Work};

/// Each function: how it grows, a preparation and a call, with `n` the size.
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
    ("coroutine.close", Constant, "local c = coroutine.create(print)", "coroutine.close(c)"),
    ("coroutine.create", Constant, "", "coroutine.create(print)"),
    ("coroutine.isyieldable", Constant, "", "coroutine.isyieldable()"),
    (
        "coroutine.resume",
        Work,
        "local t = {} for i = 1, n do t[i] = i end local c = coroutine.create(select)",
        "coroutine.resume(c, '#', table.unpack(t))",
    ),
    ("coroutine.running", Constant, "", "coroutine.running()"),
    ("coroutine.status", Constant, "local c = coroutine.create(print)", "coroutine.status(c)"),
    ("coroutine.wrap", Constant, "", "coroutine.wrap(print)"),
    (
        "coroutine.yield",
        Work,
        "local t = {} for i = 1, n do t[i] = i end local c = coroutine.wrap(function() coroutine.yield(table.unpack(t)) end)",
        "c()",
    ),
    ("debug.getinfo", Constant, "", "debug.getinfo(1)"),
    ("debug.traceback", Work, "local s = ('x'):rep(n)", "debug.traceback(s)"),
    ("json.array", Constant, "", "json.array()"),
    ("json.decode", Work, "local s = '[' .. ('1,'):rep(n) .. '1]'", "json.decode(s)"),
    ("json.encode", Work, "local t = {} for i = 1, n do t[i] = i end", "json.encode(t)"),
    ("json.object", Constant, "", "json.object()"),
    ("os.clock", Constant, "", "os.clock()"),
    ("os.date", Work, "local s = ('%Y'):rep(n)", "os.date(s)"),
    ("os.difftime", Constant, "", "os.difftime(1, 2)"),
    // Not in the strict profile.
    ("os.getenv", Constant, "", "os.getenv and os.getenv('x')"),
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
    ("table.insert", Work, "local t = {} for i = 1, n do t[i] = i end", "table.insert(t, 1, 0)"),
    ("table.move", Work, "local t = {} for i = 1, n do t[i] = i end", "table.move(t, 1, n, 2)"),
    (
        "table.pack",
        Work,
        "local t = {} for i = 1, n do t[i] = i end",
        "table.pack(table.unpack(t))",
    ),
    ("table.remove", Work, "local t = {} for i = 1, n do t[i] = i end", "table.remove(t, 1)"),
    (
        "table.sort",
        Work,
        "local t = {} for i = 1, n do t[i] = i * 7919 % 1009 end",
        "table.sort(t)",
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
];

/// Returns the fuel of a script.
fn fuel(script: &str, n: usize) -> u64 {
    let limits = Limits { fuel: 1_000_000_000, output: 1 << 24, ..Limits::default() };
    let mut session = Session::builder()
        .limits(limits)
        .profile(moonfuel::Profile::Compat)
        .module("m", "return 1")
        .build()
        .expect("a session");
    let report = session.run(format!("local n = {n} {script}"));
    assert!(matches!(report.outcome, Outcome::Done(_)), "{script}: {:?}", report.outcome);
    report.usage.fuel_used
}

/// Returns the fuel of the call alone.
fn cost(preparation: &str, call: &str, n: usize) -> i64 {
    let with = fuel(&format!("{preparation} local function call() return ({call}) end call()"), n);
    let without = fuel(&format!("{preparation} local function call() return ({call}) end"), n);
    with as i64 - without as i64
}

#[test]
fn metered_every_library_function_has_a_template() {
    // What only trusted code has touches the world outside, or bounds nobody.
    for def in moonfuel::stdlib::functions(moonfuel::Profile::Compat) {
        // The functions of `math` take numbers alone, but for two with lists.
        let known = TEMPLATES.iter().any(|(name, ..)| *name == def.name);
        assert!(known || def.name.starts_with("math."), "{} has no template", def.name);
    }
    for def in moonfuel::stdlib::functions(moonfuel::Profile::Full) {
        assert!(!def.fuel.is_empty(), "{} does not say what it charges", def.name);
        assert!(!def.section.is_empty(), "{} names no section", def.name);
    }
}

#[test]
fn metered_library_functions_charge_for_their_work() {
    let mut wrong = Vec::new();
    for (name, growth, preparation, call) in TEMPLATES {
        let (small, large) = (cost(preparation, call, 5_000), cost(preparation, call, 50_000));
        let grows = large - small;
        match growth {
            // 45,000 bytes or items more are at least 700 blocks of 64.
            Work if grows < 690 || large < small * 5 => {
                wrong.push(format!("{name}: {small} units, {large} for ten times the size"));
            }
            Constant if grows != 0 => {
                wrong.push(format!("{name}: {small} units became {large}"));
            }
            _ => {}
        }
    }
    for call in ["math.max", "math.min"] {
        let call = format!("{call}(table.unpack(t))");
        let preparation = "local t = {} for i = 1, n do t[i] = i end";
        assert!(cost(preparation, &call, 50_000) > 3 * cost(preparation, &call, 10_000), "{call}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
