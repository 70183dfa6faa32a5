//! Going on where a trace ends.

use super::replay::{Trace, check};
use super::stage::Stage;
use crate::session::calls::host_table::HostTable;
use crate::session::making::builder::SessionBuilder;
use crate::session::making::header::Header;
use crate::session::making::session::Session;
use crate::session::runs::run::{Run, go_to_the_end};
use crate::session::tapes::divergence::ReplayError;
use crate::session::tapes::live::{Decision, Live, OpenCall};
use crate::session::tapes::player::Player;
use crate::session::tapes::value::{OWN, TEMPLATE};
use crate::session::values::host_value::HostValue;
use crate::session::values::outcome::Report;
use std::io::Write;
use std::sync::Arc;

/// A session where its trace ends: see [`Trace::resume`].
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
pub struct Resumed {
    /// The reports of the runs that have ended.
    pub reports: Vec<Report>,
    /// Where the session stands.
    pub at: ResumedAt,
}

/// Where a session stands that goes on with its trace.
#[derive(Debug)]
#[non_exhaustive]
pub enum ResumedAt {
    /// Between two runs.
    Between(Box<Session>),
    /// In a run.
    Within {
        /// The run. Awaited, it is `(*run).await`.
        run: Box<Run>,
        /// What the script has yielded, if it waits for
        /// [`Run::resume_with`](crate::Run::resume_with).
        yielded: Option<Vec<HostValue>>,
    },
}

impl Trace {
    /// Does everything again that the trace has, and goes on where it ends, now with the
    /// functions of `builder`, and with the new entries going to `sink`: a process that was
    /// killed is where it was. The trace tells limits, profile, seed and the like; the
    /// functions must be the same ones, in the same order.
    ///
    /// Where the trace ends within the call of a host function, nobody knows whether the
    /// function has had its effect: `decide` is asked what to do about it. Calls that were
    /// handed out ([`pending_function`](SessionBuilder::pending_function)) wait on.
    ///
    /// What the host let go of behind the last entry, no entry says: such functions and objects
    /// are held on, and memory figures may be higher by them than if the process had not been
    /// stopped.
    ///
    /// The sink must follow the first [`kept_bytes`](Trace::kept_bytes) of the trace: of a
    /// file, cut what is behind them, and append.
    ///
    /// ```
    /// use moonfuel::{Decision, Declaration, ResumedAt, Session, Trace};
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
    /// let builder = || {
    ///     Session::builder()
    ///         .function("fetch", |name: String| Ok(format!("<{name}>")))
    ///         .function("pay", |cents: i64| Ok(cents))
    ///         .declare(Declaration::new("fetch").idempotent())
    /// };
    /// let sink = Sink::default();
    /// let mut session = builder().record(sink.clone()).build()?;
    /// session.run("return fetch('a') .. pay(5)").json()?;
    /// # drop(session);
    ///
    /// // The process was killed while it paid: the trace ends with that call.
    /// let text = String::from_utf8(sink.0.lock().unwrap().clone())?;
    /// let cut: String = text.split_inclusive('\n').take(5).collect();
    /// let resumed = Trace::parse(cut)?.resume(builder(), Sink::default(), |call| {
    ///     assert_eq!((call.name.as_str(), call.idempotent), ("pay", false));
    ///     // Somebody has looked: the money is there.
    ///     Decision::Reply(vec![5.into()])
    /// })?;
    /// let ResumedAt::Within { mut run, .. } = resumed.at else { panic!("in the run") };
    /// while !run.step(10_000).is_ended() {}
    /// assert_eq!(run.finish().1.json()?, r#"["<a>5"]"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Trace::replay`], but for the end that is missing; when the functions of `builder`
    /// are not those of the trace; when `decide` leaves a call open.
    pub fn resume(
        &self,
        mut builder: SessionBuilder,
        sink: impl Write + Send + 'static,
        decide: impl FnMut(&OpenCall) -> Decision + Send + 'static,
    ) -> Result<Resumed, ReplayError> {
        let header = self.header()?;
        if let Some(why) = unlike(&builder.host, &header) {
            return Err(ReplayError::Unfit { entry: 1, why });
        }
        let redactor = builder.recording.take_redactor();
        let player = Player::new(Arc::clone(&self.0), Some(Box::new(Live(Box::new(sink)))));
        let (mut session, tape) = self.build(builder, &header, player, |deck| {
            deck.decide = Some(Box::new(decide));
            deck.redactor = redactor;
        })?;
        let mut stage = Stage::new(&mut session, tape.clone(), None);
        let unfinished = stage.play();
        let mut reports = std::mem::take(&mut stage.reports);
        check(&mut session, &tape, unfinished.as_ref())?;
        tape.lock().go_live();
        let at = match unfinished {
            None => ResumedAt::Between(Box::new(session)),
            Some(run) if run.machine == OWN => {
                let (progress, yielded) = (run.progress, run.yielded);
                ResumedAt::Within { run: Box::new(Run { session, progress }), yielded }
            }
            Some(run) => {
                // What is executed has no run that could be handed out.
                if let (Some(template), TEMPLATE) = (&mut session.template, run.machine) {
                    let lua = &mut template.0;
                    reports.push(go_to_the_end(lua, &mut session.host, run.progress));
                }
                ResumedAt::Between(Box::new(session))
            }
        };
        Ok(Resumed { reports, at })
    }

    /// Returns how many bytes of the text are entries that [`Trace::resume`] goes on behind:
    /// without a last line that is cut, and without the entry that ends the session.
    pub fn kept_bytes(&self) -> u64 {
        self.0.bytes_of(self.0.kept()) as u64
    }
}

/// Says how functions and objects differ from those of a trace, if they do.
fn unlike(host: &HostTable, header: &Header) -> Option<String> {
    let declared: Vec<String> = host.types.iter().map(|kind| kind.name.to_string()).collect();
    let recorded: Vec<String> = header.types.iter().map(|kind| kind.name.clone()).collect();
    if declared != recorded {
        let (theirs, ours) = (recorded.join(", "), declared.join(", "));
        return Some(format!("the types of objects were [{theirs}], and are [{ours}]"));
    }
    if host.buses != header.buses {
        return Some("the buses of events are others".to_owned());
    }
    for function in &header.functions {
        let Some(entry) = host.entries.iter().find(|entry| entry.path == function.path) else {
            return Some(format!("host function '{}' is not registered", function.path));
        };
        if host.declaration_hash(&entry.path).0 != function.hash {
            return Some(format!("host function '{}' is declared otherwise", function.path));
        }
    }
    let known = |path: &str| header.functions.iter().any(|function| function.path == path);
    if let Some(entry) = host.entries.iter().find(|entry| !known(&entry.path)) {
        return Some(format!("host function '{}' is new", entry.path));
    }
    let order = host.entries.iter().zip(&header.functions);
    let moved = order.into_iter().find(|(entry, function)| entry.path != function.path)?;
    Some(format!("host function '{}' is registered in another order", moved.0.path))
}
