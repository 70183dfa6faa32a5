//! Traces as their users have them: read, replayed, gone on with.

use super::stage::{Stage, Unfinished, machine_of, used};
use crate::session::calls::conflicts;
use crate::session::calls::host_table::{Function, HostTable, Recorded as Said};
use crate::session::functions::host_context::HostCx;
use crate::session::functions::host_function::HostFunction;
use crate::session::functions::object_types::ObjectType;
use crate::session::functions::reply::Reply;
use crate::session::making::builder::SessionBuilder;
use crate::session::making::config::Undo;
use crate::session::making::header::{self, Header};
use crate::session::making::session::Session;
use crate::session::tapes::deck::{Deck, Reel};
use crate::session::tapes::divergence::ReplayError;
use crate::session::tapes::player::{Player, Stopped};
use crate::session::tapes::recorded::{Recorded, TraceError};
use crate::session::tapes::tape::Tape;
use crate::session::values::error::LuaError;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use crate::session::values::outcome::{Outcome, Report};
use crate::vm::meters::fuel::FUEL_VERSION;
use std::io::Read;
use std::sync::Arc;

/// The trace of a session: see [`SessionBuilder::record`].
///
/// A trace is a text of one JSON object a line. Each has its number, `n`, what it is, `k`,
/// and, last, the SHA-256 of the line before's hash and of the line itself up to there; so no
/// line can be changed, taken out, doubled or moved without a trace. (Whoever does it on
/// purpose can make the hashes anew: then the replay must come to something else.)
///
/// ```
/// use moonfuel::{ReplayError, Session, Trace};
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
///     .function("read", |name: String| Ok(format!("the text of {name}")))
///     .record(sink.clone())
///     .build()?;
/// session.run("text = read('a')");
/// session.run("print(text) return #text");
/// drop(session);
///
/// let text = sink.0.lock().unwrap().clone();
/// let trace = Trace::parse(&text)?;
/// let replay = trace.replay()?;
/// assert_eq!(replay.reports[1].output, b"the text of a\n");
/// assert_eq!(replay.reports[1].json()?, "[13]");
///
/// let changed = String::from_utf8(text)?.replace("the text of a", "the text of b");
/// let error = Trace::parse(changed).unwrap_err();
/// assert_eq!(error.line, 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Trace(pub(super) Arc<Recorded>);

/// A trace that was replayed to its end.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Replay {
    /// The report of each run, in order. Output that was taken before a run ended is in its
    /// report here.
    pub reports: Vec<Report>,
}

/// A function that is not there.
struct Absent;

impl HostFunction for Absent {
    fn call(&mut self, _: &mut HostCx<'_>, _: &mut [HostValue]) -> Result<Reply, HostError> {
        Err(HostError::new("a replay calls no functions"))
    }
}

impl Trace {
    /// Reads a trace from its text. A last line that is cut is left out: whoever wrote it was
    /// stopped.
    ///
    /// # Errors
    /// The first line that is not as it was written, or not where it was.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Trace, TraceError> {
        Ok(Trace(Arc::new(Recorded::read(text.as_ref().to_vec())?)))
    }

    /// Reads a trace.
    ///
    /// # Errors
    /// As [`Trace::parse`]; or that it cannot be read, as an error of line 0.
    pub fn read(mut from: impl Read) -> Result<Trace, TraceError> {
        let mut text = Vec::new();
        match from.read_to_end(&mut text) {
            Ok(_) => Ok(Trace(Arc::new(Recorded::read(text)?))),
            Err(error) => Err(TraceError::new(0, error.to_string())),
        }
    }

    /// Returns the number of entries, which are lines.
    pub fn entries(&self) -> u64 {
        self.0.entries.len() as u64
    }

    /// Tells whether the trace has its last entry, which is written when the session is
    /// dropped. One that has not is of a process that was stopped, or of a session that is
    /// still there.
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    /// Tells whether a run has begun.
    #[cfg(feature = "cli")]
    pub(crate) fn has_runs(&self) -> bool {
        self.0.entries.iter().any(|entry| entry.kind == "run")
    }

    /// Returns the fingerprints of the policy that was asked when the trace was recorded and of
    /// the one that a session of this builder would ask, if there are both and they are not the
    /// same.
    #[cfg(feature = "cli")]
    pub(crate) fn other_policy(&self, builder: &SessionBuilder) -> Option<(String, String)> {
        let policy = builder.host.policy.as_ref().and_then(|policy| policy.fingerprint())?;
        let fields = self.0.fields(0);
        let recorded = fields.field("policy").and_then(HostValue::as_str)?;
        (recorded != policy).then(|| (recorded.to_owned(), policy))
    }

    /// Does everything again that the session did, and compares every entry. No function of
    /// the host is called, and no file or clock looked at: all that came from there is in the
    /// trace.
    ///
    /// # Errors
    /// The first difference, or why the trace has no end.
    pub fn replay(&self) -> Result<Replay, ReplayError> {
        let (mut session, tape) = self.session()?;
        let mut stage = Stage::new(&mut session, tape.clone(), None);
        let unfinished = stage.play();
        let reports = std::mem::take(&mut stage.reports);
        self.played(&mut session, &tape, unfinished.as_ref(), reports)
    }

    /// Checks that all of the trace was played, and nothing else.
    ///
    /// # Errors
    /// As [`Trace::replay`].
    pub(super) fn played(
        &self,
        session: &mut Session,
        tape: &Tape,
        unfinished: Option<&Unfinished>,
        reports: Vec<Report>,
    ) -> Result<Replay, ReplayError> {
        check(session, tape, unfinished).map_err(|error| self.with_cut(error))?;
        self.check_end(unfinished.is_some())?;
        Ok(Replay { reports })
    }

    /// Adds to an error of a trace that ends too early that its last line is cut.
    fn with_cut(&self, mut error: ReplayError) -> ReplayError {
        if let ReplayError::Incomplete { what, .. } = &mut error
            && self.0.torn
        {
            what.push_str(&format!(", and entry {} is cut", self.entries() + 1));
        }
        error
    }

    /// Checks that there is an end, once everything else was there.
    fn check_end(&self, in_a_run: bool) -> Result<(), ReplayError> {
        let entry = self.entries();
        let what = if self.0.torn {
            format!("entry {} is cut", entry + 1)
        } else if in_a_run {
            "the run goes on, and there is nothing more of it".to_owned()
        } else if !self.0.is_closed() {
            "the entry that ends the session is not there".to_owned()
        } else {
            return Ok(());
        };
        Err(ReplayError::Incomplete { entry, what })
    }

    /// Makes a session as the header says, with functions that are not there, and the tape
    /// that plays the trace.
    pub(super) fn session(&self) -> Result<(Session, Tape), ReplayError> {
        let header = self.header()?;
        let mut host = HostTable::default();
        for function in &header.functions {
            let (path, hash) = (function.path.clone(), function.hash.clone());
            host.recorded.insert(
                path,
                Said {
                    hash,
                    idempotent: function.idempotent,
                    takes_anything: function.takes_anything,
                },
            );
            host.add(function.path.clone(), Function::Waited(Box::new(Absent)));
        }
        for kind in &header.types {
            let made = ObjectType::recorded(kind.name.clone(), kind.methods.clone());
            host.types.push(made.ok_or_else(|| unfit("objects have no such methods"))?);
        }
        host.buses.clone_from(&header.buses);
        for (name, source) in &header.modules {
            host.modules.add(name.clone(), source.clone());
        }
        if header.places > 0 {
            host.modules.add_absent(header.places);
        }
        if let Some(conflict) = conflicts::conflict(&host) {
            return Err(unfit(&conflict));
        }
        let mut builder = Session::builder();
        builder.host = host;
        self.build(builder, &header, Player::new(Arc::clone(&self.0), None), |_| {})
    }

    /// Reads the header.
    pub(super) fn header(&self) -> Result<Header, ReplayError> {
        let header = header::read(&self.0.fields(0)).map_err(|field| {
            unfit(&format!("the header has no `{field}`, or another kind of it"))
        })?;
        if header.fuel_version != u64::from(FUEL_VERSION) {
            let (theirs, ours) = (header.fuel_version, FUEL_VERSION);
            let why = format!(
                "it was recorded with version {theirs} of the prices of fuel (engine {}), and \
                 this is version {ours}",
                header.engine
            );
            return Err(unfit(&why));
        }
        Ok(header)
    }

    /// Makes the session of a header and the tape that plays the trace.
    pub(super) fn build(
        &self,
        mut builder: SessionBuilder,
        header: &Header,
        player: Player,
        prepare: impl FnOnce(&mut Deck),
    ) -> Result<(Session, Tape), ReplayError> {
        let config = &mut builder.config;
        config.limits = header.limits.clone();
        config.profile = header.profile;
        config.seed = header.seed;
        config.start_time = header.start_time;
        config.fuel_per_second = header.fuel_per_second;
        config.keep_null = header.keep_null;
        config.decode = header.decode;
        config.hidden.clone_from(&header.without);
        config.undo = if header.atomic { Undo::Failed } else { Undo::Never };
        let mut deck = Deck::new(Reel::Playing(Box::new(player)), None);
        prepare(&mut deck);
        let tape = Tape::new(deck);
        builder.recording.tape = Some(tape.clone());
        let mut session = builder.build().map_err(ReplayError::Session)?;
        check(&mut session, &tape, None)?;
        Ok((session, tape))
    }
}

fn unfit(why: &str) -> ReplayError {
    ReplayError::Unfit { entry: 1, why: why.to_owned() }
}

/// Returns the error that playing has stopped with, if it has, and says where.
pub(super) fn check(
    session: &mut Session,
    tape: &Tape,
    unfinished: Option<&Unfinished>,
) -> Result<(), ReplayError> {
    let (stopped, open) = {
        let mut deck = tape.lock();
        let open = deck.open.take();
        (deck.player().and_then(|player| player.stopped.take()), open)
    };
    if let Some(open) = open {
        return Err(ReplayError::Open(open));
    }
    let Some(Stopped::Error(mut error)) = stopped else { return Ok(()) };
    if let (ReplayError::Diverged(divergence), Some(run)) = (&mut error, unfinished) {
        divergence.fuel = used(session, run.machine);
        let place = machine_of(session, run.machine)
            .and_then(|(lua, _)| lua.enter(|ctx| ctx.asking_place()));
        if let Some(place) = place {
            divergence.chunk = String::from_utf8_lossy(&place.chunk).into_owned();
            divergence.line = place.line;
        } else if let Some(Outcome::Failed(error)) = run.progress.outcome.as_deref() {
            // It stands nowhere any more.
            (divergence.chunk, divergence.line) = (error.chunk.clone(), error.line);
        }
    }
    Err(error)
}

impl From<LuaError> for ReplayError {
    fn from(error: LuaError) -> Self {
        ReplayError::Session(error)
    }
}
