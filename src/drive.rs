//! Driving a run by the clock on the wall: it goes on in slices, and between two
//! of them its output is handed on and its deadline looked at.
//!
//! The one place outside of `host` and `cli` that reads a clock: nothing here needs files.

use crate::session::TimeLimit;
use crate::{Canceller, Chunk, HostCx, Report, Run, Session, Step};
use std::any::Any;
use std::time::{Duration, Instant};

#[cfg(test)]
mod tests;

/// The most fuel between two looks at the clock: a quarter of a millisecond of ordinary
/// code, and five of the most expensive.
const LARGEST_SLICE: u64 = 100_000;
/// The least fuel between two looks at the clock, and the first.
const SMALLEST_SLICE: u64 = 10;
/// How long a slice should take at most.
const SLICE_TIME: Duration = Duration::from_millis(2);

/// What ends a driven run from outside.
///
/// ```
/// use moonfuel::drive::DriveOptions;
/// use std::time::Duration;
///
/// let options = DriveOptions::from(Duration::from_secs(1));
/// assert_eq!(options.timeout, Some(Duration::from_secs(1)));
/// ```
#[derive(Clone, Debug, Default)]
pub struct DriveOptions {
    /// The time after which the run ends as [`Outcome::Deadline`](crate::Outcome::Deadline).
    pub timeout: Option<Duration>,
    /// What ends the run as [`Outcome::Cancelled`](crate::Outcome::Cancelled).
    pub canceller: Option<Canceller>,
}

impl From<Duration> for DriveOptions {
    fn from(timeout: Duration) -> Self {
        DriveOptions { timeout: Some(timeout), canceller: None }
    }
}

impl From<Option<Duration>> for DriveOptions {
    fn from(timeout: Option<Duration>) -> Self {
        DriveOptions { timeout, canceller: None }
    }
}

impl From<Canceller> for DriveOptions {
    fn from(canceller: Canceller) -> Self {
        DriveOptions { timeout: None, canceller: Some(canceller) }
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
/// [`HostCx`]: the run ends when it comes back.
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
pub fn drive(
    session: Session,
    chunk: Chunk<'_>,
    options: impl Into<DriveOptions>,
    sink: &mut dyn FnMut(&[u8]),
) -> (Session, Report) {
    let options = options.into();
    // A deadline beyond all time is none.
    let deadline = options.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let mut run = session.start(chunk);
    if let Some(deadline) = deadline {
        run.set_deadline(deadline);
    }
    if let Some(canceller) = options.canceller {
        run.set_canceller(canceller);
    }
    let mut slice = SMALLEST_SLICE;
    loop {
        let begin = Instant::now();
        let step = run.step(slice);
        if step == Step::Running {
            slice = next_slice(slice, begin.elapsed());
        }
        let printed = run.take_output();
        if !printed.is_empty() {
            sink(&printed);
        }
        if step.is_ended() {
            return run.finish();
        }
    }
}

/// Returns the fuel of the next slice, after one that took this long.
fn next_slice(slice: u64, took: Duration) -> u64 {
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
    /// [`Outcome::Deadline`](crate::Outcome::Deadline). It is looked at before each step,
    /// and by host functions through their context.
    pub fn set_deadline(&mut self, deadline: Instant) {
        self.watch_mut().time_limit = Some(Box::new(deadline));
    }
}

impl HostCx<'_> {
    /// Returns the time on the clock at which the run ends, if there is one.
    pub fn deadline(&self) -> Option<Instant> {
        let limit: &dyn Any = self.watch().time_limit.as_deref()?;
        limit.downcast_ref().copied()
    }
}
