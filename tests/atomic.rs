//! Runs that fail leave their session as it was.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use moonfuel::{Chunk, Limits, Outcome, Session};

fn session() -> Session {
    Session::builder().build().unwrap()
}

#[test]
fn variables_of_closures_are_as_before() {
    let mut session = session();
    session.run("local n = 0; function inc() n = n + 1; return n end; function get() return n end");
    assert_eq!(session.run("return inc()").json().unwrap(), "[1]");
    for _ in 0..3 {
        session.run("for i = 1, 10 do inc() end error('no')");
        assert_eq!(session.run("return get()").json().unwrap(), "[1]");
    }
}

#[test]
fn coroutines_are_as_before() {
    let mut session = session();
    let report = session.run(
        "local n = 0
         get = function() return n end
         co = coroutine.wrap(function() for i = 1, 100 do n = n + i; coroutine.yield(i) end end)
         gm = string.gmatch('a b c d e', '%a')
         co() gm()",
    );
    assert!(report.is_done(), "{report:?}");
    for _ in 0..3 {
        let report = session.run("return co(), co(), gm(), error('x')");
        assert!(!report.is_done());
        let report = session.run_chunk(
            Chunk::new(b"while true do co() end")
                .limits(Limits { fuel: 3000, ..Limits::unlimited() }),
        );
        assert!(!report.is_done(), "{report:?}");
        assert_eq!(session.run("return get()").json().unwrap(), "[1]");
    }
    assert_eq!(session.run("return co(), gm(), get()").json().unwrap(), r#"[2,"b",3]"#);
}

#[test]
fn execute_keeps_nothing() {
    let mut session = session();
    for _ in 0..3 {
        let report =
            session.execute("math.randomseed(7); return math.random(1000), tostring({})", None);
        assert!(report.is_done(), "{report:?}");
        let first = report.json().unwrap().to_owned();
        let again =
            session.execute("math.randomseed(7); return math.random(1000), tostring({})", None);
        assert_eq!(again.json().unwrap(), first);
        assert_eq!(again.usage, report.usage);
    }
    assert_eq!(session.execute("return 1", None).outcome, Outcome::Done(Ok("[1]".to_owned())));
}
