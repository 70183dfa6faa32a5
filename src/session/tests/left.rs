//! What calls have left on stacks: a collection may take it for registers' values, so waits and
//! runs that are undone leave it as it was.

use super::super::{Chunk, Session, SessionBuilder, Step};
use std::fmt::Write as _;

/// Functions of which the second, while its list grows, has slots where the first left a long
/// text. A collection takes that for a register's value.
fn leaving_a_text() -> String {
    let mut source = "list = {} function deep() ".to_owned();
    for at in 0..100 {
        let _ = write!(source, "local a{at} ");
    }
    source.push_str("local text = ('x'):rep(100000) end function wide() ");
    source.push_str("for i = 1, 60000 do list[i] = i end ");
    for at in 0..120 {
        let _ = write!(source, "local b{at} ");
    }
    source + "end "
}

fn waiting() -> SessionBuilder {
    Session::builder().hash_key(1).pending_function("ask")
}

#[test]
fn a_run_that_waits_comes_to_the_figures_of_one_that_does_not() {
    let functions = leaving_a_text();
    let inside = "coroutine.wrap(function() deep() ask(1) wide() end)()";
    for script in ["deep() ask(1) wide()", inside] {
        let source = format!("{functions} {script}");
        let ask = |n: i64| Ok(n);
        let mut whole = Session::builder().hash_key(1).function("ask", ask).build().unwrap();
        let expected = whole.run(&source);
        let mut run = waiting().build().unwrap().start(Chunk::from(&*source));
        loop {
            match run.step(u64::MAX) {
                Step::Running | Step::Called => {}
                Step::Pending(_) => {
                    let call = run.pending().remove(0);
                    run.answer(call.id, Ok(vec![1.into()])).unwrap();
                }
                _ => break,
            }
        }
        let report = run.finish().1;
        assert_eq!((report.outcome, report.usage), (expected.outcome, expected.usage), "{script}");
    }
}

#[test]
fn a_run_that_is_undone_leaves_what_calls_have_left() {
    let functions = leaving_a_text();
    let waiting = "co = coroutine.create(function() deep() coroutine.yield() wide() end)";
    let session = || {
        let mut session = Session::builder().hash_key(1).atomic(true).build().unwrap();
        session.run(format!("{functions} {waiting} coroutine.resume(co)")).json().unwrap();
        session
    };
    let expected = session().run("coroutine.resume(co)");
    for failing in [
        "error(1)",
        "collectgarbage() error(1)",
        "coroutine.resume(co) error(1)",
        "collectgarbage() coroutine.resume(co) error(1)",
        "coroutine.resume(co) collectgarbage() error(1)",
        "coroutine.close(co) collectgarbage() error(1)",
    ] {
        let mut session = session();
        for _ in 0..3 {
            assert!(!session.run(failing).is_done(), "{failing}");
        }
        let report = session.run("coroutine.resume(co)");
        assert_eq!(
            (&report.outcome, report.usage),
            (&expected.outcome, expected.usage),
            "{failing}"
        );
    }
}
