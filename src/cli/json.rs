//! The one object that `--json` prints.

use super::display::limit_text;
use crate::base::hidden::is_hidden;
use crate::hints::knobs::in_options;
use crate::session::ENVELOPE;
use crate::{Limits, LuaError, Outcome, Report};
use std::borrow::Cow;
use std::fmt::Write;
use std::time::Duration;

/// The fields of `error`.
struct ErrorFields<'a> {
    kind: &'static str,
    message: String,
    hint: Option<String>,
    chunk: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    traceback: Option<&'a str>,
    /// The error object as JSON.
    value: Option<&'a str>,
}

/// Writes a report and what was printed as one line of JSON, its fields in a
/// fixed order.
///
/// Strings that are not UTF-8 show U+FFFD where they are broken.
pub(super) fn report_json(
    report: &Report,
    printed: &[u8],
    limits: &Limits,
    timeout: Option<Duration>,
) -> String {
    let error = error_fields(report, limits, timeout);
    let values = match &report.outcome {
        Outcome::Done(Ok(values)) => values,
        Outcome::Exit(_) => "[]",
        _ => "null",
    };
    let usage = &report.usage;
    let (ok, error) = (error.is_none(), error.map_or("null".to_owned(), error_json));
    // All of it may pass the output limit by 64 KiB at most, escapes included.
    let limit = usize::try_from(limits.output).unwrap_or(usize::MAX);
    let others = values.len() + error.len();
    let room = limit.saturating_add(ENVELOPE).saturating_sub(others).min(limit);
    let (output, cut) = text_within(printed, room);
    format!(
        "{{\"ok\":{ok},\"values\":{values},\"output\":{output},\"truncated\":{},\"error\":{error},\
         \"fuel_used\":{},\"memory_peak\":{},\"host_calls\":{}}}\n",
        report.truncated || cut,
        usage.fuel_used,
        usage.memory_peak,
        usage.host_calls
    )
}

/// Writes what is wrong with a command line, or with what it names, as the same object.
pub(super) fn failure_json(error: &LuaError) -> String {
    format!(
        "{{\"ok\":false,\"values\":null,\"output\":\"\",\"truncated\":false,\"error\":{},\
         \"fuel_used\":0,\"memory_peak\":0,\"host_calls\":0}}\n",
        error_json(lua_error(error))
    )
}

/// Returns JSON as a terminal may show it: what is hidden is in strings, and is escaped there.
pub(super) fn visible(json: &str) -> Cow<'_, str> {
    if !json.contains(is_hidden) {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if !is_hidden(c) {
            text.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    Cow::Owned(text)
}

/// Writes the beginning of a text, as much as has room between the quotes, as a JSON
/// string, and tells whether anything was left out.
fn text_within(printed: &[u8], room: usize) -> (String, bool) {
    // Every byte takes at least one, or three of its kind do.
    let mut text = String::with_capacity(printed.len().min(room) + 2);
    text.push('"');
    let end = room.saturating_add(1);
    for chunk in printed.utf8_chunks() {
        let broken = (!chunk.invalid().is_empty()).then_some(char::REPLACEMENT_CHARACTER);
        for c in chunk.valid().chars().chain(broken) {
            let before = text.len();
            push_escaped(&mut text, c);
            if text.len() > end {
                text.truncate(before);
                text.push('"');
                return (text, true);
            }
        }
    }
    text.push('"');
    (text, false)
}

/// Appends a character as it stands in a JSON string.
fn push_escaped(text: &mut String, c: char) {
    match c {
        '"' | '\\' => text.extend(['\\', c]),
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        '\u{8}' => text.push_str("\\b"),
        '\u{c}' => text.push_str("\\f"),
        '\0'..='\x1f' => {
            let _ = write!(text, "\\u{:04x}", u32::from(c));
        }
        c => text.push(c),
    }
}

fn error_fields<'a>(
    report: &'a Report,
    limits: &Limits,
    timeout: Option<Duration>,
) -> Option<ErrorFields<'a>> {
    let outcome = &report.outcome;
    match outcome {
        Outcome::Done(Ok(_)) | Outcome::Exit(0) => return None,
        Outcome::Done(Err(error)) | Outcome::Failed(error) => return Some(lua_error(error)),
        _ => {}
    }
    let kind = report.json().err()?.kind.name();
    let message = match outcome {
        Outcome::Exit(code) => format!("the script exited with {code}"),
        _ => limit_text(outcome, limits, timeout).unwrap_or_default(),
    };
    let place = report.place.as_ref();
    Some(ErrorFields {
        kind,
        message,
        hint: None,
        chunk: place.map(|place| place.chunk.as_str()),
        line: place.and_then(|place| place.line),
        column: None,
        traceback: place.map(|place| place.traceback.as_str()),
        value: None,
    })
}

fn lua_error(error: &LuaError) -> ErrorFields<'_> {
    ErrorFields {
        kind: error.kind.name(),
        message: String::from_utf8_lossy(&error.message).into_owned(),
        hint: error.hint.as_deref().map(in_options),
        chunk: (!error.chunk.is_empty()).then_some(error.chunk.as_str()),
        line: error.line,
        column: error.column,
        traceback: (!error.traceback.is_empty()).then_some(error.traceback.as_str()),
        value: error.value.as_deref(),
    }
}

fn error_json(error: ErrorFields<'_>) -> String {
    let optional = |text: Option<&str>| text.map_or("null".to_owned(), string);
    let number = |number: Option<u32>| number.map_or("null".to_owned(), |n| n.to_string());
    let value = error.value.map_or(String::new(), |value| format!(",\"value\":{value}"));
    format!(
        "{{\"kind\":{},\"message\":{},\"hint\":{},\"chunk\":{},\"line\":{},\"column\":{},\
         \"traceback\":{}{value}}}",
        string(error.kind),
        string(&error.message),
        optional(error.hint.as_deref()),
        optional(error.chunk),
        number(error.line),
        number(error.column),
        optional(error.traceback)
    )
}

/// Writes a JSON string.
fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
