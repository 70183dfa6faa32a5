//! Where the entries of a trace are written, or compared with those that are there.

use super::divergence::ReplayError;
use super::line::Line;
#[cfg(feature = "cli")]
use super::line::{self, hash_of};
use super::live::{Decide, OpenCall};
use super::player::{Held, Player};
use super::redact::{Redactor, TracePart};
use super::reply::push_outcome;
use super::text::push_count;
use super::value::{Machines, push_list, push_values};
use super::writer::{Lines, When};
use crate::session::functions::notes::Note;
use crate::session::values::error::{ErrorKind, LuaError};
use crate::session::values::host_value::HostValue;
use crate::session::values::outcome::Outcome;
use crate::stdlib::Profile;
use crate::vm::machine::Lua;
use crate::vm::state::context::Context;
use std::collections::BTreeSet;
use std::fmt;

/// Where entries go.
pub(in crate::session) enum Reel {
    /// Into a sink, as they happen.
    Recording(Lines),
    /// They are compared with a trace.
    Playing(Box<Player>),
}

/// Makes the entries of a session's trace.
pub(in crate::session) struct Deck {
    pub(in crate::session) reel: Reel,
    pub(in crate::session) machines: Machines,
    /// Entries so far.
    n: u64,
    buffer: Vec<u8>,
    /// Room for what the next call takes.
    pub(in crate::session) notes: Vec<Note>,
    pub(in crate::session) redactor: Option<Redactor>,
    /// Which natives there are: a digest knows them by their names.
    pub(in crate::session) profile: Profile,
    /// The handles that the host held where a trace ended that is gone on with.
    kept: Held,
    /// Why nothing can be written any more.
    failed: Option<&'static str>,
    /// Decides about calls that have no answer in the trace.
    pub(in crate::session) decide: Option<Decide>,
    /// The call that nobody has decided about.
    pub(in crate::session) open: Option<Box<OpenCall>>,
    /// Calls of this run whose host function is to go on, and is not there: it was called
    /// when the trace was recorded.
    pub(in crate::session) ghosts: BTreeSet<u64>,
    /// Number of the last run.
    pub(in crate::session) runs: u64,
    /// Whether it has not ended.
    pub(in crate::session) is_open: bool,
    /// Numbers of the last call, of the last that was handed out, and of the last future, in
    /// this run.
    pub(in crate::session) calls: u64,
    pub(in crate::session) asked: u64,
    pub(in crate::session) futures: u64,
}

impl fmt::Debug for Deck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deck").field("entries", &self.n).finish_non_exhaustive()
    }
}

impl Deck {
    pub(in crate::session) fn new(reel: Reel, redactor: Option<Redactor>) -> Deck {
        Deck {
            reel,
            machines: Machines::default(),
            n: 0,
            buffer: Vec::new(),
            notes: Vec::new(),
            redactor,
            profile: Profile::Strict,
            failed: None,
            decide: None,
            open: None,
            ghosts: BTreeSet::new(),
            kept: Held::default(),
            runs: 0,
            is_open: false,
            calls: 0,
            asked: 0,
            futures: 0,
        }
    }

    /// Returns the number of entries so far.
    pub(in crate::session) fn entries(&self) -> u64 {
        self.n
    }

    /// Returns the trace that is played.
    pub(in crate::session) fn player(&mut self) -> Option<&mut Player> {
        match &mut self.reel {
            Reel::Playing(player) => Some(player),
            Reel::Recording(_) => None,
        }
    }

    /// Returns how a run ends that cannot go on because of its trace.
    pub(in crate::session) fn halted(&self) -> Option<Outcome> {
        if let Some(call) = &self.open {
            let text = ReplayError::Open(call.clone()).to_string();
            return Some(Outcome::Failed(LuaError::plain(ErrorKind::Internal, text)));
        }
        match &self.reel {
            Reel::Playing(player) => player.stopped.as_ref().map(|_| Outcome::Cancelled),
            Reel::Recording(_) => {
                let failed = self.failed()?;
                let text = format!("the trace cannot be written: {failed}");
                Some(Outcome::Failed(LuaError::plain(ErrorKind::Internal, text)))
            }
        }
    }

    /// Begins an entry that says nothing of a machine.
    pub(in crate::session) fn begin(&mut self, kind: &str) -> Line {
        Line::new(std::mem::take(&mut self.buffer), self.n + 1, kind)
    }

    /// Begins an entry. What the script has printed since the last one is an entry before it,
    /// and what the host has let go since then is in it.
    pub(in crate::session) fn begin_in(&mut self, ctx: Context<'_>, kind: &str) -> Line {
        let printed = ctx.state.output.borrow_mut().take_copy();
        if !printed.is_empty() {
            let mut line = self.begin("output");
            self.put_text(&mut line, "text", TracePart::Output, &printed);
            // Whatever follows decides when.
            self.write_when(line, When::Soon);
        }
        let mut line = self.begin(kind);
        let dropped = ctx.state.handles.take_let_go();
        if !dropped.is_empty() {
            push_list(line.field("dropped"), dropped, push_count);
        }
        line
    }

    /// Begins an entry about the machine that is at work from now on.
    pub(in crate::session) fn begin_on(
        &mut self,
        lua: &mut Lua,
        machine: usize,
        kind: &str,
    ) -> Line {
        self.machines.current = machine;
        lua.enter(|ctx| {
            self.machines.owners[machine] = Some(ctx.state.handles.owner());
            ctx.state.handles.watch();
            let line = self.begin_in(ctx, kind);
            ctx.state.output.borrow_mut().start_copy();
            line
        })
    }

    /// Adds a text, as far as it may be known.
    pub(in crate::session) fn put_text(
        &mut self,
        line: &mut Line,
        name: &'static str,
        part: TracePart,
        text: &[u8],
    ) {
        let redacted = self.redactor.as_mut().and_then(|redactor| redactor.bytes(part, text));
        if let Some(text) = redacted {
            line.bytes(name, &text);
            line.redacted(name);
        } else {
            line.bytes(name, text);
        }
    }

    /// Adds values, as far as they may be known. Those that came to the host are noted.
    pub(in crate::session) fn put_values(
        &mut self,
        line: &mut Line,
        name: &'static str,
        part: TracePart,
        function: &str,
        values: &[HostValue],
    ) {
        let redactor = self.redactor.as_mut();
        let redacted = redactor.and_then(|redactor| redactor.values(part, function, values));
        if redacted.is_some() {
            line.redacted(name);
        }
        let shown = redacted.as_deref().unwrap_or(values);
        push_values(line.field(name), shown, &self.machines);
        self.take(values);
    }

    /// Adds results or an error, as far as they may be known.
    pub(in crate::session) fn put_reply(
        &mut self,
        line: &mut Line,
        name: &'static str,
        function: &str,
        reply: &super::reply::Outcome,
    ) {
        let redactor = self.redactor.as_mut();
        let redacted = redactor.and_then(|redactor| redactor.reply(function, reply));
        if redacted.is_some() {
            line.redacted(name);
        }
        push_outcome(line.field(name), redacted.as_ref().unwrap_or(reply), &self.machines);
    }

    /// Notes the handles in values that came to the host.
    pub(in crate::session) fn take(&mut self, values: &[HostValue]) {
        if let Reel::Playing(player) = &mut self.reel {
            player.held.take(values, &self.machines);
        }
    }

    /// Returns why nothing can be written any more.
    fn failed(&self) -> Option<&str> {
        match &self.reel {
            Reel::Recording(lines) => self.failed.or_else(|| lines.failed()),
            Reel::Playing(_) => None,
        }
    }

    /// Tells whether an entry may have strings as they are.
    pub(in crate::session) fn may_be_raw(&self, when: When) -> bool {
        let Reel::Recording(lines) = &self.reel else { return false };
        when == When::Soon && lines.may_wait() && self.redactor.is_none()
    }

    /// Writes an entry.
    pub(in crate::session) fn write(&mut self, line: Line) {
        self.write_when(line, When::Now);
    }

    /// Writes an entry at once, or soon.
    pub(in crate::session) fn write_when(&mut self, line: Line, when: When) {
        let (body, raw) = line.body();
        // Whoever takes up the trace the next time may know what came of the call.
        if self.open.is_some() {
            self.buffer = body;
            return;
        }
        if let Reel::Playing(player) = &mut self.reel {
            if !player.is_over() {
                player.compare(&body, self.machines.current);
                self.n = player.at as u64;
                self.buffer = body;
                return;
            }
            if !self.go_live() {
                self.buffer = body;
                return;
            }
        }
        if self.failed().is_some() {
            return;
        }
        if let Reel::Recording(lines) = &self.reel {
            self.n += 1;
            lines.put(&body, &raw, when);
        }
        self.buffer = body;
    }

    /// Goes from playing to recording, behind the last entry, if that is what is to happen
    /// there. Tells whether it does.
    pub(in crate::session) fn go_live(&mut self) -> bool {
        let Reel::Playing(player) = &mut self.reel else { return true };
        if player.stopped.is_some() {
            return false;
        }
        let Some(live) = player.live.take() else {
            let entry = player.at as u64;
            let what = "the run goes on, and there is nothing more of it".to_owned();
            player.stop(ReplayError::Incomplete { entry, what });
            return false;
        };
        let last = player.at.checked_sub(1).and_then(|last| player.trace.entries.get(last));
        let hash = last.map_or([0; 32], |last| last.hash);
        self.n = player.at as u64;
        // What the host held then is held on: who recorded it might have called it.
        self.kept = std::mem::take(&mut player.held);
        self.reel = Reel::Recording(Lines::new(live.0, hash));
        true
    }

    /// Tells whether what is to come is written, and not compared.
    pub(in crate::session) fn is_live(&self) -> bool {
        matches!(self.reel, Reel::Recording(_))
    }

    /// Returns the last entry of a trace that ends here. It is not written.
    #[cfg(feature = "cli")]
    pub(in crate::session) fn last_line(&self) -> Vec<u8> {
        let mut body = Line::new(Vec::new(), self.n + 1, "close").body().0;
        let before = match &self.reel {
            Reel::Recording(lines) => lines.hash(),
            Reel::Playing(_) => [0; 32],
        };
        let hash = hash_of(&before, &body);
        line::end(&mut body, &hash);
        body
    }

    /// Writes the last entry, if any was written.
    pub(in crate::session) fn close(&mut self) {
        if self.n > 0 && self.is_live() {
            let line = self.begin("close");
            self.write(line);
            self.failed.get_or_insert("its session is gone");
        }
        if let Reel::Recording(lines) = &self.reel {
            lines.close();
        }
    }
}
