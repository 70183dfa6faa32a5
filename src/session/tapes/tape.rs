//! The moments of a session that its trace has entries for. When a trace is recorded, they
//! are written; when one is replayed, they are compared, and what came from the host then
//! comes from the trace.
//!
//! Both ways go through the same code: a replay makes each line that a recorder would write,
//! and holds it against the one that is there.

use super::deck::{Deck, Reel};
use super::ended::{push_outcome, push_stood};
use super::limits::push_limits;
use super::redact::TracePart;
use super::text::push_bytes;
use super::value::{OWN, TEMPLATE, push_list, push_value};
use crate::session::functions::letters::{Answer, answer_of};
use crate::session::functions::lock::lock;
use crate::session::images::state_digest::digest_in_trace;
use crate::session::values::callee::{Callee, Named};
use crate::session::values::chunk::Chunk;
use crate::session::values::error::LuaError;
use crate::session::values::function::Function;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use crate::session::values::object_ref::ObjectRef;
use crate::session::values::outcome::{Outcome, Report};
use crate::vm::machine::Lua;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard};

/// A session's trace.
#[derive(Clone, Debug)]
pub(in crate::session) struct Tape(Arc<Mutex<Deck>>);

/// The tape as its session has it: with the session the trace ends.
#[derive(Debug)]
pub(in crate::session) struct OwnTape(pub(in crate::session) Tape);

impl Deref for OwnTape {
    type Target = Tape;

    fn deref(&self) -> &Tape {
        &self.0
    }
}

impl Drop for OwnTape {
    fn drop(&mut self) {
        self.0.lock().close();
    }
}

/// What a run begins with.
pub(in crate::session) enum Start<'a> {
    /// A chunk, on a machine.
    Chunk(&'a Chunk<'a>, usize),
    /// A function of the script's.
    Call(&'a Callee<'a>, &'a Result<Vec<HostValue>, HostError>),
}

impl Tape {
    pub(in crate::session) fn new(deck: Deck) -> Tape {
        Tape(Arc::new(Mutex::new(deck)))
    }

    /// Returns what ends a copy of the trace.
    #[cfg(feature = "cli")]
    pub(in crate::session) fn last_line(&self) -> Vec<u8> {
        self.lock().last_line()
    }

    pub(in crate::session) fn lock(&self) -> MutexGuard<'_, Deck> {
        lock(&self.0)
    }

    /// Returns how a run ends that cannot go on because of its trace.
    pub(in crate::session) fn halted(&self) -> Option<Outcome> {
        self.lock().halted()
    }

    /// Tells whether functions of the host are really called.
    pub(in crate::session) fn is_live(&self) -> bool {
        self.lock().is_live()
    }

    /// A run is about to begin, with the machine as it was left.
    pub(in crate::session) fn begin(&self, lua: &mut Lua, start: &Start<'_>) -> Option<Outcome> {
        let mut deck = self.lock();
        let machine = match start {
            Start::Chunk(_, machine) => *machine,
            Start::Call(..) => OWN,
        };
        if std::mem::replace(&mut deck.is_open, true) {
            // Nobody has ended the one before: its future was forgotten, or a panic went
            // through it.
            let current = deck.machines.current;
            let fuel = lua.meters(|meters| meters.fuel.used());
            let mut line = deck.begin_on(lua, current, "left");
            line.count("fuel", fuel);
            deck.write(line);
        }
        deck.runs += 1;
        (deck.calls, deck.asked, deck.futures) = (0, 0, 0);
        deck.ghosts.clear();
        let mut line = deck.begin_on(lua, machine, "run");
        line.count("run", deck.runs);
        match start {
            Start::Chunk(chunk, _) => {
                line.text("how", if machine == TEMPLATE { "execute" } else { "run" });
                if chunk.name != chunk.source {
                    line.bytes("name", chunk.name);
                }
                deck.put_text(&mut line, "source", TracePart::Source, chunk.source);
                if let Some(args) = &chunk.args {
                    let text = args.to_string();
                    deck.put_text(&mut line, "args", TracePart::Given, text.as_bytes());
                }
                if !chunk.script_args.is_empty() {
                    let text = line.field("script_args");
                    push_list(text, &chunk.script_args, |text, arg| push_bytes(text, arg));
                }
                if let Some(limits) = &chunk.limits {
                    push_limits(line.field("limits"), limits);
                }
            }
            Start::Call(callee, args) => {
                line.text("how", "call");
                match callee.named {
                    Named::Path(path) => line.text("path", path),
                    Named::Function(function) => {
                        let value = HostValue::Function(function.clone());
                        push_value(line.field("function"), &value, &deck.machines);
                    }
                }
                match args {
                    Ok(args) => {
                        deck.put_values(&mut line, "given", TracePart::Given, "", args);
                    }
                    Err(_) => deck.put_reply(&mut line, "refused", "", args),
                }
                if let Some(limits) = &callee.limits {
                    push_limits(line.field("limits"), limits);
                }
            }
        }
        deck.write(line);
        deck.halted()
    }

    /// A run has ended, and is off the machine. `stopped` is how, if its host has stopped it; `closing` tells whether
    /// it was done then but for finalizers.
    pub(in crate::session) fn end(
        &self,
        lua: &mut Lua,
        report: &mut Report,
        stopped: Option<&(Outcome, bool)>,
    ) {
        let mut deck = self.lock();
        let usage = report.usage;
        if let Some((outcome, closing)) = stopped {
            let mut line = lua.enter(|ctx| deck.begin_in(ctx, "stop"));
            push_outcome(line.field("outcome"), outcome);
            line.count("fuel", usage.fuel_used);
            if *closing {
                line.field("closing").extend_from_slice(b"true");
            }
            deck.write(line);
        }
        let mut line = lua.enter(|ctx| deck.begin_in(ctx, "end"));
        let redacted =
            deck.redactor.as_mut().and_then(|redactor| redactor.outcome(&report.outcome));
        if redacted.is_some() {
            line.redacted("outcome");
        }
        push_outcome(line.field("outcome"), redacted.as_ref().unwrap_or(&report.outcome));
        if let Some(place) = &report.place {
            push_stood(line.field("place"), place);
        }
        line.count("fuel", usage.fuel_used);
        line.count("peak", usage.memory_peak);
        line.count("host_calls", usage.host_calls);
        line.count("output", usage.output_bytes);
        if report.truncated {
            line.field("truncated").extend_from_slice(b"true");
        }
        line.text("digest", &digest_in_trace(lua, deck.profile).to_string());
        deck.write(line);
        // The machine does not know any more.
        if let Some(player) = deck.player() {
            player.tell_of_end(report);
        }
        deck.is_open = false;
        if deck.is_live()
            && let Some(failed) = deck.halted()
        {
            report.outcome = failed;
        }
    }

    /// The host has given the run more fuel.
    pub(in crate::session) fn fuel(&self, used: u64, units: u64) {
        let mut deck = self.lock();
        let mut line = deck.begin("fuel");
        line.count("units", units);
        line.count("fuel", used);
        deck.write(line);
    }

    /// The script has yielded.
    pub(in crate::session) fn yielded(&self, lua: &mut Lua, values: &[HostValue]) {
        let mut deck = self.lock();
        let mut line = lua.enter(|ctx| {
            let mut line = deck.begin_in(ctx, "yield");
            line.count("fuel", ctx.state.fuel.used());
            line
        });
        deck.put_values(&mut line, "values", TracePart::Yielded, "yield", values);
        deck.write(line);
    }

    /// It goes on with these values.
    ///
    /// Returns what comes of it: too much is refused. A replay takes that from the trace, in
    /// which values that are nested too deep are not what they were.
    pub(in crate::session) fn resumed(&self, values: Vec<HostValue>, limit: u64) -> Answer {
        let mut deck = self.lock();
        let machines = std::mem::take(&mut deck.machines);
        let played = deck.player().filter(|player| player.kind() == Some("resume"));
        let answer = match played {
            Some(player) => {
                let fields = player.fields();
                let refused = fields.field("reply").and_then(|it| player.reply(it, &machines));
                Answer::new(refused.unwrap_or(Ok(values)))
            }
            None => answer_of("yield", Ok(values), limit),
        };
        deck.machines = machines;
        let mut line = deck.begin("resume");
        match &answer.result {
            Ok(values) => {
                deck.put_values(&mut line, "values", TracePart::Yielded, "yield", values);
            }
            refused => deck.put_reply(&mut line, "reply", "yield", refused),
        }
        deck.write(line);
        answer
    }

    /// A call that was handed out is answered.
    pub(in crate::session) fn answered(&self, id: u64, name: &str, answer: &Answer) {
        self.settled("id", id, name, answer);
    }

    /// A future is there.
    pub(in crate::session) fn arrived(&self, future: u64, name: &str, answer: &Answer) {
        self.settled("future", future, name, answer);
    }

    fn settled(&self, whose: &str, number: u64, name: &str, answer: &Answer) {
        let mut deck = self.lock();
        let mut line = deck.begin("answer");
        line.count(whose, number);
        deck.put_reply(&mut line, "reply", name, &answer.result);
        deck.write(line);
    }

    /// Returns the answer of a future, if it is what comes next in the trace. The outer
    /// nothing says that no trace is played: the future itself knows.
    pub(in crate::session) fn play_future(&self, future: u64) -> Option<Option<Answer>> {
        let mut deck = self.lock();
        let machines = std::mem::take(&mut deck.machines);
        let answer = deck.player().map(|player| {
            let fields = (player.kind() == Some("answer")).then(|| player.fields())?;
            if fields.field("future").and_then(super::value::count_of) != Some(future) {
                return None;
            }
            player.reply(fields.field("reply")?, &machines).map(Answer::new)
        });
        deck.machines = machines;
        answer
    }

    /// The host has asked for a function between runs.
    pub(in crate::session) fn function(
        &self,
        lua: &mut Lua,
        path: &str,
        found: Result<&Function, &LuaError>,
    ) {
        let mut deck = self.lock();
        let mut line = deck.begin_on(lua, OWN, "function");
        line.text("path", path);
        match found {
            Ok(function) => {
                let function = [HostValue::Function(function.clone())];
                push_value(line.field("found"), &function[0], &deck.machines);
                deck.take(&function);
            }
            Err(error) => line.bytes("error", &error.message),
        }
        deck.write(line);
    }

    /// The host has made an object between runs.
    pub(in crate::session) fn object(
        &self,
        lua: &mut Lua,
        kind: &str,
        bytes: u64,
        made: Option<&ObjectRef>,
    ) {
        let mut deck = self.lock();
        let mut line = deck.begin_on(lua, OWN, "object");
        line.text("type", kind);
        line.count("bytes", bytes);
        if let Some(object) = made {
            let object = [HostValue::UserData(object.clone())];
            push_value(line.field("made"), &object[0], &deck.machines);
            deck.take(&object);
        }
        deck.write(line);
    }

    /// The host has revoked an object between runs.
    pub(in crate::session) fn revoked(&self, lua: &mut Lua, object: &ObjectRef, done: bool) {
        let mut deck = self.lock();
        let mut line = deck.begin_on(lua, OWN, "revoke");
        push_value(line.field("object"), &HostValue::UserData(object.clone()), &deck.machines);
        super::value::push_boolean(line.field("done"), done);
        deck.write(line);
    }

    /// Makes a tape that is recorded.
    pub(in crate::session) fn recording(
        lines: super::writer::Lines,
        redactor: Option<super::redact::Redactor>,
    ) -> Tape {
        Tape::new(Deck::new(Reel::Recording(lines), redactor))
    }
}
