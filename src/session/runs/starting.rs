//! What a session runs: chunks and functions, to the end or in slices, in its globals or from the
//! state that it began with.

use super::beginning::Starting;
use super::call;
use super::check::{self, Checked};
use super::run::{self, Run};
use crate::session::functions::watch::TimeLimit;
use crate::session::making::config::Undo;
use crate::session::making::opening;
use crate::session::making::send::Machine;
use crate::session::making::session::Session;
use crate::session::tapes::value::{OWN, TEMPLATE};
use crate::session::values::callee::Callee;
use crate::session::values::chunk::Chunk;
use crate::session::values::error::{ErrorKind, LuaError};
use crate::session::values::function::Function;
use crate::session::values::multi::IntoLuaMulti;
use crate::session::values::outcome::Report;
use std::sync::Arc;

impl Session {
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
    pub(in crate::session) fn execute_within(
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

    /// Calls a function of the script's: a handle, or what is at a path such as
    /// `"handlers.on_message"` from the globals on. Its results are those of the report; nothing
    /// is compiled. It has the session's limits, or lower ones ([`Callee::limits`]).
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
        let progress = call::begin_call(lua, &self.config, &self.host, &callee, args);
        run::go_to_the_end(lua, &mut self.host, progress)
    }

    /// Starts a call, as [`Session::call`], that is then run in slices.
    pub fn start_call<'a>(self, callee: impl Into<Callee<'a>>, args: impl IntoLuaMulti) -> Run {
        Run::start_call(self, &callee.into(), call::values(args))
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

    /// Looks at a chunk without running it: its syntax, names that neither the session has
    /// nor the chunk sets, variables that nothing reads, comparisons with one outcome, and
    /// the functions of the host that it names.
    pub fn check(&mut self, source: &[u8], name: &str) -> Checked {
        check::check(&mut self.machine.0, &self.config, &self.host, source, name)
    }
}
