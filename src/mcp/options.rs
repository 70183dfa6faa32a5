//! What the command decides about the server.

use super::tool_call::Listener;
use crate::host::audit::Audit;
use crate::host::gate::Gate;
use crate::host::imp::{CapabilityPolicy, Extensions};
use crate::session::Journal;
use crate::{Declaration, Limits, SessionBuilder};
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Makes what the server runs scripts in.
pub(crate) trait Makers: Send + Sync {
    /// Describes a session of scripts. With `answers` the user can be asked, so `ask_user`
    /// hands its questions out; functions that need consent always hand out their calls.
    ///
    /// # Errors
    /// Why it cannot be made, in a sentence.
    fn script(&self, answers: bool) -> Result<SessionBuilder, String>;

    /// Describes a session that carries out calls that were consented to, and the gate
    /// before it, which is to be its policy.
    ///
    /// # Errors
    /// As with [`Makers::script`]; and when no function can be consented to.
    fn carry(&self) -> Result<(SessionBuilder, Gate), String>;
}

/// What the server is to be.
pub(crate) struct Options {
    /// Makes sessions.
    pub(crate) makers: Box<dyn Makers>,
    /// The limits of each run; calls may ask for less.
    pub(crate) limits: Limits,
    /// The time that a run has, without the time in which the user is asked.
    pub(crate) timeout: Option<Duration>,
    /// What scripts can call.
    pub(crate) declared: Vec<Declaration>,
    /// The paths of the functions whose calls the user is asked about.
    pub(crate) asked: BTreeSet<String>,
    /// The folder of the scripts that are called by name.
    pub(crate) scripts: Option<PathBuf>,
    /// Bytes of values and output that a result may have.
    pub(crate) result: usize,
    /// The file with the key that suspended runs are signed with; nothing for a key of this
    /// process.
    pub(crate) key: Option<PathBuf>,
    /// How long the user may think about a call.
    pub(crate) thinking: Duration,
    /// How long a call is waited for before it becomes a task, where the client takes tasks.
    pub(crate) patience: Duration,
    /// Sessions that may be open.
    pub(crate) sessions: usize,
    /// Traces that are kept.
    pub(crate) traces: usize,
    /// Threads that run scripts.
    pub(crate) threads: usize,
    /// Whose tools are listed behind the server's own.
    pub(crate) extensions: Option<Extensions>,
    /// Whom they ask.
    pub(crate) listener: Listener,
    /// What their calls were answered.
    pub(crate) journal: Journal,
    /// What stands for the rules under which they work.
    pub(crate) rules: String,
    /// What extensions may do.
    pub(crate) policy: CapabilityPolicy,
    /// The log of calls, for those that are not even made.
    pub(crate) audit: Option<Audit>,
    /// Where extensions work.
    pub(crate) folder: PathBuf,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("limits", &self.limits).finish_non_exhaustive()
    }
}
