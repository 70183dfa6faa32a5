//! What a host function answers.

use super::future::HostFuture;
use super::host_value::HostValue;

/// The answer of a [`HostFunction`](super::HostFunction).
#[derive(Debug)]
#[non_exhaustive]
pub enum Reply {
    /// The results: the script goes on with them.
    Now(Vec<HostValue>),
    /// The call is handed out as a [`PendingCall`](super::PendingCall), to be answered by
    /// whoever drives the run.
    Later,
    /// The script waits for what this future returns.
    Future(HostFuture),
}

impl From<HostFuture> for Reply {
    fn from(future: HostFuture) -> Self {
        Reply::Future(future)
    }
}

impl From<Vec<HostValue>> for Reply {
    fn from(values: Vec<HostValue>) -> Self {
        Reply::Now(values)
    }
}
