//! Somebody who does what is written down, straight or with much else in between.

mod driving;

use super::host::{Common, answer, builder};
use super::ops::{Arg, Called, End, Op, Play, What};
use super::prng::Prng;
use super::sink::Sink;
use super::world::{Thing, World, value};
use moonfuel::{
    Callee, Chunk, Digest, Function, HostValue, Limits, ObjectRef, Outcome, Report, Run, Session,
    Step, Variadic,
};
use std::task::{Context, Poll, Waker};

/// What somebody does besides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// Runs go in slices of any size.
    pub slices: bool,
    /// Sessions and runs are asked what they know.
    pub asks: bool,
    /// What cannot be is asked for.
    pub errs: bool,
    /// Sessions and runs are saved and doubled, and the copies dropped or used up.
    pub copies: bool,
    /// What goes on is a copy.
    pub replaces: bool,
    /// Runs are begun that are undone.
    pub undoes: bool,
    /// Lines and fuel are counted.
    pub counts: bool,
    /// Runs are futures, or go on on other threads.
    pub elsewhere: bool,
    pub key: u64,
}

/// A handle that the host holds, and the session it is of.
enum Handle {
    Function(usize, Function),
    Object(usize, ObjectRef),
}

impl Handle {
    fn value(&self) -> HostValue {
        match self {
            Handle::Function(_, function) => HostValue::Function(function.clone()),
            Handle::Object(_, object) => HostValue::UserData(object.clone()),
        }
    }
    fn owner(&self) -> usize {
        match self {
            Handle::Function(owner, _) | Handle::Object(owner, _) => *owner,
        }
    }
    /// The same of another session, in which it has the same number.
    fn found(&self, owner: usize, session: &mut Session) -> Option<Handle> {
        match self {
            Handle::Function(_, f) => {
                session.function_numbered(f.number()).map(|f| Handle::Function(owner, f))
            }
            Handle::Object(_, o) => {
                session.object_numbered(o.number()).map(|o| Handle::Object(owner, o))
            }
        }
    }
}

struct Slot {
    session: Option<Session>,
    world: World,
    limits: Limits,
    /// The trace and what it is of, as long as it is written.
    trace: Option<usize>,
}

/// A trace with the reports of its runs.
pub struct Traced {
    pub sink: Sink,
    pub reports: Vec<Report>,
    /// A run was dropped, and has no report.
    pub left: bool,
}

/// What came of one thing.
#[derive(Clone, Debug)]
pub struct Seen {
    pub id: u64,
    pub what: String,
    /// It was refused, or failed and was undone.
    pub nothing: bool,
    pub digest: Option<Digest>,
}

pub struct Actor<'a> {
    common: &'a Common,
    manner: Manner,
    prng: Prng,
    slots: Vec<Slot>,
    handles: Vec<Handle>,
    pub traces: Vec<Traced>,
    pub tally: Vec<&'static str>,
}

const MOST_SESSIONS: usize = 4;

/// How a run is begun.
enum Begun<'o> {
    Chunk(&'o str, &'o Limits),
    Path(&'o str, &'o Limits, Vec<HostValue>),
    Function(Function, &'o Limits, Vec<HostValue>),
}

impl<'a> Actor<'a> {
    pub fn new(common: &'a Common, manner: Manner) -> Actor<'a> {
        Actor {
            common,
            manner,
            prng: Prng::new(0, 0),
            slots: Vec::new(),
            handles: Vec::new(),
            traces: Vec::new(),
            tally: Vec::new(),
        }
    }

    /// Does it all.
    pub fn act(&mut self, limits: &Limits, ops: &[Op]) -> Result<Vec<Seen>, String> {
        self.prng = Prng::new(self.manner.key, 77);
        self.open(limits)?;
        let mut seen = Vec::new();
        for op in ops {
            self.prng = Prng::new(self.manner.key, op.id);
            let (what, nothing) = self.one(op).map_err(|why| format!("{op:?}\n{why}"))?;
            let slot = self.alive(op.at);
            let digest = slot.and_then(|at| self.slots[at].session.as_mut().map(Session::digest));
            seen.push(Seen { id: op.id, what, nothing, digest });
        }
        for at in 0..self.slots.len() {
            let digest = self.slots[at].session.as_mut().map(Session::digest);
            seen.push(Seen { id: at as u64, what: String::new(), nothing: false, digest });
        }
        self.handles.clear();
        self.slots.clear();
        Ok(seen)
    }

    fn alive(&self, at: usize) -> Option<usize> {
        let alive: Vec<usize> =
            (0..self.slots.len()).filter(|&at| self.slots[at].session.is_some()).collect();
        (!alive.is_empty()).then(|| alive[at % alive.len()])
    }

    fn builder(&mut self, limits: &Limits, world: &World) -> moonfuel::SessionBuilder {
        let counts = self.manner.counts;
        builder(self.common, limits, world, self.prng.next()).coverage(counts).profile_fuel(counts)
    }

    fn open(&mut self, limits: &Limits) -> Result<String, String> {
        let world = World::new();
        let sink = Sink::default();
        let builder = self.builder(limits, &world).record(sink.clone());
        let mut session = match builder.build() {
            Ok(session) => session,
            Err(error) => return Ok(error.to_string()),
        };
        let words = super::scripts::Words { waits: true, futures: true, things: true };
        let report = session.run(super::scripts::prepare(words));
        let what = format!("{report:?}");
        let settled = session.call("nope.nope", ());
        self.traces.push(Traced { sink, reports: vec![report, settled], left: false });
        let trace = Some(self.traces.len() - 1);
        self.slots.push(Slot { session: Some(session), world, limits: limits.clone(), trace });
        Ok(what)
    }

    #[expect(clippy::too_many_lines, reason = "a match over all that can be done")]
    fn one(&mut self, op: &Op) -> Result<(String, bool), String> {
        if let What::Open { limits } = &op.what {
            if self.slots.iter().filter(|slot| slot.session.is_some()).count() >= MOST_SESSIONS {
                return Ok(("enough".to_owned(), true));
            }
            return Ok((self.open(limits)?, false));
        }
        let Some(at) = self.alive(op.at) else { return Ok(("none".to_owned(), true)) };
        let Some(mut session) = self.slots[at].session.take() else { return Err("?".into()) };
        session = self.idle(at, session)?;
        let result = match &op.what {
            What::Open { .. } => return Err("?".into()),
            What::Run { source, limits, play } => {
                let begun = Begun::Chunk(source, limits);
                return self.run(at, session, begun, play);
            }
            What::Call { callee, args, limits, play } => {
                let args = args.iter().map(|arg| self.arg(*arg)).collect();
                let begun = match *callee {
                    Called::Path(path) => Begun::Path(path, limits, args),
                    Called::Handle(nth) => match self.function(nth) {
                        Some(function) => Begun::Function(function, limits, args),
                        None => Begun::Path("handler", limits, args),
                    },
                };
                return self.run(at, session, begun, play);
            }
            What::Execute { source, limits } => {
                let chunk = Chunk::new(source.as_bytes()).named("@executed").limits(limits.clone());
                let report = session.execute_chunk(chunk);
                let what = format!("{report:?}");
                self.note(at, report);
                // They are of a session that is no more.
                self.slots[at].world.kept.lock().unwrap().clear();
                (what, true)
            }
            What::Function { path } => match session.function(path) {
                Ok(function) => {
                    let what = "a function".to_owned();
                    self.handles.push(Handle::Function(at, function));
                    (what, false)
                }
                Err(error) => (error.to_string(), true),
            },
            What::Object { number } => match session.object(Thing(*number)) {
                Ok(object) => {
                    let what = "an object".to_owned();
                    self.handles.push(Handle::Object(at, (*object).clone()));
                    (what, false)
                }
                Err(error) => (error.to_string(), true),
            },
            What::With { handle } => match self.object(*handle) {
                Some(object) => {
                    let got = object.typed::<Thing>().map(|it| session.with(&it, |it| it.0));
                    (format!("{:?}", got.map(|got| got.map_err(|e| e.to_string()))), true)
                }
                None => ("no object".to_owned(), true),
            },
            What::Revoke { handle } => match self.object(*handle) {
                Some(object) => match session.revoke(&object) {
                    Ok(()) => ("revoked".to_owned(), false),
                    Err(error) => (error.to_string(), true),
                },
                None => ("no object".to_owned(), true),
            },
            What::LetGo { handle } => {
                if self.handles.is_empty() {
                    ("no handle".to_owned(), true)
                } else {
                    let handle = self.handles.remove(handle % self.handles.len());
                    let owner = handle.owner();
                    let kind = match handle {
                        Handle::Function(..) => "let a function go",
                        Handle::Object(..) => "let an object go",
                    };
                    drop(handle);
                    if owner == at {
                        self.settle(at, &mut session);
                    } else if let Some(mut other) = self.slots[owner].session.take() {
                        self.settle(owner, &mut other);
                        self.slots[owner].session = Some(other);
                    }
                    (kind.to_owned(), false)
                }
            }
            What::Fork { limits } => {
                let many = self.slots.iter().filter(|slot| slot.session.is_some()).count() + 1;
                if many >= MOST_SESSIONS {
                    ("enough".to_owned(), true)
                } else {
                    match self.copy(&mut session, limits)? {
                        Err(why) => (why, true),
                        Ok((mut other, world)) => {
                            let owner = self.slots.len();
                            let held = self.handles.iter().filter(|held| held.owner() == at);
                            let found: Vec<Option<Handle>> =
                                held.map(|held| held.found(owner, &mut other)).collect();
                            let what = format!(
                                "{:?}",
                                found.iter().map(Option::is_some).collect::<Vec<_>>()
                            );
                            self.handles.extend(found.into_iter().flatten());
                            self.slots.push(Slot {
                                session: Some(other),
                                world,
                                limits: limits.clone(),
                                trace: None,
                            });
                            (what, false)
                        }
                    }
                }
            }
            What::Refit { limits } => match self.copy(&mut session, limits)? {
                Err(why) => (why, true),
                Ok((other, world)) => {
                    session = self.moved(at, session, other, world)?;
                    self.slots[at].limits = limits.clone();
                    ("refit".to_owned(), false)
                }
            },
            What::Close => {
                drop(session);
                return Ok(("closed".to_owned(), false));
            }
        };
        self.slots[at].session = Some(session);
        Ok(result)
    }

    /// A copy with other limits, as a fork or from bytes.
    #[allow(clippy::type_complexity, reason = "a copy, or why there is none, or a fault")]
    fn copy(
        &mut self,
        session: &mut Session,
        limits: &Limits,
    ) -> Result<Result<(Session, World), String>, String> {
        let digest = session.digest();
        let world = World::new();
        let other = self.builder(limits, &world);
        let copy = if self.manner.replaces && self.prng.chance(500) {
            let bytes = session.snapshot().map_err(|e| format!("not saved: {e}"))?;
            other.restore(&bytes)
        } else {
            session.fork(other)
        };
        if session.digest() != digest {
            return Err("a copy changed its session".into());
        }
        Ok(match copy {
            Err(why) => Err(why.to_string()),
            Ok(mut copy) => {
                if copy.digest() != digest {
                    return Err("a copy is something else".into());
                }
                Ok((copy, world))
            }
        })
    }

    /// A session is replaced by its copy.
    fn moved(
        &mut self,
        at: usize,
        old: Session,
        mut new: Session,
        world: World,
    ) -> Result<Session, String> {
        for held in self.handles.iter_mut().filter(|held| held.owner() == at) {
            *held = held.found(at, &mut new).ok_or("a handle is not found again")?;
        }
        drop(old);
        self.slots[at].world = world;
        self.slots[at].trace = None;
        Ok(new)
    }

    fn arg(&self, arg: Arg) -> HostValue {
        match arg {
            Arg::Handle(nth) if !self.handles.is_empty() => {
                self.handles[nth % self.handles.len()].value()
            }
            Arg::Handle(_) => HostValue::Nil,
            Arg::Value(seed) => value(&mut Prng::new(seed, 2), 0),
        }
    }

    fn function(&self, nth: usize) -> Option<Function> {
        let functions = self.handles.iter().filter_map(|handle| match handle {
            Handle::Function(_, function) => Some(function),
            Handle::Object(..) => None,
        });
        let functions: Vec<&Function> = functions.collect();
        (!functions.is_empty()).then(|| functions[nth % functions.len()].clone())
    }

    pub(super) fn object(&self, nth: usize) -> Option<ObjectRef> {
        let objects = self.handles.iter().filter_map(|handle| match handle {
            Handle::Object(_, object) => Some(object),
            Handle::Function(..) => None,
        });
        let objects: Vec<&ObjectRef> = objects.collect();
        (!objects.is_empty()).then(|| objects[nth % objects.len()].clone())
    }

    /// What the host has let go of is so at the next run: here.
    fn settle(&mut self, at: usize, session: &mut Session) {
        let report = session.call("nope.nope", ());
        self.note(at, report);
    }

    fn note(&mut self, at: usize, report: Report) {
        if let Some(trace) = self.slots[at].trace {
            self.traces[trace].reports.push(report);
        }
    }

    fn begin(session: Session, begun: &Begun<'_>) -> Run {
        match begun {
            Begun::Chunk(source, limits) => {
                let limits = (*limits).clone();
                session.start(Chunk::new(source.as_bytes()).named("@run").limits(limits))
            }
            Begun::Path(path, limits, args) => {
                session.start_call(callee(*path, limits), Variadic(args.clone()))
            }
            Begun::Function(f, limits, args) => {
                session.start_call(callee(f, limits), Variadic(args.clone()))
            }
        }
    }

    /// A run from its beginning to its end, and what is left of it.
    fn run(
        &mut self,
        at: usize,
        mut session: Session,
        begun: Begun<'_>,
        play: &Play,
    ) -> Result<(String, bool), String> {
        let before = session.digest();
        let whole = matches!(play.end, End::Own) && !play.gives_handles;
        if self.manner.elsewhere && whole && self.prng.chance(400) {
            let report = awaited(&mut session, &begun, play, &mut self.prng);
            self.tally.push("awaited");
            return self.ended(at, session, report, before);
        }
        let run = Self::begin(session, &begun);
        drop(begun);
        match self.drive(at, run, play)? {
            None => {
                if let Some(trace) = self.slots[at].trace {
                    self.traces[trace].left = true;
                }
                self.slots[at].world.kept.lock().unwrap().clear();
                Ok(("dropped".to_owned(), false))
            }
            Some((session, report)) => self.ended(at, session, report, before),
        }
    }

    fn ended(
        &mut self,
        at: usize,
        mut session: Session,
        report: Report,
        before: Digest,
    ) -> Result<(String, bool), String> {
        let what = format!("{report:?}");
        let done = report.is_done();
        self.note(at, report);
        let kept = std::mem::take(&mut *self.slots[at].world.kept.lock().unwrap());
        let undone = !done && self.common.atomic;
        if undone {
            if session.digest() != before {
                return Err(format!("undone to something else: {what}"));
            }
            for function in kept.iter().take(2) {
                let report = session.call(function, ());
                let error = report.json().err().map(|error| error.to_string()).unwrap_or_default();
                self.note(at, report);
                if !error.contains("stale") && !error.contains("another session") {
                    return Err(format!("a stale handle: {error}"));
                }
            }
            if session.digest() != before {
                return Err("a stale handle changed something".into());
            }
            drop(kept);
        } else {
            self.handles.extend(kept.into_iter().map(|function| Handle::Function(at, function)));
        }
        self.settle(at, &mut session);
        self.slots[at].session = Some(session);
        Ok((what, undone))
    }

    /// What is done with a session between two runs, and must not show.
    fn idle(&mut self, at: usize, mut session: Session) -> Result<Session, String> {
        let manner = self.manner;
        let before = session.digest();
        if manner.asks && self.prng.chance(300) {
            let _ = session.check(b"local x = nope return S.n", "=checked");
            let _ = (session.coverage(), session.fuel_profile(), session.limits());
            if self.prng.chance(100) {
                session.clear_coverage();
            }
        }
        if manner.errs && self.prng.chance(300) {
            if session.function_numbered(1 << 40).is_some() || session.object_numbered(0).is_some()
            {
                return Err("found what is not there".into());
            }
            if session.function("nope.nope").is_ok() || session.function("S").is_ok() {
                return Err("no function, and yet".into());
            }
            let foreign = self.handles.iter().find(|held| held.owner() != at);
            if let Some(Handle::Object(_, object)) = foreign
                && session.revoke(object).is_ok()
            {
                return Err("revoked what is another session's".into());
            }
        }
        if manner.copies && self.prng.chance(200) {
            let limits = self.slots[at].limits.clone();
            let world = World::new();
            let other = self.builder(&limits, &world);
            let mut other = session.fork(other).map_err(|e| format!("not forked: {e}"))?;
            if other.digest() != before {
                return Err("a fork is something else".into());
            }
            let _ = other.run("S.list = nil host.keep(print)");
            self.tally.push("forked");
        }
        if manner.undoes && self.common.atomic && self.prng.chance(300) {
            let mut prng = Prng::new(self.prng.next(), 4);
            // It does not come to its end.
            let source = super::ops::source(&mut prng);
            let source = format!("(function(...) {source}\nend)(...) while true do end");
            let play = Play { answers: 9, gives_handles: false, end: End::Cancel(1) };
            if prng.chance(500) {
                let mut future = Box::pin(
                    session.run_async(&*source).answer(|call| answer(call.id, &call.args)),
                );
                let mut wake = Context::from_waker(Waker::noop());
                let polled = future.as_mut().poll(&mut wake);
                drop(future);
                if let Poll::Ready(report) = polled {
                    // It is done with, and stays.
                    if report.is_done() {
                        return Err(UNLUCKY.to_owned());
                    }
                    self.note(at, report);
                } else if let Some(trace) = self.slots[at].trace {
                    self.traces[trace].left = true;
                }
            } else {
                let run = session.start(Chunk::new(source.as_bytes()).named("@undone"));
                let Some((back, report)) = self.undo(at, run, &play, &mut prng)? else {
                    return Err(UNLUCKY.to_owned());
                };
                session = back;
                self.note(at, report);
            }
            self.slots[at].world.kept.lock().unwrap().clear();
            if session.digest() != before {
                return Err(format!("undone to something else: {source}"));
            }
            self.tally.push("undone");
        }
        if manner.replaces && self.prng.chance(150) {
            let limits = self.slots[at].limits.clone();
            let (other, world) =
                self.copy(&mut session, &limits)?.map_err(|e| format!("not copied: {e}"))?;
            session = self.moved(at, session, other, world)?;
            self.tally.push("replaced");
        }
        if session.digest() != before {
            return Err("something shows".into());
        }
        Ok(session)
    }

    /// Goes on for some steps and no further; nothing if the run came to its end meanwhile.
    fn undo(
        &mut self,
        _at: usize,
        mut run: Run,
        play: &Play,
        prng: &mut Prng,
    ) -> Result<Option<(Session, Report)>, String> {
        for _ in 0..prng.below(20) {
            match run.step(1 + prng.next() % 300) {
                Step::Ended => break,
                Step::Pending(calls) => {
                    for call in calls {
                        run.answer(call.id, self.answer(play, &call)).map_err(|e| e.to_string())?;
                    }
                }
                _ => {}
            }
        }
        run.stop(Outcome::Cancelled);
        let (session, report) = run.finish();
        Ok((!report.is_done()).then_some((session, report)))
    }
}

/// Why a try is left: what was to be undone was done.
pub const UNLUCKY: &str = "done, where it was to be undone";

/// Limits of one call.
fn callee<'c>(callee: impl Into<Callee<'c>>, limits: &Limits) -> Callee<'c> {
    callee.into().limits(limits.clone())
}

/// A run as a future.
fn awaited(session: &mut Session, begun: &Begun<'_>, play: &Play, prng: &mut Prng) -> Report {
    let seed = play.answers;
    let mut printed = Vec::new();
    let streams = prng.chance(300);
    let mut report = {
        let future = match begun {
            Begun::Chunk(source, limits) => session
                .run_async(Chunk::new(source.as_bytes()).named("@run").limits((*limits).clone())),
            Begun::Path(path, limits, args) => {
                session.call_async(callee(*path, limits), Variadic(args.clone()))
            }
            Begun::Function(f, limits, args) => {
                session.call_async(callee(f, limits), Variadic(args.clone()))
            }
        };
        let future =
            future.answer(move |call| answer(seed ^ call.id, &call.args)).on_yield(move |_| {
                let mut prng = Prng::new(seed, 3);
                if prng.chance(600) {
                    vec![value(&mut prng, 1), value(&mut prng, 1)]
                } else {
                    Vec::new()
                }
            });
        let future = if streams {
            future.on_output(|bytes| printed.extend_from_slice(bytes))
        } else {
            future
        };
        let mut future = Box::pin(future);
        let mut wake = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(report) = future.as_mut().poll(&mut wake) {
                break report;
            }
        }
    };
    if streams {
        report.output.splice(0..0, printed);
    }
    report
}
