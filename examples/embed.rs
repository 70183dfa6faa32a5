//! Runs Lua in a Rust program: a session, a run, its values; then limits and a
//! function of the host.
//!
//! Run: `cargo run --release --example embed`

#![allow(clippy::print_stdout, unreachable_pub, reason = "an example shows its results")]

use moonfuel::{Limits, LuaError, Outcome, Session};

/// The shortest program: three statements.
pub fn hello() -> Result<String, LuaError> {
    let mut session = Session::builder().build()?;
    let report = session.run("return 6 * 7, {name = 'moon'}");
    Ok(report.json()?.to_owned())
}

/// What a script calls, what it prints, and what it costs.
pub fn with_a_host_function() -> Result<(String, u64), LuaError> {
    let price = |name: String| Ok(name.len() * 10);
    let mut session = Session::builder().function("shop.price", price).build()?;
    let report = session.run("print('apples cost ' .. shop.price('apples'))");
    let calls = report.usage.host_calls;
    Ok((String::from_utf8_lossy(&report.output).into_owned(), calls))
}

/// No script runs longer than its fuel, whatever it catches.
pub fn runaway() -> Result<(Outcome, u64), LuaError> {
    let limits = Limits { fuel: 1_000_000, ..Limits::default() };
    let mut session = Session::builder().limits(limits).build()?;
    let report = session.run("while true do pcall(function() while true do end end) end");
    Ok((report.outcome, report.usage.fuel_used))
}

#[allow(dead_code, reason = "the tests of the examples call the functions above")]
fn main() -> Result<(), LuaError> {
    println!("{}", hello()?);
    let (output, calls) = with_a_host_function()?;
    print!("{output}");
    println!("({calls} host call)");
    let (outcome, fuel) = runaway()?;
    println!("{outcome:?} after {fuel} units of fuel");
    Ok(())
}
