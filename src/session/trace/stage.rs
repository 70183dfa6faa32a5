//! A session that does again what its trace says it did.

use crate::session::calls::host_table::HostTable;
use crate::session::functions::objects::{OfATrace, hold_any_between_runs};
use crate::session::making::config::Undo;
use crate::session::making::opening;
use crate::session::making::send::Machine;
use crate::session::making::session::Session;
use crate::session::natives::view::{self, View};
use crate::session::runs::beginning::{Starting, begin};
use crate::session::runs::call::begin_call;
use crate::session::runs::pending::Waits;
use crate::session::runs::stepping::{Moved, Progress, end, step};
use crate::session::tapes::divergence::ReplayError;
use crate::session::tapes::ended::{outcome_of, push_outcome};
use crate::session::tapes::limits::limits_of;
use crate::session::tapes::player::{Player, end_as};
use crate::session::tapes::tape::Tape;
use crate::session::tapes::value::{OWN, TEMPLATE, bytes_of, count_of, values_of};
use crate::session::tapes::{json, reply};
use crate::session::values::callee::{Callee, Named};
use crate::session::values::chunk::Chunk;
use crate::session::values::deep_json::{depth, read_bounded};
use crate::session::values::error::LuaError;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use crate::session::values::limits::Limits;
use crate::session::values::outcome::{Outcome, Report};
use crate::vm::machine::Lua;
use std::task::{Context, Waker};

/// The deepest arguments: deeper ones no script gets.
const MAX_ARGS: usize = 250;

/// A session, its trace, and what came of its runs.
pub(super) struct Stage<'a> {
    session: &'a mut Session,
    tape: Tape,
    pub(super) reports: Vec<Report>,
    /// The fuel at which a run is to stop.
    until_fuel: Option<u64>,
    /// Is told, now and then, how many entries are done.
    watch: Option<&'a mut Watcher<'a>>,
    /// Whether the values of runs are shown, and those of the last.
    shows: bool,
    pub(super) shown: Option<View>,
}

/// What is told how many entries are done.
pub(super) type Watcher<'a> = dyn FnMut(u64) + 'a;

/// Fuel between two words to it: some milliseconds.
const LOOK: u64 = 1_000_000;

/// A run that has not ended where its trace has.
pub(super) struct Unfinished {
    pub(super) progress: Progress,
    /// Which machine it is on.
    pub(super) machine: usize,
    /// What the script has yielded, if it waits for what comes back.
    pub(super) yielded: Option<Vec<HostValue>>,
}

/// What a run is: from its entry.
enum What {
    Chunk {
        source: Vec<u8>,
        name: Vec<u8>,
        args: Option<serde_json::Value>,
        more: Box<More>,
    },
    Call {
        path: Option<String>,
        args: Result<Vec<HostValue>, HostError>,
        limits: Option<Box<Limits>>,
    },
}

struct More {
    script_args: Vec<Vec<u8>>,
    limits: Option<Limits>,
    machine: usize,
}

impl<'a> Stage<'a> {
    pub(super) fn new(session: &'a mut Session, tape: Tape, until_fuel: Option<u64>) -> Stage<'a> {
        Stage {
            session,
            tape,
            reports: Vec::new(),
            until_fuel,
            watch: None,
            shows: false,
            shown: None,
        }
    }

    /// Tells somebody how far it is.
    #[must_use]
    pub(super) fn watched(mut self, watch: &'a mut Watcher<'a>) -> Stage<'a> {
        self.watch = Some(watch);
        self
    }

    /// Lets the values that runs return be shown.
    #[must_use]
    pub(super) fn showing(mut self, shows: bool) -> Stage<'a> {
        self.shows = shows;
        self
    }

    /// Works with the trace that is played; nothing, if it is played no more.
    fn player<R>(&self, work: impl FnOnce(&mut Player) -> R) -> Option<R> {
        self.tape.lock().player().map(work)
    }

    /// Returns the kind and the fields of the next entry, output aside.
    fn next(&self) -> Option<(&'static str, HostValue)> {
        self.player(|player| player.ahead())?
    }

    fn kind(&self) -> Option<&'static str> {
        self.next().map(|(kind, _)| kind)
    }

    fn is_stopped(&self) -> bool {
        self.tape.halted().is_some()
    }

    fn unfit(&self, why: &str) {
        self.player(|player| player.stop_unfit(why));
    }

    fn diverge(&self, this_run: &str) {
        self.player(|player| player.diverge(this_run));
    }

    /// Does everything that the trace has. Returns the run that it ends in, if it does.
    pub(super) fn play(&mut self) -> Option<Unfinished> {
        while !self.is_stopped() {
            let (kind, fields) = self.next()?;
            match kind {
                "run" => {
                    if let Some(unfinished) = self.run(&fields) {
                        return Some(unfinished);
                    }
                }
                // The one before was left: what comes next begins.
                "left" => {
                    let run = self.player(|player| player.behind_ahead());
                    if let Some(unfinished) = self.run(&run.unwrap_or_default()) {
                        return Some(unfinished);
                    }
                }
                "function" => {
                    let path = fields.field("path").and_then(HostValue::as_str);
                    match path {
                        Some(path) => drop(self.session.function(path)),
                        None => self.unfit("a function without a path"),
                    }
                }
                "object" => self.object(&fields),
                "revoke" => self.revoke(&fields),
                "close" => self.close(),
                _ => self.unfit("it is not in its place: no run is under way"),
            }
        }
        None
    }

    fn close(&self) {
        let mut deck = self.tape.lock();
        let line = deck.begin("close");
        deck.write(line);
    }

    fn object(&mut self, fields: &HostValue) {
        let name = fields.field("type").and_then(HostValue::as_str);
        let bytes = fields.field("bytes").and_then(count_of).and_then(|b| usize::try_from(b).ok());
        let (Some(name), Some(bytes)) = (name, bytes) else {
            return self.unfit("an object without a type");
        };
        let lua = &mut self.session.machine.0;
        // If it was not registered, nothing came of it.
        let kind = self.session.host.types.iter().position(|kind| kind.name == name);
        let made = kind.map(|kind| {
            hold_any_between_runs(lua, kind, &name.to_owned().into(), bytes, Box::new(OfATrace))
        });
        let made = made.and_then(Result::ok);
        self.tape.object(lua, name, bytes as u64, made.as_ref());
    }

    fn revoke(&mut self, fields: &HostValue) {
        let object = fields.field("object").cloned().unwrap_or_default();
        match self.values_of_own(std::slice::from_ref(&object)).as_deref() {
            Some([HostValue::UserData(object)]) => drop(self.session.revoke(object)),
            _ => self.unfit("no object"),
        }
    }

    /// Makes the values that a list in an entry stands for.
    fn values(&self, items: &[HostValue]) -> Option<Vec<HostValue>> {
        let at_work = self.tape.lock().machines.current;
        self.values_on(at_work, items)
    }

    /// As [`Stage::values`], of what the host does with the session's own machine between two
    /// runs, whichever machine was at work before.
    fn values_of_own(&self, items: &[HostValue]) -> Option<Vec<HostValue>> {
        self.values_on(OWN, items)
    }

    fn values_on(&self, machine: usize, items: &[HostValue]) -> Option<Vec<HostValue>> {
        let mut deck = self.tape.lock();
        let mut machines = std::mem::take(&mut deck.machines);
        let at_work = std::mem::replace(&mut machines.current, machine);
        let values = deck.player().map(|player| values_of(items, &player.held.on(&machines)));
        machines.current = at_work;
        deck.machines = machines;
        values?
    }

    /// As [`Stage::values`], of a reply.
    fn reply(&self, json: Option<&HostValue>) -> Option<reply::Outcome> {
        let mut deck = self.tape.lock();
        let machines = std::mem::take(&mut deck.machines);
        let reply =
            deck.player().map(|player| reply::outcome_of(json?, &player.held.on(&machines)));
        deck.machines = machines;
        reply?
    }

    /// Does a run.
    fn run(&mut self, fields: &HostValue) -> Option<Unfinished> {
        let Some(what) = self.what(fields) else {
            self.unfit("a run that none can be made of");
            return None;
        };
        if self.is_stopped() {
            return None;
        }
        let (progress, machine) = match &what {
            What::Chunk { source, name, args, more } => {
                let mut chunk = Chunk::new(source);
                chunk.name = name;
                chunk.args.clone_from(args);
                chunk.script_args.clone_from(&more.script_args);
                chunk.limits.clone_from(&more.limits);
                let machine = more.machine;
                if machine == TEMPLATE
                    && let Err(error) = make_template(self.session)
                {
                    self.player(|player| player.stop(ReplayError::Session(error)));
                    return None;
                }
                let undo =
                    if machine == TEMPLATE { Undo::Always } else { self.session.config.undo };
                let config = self.session.config.clone();
                let (lua, host) = machine_of(self.session, machine)?;
                let starting = Starting { chunk: &chunk, machine, undo };
                (begin(lua, &config, host, &starting), machine)
            }
            What::Call { path, args, limits } => {
                let function = match path {
                    Some(_) => None,
                    None => self.values_of_own(std::slice::from_ref(fields.field("function")?)),
                };
                let named = match (path, function.as_deref()) {
                    (Some(path), _) => Named::Path(path),
                    (None, Some([HostValue::Function(function)])) => Named::Function(function),
                    _ => {
                        self.unfit("a call of no function");
                        return None;
                    }
                };
                let lua = &mut self.session.machine.0;
                let (config, host) = (&self.session.config, &self.session.host);
                let callee = Callee { named, limits: limits.as_deref().cloned() };
                (begin_call(lua, config, host, &callee, args.clone()), OWN)
            }
        };
        if self.shows
            && let Some((lua, _)) = machine_of(self.session, machine)
        {
            view::ask(lua, View::WIDTH);
        }
        self.go_on(Unfinished { progress, machine, yielded: None })
    }

    /// Reads what a run is.
    fn what(&self, fields: &HostValue) -> Option<What> {
        if let Some(HostValue::Array(left_out)) = fields.field("redacted") {
            let names: Vec<&str> = left_out.iter().filter_map(HostValue::as_str).collect();
            self.unfit(&format!("it cannot be replayed: redacted {}", names.join(", ")));
        }
        let limits = match fields.field("limits") {
            Some(limits) => Some(limits_of(limits)?),
            None => None,
        };
        let machine = match fields.field("how")?.as_str()? {
            "run" => OWN,
            "execute" => TEMPLATE,
            "call" => {
                let args = match fields.field("given") {
                    Some(HostValue::Array(items)) => Ok(self.values_of_own(items)?),
                    _ => self.reply(fields.field("refused"))?,
                };
                let path = fields.field("path").and_then(HostValue::as_str).map(str::to_owned);
                return Some(What::Call { path, args, limits: limits.map(Box::new) });
            }
            _ => return None,
        };
        let source = bytes_of(fields.field("source")?)?;
        let name = match fields.field("name") {
            Some(name) => bytes_of(name)?,
            None => source.clone(),
        };
        let args = match fields.field("args") {
            Some(args) => Some(args_of(args.as_bytes()?)?),
            None => None,
        };
        let script_args = match fields.field("script_args") {
            Some(HostValue::Array(items)) => items.iter().map(bytes_of).collect::<Option<_>>()?,
            Some(_) => return None,
            None => Vec::new(),
        };
        let more = Box::new(More { script_args, limits, machine });
        Some(What::Chunk { source, name, args, more })
    }

    /// Goes on with a run to its end; or to the trace's, where it is returned.
    fn go_on(&mut self, mut run: Unfinished) -> Option<Unfinished> {
        loop {
            if self.is_stopped() || self.has_used_enough(&mut run) {
                return Some(run);
            }
            let Some((kind, fields)) = self.next() else { return Some(run) };
            let count = |name: &str| fields.field(name).and_then(count_of).unwrap_or_default();
            let ended = run.progress.outcome.is_some();
            match kind {
                "end" if ended => {
                    self.end(run);
                    return None;
                }
                "stop" if ended => {
                    self.end(run);
                    return None;
                }
                "stop" => {
                    let Some(outcome) = fields.field("outcome").and_then(outcome_of) else {
                        self.unfit("it stops with no outcome");
                        continue;
                    };
                    if let Outcome::Done(_) = outcome {
                        self.unfit("nobody stops a run as done");
                        continue;
                    }
                    let closing = fields.field("closing").is_some();
                    if self.go_to(&mut run, count("fuel"), closing) {
                        run.progress.stop(outcome);
                    }
                }
                "left" => {
                    if self.go_to(&mut run, count("fuel"), false) {
                        // If nothing follows, what it was left for never began.
                        let is_last = self.player(|player| player.is_last_ahead());
                        return is_last.unwrap_or_default().then_some(run);
                    }
                }
                "fuel" => {
                    if self.go_to(&mut run, count("fuel"), false) {
                        self.add_fuel(&mut run, count("units"));
                    }
                }
                // It was dropped with its session, somewhere before what it would have done next.
                "close" => {
                    self.close();
                    return None;
                }
                _ if ended => {
                    let end = run.progress.outcome.as_deref().map_or_else(String::new, end_of);
                    self.diverge(&end);
                }
                "resume" if run.yielded.is_some() => self.resume(&mut run, &fields),
                "answer" if fields.field("id").is_some() => self.answer(&mut run, &fields),
                _ => {
                    self.step(&mut run, self.slice());
                    self.look();
                }
            }
        }
    }

    /// Returns how far to go at most before somebody is told.
    fn slice(&self) -> u64 {
        if self.watch.is_some() { LOOK } else { u64::MAX }
    }

    /// Tells whoever watches how far it is.
    fn look(&mut self) {
        let at = self.player(|player| player.at as u64);
        if let (Some(watch), Some(at)) = (&mut self.watch, at) {
            watch(at);
        }
    }

    /// Tells whether the run is where it was to stop, and notes that.
    fn has_used_enough(&mut self, run: &mut Unfinished) -> bool {
        let Some(until) = self.until_fuel else { return false };
        if used(self.session, run.machine) < until {
            return false;
        }
        self.player(|player| {
            player.stopped.get_or_insert(crate::session::tapes::player::Stopped::Reached);
        });
        true
    }

    /// Lets the run go on for at most so much fuel, and not beyond what it had used when its host
    /// stopped it, say: what is owed then may be half paid, and what comes behind an answer is a
    /// part of this step.
    fn step(&mut self, run: &mut Unfinished, slice: u64) {
        let used = used(self.session, run.machine);
        let ahead = self.player(Player::fuel_ahead).flatten();
        let ahead = ahead.filter(|fuel| *fuel >= used);
        let slice = ahead.map_or(slice, |fuel| slice.min((fuel - used).max(1)));
        let slice = self.until_fuel.map_or(slice, |until| slice.min(until.saturating_sub(used)));
        let before = self.player(|player| player.at);
        let Some((lua, host)) = machine_of(self.session, run.machine) else { return };
        let mut wake = Context::from_waker(Waker::noop());
        // What the host had of it then is held elsewhere.
        run.yielded = None;
        let moved = step(lua, host, &mut run.progress, slice, &mut wake);
        match moved {
            Moved::Yielded(values) => run.yielded = Some(values),
            // Nothing has come of it, and nothing will.
            Moved::Waiting if self.player(|player| player.at) == before => match self.next() {
                Some(("answer", fields)) if fields.field("id").is_some() => {}
                Some(("answer", _)) => self.unfit("no future of this number waits"),
                _ => self.diverge("the run waits for an answer"),
            },
            _ => {}
        }
    }

    /// Goes on to a place by its fuel. Tells whether it is reached.
    fn go_to(&mut self, run: &mut Unfinished, fuel: u64, closing: bool) -> bool {
        loop {
            let used = used(self.session, run.machine);
            if self.is_stopped() || self.has_used_enough(run) {
                return false;
            }
            if used == fuel && (!closing || run.progress.is_closing()) {
                return true;
            }
            let kind = self.kind();
            if used > fuel || run.progress.outcome.is_some() {
                self.diverge(&format!("the run has used {used} units of fuel"));
                return false;
            }
            self.step(run, (fuel - used).max(1).min(self.slice()));
            self.look();
            if run.yielded.is_some() && self.kind() == kind {
                self.diverge("the run has yielded");
            }
        }
    }

    fn add_fuel(&mut self, run: &mut Unfinished, units: u64) {
        let used = used(self.session, run.machine);
        if run.progress.add_fuel(units) {
            self.tape.fuel(used, units);
        } else {
            self.diverge("end");
        }
    }

    fn resume(&mut self, run: &mut Unfinished, fields: &HostValue) {
        let values = match (fields.field("values"), fields.field("reply")) {
            (Some(HostValue::Array(items)), _) => self.values(items),
            // They were refused.
            (None, Some(_)) => Some(Vec::new()),
            _ => None,
        };
        match (&mut run.progress.waits, values) {
            (Waits::Resumption { values: given, .. }, Some(values)) => {
                *given = values;
                // No entry says how far it came that was dropped then: it is given them, no more.
                let is_last = self.player(|player| player.closes_behind_ahead());
                self.step(run, if is_last == Some(true) { 0 } else { u64::MAX });
            }
            _ => self.unfit("nothing can be resumed with it"),
        }
    }

    fn answer(&mut self, run: &mut Unfinished, fields: &HostValue) {
        let id = fields.field("id").and_then(count_of).unwrap_or_default();
        if !run.progress.waits.asked().any(|call| call.id == id) {
            // It may come to this yet.
            let before = self.player(|player| player.at);
            self.step(run, u64::MAX);
            let waits = matches!(run.progress.waits, Waits::Answers(_));
            if waits && self.player(|player| player.at) == before {
                self.unfit("no call of this number waits");
            }
            return;
        }
        let Some(reply) = self.reply(fields.field("reply")) else {
            return self.unfit("the reply is none");
        };
        let answer = crate::session::functions::letters::Answer::new(reply);
        let _ = run.progress.settle(id, |_, _| answer);
    }

    fn end(&mut self, run: Unfinished) {
        if let Some((lua, host)) = machine_of(self.session, run.machine) {
            let report = end(lua, host, run.progress);
            self.shown = view::take(lua);
            self.reports.push(report);
        }
    }
}

/// Says how a run has ended that was to go on.
fn end_of(outcome: &Outcome) -> String {
    let mut text = Vec::new();
    push_outcome(&mut text, outcome);
    json::read(&text).map_or_else(|_| "end".to_owned(), |outcome| end_as(&outcome))
}

/// Makes the machine where scripts are executed, if it is not there.
fn make_template(session: &mut Session) -> Result<(), LuaError> {
    if session.template.is_none() {
        let lua = opening::open_machine(&session.config, &session.host)?;
        session.template = Some(Box::new(Machine(lua)));
    }
    Ok(())
}

/// Returns one of a session's machines, and the host's functions.
pub(super) fn machine_of(
    session: &mut Session,
    machine: usize,
) -> Option<(&mut Lua, &mut HostTable)> {
    let lua = match (&mut session.template, machine) {
        (Some(template), TEMPLATE) => &mut template.0,
        (_, OWN) => &mut session.machine.0,
        _ => return None,
    };
    Some((lua, &mut session.host))
}

/// Returns the fuel that a machine's run has used.
pub(super) fn used(session: &mut Session, machine: usize) -> u64 {
    machine_of(session, machine).map_or(0, |(lua, _)| lua.enter(|ctx| ctx.state.fuel.used()))
}

/// Reads arguments.
fn args_of(text: &[u8]) -> Option<serde_json::Value> {
    if depth(text) > MAX_ARGS {
        return None;
    }
    read_bounded(text).ok()
}
