//! What calls have left on stacks: a collection may take it for registers' values, so waits and
//! runs that are undone leave it as it was.

use crate::session::Session;
use crate::session::functions::reply::Reply;
use crate::session::functions::user_data::{Methods, UserData};
use crate::session::making::builder::SessionBuilder;
use crate::session::runs::run::Step;
use crate::session::values::chunk::Chunk;
use crate::session::values::function::Function;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use crate::session::values::limits::Limits;
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

/// An object that cannot be saved.
struct Thing;

impl UserData for Thing {
    const NAME: &'static str = "thing";

    fn add_methods(_: &mut Methods<Self>) {}
}

/// Sessions whose host calls a function of the script's, makes objects, and has something to
/// wait for.
fn calling_back() -> SessionBuilder {
    waiting()
        .object::<Thing>()
        .function_with("make", |cx, ()| cx.object(Thing))
        .function_with("call", |_, f: Function| {
            Reply::call(&f, (), |_, got: Result<HostValue, HostError>| got)
        })
}

#[test]
fn of_what_cannot_be_saved_it_is_saved_what_it_takes() {
    // The host's call is long over where the run waits, and what it kept cannot be saved. Below
    // it lies a text, which must not be taken for gone with it.
    let deeper = "function deeper() local a, b, c, d, e, f, g, h pcall(call, error) end";
    let dead = "coroutine.wrap(function() call(error) end)";
    let dying = format!("function deeper() local a, b, c, d, e, f, g, h pcall({dead}) end");
    let making = "function deeper() local a, b, c, d, e, f, g, h = 1, 2, 3, 4, 5, 6, make() end";
    for script in [
        format!("{deeper} deep() deeper() ask(1) wide()"),
        format!("{making} deep() deeper() ask(1) wide() wide()"),
        format!("{making} {deeper} deep() deeper() coroutine.wrap(deeper)() ask(1) wide() wide()"),
        format!("{dying} deep() deeper() ask(1) wide() wide()"),
        format!(
            "local co = {dead} pcall(co) deep() ask(1) wide() co = nil collectgarbage() wide()"
        ),
    ] {
        let source = format!("{} {script}", leaving_a_text());
        let going_on = |saved: bool| {
            let mut run = calling_back().build().unwrap().start(Chunk::from(&*source));
            while run.pending().is_empty() {
                assert!(!run.step(u64::MAX).is_ended(), "{script}");
            }
            if saved {
                let bytes = run.snapshot().unwrap();
                run = calling_back().restore_run(&bytes).unwrap();
                let again = run.snapshot().unwrap();
                assert_eq!(bytes, again, "{script}");
            }
            let call = run.pending().remove(0);
            run.answer(call.id, Ok(vec![1.into()])).unwrap();
            while !run.step(u64::MAX).is_ended() {}
            let (mut session, report) = run.finish();
            let after = session.run("collectgarbage() wide()");
            (report.outcome, report.usage, after.usage, session.digest())
        };
        assert_eq!(going_on(true), going_on(false), "{script}");
    }
}

#[test]
fn handles_in_what_calls_have_left_are_not_the_hosts() {
    // Memory for the reply is refused half-way, and what is left of it has the script's function.
    let nest =
        |f: Function| (0..100).fold(f.into(), |inner: HostValue, _| HostValue::Array(vec![inner]));
    let builder =
        || Session::builder().hash_key(1).function("nest", move |f: Function| Ok(nest(f)));
    let call = "ok, why = pcall(nest, function() end)";
    let finalizer = format!("setmetatable({{}}, {{__gc = function() {call} end}})");
    let mut refused = [0; 3];
    for (at, source) in [
        format!("{call} return ok, why"),
        format!("coroutine.wrap(function() {call} end)() return ok, why"),
        format!("{finalizer} collectgarbage() collectgarbage() return ok, why"),
    ]
    .iter()
    .enumerate()
    {
        for memory in (20_000..60_000).step_by(1000) {
            let limits = Limits { memory, ..Limits::unlimited() };
            // Saved behind the slice with this number.
            let going_on = |saved: usize| {
                let chunk = Chunk::from(&**source).limits(limits.clone());
                let mut run = builder().build().unwrap().start(chunk);
                let mut slices = 0;
                while !run.step(150).is_ended() {
                    slices += 1;
                    if slices == saved
                        && let Ok(bytes) = run.snapshot()
                    {
                        run = builder().restore_run(&bytes).unwrap();
                    }
                }
                let (mut session, report) = run.finish();
                let after = session.run("local f, g = nest(print), nest(type)");
                (slices, (report.outcome, report.usage, after.usage, session.digest()))
            };
            let (slices, expected) = going_on(0);
            refused[at] += usize::from(format!("{expected:?}").contains("not enough memory"));
            for saved in 1..=slices {
                assert_eq!(going_on(saved).1, expected, "{memory} {saved} of {slices}: {source}");
            }
        }
    }
    assert!(refused.iter().all(|count| *count > 3), "{refused:?}");
}

#[test]
fn what_cannot_be_saved_is_not_taken_for_left_where_a_script_can_reach_it() {
    let weak = "weak = setmetatable({}, {__mode = 'v'})";
    for (script, saved) in [
        ("local x = make() ask(1) return x", false),
        (
            "local co = coroutine.create(function() local x = make() coroutine.yield() end) \
          coroutine.resume(co) ask(1)",
            false,
        ),
        ("do local a, b, c, x = 1, 2, 3, make() weak[1] = x end ask(1) return weak[1]", false),
        ("do local a, b, c, x = 1, 2, 3, make() end ask(1)", true),
    ] {
        let mut run =
            calling_back().build().unwrap().start(Chunk::from(&*format!("{weak} {script}")));
        while run.pending().is_empty() {
            assert!(!run.step(u64::MAX).is_ended(), "{script}");
        }
        let bytes = run.snapshot();
        assert_eq!(bytes.is_ok(), saved, "{script}: {bytes:?}");
    }
}
