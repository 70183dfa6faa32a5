//! A chunk that is loaded once and run many times, each time from the same state.

use super::beginning::{begin_with, refused};
use super::run::go_to_the_end;
use super::stepping::Progress;
use crate::session::functions::contained::panics;
use crate::session::functions::watch::TimeLimit;
use crate::session::making::builder::SessionBuilder;
use crate::session::making::config::{Config, Undo};
use crate::session::making::session::Session;
use crate::session::natives::attempt::{ATTEMPT, KEEP};
use crate::session::natives::main_function::HANDLER;
use crate::session::values::chunk::Chunk;
use crate::session::values::error::{ErrorKind, LuaError};
use crate::session::values::limits::Limits;
use crate::session::values::outcome::{Outcome, Report};
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::value::Value;
use crate::vm::run::executor;
use crate::vm::state::context::Context;
use crate::vm::state::coverage::Coverage;
use std::sync::Arc;

/// See the module.
#[derive(Debug)]
pub(crate) struct Prepared {
    session: Session,
    /// What says how much time attempts have left, if they have not all there is.
    time_limit: Option<Arc<dyn TimeLimit>>,
}

/// What a run is given.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given<'a> {
    /// The text of the global `args`.
    Args(&'a str),
    /// The chunk's `...`.
    Bytes(&'a [u8]),
}

impl Prepared {
    /// Loads a chunk in a session that counts what it executes.
    ///
    /// # Errors
    /// As [`SessionBuilder::build`]; what is wrong with the chunk.
    pub(crate) fn new(builder: SessionBuilder, chunk: &Chunk<'_>) -> Result<Prepared, LuaError> {
        // Attempts are in no trace.
        let builder = SessionBuilder { recording: Default::default(), ..builder.coverage(true) };
        let mut session = builder.build()?;
        let Config { limits, .. } = &session.config;
        let (lua, host) = (&mut session.machine.0, &mut session.host);
        if let Some(error) = refused(chunk, limits) {
            return Err(error);
        }
        let progress = Progress::new(limits, false, Undo::Failed);
        let progress = begin_with(lua, limits, progress, |ctx| {
            let source = ctx.string(chunk.source)?;
            let name = ctx.string(chunk.name)?;
            let values = [Value::String(source), Value::String(name)];
            executor::start(ctx, Value::Builtin(&KEEP), &values)?;
            Ok(())
        });
        match go_to_the_end(lua, host, progress).json() {
            Ok(_) => Ok(Prepared { session, time_limit: None }),
            Err(error) => Err(error),
        }
    }

    /// Runs the chunk, undoes all it did, and tells too how many host functions panicked.
    pub(crate) fn attempt(&mut self, given: Given<'_>, limits: &Limits) -> (Report, u64) {
        let Session { machine, host, .. } = &mut self.session;
        let lua = &mut machine.0;
        let before = panics();
        let has_args = matches!(given, Given::Args(_));
        let progress = Progress::new(limits, has_args, Undo::Always);
        let mut progress = begin_with(lua, limits, progress, |ctx| start(ctx, given));
        progress.watch.time_limit.clone_from(&self.time_limit);
        let report = go_to_the_end(lua, host, progress);
        (report, panics() - before)
    }

    /// Runs a chunk in another machine of the same kind, as [`Session::execute_chunk`]; tells
    /// too how many host functions panicked.
    pub(crate) fn execute(&mut self, chunk: Chunk<'_>) -> (Report, u64) {
        let before = panics();
        let report = self.session.execute_within(chunk, self.time_limit.clone());
        (report, panics() - before)
    }

    /// Sets what says how much time is left: a run that has none ends as
    /// [`Outcome::Deadline`].
    pub(crate) fn set_time_limit(&mut self, limit: Option<Arc<dyn TimeLimit>>) {
        self.time_limit = limit;
    }

    /// Tells whether there is no time left.
    pub(crate) fn is_over(&self) -> bool {
        self.time_limit.as_ref().is_some_and(|limit| limit.remaining().is_zero())
    }

    /// Looks at what was counted in attempts.
    pub(crate) fn counted<R>(&mut self, look: impl FnOnce(&Coverage) -> R) -> R {
        self.session.machine.0.enter(|ctx| look(&ctx.state.coverage))
    }

    /// Looks at what was counted in [`Prepared::execute`].
    pub(crate) fn counted_elsewhere<R: Default>(&mut self, look: impl FnOnce(&Coverage) -> R) -> R {
        match &mut self.session.template {
            Some(template) => template.0.enter(|ctx| look(&ctx.state.coverage)),
            None => R::default(),
        }
    }

    /// Returns what was executed how often, in attempts.
    pub(crate) fn coverage(&mut self) -> super::coverage::Coverage {
        self.counted_elsewhere(Coverage::clear);
        self.session.coverage()
    }

    /// Returns the limits of the session.
    pub(crate) fn limits(&self) -> &Limits {
        &self.session.config.limits
    }
}

fn start<'gc>(ctx: Context<'gc>, given: Given<'_>) -> Result<(), Interrupt<'gc>> {
    let mut values = [Value::Builtin(&HANDLER), Value::Nil, Value::Nil, Value::Nil];
    let values = match given {
        Given::Args(text) => {
            values[1] = Value::String(ctx.string(text.as_bytes())?);
            &values[..3]
        }
        Given::Bytes(bytes) => {
            values[3] = Value::String(ctx.string(bytes)?);
            &values[..]
        }
    };
    executor::start(ctx, Value::Builtin(&ATTEMPT), values)?;
    Ok(())
}

/// Tells whether an outcome is the library's own fault.
pub(crate) fn is_internal(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(error) if error.kind == ErrorKind::Internal)
}
