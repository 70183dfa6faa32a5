//! Atomic runs: a run that does not finish leaves everything as it was.
//!
//! Sessions are prepared with a rich state; random scripts change it in every way there is
//! and are stopped somewhere. The canonical form of the whole state must then be what it
//! was, and later runs must do, cost and need the same as in a twin that never ran them.
//!
//! `MOONFUEL_ATOMIC=10000 cargo test --release --lib atomic` tries so many scripts;
//! `MOONFUEL_ATOMIC_FROM=n` begins with another one.

mod changes;
mod difference;
mod scripts;

pub(super) use difference::between as difference_between;

use super::generated::{Prng, number};
use crate::session::functions::watch::TimeLimit;
use crate::{
    Chunk, Function, HostError, HostValue, Limits, Methods, Outcome, Profile, Reply, Report,
    Session, Step, UserData, Variadic,
};
use core::time::Duration;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

const PREPARE: &str = include_str!("atomic/prepare.lua");
const PROBES: &str = include_str!("atomic/probes.lua");

/// Scripts of one chain: of failing runs in a row, with finished runs in between.
const CHAIN: u64 = 10;

/// Returns the canonical form of a session. What its host has dropped goes first, as at the
/// beginning of any run: that is no doing of the run's.
pub(super) fn form_of(session: &mut Session) -> String {
    session.machine.0.enter(|ctx| ctx.let_go_of_dropped());
    session.machine.0.canonical()
}

/// What a session of a chain is like.
#[derive(Clone, Copy, Debug)]
struct Kind {
    profile: Profile,
    seed: u64,
    /// The last thing before the failing runs is a collection.
    collected: bool,
    /// The first collection comes after so many bytes.
    collect_after: Option<usize>,
    /// The collector runs at every opportunity.
    stress: bool,
    /// The key of hashes, on which nothing depends.
    hash_key: u64,
    atomic: bool,
}

impl Kind {
    fn new(chain: u64) -> Kind {
        let mut prng = Prng::new(chain, 1);
        Kind {
            profile: match chain % 2 {
                _ if chain % 7 == 6 => Profile::Full,
                0 => Profile::Strict,
                _ => Profile::Compat,
            },
            seed: chain / 2 % 8,
            collected: prng.chance(500),
            collect_after: prng.chance(400).then(|| prng.below(40_000)),
            stress: prng.chance(80),
            hash_key: prng.next(),
            atomic: true,
        }
    }

    /// The same for all that a script can see.
    fn twin(self) -> Kind {
        Kind { hash_key: !self.hash_key, ..self }
    }

    /// Makes a session that is not prepared.
    fn empty(self) -> (Session, Kept) {
        let kept = Kept::default();
        let keep = Arc::clone(&kept);
        let session = Session::builder()
            .profile(self.profile)
            .atomic(self.atomic)
            .hash_key(self.hash_key)
            .seed(self.seed)
            .module("counter", "local n = 0 return {next = function() n = n + 1 return n end}")
            .module("slow", "local x = coroutine.yield('loading') return {x}")
            .module("other", "return {'other'}")
            .function("host.echo", |args: Variadic<HostValue>| Ok(args))
            .function("host.fail", |()| -> Result<(), HostError> {
                Err(HostError::new("host failed"))
            })
            .function("host.borrow", |_: Function| Ok(()))
            .function("host.keep", move |function: Function| {
                keep.lock().unwrap().push(function);
                Ok(())
            })
            .function_with("host.call", |_, (function, value): (Function, HostValue)| {
                Reply::call(&function, value, |_, result: Result<HostValue, HostError>| result)
            })
            .pending_function("host.ask")
            .object::<Thing>()
            .function_with("host.thing", |cx, number: i64| cx.object(Thing(number)))
            .function("host.panic", |()| -> Result<(), HostError> {
                std::panic::resume_unwind(Box::new("a bug of the host's"))
            })
            .build()
            .unwrap();
        (session, kept)
    }

    fn session(self) -> Session {
        self.with_kept().0
    }

    /// Makes a prepared session, with the functions its host keeps.
    fn with_kept(self) -> (Session, Kept) {
        let (mut session, kept) = self.empty();
        let args = serde_json::json!({"seed": self.seed, "collect": self.collected});
        let report = session.run_chunk(Chunk::new(PREPARE.as_bytes()).named("=prepare").args(args));
        assert!(matches!(report.outcome, Outcome::Done(Ok(_))), "{report:?}");
        if let Some(bytes) = self.collect_after {
            session.machine.0.enter(|ctx| ctx.state.account.collect_after(bytes));
        }
        session.set_collect_always(self.stress);
        (session, kept)
    }
}

/// Functions that a host keeps.
type Kept = Arc<Mutex<Vec<Function>>>;

/// An object of the host's.
struct Thing(i64);

impl UserData for Thing {
    const NAME: &'static str = "thing";

    fn add_methods(methods: &mut Methods<Self>) {
        methods.method("number", |this, ()| Ok(this.0));
    }
}

/// How a run is kept from finishing.
#[derive(Clone, Debug)]
enum Stop {
    /// Its fuel, or what other limit is low, ends it: the script itself has no end.
    Limits(Limits),
    /// The script raises an error.
    Error,
    /// The script asks for its end.
    Exit,
    /// The host cancels it after so many slices.
    Cancel(u64),
    /// Its deadline has passed after so many looks.
    Deadline(u64),
    /// The host stops asking for more after so many slices.
    Drop(u64),
}

impl Stop {
    fn new(prng: &mut Prng, used: usize) -> Stop {
        let fuel = 1 << (5 + prng.below(14));
        let fuel = fuel + prng.next() % fuel;
        let limits = Limits { fuel, ..Limits::default() };
        match prng.below(20) {
            0 | 1 => Stop::Error,
            2 => Stop::Exit,
            3 => Stop::Cancel(prng.next() % 60),
            4 => Stop::Deadline(prng.next() % 60),
            5 => Stop::Drop(prng.next() % 60),
            6 | 7 => {
                let bits = 8 + prng.below(11);
                let memory = (used + prng.below(1 << bits)) as u64;
                Stop::Limits(Limits { memory, fuel: 1_000_000, ..limits })
            }
            8 => Stop::Limits(Limits { output: prng.next() % 200, fuel: 1_000_000, ..limits }),
            9 => Stop::Limits(Limits { host_calls: prng.next() % 5, fuel: 1_000_000, ..limits }),
            _ => Stop::Limits(limits),
        }
    }

    /// What the script ends with, if nothing has ended it before.
    fn ending(&self) -> &'static str {
        match self {
            Stop::Error => "error({'the end'})",
            Stop::Exit => "if os.exit then os.exit(3) end error('the end')",
            Stop::Limits(limits) if limits.output < 1000 => "while true do print('more') end",
            Stop::Limits(limits) if limits.host_calls < 1000 => "while true do host.echo(1) end",
            Stop::Limits(limits) if limits.memory < Limits::default().memory => {
                "local all = {} for i = 1, 1e9 do all[i] = {i} end"
            }
            _ => "while true do TS[1].n = (TS[1].n or 0) + 1 end",
        }
    }

    fn run(&self, session: Session, source: &str, slice: u64) -> (Session, Report) {
        let mut chunk = Chunk::new(source.as_bytes()).named("=failing");
        // How many more slices, where the host stops it.
        let mut slices = None;
        if let Stop::Limits(limits) = self {
            chunk = chunk.limits(limits.clone());
        } else {
            // In the end all of them end.
            chunk = chunk.limits(Limits { fuel: 2_000_000, ..Limits::default() });
        }
        let mut run = session.start(chunk);
        match self {
            Stop::Deadline(looks) => {
                run.watch_mut().time_limit =
                    Some(std::sync::Arc::new(Looks(AtomicU64::new(*looks))));
            }
            Stop::Cancel(after) | Stop::Drop(after) => slices = Some(*after),
            _ => {}
        }
        let canceller = run.canceller();
        // Hosts that stop a run look at it now and then.
        let slice = if slices.is_none() { slice } else { slice.clamp(100, 2000) };
        loop {
            match run.step(slice) {
                Step::Ended => break,
                // Nobody answers.
                Step::Pending(_) if slices.is_some() => break,
                Step::Pending(calls) => {
                    for call in calls {
                        run.answer(call.id, Ok(call.args.clone())).unwrap();
                    }
                }
                _ => {}
            }
            slices = slices.map(|left| left.saturating_sub(1));
            if slices == Some(0) {
                match self {
                    Stop::Drop(_) => break,
                    _ => canceller.cancel(),
                }
            }
        }
        run.finish()
    }
}

/// A deadline that passes after so many looks at it.
#[derive(Debug)]
struct Looks(AtomicU64);

impl TimeLimit for Looks {
    fn remaining(&self) -> Duration {
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_sub(1), Ordering::Relaxed);
        Duration::from_secs(left)
    }
}

/// A run that is to fail.
#[derive(Clone, Debug)]
struct Failing {
    statements: Vec<String>,
    stop: Stop,
    wrap: u64,
    slice: u64,
    /// The request for memory that is refused once.
    refused: u64,
}

impl Failing {
    fn new(number: u64, kind: Kind, used: usize) -> Failing {
        let mut prng = Prng::new(number, 2);
        let statements = scripts::statements(&mut prng, kind.profile);
        Failing {
            statements,
            stop: Stop::new(&mut prng, used),
            wrap: prng.next(),
            slice: prng.pick(&[7, 50, 997, 20_000, u64::MAX]),
            refused: if prng.chance(150) { prng.next() % 3000 } else { 0 },
        }
    }

    fn source(&self) -> String {
        let body = format!("{}\n{}", self.statements.join("\n"), self.stop.ending());
        scripts::wrapped(&mut Prng::new(self.wrap, 3), &body)
    }

    /// Runs it in a session.
    fn start(&self, mut session: Session) -> (Session, Report) {
        let refuse = |session: &mut Session, refuse| {
            session.machine.0.enter(|ctx| {
                ctx.state.account.requests.set(0);
                ctx.state.account.refuse.set(refuse);
            });
        };
        refuse(&mut session, self.refused);
        let (mut session, report) = self.stop.run(session, &self.source(), self.slice);
        refuse(&mut session, 0);
        (session, report)
    }

    /// Tells whether it ends at the same place however it is cut into slices.
    fn is_determined(&self) -> bool {
        let stopped = matches!(self.stop, Stop::Cancel(_) | Stop::Deadline(_) | Stop::Drop(_));
        !stopped && self.refused == 0
    }

    /// Runs it and tells what it changed, if it changed anything.
    fn run(&self, session: Session, before: &str) -> (Session, Option<String>) {
        let (mut session, report) = self.start(session);
        if matches!(report.outcome, Outcome::Done(_)) {
            return (session, Some("it finished".to_owned()));
        }
        let after = form_of(&mut session);
        let changed = difference::between(before, &after);
        (session, changed.map(|changed| format!("{:?}\n{changed}", report.outcome)))
    }

    /// Leaves out what is not needed for the run to change something in a fresh session.
    fn shrink(mut self, kind: Kind) -> Option<(Failing, String)> {
        let fails = |failing: &Failing| {
            let mut session = kind.session();
            let before = form_of(&mut session);
            failing.run(session, &before).1
        };
        let mut changed = fails(&self)?;
        let mut size = self.statements.len().div_ceil(2);
        loop {
            let mut at = 0;
            while at < self.statements.len() {
                let mut smaller = self.clone();
                smaller.statements.drain(at..(at + size).min(self.statements.len()));
                match fails(&smaller) {
                    Some(found) => (self, changed) = (smaller, found),
                    None => at += size,
                }
            }
            if size <= 1 {
                return Some((self, changed));
            }
            size /= 2;
        }
    }
}

/// What can be seen of a run that must not depend on failed ones before it.
#[derive(Debug, PartialEq)]
struct Seen {
    outcome: Outcome,
    output: String,
    fuel: u64,
    peak: u64,
    host_calls: u64,
}

fn see(session: &mut Session, source: &str, limits: Limits) -> Seen {
    let chunk = Chunk::new(source.as_bytes()).named("=probe").limits(limits);
    Seen::of(session.run_chunk(chunk))
}

impl Seen {
    fn of(report: Report) -> Seen {
        Seen {
            outcome: report.outcome,
            output: String::from_utf8_lossy(&report.output).into_owned(),
            fuel: report.usage.fuel_used,
            peak: report.usage.memory_peak,
            host_calls: report.usage.host_calls,
        }
    }
}

/// What scripts find in a session that was not prepared.
const EMPTY: &str = "
TS, FS, COS, WR, WK, STR, GM, OBJ, KEYS, MTS, LOG = {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}
for i = 1, 28 do TS[i], COS[i], FS[i] = {i}, coroutine.create(print), math.random end
for i = 1, 10 do MTS[i], WK[i], STR[i], KEYS[i] = {}, {}, ('long'):rep(11), {} end
";

fn execute(session: &mut Session, source: &str) -> Seen {
    let limits = Limits { fuel: 3_000_000, ..Limits::default() };
    let chunk = Chunk::new(source.as_bytes()).named("=executed").limits(limits);
    Seen::of(session.execute_chunk(chunk))
}

/// Runs a script in a session of its own.
fn run_fresh(kind: Kind, source: &str) -> Seen {
    let (mut session, _kept) = kind.twin().empty();
    let limits = Limits { fuel: 3_000_000, ..Limits::default() };
    let chunk = Chunk::new(source.as_bytes()).named("=executed").limits(limits);
    Seen::of(session.run_chunk(chunk))
}

/// Compares what a run does in both sessions.
fn compare(a: &mut Session, b: &mut Session, source: &str, limits: &Limits) -> Option<String> {
    let (a, b) = (see(a, source, limits.clone()), see(b, source, limits.clone()));
    if a == b {
        return None;
    }
    let lines = a.output.lines().zip(b.output.lines());
    let line = lines.clone().find(|(a, b)| a != b);
    Some(format!(
        "with failed runs before: {:?} fuel {} peak {} calls {}, without: {:?} fuel {} peak {} calls {}; {line:?}",
        a.outcome, a.fuel, a.peak, a.host_calls, b.outcome, b.fuel, b.peak, b.host_calls
    ))
}

/// Returns the probes: name, source, limits.
fn probes() -> impl Iterator<Item = (&'static str, String, Limits)> {
    PROBES.split("-- probe: ").skip(1).map(|source| {
        let name = source.lines().next().unwrap_or_default();
        let limits = match name {
            "many coroutines" => Limits { coroutines: 300, ..Limits::default() },
            _ => Limits { fuel: 20_000_000, ..Limits::default() },
        };
        (name, format!("-- {source}"), limits)
    })
}

/// Runs all probes in both sessions.
fn probe(a: &mut Session, b: &mut Session) -> Option<String> {
    for (name, source, limits) in probes() {
        if let Some(difference) = compare(a, b, &source, &limits) {
            return Some(format!("the probe '{name}' differs: {difference}"));
        }
    }
    None
}

/// Runs a chain of failing runs in one session, and what finishes in its twin too.
/// Returns what went wrong.
fn chain(number: u64) -> Vec<String> {
    let kind = Kind::new(number);
    let ((mut session, kept), (mut twin, twin_kept)) = (kind.with_kept(), kind.twin().with_kept());
    let mut form = form_of(&mut session);
    if let Some(difference) = difference::between(&form_of(&mut twin), &form) {
        return vec![format!("chain {number} {kind:?}: twins differ: {difference}")];
    }
    let mut history = Vec::new();
    for script in number * CHAIN..(number + 1) * CHAIN {
        let used = session.machine.0.enter(|ctx| ctx.state.account.used());
        let failing = Failing::new(script, kind, used);
        history.push(script);
        let changed;
        (session, changed) = failing.run(session, &form);
        if let Some(changed) = changed {
            let shrunk = failing.clone().shrink(kind);
            let (what, changed) = match shrunk {
                Some((small, changed)) => {
                    (format!("{:?}\n{}", small.stop, small.source()), changed)
                }
                None => {
                    let earlier = format!("only after {history:?}");
                    (format!("{earlier} {:?}\n{}", failing.stop, failing.source()), changed)
                }
            };
            return vec![format!("script {script} {kind:?} stopped by {what}\n{changed}")];
        }
        let mut prng = Prng::new(script, 4);
        if prng.chance(100) && failing.is_determined() && !kind.stress {
            // Neither slices nor the key of hashes play a part in how it fails.
            let slices = [1 + prng.below(30) as u64, 300_000];
            let mut seen = slices.map(|slice| {
                let failing = Failing { slice, ..failing.clone() };
                Seen::of(failing.start(kind.twin().session()).1)
            });
            let [a, b] = &mut seen;
            if a != b {
                return vec![format!(
                    "{kind:?} {:?} in slices {slices:?}:\n{}\n{a:?}\n{b:?}",
                    failing.stop,
                    failing.source()
                )];
            }
        }
        if prng.chance(100) {
            // What is executed touches nothing here.
            let statements = scripts::statements(&mut prng, kind.profile);
            let source = format!("{EMPTY}{}", statements.join("\n"));
            let (a, b) = (execute(&mut session, &source), run_fresh(kind, &source));
            let after = form_of(&mut session);
            let different = (a != b).then(|| format!("executed {a:?}\nfresh {b:?}"));
            if let Some(difference) = different.or_else(|| difference::between(&form, &after)) {
                return vec![format!(
                    "{kind:?} executing after {history:?}:\n{source}\n{difference}"
                )];
            }
        }
        if prng.chance(300) {
            // The host calls what it keeps: one fails, the others do not.
            let call = |session: &mut Session, kept: &Kept, n: usize| {
                let function = kept.lock().unwrap()[n].clone();
                Seen::of(session.call(&function, 7))
            };
            let failed = call(&mut session, &kept, 2);
            let after = form_of(&mut session);
            let different = difference::between(&form, &after);
            let (a, b) = (call(&mut session, &kept, 1), call(&mut twin, &twin_kept, 1));
            form = form_of(&mut session);
            let different = different.or_else(|| (a != b).then(|| format!("{a:?}\n{b:?}")));
            if let Some(difference) = different {
                return vec![format!(
                    "{kind:?} calling after {history:?}: {failed:?} {difference}"
                )];
            }
            if prng.chance(200) {
                // What came up in runs that were undone is stale.
                kept.lock().unwrap().truncate(3);
                twin_kept.lock().unwrap().truncate(3);
                // What came up in one that finished is let go when the next run begins, be it
                // undone or not: here.
                let different = compare(&mut session, &mut twin, "", &Limits::default());
                form = form_of(&mut session);
                if let Some(difference) = different {
                    return vec![format!("{kind:?} letting go after {history:?}: {difference}")];
                }
            }
        }
        if prng.chance(300) {
            // A run that finishes: what it changes stays.
            let statements = scripts::statements(&mut prng, kind.profile);
            let source = statements.join("\n");
            let limits = Limits { fuel: 3_000_000, ..Limits::default() };
            let different = compare(&mut session, &mut twin, &source, &limits);
            form = form_of(&mut session);
            let different = different.or_else(|| difference::between(&form_of(&mut twin), &form));
            if let Some(difference) = different {
                let scripts = format!("failed scripts {history:?}");
                return vec![format!("{kind:?} after {scripts}:\n{source}\n{difference}")];
            }
        }
    }
    let difference = probe(&mut session, &mut twin);
    difference
        .map(|difference| format!("{kind:?} after failed scripts {history:?}: {difference}"))
        .into_iter()
        .collect()
}

#[test]
fn runs_that_fail_change_nothing() {
    let scripts = number("MOONFUEL_ATOMIC").unwrap_or(500);
    let from = number("MOONFUEL_ATOMIC_FROM").unwrap_or(0) / CHAIN;
    let failures: Vec<String> = (from..from + scripts.div_ceil(CHAIN)).flat_map(chain).collect();
    assert!(
        failures.is_empty(),
        "{} chains failed\n\n{}",
        failures.len(),
        failures.iter().take(10).map(String::as_str).collect::<Vec<_>>().join("\n\n")
    );
}

#[test]
fn the_prepared_sessions_have_coroutines_everywhere() {
    let statuses = [0, 1].map(|chain| {
        let mut session = Kind::new(chain).session();
        let report = session.run(
            "local s = {} for i = 1, #COS do s[i] = coroutine.status(COS[i]):sub(1, 1) end
             return table.concat(s)",
        );
        report.json().unwrap().to_owned()
    });
    // In compat, coroutines do not leave sort, gsub, concat, format, print, load, insert
    // and require.
    let expected = ["[\"sssssssssssssssssssssdds\"]", "[\"ssssssssdddddddsdssssdds\"]"];
    assert_eq!(statuses, expected);
}

#[test]
fn the_probes_see_much() {
    for chain in 0..4 {
        let mut session = Kind::new(chain).session();
        for (name, source, limits) in probes() {
            let seen = see(&mut session, &source, limits);
            assert!(matches!(seen.outcome, Outcome::Done(Ok(_))), "{name}: {seen:?}");
            assert!(!seen.output.is_empty(), "{name}: {seen:?}");
        }
    }
}

#[test]
fn without_atomic_runs_most_scripts_change_something() {
    let mut changes = 0;
    let mut kinds = std::collections::BTreeSet::new();
    for script in 0..60 {
        let kind = Kind { atomic: false, ..Kind::new(script) };
        let mut session = kind.session();
        let before = form_of(&mut session);
        let used = session.machine.0.enter(|ctx| ctx.state.account.used());
        let failing = Failing::new(script, kind, used);
        let (mut session, report) = failing.start(session);
        assert!(!matches!(report.outcome, Outcome::Done(_)));
        let after = form_of(&mut session);
        changes += u64::from(before != after);
        let changed = difference::changed_lines(&before, &after);
        for kind in
            ["table id", "thread id", "random", "next id", "interner", "upvalue", "slot ", "due"]
        {
            if changed.contains(kind) {
                kinds.insert(kind);
            }
        }
    }
    assert!(changes == 60 && kinds.len() == 8, "{changes} {kinds:?}");
}

#[test]
fn many_runs_that_fail_leave_no_more_than_one() {
    let kind = Kind { stress: false, ..Kind::new(2) };
    let (mut session, mut twin) = (kind.session(), kind.twin().session());
    let before = form_of(&mut session);
    for round in 0..400 {
        let failing = Failing::new(round % 40, kind, 2_000_000);
        session = failing.start(session).0;
    }
    let after = form_of(&mut session);
    assert_eq!(difference::between(&before, &after), None);
    assert_eq!(probe(&mut session, &mut twin), None);
}

#[test]
fn when_epochs_are_used_up_runs_are_undone_all_the_same() {
    for number in 0..12 {
        let kind = Kind::new(number);
        let (mut session, mut twin) = (kind.session(), kind.twin().session());
        for session in [&mut session, &mut twin] {
            session.machine.0.wear(number as u32 % 4);
        }
        for script in number * CHAIN..(number + 1) * CHAIN {
            session = Failing::new(script, kind, 2_000_000).start(session).0;
            // The collection that wipes the stamps came earlier here: memory differs.
            let source = "TS[1].x = (TS[1].x or 0) + 1 FS[1](TS[1].x)
                coroutine.resume(COS[1]) return TS[1].x, FS[1](), coroutine.resume(COS[2])";
            let [a, b] = [&mut session, &mut twin].map(|session| {
                let report = session.run(source);
                (report.outcome, report.output)
            });
            assert_eq!(a, b, "{kind:?} after script {script}");
        }
    }
}
