//! Where a run left its trace.

use super::live::OpenCall;
use super::recorded::TraceError;
use crate::session::values::error::LuaError;
use std::fmt;

/// The first difference between a trace and the run that was to repeat it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Divergence {
    /// The number of the entry, which is its line in the trace.
    pub entry: u64,
    /// What the entry is: `call jido.read_file`, `end`.
    pub what: String,
    /// The field that differs, and the way to the place in it: `args[1].name`. `k` if this
    /// run comes to another kind of entry.
    pub field: String,
    /// What the trace has there, as JSON; empty for nothing.
    pub recorded: String,
    /// What this run has there.
    pub this_run: String,
    /// The chunk where the script stands, as messages show it; empty if it stands nowhere.
    pub chunk: String,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The fuel that the run has used.
    pub fuel: u64,
    /// What may be the reason.
    pub cause: String,
}

/// Longest text of a field that is shown.
const SHOWN: usize = 400;

fn shown(text: &str) -> String {
    if text.is_empty() {
        return "nothing".to_owned();
    }
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}... ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "entry {} ({}) differs in `{}`", self.entry, self.what, self.field)?;
        writeln!(f, "  recorded: {}", shown(&self.recorded))?;
        writeln!(f, "  this run: {}", shown(&self.this_run))?;
        write!(f, "  at ")?;
        match (self.chunk.as_str(), self.line) {
            ("", _) => {}
            (chunk, None) => write!(f, "{chunk}, ")?,
            (chunk, Some(line)) => write!(f, "{chunk}:{line}, ")?,
        }
        writeln!(f, "fuel {}", self.fuel)?;
        write!(f, "  cause: {}", self.cause)
    }
}

/// Why a trace cannot be replayed to its end.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ReplayError {
    /// An entry is none.
    Damaged(TraceError),
    /// The run came to something else.
    Diverged(Box<Divergence>),
    /// The trace ends before what it records does: whoever recorded it was stopped. What is
    /// there is as recorded.
    Incomplete {
        /// The last entry that is whole.
        entry: u64,
        /// What was under way.
        what: String,
    },
    /// The trace cannot be replayed from this entry on, for a reason that lies in what was
    /// recorded: what is needed was redacted, or is of another version.
    Unfit {
        /// The entry.
        entry: u64,
        /// Why.
        why: String,
    },
    /// The trace was replayed to its end, and the place where that was to stop is not in it.
    NoSuchPlace {
        /// The last entry.
        entry: u64,
        /// Why it is not.
        why: String,
    },
    /// A call has no answer in the trace, and nobody has decided what becomes of it.
    Open(Box<OpenCall>),
    /// The session cannot be made.
    Session(LuaError),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplayError::Damaged(error) => error.fmt(f),
            ReplayError::Diverged(divergence) => divergence.fmt(f),
            ReplayError::Incomplete { entry, what } => {
                write!(f, "the trace ends with entry {entry}: {what}")
            }
            ReplayError::Unfit { entry, why } | ReplayError::NoSuchPlace { entry, why } => {
                write!(f, "entry {entry}: {why}")
            }
            ReplayError::Open(call) => write!(
                f,
                "entry {}: the call of {} has no answer, and may or may not have had its effect",
                call.entry, call.name
            ),
            ReplayError::Session(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ReplayError {}

impl From<TraceError> for ReplayError {
    fn from(error: TraceError) -> Self {
        ReplayError::Damaged(error)
    }
}
