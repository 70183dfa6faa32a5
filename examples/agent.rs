//! An agent's host: a session for each user, with tools over that user's own store, under
//! limits and a deadline.
//!
//! Run: `cargo run --release --example agent`

#![allow(clippy::print_stdout, unreachable_pub, reason = "an example shows its results")]

use moonfuel::drive::drive;
use moonfuel::{Chunk, HostError, HostValue, Limits, LuaError, Report, Serde, Session};
use std::collections::HashMap;
use std::thread::sleep;
use std::time::Duration;

/// What a script may ask the search for.
#[derive(serde::Deserialize)]
struct Query {
    text: String,
    #[serde(default)]
    limit: Option<usize>,
}

/// A session with the tools of one user.
fn session() -> Result<Session, LuaError> {
    let mut store: HashMap<String, HostValue> = HashMap::new();
    Session::builder()
        .limits(Limits { fuel: 10_000_000, memory: 16 << 20, ..Limits::default() })
        // Typed arguments: a key and any value; gives back what was there.
        .function("kv.swap", move |(key, value): (String, HostValue)| Ok(store.insert(key, value)))
        // A table as a type of serde's.
        .function("search", |Serde(query): Serde<Query>| {
            let hits = (1..=query.limit.unwrap_or(2)).map(|n| format!("{} #{n}", query.text));
            Ok(hits.collect::<Vec<_>>())
        })
        // Fails with a table that the script can look into.
        .function("pay", |cents: u64| -> Result<(), HostError> {
            let refusal = [("code", 402.into()), ("cents", (cents as i64).into())];
            Err(HostError::value(HostValue::object(refusal)))
        })
        // Slow, and stops when the run must.
        .function_with("render", |cx, pages: u64| {
            for _ in 0..pages {
                cx.check()?;
                cx.charge(1000)?;
                sleep(Duration::from_millis(1));
            }
            Ok(format!("{pages} pages"))
        })
        .build()
}

/// The sessions of all users.
#[derive(Default)]
pub struct Host(HashMap<String, Session>);

impl Host {
    /// Runs a script for a user, within a deadline.
    pub fn run(&mut self, user: &str, script: &str) -> Result<Report, LuaError> {
        let session = self.0.remove(user).map_or_else(session, Ok)?;
        let chunk = Chunk::new(script.as_bytes()).named("=agent");
        let (session, report) = drive(session, chunk, Duration::from_millis(500), &mut |_| ());
        self.0.insert(user.to_owned(), session);
        Ok(report)
    }
}

#[allow(dead_code, reason = "the tests of the examples call the functions above")]
fn main() -> Result<(), LuaError> {
    let mut host = Host::default();
    host.run("ann", "kv.swap('seen', {1, 2})")?.json()?;
    let report = host.run("ann", "return kv.swap('seen', nil), search{text = 'moon'}")?;
    println!("{}", report.json()?);
    let report = host.run("bob", "local ok, e = pcall(pay, 100) return ok, e.code, render(3)")?;
    println!("{}", report.json()?);
    println!("{}", host.run("bob", "kv.swap({})")?.json().unwrap_err());
    println!("{:?}", host.run("bob", "while true do pcall(render, 1000) end")?.outcome);
    Ok(())
}
