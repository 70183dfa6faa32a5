//! Calls that the user is asked about: what holds them, the forms the user is shown, and what
//! comes of the answers.

use crate::host::gate::Gate;
use crate::session::RefusalStyle;
use crate::{Declaration, Denied, HostError, HostValue, PendingCall, Policy, PolicyCall};
use rmcp::model::{ElicitRequestParams, ElicitationSchema, EnumSchema};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The function that asks the user something by itself.
pub(super) const ASK: &str = "jido.ask_user";

/// The number of calls that are handed out: the gate is asked when they are carried out.
const HANDED_OUT: u64 = u64::MAX;

/// The most characters of a call's arguments that a form shows.
const SHOWN: usize = 4000;

/// The policy of sessions whose scripts call functions that the user is asked about: those
/// calls pass it, since they are only handed out; all others meet the gate.
#[derive(Clone, Debug)]
pub(crate) struct Consenting {
    gate: Gate,
    asked: Arc<BTreeSet<String>>,
}

impl Consenting {
    pub(crate) fn new(gate: Gate, asked: &BTreeSet<String>) -> Consenting {
        Consenting { gate, asked: Arc::new(asked.clone()) }
    }
}

impl Policy for Consenting {
    fn ask(&self, call: &PolicyCall<'_>) -> Result<u64, Denied> {
        if self.asked.contains(call.path) {
            return Ok(HANDED_OUT);
        }
        self.gate.ask(call)
    }

    fn settle(&self, call: u64, answer: &mut Result<Vec<HostValue>, HostError>) {
        if call != HANDED_OUT {
            self.gate.settle(call, answer);
        }
    }

    fn abandon(&self, call: u64) {
        if call != HANDED_OUT {
            self.gate.abandon(call);
        }
    }

    fn save(&self, call: u64) -> Option<Vec<u8>> {
        if call == HANDED_OUT { Some(Vec::new()) } else { self.gate.save(call) }
    }

    fn restore(&self, call: &PolicyCall<'_>, saved: Option<&[u8]>) -> Result<u64, String> {
        if self.asked.contains(call.path) {
            return Ok(HANDED_OUT);
        }
        self.gate.restore(call, saved)
    }

    fn fingerprint(&self) -> Option<String> {
        self.gate.fingerprint()
    }

    fn bytes_per_unit(&self) -> Option<u64> {
        self.gate.bytes_per_unit()
    }

    fn fits(&self, declared: &[&Declaration]) -> Result<(), String> {
        self.gate.fits(declared)
    }
}

/// What the user said.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Decision {
    /// Do it; or, to a question, this.
    Accepted(Value),
    /// No.
    Declined,
    /// Nothing.
    Cancelled,
}

impl Decision {
    /// Reads what a client has sent as the result of an elicitation. What cannot be read is
    /// no consent.
    pub(super) fn read(result: &Value) -> Decision {
        match result.get("action").and_then(Value::as_str) {
            Some("accept") => {
                Decision::Accepted(result.get("content").cloned().unwrap_or_default())
            }
            Some("decline") => Decision::Declined,
            _ => Decision::Cancelled,
        }
    }

    /// Writes it as [`Decision::read`] reads it.
    pub(super) fn write(&self) -> Value {
        match self {
            Decision::Accepted(content) => {
                serde_json::json!({"action": "accept", "content": content})
            }
            Decision::Declined => serde_json::json!({"action": "decline"}),
            Decision::Cancelled => serde_json::json!({"action": "cancel"}),
        }
    }

    /// Tells whether a call may be carried out.
    pub(super) fn allows(&self) -> bool {
        match self {
            Decision::Accepted(content) => content.get("approve") == Some(&Value::Bool(true)),
            _ => false,
        }
    }
}

/// Returns the form that the user is shown about a call.
pub(super) fn form(call: &PendingCall) -> ElicitRequestParams {
    let (message, schema) = if call.name == ASK { question(call) } else { approval(call) };
    ElicitRequestParams::FormElicitationParams { meta: None, message, requested_schema: schema }
}

fn approval(call: &PendingCall) -> (String, ElicitationSchema) {
    let mut args: String = call.args.iter().map(|arg| format!("\n  {}", shown(arg))).collect();
    if let Some((end, _)) = args.char_indices().nth(SHOWN) {
        let size = args.len();
        args.truncate(end);
        args.push_str(&format!("… ({size} bytes in all)"));
    }
    // The name first: it is the host's, and a chunk has any name a script likes.
    let mut message = format!("A script wants to call {} with{args}", call.name);
    if !call.chunk.is_empty() {
        let line = call.line.map_or(String::new(), |line| format!(":{line}"));
        message.push_str(&format!("\n(at {}{line})", plain(&call.chunk)));
    }
    let schema = ElicitationSchema::builder()
        .required_bool_with("approve", |field| {
            field.title("Allow this call").description("Only this call, with these arguments.")
        })
        .build_unchecked();
    (message, schema)
}

/// Writes a value for a person. A host value is nested 128 deep at most.
fn shown(value: &HostValue) -> String {
    plain(&match value.to_json() {
        Ok(json) => json.to_string(),
        Err(_) => format!("{value:?}"),
    })
}

/// Writes what would not be seen, or would turn what is, as escapes.
fn plain(text: &str) -> String {
    let is_hidden = |c: char| {
        let is_mark = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        is_mark || c.is_control()
    };
    let shown = |c: char| {
        if is_hidden(c) { format!("\\u{{{:x}}}", u32::from(c)) } else { c.to_string() }
    };
    text.chars().map(shown).collect()
}

fn question(call: &PendingCall) -> (String, ElicitationSchema) {
    let spec = call.args.first().and_then(|spec| spec.to_json().ok()).unwrap_or_default();
    let field = |name: &str| spec.get(name).and_then(Value::as_str).map(str::to_owned);
    let message = match &spec {
        Value::String(text) => text.clone(),
        _ => {
            [field("title"), field("message")].into_iter().flatten().collect::<Vec<_>>().join("\n")
        }
    };
    let options: Vec<String> = spec
        .get("options")
        .and_then(Value::as_array)
        .map(|options| options.iter().filter_map(option_text).collect())
        .unwrap_or_default();
    let builder = ElicitationSchema::builder();
    let schema = match field("kind").as_deref() {
        Some("confirm") => builder.required_bool("answer"),
        Some("select") if !options.is_empty() => {
            builder.required_enum_schema("answer", EnumSchema::builder(options).build())
        }
        Some("multi_select") if !options.is_empty() => builder
            .required_enum_schema("answer", EnumSchema::builder(options).multiselect().build()),
        _ => builder.required_string("answer"),
    };
    let message = if message.is_empty() { "A script asks:".to_owned() } else { message };
    (message, schema.build_unchecked())
}

/// Returns what stands for an option: the text itself, or its label.
fn option_text(option: &Value) -> Option<String> {
    let text = option.as_str().or_else(|| option.get("label")?.as_str());
    text.map(str::to_owned)
}

/// Returns what `ask_user` answers.
pub(super) fn answer(decision: &Decision) -> Vec<HostValue> {
    let refused = |reason: &str| {
        vec![HostValue::object([("ok", HostValue::Boolean(false)), ("reason", reason.into())])]
    };
    match decision {
        Decision::Accepted(content) => {
            let value = content.get("answer").cloned().unwrap_or_default();
            let value = HostValue::from_json(&value).unwrap_or(HostValue::Nil);
            vec![HostValue::object([("ok", HostValue::Boolean(true)), ("value", value)])]
        }
        Decision::Declined => refused("declined"),
        Decision::Cancelled => refused("cancelled"),
    }
}

/// Returns what a call comes to that is not carried out: in the way of the function's family.
pub(super) fn refusal(
    call: &PendingCall,
    declared: &[Declaration],
    what: &str,
    would_allow: &str,
) -> Result<Vec<HostValue>, HostError> {
    if call.name == ASK {
        let refused = [
            ("ok", HostValue::Boolean(false)),
            ("reason", "unavailable".into()),
            ("message", what.to_owned().into()),
        ];
        return Ok(vec![HostValue::object(refused)]);
    }
    let denied = Denied::new("consent", format!("{}: {what}", call.name), would_allow);
    let style = declared.iter().find(|one| one.path() == call.name).map(|one| one.style);
    match style {
        Some(RefusalStyle::NilAndText) => Ok(vec![HostValue::Nil, denied.to_string().into()]),
        _ => Err(HostError::denied(&denied)),
    }
}
