//! The one object that `--json` prints.

use super::display::limit_text;
use super::engine::{Limits, LuaError, Outcome, Report};

/// The fields of `error`.
struct ErrorFields<'a> {
    kind: &'static str,
    message: String,
    chunk: Option<&'a str>,
    line: Option<u32>,
    traceback: Option<&'a str>,
}

/// Writes a report as one line of JSON, its fields in a fixed order.
///
/// Strings that are not UTF-8 show U+FFFD where they are broken.
pub(super) fn report_json(report: &Report, limits: &Limits) -> Vec<u8> {
    let error = error_fields(&report.outcome, limits);
    let values: &[u8] = match &report.outcome {
        Outcome::Done(Ok(values)) => values,
        Outcome::Exit(_) => b"[]",
        _ => b"null",
    };
    let mut json = format!("{{\"ok\":{},\"values\":", error.is_none()).into_bytes();
    json.extend_from_slice(values);
    let output = string(&String::from_utf8_lossy(&report.output));
    json.extend(format!(",\"output\":{output},\"truncated\":{}", report.truncated).bytes());
    json.extend(format!(",\"error\":{}", error.map_or("null".to_owned(), error_json)).bytes());
    let usage = &report.usage;
    json.extend(
        format!(
            ",\"fuel_used\":{},\"memory_peak\":{},\"host_calls\":{}}}\n",
            usage.fuel_used, usage.memory_peak, usage.host_calls
        )
        .bytes(),
    );
    json
}

fn error_fields<'a>(outcome: &'a Outcome, limits: &Limits) -> Option<ErrorFields<'a>> {
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
        _ => limit_text(outcome, limits).unwrap_or_default(),
    };
    Some(ErrorFields {
        kind,
        message,
        chunk: None,
        line: None,
        traceback: None,
    })
}

fn lua_error(error: &LuaError) -> ErrorFields<'_> {
    ErrorFields {
        kind: error.kind,
        message: String::from_utf8_lossy(&error.message).into_owned(),
        chunk: Some(&error.chunk),
        line: error.line,
        traceback: (!error.traceback.is_empty()).then_some(error.traceback.as_str()),
    }
}

fn error_json(error: ErrorFields<'_>) -> String {
    let optional = |text: Option<&str>| text.map_or("null".to_owned(), string);
    format!(
        "{{\"kind\":{},\"message\":{},\"chunk\":{},\"line\":{},\"traceback\":{}}}",
        string(error.kind),
        string(&error.message),
        optional(error.chunk),
        error
            .line
            .map_or("null".to_owned(), |line| line.to_string()),
        optional(error.traceback)
    )
}

/// Writes a JSON string.
fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
