//! The schemas of what tools take and return: JSON Schema 2020-12, in the plain forms that
//! every client reads.

use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A schema as the protocol has it.
pub(super) type Schema = Arc<Map<String, Value>>;

/// Makes an object's schema of its properties, the required ones first.
fn object(required: &[(&str, Value)], optional: &[(&str, Value)], closed: bool) -> Value {
    let names: Vec<&str> = required.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> = required
        .iter()
        .chain(optional)
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    let mut schema = json!({"type": "object", "properties": properties});
    if !names.is_empty() {
        schema["required"] = names.into();
    }
    if closed {
        schema["additionalProperties"] = false.into();
    }
    schema
}

fn finished(schema: Value) -> Schema {
    Arc::new(match schema {
        Value::Object(fields) => fields,
        _ => Map::new(),
    })
}

/// Makes the schema of what a tool takes.
pub(super) fn takes(required: &[(&str, Value)], optional: &[(&str, Value)]) -> Schema {
    finished(object(required, optional, true))
}

/// Makes the schema of what a tool returns.
pub(super) fn returns(required: &[(&str, Value)], optional: &[(&str, Value)]) -> Schema {
    finished(object(required, optional, false))
}

pub(super) fn text(about: &str) -> Value {
    json!({"type": "string", "description": about})
}

pub(super) fn flag(about: &str) -> Value {
    json!({"type": "boolean", "description": about})
}

pub(super) fn count(about: &str) -> Value {
    json!({"type": "integer", "minimum": 0, "description": about})
}

/// An object with whatever is in it.
pub(super) fn fields(about: &str) -> Value {
    json!({"type": "object", "additionalProperties": true, "description": about})
}

/// Any JSON value, told by the types there are, one by one: a schema that says nothing, or
/// several types at once, is refused by some.
fn any(about: &str) -> Value {
    let types = ["null", "boolean", "number", "string", "array", "object"];
    let each: Vec<Value> = types.iter().map(|kind| json!({"type": kind})).collect();
    json!({"anyOf": each, "description": about})
}

/// The limits that a call may ask for.
pub(super) fn limits() -> Value {
    let mut schema = object(
        &[],
        &[
            ("fuel", count("The most fuel, about one unit an instruction.")),
            ("memory", count("The most memory, in bytes.")),
            ("output", count("The most output, in bytes.")),
            ("host_calls", count("The most calls of host functions.")),
            ("timeout_ms", count("The most time, in milliseconds.")),
        ],
        true,
    );
    schema["description"] = "Limits below the server's own; what is above them is lowered.".into();
    schema
}

/// The error of a run or of a check.
pub(super) fn error() -> Value {
    let mut schema = object(
        &[
            (
                "kind",
                text(
                    "syntax, runtime, conversion, fuel, memory, output, host_calls, deadline, cancelled, denied, not_found, busy, usage and others.",
                ),
            ),
            ("message", text("What is wrong, with its place.")),
        ],
        &[
            ("hint", text("What may mend it.")),
            ("chunk", text("The chunk it is in.")),
            ("line", count("The line, from 1.")),
            ("column", count("The column, from 1.")),
            ("traceback", text("The calls that led there.")),
            ("value", any("The error object, if it is no string.")),
        ],
        false,
    );
    schema["description"] = "What went wrong, if anything.".into();
    schema
}

/// What a run returns.
pub(super) fn run() -> Schema {
    returns(
        &[
            (
                "status",
                json!({
                    "type": "string",
                    "enum": ["done", "failed", "limit", "cancelled"],
                    "description": "How the run ended."
                }),
            ),
            (
                "values",
                json!({
                    "type": "array",
                    "items": any("A value."),
                    "description": "What the script returned, as JSON; empty if it did not end well."
                }),
            ),
            ("output", text("What it printed.")),
            (
                "truncated",
                flag("Whether values or output were cut; the sizes below are the true ones."),
            ),
            ("values_bytes", count("Bytes of the values as JSON.")),
            ("output_bytes", count("Bytes that were printed.")),
            ("fuel_used", count("Units of fuel that were used.")),
            ("fuel_limit", count("Units of fuel that there were.")),
            ("memory_peak", count("The most logical bytes of memory that were in use.")),
            ("host_calls", count("Calls of host functions.")),
        ],
        &[
            ("error", error()),
            ("session", text("The handle of the session.")),
            ("trace", text("The resource that has the trace of the run, for lua_replay.")),
        ],
    )
}
