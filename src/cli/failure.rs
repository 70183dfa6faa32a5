//! Why a command did not do what it was told, and its exit status.

use super::{LUA_ERROR, USAGE, source};
use crate::base::one_line::path_text;
use crate::{ErrorKind, LuaError};
use std::io;
use std::path::Path;

/// An exit status and what to say.
pub(super) struct Failure {
    pub(super) status: u8,
    pub(super) message: String,
    /// It is standard output that could not be written.
    pub(super) is_unwritten: bool,
}

impl Failure {
    pub(super) fn new(status: u8, message: impl Into<String>) -> Failure {
        Failure { status, message: message.into(), is_unwritten: false }
    }

    /// The command line or the input makes no sense.
    pub(super) fn usage(message: String) -> Failure {
        Failure::new(USAGE, message)
    }

    /// Says what could not be done with a file, and why.
    pub(super) fn file(what: &str, path: &Path, error: &io::Error) -> Failure {
        let (shown, reason) = (path_text(path), source::reason(error));
        Failure::usage(format!("cannot {what} {shown}: {reason}"))
    }

    /// Says why standard output could not be written.
    pub(super) fn unwritten(error: &io::Error) -> Failure {
        let message = format!("cannot write the output: {error}");
        Failure { is_unwritten: true, ..Failure::new(LUA_ERROR, message) }
    }

    /// Returns it as an error of a run.
    pub(super) fn error(&self) -> LuaError {
        let kind = if self.status == USAGE { ErrorKind::Usage } else { ErrorKind::Internal };
        LuaError { kind, ..LuaError::usage(self.message.clone()) }
    }
}
