//! The functions of a session's host, and the gate they are called through.

use super::future::HostFuture;
use super::host_call::{Answer, Request};
use super::host_context::HostCx;
use super::host_function::{HostError, HostFunction};
use super::modules::Modules;
use super::pending::limited;
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
    ) -> Called {
        let (called, name) = if request.index == SOURCE {
            let answer =
                AssertUnwindSafe(|| self.modules.answer(cx, &request.args).map(Reply::Now));
            (catch_unwind(answer), "source".to_owned())
        } else {
            let Some(entry) = self.entries.get_mut(request.index) else {
                return Called::failed("unknown host function");
            };
            let called =
                catch_unwind(AssertUnwindSafe(|| entry.function.call(cx, &mut request.args)));
            (called, entry.path.clone())
        };
        match called {
            Err(_) => Called::failed(format!("{name}: the host function panicked")),
            Ok(Err(failed)) => Called::Answered(Answer::new(Err(failed))),
            Ok(Ok(Reply::Now(values))) => {
                Called::Answered(limited(&name, Ok(values), result_limit))
            }
            Ok(Ok(Reply::Later)) => Called::Asked(name),
            Ok(Ok(Reply::Future(future))) => Called::Begun(name, future),
        }
    }
}

/// What a call of a host function came to.
pub(super) enum Called {
    /// It is over.
    Answered(Answer),
    /// It is to be handed out, under this name.
    Asked(String),
    /// It goes on as a future, under this name.
    Begun(String, HostFuture),
}

impl Called {
    fn failed(message: impl Into<Vec<u8>>) -> Called {
        Called::Answered(Answer::new(Err(HostError::new(message))))
    }
}
