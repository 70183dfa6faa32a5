//! Runs that wait give room back, and nobody can tell.

use crate::session::Session;
use crate::session::making::builder::SessionBuilder;
use crate::session::runs::run::{Run, Step};
use crate::session::values::chunk::Chunk;
use crate::session::values::outcome::{Outcome, Report};

/// Asks from a coroutine and from the main function, which were both much deeper before, and
/// have variables that closures share.
const SCRIPT: &str = "
local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end
local n = deep(100)
local function count() n = n + 1 return n end
local asking = coroutine.wrap(function(...)
  local inner = deep(80)
  local function both() n = n + inner return n end
  local said = ask(select('#', ...), both())
  return said + both(), deep(120)
end)
local said, deeper = asking(table.unpack({1, 2, 3}))
return ask(said, count()), deeper, deep(90), n";

fn waiting(atomic: bool) -> SessionBuilder {
    Session::builder().hash_key(1).atomic(atomic).pending_function("ask")
}

/// Answers the call that the run waits for, if it does.
fn answer(run: &mut Run) {
    if let Some(call) = run.pending().pop() {
        let sum = call.args.iter().filter_map(|arg| arg.to::<i64>().ok()).sum::<i64>();
        run.answer(call.id, Ok(vec![sum.into()])).unwrap();
    }
}

fn go_on(run: &mut Run) -> Step {
    loop {
        match run.step(1000) {
            Step::Running | Step::Called => {}
            step => return step,
        }
    }
}

/// Returns slots there are and slots that are charged for, of all threads that wait.
fn room(run: &mut Run) -> Vec<(usize, usize)> {
    run.session.machine.0.enter(|ctx| {
        let first = ctx.state.current.get();
        std::iter::successors(Some(first), |thread| thread.state().resumer)
            .map(|thread| (thread.state().stack.capacity(), thread.state().room().0))
            .collect()
    })
}

#[test]
fn figures_are_those_of_a_run_that_never_waits() {
    let sum = |(a, b): (i64, i64)| Ok(a + b);
    let mut whole = Session::builder().hash_key(1).function("ask", sum).build().unwrap();
    let Report { outcome, usage, .. } = whole.run(SCRIPT);
    assert_eq!(outcome, Outcome::Done(Ok("[704,120,90,261]".to_owned())));
    let mut run = waiting(true).build().unwrap().start(Chunk::from(SCRIPT));
    let mut waits = 0;
    while !go_on(&mut run).is_ended() {
        waits += 1;
        for (there, charged) in room(&mut run) {
            assert!(there * 4 < charged, "{there} of {charged} slots");
        }
        // Whoever looks at it, or goes on elsewhere, finds the same.
        let snapshot = run.snapshot().unwrap();
        if waits % 2 == 0 {
            run = waiting(true).restore_run(&snapshot).unwrap();
        } else {
            let mut other = run.fork(waiting(true)).unwrap();
            assert_eq!(other.snapshot().unwrap(), snapshot);
            answer(&mut other);
            assert!(!go_on(&mut other).is_ended());
        }
        answer(&mut run);
    }
    assert_eq!(waits, 2);
    let report = run.finish().1;
    assert_eq!((report.outcome, report.usage), (outcome, usage));
}

#[test]
fn a_session_whose_run_was_cancelled_while_it_waited_has_its_room_again() {
    for atomic in [true, false] {
        let mut session = waiting(atomic).build().unwrap();
        for _ in 0..3 {
            let mut run = session.start(Chunk::from(SCRIPT));
            assert!(matches!(go_on(&mut run), Step::Pending(_)));
            session = run.finish().0;
            let deep = "local function d(n) if n > 0 then return 1 + d(n - 1) end return 0 end";
            let report = session.run(format!("{deep} return d(100), d(1000)"));
            assert_eq!(report.json().unwrap(), "[100,1000]");
        }
    }
}

/// Frames of a session that was deep before are there again too, however the waiting run ends:
/// the loop pushes the frames that are charged without looking.
#[test]
fn a_session_that_was_deep_has_its_frames_again_when_a_waiting_run_is_undone() {
    let deep = "local function d(n) if n > 0 then return 1 + d(n - 1) end return 0 end";
    let wide = "local function w(...) return select('#', ...) end w(table.unpack({}, 1, 3000))";
    for atomic in [true, false] {
        // With a large stack the frames rest alone.
        for before in [deep, wide] {
            let mut session = waiting(atomic).build().unwrap();
            for ending in 0..4 {
                session.run(format!("{before} {deep} return d(150)")).json().unwrap();
                let mut run = session.start(Chunk::from("return ask(1)"));
                assert!(matches!(go_on(&mut run), Step::Pending(_)));
                match ending {
                    0 => run.stop(Outcome::Deadline),
                    1 => run.canceller().cancel(),
                    2 => run.deny(run.pending()[0].id, "no").unwrap(),
                    _ => {}
                }
                if ending < 3 {
                    assert!(go_on(&mut run).is_ended());
                }
                session = run.finish().0;
                let main = session.machine.0.enter(|ctx| {
                    let main = ctx.state.main_thread.state();
                    (main.frames.capacity(), main.room().1)
                });
                assert!(main.0 >= main.1, "{main:?}, ending {ending}");
                let report = session.run(format!("{deep} return d(150)"));
                assert_eq!(report.json().unwrap(), "[150]");
            }
        }
    }
}
