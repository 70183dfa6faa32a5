//! What a host function took of its run, as a trace has it: a replay does the same without the
//! function.

use super::ended::push_outcome;
use super::text::{push_bytes, push_count, push_str};
use super::value::{Machines, push_list, push_value};
use crate::session::functions::notes::Note;
use crate::session::values::host_value::HostValue;

/// The name of a note of a function to itself.
pub(in crate::session) const REMEMBER: &str = "remember";

/// Appends what a function took.
pub(in crate::session) fn push_notes(text: &mut Vec<u8>, notes: &[Note], machines: &Machines) {
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
