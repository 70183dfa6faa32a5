//! The functions of a session's host, and the gate they are called through.

use super::convert::host_bytes;
use super::host_call::{Answer, Request, Wanted};
use super::host_context::HostCx;
use super::host_function::{HostError, HostFunction};
use super::modules::Modules;
use super::reply::Reply;
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
    /// Where scripts find it: `http.get`.
    pub(super) path: String,
    function: Box<dyn HostFunction>,
}

impl std::fmt::Debug for HostTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.entries.iter().map(|entry| &entry.path)).finish()
    }
}

impl HostTable {
    pub(super) fn add(&mut self, path: String, function: Box<dyn HostFunction>) {
        self.entries.push(Entry { path, function });
    }

    /// Calls the function a script asked for. A panic in it becomes an error for the
    /// script, without the panic's own text.
    pub(super) fn call(
        &mut self,
        cx: &mut HostCx<'_>,
        request: &mut Request,
        result_limit: u64,
    ) -> Answer {
        let index = request.index;
        let wanted = std::mem::replace(&mut request.wanted, Wanted::Call { args: Vec::new() });
        let (called, name) = match wanted {
            Wanted::Then { then, result } => {
                let name = self.entries.get(index).map(|entry| entry.path.clone());
                let called = catch_unwind(AssertUnwindSafe(|| then(cx, result)));
                (called, name.unwrap_or_default())
            }
            Wanted::Call { args } if index == SOURCE => {
                let answer = AssertUnwindSafe(|| self.modules.answer(cx, &args).map(Reply::Now));
                (catch_unwind(answer), "source".to_owned())
            }
            Wanted::Call { mut args } => {
                let Some(entry) = self.entries.get_mut(index) else {
                    return Answer::new(Err(HostError::new("unknown host function")));
                };
                let called = AssertUnwindSafe(|| entry.function.call(cx, &mut args));
                (catch_unwind(called), entry.path.clone())
            }
        };
        let error = |message: String| Answer::new(Err(HostError::new(message)));
        match called {
            Err(_) => error(format!("{name}: the host function panicked")),
            Ok(Err(failed)) => Answer::new(Err(failed)),
            Ok(Ok(reply)) => {
                let (Reply::Now(values) | Reply::CallLua { args: values, .. }) = &reply;
                let bytes = values.iter().map(host_bytes).sum::<u64>();
                if bytes > result_limit {
                    return error(format!(
                        "{name}: result of {bytes} bytes is too large (limit: host_result, {result_limit} bytes)"
                    ));
                }
                match reply {
                    Reply::Now(values) => Answer::new(Ok(values)),
                    Reply::CallLua { function, args, then } => {
                        Answer { index, ..Answer::calling(function, args, then) }
                    }
                }
            }
        }
    }
}
