//! How a host asks for a trace of a session that it describes.

use super::builder::SessionBuilder;
#[cfg(feature = "mcp")]
use crate::session::tapes::journal::Journal;
use crate::session::tapes::redact::TraceValue;
use crate::session::tapes::writer::{Lines, TraceWriter};
use std::io::Write;

impl SessionBuilder {
    /// Records everything that the session gets from outside into a trace, line by line, as
    /// it happens: an entry before each call of a host function and one after it, so that a
    /// process that is killed leaves a trace of all that it did. [`Trace`](crate::Trace)
    /// reads it.
    ///
    /// A sink that fails ends the run, before the host function whose call could not be
    /// written is called. What the trace has is a replay's only source: it holds the texts of
    /// scripts, their arguments and all that host functions returned. See
    /// [`redact`](SessionBuilder::redact) for what must not be in it.
    ///
    /// ```
    /// use moonfuel::{Session, Trace};
    /// use std::fs::File;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("trace.jsonl");
    /// let mut dice = 4;
    /// let mut session = Session::builder()
    ///     .function("roll", move |()| {
    ///         dice += 1;
    ///         Ok(dice)
    ///     })
    ///     .record(File::create(&path)?)
    ///     .build()?;
    /// assert_eq!(session.run("return roll() + roll()").json()?, "[11]");
    /// drop(session);
    ///
    /// let replay = Trace::read(File::open(&path)?)?.replay()?;
    /// assert_eq!(replay.reports[0].json()?, "[11]");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`build`](SessionBuilder::build) fails if the header cannot be written, and for a
    /// session with a [`world`](SessionBuilder::world): what scripts read there is in no
    /// trace.
    pub fn record(mut self, sink: impl Write + Send + 'static) -> Self {
        self.recording.lines = Some(Lines::new(Box::new(sink), [0; 32]));
        self
    }

    /// Records as [`record`](SessionBuilder::record) does, but for the entries of calls that
    /// only look: of functions that are declared [`Tier::ReadOnly`](crate::Tier::ReadOnly) and
    /// [idempotent](crate::Declaration::idempotent). These may wait for whoever writes them,
    /// beside the session; and they are written, in their order, before anything else
    /// happens: the call of another function, a pause, the end of a run. So the trace is the
    /// same, each effect has the entries before it, and a process that is killed leaves a
    /// trace without the last things that it looked at, at worst.
    ///
    /// No thread is begun here; [`drive::record`](crate::drive::record) does so. Without
    /// one, what waits is written when it is more than 256 KiB, besides.
    ///
    /// ```
    /// use moonfuel::{Declaration, Session, Tier, Trace};
    /// use std::fs::File;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("trace.jsonl");
    /// let look = Declaration::new("look").tier(Tier::ReadOnly).idempotent();
    /// let (builder, writer) = Session::builder()
    ///     .function("look", |n: i64| Ok(n * 2))
    ///     .declare(look)
    ///     .record_beside(File::create(&path)?);
    /// let beside = std::thread::spawn(move || while writer.write() {});
    /// let mut session = builder.build()?;
    /// let source = "local n = 0 for i = 1, 100 do n = n + look(i) end return n";
    /// assert_eq!(session.run(source).json()?, "[10100]");
    /// drop(session);
    /// # beside.join().unwrap();
    ///
    /// assert_eq!(Trace::read(File::open(&path)?)?.replay()?.reports.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`record`](SessionBuilder::record).
    pub fn record_beside(
        mut self,
        sink: impl Write + Send + 'static,
    ) -> (SessionBuilder, TraceWriter) {
        let mut lines = Lines::new(Box::new(sink), [0; 32]);
        let writer = lines.writer();
        self.recording.lines = Some(lines);
        (self, writer)
    }

    /// Shows a hook every value before it enters the trace: what the hook makes of it is what
    /// is written. The run itself has the value as it is. An entry says which of its fields
    /// were changed, and a replay does not compare these. A *reply* that was changed is what
    /// the replayed script gets, so that it may come to something else; the replay says so
    /// then. A source or an argument of a run that was changed cannot be replayed at all.
    ///
    /// Given again, one hook is called after the other.
    ///
    /// Secrets that scripts need not read are better objects, whose values are in no trace:
    /// see [`UserData`](crate::UserData).
    ///
    /// ```
    /// use moonfuel::{HostValue, Session, TracePart};
    ///
    /// # use std::sync::{Arc, Mutex};
    /// # #[derive(Clone, Default)]
    /// # struct Shared(Arc<Mutex<Vec<u8>>>);
    /// # impl std::io::Write for Shared {
    /// #     fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
    /// #         self.0.lock().unwrap().write(bytes)
    /// #     }
    /// #     fn flush(&mut self) -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # let sink = Shared::default();
    /// # let trace = sink.clone();
    /// let mut session = Session::builder()
    ///     .function("login", |(name, password): (String, String)| {
    ///         Ok(name == "ann" && password == "moon")
    ///     })
    ///     .record(sink)
    ///     .redact(|what| {
    ///         if what.part == TracePart::Argument && what.function == "login" {
    ///             *what.value = HostValue::Nil;
    ///         }
    ///     })
    ///     .build()?;
    /// let report = session.call("login", ("ann", "moon"));
    /// # let text = String::from_utf8(trace.0.lock().unwrap().clone()).unwrap();
    /// assert_eq!(report.json()?, "[true]");
    /// # assert!(text.contains(r#""args":[null,null]"#), "{text}");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn redact(mut self, hook: impl FnMut(TraceValue<'_>) + Send + 'static) -> Self {
        self.recording.redactor.get_or_insert_default().add(hook);
        self
    }

    /// Has host calls journaled while [`Journal::begin`] says so. The session must have a
    /// policy: functions that are called in place are not seen. What the `local` functions
    /// leave behind is of this process.
    #[cfg(feature = "mcp")]
    pub(crate) fn journal(mut self, journal: &Journal, local: &'static [&'static str]) -> Self {
        journal.lock().local = local;
        if self.config.world.is_some() {
            journal.never("scripts open files by themselves");
        }
        self.host.journal = Some(journal.clone());
        self
    }
}
