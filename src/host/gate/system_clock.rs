//! The gate's clock: the system's time, as far as that goes forward.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

#[cfg(test)]
mod tests;

/// Returns a clock, in microseconds since the epoch, that begins with the system's time and
/// never goes back. While the machine sleeps it stands still with what it counts, and follows
/// the system's afterwards: a log says when a call was made, and a window of calls is over. If
/// the system's is set back, it goes on: nothing waits until that is where it was.
pub(super) fn system_clock() -> impl FnMut() -> u64 + Send {
    let begin = Instant::now();
    let mut clock = Forward::new(since_epoch());
    move || {
        let now = clock.at(begin.elapsed(), since_epoch());
        u64::try_from(now.as_micros()).unwrap_or(u64::MAX)
    }
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A time that has begun somewhere, and how far it has been moved since.
struct Forward(Duration);

impl Forward {
    fn new(start: Duration) -> Forward {
        Forward(start)
    }

    /// Returns the time after so long, when the system says that it is `system`.
    fn at(&mut self, elapsed: Duration, system: Duration) -> Duration {
        self.0 = self.0.max(system.saturating_sub(elapsed));
        self.0.saturating_add(elapsed)
    }
}
