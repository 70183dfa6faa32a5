//! Values on their way to host functions and back: whatever the slices, within the limits,
//! and given back afterwards.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

use moonfuel::{Bytes, Chunk, HostValue, Limits, Outcome, Report, Session, Variadic};

fn session(limits: Limits) -> Session {
    Session::builder()
        .limits(limits)
        .function("host.echo", |args: Variadic<HostValue>| Ok(args))
        .function("host.strings", |(count, bytes): (usize, usize)| {
            Ok(vec![Bytes(vec![b'x'; bytes]); count])
        })
        .build()
        .unwrap()
}

fn run(source: &str, limits: Limits, slice: u64) -> Report {
    let mut run = session(limits).start(Chunk::new(source.as_bytes()));
    while !run.step(slice).is_ended() {}
    run.finish().1
}

const SMALL: &str = "local a, b = host.echo({1, 2.5, k = 'v', [3] = {}}, 'x') return a, b";
const LARGE: &str = "local t = {} for i = 1, 3000 do t[i] = {i, ('s'):rep(i % 90), k = i / 3} end \
    local u = host.echo(t) local s = host.strings(3, 100000) return #u, u[2999].k, #s[3]";

#[test]
fn slices_change_nothing() {
    for source in [SMALL, LARGE] {
        let whole = run(source, Limits::default(), u64::MAX);
        assert!(whole.is_done() && whole.json().is_ok(), "{whole:?}");
        for slice in [1, 7, 1000] {
            assert_eq!(run(source, Limits::default(), slice), whole, "slices of {slice}");
        }
    }
}

#[test]
fn a_run_stops_at_its_fuel_wherever_its_values_are() {
    let needed = run(SMALL, Limits::default(), u64::MAX).usage.fuel_used;
    for fuel in 1..needed {
        let report = run(SMALL, Limits { fuel, ..Limits::default() }, u64::MAX);
        assert_eq!((report.outcome, report.usage.fuel_used), (Outcome::OutOfFuel, fuel));
    }
}

#[test]
fn what_does_not_fit_is_refused_and_what_was_held_is_given_back() {
    let limits = Limits { memory: 4 << 20, fuel: 100_000_000, ..Limits::default() };
    let mut session = session(limits);
    let tries = [
        // A graph that is a tree of 2^24 tables, one string many times, and their like back.
        "local t = {1, 2} for i = 1, 23 do t = {t, t} end return pcall(host.echo, t)",
        "local t, s = {}, ('x'):rep(100000) for i = 1, 400 do t[i] = s end return pcall(host.echo, t)",
        "return pcall(host.strings, 100, 100000)",
    ];
    let mut used = None;
    for _ in 0..3 {
        for source in tries {
            let report = session.run(source);
            assert_eq!(report.json().unwrap(), r#"[false,"not enough memory"]"#, "{source}");
            assert!(report.usage.memory_peak <= 4 << 20);
        }
        let after = session.run("collectgarbage() return collectgarbage('count')");
        let after = after.json().unwrap().to_owned();
        assert_eq!(*used.get_or_insert(after.clone()), after);
    }
}

#[test]
fn values_come_back_from_any_depth_that_goes_out() {
    for depth in [1, 125, 126, 127, 128] {
        let source = format!("local t = {{}} for i = 2, {depth} do t = {{t}} end return t");
        let report = run(&source, Limits::default(), u64::MAX);
        let mut value = report.values().unwrap().remove(0);
        for _ in 1..depth {
            value = value[0].take();
        }
        assert_eq!(value, serde_json::json!([]), "{depth}");
    }
    let report = run("return 1", Limits { fuel: 1, ..Limits::default() }, u64::MAX);
    assert_eq!(report.values().unwrap_err().kind.name(), "fuel");
}

#[test]
fn reports_are_bounded_and_readable() {
    let limits = Limits { output: 1000, ..Limits::default() };
    let long = ["error(('\\1'):rep(1e6), 0)", "error({('\\1'):rep(1e6), {[('k'):rep(1e5)] = 1}})"];
    for source in long {
        let report = run(source, limits.clone(), u64::MAX);
        let Outcome::Failed(error) = report.outcome else { panic!("{report:?}") };
        let message = String::from_utf8(error.message).unwrap();
        let escaped = serde_json::json!([message, error.traceback]).to_string();
        let value = error.value.unwrap_or_default();
        assert!(escaped.len() + value.len() < 64 * 1024);
        assert!(message.ends_with("...") || value.contains("..."));
        assert!(value.is_empty() || serde_json::from_str::<serde_json::Value>(&value).is_ok());
    }
    let report = run("return ('x'):rep(70000)", limits.clone(), u64::MAX);
    let error = report.json().unwrap_err();
    assert_eq!(error.kind.name(), "conversion");
    let message = String::from_utf8_lossy(&error.message).into_owned();
    assert!(message.contains("limit: output") && message.contains("--output"), "{message}");
    let report = run("print('hé') return {a = 'b'}", limits, u64::MAX);
    let shown = format!("{report:?}");
    assert!(shown.contains(r#"Done([{"a":"b"}])"#) && shown.contains("\"hé\\n\""), "{shown}");
}
