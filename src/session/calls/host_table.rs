//! The functions of a session's host, and how they are called without a trace.

use crate::base::nearest::nearest_function;
use crate::session::functions::contained::contained;
use crate::session::functions::declaration::{Declaration, Tier};
use crate::session::functions::future::HostFuture;
use crate::session::functions::host_context::HostCx;
use crate::session::functions::host_function::HostFunction;
use crate::session::functions::letters::{
    Answer, Request, Returned, SOURCE, Target, answer_of, is_asked,
};
use crate::session::functions::modules::Modules;
use crate::session::functions::object_types::ObjectType;
use crate::session::functions::policy::{Policy, PolicyCall};
use crate::session::functions::reply::Reply;
use crate::session::functions::ticket::{SavedTicket, Ticket};
use crate::session::functions::typed::PlainFunction;
use crate::session::functions::user_data::UserData;
#[cfg(feature = "mcp")]
use crate::session::tapes::journal::Journal;
use crate::session::tapes::tape::OwnTape;
use crate::session::values::admission::{panicked, too_large};
use crate::session::values::convert::host_bytes;
use crate::session::values::error::LuaError;
use crate::session::values::host_error::{Failure, HostError};
use crate::session::values::host_value::HostValue;
use crate::session::values::multi::Results;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The functions a host registered, by number.
#[derive(Default)]
pub(in crate::session) struct HostTable {
    pub(in crate::session) entries: Vec<Entry>,
    /// Types of objects, by number.
    pub(in crate::session) types: Vec<ObjectType>,
    /// Paths of buses of events.
    pub(in crate::session) buses: Vec<String>,
    /// What the built-in host call `source(name)` answers from.
    pub(in crate::session) modules: Modules,
    /// What a call in place has failed with, if that has a kind of its own.
    pub(in crate::session) failure: Option<Failure>,
    /// Who is asked before a call.
    pub(in crate::session) policy: Option<Arc<dyn Policy>>,
    /// What the host says about functions and methods, by their names in messages.
    pub(in crate::session) declared: BTreeMap<String, Declaration>,
    /// What a trace says of functions that are not there.
    pub(in crate::session) recorded: BTreeMap<String, Recorded>,
    /// Where calls are recorded, or played from.
    pub(in crate::session) tape: Option<OwnTape>,
    /// Where the answers to one call are kept, or come from.
    #[cfg(feature = "mcp")]
    pub(in crate::session) journal: Option<Journal>,
}

/// What a trace says of a function.
pub(in crate::session) struct Recorded {
    pub(in crate::session) hash: String,
    pub(in crate::session) idempotent: bool,
    pub(in crate::session) takes_anything: bool,
}

pub(in crate::session) struct Entry {
    /// Where scripts find it: `http.get`.
    pub(in crate::session) path: String,
    pub(in crate::session) function: Function,
}

/// A function, by how it can be called.
pub(in crate::session) enum Function {
    /// Where the script stands, or as any other.
    Plain(Box<dyn PlainFunction>),
    /// While the machine waits.
    Waited(Box<dyn HostFunction>),
}

impl Function {
    /// Tells whether arguments that cannot cross are no errors.
    pub(in crate::session) fn takes_anything(&self) -> bool {
        match self {
            Function::Plain(_) => false,
            Function::Waited(function) => function.takes_anything(),
        }
    }

    /// Returns what it has noted for itself.
    pub(in crate::session) fn remembered(&self) -> Vec<Vec<u8>> {
        match self {
            Function::Plain(_) => Vec::new(),
            Function::Waited(function) => contained(|| function.remembered()).unwrap_or_default(),
        }
    }

    /// Gives a note back. It may be lost: if the function panics.
    pub(in crate::session) fn recall(&mut self, note: &[u8]) {
        if let Function::Waited(function) = self {
            let _ = contained(|| function.recall(note));
        }
    }

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
    pub(in crate::session) fn add_type<T: UserData>(&mut self) {
        self.types.push(ObjectType::of::<T>());
    }

    pub(in crate::session) fn add(&mut self, path: String, function: Function) {
        self.entries.push(Entry { path, function });
    }

    /// Tells the functions that a run has ended.
    pub(in crate::session) fn run_ended(&mut self, kept: bool) {
        for entry in &mut self.entries {
            if let Function::Waited(function) = &mut entry.function {
                // What it panics with is its own affair: the run is over.
                let _ = contained(|| function.run_ended(kept));
            }
        }
    }

    /// Tells whether arguments that cannot cross are no errors for a function.
    pub(in crate::session) fn takes_anything(&self, entry: &Entry) -> bool {
        match self.recorded.get(&entry.path) {
            Some(recorded) => recorded.takes_anything,
            None => entry.function.takes_anything(),
        }
    }

    /// Returns the hash of what is said about a function, and whether it may be called again
    /// without harm.
    pub(in crate::session) fn declaration_hash(&self, path: &str) -> (String, bool) {
        if let Some(recorded) = self.recorded.get(path) {
            return (recorded.hash.clone(), recorded.idempotent);
        }
        match self.declared.get(path) {
            Some(declaration) => (declaration.hash(), declaration.idempotent),
            None => (Declaration::new(path).hash(), false),
        }
    }

    /// Tells whether a function may be called again without harm, and whether it only looks:
    /// then nobody could find out afterwards that it was called.
    pub(in crate::session) fn is_harmless(&self, target: Target) -> (bool, bool) {
        // Modules are only read.
        if let Target::Function(SOURCE) = target {
            return (true, true);
        }
        let declaration = self.declared.get(&*self.name_of(target));
        let idempotent = declaration.is_some_and(|declaration| declaration.idempotent);
        (idempotent, declares_looking(declaration))
    }

    /// As [`HostTable::call`], without a trace of it.
    pub(in crate::session) fn call_untaped(
        &mut self,
        cx: &mut HostCx<'_>,
        request: &mut Request,
        result_limit: u64,
    ) -> Called {
        let called = if let Some(Returned { then, result, .. }) = request.then.take() {
            contained(|| then(cx, result))
        } else {
            match self.admit(cx, request, result_limit) {
                Ok(None) => self.call_target(cx, request),
                Ok(Some(ticket)) => {
                    let reply = self.call_target(cx, request);
                    Some(ticket.pass(cx, reply))
                }
                Err(refused) => Some(refused.map(Reply::Now)),
            }
        };
        let name: &str = &self.name_of(request.target);
        match called {
            None => Called::failed(panicked(name)),
            Some(Ok(Reply::Now(values))) => {
                Called::Answered(answer_of(name, Ok(values), result_limit))
            }
            Some(Ok(Reply::Later)) => Called::Asked(name.to_owned(), cx.ticket.take()),
            Some(Ok(Reply::Future(future))) => Called::Begun(name.to_owned(), future),
            Some(Ok(Reply::CallLua { function, args, then })) => {
                let bytes = args.iter().map(host_bytes).sum::<u64>();
                if bytes > result_limit {
                    return Called::failed(too_large(name, bytes, result_limit));
                }
                Called::Answered(Answer::calling(function, args, then))
            }
            Some(Err(error)) => Called::Answered(answer_of(name, Err(error), result_limit)),
        }
    }

    /// Asks the policy, if there is one, whether the call may be made.
    fn admit(
        &self,
        cx: &mut HostCx<'_>,
        request: &Request,
        result_limit: u64,
    ) -> Result<Option<Ticket>, Result<Vec<HostValue>, HostError>> {
        let Some(policy) = self.policy.as_ref().filter(|_| is_asked(request.target)) else {
            return Ok(None);
        };
        let path: &str = &self.name_of(request.target);
        let declaration = self.declared.get(path);
        let number = cx.call_number();
        let call = PolicyCall { path, declaration, args: &request.args, number };
        Ticket::ask(policy, &call, result_limit).map(Some)
    }

    /// Gives a function back what it noted for itself.
    pub(in crate::session) fn recall(&mut self, target: Target, note: &[u8]) {
        if let Target::Function(index) = target
            && let Some(entry) = self.entries.get_mut(index)
        {
            entry.function.recall(note);
        }
    }

    /// Has the policy take up a call that waits in a run that is restored.
    ///
    /// # Errors
    /// Why it does not; if the policy that the call was made under is not there.
    pub(in crate::session) fn take_up(
        &self,
        path: &str,
        args: &[HostValue],
        saved: Option<&SavedTicket>,
        result_limit: u64,
    ) -> Result<Option<Ticket>, String> {
        let Some(policy) = &self.policy else {
            return match saved {
                Some(_) => Err("a call of it waits under a policy, and there is none".to_owned()),
                None => Ok(None),
            };
        };
        let (declaration, number) =
            (self.declared.get(path), saved.map_or(0, |saved| saved.number));
        let call = PolicyCall { path, declaration, args, number };
        Ticket::take_up(policy, &call, saved, result_limit).map(Some)
    }

    /// Adds to the error of a call of nothing, such as `jido.reed_file()`, which function of
    /// the host's has a name that is near.
    pub(in crate::session) fn add_hint(&self, error: &mut LuaError) {
        const BEFORE: &[u8] = b"attempt to call a nil value (";
        let message = &error.message;
        let Some(at) = message.windows(BEFORE.len()).rposition(|part| part == BEFORE) else {
            return;
        };
        let Ok(rest) = std::str::from_utf8(&message[at + BEFORE.len()..]) else { return };
        let Some((_, name)) = rest.split_once(" '") else { return };
        let Some(name) = name.strip_suffix("')") else { return };
        let last = |path: &'_ str| path.rsplit('.').next().map(str::len).unwrap_or_default();
        let short = &name[name.len() - last(name)..];
        let names =
            self.entries.iter().map(|entry| &entry.path[entry.path.len() - last(&entry.path)..]);
        let Some(near) = nearest_function(short, names) else { return };
        let is_it = |entry: &&Entry| entry.path.rsplit('.').next() == Some(near);
        if let Some(entry) = self.entries.iter().find(is_it) {
            error.hint = Some(format!("did you mean `{}`?", entry.path));
        }
    }

    /// Keeps what the host says about a function.
    pub(in crate::session) fn declare(&mut self, declaration: Declaration) {
        self.declared.insert(declaration.path.clone(), declaration);
    }

    /// Returns what the host says about its functions, in the order of their paths.
    pub(in crate::session) fn declared(&self) -> impl Iterator<Item = &Declaration> {
        self.declared.values()
    }

    fn call_target(&mut self, cx: &mut HostCx<'_>, request: &mut Request) -> Reached {
        let args = &mut request.args;
        match request.target {
            Target::Function(SOURCE) => contained(|| self.modules.answer(cx, args).map(Reply::Now)),
            Target::Function(index) => {
                let Some(entry) = self.entries.get_mut(index) else { return Some(Err(unknown())) };
                contained(|| entry.function.call(cx, args))
            }
            Target::Method { kind, number } => {
                let Some(kind) = self.types.get_mut(kind) else { return Some(Err(unknown())) };
                let object = request.object.as_deref();
                contained(|| kind.call(number, object, cx, args))
            }
        }
    }

    /// Returns what messages call a function or a method.
    pub(in crate::session) fn name_of(&self, target: Target) -> Cow<'_, str> {
        match target {
            Target::Function(SOURCE) => "source".into(),
            Target::Function(index) => {
                self.entries.get(index).map_or("", |entry| &entry.path).into()
            }
            Target::Method { kind, number } => {
                let kind = self.types.get(kind);
                kind.map(|kind| kind.method_name(number)).unwrap_or_default().into()
            }
        }
    }
}

/// What a function said, if it did not panic.
type Reached = Option<Result<Reply, HostError>>;

/// Tells whether a function is said to leave everything as it is.
pub(in crate::session) fn declares_looking(declaration: Option<&Declaration>) -> bool {
    declaration.is_some_and(|it| it.idempotent && it.tier == Tier::ReadOnly)
}

fn unknown() -> HostError {
    HostError::new("unknown host function")
}

/// What a call of a host function came to.
pub(in crate::session) enum Called {
    /// It is over.
    Answered(Answer),
    /// It is to be handed out, under this name; the policy waits for its answer.
    Asked(String, Option<Ticket>),
    /// It goes on as a future, under this name.
    Begun(String, HostFuture),
}

impl Called {
    pub(in crate::session) fn failed(error: HostError) -> Called {
        Called::Answered(Answer::new(Err(error)))
    }
}
