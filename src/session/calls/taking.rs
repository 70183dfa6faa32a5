//! What a trace says that a host function took of its run, taken without the function.

use crate::session::functions::host_context::HostCx;
use crate::session::functions::objects::OfATrace;
use crate::session::tapes::ended::outcome_of;
use crate::session::tapes::notes::REMEMBER;
use crate::session::tapes::value::{Handles, bytes_of, count_of, value_of};
use crate::session::values::host_value::HostValue;

/// What a function has taken by its trace.
#[derive(Default)]
pub(in crate::session) struct Taken {
    /// The objects that were made.
    pub(in crate::session) objects: Vec<HostValue>,
    /// What the function will have to know again.
    pub(in crate::session) remembered: Vec<Vec<u8>>,
}

/// Takes what a trace says that a function took. Nothing is returned if the trace says no such
/// thing.
pub(in crate::session) fn take(
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
