//! Sessions: scripts run under limits, with the host's functions, to an outcome.
//!
//! This is the owned tier of the interface: no lifetimes, everything `Send`.

mod calls;
mod functions;
mod images;
mod making;
mod natives;
mod runs;
mod saved;
mod send;
mod tapes;
mod trace;
mod values;

#[cfg(test)]
mod tests;

pub(crate) use functions::contained::contained;
pub use functions::declaration::{Declaration, Effect, Tier};
pub(crate) use functions::declaration::{Parameter, RefusalStyle};
pub use functions::future::HostFuture;
pub use functions::host_context::HostCx;
#[cfg(all(test, feature = "host"))]
pub(crate) use functions::host_context::with_context;
pub use functions::host_function::HostFunction;
pub(crate) use functions::lock::lock;
pub use functions::modules::{Module, ModuleSource, Sought};
pub use functions::policy::{Policy, PolicyCall};
#[cfg(all(feature = "host", unix))]
pub(crate) use functions::reply::has_failed;
pub use functions::reply::{IntoReply, Reply, Then};
pub use functions::secret::Secret;
pub use functions::typed_object::Object;
pub use functions::user_data::{Methods, UserData};
pub use functions::watch::Canceller;
pub(crate) use functions::watch::TimeLimit;
pub use images::restore_error::{RestoreError, SnapshotError};
pub use making::builder::SessionBuilder;
pub use natives::decode::Decode;
#[cfg(feature = "cli")]
pub(crate) use natives::names::{KEYWORDS, Named, Names, reachable};
#[cfg(all(feature = "host", unix))]
pub(crate) use natives::verdict;
#[cfg(feature = "cli")]
pub(crate) use natives::view::View;
pub use runs::check::{Checked, Finding, NamedCall, Severity};
pub use runs::coverage::{BranchCount, ChunkCoverage, Coverage, FunctionCount, LineCount};
pub(crate) use runs::park::Parker;
pub(crate) use runs::pending::nobody;
pub use runs::pending::{AnswerError, PendingCall};
pub(crate) use runs::prepared::{Given, Prepared, is_internal};
pub use runs::profile::FuelProfile;
pub use runs::run::{Run, Step};
pub use runs::run_future::{RunFuture, RunToEnd, StepFuture};
pub use tapes::divergence::{Divergence, ReplayError};
#[cfg(feature = "mcp")]
pub(crate) use tapes::journal::Journal;
pub use tapes::live::{Decision, OpenCall};
#[cfg(feature = "cli")]
pub(crate) use tapes::recorded::NEVER_BEGAN;
pub use tapes::recorded::TraceError;
pub use tapes::redact::{TracePart, TraceValue};
pub use tapes::writer::TraceWriter;
pub use trace::{
    Replay, ReplayCall, ReplayView, Resumed, ResumedAt, Trace, TraceDifference, Until,
};
pub use values::callee::Callee;
pub use values::chunk::Chunk;
pub(crate) use values::deep_json::{read_bounded, read_foreign};
pub use values::denied::Denied;
pub use values::digest::Digest;
#[cfg(all(feature = "host", unix))]
pub(crate) use values::error::Cause;
pub use values::error::{ErrorKind, LuaError};
#[cfg(feature = "cli")]
pub(crate) use values::excerpt::ENVELOPE;
pub use values::from_lua::{Bytes, FromLua, Serde};
pub use values::function::Function;
pub use values::host_error::HostError;
pub use values::host_value::{ConvertError, ConvertErrorKind, HostKey, HostValue};
pub use values::into_lua::IntoLua;
pub use values::limits::Limits;
pub use values::mismatch::Mismatch;
pub use values::multi::{FromLuaMulti, IntoLuaMulti, Results, Variadic};
pub use values::object_ref::ObjectRef;
pub use values::outcome::{Outcome, Place, Report, Usage};

use crate::vm::machine::Lua;
use calls::host_table::HostTable;
use functions::objects;
use functions::typed_object;
use making::config::{Config, Undo};
use making::opening;
use runs::beginning::Starting;
use runs::call;
use runs::check;
use runs::run;
use std::sync::Arc;
use tapes::tape::{OWN, TEMPLATE};

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
