//! Requests for memory refused here and there, and limits that leave less and less of it:
//! whatever a program makes of that, what is undone is undone, and the session goes on.
//!
//! `MOONFUEL_SCATTERED=10000 cargo test --lib scattered` runs so many; `MOONFUEL_SCATTERED_FROM=n`
//! begins with another one, and `MOONFUEL_SCATTERED_FOLDER` names a folder of other programs.
//! With `RUSTFLAGS="--cfg moonfuel_checked"` each use of a collected pointer is checked.

use super::atomic::difference_between;
use super::generated::{self, Prng, number, tells_collections};
use super::refused_once::PROGRAMS;
use super::suspended::Thing;
use crate::{
    Chunk, Function, HostError, HostValue, Limits, Outcome, Profile, Reply, Report, Session,
    SessionBuilder, Step, Usage, Variadic,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

/// Functions that the host keeps.
type Kept = Arc<Mutex<Vec<Function>>>;

/// What is there before each program.
const PREPARE: &str = "
    T = {} for i = 1, 40 do T[i] = {i} T['k' .. i] = i end
    FS, CO = {}, {} W = setmetatable({}, {__mode = 'v'}) WK = setmetatable({}, {__mode = 'k'})
    CO[1] = coroutine.create(function(...) local a = {...} while true do a = {coroutine.yield(a)} end end)
    coroutine.resume(CO[1])
    if host.keep then host.keep(function(...) T[1] = {...} FS[1] = function() return T end end) end";

const FUEL: u64 = 400_000;
const MEMORY: u64 = 64 << 20;

#[derive(Clone, Copy)]
struct Kind {
    profile: Profile,
    atomic: bool,
}

impl Kind {
    fn builder(self, kept: &Kept) -> SessionBuilder {
        let keeper = Arc::clone(kept);
        Session::builder()
            .profile(self.profile)
            .atomic(self.atomic)
            .hash_key(1)
            .limits(Limits { fuel: FUEL, memory: MEMORY, ..Limits::default() })
            .function_with("host.echo", |_, args: Variadic<HostValue>| Ok::<_, HostError>(args))
            .function("host.fail", |()| -> Result<(), HostError> { Err(HostError::new("no")) })
            .function("host.keep", move |function: Function| {
                keeper.lock().unwrap().push(function);
                Ok(())
            })
            .function_with("host.call", |_, (function, value): (Function, HostValue)| {
                Reply::call(&function, value, |_, result: Result<HostValue, HostError>| result)
            })
            .pending_function("host.ask")
            .object::<Thing>()
            .function_with("host.thing", |cx, number: i64| cx.object(Thing(number)))
            .module("counter", "local n = 0 return {next = function() n = n + 1 return n end}")
    }

    fn session(self, kept: &Kept) -> Session {
        let mut session = self.builder(kept).build().unwrap();
        let report = session.run(PREPARE);
        assert!(matches!(report.outcome, Outcome::Done(Ok(_))), "{report:?}");
        session
    }
}

/// How a program is run.
#[derive(Debug)]
struct Way {
    slice: u64,
    /// Collections whenever the host has the word.
    stress: bool,
    /// Which requests are refused: see `Account::refuse`.
    refuse: u64,
    memory: u64,
    fuel: u64,
    /// After so many steps it is saved, and goes on in another session.
    save: u64,
    fork: bool,
}

const PLAIN: Way = Way {
    slice: u64::MAX,
    stress: false,
    refuse: 0,
    memory: MEMORY,
    fuel: FUEL,
    save: u64::MAX,
    fork: false,
};

/// What is seen of a run from the outside.
#[derive(Debug, PartialEq)]
struct Seen {
    outcome: Outcome,
    output: String,
    usage: Usage,
    /// How the session that it went on in differs from the one that was saved.
    restored: Option<String>,
}

impl Way {
    fn run(&self, mut session: Session, source: &[u8], kind: Kind, kept: &Kept) -> (Session, Seen) {
        session.set_collect_always(self.stress);
        let limits = Limits { fuel: self.fuel, memory: self.memory, ..Limits::default() };
        let mut run = session.start(Chunk::new(source).named("=scattered").limits(limits));
        run.session.machine.0.enter(|ctx| ctx.state.account.refuse.set(self.refuse));
        let (mut steps, mut restored) = (0, None);
        loop {
            match run.step(self.slice) {
                Step::Ended => break,
                Step::Pending(calls) => {
                    for call in calls {
                        run.answer(call.id, Ok(call.args.clone())).unwrap();
                    }
                }
                // Where there is no memory for it, that ends the run.
                Step::Yielded(_) => {
                    let _ = run.resume_with(vec![HostValue::from(1), HostValue::from(2)]);
                }
                _ => {}
            }
            steps += 1;
            if steps == self.save {
                let other = kind.builder(kept).hash_key(2);
                let again = if self.fork {
                    run.fork(other).ok()
                } else {
                    run.snapshot().ok().and_then(|bytes| other.restore_run(&bytes).ok())
                };
                if let Some(mut again) = again {
                    let forms = [&mut run, &mut again].map(|run| run.session.machine.0.canonical());
                    restored = difference_between(&forms[0], &forms[1]);
                    run = again;
                    run.session.set_collect_always(self.stress);
                }
            }
        }
        let (mut session, report) = run.finish();
        session.machine.0.enter(|ctx| ctx.state.account.refuse.set(0));
        session.set_collect_always(false);
        let Report { outcome, output, usage, .. } = report;
        let output = String::from_utf8_lossy(&output).into_owned();
        (session, Seen { outcome, output, usage, restored })
    }
}

/// Runs a program in every way; returns what was wrong.
fn wrong(name: &str, source: &[u8], prng: &mut Prng, tries: u64) -> Vec<String> {
    let text = String::from_utf8_lossy(source);
    let profile = match prng.below(2) {
        _ if text.starts_with("--full") => Profile::Full,
        0 => Profile::Strict,
        _ => Profile::Compat,
    };
    let kind = Kind { profile, atomic: prng.chance(700) };
    let kept = Kept::default();
    let mut wrong = Vec::new();
    let fresh = || kind.session(&kept);
    let used = fresh().machine.0.enter(|ctx| ctx.state.account.used()) as u64;
    let (mut session, plain) = PLAIN.run(fresh(), source, kind, &kept);
    let digest = session.digest();
    let fuel = plain.usage.fuel_used.max(1);
    for (fork, saves) in [(true, true), (false, true), (false, false)] {
        let slice = 1 + prng.next() % (fuel / 8).max(50);
        let save = if saves { 1 + prng.next() % 8 } else { u64::MAX };
        let way = Way { slice, save, fork, ..PLAIN };
        let (mut session, seen) = way.run(fresh(), source, kind, &kept);
        if seen != plain {
            wrong.push(format!("{name} {way:?}: {seen:?}\ninstead of {plain:?}"));
        } else if session.digest() != digest {
            wrong.push(format!("{name} {way:?}: another digest"));
        }
    }
    let slice = 1 + prng.next() % (fuel / 1500).max(2);
    let way = Way { slice, stress: true, ..PLAIN };
    let (_, seen) = way.run(fresh(), source, kind, &kept);
    if !tells_collections(&text) && (&seen.outcome, &seen.output) != (&plain.outcome, &plain.output)
    {
        wrong.push(format!("{name} {way:?}: {seen:?}\ninstead of {plain:?}"));
    }
    let room = plain.usage.memory_peak.saturating_sub(used).max(1000);
    for number in 0..tries {
        let scattered = number % 2 == 0;
        let way = Way {
            slice: if prng.chance(500) { u64::MAX } else { 1 + prng.next() % 3000 },
            stress: prng.chance(300),
            refuse: if scattered { prng.next() | 1 << 63 } else { 0 },
            memory: if scattered { MEMORY } else { used + room * number / tries },
            fuel: if prng.chance(300) { 1 + prng.next() % fuel } else { FUEL },
            save: if prng.chance(300) { 1 + prng.next() % 5 } else { u64::MAX },
            fork: prng.chance(500),
        };
        let mut session = fresh();
        let before = session.digest();
        let (mut session, seen) = way.run(session, source, kind, &kept);
        let done = matches!(seen.outcome, Outcome::Done(_));
        if kind.atomic && !done && session.digest() != before {
            wrong.push(format!("{name} {way:?}: not undone, {seen:?}"));
        }
        // The session goes on, and the host calls what it keeps.
        let (mut session, _) = PLAIN.run(session, source, kind, &kept);
        for function in kept.lock().unwrap().drain(..).take(4).collect::<Vec<_>>() {
            let _ = session.call(&function, 7);
            session.machine.0.collect();
        }
    }
    wrong
}

/// The programs: those of a folder, or small ones and generated ones from some number on.
fn programs(from: u64, count: u64) -> Vec<(String, Vec<u8>)> {
    if let Some(programs) = generated::in_folder("MOONFUEL_SCATTERED_FOLDER") {
        return programs;
    }
    let small = PROGRAMS.iter().filter(|(_, source)| !source.contains("1 + f()"));
    let small = small.map(|(name, source)| ((*name).to_owned(), source.as_bytes().to_vec()));
    let made = (from..from + count)
        .map(|id| (format!("program {id}"), generated::source(17, id).into_bytes()));
    small.chain(made).collect()
}

#[test]
fn programs_bear_refusals_here_and_there() {
    let count = number("MOONFUEL_SCATTERED").unwrap_or(24);
    let from = number("MOONFUEL_SCATTERED_FROM").unwrap_or(0);
    let mut failures = Vec::new();
    for (at, (name, source)) in programs(from, count).iter().enumerate() {
        let mut prng = Prng::new(from + at as u64, 21);
        match catch_unwind(AssertUnwindSafe(|| wrong(name, source, &mut prng, 8))) {
            Ok(found) => failures.extend(found),
            Err(_) => failures.push(format!("{name}: a panic")),
        }
    }
    let shown: Vec<&String> = failures.iter().take(8).collect();
    assert!(failures.is_empty(), "{} failures: {shown:#?}", failures.len());
}
