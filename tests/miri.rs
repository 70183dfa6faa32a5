//! Small programs that between them use each piece of unsafe code, in the ways that runs
//! may go: sized so that Miri gets through each of them. How to run that says ARCHITECTURE.md;
//! what comes out is the same there as here.

#![allow(clippy::expect_used, reason = "a test may stop, and says what it missed")]

use moonfuel::{
    Chunk, HostValue, Limits, Outcome, Profile, Report, Run, Session, SessionBuilder, Step,
};

/// A program, and what says whether it ended as it should: it returns `true`.
macro_rules! programs {
    ($($name:ident),* $(,)?) => {$(
        #[test]
        fn $name() {
            goes_every_way(include_str!(concat!("miri/", stringify!($name), ".lua")));
        }
    )*};
}

programs! {
    opcodes, tables, strings, closures, coroutines, errors, weak, metamethods, library, sorting,
    formats, loading, hosts, hooks,
}

/// What programs run in, which their first lines say.
fn builder(source: &str) -> SessionBuilder {
    let profile = match source.split('\n').next() {
        Some("--full") => Profile::Full,
        Some("--strict") => Profile::Strict,
        _ => Profile::Compat,
    };
    let limits = Limits { fuel: 10_000_000, memory: 8 << 20, ..Limits::default() };
    Session::builder()
        .limits(limits)
        .profile(profile)
        .hash_key(1)
        .function("double", |n: i64| Ok(2 * n))
        .async_function("later", async |value: HostValue| Ok(value))
}

/// Gives a run its slices, and each of its pauses an answer.
fn drive(run: &mut Run, slice: u64, mut steps: u64) {
    while steps > 0 {
        match run.step(slice) {
            Step::Ended => return,
            Step::Pending(calls) => {
                for call in calls {
                    run.answer(call.id, Ok(call.args.clone())).expect("an answer");
                }
            }
            Step::Yielded(_) => {
                let _ = run.resume_with(vec![HostValue::from(1)]);
            }
            _ => {}
        }
        steps -= 1;
    }
}

/// Runs a program in a session, in slices.
fn run(mut session: Session, source: &str, slice: u64, stress: bool) -> (Session, Report) {
    session.set_collect_always(stress);
    let mut run = session.start(Chunk::new(source.as_bytes()).named("=miri"));
    drive(&mut run, slice, u64::MAX);
    run.finish()
}

fn is_true(report: &Report) -> bool {
    matches!(&report.outcome, Outcome::Done(_)) && report.json().expect("values") == "[true]"
}

/// Collections in a program, about: each slice ends with one.
const COLLECTIONS: u64 = if cfg!(miri) { 10 } else { 300 };

/// Limits of memory that are tried.
const ROOMS: u64 = if cfg!(miri) { 3 } else { 100 };

/// Which of the ways to go, for a look at one of them.
fn wanted(way: &str) -> bool {
    std::env::var("MOONFUEL_MIRI").map_or(true, |ways| ways.split(',').any(|one| one == way))
}

fn goes_every_way(source: &str) {
    let fresh = || builder(source).build().expect("a session");
    let mut fuel = 5_000;
    if wanted("plain") {
        let (session, report) = run(fresh(), source, u64::MAX, false);
        assert!(
            is_true(&report),
            "{:?}\n{}",
            report.outcome,
            String::from_utf8_lossy(&report.output)
        );
        fuel = report.usage.fuel_used;
        drop(session);
    }
    // Collections everywhere; the machine is used again; an undone run.
    if wanted("stress") {
        let slice = (fuel / COLLECTIONS).max(97);
        let (session, report) = run(fresh(), source, slice, true);
        assert!(is_true(&report), "{:?}", report.outcome);
        let failing = format!("local function f(...) {source}\nend local _ = f(...) error('no')");
        let (session, report) = run(session, &failing, slice, true);
        assert!(!matches!(report.outcome, Outcome::Done(_)), "{:?}", report.outcome);
        drop(session);
    }
    // Saved in the middle, and gone on with elsewhere; the first one is dropped as it stands.
    if wanted("saved") {
        let slice = (fuel / 7).max(50);
        for steps in if cfg!(miri) { 3..4 } else { 1..7 } {
            let mut first = fresh().start(Chunk::new(source.as_bytes()).named("=miri"));
            drive(&mut first, slice, steps);
            let Ok(bytes) = first.snapshot() else { continue };
            let mut second = builder(source).hash_key(2).restore_run(&bytes).expect("a run");
            drop(first);
            drive(&mut second, slice, u64::MAX);
            let (_, report) = second.finish();
            assert!(is_true(&report), "{:?}", report.outcome);
        }
    }
    // Refused memory in many places, and what is left then is undone.
    if wanted("refused") {
        for room in 0..ROOMS {
            let limits = Limits { memory: 40_000 + 20_000 * room / ROOMS, ..Limits::default() };
            let session = builder(source).limits(limits).build().expect("a session");
            let (session, _) = run(session, source, 5_000, false);
            drop(run(session, "return true", u64::MAX, true));
        }
    }
}
