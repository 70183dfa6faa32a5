//! Why a session cannot be saved, or not be made of what was saved.

use super::outcome::LuaError;
use crate::base::says::says;
use crate::stdlib::Profile;
use crate::vm::image::fault::{Fault, Unsaved};
use std::error::Error;

/// Something in a session cannot be saved: see [`Session::snapshot`](super::Session::snapshot).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotError {
    /// What it is: `an open file`.
    pub what: String,
    /// Where it is, from the globals on: `_G.db`.
    pub path: String,
}

says!(SnapshotError {
    Self { what, path } => "cannot save {what} at {path}",
});

impl From<Unsaved> for SnapshotError {
    fn from(unsaved: Unsaved) -> Self {
        SnapshotError { what: unsaved.what, path: unsaved.path }
    }
}

/// Why no session was made of a snapshot: see
/// [`SessionBuilder::restore`](super::SessionBuilder::restore).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RestoreError {
    /// The bytes are no snapshot, or not all of it, or were changed: what was noticed.
    Damaged(&'static str),
    /// An engine before this one made the snapshot, and its scripts would use other fuel, or
    /// its form is not known any more.
    TooOld {
        /// The version it has.
        found: u64,
        /// The version of this engine.
        known: u64,
    },
    /// A later engine made the snapshot.
    TooNew {
        /// The version it has.
        found: u64,
        /// The version of this engine.
        known: u64,
    },
    /// It is the snapshot of a run, or of a session where one of a run is asked for.
    Kind(&'static str),
    /// The session was of another profile.
    Profile {
        /// Its profile.
        snapshot: Profile,
        /// The profile of the session that was to be made.
        session: Profile,
    },
    /// A function or a type of the host's is not there, or not what it was.
    WrongHost {
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// What is in the snapshot does not fit into the limit of memory.
    Memory {
        /// The limit.
        limit: u64,
    },
    /// The session that is to be copied cannot be saved.
    Unsaved(SnapshotError),
    /// The description of the session is wrong in itself.
    Session(LuaError),
}

says!(only RestoreError {
    Self::Damaged(what) => "the snapshot is damaged: {what}",
    Self::TooOld { found, known } => "the snapshot is too old: version {found}, and this is version {known}",
    Self::TooNew { found, known } => "the snapshot is too new: version {found}, and this is version {known}",
    Self::Kind(kind) => "the snapshot is that of a {kind}",
    Self::Profile { snapshot, session } => "the snapshot is of the profile {snapshot:?}, and the session of {session:?}",
    Self::WrongHost { name, why } => "{name}: {why}",
    Self::Memory { limit } => "the snapshot does not fit into the memory limit of {limit} bytes (limit: memory)",
    Self::Unsaved(error) => "{error}",
    Self::Session(error) => "{error}",
});

impl Error for RestoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unsaved(error) => error.source(),
            Self::Session(error) => error.source(),
            _ => None,
        }
    }
}

impl From<SnapshotError> for RestoreError {
    fn from(error: SnapshotError) -> Self {
        RestoreError::Unsaved(error)
    }
}

impl From<LuaError> for RestoreError {
    fn from(error: LuaError) -> Self {
        RestoreError::Session(error)
    }
}

impl RestoreError {
    /// Makes the error of what is wrong with an image, for a machine with this limit.
    pub(super) fn of(fault: Fault, limit: u64) -> RestoreError {
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

    pub(super) fn host(name: &str, why: &str) -> RestoreError {
        RestoreError::WrongHost { name: name.to_owned(), why: why.to_owned() }
    }
}
