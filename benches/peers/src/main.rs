//! What a call of a host function costs beside an empty loop, here and in mlua, measured in
//! turns in one process: the ratio is what counts.
//!
//! Run: `cd benches/peers && cargo run --release`

#![allow(
    clippy::print_stdout,
    clippy::disallowed_types,
    reason = "it measures, and says what it measured"
)]

use moonfuel::{Limits, Session};
use std::error::Error;
use std::time::Instant;

/// Calls in one measurement, and how often each is taken: the best counts.
const CALLS: u32 = 2_000_000;
const ROUNDS: usize = 15;

/// What is called in a loop, beside nothing at all.
const BODIES: [(&str, &str); 4] = [
    ("integer in and out", "inc(i)"),
    ("two integers", "add(i, i)"),
    ("short string in", "len('abcdefgh')"),
    ("table of three in", "total({1, 2, 3})"),
];

fn source(body: &str) -> String {
    format!(
        "local inc, add, len, total = inc, add, len, total for i = 1, {CALLS} do {body} end"
    )
}

fn moonfuel() -> Result<Session, moonfuel::LuaError> {
    let limits = Limits { fuel: u64::MAX / 4, host_calls: u64::MAX, ..Limits::default() };
    Session::builder()
        .limits(limits)
        .function("inc", |n: i64| Ok(n + 1))
        .function("add", |(a, b): (i64, i64)| Ok(a + b))
        .function("len", |text: String| Ok(text.len()))
        .function("total", |list: Vec<i64>| Ok(list.iter().sum::<i64>()))
        .build()
}

fn mlua() -> mlua::Result<mlua::Lua> {
    let lua = mlua::Lua::new();
    let globals = lua.globals();
    globals.set("inc", lua.create_function(|_, n: i64| Ok(n + 1))?)?;
    globals.set("add", lua.create_function(|_, (a, b): (i64, i64)| Ok(a + b))?)?;
    globals.set("len", lua.create_function(|_, text: String| Ok(text.len()))?)?;
    globals.set("total", lua.create_function(|_, list: Vec<i64>| Ok(list.iter().sum::<i64>()))?)?;
    Ok(lua)
}

/// Returns the nanoseconds of one round of a loop.
fn timed(run: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    run()?;
    Ok(start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS))
}

/// The least of both for a loop with this body.
fn measure(body: &str) -> Result<[f64; 2], Box<dyn Error>> {
    let source = source(body);
    let (mut ours, theirs) = (moonfuel()?, mlua()?);
    let mut best = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        let run = || Ok(ours.run(&source).json().map(|_| ())?);
        best[0] = best[0].min(timed(run)?);
        let run = || Ok(theirs.load(&source).exec()?);
        best[1] = best[1].min(timed(run)?);
    }
    Ok(best)
}

fn main() -> Result<(), Box<dyn Error>> {
    let empty = measure("")?;
    println!("{:24}{:>10}{:>10}{:>8}", "ns a call", "moonfuel", "mlua", "ratio");
    println!("{:24}{:>10.1}{:>10.1}{:>8.2}", "(empty loop)", empty[0], empty[1], empty[0] / empty[1]);
    for (name, body) in BODIES {
        let whole = measure(body)?;
        let [ours, theirs] = [whole[0] - empty[0], whole[1] - empty[1]];
        println!("{name:24}{ours:>10.1}{theirs:>10.1}{:>8.2}", ours / theirs);
    }
    Ok(())
}
