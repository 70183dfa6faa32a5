//! How often: a sliding window for each session and tool.

use std::collections::{BTreeMap, VecDeque};

/// Counts calls in sliding windows. It has no clock: the time is an argument, in milliseconds
/// from whenever.
#[derive(Clone, Debug, Default)]
pub struct RateLimiter {
    /// When calls were let through, by session and tool, the oldest first.
    calls: BTreeMap<(String, String), VecDeque<u64>>,
}

impl RateLimiter {
    /// Lets a call through if fewer than `limit` were within the last `window` milliseconds,
    /// and counts it then. A call that is refused is not counted.
    ///
    /// ```
    /// use moonfuel::host::gate::RateLimiter;
    ///
    /// let mut rate = RateLimiter::default();
    /// assert_eq!(rate.check("session", "tool", 1, 60_000, 0), Ok(()));
    /// assert_eq!(rate.check("session", "tool", 1, 60_000, 500), Err(59_500));
    /// assert_eq!(rate.check("session", "tool", 1, 60_000, 60_000), Ok(()));
    /// ```
    ///
    /// # Errors
    /// After how many milliseconds there is room again, at least 1.
    pub fn check(
        &mut self,
        session: &str,
        tool: &str,
        limit: usize,
        window: u64,
        now: u64,
    ) -> Result<(), u64> {
        let calls = self.calls.entry((session.to_owned(), tool.to_owned())).or_default();
        while calls.front().is_some_and(|oldest| oldest.saturating_add(window) <= now) {
            calls.pop_front();
        }
        if calls.len() >= limit {
            let oldest = calls.front().copied().unwrap_or(now);
            return Err(oldest.saturating_add(window).saturating_sub(now).max(1));
        }
        calls.push_back(now);
        Ok(())
    }
}
