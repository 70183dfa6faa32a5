//! What a host function answers.

use super::host_value::HostValue;

/// The answer of a [`HostFunction`](super::HostFunction).
#[derive(Debug)]
#[non_exhaustive]
pub enum Reply {
    /// The results: the script goes on with them.
    Now(Vec<HostValue>),
}

impl From<Vec<HostValue>> for Reply {
    fn from(values: Vec<HostValue>) -> Self {
        Reply::Now(values)
    }
}
