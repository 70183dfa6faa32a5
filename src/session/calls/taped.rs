//! Calls of host functions: an entry before each has an effect, and one after it.

use super::host_table::{Called, HostTable};
use super::taking;
use crate::session::functions::contained::contained;
use crate::session::functions::future::HostFuture;
use crate::session::functions::host_context::HostCx;
use crate::session::functions::letters::{Answer, Calling, Request};
use crate::session::functions::notes::Note;
use crate::session::tapes::deck::Deck;
use crate::session::tapes::divergence::ReplayError;
use crate::session::tapes::line::Line;
use crate::session::tapes::live::{Decision, OpenCall};
use crate::session::tapes::notes::push_notes;
use crate::session::tapes::redact::TracePart;
use crate::session::tapes::reply::outcome_of;
use crate::session::tapes::tape::Tape;
use crate::session::tapes::text::push_count;
use crate::session::tapes::value::{
    Machines, count_of, push_value, push_values, value_of, values_of,
};
use crate::session::tapes::writer::When;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use crate::session::values::outcome::Outcome;
use std::future::ready;

/// The least bytes of a string of which JSON is made elsewhere, if that may be.
const LARGE: usize = 64;

/// What becomes of a call once its entry is there.
enum Next {
    /// The function is called.
    Call,
    /// Somebody has decided what it returned.
    Decided(&'static str, Result<Vec<HostValue>, HostError>),
    /// The trace says what came of it.
    Play,
    /// The run ends here.
    Stop(Outcome),
}

impl Tape {
    /// Calls the function that a script asked for, or does what the trace says of it.
    pub(in crate::session) fn call(
        &self,
        host: &mut HostTable,
        cx: &mut HostCx<'_>,
        request: &mut Request,
        limit: u64,
    ) -> Called {
        let name = host.name_of(request.target).into_owned();
        let (idempotent, only_looks) = host.is_harmless(request.target);
        let when = When::of(only_looks);
        let (number, next) = self.lock().intent(cx, &name, request, idempotent, when);
        let mut decided = None;
        let mut called = match next {
            Next::Stop(outcome) => {
                cx.end_run(outcome);
                return Called::failed(HostError::stopped());
            }
            Next::Call => host.call_untaped(cx, request, limit),
            Next::Decided(how, reply) => {
                decided = Some(how);
                Called::Answered(Answer::new(reply))
            }
            Next::Play => {
                let types = |name: &str| host.types.iter().position(|kind| kind.name == name);
                let played = self.lock().play(cx, &name, number, &types, request, idempotent);
                let remembered = self.lock().player().map(|p| std::mem::take(&mut p.remembered));
                for note in remembered.unwrap_or_default() {
                    host.recall(request.target, &note);
                }
                match played {
                    Played::Said(called) => called,
                    Played::Ready(called) => return called,
                    Played::Redo(future) => return redo(host, cx, request, limit, future),
                    Played::Open => return Called::failed(HostError::stopped()),
                    Played::Stop(outcome) => {
                        cx.end_run(outcome);
                        return Called::failed(HostError::stopped());
                    }
                }
            }
        };
        let stopped = self.lock().done(cx, &name, number, (decided, when), &mut called);
        if let Some(outcome) = stopped {
            cx.end_run(outcome);
        }
        called
    }
}

/// Calls a function once more whose future has no answer in the trace: its own entries are
/// there already.
fn redo(
    host: &mut HostTable,
    cx: &mut HostCx<'_>,
    request: &mut Request,
    limit: u64,
    number: u64,
) -> Called {
    match host.call_untaped(cx, request, limit) {
        Called::Begun(name, mut future) => {
            future.number = number;
            Called::Begun(name, future)
        }
        // The entry says that a future is waited for.
        Called::Answered(answer) if answer.calls.is_none() => {
            let mut future = HostFuture::new(ready(answer.result));
            future.number = number;
            Called::Begun(host.name_of(request.target).into_owned(), future)
        }
        other => other,
    }
}

/// What a trace says of a call.
enum Played {
    /// It came to this.
    Said(Called),
    /// It became a future, of which no more is known.
    Open,
    /// Somebody has decided what comes of its future, whose entry is there.
    Ready(Called),
    /// It became a future, of this number, of which no more is known: the function is called
    /// once more.
    Redo(u64),
    /// The run ends here.
    Stop(Outcome),
}

impl Deck {
    /// Makes the entry of a call that is about to happen.
    fn intent(
        &mut self,
        cx: &mut HostCx<'_>,
        name: &str,
        request: &Request,
        idempotent: bool,
        when: When,
    ) -> (u64, Next) {
        cx.notes = Some(std::mem::take(&mut self.notes));
        let number = match &request.then {
            Some(then) => then.number,
            None => {
                self.calls += 1;
                self.calls
            }
        };
        let kind = if request.then.is_some() { "then" } else { "call" };
        // What goes on is not there if it was only played before.
        let ghost = request.then.is_some() && self.ghosts.remove(&number);
        let (mut line, fuel) = cx.enter(|ctx| (self.begin_in(ctx, kind), ctx.state.fuel.used()));
        line.count("call", number);
        match &request.then {
            Some(then) => {
                self.put_reply(&mut line, "result", name, &then.result);
                match &then.result {
                    Ok(values) => self.take(values),
                    // The host function may hand it on, or what is in it.
                    Err(error) => self.take(error.as_value().map_or(&[], std::slice::from_ref)),
                }
            }
            None => {
                line.text("name", name);
                if let Some(object) = &request.object {
                    line.count("object", object.serial);
                }
                self.put_values(&mut line, "args", TracePart::Argument, name, &request.args);
            }
        }
        line.count("fuel", fuel);
        self.write_when(line, when);
        if let Some(outcome) = self.halted() {
            return (number, Next::Stop(outcome));
        }
        let over = self.player().is_none_or(|player| player.is_over());
        if !over {
            return (number, Next::Play);
        }
        // The entry is the last of the trace, or there is no trace any more.
        if self.is_live() && !ghost {
            return (number, Next::Call);
        }
        let call = self.open_call(name, request, idempotent);
        (number, self.decide(call))
    }

    fn open_call(&mut self, name: &str, request: &Request, idempotent: bool) -> OpenCall {
        OpenCall {
            entry: self.entries(),
            name: name.to_owned(),
            args: request.args.clone(),
            idempotent,
            can_redo: request.then.is_none(),
        }
    }

    /// Asks what becomes of a call that has no answer in the trace. If something does, the
    /// trace is gone on with.
    fn decide(&mut self, call: OpenCall) -> Next {
        let Some(decide) = &mut self.decide else {
            let entry = call.entry;
            let what = format!("the call of {} has no answer", call.name);
            if let Some(player) = self.player() {
                player.stop(ReplayError::Incomplete { entry, what });
            }
            return Next::Stop(Outcome::Cancelled);
        };
        let decided = contained(|| decide(&call)).unwrap_or(Decision::Leave);
        let next = match decided {
            Decision::Redo if call.can_redo => Next::Call,
            Decision::Reply(values) => Next::Decided("reply", Ok(values)),
            Decision::Fail(error) => Next::Decided("fail", Err(error)),
            Decision::Redo | Decision::Leave => {
                self.open = Some(Box::new(call));
                return Next::Stop(Outcome::Cancelled);
            }
        };
        self.go_live();
        next
    }

    /// Makes the entry of a call that has come to something. Returns how the run ends, if it
    /// must.
    fn done(
        &mut self,
        cx: &mut HostCx<'_>,
        name: &str,
        number: u64,
        (decided, when): (Option<&str>, When),
        called: &mut Called,
    ) -> Option<Outcome> {
        let mut line = cx.enter(|ctx| self.begin_in(ctx, "done"));
        line.count("call", number);
        if let Some(decided) = decided {
            line.text("decided", decided);
        }
        let mut notes = cx.notes.take().unwrap_or_default();
        if let Some(redactor) = &mut self.redactor {
            // What may not be known is not remembered either.
            notes.retain(|note| match note {
                Note::Remember(note) => {
                    let note = [HostValue::String(note.clone())];
                    redactor.values(TracePart::Argument, name, &note).is_none()
                }
                _ => true,
            });
        }
        if !notes.is_empty() {
            push_notes(line.field("took"), &notes, &self.machines);
        }
        notes.clear();
        self.notes = notes;
        let mut when = when;
        match called {
            Called::Answered(Answer { calls: None, result: Ok(values), .. })
                if self.may_be_raw(when) =>
            {
                self.put_raw(&mut line, values);
            }
            Called::Answered(answer) => self.put_answer(&mut line, name, number, answer),
            Called::Asked(..) => {
                self.asked += 1;
                line.field("reply").extend_from_slice(b"{\"later\":");
                push_end(&mut line, self.asked);
            }
            Called::Begun(_, future) => {
                self.futures += 1;
                future.number = self.futures;
                line.field("reply").extend_from_slice(b"{\"future\":");
                push_end(&mut line, self.futures);
            }
        }
        // Whoever waits for an answer may wait long.
        if !matches!(called, Called::Answered(_)) {
            when = When::Now;
        }
        self.write_when(line, when);
        self.halted()
    }

    /// Adds the reply of these values, of which large strings are as they are.
    fn put_raw(&self, line: &mut Line, values: &[HostValue]) {
        line.field("reply").extend_from_slice(b"{\"values\":[");
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                line.text_mut().push(b',');
            }
            match value {
                HostValue::String(bytes) if bytes.len() >= LARGE => line.raw(bytes),
                value => push_value(line.text_mut(), value, &self.machines),
            }
        }
        line.text_mut().extend_from_slice(b"]}");
    }

    fn put_answer(&mut self, line: &mut Line, name: &str, number: u64, answer: &mut Answer) {
        let Some(calling) = &mut answer.calls else {
            return self.put_reply(line, "reply", name, &answer.result);
        };
        calling.number = number;
        let args = answer.result.as_deref().unwrap_or_default();
        let redactor = self.redactor.as_mut();
        let redacted = redactor.and_then(|redactor| redactor.values(TracePart::Reply, name, args));
        if redacted.is_some() {
            line.redacted("reply");
        }
        let text = line.field("reply");
        text.extend_from_slice(b"{\"function\":");
        push_value(text, &HostValue::Function(calling.function.clone()), &self.machines);
        text.extend_from_slice(b",\"args\":");
        push_values(text, redacted.as_deref().unwrap_or(args), &self.machines);
        text.push(b'}');
    }

    /// Does what the next entry says came of a call.
    fn play(
        &mut self,
        cx: &mut HostCx<'_>,
        name: &str,
        number: u64,
        types: &dyn Fn(&str) -> Option<usize>,
        request: &Request,
        idempotent: bool,
    ) -> Played {
        let machines = std::mem::take(&mut self.machines);
        let played = self.play_on(cx, name, number, types, &machines);
        self.machines = machines;
        match played {
            Played::Open => self.play_open(cx, name, number, request, idempotent),
            played => played,
        }
    }

    fn play_on(
        &mut self,
        cx: &mut HostCx<'_>,
        name: &str,
        number: u64,
        types: &dyn Fn(&str) -> Option<usize>,
        machines: &Machines,
    ) -> Played {
        let stop = Played::Stop(Outcome::Cancelled);
        let Some(player) = self.player() else { return stop };
        let fields = player.fields();
        if player.kind() != Some("done") || fields.field("call").and_then(count_of) != Some(number)
        {
            player.diverge(&format!("done of call {number}"));
            return stop;
        }
        if let Some(took) = fields.field("took") {
            match taking::take(cx, took, types, &player.held.on(machines)) {
                Some(taken) => {
                    player.held.take(&taken.objects, machines);
                    player.remembered = taken.remembered;
                }
                None => {
                    player.stop_unfit("what the call took is nothing that a call takes");
                    return stop;
                }
            }
        }
        let reply = fields.field("reply");
        let field = |name: &str| reply.and_then(|reply| reply.field(name));
        if field("later").is_some() {
            return Played::Said(Called::Asked(name.to_owned(), None));
        }
        if field("future").is_some() {
            let next = self.futures + 1;
            let Some(player) = self.player() else { return stop };
            if !player.is_left_open(next) {
                let future = HostFuture::recorded(next);
                return Played::Said(Called::Begun(name.to_owned(), future));
            }
            return Played::Open;
        }
        let Some(player) = self.player() else { return stop };
        let handles = player.held.on(machines);
        let called = match (field("function"), field("args")) {
            (Some(function), Some(HostValue::Array(args))) => {
                let function = match value_of(function, &handles) {
                    Some(HostValue::Function(function)) => Some(function),
                    _ => None,
                };
                let called = function.zip(values_of(args, &handles));
                called.map(|(function, args)| {
                    let then = Box::new(|_: &mut HostCx<'_>, _| Err(HostError::stopped()));
                    let calls = Some(Calling { function, then, number });
                    Answer { calls, ..Answer::new(Ok(args)) }
                })
            }
            _ => reply.and_then(|reply| outcome_of(reply, &handles)).map(Answer::new),
        };
        match called {
            Some(answer) => {
                if answer.calls.is_some() {
                    self.ghosts.insert(number);
                }
                Played::Said(Called::Answered(answer))
            }
            None => {
                player.stop_unfit("the reply is none");
                stop
            }
        }
    }

    /// Decides what becomes of a call whose future has no answer in the trace.
    fn play_open(
        &mut self,
        cx: &mut HostCx<'_>,
        name: &str,
        number: u64,
        request: &Request,
        idempotent: bool,
    ) -> Played {
        let future = self.futures + 1;
        let call = self.open_call(name, request, idempotent);
        let decide = self.decide.as_mut();
        let decided = decide.and_then(|decide| contained(|| decide(&call)));
        let decided = decided.unwrap_or(Decision::Leave);
        let answer = match decided {
            Decision::Redo => None,
            Decision::Reply(values) => Some(Ok(values)),
            Decision::Fail(error) => Some(Err(error)),
            Decision::Leave => {
                self.open = Some(Box::new(call));
                return Played::Stop(Outcome::Cancelled);
            }
        };
        // The entry that the call has become a future is there.
        let mut waiting = Called::Begun(name.to_owned(), HostFuture::recorded(future));
        if let Some(outcome) = self.done(cx, name, number, (None, When::Now), &mut waiting) {
            return Played::Stop(outcome);
        }
        cx.notes = None;
        match answer {
            None => Played::Redo(future),
            Some(answer) => {
                let mut decided = HostFuture::new(ready(answer));
                decided.number = future;
                Played::Ready(Called::Begun(name.to_owned(), decided))
            }
        }
    }
}

fn push_end(line: &mut Line, number: u64) {
    let text = line.text_mut();
    push_count(text, number);
    text.push(b'}');
}
