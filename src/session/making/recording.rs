//! How a session comes to be recorded.

use super::config::Config;
use super::header;
use crate::session::calls::host_table::HostTable;
use crate::session::tapes::redact::Redactor;
use crate::session::tapes::tape::{OwnTape, Tape};
use crate::session::tapes::writer::Lines;
use crate::session::values::error::{ErrorKind, LuaError};
use crate::session::values::outcome::Outcome;
use std::fmt;

/// What a builder knows of the trace of its session.
#[derive(Default)]
pub(in crate::session) struct Recording {
    pub(in crate::session) lines: Option<Lines>,
    pub(in crate::session) redactor: Option<Redactor>,
    /// The trace that is played instead.
    pub(in crate::session) tape: Option<Tape>,
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").field("on", &self.lines.is_some()).finish_non_exhaustive()
    }
}

impl Recording {
    /// Takes what redacts.
    pub(in crate::session) fn take_redactor(&mut self) -> Option<Redactor> {
        self.redactor.take()
    }

    /// Refuses to record, where that is asked for: a trace begins with a pristine session.
    ///
    /// # Errors
    /// If a trace is asked for.
    pub(in crate::session) fn refuse(&self) -> Result<(), LuaError> {
        if self.lines.is_none() {
            return Ok(());
        }
        let what = "a session that is made of a snapshot or another session cannot be recorded";
        Err(LuaError::plain(ErrorKind::Usage, what))
    }

    /// Begins the trace of a session, if there is to be one.
    ///
    /// # Errors
    /// When the session cannot be recorded, or its first line not be written.
    pub(in crate::session) fn begin(
        self,
        config: &Config,
        host: &mut HostTable,
    ) -> Result<(), LuaError> {
        let tape = match (self.tape, self.lines) {
            (Some(tape), _) => tape,
            (None, Some(lines)) => Tape::recording(lines, self.redactor),
            (None, None) => return Ok(()),
        };
        if config.world.is_some() {
            let text = "a session whose scripts open files by themselves cannot be recorded";
            return Err(LuaError::plain(ErrorKind::Usage, text));
        }
        header::write(&mut tape.lock(), config, host);
        if tape.is_live()
            && let Some(Outcome::Failed(error)) = tape.halted()
        {
            return Err(error);
        }
        host.tape = Some(OwnTape(tape));
        Ok(())
    }
}
