//! Driving a run by the clock on the wall: it goes on in slices, and between two
//! of them its output is handed on and its deadline looked at.

use crate::{Chunk, Outcome, Report, Session};
use std::time::{Duration, Instant};

#[cfg(test)]
mod tests;

/// Fuel between two looks at the clock: well below a millisecond of ordinary
/// code, and a few milliseconds of the most expensive.
const SLICE: u64 = 200_000;

/// Runs a chunk to its end, or until `timeout` has passed since the call of this
/// function; the outcome is [`Outcome::Deadline`] then.
///
/// Everything the script prints goes to `sink` as it comes, so the report's own
/// output is empty. How the run is cut into slices changes nothing in what it does.
///
/// The clock is looked at between slices only: compiling the chunk and a host
/// function that takes its time are not interrupted.
///
/// ```
/// use moonfuel::host::drive::drive;
/// use moonfuel::{Chunk, Outcome, Session};
/// use std::time::Duration;
///
/// let session = Session::builder().build()?;
/// let chunk = Chunk::new(b"print('hello') while true do end");
/// let timeout = Some(Duration::from_millis(20));
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
    timeout: Option<Duration>,
    sink: &mut dyn FnMut(&[u8]),
) -> (Session, Report) {
    let begin = Instant::now();
    let mut run = session.start(chunk);
    loop {
        let ended = run.step(SLICE);
        let printed = run.take_output();
        if !printed.is_empty() {
            sink(&printed);
        }
        if ended {
            break;
        }
        if timeout.is_some_and(|timeout| begin.elapsed() >= timeout) {
            run.stop(Outcome::Deadline);
            break;
        }
    }
    run.finish()
}
