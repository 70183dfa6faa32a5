//! Calls that the user is asked about: what holds them, the forms the user is shown, and what
//! comes of the answers.

use super::questions::{form_of_call, is_question, unasked};
use super::shown::{plain, shown};
use crate::host::audit::{Audit, AuditEntry, Status};
use crate::host::gate::Gate;
use crate::session::RefusalStyle;
use crate::{Declaration, Denied, HostError, HostValue, PendingCall, Policy, PolicyCall};
use rmcp::model::{ElicitRequestParams, ElicitationSchema};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

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

/// Writes a call that is not made into the log.
pub(super) fn note(audit: &Audit, name: &str, args: &[HostValue], call: u64, rule: &str) {
    let mut entry = AuditEntry::new("command", name, Status::Blocked, args);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    entry.at = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    entry.call = call;
    entry.rule = Some(rule.to_owned());
    audit.add(entry);
}

/// Returns the form that the user is shown about a call.
pub(super) fn form(call: &PendingCall) -> ElicitRequestParams {
    if is_question(call) {
        return form_of_call(call);
    }
    let at = (!call.chunk.is_empty()).then(|| {
        let line = call.line.map_or(String::new(), |line| format!(":{line}"));
        format!("{}{line}", plain(&call.chunk))
    });
    approval("A script", &call.name, &call.args, at)
}

/// Returns the form about the call of a function, which somebody wants to make.
pub(super) fn approval(
    who: &str,
    name: &str,
    args: &[HostValue],
    at: Option<String>,
) -> ElicitRequestParams {
    let mut args: String = args.iter().map(|arg| format!("\n  {}", shown(arg))).collect();
    if let Some((end, _)) = args.char_indices().nth(SHOWN) {
        let size = args.len();
        args.truncate(end);
        args.push_str(&format!("… ({size} bytes in all)"));
    }
    // The name first: it is the host's, and a chunk has any name a script likes.
    let mut message = format!("{who} wants to call {name} with{args}");
    if let Some(at) = at {
        message.push_str(&format!("\n(at {at})"));
    }
    let schema = ElicitationSchema::builder()
        .required_bool_with("approve", |field| {
            field.title("Allow this call").description("Only this call, with these arguments.")
        })
        .build_unchecked();
    ElicitRequestParams::FormElicitationParams { meta: None, message, requested_schema: schema }
}

/// Returns what a call comes to that is not carried out: in the way of the function's family.
pub(super) fn refusal(
    call: &PendingCall,
    declared: &[Declaration],
    what: &str,
    would_allow: &str,
) -> Result<Vec<HostValue>, HostError> {
    if is_question(call) {
        return Ok(vec![unasked(call, what)]);
    }
    let denied = Denied::new("consent", format!("{}: {what}", call.name), would_allow);
    let style = declared.iter().find(|one| one.path() == call.name).map(|one| one.style);
    style.unwrap_or(RefusalStyle::Raises).refusal(&denied)
}
