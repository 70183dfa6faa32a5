//! Sessions: scripts run under limits, with the host's functions, to an outcome.
//!
//! This is the owned tier of the interface: no lifetimes, everything `Send`.

mod admission;
mod advice;
mod all;
mod async_function;
mod attempt;
mod beginning;
mod builder;
mod call;
mod call_lua;
mod call_main;
mod callee;
mod check;
mod chunk;
mod config;
mod conflicts;
mod contained;
mod convert;
mod coverage;
mod declaration;
mod decode;
mod deep_json;
mod denied;
mod digest;
mod dispatch;
mod error;
mod event_bus;
mod excerpt;
mod from_host;
mod from_lua;
mod functions;
mod future;
mod gate;
mod handed_out;
mod hash_key;
mod hash_maps;
mod host_call;
mod host_context;
mod host_error;
mod host_function;
mod host_serde;
mod host_table;
mod host_value;
mod image_version;
mod in_place;
mod into_lua;
mod keeper;
mod letters;
mod library;
mod limits;
mod load_main;
mod lock;
mod main_function;
mod mismatch;
mod modules;
mod multi;
mod names;
mod natives;
mod notes;
mod object_natives;
mod object_ref;
mod object_types;
mod objects;
mod opening;
mod outcome;
mod park;
mod parts;
mod passing;
mod paths;
mod pending;
mod policy;
mod prepared;
mod profile;
mod register;
mod reply;
mod restore_error;
mod run;
mod run_future;
mod secret;
mod send;
mod snapshot;
mod snapshot_header;
mod state_digest;
mod stepping;
mod suspended;
mod ticket;
mod to_host;
mod trace;
mod typed;
mod typed_object;
mod user_data;
#[cfg(all(feature = "host", unix))]
pub(crate) mod verdict;
mod view;
mod watch;
mod yielding;

#[cfg(test)]
mod tests;

pub use builder::SessionBuilder;
pub use callee::Callee;
pub use check::{Checked, Finding, NamedCall, Severity};
pub use chunk::Chunk;
pub(crate) use contained::contained;
pub use coverage::{BranchCount, ChunkCoverage, Coverage, FunctionCount, LineCount};
pub use declaration::{Declaration, Effect, Tier};
pub(crate) use declaration::{Parameter, RefusalStyle};
pub use decode::Decode;
pub(crate) use deep_json::{read_bounded, read_foreign};
pub use denied::Denied;
pub use digest::Digest;
pub use error::{ErrorKind, LuaError};
#[cfg(feature = "cli")]
pub(crate) use excerpt::ENVELOPE;
pub use from_lua::{Bytes, FromLua, Serde};
pub use functions::Function;
pub use future::HostFuture;
pub use host_context::HostCx;
#[cfg(all(test, feature = "host"))]
pub(crate) use host_context::with_context;
pub use host_error::HostError;
pub use host_function::HostFunction;
pub use host_value::{ConvertError, ConvertErrorKind, HostKey, HostValue};
pub use into_lua::IntoLua;
pub use limits::Limits;
pub(crate) use lock::lock;
pub use mismatch::Mismatch;
pub use modules::{Module, ModuleSource, Sought};
pub use multi::{FromLuaMulti, IntoLuaMulti, Results, Variadic};
#[cfg(feature = "cli")]
pub(crate) use names::{KEYWORDS, Named, Names, reachable};
pub use object_ref::ObjectRef;
pub use outcome::{Outcome, Place, Report, Usage};
pub(crate) use park::Parker;
pub(crate) use pending::nobody;
pub use pending::{AnswerError, PendingCall};
pub use policy::{Policy, PolicyCall};
pub(crate) use prepared::{Given, Prepared, is_internal};
pub use profile::FuelProfile;
#[cfg(all(feature = "host", unix))]
pub(crate) use reply::has_failed;
pub use reply::{IntoReply, Reply, Then};
pub use restore_error::{RestoreError, SnapshotError};
pub use run::{Run, Step};
pub use run_future::{RunFuture, RunToEnd, StepFuture};
pub use secret::Secret;
#[cfg(feature = "mcp")]
pub(crate) use trace::Journal;
#[cfg(feature = "cli")]
pub(crate) use trace::NEVER_BEGAN;
pub use trace::{
    Decision, Divergence, OpenCall, Replay, ReplayCall, ReplayError, ReplayView, Resumed,
    ResumedAt, Trace, TraceDifference, TraceError, TracePart, TraceValue, TraceWriter, Until,
};
pub use typed_object::Object;
pub use user_data::{Methods, UserData};
#[cfg(feature = "cli")]
pub(crate) use view::View;
pub use watch::Canceller;
pub(crate) use watch::TimeLimit;

use crate::vm::machine::Lua;
use beginning::Starting;
use config::{Config, Undo};
use host_table::HostTable;
use std::sync::Arc;
use trace::{OWN, TEMPLATE};

/// A Lua session: globals that persist from run to run, limits, and the host's functions.
///
/// ```
/// use moonfuel::Session;
///
/// let mut session = Session::builder().build()?;
/// session.run("count = 20");
/// let report = session.run("return count + 1, 'moon'");
/// assert_eq!(report.json()?, r#"[21,"moon"]"#);
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Debug)]
pub struct Session {
    machine: Machine,
    /// A machine in the state the session began with, once something was executed there.
    template: Option<Box<Machine>>,
    config: Config,
    host: HostTable,
}

/// The machine of a session, in a wrapper that says why it may change threads.
#[derive(Debug)]
struct Machine(Lua);

impl Session {
    /// Starts the description of a session.
    pub fn builder() -> SessionBuilder {
        SessionBuilder::default()
    }

    /// Runs a chunk in the session's globals. What it sets stays for later runs.
    pub fn run(&mut self, source: impl AsRef<[u8]>) -> Report {
        self.run_chunk(Chunk::new(source.as_ref()))
    }

    /// Runs a chunk with its name and arguments in the session's globals.
    pub fn run_chunk(&mut self, chunk: Chunk<'_>) -> Report {
        let undo = self.config.undo;
        let start = Starting { chunk: &chunk, machine: OWN, undo };
        run::to_the_end(&mut self.machine.0, &self.config, &mut self.host, &start, None)
    }

    /// Runs a chunk from the state the session began with, and keeps nothing of it.
    /// `args` becomes the global of that name.
    ///
    /// It runs on a machine of its own, made the first time: handles of functions and objects
    /// that runs of the session have given to the host are of another session there, and those
    /// it gives are void when it ends.
    pub fn execute(
        &mut self,
        source: impl AsRef<[u8]>,
        args: Option<&serde_json::Value>,
    ) -> Report {
        let mut chunk = Chunk::new(source.as_ref());
        chunk.args = args.cloned();
        self.execute_chunk(chunk)
    }

    /// Runs a chunk with its name and arguments from the state the session began
    /// with, and keeps nothing of it.
    pub fn execute_chunk(&mut self, chunk: Chunk<'_>) -> Report {
        self.execute_within(chunk, None)
    }

    /// As [`Session::execute_chunk`], until there is no time left.
    fn execute_within(
        &mut self,
        chunk: Chunk<'_>,
        time_limit: Option<Arc<dyn TimeLimit>>,
    ) -> Report {
        if self.template.is_none() {
            match opening::open_machine(&self.config, &self.host) {
                Ok(lua) => self.template = Some(Box::new(Machine(lua))),
                Err(error) => return Report::failed(error),
            }
        }
        match &mut self.template {
            Some(template) => {
                let lua = &mut template.0;
                let start = Starting { chunk: &chunk, machine: TEMPLATE, undo: Undo::Always };
                run::to_the_end(lua, &self.config, &mut self.host, &start, time_limit)
            }
            None => Report::failed(LuaError::plain(ErrorKind::Internal, "there is no template")),
        }
    }

    /// Starts a chunk that is then run in slices. The run owns the session and
    /// gives it back.
    pub fn start(self, chunk: Chunk<'_>) -> Run {
        Run::start(self, chunk)
    }

    /// Calls a function of the script's with the session's limits: a handle, or what is at a
    /// path such as `"handlers.on_message"` from the globals on. Its results are those of
    /// the report; nothing is compiled.
    ///
    /// ```
    /// use moonfuel::Session;
    ///
    /// let mut session = Session::builder().build()?;
    /// session.run("greet = {} function greet.hello(name) return 'hello ' .. name end");
    /// let report = session.call("greet.hello", "moon");
    /// assert_eq!(report.json()?, r#"["hello moon"]"#);
    /// let error = session.call("greet.bye", ()).json().unwrap_err();
    /// assert_eq!(error.to_string(), "attempt to call a nil value (field 'greet.bye')");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn call<'a>(&mut self, callee: impl Into<Callee<'a>>, args: impl IntoLuaMulti) -> Report {
        let lua = &mut self.machine.0;
        let (callee, args) = (callee.into(), call::values(args));
        let progress = call::begin_call(lua, &self.config, &self.host, callee, args);
        run::go_to_the_end(lua, &mut self.host, progress)
    }

    /// Starts a call, as [`Session::call`], that is then run in slices.
    pub fn start_call<'a>(self, callee: impl Into<Callee<'a>>, args: impl IntoLuaMulti) -> Run {
        Run::start_call(self, callee.into(), call::values(args))
    }

    /// Returns a handle of the function at a path such as `"handlers.on_message"`.
    ///
    /// # Errors
    /// When there is no function, or no memory for the handle.
    pub fn function(&mut self, path: &str) -> Result<Function, LuaError> {
        let found = call::function_at(&mut self.machine.0, path);
        if let Some(tape) = &self.host.tape {
            tape.function(&mut self.machine.0, path, found.as_ref());
        }
        found
    }

    /// Makes an object of a value, for arguments of [`Session::call`]: see [`UserData`].
    ///
    /// # Errors
    /// When its type is not registered, or memory is refused.
    pub fn object<T: UserData>(&mut self, value: T) -> Result<Object<T>, HostError> {
        let bytes = value.size_hint();
        let made = typed_object::hold_between_runs(&mut self.machine.0, value);
        if let Some(tape) = &self.host.tape {
            let made = made.as_ref().ok().map(|object| &**object);
            tape.object(&mut self.machine.0, T::NAME, bytes as u64, made);
        }
        made
    }

    /// Works with the value behind an object, as [`HostCx::with`].
    ///
    /// # Errors
    /// When the object is revoked, stale, another session's, or of another type.
    pub fn with<T: UserData, R>(
        &mut self,
        object: &Object<T>,
        work: impl FnOnce(&mut T) -> R,
    ) -> Result<R, HostError> {
        typed_object::with(&mut self.machine.0, object, work)
    }

    /// Drops the value behind an object: scripts that use the object get an error.
    ///
    /// # Errors
    /// When the object is stale or another session's.
    pub fn revoke(&mut self, object: &ObjectRef) -> Result<(), HostError> {
        let revoked = objects::revoke(&mut self.machine.0, object);
        if let Some(tape) = &self.host.tape {
            tape.revoked(&mut self.machine.0, object, revoked.is_ok());
        }
        revoked
    }

    /// Looks at a chunk without running it: its syntax, names that neither the session has
    /// nor the chunk sets, variables that nothing reads, comparisons with one outcome, and
    /// the functions of the host that it names.
    pub fn check(&mut self, source: &[u8], name: &str) -> Checked {
        check::check(&mut self.machine.0, &self.config, &self.host, source, name)
    }

    /// Returns the limits of each run.
    pub fn limits(&self) -> &Limits {
        &self.config.limits
    }

    /// Makes the collector run at every opportunity: a switch for tests that must
    /// change nothing but memory figures.
    pub fn set_collect_always(&mut self, always: bool) {
        self.machine.0.set_stress(always);
    }
}
