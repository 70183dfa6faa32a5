//! The functions of a session's host, and the gate they are called through.

use super::convert::host_bytes;
use super::host_call::{Answer, Request};
use super::host_context::HostCx;
use super::host_error::{HostError, Raised};
use super::host_function::HostFunction;
use super::host_value::HostValue;
use super::modules::Modules;
use super::multi::Results;
use super::reply::Reply;
use super::typed::PlainFunction;
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
    pub(super) function: Function,
}

/// A function, by how it can be called.
pub(super) enum Function {
    /// Where the script stands, or as any other.
    Plain(Box<dyn PlainFunction>),
    /// While the machine waits.
    Waited(Box<dyn HostFunction>),
}

impl Function {
    fn call(&mut self, cx: &mut HostCx<'_>, args: &mut [HostValue]) -> Result<Reply, HostError> {
        match self {
            Function::Plain(function) => {
                let mut results = Results::default();
                function.call_plain(args, &mut results)?;
                Ok(Reply::Now(results.into_vec()))
            }
            Function::Waited(function) => function.call(cx, args),
        }
    }
}

impl std::fmt::Debug for HostTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.entries.iter().map(|entry| &entry.path)).finish()
    }
}

impl HostTable {
    pub(super) fn add(&mut self, path: String, function: Function) {
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
        let called = if request.index == SOURCE {
            let answer =
                AssertUnwindSafe(|| self.modules.answer(cx, &request.args).map(Reply::Now));
            (catch_unwind(answer), "source")
        } else {
            let Some(entry) = self.entries.get_mut(request.index) else {
                return Answer::new(Err(HostError::new("unknown host function")));
            };
            let called =
                catch_unwind(AssertUnwindSafe(|| entry.function.call(cx, &mut request.args)));
            (called, entry.path.as_str())
        };
        let (Ok(replied), name) = called else {
            return Answer::new(Err(panicked(called.1)));
        };
        match replied {
            Ok(Reply::Now(values)) => values_of(name, values, result_limit),
            Err(error) => error_of(name, error, result_limit),
        }
    }
}

/// The error of a function that panicked. The panic's own text may be anything.
pub(super) fn panicked(name: &str) -> HostError {
    HostError::new(format!("{name}: the host function panicked"))
}

/// Makes the answer of a function's results.
pub(super) fn values_of(name: &str, values: Vec<HostValue>, limit: u64) -> Answer {
    let bytes = values.iter().map(host_bytes).sum::<u64>();
    Answer::new(if bytes > limit { Err(too_large(name, bytes, limit)) } else { Ok(values) })
}

/// Makes the answer of a function's error.
pub(super) fn error_of(name: &str, mut error: HostError, limit: u64) -> Answer {
    match error.raised_mut() {
        Raised::Value(value) if host_bytes(value) > limit => {
            error = too_large(name, host_bytes(value), limit);
        }
        Raised::Argument(mismatch) => mismatch.set_function(name),
        _ => {}
    }
    Answer::new(Err(error))
}

fn too_large(name: &str, bytes: u64, limit: u64) -> HostError {
    HostError::new(format!(
        "{name}: result of {bytes} bytes is too large (limit: host_result, {limit} bytes)"
    ))
}
