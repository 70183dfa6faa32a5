//! Calls that a policy has let through, on their way to their answers.

use super::contained::contained;
use super::declaration::RefusalStyle;
use super::policy::{Policy, PolicyCall};
use crate::parts;
use crate::session::values::admission::{admitted, panicked};
use crate::session::values::denied::Denied;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use crate::vm::image::parts::Part;
use crate::vm::image::wire::Writer;
use std::fmt;
use std::sync::Arc;

/// A call that the policy has let through, until it is told what came of it.
pub(in crate::session) struct Ticket {
    pub(in crate::session) policy: Arc<dyn Policy>,
    call: u64,
    pub(in crate::session) name: String,
    /// The number of the call in its run.
    number: u64,
    /// Bytes that the call may return.
    pub(in crate::session) limit: u64,
    open: bool,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ticket").field(&self.call).finish()
    }
}

impl Ticket {
    /// Makes the ticket of a call that has this number at the policy.
    fn new(policy: &Arc<dyn Policy>, number: u64, call: &PolicyCall<'_>, limit: u64) -> Ticket {
        Ticket {
            policy: Arc::clone(policy),
            call: number,
            name: call.path.to_owned(),
            number: call.number,
            limit,
            open: true,
        }
    }

    /// Asks the policy about a call.
    ///
    /// # Errors
    /// The refusal, as the script gets it.
    pub(in crate::session) fn ask(
        policy: &Arc<dyn Policy>,
        call: &PolicyCall<'_>,
        limit: u64,
    ) -> Result<Ticket, Result<Vec<HostValue>, HostError>> {
        let asked = contained(|| policy.ask(call));
        let denied = match asked {
            Some(Ok(number)) => return Ok(Ticket::new(policy, number, call, limit)),
            Some(Err(denied)) => denied,
            None => Denied::new("policy", format!("{}: the policy panicked", call.path), ""),
        };
        let style = call.declaration.map_or(RefusalStyle::Raises, |declared| declared.style);
        Err(style.refusal(&denied))
    }

    /// Returns what it takes to take up the call elsewhere.
    ///
    /// # Errors
    /// When the policy cannot have that.
    pub(in crate::session) fn saved(&self) -> Result<Vec<u8>, String> {
        let known = contained(|| self.policy.save(self.call)).flatten();
        let known = known.ok_or_else(|| {
            format!("a call of {}, which its policy does not know how to save", self.name)
        })?;
        let mut bytes = Writer::default();
        SavedTicket { number: self.number, known }.put(&mut bytes)?;
        Ok(bytes.into_bytes())
    }

    /// Has the policy take up a call that was saved, with what is left of its ticket.
    ///
    /// # Errors
    /// Why it does not.
    pub(in crate::session) fn take_up(
        policy: &Arc<dyn Policy>,
        call: &PolicyCall<'_>,
        saved: Option<&SavedTicket>,
        limit: u64,
    ) -> Result<Ticket, String> {
        let known = saved.map(|saved| saved.known.as_slice());
        let number = contained(|| policy.restore(call, known));
        let number = number.unwrap_or_else(|| Err("the policy panicked".to_owned()))?;
        Ok(Ticket::new(policy, number, call, limit))
    }

    /// Gives the policy what the call has come to, and returns what the script gets.
    pub(in crate::session) fn settle(
        mut self,
        answer: Result<Vec<HostValue>, HostError>,
    ) -> Result<Vec<HostValue>, HostError> {
        self.open = false;
        let mut answer = answer.and_then(|values| admitted(&self.name, values, self.limit));
        match contained(|| self.policy.settle(self.call, &mut answer)) {
            Some(()) => answer,
            // What it had to do with the answer is not done.
            None => Err(panicked(&self.name)),
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.open {
            let _ = contained(|| self.policy.abandon(self.call));
        }
    }
}

/// What is left of a ticket in a snapshot.
#[derive(Debug)]
pub(in crate::session) struct SavedTicket {
    /// The number of the call in its run.
    pub(in crate::session) number: u64,
    /// What the policy must know.
    known: Vec<u8>,
}

parts!(struct SavedTicket { number, known });
