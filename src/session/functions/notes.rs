//! What a host function takes of the run that it is called in, and does to it.

use crate::session::values::object_ref::ObjectRef;
use crate::session::values::outcome::Outcome;
use std::borrow::Cow;

/// One thing that a function took or did.
#[derive(Clone, Debug)]
pub(in crate::session) enum Note {
    /// Fuel.
    Charge(u64),
    /// Memory.
    Reserve(u64),
    /// An object.
    Object(Box<Made>),
    /// It revoked an object.
    Revoke(ObjectRef),
    /// What it will have to know again.
    Remember(Vec<u8>),
    /// It found that the run must end.
    Stop(Box<Outcome>),
}

/// An object that a function has made.
#[derive(Clone, Debug)]
pub(in crate::session) struct Made {
    pub(in crate::session) name: Cow<'static, str>,
    pub(in crate::session) bytes: u64,
    /// The number of its handle, if it was granted.
    pub(in crate::session) handle: Option<u64>,
}

impl Note {
    /// Notes a charge. Two that follow each other are the same as one: a function that works
    /// in small pieces takes no more room than one that pays at once.
    pub(in crate::session) fn charge(notes: &mut Vec<Note>, units: u64) {
        if units == 0 {
            return;
        }
        match notes.last_mut() {
            Some(Note::Charge(before)) if before.checked_add(units).is_some() => *before += units,
            _ => notes.push(Note::Charge(units)),
        }
    }
}
