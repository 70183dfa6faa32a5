//! What a host function takes of the run that it is called in, and does to it: a replay does
//! the same without the function.

use super::super::host_context::HostCx;
use super::super::host_value::HostValue;
use super::super::objects::{ObjectRef, OfATrace};
use super::super::outcome::Outcome;
use super::ended::{outcome_of, push_outcome};
use super::text::{push_bytes, push_count, push_str};
use super::value::{Handles, Machines, bytes_of, count_of, push_list, push_value, value_of};
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

/// The name of a note of a function to itself.
pub(super) const REMEMBER: &str = "remember";

/// Appends what a function took.
pub(super) fn push_notes(text: &mut Vec<u8>, notes: &[Note], machines: &Machines) {
    push_list(text, notes, |text, note| {
        let begin: &[u8] = match note {
            Note::Charge(_) => b"[\"charge\",",
            Note::Reserve(_) => b"[\"reserve\",",
            Note::Object(_) => b"[\"object\",",
            Note::Revoke(_) => b"[\"revoke\",",
            Note::Remember(_) => b"[\"remember\",",
            Note::Stop(_) => b"[\"stop\",",
        };
        text.extend_from_slice(begin);
        match note {
            Note::Charge(count) | Note::Reserve(count) => push_count(text, *count),
            Note::Object(made) => {
                push_str(text, &made.name);
                text.push(b',');
                push_count(text, made.bytes);
                if let Some(number) = made.handle {
                    text.push(b',');
                    push_count(text, number);
                }
            }
            Note::Revoke(object) => {
                push_value(text, &HostValue::UserData(object.clone()), machines);
            }
            Note::Remember(note) => push_bytes(text, note),
            Note::Stop(outcome) => push_outcome(text, outcome),
        }
        text.push(b']');
    });
}

/// What a function has taken by its trace.
#[derive(Default)]
pub(super) struct Taken {
    /// The objects that were made.
    pub(super) objects: Vec<HostValue>,
    /// What the function will have to know again.
    pub(super) remembered: Vec<Vec<u8>>,
}

/// Takes what a trace says that a function took. Nothing is returned if the trace says no such
/// thing.
pub(super) fn take(
    cx: &mut HostCx<'_>,
    json: &HostValue,
    types: &dyn Fn(&str) -> Option<usize>,
    handles: &dyn Handles,
) -> Option<Taken> {
    let HostValue::Array(notes) = json else { return None };
    let mut taken = Taken::default();
    for note in notes {
        let HostValue::Array(parts) = note else { return None };
        let [name, what, more @ ..] = parts.as_slice() else { return None };
        // What fails here failed then, too: the reply tells what came of it.
        match name.as_str()? {
            "charge" => drop(cx.charge(count_of(what)?)),
            "reserve" => drop(cx.reserve(usize::try_from(count_of(what)?).ok()?)),
            "object" => {
                let name = what.as_str()?;
                let bytes = usize::try_from(count_of(more.first()?)?).ok()?;
                let made =
                    cx.object_of(types(name), name.to_owned().into(), bytes, Box::new(OfATrace));
                taken.objects.extend(made.ok().map(HostValue::UserData));
            }
            "revoke" => match value_of(what, handles)? {
                HostValue::UserData(object) => drop(cx.revoke(&object)),
                _ => return None,
            },
            REMEMBER => {
                let note = bytes_of(what)?;
                cx.remember(|| note.clone());
                taken.remembered.push(note);
            }
            "stop" => cx.end_run(outcome_of(what)?),
            _ => return None,
        }
    }
    Some(taken)
}
