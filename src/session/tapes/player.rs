//! A trace that is played: what comes next in it, and whether this run comes to the same.

use super::divergence::{Divergence, ReplayError};
use super::json::{parting, show};
use super::live::Live;
use super::recorded::{Entry, Recorded, fields};
use super::reply;
use super::value::{Handles, Machines, OWN, TEMPLATE, count_of};
use crate::session::values::function::Function;
use crate::session::values::host_value::HostValue;
use crate::session::values::object_ref::ObjectRef;
use crate::session::values::outcome::{Outcome, Report};
use crate::vm::state::handles::Handle;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The version that writes traces now.
pub(in crate::session) const ENGINE: &str = env!("CARGO_PKG_VERSION");

/// The handles that the host has in a run that is replayed.
#[derive(Debug, Default)]
pub(in crate::session) struct Held {
    /// By machine and number.
    held: BTreeMap<(usize, u64), HostValue>,
}

impl Held {
    /// Takes the handles of values that came to the host. What is another session's, handed in by
    /// mistake, has numbers of its own.
    pub(in crate::session) fn take(&mut self, values: &[HostValue], machines: &Machines) {
        for value in values {
            let handle = match value {
                HostValue::Array(items) => {
                    self.take(items, machines);
                    continue;
                }
                HostValue::Object(fields) => {
                    let values = fields.iter().map(|(_, value)| std::slice::from_ref(value));
                    values.for_each(|value| self.take(value, machines));
                    continue;
                }
                HostValue::Function(function) => function.handle(),
                HostValue::UserData(object) => object.handle(),
                _ => continue,
            };
            if let Some(machine) = machines.own(handle) {
                self.held.entry((machine, handle.serial())).or_insert_with(|| value.clone());
            }
        }
    }

    /// Returns what finds handles while a machine is at work.
    pub(in crate::session) fn on(&self, machines: &Machines) -> Finder<'_> {
        Finder { held: self, machine: machines.current }
    }
}

/// Finds the handles that a line names.
pub(in crate::session) struct Finder<'a> {
    held: &'a Held,
    machine: usize,
}

impl Finder<'_> {
    fn find(&self, number: u64, of: Option<u64>) -> Option<&HostValue> {
        let machine = of.map_or(self.machine, |of| usize::try_from(of).unwrap_or(usize::MAX));
        self.held.held.get(&(machine, number))
    }
}

impl Handles for Finder<'_> {
    fn function(&self, number: u64, of: Option<u64>) -> Function {
        match self.find(number, of) {
            Some(HostValue::Function(function)) => function.clone(),
            // Of another session, or of a trace that was changed: using it is an error.
            _ => Function::new(Arc::new(Handle::of_nobody(number))),
        }
    }

    fn object(&self, number: u64, of: Option<u64>, name: &str) -> ObjectRef {
        match self.find(number, of) {
            Some(HostValue::UserData(object)) => object.clone(),
            _ => ObjectRef::new(Arc::new(Handle::of_nobody(number)), name.to_owned()),
        }
    }
}

/// A trace that is played.
#[derive(Debug)]
pub(in crate::session) struct Player {
    pub(in crate::session) trace: Arc<Recorded>,
    /// How many of its entries are played.
    pub(in crate::session) at: usize,
    /// How many there are, for who goes on behind them.
    pub(in crate::session) end: usize,
    pub(in crate::session) held: Held,
    /// Why it does not go on, once that is known.
    pub(in crate::session) stopped: Option<Stopped>,
    /// The entry at which to stop.
    pub(in crate::session) until: Option<u64>,
    /// What takes over behind the last entry.
    pub(in crate::session) live: Option<Box<Live>>,
    /// Futures that have an answer in the trace's last run.
    answered: BTreeSet<u64>,
    /// The first entry of the last run.
    last_run: usize,
    /// The next entry of what the host did with the run by its fuel, or the one that comes before
    /// any such, with that fuel.
    ahead: Option<(usize, Option<u64>)>,
    /// Recorded by this very version.
    same_engine: bool,
    /// What the function that was played last will have to know again.
    pub(in crate::session) remembered: Vec<Vec<u8>>,
    /// The last entry whose reply was redacted.
    redacted: Option<u64>,
}

/// Why playing stops.
#[derive(Debug)]
pub(in crate::session) enum Stopped {
    /// For an error.
    Error(ReplayError),
    /// At the entry where it was to stop.
    Reached,
}

impl Player {
    pub(in crate::session) fn new(trace: Arc<Recorded>, live: Option<Box<Live>>) -> Player {
        let end = if live.is_some() { trace.kept() } else { trace.entries.len() };
        let kinds = trace.entries[..end].iter();
        let last_run = kinds.clone().rposition(|entry| entry.kind == "run").unwrap_or(end);
        let mut answered = BTreeSet::new();
        if live.is_some() {
            for at in last_run..end {
                if trace.entries[at].kind == "answer" {
                    answered.extend(trace.fields(at).field("future").and_then(count_of));
                }
            }
        }
        let engine = trace.fields(0);
        let same_engine = engine.field("engine").and_then(HostValue::as_str) == Some(ENGINE);
        Player {
            trace,
            at: 0,
            end,
            held: Held::default(),
            stopped: None,
            until: None,
            live,
            answered,
            last_run,
            ahead: None,
            same_engine,
            remembered: Vec::new(),
            redacted: None,
        }
    }

    /// Tells whether all entries are played.
    pub(in crate::session) fn is_over(&self) -> bool {
        self.at >= self.end
    }

    /// Returns the kind of the next entry; nothing behind the last.
    pub(in crate::session) fn kind(&self) -> Option<&'static str> {
        let entry = self.trace.entries.get(self.at).filter(|_| !self.is_over());
        entry.map(|entry| entry.kind)
    }

    /// Returns the fields of the next entry.
    pub(in crate::session) fn fields(&self) -> HostValue {
        self.trace.fields(self.at)
    }

    /// The next entry that is no output: what is printed comes before whatever is next.
    fn at_ahead(&self) -> usize {
        self.at + usize::from(self.kind() == Some("output"))
    }

    /// Returns the kind and the fields of the next entry that is no output.
    pub(in crate::session) fn ahead(&self) -> Option<(&'static str, HostValue)> {
        let at = self.at_ahead();
        let entry = self.trace.entries.get(at).filter(|_| at < self.end)?;
        Some((entry.kind, self.trace.fields(at)))
    }

    /// Returns the fields of the entry behind the one that [`Player::ahead`] returns.
    pub(in crate::session) fn behind_ahead(&self) -> HostValue {
        self.trace.fields(self.at_ahead() + 1)
    }

    /// Tells whether the session was dropped behind the entry that [`Player::ahead`] returns.
    pub(in crate::session) fn closes_behind_ahead(&self) -> bool {
        let behind = self.trace.entries.get(self.at_ahead() + 1);
        behind.is_some_and(|entry| entry.kind == "close")
    }

    /// Tells whether nothing is behind the entry that [`Player::ahead`] returns.
    pub(in crate::session) fn is_last_ahead(&self) -> bool {
        self.at_ahead() + 1 >= self.end
    }

    /// Tells whether the future of this number, of the run that is open at the trace's end,
    /// has no answer in it.
    pub(in crate::session) fn is_left_open(&self, future: u64) -> bool {
        self.live.is_some() && self.at >= self.last_run && !self.answered.contains(&future)
    }

    /// Returns the fuel at which the host was the next to do something with the run that is under
    /// way, other than to answer it.
    pub(in crate::session) fn fuel_ahead(&mut self) -> Option<u64> {
        let known = self.ahead.filter(|(at, _)| *at >= self.at);
        let found = known.unwrap_or_else(|| {
            let entries = self.trace.entries.iter().take(self.end).skip(self.at);
            let place = |entry: &Entry| {
                matches!(entry.kind, "stop" | "fuel" | "left" | "end" | "run" | "close")
            };
            let at = self.at + entries.take_while(|entry| !place(entry)).count();
            let kind = self.trace.entries.get(at).map(|entry| entry.kind);
            let fuel = matches!(kind, Some("stop" | "fuel" | "left"))
                .then(|| self.trace.fields(at).field("fuel").and_then(count_of));
            (at, fuel.flatten())
        });
        self.ahead = Some(found);
        found.1
    }

    /// Reads a reply that the trace has. One that is none stops the replay.
    pub(in crate::session) fn reply(
        &mut self,
        json: &HostValue,
        machines: &Machines,
    ) -> Option<reply::Outcome> {
        let reply = reply::outcome_of(json, &self.held.on(machines));
        if reply.is_none() {
            self.stop_unfit("the reply is none");
        }
        reply
    }

    /// Ends playing, if it has not ended.
    pub(in crate::session) fn stop(&mut self, error: ReplayError) {
        self.stopped.get_or_insert(Stopped::Error(error));
    }

    /// Ends playing because the next entry makes no sense.
    pub(in crate::session) fn stop_unfit(&mut self, why: impl Into<String>) {
        let entry = self.at as u64 + 1;
        self.stop(ReplayError::Unfit { entry, why: why.into() });
    }

    /// Compares the line that a recorder would write now with the next entry, which is
    /// played then.
    pub(in crate::session) fn compare(&mut self, body: &[u8], machine: usize) {
        if self.stopped.is_some() {
            return;
        }
        let trace = Arc::clone(&self.trace);
        let recorded = trace.body(self.at);
        if recorded != body
            && let Some(divergence) = self.difference(recorded, body)
        {
            return self.stop(ReplayError::Diverged(Box::new(divergence)));
        }
        self.at += 1;
        if self.until == Some(self.at as u64) {
            self.stopped = Some(Stopped::Reached);
        }
        // What the host had dropped when the next entry was written is to be dropped before
        // the machine goes on: what was printed before that has an entry of its own, and so has
        // fuel that was given then.
        let behind = trace.entries.iter().skip(self.at);
        let silent = behind.take_while(|entry| matches!(entry.kind, "output" | "fuel"));
        let next = self.at + silent.count();
        if memchr::memmem::find(trace.body(next), b",\"dropped\":[").is_some()
            && let Some(HostValue::Array(dropped)) = trace.fields(next).field("dropped")
        {
            let machine = self.machine_of(next).unwrap_or(machine);
            for number in dropped.iter().filter_map(count_of) {
                self.held.held.remove(&(machine, number));
            }
        }
    }

    /// Returns the machine that an entry is about, if it need not be the one that was at work.
    fn machine_of(&self, at: usize) -> Option<usize> {
        match self.trace.entries.get(at)?.kind {
            "run" => {
                let how = self.trace.fields(at);
                let is_executed = how.field("how").and_then(HostValue::as_str) == Some("execute");
                Some(if is_executed { TEMPLATE } else { OWN })
            }
            "function" | "object" | "revoke" => Some(OWN),
            _ => None,
        }
    }

    /// Adds to a difference at the end of a run how that has ended.
    pub(in crate::session) fn tell_of_end(&mut self, report: &Report) {
        let Some(Stopped::Error(ReplayError::Diverged(divergence))) = &mut self.stopped else {
            return;
        };
        divergence.fuel = report.usage.fuel_used;
        let (chunk, line) = match (&report.outcome, &report.place) {
            (Outcome::Failed(error), _) => (error.chunk.clone(), error.line),
            (_, Some(place)) => (place.chunk.clone(), place.line),
            _ => return,
        };
        (divergence.chunk, divergence.line) = (chunk, line);
    }

    fn difference(&mut self, recorded: &[u8], body: &[u8]) -> Option<Divergence> {
        let (one, other) = (fields(recorded).unwrap_or_default(), fields(body).unwrap_or_default());
        let members = |fields: &HostValue| match fields {
            HostValue::Object(members) => members.clone(),
            _ => Vec::new(),
        };
        let (ones, others) = (members(&one), members(&other));
        let left_out = match one.field("redacted") {
            Some(HostValue::Array(names)) => names.as_slice(),
            _ => &[],
        };
        if left_out.iter().any(|name| name.as_str() == Some("reply")) {
            self.redacted = Some(self.at as u64 + 1);
        }
        let skipped = |name: &str| {
            left_out.iter().any(|left_out| left_out.as_str() == Some(name))
                || matches!(name, "redacted" | "decided")
                || (!self.same_engine && matches!(name, "engine" | "peak" | "digest"))
        };
        let names = ones.iter().chain(&others).filter_map(|(key, _)| key.as_str());
        let kinds = (one.field("k"), other.field("k"));
        // If they are of different kinds, the rest says nothing.
        let names = std::iter::once("k").filter(|_| kinds.0 != kinds.1).chain(names);
        for name in names.filter(|name| !skipped(name)) {
            let (one_value, other_value) = (one.field(name), other.field(name));
            let (way, here, there) = match (one_value, other_value) {
                (Some(one), Some(other)) => match parting(one, other) {
                    None => continue,
                    Some(apart) => apart,
                },
                apart => (String::new(), apart.0, apart.1),
            };
            let text = |value: Option<&HostValue>| value.map_or_else(String::new, show);
            let (mut here, mut there) = (text(here), text(there));
            if name == "k" {
                (here, there) = (what(&one), what(&other));
            }
            return Some(Divergence {
                entry: self.at as u64 + 1,
                what: what(&one),
                field: format!("{name}{way}"),
                recorded: here,
                this_run: there,
                chunk: String::new(),
                line: None,
                fuel: 0,
                cause: self.cause(),
            });
        }
        None
    }

    /// Says that this run has come to something for which the trace has another entry.
    pub(in crate::session) fn diverge(&mut self, this_run: &str) {
        let next = self.fields();
        let divergence = Divergence {
            entry: self.at as u64 + 1,
            what: what(&next),
            field: "k".to_owned(),
            recorded: what(&next),
            this_run: this_run.to_owned(),
            chunk: String::new(),
            line: None,
            fuel: 0,
            cause: self.cause(),
        };
        self.stop(ReplayError::Diverged(Box::new(divergence)));
    }

    /// Says what may be the reason for a difference.
    fn cause(&self) -> String {
        if let Some(entry) = self.redacted {
            return format!("the reply of entry {entry} was redacted, so this run got another one");
        }
        if !self.same_engine {
            return "the trace is of another version of the engine".to_owned();
        }
        if self.live.is_some() {
            return "the host's functions, or what it was set up with, are not those of the \
                    recording; or the trace was changed"
                .to_owned();
        }
        // Whatever is in an entry may follow from all that was before.
        "this entry or one before it was changed, and the hashes made anew; or the machine did \
         not repeat itself"
            .to_owned()
    }
}

/// Says what an entry is.
pub(in crate::session) fn what(fields: &HostValue) -> String {
    let text = |name: &str| fields.field(name).and_then(HostValue::as_str).unwrap_or_default();
    let kind = text("k");
    match kind {
        "call" => format!("call {}", text("name")),
        "run" => format!("run of {}", fields.field("run").map_or_else(String::new, show)),
        "done" | "then" => {
            format!("{kind} of call {}", fields.field("call").map_or_else(String::new, show))
        }
        "" => "no entry".to_owned(),
        "end" => end_as(fields.field("outcome").unwrap_or(&HostValue::Nil)),
        kind => kind.to_owned(),
    }
}

/// Says how a run ended: with its error, if it had one.
pub(in crate::session) fn end_as(outcome: &HostValue) -> String {
    let failed = outcome.field("failed").or_else(|| outcome.field("done_without"));
    if let Some(message) = failed.and_then(|error| error.field("message")) {
        return format!("end: {}", show(message));
    }
    let name = match outcome {
        HostValue::Object(fields) => fields.first().and_then(|(name, _)| name.as_str()),
        name => name.as_str(),
    };
    format!("end: {}", name.unwrap_or("of no kind"))
}
