//! What the scripts of a host are used to: names, values, texts of errors, limits.

use crate::host::codex;
use crate::host::located::located;
use crate::{Decode, Limits, LuaError, Outcome, SessionBuilder};
use std::time::Duration;

/// A host whose scripts are run: jido, imp or codex. It decides what belongs to that host's ways
/// beside its functions.
///
/// Each in three lines, beside what its scripts reach:
///
/// ```
/// use moonfuel::host::HostProfile;
/// use moonfuel::{Chunk, Session};
///
/// let mut jido = HostProfile::Jido.apply(Session::builder()).build()?;
/// let report = jido.run_chunk(Chunk::new(b"return args.x, 2").args(serde_json::json!({})));
/// assert_eq!(report.json()?, "[null,2]");
///
/// let mut imp = HostProfile::Imp.apply(Session::builder()).build()?;
/// assert_eq!(imp.run("return 1").json()?, "[1]");
///
/// let mut codex = HostProfile::Codex.apply(Session::builder()).build()?;
/// assert_eq!(codex.run("return require('codex.utils').validate_email('a@b.co'), os").json()?, "true");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostProfile {
    /// jido: one value is itself, several are a list; `args` is always a table.
    Jido,
    /// imp: all values, as a list.
    Imp,
    /// codex: the first value; neither `os` nor `debug`; time has the word before fuel.
    Codex,
}

impl HostProfile {
    /// Puts what the host is known by into the description of a session: its names, and which
    /// of the values are the result.
    pub fn apply(self, builder: SessionBuilder) -> SessionBuilder {
        match self {
            HostProfile::Jido => builder.decode(Decode::Jido),
            HostProfile::Imp => builder.decode(Decode::All),
            HostProfile::Codex => codex::names(builder).decode(Decode::First),
        }
    }

    /// Changes limits where the host's way asks for that: codex knows no fuel, so unless some
    /// is set, only time ends a run.
    pub fn limits(self, limits: Limits) -> Limits {
        match self {
            HostProfile::Codex if limits.fuel == Limits::default().fuel => {
                Limits { fuel: Limits::unlimited().fuel, ..limits }
            }
            _ => limits,
        }
    }

    /// Returns the global `args` of a script that is given none.
    pub fn default_args(self) -> Option<serde_json::Value> {
        (self == HostProfile::Jido).then(|| serde_json::Value::Object(serde_json::Map::new()))
    }

    /// Makes an error of a run the host's own text.
    pub fn change_error(self, error: &mut LuaError, outcome: &Outcome, timeout: Option<Duration>) {
        if self != HostProfile::Codex {
            return;
        }
        // One text, which holds the place.
        error.message = match (outcome, timeout) {
            (Outcome::Deadline, Some(timeout)) => {
                format!("Lua timeout after {}ms", timeout.as_millis()).into_bytes()
            }
            _ => [b"Lua execution error: ", &*located(error)].concat(),
        };
        error.chunk.clear();
        error.line = None;
    }
}
