//! What takes over where a trace ends that is to be gone on with.

use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use std::fmt;
use std::io::Write;

/// A call of a host function that has no answer in the trace: whoever recorded it was stopped
/// while the function was at work. Whether it has done anything, nobody knows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OpenCall {
    /// The entry with the call.
    pub entry: u64,
    /// The function's path.
    pub name: String,
    /// Its arguments. For a function that had called one of the script's, nothing.
    pub args: Vec<HostValue>,
    /// Whether the function may be called again without harm:
    /// [`Declaration::idempotent`](crate::Declaration::idempotent).
    pub idempotent: bool,
    /// Whether it can be called again: not what goes on with a function of the script's that
    /// has returned.
    pub can_redo: bool,
}

impl OpenCall {
    /// Has the function called again if that does no harm, and leaves it open otherwise.
    pub fn redo_if_idempotent(&self) -> Decision {
        if self.idempotent && self.can_redo { Decision::Redo } else { Decision::Leave }
    }
}

/// What is done about an [`OpenCall`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Decision {
    /// The function is called, perhaps for the second time.
    Redo,
    /// It has returned this.
    Reply(Vec<HostValue>),
    /// It has failed, or was never called, and the script gets this error.
    Fail(HostError),
    /// Nothing: the trace stays as it is.
    Leave,
}

/// Who decides.
pub(in crate::session) type Decide = Box<dyn FnMut(&OpenCall) -> Decision + Send>;

/// Where the entries go that are new.
pub(in crate::session) struct Live(pub(in crate::session) Box<dyn Write + Send>);

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Live").finish_non_exhaustive()
    }
}
