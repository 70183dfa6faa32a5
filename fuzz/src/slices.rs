//! Slices of every size, with a host that is called in every way.

use super::sessions::within;
use moonfuel::{
    Chunk, Function, HostError, HostValue, Limits, Profile, Reply, Report, Session, Step, Variadic,
};

/// Sizes of slices.
const SIZES: [u64; 4] = [1, 7, 1_000, u64::MAX];

fn limits() -> Limits {
    Limits {
        fuel: 12_000,
        memory: 1 << 20,
        output: 2 << 10,
        host_calls: 50,
        source: 64 << 10,
        ..Limits::default()
    }
}

/// A session with functions that answer at once, later, by a callback, and not at all.
fn session(hash_key: u64) -> Session {
    Session::builder()
        .profile(Profile::Strict)
        .limits(limits())
        .hash_key(hash_key)
        .function("echo", |args: Variadic<HostValue>| Ok(args))
        .function("fail", |text: Option<String>| -> Result<(), HostError> {
            Err(HostError::new(text.unwrap_or_default()))
        })
        .function_with("call", |_, (function, value): (Function, HostValue)| {
            Reply::call(&function, value, |_, result: Result<HostValue, HostError>| result)
        })
        .pending_function("ask")
        .module("m", "local n = 0 return {next = function() n = n + 1 return n end}")
        .build()
        .unwrap()
}

/// Runs the bytes as a chunk in slices of one unit, of seven, of a thousand and whole: results,
/// output, errors, fuel and peak are the same. Where nothing waits for the host, `run` agrees.
pub fn slices(source: &[u8]) {
    let runs = SIZES.map(|size| sliced(session(size), source, size));
    let [(first, behind, waited), rest @ ..] = &runs;
    for ((report, left, _), size) in rest.iter().zip(&SIZES[1..]) {
        assert_eq!(first, report, "slices of 1 and of {size}");
        assert_eq!(behind, left, "behind slices of 1 and of {size}");
    }
    within(first, &limits());
    if !waited {
        let mut session = session(99);
        let report = session.run_chunk(Chunk::new(source).named("=fuzz"));
        assert_eq!(*first, report, "slices of 1 and `run`");
        assert_eq!(*behind, left(session), "behind slices of 1 and `run`");
    }
}

/// Runs in slices: what came of it, what is left, and whether the run waited for its host.
fn sliced(session: Session, source: &[u8], size: u64) -> (Report, Report, bool) {
    let mut run = session.start(Chunk::new(source).named("=fuzz"));
    let mut waited = false;
    loop {
        match run.step(size) {
            Step::Ended => break,
            Step::Pending(calls) => {
                waited = true;
                for call in &calls {
                    let answer = match call.args.first() {
                        Some(HostValue::Boolean(false)) => Err(HostError::new("no")),
                        _ => Ok(call.args.clone()),
                    };
                    run.answer(call.id, answer).unwrap();
                }
            }
            Step::Yielded(values) => {
                waited = true;
                run.resume_with(values).unwrap();
            }
            _ => {}
        }
    }
    let (session, report) = run.finish();
    (report, left(session), waited)
}

/// What a run leaves behind.
fn left(mut session: Session) -> Report {
    session.run("for k, v in next, _G do print(k, v) end return collectgarbage('count')")
}
