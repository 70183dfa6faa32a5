//! The functions of a session's host, and the gate they are called through.

use super::convert::host_bytes;
use super::future::HostFuture;
use super::host_call::{Answer, Called, Request, Wanted};
use super::host_context::HostCx;
use super::host_error::{HostError, Raised};
use super::host_function::HostFunction;
use super::host_value::HostValue;
use super::modules::Modules;
use super::multi::Results;
use super::object_types::ObjectType;
use super::reply::Reply;
use super::typed::PlainFunction;
use super::user_data::UserData;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The functions a host registered, by number.
#[derive(Default)]
pub(super) struct HostTable {
    pub(super) entries: Vec<Entry>,
    /// Types of objects, by number.
    pub(super) types: Vec<ObjectType>,
    /// What the built-in host call `source(name)` answers from.
    pub(super) modules: Modules,
}

/// The number of the built-in host call `source(name)`.
pub(super) const SOURCE: usize = usize::MAX >> 1;

pub(super) struct Entry {
    /// Where scripts find it: `http.get`.
    pub(super) path: String,
    function: Function,
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
    /// Adds a type of objects.
    pub(super) fn add_type<T: UserData>(&mut self) {
        self.types.push(ObjectType::of::<T>());
    }

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
    ) -> Begun {
        let wanted = std::mem::replace(&mut request.wanted, Wanted::Nothing);
        let unknown = || Begun::failed(HostError::new("unknown host function"));
        // What is handed out, if it is.
        let mut handed = Vec::new();
        let called = match (wanted, request.call) {
            (Wanted::Nothing, _) => return unknown(),
            (Wanted::Then { then, result }, _) => {
                catch_unwind(AssertUnwindSafe(|| then(cx, result)))
            }
            (Wanted::Call { args, .. }, Called::Function(SOURCE)) => {
                catch_unwind(AssertUnwindSafe(|| self.modules.answer(cx, &args).map(Reply::Now)))
            }
            (Wanted::Call { mut args, .. }, Called::Function(index)) => {
                let Some(entry) = self.entries.get_mut(index) else { return unknown() };
                let called = catch_unwind(AssertUnwindSafe(|| entry.function.call(cx, &mut args)));
                handed = args;
                called
            }
            (Wanted::Call { mut args, object }, Called::Method { kind, number }) => {
                let (Some(called), Some(object)) = (self.types.get_mut(kind), object) else {
                    return unknown();
                };
                let called =
                    catch_unwind(AssertUnwindSafe(|| called.call(number, &object, cx, &mut args)));
                handed = args;
                called
            }
        };
        let name: &str = &self.name_of(request.call);
        match called {
            Err(_) => Begun::failed(panicked(name)),
            Ok(Ok(Reply::Now(values))) => Begun::Answered(values_of(name, values, result_limit)),
            Ok(Ok(Reply::Later)) => Begun::Asked(name.to_owned(), handed),
            Ok(Ok(Reply::Future(future))) => Begun::Future(name.to_owned(), future),
            Ok(Ok(Reply::CallLua { function, args, then })) => {
                let bytes = args.iter().map(host_bytes).sum::<u64>();
                if bytes > result_limit {
                    return Begun::failed(too_large(name, bytes, result_limit));
                }
                Begun::Answered(Answer::calling(function, args, then))
            }
            Ok(Err(error)) => Begun::Answered(error_of(name, error, result_limit)),
        }
    }

    /// Returns what messages call a function or a method.
    fn name_of(&self, called: Called) -> Cow<'_, str> {
        match called {
            Called::Function(SOURCE) => "source".into(),
            Called::Function(index) => {
                self.entries.get(index).map_or("", |entry| &entry.path).into()
            }
            Called::Method { kind, number } => {
                let called = self.types.get(kind);
                called.map(|called| called.method_name(number)).unwrap_or_default().into()
            }
        }
    }
}

/// What a call of a host function came to.
pub(super) enum Begun {
    /// It is over.
    Answered(Answer),
    /// It is to be handed out, under this name and with these arguments.
    Asked(String, Vec<HostValue>),
    /// It goes on as a future, under this name.
    Future(String, HostFuture),
}

impl Begun {
    fn failed(error: HostError) -> Begun {
        Begun::Answered(Answer::new(Err(error)))
    }
}

/// Makes the answer of the function `name`, which is an error if it is too large.
pub(super) fn answer_of(
    name: &str,
    answer: Result<Vec<HostValue>, HostError>,
    limit: u64,
) -> Answer {
    match answer {
        Ok(values) => values_of(name, values, limit),
        Err(error) => error_of(name, error, limit),
    }
}

/// The error of a function that panicked. The panic's own text may be anything.
pub(super) fn panicked(name: &str) -> HostError {
    HostError::new(format!("{name}: the host function panicked"))
}

/// Makes the answer of a function's results.
fn values_of(name: &str, values: Vec<HostValue>, limit: u64) -> Answer {
    let bytes = values.iter().map(host_bytes).sum::<u64>();
    Answer::new(if bytes > limit { Err(too_large(name, bytes, limit)) } else { Ok(values) })
}

/// Makes the answer of a function's error.
fn error_of(name: &str, mut error: HostError, limit: u64) -> Answer {
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
