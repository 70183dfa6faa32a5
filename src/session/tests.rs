//! Tests of sessions.

mod anywhere;
mod at_once;
mod atomic;
mod generated;
mod hostile_windows;
mod images;
mod left;
mod pieces;
mod refused_callbacks;
mod refused_once;
mod resting;
mod scattered;
mod slices;
mod standard_input;
mod suspended;
mod waits;

#[test]
fn two_sessions_have_two_hash_keys() {
    let keys: std::collections::BTreeSet<u64> =
        (0..50).map(|_| crate::Session::builder().build().unwrap().config.hash_key).collect();
    assert_eq!(keys.len(), 50);
}

#[test]
fn a_limit_is_told_with_how_much_was_used() {
    let limits = crate::Limits {
        fuel: 600_000,
        memory: 1 << 20,
        output: 10,
        host_calls: 3,
        ..crate::Limits::default()
    };
    let message = |source: &str| {
        let builder = crate::Session::builder().hash_key(1).limits(limits.clone());
        let mut session = builder.function("ask", |()| Ok(1)).build().unwrap();
        session.run(source).json().unwrap_err().to_string()
    };
    let ends = |source: &str, text: &str| {
        let message = message(source);
        assert!(message.ends_with(text), "{message}");
    };
    ends("while true do end", "the run is out of fuel: 600000 units are used (limit: fuel)");
    ends(
        "while true do ask() end",
        "the run called the host too often: 3 calls (limit: host_calls)",
    );
    ends(
        "while true do print('four') end",
        "the run printed too much: 10 bytes are kept (limit: output)",
    );
    let memory = message("local t = {} for i = 1, 100 do t[i] = ('x'):rep(50000 + i) end");
    let peak = memory.split("with a peak of ").nth(1).and_then(|rest| rest.split(' ').next());
    let peak: u64 = peak.unwrap().parse().unwrap();
    assert!((900_000..=1 << 20).contains(&peak), "{memory}");
    assert!(memory.ends_with(" bytes (limit: memory)"), "{memory}");
}
