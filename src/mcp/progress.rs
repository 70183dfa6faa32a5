//! How far a call is, for the client: fuel over the limit.

use rmcp::RoleServer;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::Peer;
use std::time::{Duration, Instant};

/// The least time between two notifications.
const PAUSE: Duration = Duration::from_millis(100);

/// Tells a client that wants to know how far its call is.
#[derive(Debug)]
pub(super) struct Progress {
    client: Option<(Peer<RoleServer>, ProgressToken)>,
    limit: u64,
    last: u64,
    told: Instant,
}

impl Progress {
    /// Tells nobody.
    pub(super) fn none() -> Progress {
        Progress { client: None, limit: 0, last: 0, told: Instant::now() }
    }

    pub(super) fn of(client: Option<(Peer<RoleServer>, ProgressToken)>, limit: u64) -> Progress {
        Progress { client, limit, last: 0, told: Instant::now() }
    }

    /// Tells that this much fuel is used, unless it has just told. Each is more than the one
    /// before it.
    pub(super) async fn tell(&mut self, used: u64) {
        let Some((peer, token)) = &self.client else { return };
        if used <= self.last || self.told.elapsed() < PAUSE {
            return;
        }
        let params = ProgressNotificationParam::new(token.clone(), used as f64)
            .with_total(self.limit as f64)
            .with_message(format!("{used} of {} units of fuel", self.limit));
        if peer.notify_progress(params).await.is_err() {
            self.client = None;
        }
        (self.last, self.told) = (used, Instant::now());
    }

    /// Tells a text of the call's own, the `number`th.
    pub(super) async fn say(&mut self, number: u64, text: String) {
        let Some((peer, token)) = &self.client else { return };
        let params =
            ProgressNotificationParam::new(token.clone(), number as f64).with_message(text);
        if peer.notify_progress(params).await.is_err() {
            self.client = None;
        }
    }

    /// Stops telling.
    pub(super) fn stop(&mut self) {
        self.client = None;
    }
}
