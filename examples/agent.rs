//! An agent's host: a session for each user, five tools, an object, limits and a deadline.

#![allow(clippy::print_stdout, unreachable_pub, reason = "an example shows its results")]

use moonfuel::drive::drive;
use moonfuel::{Chunk, Function, HostError, HostValue, Limits, LuaError, Report, Session};
use moonfuel::{Methods, Reply, UserData};
use std::{collections::BTreeMap, thread::sleep, time::Duration};

type Users = BTreeMap<String, Session>;

/// An object that scripts hold: `counter():add(2)`.
struct Counter(i64);

impl UserData for Counter {
    const NAME: &'static str = "counter";

    fn add_methods(methods: &mut Methods<Self>) {
        methods.method("add", |this, by: Option<i64>| {
            this.0 += by.unwrap_or(1);
            Ok(this.0)
        })
    }
}

/// A session with the tools of one user.
fn session() -> Result<Session, LuaError> {
    let mut store = BTreeMap::new();
    Session::builder()
        .limits(Limits { fuel: 10_000_000, memory: 16 << 20, ..Limits::default() })
        .object::<Counter>()
        .function_with("counter", |cx, ()| cx.object(Counter(0)))
        // Typed arguments: a key and any value; gives back what was there.
        .function("kv.swap", move |(key, value): (String, HostValue)| Ok(store.insert(key, value)))
        .async_function("fetch", async |url: String| Ok(format!("the page at {url}")))
        // Fails with a table that the script can look into.
        .function("pay", |cents: i64| -> Result<(), HostError> {
            Err(HostError::value(HostValue::object([
                ("code", 402.into()),
                ("cents", cents.into()),
            ])))
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
        .function_with("ask", |_, (question, answer): (String, Function)| {
            Reply::call(&answer, question + "?", |_, said: Result<String, _>| Ok(said? + "!"))
        })
        .build()
}

/// Runs a script for a user, within a deadline.
pub fn run(users: &mut Users, user: &str, script: &str) -> Result<Report, LuaError> {
    let session = users.remove(user).map_or_else(session, Ok)?;
    let chunk = Chunk::new(script.as_bytes()).named("=agent");
    let (session, report) = drive(session, chunk, Duration::from_millis(500), &mut |_| ());
    users.insert(user.to_owned(), session);
    Ok(report)
}

#[allow(dead_code, reason = "the tests of the examples call the functions above")]
fn main() -> Result<(), LuaError> {
    let mut users = Users::new();
    for (user, script) in [
        ("ann", "kv.swap('seen', {1, 2}) c = counter() return fetch('moon'), c:add(2)"),
        ("ann", "local ok, e = pcall(pay, 100) return ok, e.code, c:add(), render(3)"),
        ("bob", "return kv.swap('seen', 1), ask('who', function(q) return q end)"),
        ("bob", "while true do pcall(render, 1000) end"),
    ] {
        println!("{user}: {:?}", run(&mut users, user, script)?.outcome);
    }
    Ok(())
}
