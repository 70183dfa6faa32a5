//! Sessions: scripts run under limits, with the host's functions, to an outcome.
//!
//! This is the owned tier of the interface: no lifetimes, everything `Send`.

mod builder;
mod check;
mod convert;
mod excerpt;
mod from_host;
mod hash_key;
mod host_call;
mod host_context;
mod host_function;
mod host_serde;
mod host_table;
mod host_value;
mod limits;
mod load_main;
mod main_function;
mod modules;
mod outcome;
mod reply;
mod run;
mod send;
mod stepping;
mod to_host;
mod watch;

#[cfg(test)]
mod tests;

pub use builder::SessionBuilder;
pub use check::Checked;
#[cfg(feature = "cli")]
pub(crate) use excerpt::ENVELOPE;
pub use host_context::HostCx;
#[cfg(all(test, feature = "host"))]
pub(crate) use host_context::with_context;
pub use host_function::{HostError, HostFunction};
pub use host_value::{ConvertError, ConvertErrorKind, HostKey, HostValue};
pub use limits::Limits;
pub use modules::{Module, ModuleSource, Sought};
pub use outcome::{ErrorKind, LuaError, Outcome, Place, Report, Usage};
pub use reply::Reply;
pub use run::{Chunk, Run, Step};
pub use watch::Canceller;
pub(crate) use watch::TimeLimit;

use crate::vm::machine::Lua;
use builder::Config;
use host_table::HostTable;

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
        run::to_the_end(&mut self.machine.0, &self.config, &mut self.host, chunk)
    }

    /// Runs a chunk from the state the session began with, and keeps nothing of it.
    /// `args` becomes the global of that name.
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
        match builder::open_machine(&self.config, &self.host) {
            Ok(mut lua) => run::to_the_end(&mut lua, &self.config, &mut self.host, chunk),
            Err(error) => Report::failed(error),
        }
    }

    /// Starts a chunk that is then run in slices. The run owns the session and
    /// gives it back.
    pub fn start(self, chunk: Chunk<'_>) -> Run {
        Run::start(self, chunk)
    }

    /// Looks at a chunk without running it: syntax, and global names that neither
    /// the session knows nor the chunk sets.
    pub fn check(&mut self, source: &[u8], name: &str) -> Checked {
        check::check(&mut self.machine.0, &self.config, source, name)
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
