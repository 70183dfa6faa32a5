//! What can go wrong with extensions.

use crate::host::located::located_text;
use crate::{ErrorKind, LuaError};
use std::fmt;

/// What went wrong with an extension.
#[derive(Debug)]
#[non_exhaustive]
pub enum ImpError {
    /// Its script failed, or was stopped.
    Lua(LuaError),
    /// A tool failed, or was stopped.
    Tool(LuaError),
    /// It is not there, or says something that makes no sense.
    Extension(String),
}

impl ImpError {
    /// Returns what may have been meant, if that is known.
    pub(crate) fn hint(&self) -> Option<&str> {
        match self {
            ImpError::Lua(error) | ImpError::Tool(error) => error.hint.as_deref(),
            ImpError::Extension(_) => None,
        }
    }
}

impl fmt::Display for ImpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImpError::Lua(error) if error.kind == ErrorKind::Syntax => {
                write!(f, "Lua error: syntax error: {error}")
            }
            ImpError::Lua(error) => write!(f, "Lua error: {}", located_text(error)),
            ImpError::Tool(error) => write!(f, "Lua tool error: {}", located_text(error)),
            ImpError::Extension(what) => write!(f, "Extension error: {what}"),
        }
    }
}

impl std::error::Error for ImpError {}

/// What is wrong with a configuration.
#[derive(Debug)]
pub(super) struct BadConfig(pub(super) String);

impl fmt::Display for BadConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<BadConfig> for ImpError {
    fn from(bad: BadConfig) -> Self {
        ImpError::Extension(format!("configuration: {bad}"))
    }
}
