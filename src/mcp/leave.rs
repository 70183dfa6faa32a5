//! What extensions need the user's leave for.

use super::consent::note;
use super::decision::Decision;
use super::tool_call::Listener;
use crate::host::gate::Gate;
use crate::{Declaration, Denied, HostError, HostValue, Policy, PolicyCall};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The policy of extensions: of functions that the user is asked about, each call is asked
/// about where it stands, and meets the gate that has the user's consent; all others meet the
/// plain one.
#[derive(Clone, Debug)]
pub(crate) struct Leave {
    plain: Gate,
    consented: Gate,
    asked: Arc<BTreeSet<String>>,
    listener: Listener,
}

impl Leave {
    pub(crate) fn new(
        plain: Gate,
        consented: Gate,
        asked: &BTreeSet<String>,
        listener: Listener,
    ) -> Leave {
        Leave { plain, consented, asked: Arc::new(asked.clone()), listener }
    }

    /// Returns the gate that has let a call through, and what the call is there.
    fn gate(&self, call: u64) -> (&Gate, u64) {
        if call.is_multiple_of(2) { (&self.plain, call / 2) } else { (&self.consented, call / 2) }
    }
}

impl Policy for Leave {
    fn ask(&self, call: &PolicyCall<'_>) -> Result<u64, Denied> {
        if !self.asked.contains(call.path) {
            return Ok(self.plain.ask(call)? * 2);
        }
        let what = match self.listener.may(call.path, call.args) {
            Some(decision) if decision.allows() => return Ok(self.consented.ask(call)? * 2 + 1),
            Some(Decision::Cancelled) => "the user was asked and gave no answer",
            Some(_) => "the user was asked and declined",
            None => "nobody can be asked",
        };
        note(self.plain.audit(), call.path, call.args, call.number, "user");
        Err(Denied::new("consent", format!("{}: {what}", call.path), ""))
    }

    fn settle(&self, call: u64, answer: &mut Result<Vec<HostValue>, HostError>) {
        let (gate, call) = self.gate(call);
        gate.settle(call, answer);
    }

    fn abandon(&self, call: u64) {
        let (gate, call) = self.gate(call);
        gate.abandon(call);
    }

    fn bytes_per_unit(&self) -> Option<u64> {
        self.plain.bytes_per_unit()
    }

    fn fits(&self, declared: &[&Declaration]) -> Result<(), String> {
        self.plain.fits(declared)
    }
}
