//! How runs ended, as a trace has it.

use super::text::{push_bytes, push_count, push_int, push_str};
use super::value::{bytes_of, count_of};
use crate::session::values::error::{ErrorKind, LuaError};
use crate::session::values::host_value::HostValue;
use crate::session::values::outcome::{Outcome, Place};

/// Returns the kind of a name.
pub(in crate::session) fn kind_of(name: &str) -> Option<ErrorKind> {
    ErrorKind::ALL.into_iter().find(|known| known.name() == name)
}

/// Outcomes that are no more than a name.
const NAMES: [(&str, Outcome); 6] = [
    ("out_of_fuel", Outcome::OutOfFuel),
    ("out_of_memory", Outcome::OutOfMemory),
    ("output_limit", Outcome::OutputLimit),
    ("host_call_limit", Outcome::HostCallLimit),
    ("deadline", Outcome::Deadline),
    ("cancelled", Outcome::Cancelled),
];

/// Appends an outcome. The values of one that is done are JSON already.
pub(in crate::session) fn push_outcome(text: &mut Vec<u8>, outcome: &Outcome) {
    if let Some((name, _)) = NAMES.iter().find(|(_, known)| known == outcome) {
        return push_str(text, name);
    }
    match outcome {
        Outcome::Done(Ok(values)) => {
            text.extend_from_slice(b"{\"done\":");
            text.extend_from_slice(values.as_bytes());
        }
        Outcome::Done(Err(error)) => {
            text.extend_from_slice(b"{\"done_without\":");
            push_error(text, error);
        }
        Outcome::Failed(error) => {
            text.extend_from_slice(b"{\"failed\":");
            push_error(text, error);
        }
        Outcome::Exit(code) => {
            text.extend_from_slice(b"{\"exit\":");
            push_int(text, i64::from(*code));
        }
        _ => text.extend_from_slice(b"{\"unknown\":null"),
    }
    text.push(b'}');
}

fn push_error(text: &mut Vec<u8>, error: &LuaError) {
    text.extend_from_slice(b"{\"kind\":");
    push_str(text, error.kind.name());
    text.extend_from_slice(b",\"message\":");
    push_bytes(text, &error.message);
    push_place(text, &error.chunk, error.line, &error.traceback);
    if let Some(value) = &error.value {
        text.extend_from_slice(b",\"value\":");
        push_str(text, value);
    }
    text.push(b'}');
}

fn push_place(text: &mut Vec<u8>, chunk: &str, line: Option<u32>, traceback: &str) {
    text.extend_from_slice(b",\"chunk\":");
    push_str(text, chunk);
    if let Some(line) = line {
        text.extend_from_slice(b",\"line\":");
        push_count(text, u64::from(line));
    }
    text.extend_from_slice(b",\"traceback\":");
    push_str(text, traceback);
}

/// Appends where a script stood.
pub(in crate::session) fn push_stood(text: &mut Vec<u8>, place: &Place) {
    let from = text.len();
    push_place(text, &place.chunk, place.line, &place.traceback);
    // It begins with a comma.
    if let Some(comma) = text.get_mut(from) {
        *comma = b'{';
    }
    text.push(b'}');
}

/// Reads what [`push_outcome`] wrote.
pub(in crate::session) fn outcome_of(json: &HostValue) -> Option<Outcome> {
    if let Some(name) = json.as_str() {
        return NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, outcome)| outcome);
    }
    let HostValue::Object(fields) = json else { return None };
    let [(form, content)] = fields.as_slice() else { return None };
    Some(match form.as_str()? {
        "done" => Outcome::Done(Ok(content.to_json().ok()?.to_string())),
        "done_without" => Outcome::Done(Err(error_of(content)?)),
        "failed" => Outcome::Failed(error_of(content)?),
        "exit" => match content {
            HostValue::Integer(code) => Outcome::Exit(i32::try_from(*code).ok()?),
            _ => return None,
        },
        _ => return None,
    })
}

fn error_of(json: &HostValue) -> Option<LuaError> {
    let text = |name: &str| json.field(name)?.as_str().map(str::to_owned);
    let kind = kind_of(&text("kind")?)?;
    let mut error = LuaError::plain(kind, Vec::new());
    error.message = bytes_of(json.field("message")?)?;
    error.chunk = text("chunk")?;
    error.line = json.field("line").and_then(count_of).and_then(|line| u32::try_from(line).ok());
    error.traceback = text("traceback")?;
    error.value = text("value");
    Some(error)
}
