//! Driving a run by the clock on the wall: it goes on in slices, and between two
//! of them its output is handed on and its deadline looked at.
//!
//! The one place outside of `host` and `cli` that reads a clock: nothing here needs files.

use crate::fuzz::Fuzzer;
use crate::session::{Parker, TimeLimit, contained, nobody};
use crate::{
    Canceller, Chunk, HostCx, HostError, HostValue, Outcome, PendingCall, Report, Run, RunFuture,
    Session, SessionBuilder, Step,
};
use std::any::Any;
use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::task::Context;
use std::thread;
use std::time::{Duration, Instant};

mod kept;
#[cfg(test)]
mod tests;

pub(crate) use kept::KeptTrace;

/// The most fuel between two looks at the clock: a quarter of a millisecond of ordinary
/// code, and five of the most expensive.
const LARGEST_SLICE: u64 = 100_000;
/// The least fuel between two looks at the clock, and the first.
const SMALLEST_SLICE: u64 = 10;
/// How long a slice should take at most.
const SLICE_TIME: Duration = Duration::from_millis(2);

/// How long entries of a trace gather before they are written.
const GATHER: Duration = Duration::from_millis(1);

/// Records a session as [`SessionBuilder::record_beside`] does, with a thread that writes what
/// may wait within some milliseconds, and so takes their cost off the session's own. The
/// thread ends soon after the session; if there can be none, all is written all the same.
///
/// ```
/// use moonfuel::{Session, Trace, drive};
/// use std::fs::File;
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("trace.jsonl");
/// let builder = Session::builder().module("answer", "return 42");
/// let mut session = drive::record(builder, File::create(&path)?).build()?;
/// assert_eq!(session.run("return (require('answer'))").json()?, "[42]");
/// drop(session);
/// let replay = Trace::read(File::open(&path)?)?.replay()?;
/// assert_eq!(replay.reports[0].json()?, "[42]");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn record(builder: SessionBuilder, sink: impl Write + Send + 'static) -> SessionBuilder {
    let (builder, writer) = builder.record_beside(sink);
    let beside = move || {
        while writer.write() {
            thread::sleep(GATHER);
        }
    };
    // Without a thread, the session writes by itself.
    let _ = thread::Builder::new().name("trace".to_owned()).spawn(beside);
    builder
}

/// What ends a driven run from outside, and who has to do with it meanwhile.
///
/// ```
/// use moonfuel::drive::{DriveOptions, drive};
/// use moonfuel::{Chunk, Session};
/// use std::time::Duration;
///
/// let session = Session::builder().pending_function("ask").build()?;
/// let mut progress = Vec::new();
/// let options = DriveOptions::from(Duration::from_secs(1))
///     .answer(|call| Ok(vec![format!("{}? no", call.name).into()]))
///     .on_yield(|values| {
///         progress.extend(values);
///         Vec::new()
///     });
/// let chunk = Chunk::new(b"yield('half') return ask()");
/// let (_session, report) = drive(session, chunk, options, &mut |_| ());
/// assert_eq!(report.json()?, r#"["ask? no"]"#);
/// assert_eq!(progress, ["half".into()]);
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Default)]
pub struct DriveOptions<'a> {
    /// The time after which the run ends as [`Outcome::Deadline`].
    pub timeout: Option<Duration>,
    /// What ends the run as [`Outcome::Cancelled`].
    pub canceller: Option<Canceller>,
    /// The fuel after which the run ends as [`Outcome::OutOfFuel`], if its own limit is not
    /// lower.
    pub fuel: Option<u64>,
    answer: Option<Box<Answerer<'a>>>,
    on_yield: Option<Box<Taker<'a>>>,
}

type Answerer<'a> = dyn FnMut(&PendingCall) -> Result<Vec<HostValue>, HostError> + 'a;
type Taker<'a> = dyn FnMut(Vec<HostValue>) -> Vec<HostValue> + 'a;

impl<'a> DriveOptions<'a> {
    /// Answers calls that are handed out, on the spot. Without it they are errors for the
    /// script.
    #[must_use]
    pub fn answer(
        mut self,
        answer: impl FnMut(&PendingCall) -> Result<Vec<HostValue>, HostError> + 'a,
    ) -> Self {
        self.answer = Some(Box::new(answer));
        self
    }

    /// Is given what the script yields; what it returns is what `yield` returns. Without
    /// it the script just goes on.
    #[must_use]
    pub fn on_yield(mut self, take: impl FnMut(Vec<HostValue>) -> Vec<HostValue> + 'a) -> Self {
        self.on_yield = Some(Box::new(take));
        self
    }
}

impl fmt::Debug for DriveOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DriveOptions")
            .field("timeout", &self.timeout)
            .field("canceller", &self.canceller)
            .field("fuel", &self.fuel)
            .finish_non_exhaustive()
    }
}

impl From<Duration> for DriveOptions<'_> {
    fn from(timeout: Duration) -> Self {
        DriveOptions { timeout: Some(timeout), ..DriveOptions::default() }
    }
}

impl From<Option<Duration>> for DriveOptions<'_> {
    fn from(timeout: Option<Duration>) -> Self {
        DriveOptions { timeout, ..DriveOptions::default() }
    }
}

impl From<Canceller> for DriveOptions<'_> {
    fn from(canceller: Canceller) -> Self {
        DriveOptions { canceller: Some(canceller), ..DriveOptions::default() }
    }
}

/// Runs a chunk to its end, or until the time since the call of this function is over or
/// somebody cancels.
///
/// Everything the script prints goes to `sink` as it comes, and before a host function is
/// called, so the report's own output is empty. How the run is cut into slices changes
/// nothing in what it does.
///
/// A deadline ends a run within some milliseconds, whatever the script does. A host
/// function that takes its time is not interrupted unless it looks at its
/// [`HostCx`]: the run ends when it comes back. While async functions are at work the
/// thread sleeps, and wakes for their answers, the deadline, or a cancellation.
///
/// The session comes back in any case: a panic of the sink, or of what answers for the host
/// ([`DriveOptions`]), ends the run as [`Outcome::Cancelled`] and goes no further.
///
/// ```
/// use moonfuel::drive::drive;
/// use moonfuel::{Chunk, Outcome, Session};
/// use std::time::Duration;
///
/// let session = Session::builder().build()?;
/// let chunk = Chunk::new(b"print('hello') while true do end");
/// let timeout = Duration::from_millis(20);
/// let mut printed: Vec<u8> = Vec::new();
/// let (session, report) = drive(session, chunk, timeout, &mut |bytes| printed.extend(bytes));
/// assert_eq!(report.outcome, Outcome::Deadline);
/// assert_eq!(printed, b"hello\n");
/// # drop(session);
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
pub fn drive<'a>(
    session: Session,
    chunk: Chunk<'_>,
    options: impl Into<DriveOptions<'a>>,
    sink: &mut dyn FnMut(&[u8]),
) -> (Session, Report) {
    let options = options.into();
    let begin = Instant::now();
    drive_from(begin, session.start(chunk), options, sink)
}

/// As [`drive`], with a run that has begun: one that goes on with a trace
/// ([`Trace::resume`](crate::Trace::resume)), say, or a call of a script's function.
///
/// ```
/// use moonfuel::Session;
/// use moonfuel::drive::{DriveOptions, drive_run};
///
/// let mut session = Session::builder().build()?;
/// session.run("function greet(name) print('hello ' .. name) end").json()?;
/// let mut printed: Vec<u8> = Vec::new();
/// let run = session.start_call("greet", "moon");
/// let (_session, report) =
///     drive_run(run, DriveOptions::default(), &mut |bytes| printed.extend(bytes));
/// assert!(report.is_done());
/// assert_eq!(printed, b"hello moon\n");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
pub fn drive_run<'a>(
    run: Run,
    options: impl Into<DriveOptions<'a>>,
    sink: &mut dyn FnMut(&[u8]),
) -> (Session, Report) {
    drive_from(Instant::now(), run, options.into(), sink)
}

fn drive_from(
    begin: Instant,
    mut run: Run,
    options: DriveOptions<'_>,
    sink: &mut dyn FnMut(&[u8]),
) -> (Session, Report) {
    let DriveOptions { timeout, canceller, fuel, mut answer, mut on_yield } = options;
    // A deadline beyond all time is none.
    let deadline = timeout.and_then(|timeout| begin.checked_add(timeout));
    if let Some(deadline) = deadline {
        run.set_deadline(deadline);
    }
    if let Some(canceller) = canceller {
        run.set_canceller(canceller);
    }
    let (parker, waker) = Parker::new();
    let mut wake = Context::from_waker(&waker);
    let _alarm = run.canceller().wakes(&waker);
    let mut slice = SMALLEST_SLICE;
    loop {
        let begin = Instant::now();
        let left = fuel.map_or(u64::MAX, |fuel| fuel.saturating_sub(run.fuel_used()));
        if left == 0 {
            run.stop(Outcome::OutOfFuel);
        }
        let step = run.step_with(slice.min(left), &mut wake);
        let printed = run.take_output();
        if !printed.is_empty() && contained(|| sink(&printed)).is_none() {
            run.stop(Outcome::Cancelled);
        }
        match step {
            Step::Running => slice = next_slice(slice, begin.elapsed()),
            Step::Yielded(values) => {
                if let Some(take) = &mut on_yield {
                    match contained(|| take(values)) {
                        // It has just yielded.
                        Some(values) => drop(run.resume_with(values)),
                        None => run.stop(Outcome::Cancelled),
                    }
                }
            }
            Step::Pending(calls) if calls.is_empty() => {
                parker.wait(deadline.map(|deadline| deadline.remaining()));
            }
            Step::Pending(calls) => {
                for call in calls {
                    let answered = match &mut answer {
                        Some(answer) => contained(|| answer(&call)),
                        None => Some(nobody(&call)),
                    };
                    match answered {
                        // It has just been handed out.
                        Some(answered) => drop(run.answer(call.id, answered)),
                        None => {
                            run.stop(Outcome::Cancelled);
                            break;
                        }
                    }
                }
            }
            Step::Called => {}
            Step::Ended => return run.finish(),
        }
    }
}

/// Returns the fuel of the next slice, after one that took this long.
pub(crate) fn next_slice(slice: u64, took: Duration) -> u64 {
    let next = if took > SLICE_TIME {
        let share = SLICE_TIME.as_secs_f64() / took.as_secs_f64();
        (slice as f64 * share) as u64
    } else {
        slice.saturating_mul(2)
    };
    next.clamp(SMALLEST_SLICE, LARGEST_SLICE)
}

impl TimeLimit for Instant {
    fn remaining(&self) -> Duration {
        self.saturating_duration_since(Instant::now())
    }
}

impl Run {
    /// Sets the time on the clock at which the run ends as
    /// [`Outcome::Deadline`]. It is looked at before each step,
    /// and by host functions through their context.
    pub fn set_deadline(&mut self, deadline: Instant) {
        self.watch_mut().time_limit = Some(Arc::new(deadline));
    }
}

impl RunFuture<'_> {
    /// Sets the time on the clock at which the run ends as
    /// [`Outcome::Deadline`], as [`Run::set_deadline`] does: it is
    /// looked at before each step, and host functions see it through their context. It wakes
    /// nobody; a run that may wait beyond it takes a timer of its executor's as well
    /// ([`RunFuture::until`]).
    pub fn deadline(mut self, deadline: Instant) -> Self {
        if let Some(watch) = self.watch_mut() {
            watch.time_limit = Some(Arc::new(deadline));
        }
        self
    }
}

impl Fuzzer {
    /// Sets the time on the clock at which attempts end, one that is under way and those that
    /// make a failure's input small included; nothing, and they end by themselves. What the last
    /// one came to is not known then.
    ///
    /// ```
    /// use moonfuel::fuzz::{Fuzzer, Inputs, Target};
    /// use moonfuel::{Chunk, Limits, Session};
    /// use std::time::{Duration, Instant};
    ///
    /// let limits = Limits { fuel: u64::MAX, ..Limits::default() };
    /// let chunk = Chunk::new(b"while true do end");
    /// let target = Target::new(Session::builder().limits(limits), chunk)?;
    /// let mut fuzzer = Fuzzer::new(target, Inputs::Bytes { max: 4 });
    /// fuzzer.set_deadline(Some(Instant::now() + Duration::from_millis(20)));
    /// fuzzer.run(1_000);
    /// assert_eq!((fuzzer.unfinished(), fuzzer.findings().len()), (1, 0));
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn set_deadline(&mut self, deadline: Option<Instant>) {
        let limit = deadline.map(|deadline| Arc::new(deadline) as Arc<dyn TimeLimit>);
        self.target_mut().set_time_limit(limit);
    }
}

impl HostCx<'_> {
    /// Returns the time on the clock at which the run ends, if there is one.
    pub fn deadline(&self) -> Option<Instant> {
        let limit: &dyn Any = self.watch().time_limit.as_deref()?;
        limit.downcast_ref().copied()
    }
}
