//! Compiling is a part of the run: it goes on in slices, costs what it costs, and takes
//! no memory that is not counted.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_types,
    reason = "a test may stop, and this one looks at the clock"
)]

use moonfuel::{Chunk, Limits, Outcome, Report, Session};
use std::time::{Duration, Instant};

fn limits() -> Limits {
    Limits { fuel: 200_000_000, memory: 64 << 20, ..Limits::default() }
}

fn session() -> Session {
    limited(limits())
}

fn limited(limits: Limits) -> Session {
    let builder = Session::builder().limits(limits);
    builder.module("m", "local x = ... return { x, function() return x end }").build().unwrap()
}

fn sliced(source: &str, slice: u64) -> Report {
    let mut run = session().start(Chunk::new(source.as_bytes()));
    while !run.step(slice).is_ended() {}
    run.finish().1
}

/// Functions of all kinds, some 10 KB.
fn program() -> String {
    let function = "local function f(a, b, ...)
  local t <const>, u = 1, { a, b, x = a .. 'text', [b] = 2.5, ... }
  for i, v in pairs(u) do if i == t then goto next elseif not v then break end ::next:: end
  while a and (b or not a) do local c <close> = nil repeat a = nil until not a end
  return function(...) u[#u + 1] = ... return t, u, -a // 7 end
end\n";
    // Blocks, since a function has at most 200 variables.
    let blocks = format!("do {function} end\n").repeat(20);
    format!("{blocks} return 1, 'x', {{ 2 }}")
}

#[test]
fn slices_change_nothing() {
    let loads = r#"
local n = 0
local f = load(function() n = n + 1 return n < 60 and "local a" .. n .. " = '\65" .. n .. "' " or nil end)
print(f, select(2, load("x = 'a\\q'")), select(2, load("goto x")), select(2, load("x = = 1")))
local m = require "m"
print(m[1], m[2]())
return load("local a, b = ... return function() return a + b end")(1, 2)()"#;
    for source in [program(), loads.to_owned(), "x = 1 ".repeat(3000) + "x = = 1"] {
        let whole = sliced(&source, u64::MAX);
        for slice in [1, 7, 1000] {
            assert_eq!(sliced(&source, slice), whole, "{source:.40} in slices of {slice}");
        }
    }
}

#[test]
fn an_error_costs_what_it_takes_to_find() {
    let source = "x = 1 ".repeat(1000) + "x = = 1";
    let whole = sliced(&source, u64::MAX);
    let Outcome::Failed(error) = &whole.outcome else { panic!("{:?}", whole.outcome) };
    assert_eq!(error.line, Some(1));
    assert!(whole.usage.fuel_used > 6000);
    for fuel in [39, 6000, whole.usage.fuel_used - 1] {
        let report = limited(Limits { fuel, ..limits() }).run(&source);
        assert_eq!((report.outcome, report.usage.fuel_used), (Outcome::OutOfFuel, fuel));
    }
    let limits = Limits { fuel: whole.usage.fuel_used, ..limits() };
    assert_eq!(limited(limits).run(&source), whole);
}

#[test]
fn no_slice_of_a_long_compilation_takes_long() {
    // Each in one place: one token, one function, one block, one list.
    let sources = [
        "x = 1 ".repeat(900_000),
        format!("return '{}'", "\\65".repeat(1_700_000)),
        format!("--[[{}]]", "- ".repeat(2_500_000)),
        format!("if nil then return {{{}}} end", "{},".repeat(1_000_000)),
        "goto x ".repeat(700_000) + "::x::",
        format!("goto e ::x:: {} ::e::", "goto x ".repeat(700_000)),
    ];
    for source in sources {
        let limits = Limits { fuel: 1 << 40, memory: 4 << 30, source: 1 << 30, ..limits() };
        let session = Session::builder().limits(limits).build().unwrap();
        let mut run = session.start(Chunk::new(source.as_bytes()).named("=long"));
        let (mut longest, mut steps) = (Duration::ZERO, 0);
        loop {
            let before = Instant::now();
            let over = run.step(50_000).is_ended();
            longest = longest.max(before.elapsed());
            if over {
                break;
            }
            steps += 1;
        }
        let report = run.finish().1;
        assert!(report.is_done(), "{source:.40}: {:?}", report.outcome);
        assert!(steps > 50, "{source:.40}: {steps} steps");
        // A slice is some milliseconds; machines that do other things take longer.
        assert!(longest < Duration::from_millis(400), "{source:.40}: {longest:?}");
    }
}

#[test]
fn all_memory_is_given_back() {
    let source = r#"
local sources = {
  "return 1", "x = = 1", "goto x", "local a <const> = 1 a = 2", "x = '\\q'",
  ("local a = 'abc' .. a "):rep(150), "return " .. ("{1, 2.5, 'x', f = function() return a end},"):rep(50),
  "return {" .. ("{1, 'long " .. ("x"):rep(100) .. "'},"):rep(50) .. "}",
  ("do local function f(a) return function() return a, f end end end "):rep(30) .. "x = = 2",
}
local function all() for i = 1, #sources do for _ = 1, 20 do load(sources[i], ("n"):rep(3000)) end end end
all() collectgarbage() collectgarbage()
local before = collectgarbage("count")
all() all() all() collectgarbage() collectgarbage()
return collectgarbage("count") - before"#;
    let report = session().run(source);
    assert_eq!(report.json().unwrap(), "[0.0]");
}

#[test]
fn refused_memory_leaves_nothing_behind() {
    // Whatever is refused in a compilation, it gives all back and the next one works.
    let source = r#"
local text = ("local a = {1, 'text', function(b) return b, a.b.c end} do goto x ::x:: end "):rep(150)
local junk, failed = {}, 0
for i = 1, 400 do junk[i] = ("x"):rep(10000) .. i end
for i = 1, 300 do
  local f, message = load(text .. i)
  if not f then failed = failed + 1 end
  if i % 10 == 0 then junk[#junk] = nil end
end
junk = nil collectgarbage()
assert(load(text))
return failed > 0, collectgarbage("count") < 2000"#;
    for memory in [4_300_000, 4_400_000, 4_500_000] {
        let report = limited(Limits { memory, ..limits() }).run(source);
        assert!(report.is_done() || report.outcome == Outcome::OutOfMemory, "{report:?}");
    }
}

#[test]
fn messages_are_those_of_puc() {
    let cases = [
        (
            "do goto x\ngoto x\nlocal a\n::x:: print() end",
            "<goto x> at line 1 jumps into the scope of local 'a'",
        ),
        ("do do goto y end goto x end ::x::", "no visible label 'y' for <goto> at line 1"),
        ("do do do break end end end", "break outside loop at line 1"),
        ("::a::\n::a::", "label 'a' already defined on line 2"),
        ("local x <const> = 1\n\nx = [[\n\n]]", "t:3: attempt to assign to const variable 'x'"),
        ("x = }", "t:1: unexpected symbol near '}'"),
    ];
    for (source, expected) in cases {
        let report = session().run(format!("return select(2, load({source:?}, '=t'))"));
        let message = report.json().unwrap();
        assert!(message.contains(expected), "{source}: {message}");
    }
}
