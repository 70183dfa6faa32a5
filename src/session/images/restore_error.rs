//! Why a session cannot be saved, or not be made of what was saved.

use crate::session::values::error::LuaError;
use crate::stdlib::Profile;
use crate::vm::image::fault::{Fault, Unsaved};

/// Something in a session cannot be saved: see [`Session::snapshot`](crate::Session::snapshot).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot save {what} at {path}")]
pub struct SnapshotError {
    /// What it is: `an open file`.
    pub what: String,
    /// Where it is, from the globals on: `_G.db`.
    pub path: String,
}

impl From<Unsaved> for SnapshotError {
    fn from(unsaved: Unsaved) -> Self {
        SnapshotError { what: unsaved.what, path: unsaved.path }
    }
}

/// Why no session was made of a snapshot: see
/// [`SessionBuilder::restore`](crate::SessionBuilder::restore).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The bytes are no snapshot, or not all of it, or were changed: what was noticed.
    #[error("the snapshot is damaged: {0}")]
    Damaged(&'static str),
    /// An engine before this one made the snapshot, and its scripts would use other fuel, or
    /// its form is not known any more.
    #[error("the snapshot is too old: version {found}, and this is version {known}")]
    TooOld {
        /// The version it has.
        found: u64,
        /// The version of this engine.
        known: u64,
    },
    /// A later engine made the snapshot.
    #[error("the snapshot is too new: version {found}, and this is version {known}")]
    TooNew {
        /// The version it has.
        found: u64,
        /// The version of this engine.
        known: u64,
    },
    /// It is the snapshot of a run, or of a session where one of a run is asked for.
    #[error("the snapshot is that of a {0}")]
    Kind(&'static str),
    /// The session was of another profile.
    #[error("the snapshot is of the profile {snapshot:?}, and the session of {session:?}")]
    Profile {
        /// Its profile.
        snapshot: Profile,
        /// The profile of the session that was to be made.
        session: Profile,
    },
    /// A function or a type of the host's is not there, or not what it was.
    #[error("{name}: {why}")]
    WrongHost {
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// What is in the snapshot does not fit into the limit of memory.
    #[error("the snapshot does not fit into the memory limit of {limit} bytes (limit: memory)")]
    Memory {
        /// The limit.
        limit: u64,
    },
    /// The session that is to be copied cannot be saved.
    #[error(transparent)]
    Unsaved(#[from] SnapshotError),
    /// The description of the session is wrong in itself.
    #[error(transparent)]
    Session(#[from] LuaError),
}

impl RestoreError {
    /// Makes the error of what is wrong with an image, for a machine with this limit.
    pub(in crate::session) fn of(fault: Fault, limit: u64) -> RestoreError {
        match fault {
            Fault::Damaged(what) => RestoreError::Damaged(what),
            Fault::Memory(_) => RestoreError::Memory { limit },
            Fault::Native(name) => RestoreError::WrongHost {
                name,
                why: "there is no such function in this profile".to_owned(),
            },
            Fault::Host(name, why) => RestoreError::WrongHost { name, why },
        }
    }

    pub(in crate::session) fn host(name: &str, why: &str) -> RestoreError {
        RestoreError::WrongHost { name: name.to_owned(), why: why.to_owned() }
    }
}
