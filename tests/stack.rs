//! Invariant "Stackless": on a stack of 256 KiB, nothing a script, a source or JSON
//! nests overflows it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop, and says what it skipped")]

use moonfuel::{Limits, Outcome, Report, Session};

/// Runs a script on a small stack, session and all.
fn run(source: String) -> Report {
    std::thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(move || {
            let limits = Limits { fuel: 300_000_000, memory: 256 << 20, ..Limits::default() };
            let mut session = Session::builder().limits(limits).build().expect("a session");
            session.run(source)
        })
        .expect("a thread")
        .join()
        .expect("no panic")
}

/// Runs a script that must return one string holding `expected`.
fn expect(source: &str, expected: &str) {
    let report = run(source.to_owned());
    let found = report.json().unwrap_or_else(|error| panic!("{source}: {error}"));
    assert!(found.contains(expected), "{source}: {found} has no {expected}");
}

#[test]
fn stackless_parser() {
    for (open, middle, close) in [
        ("return ", "1", ""),
        ("(", "1", ")"),
        ("{", "1", "}"),
        ("-", "1", ""),
        ("not ", "1", ""),
        ("a[", "1", "]"),
        ("f(", "1", ")"),
        ("function() return ", "1", " end"),
        ("1 .. ", "1", ""),
        ("2 ^ ", "1", ""),
        ("1 + (", "1", ")"),
    ] {
        for depth in [150, 250, 20_000] {
            let text = format!("return {}{middle}{}", open.repeat(depth), close.repeat(depth));
            let _ = run(format!("return type(load([=[{text}]=]))"));
            // The chunk itself too: a syntax error or a run, not an overflow.
            let _ = run(text);
        }
    }
    for (open, close) in [
        ("do ", " end"),
        ("while x do ", " end"),
        ("if x then ", " end"),
        ("if x then else", " end"),
        ("repeat ", " until x"),
        ("for i = 1, 0 do ", " end"),
        ("for i in x do ", " end"),
        ("function f() ", " end"),
        ("local function f() ", " end"),
        ("local x = function() ", " end"),
    ] {
        for depth in [150, 250, 20_000] {
            let _ = run(format!("{}{}", open.repeat(depth), close.repeat(depth)));
        }
    }
}

#[test]
fn stackless_long_chains() {
    for text in [
        format!("return function() return a{} end", ".b".repeat(100_000)),
        format!("return function() return a{} end", "()".repeat(100_000)),
        format!("return function() return a{} end", "[1]".repeat(100_000)),
        format!("return 1{}", " + 1".repeat(100_000)),
        format!("return x{}", " and x".repeat(50_000)),
        format!("if x then {} end", "elseif x then ".repeat(10_000)),
        format!("x = 1 {}", "; x = 1".repeat(100_000)),
        format!("local a = {{{}}}", "{},".repeat(100_000)),
    ] {
        let report = run(text);
        assert!(!matches!(report.outcome, Outcome::OutOfFuel), "{:?}", report.outcome);
    }
}

#[test]
fn stackless_recursion_in_lua() {
    let overflow = "stack overflow";
    expect("local function f() return 1 + f() end return tostring(select(2, pcall(f)))", overflow);
    expect(
        "local function f(...) return 1 + f(1, ...) end return tostring(select(2, pcall(f)))",
        "o",
    );
    expect(
        "local function f() local ok, e = pcall(f) return e or 'C stack overflow' end return tostring(f())",
        overflow,
    );
    expect(
        "local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k] end return tostring(select(2, pcall(function() return t.x end)))",
        overflow,
    );
    expect(
        "local t = setmetatable({}, {}) getmetatable(t).__add = function(a, b) return a + b end return tostring(select(2, pcall(function() return t + t end)))",
        overflow,
    );
    expect(
        "local function f() table.sort({2, 1}, f) end return tostring(select(2, pcall(f)))",
        overflow,
    );
    expect(
        "local function f() return (('x'):gsub('x', f)) end return tostring(select(2, pcall(f)))",
        overflow,
    );
    expect(
        "local t = setmetatable({}, {}) getmetatable(t).__tostring = function(t) return string.format('%s', t) end return tostring(select(2, pcall(tostring, t)))",
        overflow,
    );
    expect("local function f() return load(f) end f() return 'survived'", "survived");
    expect(
        "local function f() local c = coroutine.wrap(f) return c() end return tostring(select(2, pcall(f)))",
        overflow,
    );
    expect(
        "local function f() local co = coroutine.create(f) return coroutine.resume(co) end f() return 'survived'",
        "survived",
    );
    expect("return tostring(select(2, xpcall(error, function(e) error(e) end, 'x')))", "");
    expect(
        "local t = setmetatable({}, {}) getmetatable(t).__close = function(x) local y <close> = x end return tostring(select(2, pcall(function() local z <close> = t end)))",
        overflow,
    );
    expect(
        "local t = setmetatable({}, {}) getmetatable(t).__eq = function(a, b) return a == setmetatable({}, getmetatable(t)) end return tostring(select(2, pcall(function() return t == setmetatable({}, getmetatable(t)) end)))",
        overflow,
    );
}

#[test]
fn stackless_chains_of_metatables() {
    for length in [1_000, 3_000, 100_000] {
        let build = format!(
            "local t = {{x = 'found'}} for i = 1, {length} do t = setmetatable({{}}, {{__index = t, __newindex = t, __call = t}}) end "
        );
        let _ = run(format!("{build} return t.x"));
        let _ = run(format!("{build} t.y = 1"));
        let _ = run(format!("{build} return t()"));
    }
}

#[test]
fn stackless_json() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [100, 200, 200_000] {
            let _ = run(format!(
                "return pcall(json.decode, ('{open}'):rep({depth}) .. '1' .. ('{close}'):rep({depth}))"
            ));
        }
    }
    expect(
        "local t = {} for i = 1, 200000 do t = {t} end return tostring(select(2, pcall(json.encode, t)))",
        "deep",
    );
    // Returned values cross the same way.
    let report = run("local t = {} for i = 1, 200000 do t = {t} end return t".to_owned());
    assert!(matches!(report.outcome, Outcome::Done(Err(_))), "{:?}", report.outcome);
    let report = run("local t = {} for i = 1, 200000 do t = {t} end error(t)".to_owned());
    assert!(matches!(report.outcome, Outcome::Failed(_)), "{:?}", report.outcome);
}

#[test]
fn stackless_deep_graphs_are_collected_and_dropped() {
    expect(
        "local t = {} for i = 1, 300000 do t = {t} end collectgarbage() t = nil collectgarbage() return 'collected'",
        "collected",
    );
    expect(
        "keep = {} for i = 1, 300000 do keep = {keep} end collectgarbage() return 'dropped with the session'",
        "dropped",
    );
    expect(
        "keep = print for i = 1, 200000 do local f = keep keep = function() return f end end collectgarbage() return 'closures'",
        "closures",
    );
    expect(
        "keep = 1 for i = 1, 20000 do local f = keep keep = coroutine.wrap(function() local g = f coroutine.yield() return g end) keep() end collectgarbage() return 'coroutines'",
        "coroutines",
    );
    expect(
        "keep = {} for i = 1, 200000 do keep = setmetatable({}, {__index = keep}) end collectgarbage() return 'metatables'",
        "metatables",
    );
}

#[test]
fn stackless_patterns() {
    let _ = run("return pcall(string.find, ('a'):rep(300000), ('a?'):rep(300000))".to_owned());
    let _ =
        run("return pcall(string.find, ('a'):rep(300000), ('(a'):rep(30) .. (')'):rep(30))"
            .to_owned());
    let _ = run("return pcall(string.match, ('a'):rep(300000), '(.-)b')".to_owned());
    let _ =
        run("return pcall(string.find, ('('):rep(100000) .. (')'):rep(100000), '%b()')".to_owned());
}
