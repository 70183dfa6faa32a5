//! What host functions answered, as a trace has it.

use super::ended::kind_of;
use super::text::{push_bytes, push_count, push_str};
use super::value::{
    Handles, Machines, bytes_of, count_of, push_list, push_value, push_values, value_of, values_of,
};
use crate::session::values::host_error::{HostError, Raised};
use crate::session::values::host_value::{HostKey, HostValue};
use crate::session::values::mismatch::Mismatch;

/// Results, or why there are none.
pub(in crate::session) type Outcome = Result<Vec<HostValue>, HostError>;

/// Appends results or an error.
pub(in crate::session) fn push_outcome(text: &mut Vec<u8>, outcome: &Outcome, machines: &Machines) {
    match outcome {
        Ok(values) => {
            text.extend_from_slice(b"{\"values\":");
            push_values(text, values, machines);
        }
        Err(error) => push_error(text, error, machines),
    }
    text.push(b'}');
}

fn push_error(text: &mut Vec<u8>, error: &HostError, machines: &Machines) {
    match error.raised() {
        Raised::Message(message) => {
            text.extend_from_slice(b"{\"error\":");
            push_bytes(text, message);
        }
        Raised::Kind(kind, message) => {
            text.extend_from_slice(b"{\"error\":");
            push_bytes(text, message);
            text.extend_from_slice(b",\"kind\":");
            push_str(text, kind.name());
        }
        Raised::Value(value) => {
            text.extend_from_slice(b"{\"raise\":");
            push_value(text, value, machines);
        }
        Raised::Script { value, number } => {
            text.extend_from_slice(b"{\"raise\":");
            push_value(text, value, machines);
            text.extend_from_slice(b",\"number\":");
            push_count(text, *number);
        }
        Raised::Argument(mismatch) => push_mismatch(text, mismatch),
        Raised::Memory => text.extend_from_slice(b"{\"memory\":true"),
        Raised::Stopped => text.extend_from_slice(b"{\"stopped\":true"),
    }
}

fn push_mismatch(text: &mut Vec<u8>, mismatch: &Mismatch) {
    text.extend_from_slice(b"{\"argument\":");
    push_count(text, mismatch.argument() as u64);
    text.extend_from_slice(b",\"function\":");
    push_str(text, mismatch.function());
    let (what, steps) = mismatch.parts();
    match what {
        Ok((expected, got)) => {
            text.extend_from_slice(b",\"expected\":");
            push_str(text, expected);
            text.extend_from_slice(b",\"got\":");
            push_str(text, got);
        }
        Err(why) => {
            text.extend_from_slice(b",\"why\":");
            push_str(text, why);
        }
    }
    text.extend_from_slice(b",\"at\":");
    push_list(text, steps, |text, step| push_str(text, step));
}

/// Reads what [`push_outcome`] wrote; nothing, if it wrote no such thing.
pub(in crate::session) fn outcome_of(json: &HostValue, handles: &dyn Handles) -> Option<Outcome> {
    let HostValue::Object(fields) = json else { return None };
    let (first, content) = fields.first()?;
    let yes = *content == HostValue::Boolean(true);
    let raised = match (first.as_str()?, fields.len()) {
        ("values", 1) => {
            let HostValue::Array(items) = content else { return None };
            return values_of(items, handles).map(Ok);
        }
        ("error", 1) => Raised::Message(bytes_of(content)?),
        ("error", 2) => {
            let kind = kind_of(json.field("kind")?.as_str()?)?;
            Raised::Kind(kind, bytes_of(content)?)
        }
        ("raise", 1) => Raised::Value(value_of(content, handles)?),
        ("raise", 2) => Raised::Script {
            value: value_of(content, handles)?,
            number: count_of(json.field("number")?)?,
        },
        ("argument", _) => Raised::Argument(mismatch_of(json, fields)?),
        ("memory", 1) if yes => Raised::Memory,
        ("stopped", 1) if yes => Raised::Stopped,
        _ => return None,
    };
    Some(Err(HostError::raising(raised)))
}

fn mismatch_of(json: &HostValue, fields: &[(HostKey, HostValue)]) -> Option<Mismatch> {
    let text = |name: &str| json.field(name)?.as_str().map(str::to_owned);
    let what = match fields.len() {
        5 => Ok((text("expected")?, text("got")?)),
        4 => Err(text("why")?),
        _ => return None,
    };
    let HostValue::Array(steps) = json.field("at")? else { return None };
    let steps = steps.iter().map(|step| step.as_str().map(str::to_owned));
    let argument = usize::try_from(count_of(json.field("argument")?)?).ok()?;
    Some(Mismatch::from_parts(what, steps.collect::<Option<_>>()?, argument, text("function")?))
}
