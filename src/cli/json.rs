//! The one object that `--json` prints.

use super::display::limit_text;
use crate::{Limits, LuaError, Outcome, Report};
use std::time::Duration;

/// The fields of `error`.
struct ErrorFields<'a> {
    kind: &'static str,
    message: String,
    chunk: Option<&'a str>,
    line: Option<u32>,
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
    format!(
        "{{\"ok\":{},\"values\":{values},\"output\":{},\"truncated\":{},\"error\":{},\
         \"fuel_used\":{},\"memory_peak\":{},\"host_calls\":{}}}\n",
        error.is_none(),
        string(&String::from_utf8_lossy(printed)),
        report.truncated,
        error.map_or("null".to_owned(), error_json),
        usage.fuel_used,
        usage.memory_peak,
        usage.host_calls
    )
}

fn error_fields<'a>(
    report: &'a Report,
    limits: &Limits,
    timeout: Option<Duration>,
) -> Option<ErrorFields<'a>> {
    let outcome = &report.outcome;
    let kind = match outcome {
        Outcome::Done(Ok(_)) | Outcome::Exit(0) => return None,
        Outcome::Done(Err(error)) | Outcome::Failed(error) => return Some(lua_error(error)),
        Outcome::Exit(_) => "exit",
        Outcome::OutOfFuel => "fuel",
        Outcome::OutOfMemory => "memory",
        Outcome::OutputLimit => "output",
        Outcome::HostCallLimit => "host_calls",
        Outcome::Deadline => "deadline",
        Outcome::Cancelled => "cancelled",
    };
    let message = match outcome {
        Outcome::Exit(code) => format!("the script exited with {code}"),
        _ => limit_text(outcome, limits, timeout).unwrap_or_default(),
    };
    let place = report.place.as_ref();
    Some(ErrorFields {
        kind,
        message,
        chunk: place.map(|place| place.chunk.as_str()),
        line: place.and_then(|place| place.line),
        traceback: place.map(|place| place.traceback.as_str()),
        value: None,
    })
}

fn lua_error(error: &LuaError) -> ErrorFields<'_> {
    ErrorFields {
        kind: error.kind.name(),
        message: String::from_utf8_lossy(&error.message).into_owned(),
        chunk: (!error.chunk.is_empty()).then_some(error.chunk.as_str()),
        line: error.line,
        traceback: (!error.traceback.is_empty()).then_some(error.traceback.as_str()),
        value: error.value.as_deref(),
    }
}

fn error_json(error: ErrorFields<'_>) -> String {
    let optional = |text: Option<&str>| text.map_or("null".to_owned(), string);
    let value = error.value.map_or(String::new(), |value| format!(",\"value\":{value}"));
    format!(
        "{{\"kind\":{},\"message\":{},\"chunk\":{},\"line\":{},\"traceback\":{}{value}}}",
        string(error.kind),
        string(&error.message),
        optional(error.chunk),
        error.line.map_or("null".to_owned(), |line| line.to_string()),
        optional(error.traceback)
    )
}

/// Writes a JSON string.
fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
