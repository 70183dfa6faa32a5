//! Functions whose calls are handed out as data, for whoever drives the run to answer.

use super::builder::SessionBuilder;
#[cfg(feature = "mcp")]
use crate::session::calls::host_table::Function;
use crate::session::functions::host_context::HostCx;
use crate::session::functions::host_function::HostFunction;
use crate::session::functions::reply::Reply;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;

/// A function whose calls are only handed out.
#[derive(Debug)]
struct HandedOut {
    takes_anything: bool,
}

impl HostFunction for HandedOut {
    fn call(&mut self, _: &mut HostCx<'_>, _: &mut [HostValue]) -> Result<Reply, HostError> {
        Ok(Reply::Later)
    }

    fn takes_anything(&self) -> bool {
        self.takes_anything
    }
}

impl SessionBuilder {
    /// Hands the calls of a function out that is registered, in the place of making them.
    #[cfg(feature = "mcp")]
    pub(crate) fn hand_out(mut self, path: &str) -> Self {
        for entry in self.host.entries.iter_mut().filter(|entry| entry.path == path) {
            let takes_anything = entry.function.takes_anything();
            entry.function = Function::Waited(Box::new(HandedOut { takes_anything }));
        }
        self
    }

    /// Registers a function that has no code here: its calls are handed out, and each
    /// waits until it is answered. See [`PendingCall`](crate::PendingCall).
    ///
    /// Arguments and answers are metered as for every host function, and the calls count
    /// for [`Limits::host_calls`](crate::Limits::host_calls). Waiting itself uses nothing.
    /// Where nobody can answer, as in [`Session::run`](crate::Session::run), the script
    /// gets an error that says so.
    pub fn pending_function(self, path: impl Into<String>) -> Self {
        self.add_function(path.into(), Box::new(HandedOut { takes_anything: false }))
    }
}
