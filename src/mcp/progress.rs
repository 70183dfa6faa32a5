//! How far a call is, for the client: fuel over the limit.

use super::tasked::Tasked;
use rmcp::RoleServer;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::Peer;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// The least time between two notifications.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a notification may take. When the input has ended, nobody passes it on any more.
const LONGEST: Duration = Duration::from_secs(2);

/// Tells a client, and whether that has worked.
async fn has_told(peer: &Peer<RoleServer>, params: ProgressNotificationParam) -> bool {
    matches!(tokio::time::timeout(LONGEST, peer.notify_progress(params)).await, Ok(Ok(())))
}

/// Tells a client that wants to know how far its call is; and, of a call that has become
/// a task, whoever looks at that.
pub(super) struct Progress {
    client: Option<(Peer<RoleServer>, ProgressToken)>,
    task: Arc<OnceLock<Tasked>>,
    limit: u64,
    last: u64,
    told: Instant,
}

impl Progress {
    /// Tells nobody.
    pub(super) fn none() -> Progress {
        Progress::of(None, Arc::default(), 0)
    }

    pub(super) fn of(
        client: Option<(Peer<RoleServer>, ProgressToken)>,
        task: Arc<OnceLock<Tasked>>,
        limit: u64,
    ) -> Progress {
        Progress { client, task, limit, last: 0, told: Instant::now() }
    }

    /// Tells that this much fuel is used, unless it has just told. Each is more than the one
    /// before it.
    pub(super) async fn tell(&mut self, used: u64) {
        if used <= self.last || self.told.elapsed() < PAUSE {
            return;
        }
        let text = format!("{used} of {} units of fuel", self.limit);
        if self.of_task(&text) {
            (self.last, self.told) = (used, Instant::now());
            return;
        }
        let Some((peer, token)) = &self.client else { return };
        let params = ProgressNotificationParam::new(token.clone(), used as f64)
            .with_total(self.limit as f64)
            .with_message(text);
        if !has_told(peer, params).await {
            self.client = None;
        }
        (self.last, self.told) = (used, Instant::now());
    }

    /// Tells a text of the call's own, the `number`th.
    pub(super) async fn say(&mut self, number: u64, text: String) {
        if self.of_task(&text) {
            return;
        }
        let Some((peer, token)) = &self.client else { return };
        let params =
            ProgressNotificationParam::new(token.clone(), number as f64).with_message(text);
        if !has_told(peer, params).await {
            self.client = None;
        }
    }

    /// Tells a task, if there is one: its request has been answered, and is told nothing more.
    fn of_task(&self, text: &str) -> bool {
        let task = self.task.get();
        if let Some(task) = task {
            task.context.set_status_message(text);
        }
        task.is_some()
    }
}
