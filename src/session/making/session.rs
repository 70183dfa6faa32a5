//! A session, and what its host does with objects in it.

use super::config::Config;
use super::send::Machine;
use crate::session::calls::host_table::HostTable;
use crate::session::functions::objects;
use crate::session::functions::typed_object::{self, Object};
use crate::session::functions::user_data::UserData;
use crate::session::values::host_error::HostError;
use crate::session::values::limits::Limits;
use crate::session::values::object_ref::ObjectRef;

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
    pub(in crate::session) machine: Machine,
    /// A machine in the state the session began with, once something was executed there.
    pub(in crate::session) template: Option<Box<Machine>>,
    pub(in crate::session) config: Config,
    pub(in crate::session) host: HostTable,
}

impl Session {
    /// Makes an object of a value, for arguments of [`Session::call`]: see [`UserData`].
    ///
    /// # Errors
    /// When its type is not registered, or memory is refused.
    pub fn object<T: UserData>(&mut self, value: T) -> Result<Object<T>, HostError> {
        let bytes = value.size_hint();
        let made = typed_object::hold_between_runs(&mut self.machine.0, value);
        if let Some(tape) = &self.host.tape {
            let made = made.as_ref().ok().map(|object| &**object);
            tape.object(&mut self.machine.0, T::NAME, bytes as u64, made);
        }
        made
    }

    /// Works with the value behind an object, as [`HostCx::with`](crate::HostCx::with).
    ///
    /// # Errors
    /// When the object is revoked, stale, another session's, or of another type.
    pub fn with<T: UserData, R>(
        &mut self,
        object: &Object<T>,
        work: impl FnOnce(&mut T) -> R,
    ) -> Result<R, HostError> {
        typed_object::with(&mut self.machine.0, object, work)
    }

    /// Drops the value behind an object: scripts that use the object get an error.
    ///
    /// # Errors
    /// When the object is stale or another session's.
    pub fn revoke(&mut self, object: &ObjectRef) -> Result<(), HostError> {
        let revoked = objects::revoke(&mut self.machine.0, object);
        if let Some(tape) = &self.host.tape {
            tape.revoked(&mut self.machine.0, object, revoked.is_ok());
        }
        revoked
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
