//! Invariant "A session takes no more after many runs": the memory that stays resident is flat
//! over many runs, many sessions and many failures.
//!
//! `MOONFUEL_SOAK=1 cargo test --release --test soak -- --nocapture` does it in full: a million
//! runs in one session, 100,000 sessions and 100,000 failed runs. Each is measured in a process
//! of its own, which is this program again.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_types,
    reason = "a test may stop, and tells what it measured"
)]

use moonfuel::{
    Chunk, Function, HostError, HostValue, Limits, Methods, Outcome, Profile, Reply, Session,
    UserData, Variadic,
};
use std::env;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// Tells this very program what to repeat, and how often.
const WHAT: &str = "MOONFUEL_SOAK_WHAT";
const TIMES: &str = "MOONFUEL_SOAK_TIMES";

/// What may be added between the middle of the way and its end: 2 in 100. Before that, what is
/// taken for good comes to be taken.
const GROWTH: f64 = 0.02;

/// What short runs do: a little of everything there is.
const RUNS: &[&str] = &[
    "n = (n or 0) + 1 return n",
    "local t = {} for i = 1, 20 do t[i] = {i, 'item ' .. i, x = i} end return t",
    "return ('the quick brown fox'):gsub('%w+', string.upper)",
    "local co = coroutine.wrap(function(...) local a = coroutine.yield(...) return a end) return co(1), co(2)",
    "return pcall(error, {code = n})",
    "last = setmetatable({}, {__gc = function() gone = (gone or 0) + 1 end}) return gone",
    "cache = cache or setmetatable({}, {__mode = 'k'}) cache[{}] = ('x'):rep(100) return 1",
    "return host.echo(1, 'two', {3, k = 'v'})",
    "return pcall(host.fail)",
    "return host.call(function(x) return x + 1 end, 5)",
    "host.keep(function() return n end) return 1",
    "local o = host.thing(7) return o:number(), tostring(o) ~= nil",
    "return json.decode(json.encode({1, {a = 'b'}, 2.5}))",
    "return load('local a, b = ... return a + b')(1, 2)",
    "local m = require('m') m.n = (m.n or 0) + 1 return m.n",
    "local t = {} for i = 1, 30 do t['key' .. i] = i end for k in pairs(t) do t[k] = nil end return next(t)",
    "local x <close> = setmetatable({}, {__close = function() closed = (closed or 0) + 1 end}) return closed",
    "return host.all{{host.echo, 1}, {host.echo, 2}}",
    "print('a line', n) io = nil return select('#', table.unpack({}, 1, 50))",
    "return args.n, args.list[2]",
];

/// What runs do that fail, each in another way.
const FAILURES: &[&str] = &[
    "t[1], t.new, list[#list + 1] = 'changed', {}, 1 error({t})",
    "for i = 1, 50 do t['k' .. i] = {i} end while true do end",
    "local keep = {} while true do keep[#keep + 1] = ('x'):rep(1000) .. #keep end",
    "while true do print('more and more') end",
    "while true do host.echo(1) end",
    "co() f() host.panic()",
    "host.keep(function() end) local o = host.thing(1) setmetatable(t, {__gc = print}) error('no')",
    "x = = 1",
    "string.len = nil",
    "w[{}] = 1 collectgarbage() require('m').n = 5 co() os.exit(3)",
    "coroutine.wrap(function() list[1] = nil while true do co() end end)()",
    "local function deep() return 1 + deep() end deep()",
];

const PREPARE: &str = "t, list, w = {a = 1}, {1, 2, 3}, setmetatable({}, {__mode = 'k'})
    co = coroutine.wrap(function() while true do coroutine.yield(1) end end) co()
    local n = 0 function f() n = n + 1 return n end";

struct Thing(i64);

impl UserData for Thing {
    const NAME: &'static str = "thing";

    fn add_methods(methods: &mut Methods<Self>) {
        methods.method("number", |this, ()| Ok(this.0));
    }
}

fn session(profile: Profile) -> Session {
    let kept: Arc<Mutex<Option<Function>>> = Arc::default();
    Session::builder()
        .profile(profile)
        .limits(Limits {
            fuel: 20_000,
            memory: 1 << 20,
            output: 4 << 10,
            host_calls: 100,
            ..Limits::default()
        })
        .module("m", "return {}")
        .object::<Thing>()
        .function("host.echo", |values: Variadic<HostValue>| Ok(values))
        .function("host.fail", |()| -> Result<(), HostError> { Err(HostError::new("no")) })
        .function("host.panic", |()| -> Result<(), HostError> {
            std::panic::resume_unwind(Box::new("a bug of the host's"))
        })
        .function("host.keep", move |function: Function| {
            *kept.lock().unwrap() = Some(function);
            Ok(())
        })
        .function_with("host.call", |_, (function, value): (Function, HostValue)| {
            Reply::call(&function, value, |_, result: Result<HostValue, HostError>| result)
        })
        .function_with("host.thing", |cx, number: i64| cx.object(Thing(number)))
        .build()
        .unwrap()
}

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = text.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

/// Repeats something and looks at what is resident, from the middle of the way on.
fn repeat(times: usize, mut once: impl FnMut(usize)) {
    let begin = times / 2;
    let (mut first, mut most) = (0, 0);
    let began = Instant::now();
    for n in 0..times {
        once(n);
        if n == begin {
            first = resident();
        } else if n > begin && n % (times / 50) == 0 {
            most = most.max(resident());
        }
    }
    most = most.max(resident());
    let a_second = times as f64 / began.elapsed().as_secs_f64();
    println!("resident: {first} {most} {a_second:.0}");
}

fn short_runs(times: usize) {
    let mut session = session(Profile::Strict);
    let args = serde_json::json!({"n": 1, "list": [1, 2, 3]});
    repeat(times, |n| {
        let source = RUNS[n % RUNS.len()];
        let mut chunk = Chunk::new(source.as_bytes());
        if source.contains("args") {
            chunk = chunk.args(args.clone());
        }
        let report = session.run_chunk(chunk);
        assert!(matches!(report.outcome, Outcome::Done(_)), "{source}: {:?}", report.outcome);
    });
}

fn dropped_sessions(times: usize) {
    repeat(times, |n| {
        let profile = if n % 5 == 0 { Profile::Compat } else { Profile::Strict };
        let mut session = session(profile);
        let report = session.run(RUNS[n % (RUNS.len() - 1)]);
        assert!(matches!(report.outcome, Outcome::Done(_)), "{:?}", report.outcome);
        // Some are dropped in the midst of a run, or after one that failed.
        match n % 3 {
            0 => drop(session),
            1 => {
                let mut run = session.start(Chunk::new(FAILURES[n % FAILURES.len()].as_bytes()));
                run.step(50);
            }
            _ => assert!(session.run("local t = {} error(t)").json().is_err()),
        }
    });
}

fn failed_runs(times: usize) {
    let mut session = session(Profile::Strict);
    assert!(session.run(PREPARE).is_done());
    repeat(times, |n| {
        let source = FAILURES[n % FAILURES.len()];
        let report = session.run(source);
        assert!(!report.is_done(), "{source}: {:?}", report.outcome);
    });
    let report = session.run("return t, #list, co(), f()");
    assert_eq!(report.json().unwrap(), r#"[{"a":1},3,1,1]"#);
}

/// Measures in a process of its own.
fn soak(what: &str, small: usize, full: usize) {
    let times = if env::var_os("MOONFUEL_SOAK").is_some() { full } else { small };
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "one_kind", "--nocapture"])
        .env(WHAT, what)
        .env(TIMES, times.to_string())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let figures = text.lines().find_map(|line| line.split_once("resident: "));
    let Some((_, figures)) = figures else {
        panic!("{text}\n{}", String::from_utf8_lossy(&output.stderr))
    };
    let figures: Vec<f64> = figures.split(' ').map(|figure| figure.parse().unwrap()).collect();
    let growth = figures[1] / figures[0] - 1.0;
    println!(
        "{what}: {times} times, {:.0} a second; {:.2} MiB, then at most {:+.2} %",
        figures[2],
        figures[0] / f64::from(1 << 20),
        growth * 100.0
    );
    assert!(growth <= GROWTH, "{what}: {figures:?}");
}

// threat: MEM-5
#[test]
fn runs_of_one_session_take_no_memory() {
    soak("runs", 80_000, 1_000_000);
}

// threat: MEM-5
#[test]
fn sessions_that_are_dropped_take_no_memory() {
    soak("sessions", 4_000, 100_000);
}

// threat: MEM-5
#[test]
fn failed_runs_take_no_memory() {
    soak("failures", 12_000, 100_000);
}

/// Measures one kind in a process of its own: see above. Does nothing when not asked to.
#[test]
fn one_kind() {
    let Some(times) = env::var(TIMES).ok().and_then(|text| text.parse().ok()) else { return };
    match env::var(WHAT).unwrap_or_default().as_str() {
        "runs" => short_runs(times),
        "sessions" => dropped_sessions(times),
        "failures" => failed_runs(times),
        other => panic!("nothing is called {other}"),
    }
}
