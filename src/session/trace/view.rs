//! A replay that stops on its way, to be looked at.

use super::replay::{Trace, check};
use super::stage::{Stage, machine_of};
use crate::session::natives::view::View;
use crate::session::tapes::divergence::ReplayError;
use crate::session::tapes::player::Stopped;
use crate::session::tapes::value::OWN;
use crate::session::values::outcome::Report;
use std::fmt;

/// Where a replay is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Until {
    /// When this entry is done. An entry of a call is before its function is called.
    Entry(u64),
    /// When a run has used so much fuel: the first that does.
    Fuel(u64),
}

/// What a replay came to that was stopped: see [`Trace::replay_until`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReplayView {
    /// The last entry that is done.
    pub entry: u64,
    /// The runs that have begun.
    pub runs: u64,
    /// The fuel that the run has used. Nothing between two runs.
    pub fuel: Option<u64>,
    /// The calls of Lua functions that have not returned, the innermost first.
    pub calls: Vec<ReplayCall>,
    /// Where the script stands, with the functions of the library and the host.
    pub traceback: String,
    /// What the run has printed.
    pub output: Vec<u8>,
    /// What the run came to, if the entry is its end.
    pub report: Option<Report>,
    /// The values that it returned then, as text for people: also those that have no JSON form.
    pub values: Vec<String>,
}

/// A call of a Lua function that has not returned.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplayCall {
    /// The chunk, as messages show it.
    pub chunk: String,
    /// The line, from 1.
    pub line: Option<u32>,
    /// Its local variables by name, with their values as text for people.
    pub locals: Vec<(String, String)>,
}

impl fmt::Display for ReplayView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {}, run {}", self.entry, self.runs)?;
        if let Some(fuel) = self.fuel {
            write!(f, ", fuel {fuel}")?;
        }
        f.write_str("\n")?;
        for call in &self.calls {
            f.write_str(&call.chunk)?;
            if let Some(line) = call.line {
                write!(f, ":{line}")?;
            }
            f.write_str(":\n")?;
            for (name, value) in &call.locals {
                writeln!(f, "  {name} = {value}")?;
            }
        }
        let stands_nowhere = self.calls.is_empty() && self.traceback.is_empty();
        if self.fuel.is_some() && stands_nowhere && self.report.is_none() {
            writeln!(f, "no function is at work: the chunk is compiled, or has returned")?;
        }
        if let Some(report) = &self.report {
            let shown = self.values.join(", ");
            match report.json() {
                // A prompt takes no values, and only shows them.
                Ok("[]") if !shown.is_empty() => writeln!(f, "the run ended with {shown}")?,
                Ok(values) => writeln!(f, "the run ended with {values}")?,
                Err(error) if !shown.is_empty() => {
                    writeln!(f, "the run ended with {shown}\n({error})")?;
                }
                Err(error) => writeln!(f, "the run ended: {error}")?,
            }
        }
        if !self.traceback.is_empty() {
            writeln!(f, "{}", self.traceback.trim_end())?;
        }
        if !self.output.is_empty() {
            writeln!(f, "output:\n{}", String::from_utf8_lossy(&self.output).trim_end())?;
        }
        Ok(())
    }
}

impl Trace {
    /// Replays as [`Trace::replay`] does, and stops at an entry, or where a run has used so
    /// much fuel: to see what was where then. A debugger that steps back replays once more.
    ///
    /// ```
    /// use moonfuel::{Chunk, Session, Trace, Until};
    ///
    /// # use std::sync::{Arc, Mutex};
    /// # #[derive(Clone, Default)]
    /// # struct Sink(Arc<Mutex<Vec<u8>>>);
    /// # impl std::io::Write for Sink {
    /// #     fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
    /// #         self.0.lock().unwrap().write(bytes)
    /// #     }
    /// #     fn flush(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// let sink = Sink::default();
    /// let mut session = Session::builder()
    ///     .function("after", |n: i64| Ok(n + 1))
    ///     .record(sink.clone())
    ///     .build()?;
    /// let source = b"local n = 0\nwhile n < 9 do n = after(n) print(n) end";
    /// session.run_chunk(Chunk::new(source).named("@count.lua")).json()?;
    /// # drop(session);
    /// let trace = Trace::parse(&*sink.0.lock().unwrap())?;
    ///
    /// let view = trace.replay_until(Until::Entry(6))?;
    /// assert_eq!(view.output, b"1\n");
    /// assert_eq!((view.calls[0].chunk.as_str(), view.calls[0].line), ("count.lua", Some(2)));
    /// assert_eq!(view.calls[0].locals, [("n".into(), "1".into())]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Trace::replay`], for what is before; [`ReplayError::NoSuchPlace`].
    pub fn replay_until(&self, until: Until) -> Result<ReplayView, ReplayError> {
        let (mut session, tape) = self.session()?;
        let fuel = match until {
            Until::Entry(entry) => {
                if let Some(player) = tape.lock().player() {
                    player.until = Some(entry);
                    if player.at as u64 >= entry {
                        player.stopped = Some(Stopped::Reached);
                    }
                }
                None
            }
            Until::Fuel(fuel) => Some(fuel),
        };
        let is_end = |entry: u64| {
            let at = entry.checked_sub(1).and_then(|at| self.0.entries.get(at as usize));
            at.is_some_and(|entry| entry.kind == "end")
        };
        let asked = matches!(until, Until::Entry(entry) if is_end(entry));
        let mut stage = Stage::new(&mut session, tape.clone(), fuel).showing(asked);
        let unfinished = stage.play();
        let (ended, shown) = (stage.reports.pop(), stage.shown.take());
        let (entry, runs, reached) = {
            let mut deck = tape.lock();
            let runs = deck.runs;
            let reached = deck
                .player()
                .map(|player| (player.at as u64, matches!(player.stopped, Some(Stopped::Reached))));
            let (entry, reached) = reached.unwrap_or_default();
            (entry, runs, reached)
        };
        check(&mut session, &tape, unfinished.as_ref())?;
        if !reached {
            let why = match until {
                Until::Entry(_) => "the trace has no such entry: it ends here".to_owned(),
                Until::Fuel(fuel) => format!("no run of the trace uses {fuel} units of fuel"),
            };
            return Err(ReplayError::NoSuchPlace { entry, why });
        }
        let is_run = unfinished.is_some();
        let is_end = !is_run && is_end(entry);
        let machine = unfinished.map_or(OWN, |run| run.machine);
        let mut view = ReplayView {
            entry,
            runs,
            fuel: None,
            calls: Vec::new(),
            traceback: String::new(),
            output: Vec::new(),
            report: None,
            values: Vec::new(),
        };
        if let Some(report) = ended.filter(|_| is_end) {
            view.fuel = Some(report.usage.fuel_used);
            view.output.clone_from(&report.output);
            view.traceback = report.json().err().map_or_else(String::new, |error| error.traceback);
            view.report = Some(report);
            view.values = shown.map_or_else(Vec::new, View::into_texts);
        }
        let Some((lua, _)) = machine_of(&mut session, machine).filter(|_| is_run) else {
            return Ok(view);
        };
        lua.enter(|ctx| {
            view.fuel = Some(ctx.state.fuel.used());
            view.output = ctx.state.output.borrow_mut().take();
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let calls = ctx.standing().into_iter().map(|call| ReplayCall {
                chunk: text(&call.chunk),
                line: call.line,
                locals: call
                    .locals
                    .iter()
                    .map(|(name, value)| (text(name), value.clone()))
                    .collect(),
            });
            view.calls = calls.collect();
            view.traceback =
                ctx.stopped_place().map_or_else(String::new, |(_, traceback)| text(&traceback));
        });
        Ok(view)
    }
}
