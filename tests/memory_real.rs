//! Invariant "The account is all there is", object by object: what a process grows by for
//! each object, the collector's work on it included, is at most a tenth more than what the
//! script is charged, with the system's allocator as with any that adds no more.

#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may stop, and talks to itself"
)]

use moonfuel::{Limits, Session};
use std::process::Command;

/// Tells this very program to measure, and which kind of object.
const KIND: &str = "MOONFUEL_MEMORY_KIND";
const OBJECTS: usize = 200_000;

/// Expressions that make an object of a kind, with `i` counting them.
const KINDS: &[(&str, &str)] = &[
    ("empty table", "{}"),
    ("pair", "{i, i}"),
    ("list of one", "{i}"),
    ("list of five", "{i, i, i, i, i}"),
    ("record of one", "{x = i}"),
    ("record of two", "{x = i, y = i}"),
    ("record of four", "{x = i, y = i, z = i, w = i}"),
    ("mixed", "{i, x = i}"),
    ("short string", "'a' .. i"),
    ("string of 20 bytes", "('%020d'):format(i)"),
    ("string of 30 bytes", "('%030d'):format(i)"),
    ("string of 41 bytes", "('%041d'):format(i)"),
    ("string of 64 bytes", "('%064d'):format(i)"),
    ("long string", "('%08d'):format(i):rep(30)"),
    ("closure", "function() return i end"),
    ("closure over two", "(function(a, b) return function() return a, b end end)(i, i)"),
    (
        "closure over five",
        "(function(a, b, c, d, e) return function() return a, b, c, d, e end end)(i, i, i, i, i)",
    ),
    ("coroutine", "coroutine.create(print)"),
    ("iterator", "('x'):gmatch('x')"),
    ("weak table", "setmetatable({}, weak)"),
    ("finalizable", "setmetatable({}, final)"),
];

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("a size");
    let pages = text.split(' ').nth(1).and_then(|word| word.parse::<u64>().ok());
    pages.expect("a number") * 4096
}

/// Returns how often this thread had to get a page of memory.
fn faults() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/stat").expect("a thread's figures");
    // The name, which may hold anything, ends with the last parenthesis.
    let figures = text.rsplit(')').next().expect("figures");
    let minor = figures.split_whitespace().nth(7).and_then(|word| word.parse().ok());
    minor.expect("a number")
}

/// What one collection frees and the next stretch of the program takes again stays: beside a
/// large array the pages of small objects were had anew after each.
#[test]
fn garbage_beside_a_large_array_takes_the_same_pages_again() {
    let limits = Limits { memory: 256 << 20, fuel: 1 << 40, ..Limits::default() };
    let session = Session::builder().limits(limits).function("faults", |()| Ok(faults() as i64));
    let report = session.build().expect("a session").run(
        "local live = {}
        for i = 1, 500000 do live[i] = i end
        local function garbage() for i = 1, 200000 do local x = {i, i} end end
        garbage()
        local before = faults()
        for i = 1, 5 do garbage() end
        return faults() - before",
    );
    let taken = report.values().expect("a figure")[0].as_i64().expect("a number");
    // A million tables of more than 100 bytes are 25,000 pages, of which 2,000 are in use at once.
    assert!(taken < 4_000, "{taken} pages");
}

#[test]
fn objects_take_what_they_are_charged() {
    let itself = std::env::current_exe().expect("this program");
    let mut findings = Vec::new();
    for (kind, _) in KINDS {
        let output = Command::new(&itself)
            .args(["--exact", "one_kind", "--nocapture"])
            .env(KIND, kind)
            .output()
            .expect("this program");
        let text = String::from_utf8_lossy(&output.stdout);
        let figures = text.lines().find_map(|line| line.split_once("taken and charged: "));
        let figures = figures.expect(&text).1.split_once(' ').expect("two figures");
        let (taken, charged): (f64, f64) =
            (figures.0.parse().expect("a figure"), figures.1.parse().expect("a figure"));
        if std::env::var_os("MOONFUEL_SHOW").is_some() {
            println!("{kind}: {taken:.0} bytes taken, {charged:.0} charged");
        }
        if taken > charged * 1.1 {
            findings.push(format!("{kind}: {taken:.0} bytes taken, {charged:.0} charged"));
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

/// Measures one kind in a process of its own: see above. Does nothing when not asked to.
#[test]
fn one_kind() {
    let Ok(kind) = std::env::var(KIND) else { return };
    let (_, expression) = KINDS.iter().find(|(name, _)| *name == kind).expect("a kind");
    let limits =
        Limits { memory: 1 << 30, fuel: u64::MAX, coroutines: u64::MAX, ..Limits::default() };
    let mut session = Session::builder().limits(limits).build().expect("a session");
    let charged = |session: &mut Session, code: &str| {
        let report = session.run(format!(
            "{code} collectgarbage() collectgarbage() return collectgarbage('count') * 1024"
        ));
        assert!(report.is_done(), "{:?}", report.outcome);
        report.values().expect("a figure")[0].as_f64().expect("a number")
    };
    let prepare = format!(
        "weak = {{__mode = 'k'}} final = {{__gc = function() end}} \
         all = {{}} for i = 1, {OBJECTS} do all[i] = i end"
    );
    let logical = charged(&mut session, &prepare);
    let real = resident();
    let make = format!("for i = 1, {OBJECTS} do all[i] = {expression} end");
    let logical = charged(&mut session, &make) - logical;
    let real = resident().saturating_sub(real);
    println!("taken and charged: {} {}", real as f64 / OBJECTS as f64, logical / OBJECTS as f64);
}
