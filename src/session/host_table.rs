//! The functions of a session's host, and the gate they are called through.

use super::convert::host_bytes;
use super::host_call::{Reply, Request};
use super::host_context::HostCx;
use super::host_function::{HostError, HostFunction};
use super::modules::Modules;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The functions a host registered, by number.
#[derive(Default)]
pub(super) struct HostTable {
    pub(super) entries: Vec<Entry>,
    /// What the built-in host call `source(name)` answers from.
    pub(super) modules: Modules,
}

/// The number of the built-in host call `source(name)`.
pub(super) const SOURCE: usize = usize::MAX >> 1;

pub(super) struct Entry {
    pub(super) module: &'static str,
    pub(super) name: &'static str,
    function: Box<dyn HostFunction>,
}

impl std::fmt::Debug for HostTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.entries.iter().map(|entry| (entry.module, entry.name))).finish()
    }
}

impl HostTable {
    pub(super) fn add(
        &mut self,
        module: &'static str,
        name: &'static str,
        function: Box<dyn HostFunction>,
    ) {
        self.entries.push(Entry { module, name, function });
    }

    /// Calls the function a script asked for. A panic in it becomes an error for the
    /// script, without the panic's own text.
    pub(super) fn call(
        &mut self,
        cx: &mut HostCx<'_>,
        request: &Request,
        result_limit: u64,
    ) -> Reply {
        let (called, name) = if request.index == SOURCE {
            let answer = AssertUnwindSafe(|| self.modules.answer(cx, &request.args));
            (catch_unwind(answer), "source".to_owned())
        } else {
            let Some(entry) = self.entries.get_mut(request.index) else {
                return Reply::new(Err(HostError::new("unknown host function")));
            };
            let called = catch_unwind(AssertUnwindSafe(|| entry.function.call(cx, &request.args)));
            (called, format!("{}.{}", entry.module, entry.name))
        };
        let error = |message: String| Reply::new(Err(HostError::new(message)));
        match called {
            Err(_) => error(format!("{name}: the host function panicked")),
            Ok(Err(failed)) => Reply::new(Err(failed)),
            Ok(Ok(values)) => {
                let bytes = values.iter().map(host_bytes).sum::<u64>();
                if bytes > result_limit {
                    return error(format!(
                        "{name}: result of {bytes} bytes is too large (limit: host_result, {result_limit} bytes)"
                    ));
                }
                Reply::new(Ok(values))
            }
        }
    }
}
