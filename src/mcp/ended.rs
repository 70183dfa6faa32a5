//! The results of tools: structured, with a short text beside them.

use super::budget::{cut, cut_error, cut_text};
use super::turns::Printed;
use crate::hints::knobs::in_options;
use crate::session::read_bounded;
use crate::{Limits, LuaError, Outcome, Report};
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// A call that came to nothing before anything ran, or to an answer that is no run's.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refused {
    /// The kind, as errors of runs have one.
    pub(super) kind: &'static str,
    pub(super) message: String,
}

impl Refused {
    pub(super) fn new(kind: &'static str, message: impl Into<String>) -> Refused {
        Refused { kind, message: message.into() }
    }

    /// Of something that the call asks for and that cannot be.
    pub(super) fn usage(message: impl Into<String>) -> Refused {
        Refused::new("usage", message)
    }

    fn error(&self) -> Value {
        json!({"kind": self.kind, "message": self.message})
    }

    /// Makes the result of a tool that runs nothing.
    pub(super) fn result(&self) -> CallToolResult {
        failed(self.message.clone(), json!({"ok": false, "error": self.error()}))
    }

    /// Makes the result of a tool that runs something.
    pub(super) fn run_result(&self, fuel_limit: u64) -> CallToolResult {
        let status = if self.kind == "memory" { "limit" } else { "failed" };
        let structured = json!({
            "status": status,
            "values": [],
            "output": "",
            "truncated": false,
            "values_bytes": 0,
            "output_bytes": 0,
            "fuel_used": 0,
            "fuel_limit": fuel_limit,
            "memory_peak": 0,
            "host_calls": 0,
            "error": self.error(),
        });
        failed(self.message.clone(), structured)
    }
}

fn failed(text: String, structured: Value) -> CallToolResult {
    let mut result = CallToolResult::error(vec![ContentBlock::text(text)]);
    result.structured_content = Some(structured);
    result
}

/// Makes the result of a tool that did what it should.
pub(super) fn done(text: impl Into<String>, structured: Value) -> CallToolResult {
    let mut result = CallToolResult::success(vec![ContentBlock::text(text.into())]);
    result.structured_content = Some(structured);
    result
}

/// A run that has ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) report: Report,
    pub(super) printed: Printed,
    /// The limits it had.
    pub(super) limits: Limits,
    /// The server's own.
    pub(super) most: Limits,
    /// The function whose call, which the user had allowed, ran into the limit.
    pub(super) limited: Option<String>,
    pub(super) timeout: Option<Duration>,
    pub(super) session: Option<String>,
    pub(super) trace: Option<String>,
}

impl Ended {
    /// Makes the result, values and output within `budget` bytes.
    pub(super) fn result(self, budget: usize) -> CallToolResult {
        let Ended { report, printed, limits, most, limited, timeout, session, trace } = self;
        let (status, json, error) = ending(&report);
        let values_bytes = if status == "done" { json.len() } else { 0 };
        let hint = match limited {
            Some(function) => Some(format!("the call of {function} that was allowed ran into it")),
            None => hint(&report.outcome, &limits, &most, timeout, session.is_some()),
        };
        let mut error_cut = false;
        let error = error.map(|error| {
            let (shown, is_cut) = cut_error(error_value(&error, hint), budget);
            error_cut = is_cut;
            shown
        });
        let output = String::from_utf8_lossy(&printed.kept).into_owned();
        // Output has what values, or the error, leave, and a quarter at least.
        let taken = error.as_ref().map_or(values_bytes, |error| error.to_string().len());
        let room = budget.saturating_sub(taken).max(budget / 4);
        let (output, part) = cut_text(output, room);
        let (values, values_cut) = cut(parse(&json), budget.saturating_sub(output.len()).max(2));
        let output_cut = part || printed.bytes > printed.kept.len() as u64 || report.truncated;
        let mut structured = json!({
            "status": status,
            "values": values,
            "output": output,
            "truncated": values_cut || output_cut || error_cut,
            "values_bytes": values_bytes,
            "output_bytes": printed.bytes,
            "fuel_used": report.usage.fuel_used,
            "fuel_limit": limits.fuel,
            "memory_peak": report.usage.memory_peak,
            "host_calls": report.usage.host_calls,
        });
        let mut text = output.clone();
        let has_failed = error.is_some();
        end_line(&mut text);
        match error {
            Some(error) => {
                text.push_str(&error_text(&error));
                structured["error"] = error;
            }
            None => text.push_str(&values_text(&values)),
        }
        if values_cut || output_cut {
            end_line(&mut text);
            let (all, printed) = (values_bytes, printed.bytes);
            text.push_str(&format!(
                "(cut: the values have {all} bytes of JSON, the output {printed} bytes in all)"
            ));
        }
        for (name, value) in [("session", session), ("trace", trace)] {
            if let Some(value) = value {
                structured[name] = value.into();
            }
        }
        match has_failed {
            true => failed(text, structured),
            false => done(text, structured),
        }
    }
}

/// Returns the status of a run, its values as JSON, and its error.
fn ending(report: &Report) -> (&'static str, String, Option<LuaError>) {
    let status = match &report.outcome {
        Outcome::Done(Ok(values)) => return ("done", values.clone(), None),
        Outcome::Exit(0) => return ("done", "[]".to_owned(), None),
        Outcome::Done(Err(_)) | Outcome::Failed(_) | Outcome::Exit(_) => "failed",
        Outcome::Cancelled => "cancelled",
        _ => "limit",
    };
    (status, "[]".to_owned(), report.json().err())
}

fn parse(json: &str) -> Value {
    read_bounded(json.as_bytes()).unwrap_or_default()
}

fn end_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

/// Writes values for a model: one as what it is, none as nothing.
fn values_text(values: &Value) -> String {
    match values.as_array().map(Vec::as_slice) {
        Some([]) | None => "(no values)".to_owned(),
        Some([Value::String(text)]) => text.clone(),
        Some([one]) => one.to_string(),
        Some(_) => values.to_string(),
    }
}

/// Says what may help against a limit.
fn hint(
    outcome: &Outcome,
    limits: &Limits,
    most: &Limits,
    timeout: Option<Duration>,
    in_session: bool,
) -> Option<String> {
    // What the server itself does not give cannot be asked for.
    let or_more = |name: &str, own: u64, most: u64| match own < most {
        true => format!(", or ask for more in `limits.{name}` (at most {most})"),
        false => format!(" ({most} is the most that this server gives)"),
    };
    Some(match outcome {
        Outcome::OutOfFuel => {
            let more = or_more("fuel", limits.fuel, most.fuel);
            format!("all {} units were used: do less{more}", limits.fuel)
        }
        Outcome::OutOfMemory => {
            let more = or_more("memory", limits.memory, most.memory);
            format!("{} bytes were not enough: keep less at a time{more}", limits.memory)
        }
        Outcome::OutputLimit => {
            let more = or_more("output", limits.output, most.output);
            format!("more than {} bytes were printed: print less{more}", limits.output)
        }
        // Of what is wrong with results, only their size has a hint.
        Outcome::Done(Err(error)) => {
            let more = or_more("output", limits.output, most.output);
            let less = error.hint.is_some().then(|| format!("return less{more}"));
            // The script itself has not failed, and doing it again would do it twice.
            let stays = in_session
                .then(|| "the script ran to its end: what it changed in its session stays".into());
            let said: Vec<String> = less.into_iter().chain(stays).collect();
            if said.is_empty() {
                return None;
            }
            said.join("; ")
        }
        Outcome::HostCallLimit => {
            let more = or_more("host_calls", limits.host_calls, most.host_calls);
            format!("more than {} calls were made: do more with each{more}", limits.host_calls)
        }
        Outcome::Deadline => {
            format!("{} ms were over", timeout.map_or(0, |time| time.as_millis()))
        }
        _ => return None,
    })
}

/// Writes an error as results have it: what is not known is left out.
pub(super) fn error_value(error: &LuaError, hint: Option<String>) -> Value {
    let mut fields = Map::new();
    fields.insert("kind".to_owned(), error.kind.name().into());
    fields.insert("message".to_owned(), String::from_utf8_lossy(&error.message).into());
    if let Some(hint) = hint.or_else(|| error.hint.as_deref().map(in_options)) {
        fields.insert("hint".to_owned(), hint.into());
    }
    if !error.chunk.is_empty() {
        fields.insert("chunk".to_owned(), error.chunk.clone().into());
    }
    if let Some(line) = error.line {
        fields.insert("line".to_owned(), line.into());
    }
    if let Some(column) = error.column {
        fields.insert("column".to_owned(), column.into());
    }
    if !error.traceback.is_empty() {
        fields.insert("traceback".to_owned(), error.traceback.clone().into());
    }
    if let Some(value) = error.value.as_deref().map(parse) {
        fields.insert("value".to_owned(), value);
    }
    Value::Object(fields)
}

/// Writes an error as a text: message, place, value, hint, traceback.
pub(super) fn error_text(error: &Value) -> String {
    let field = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut text = field("message").to_owned();
    if let Some(line) = error.get("line").filter(|line| !text.contains(&format!(":{line}:"))) {
        text.push_str(&format!(" (at {}:{line})", field("chunk")));
    }
    // What a script raised that is no text is named by its type alone in the message.
    if let Some(value) = error.get("value") {
        text.push_str(&format!("\nvalue: {value}"));
    }
    for (before, name) in [("\nhint: ", "hint"), ("\n", "traceback")] {
        if !field(name).is_empty() {
            text.push_str(before);
            text.push_str(field(name).trim_end());
        }
    }
    text
}
