//! Carrying out calls that the user has consented to: each is a run of its own, behind the
//! gate.

use super::options::Options;
use super::progress::Progress;
use super::turns::{Gone, Running, Threads};
use crate::host::gate::Gate;
use crate::session::RefusalStyle;
use crate::{
    Canceller, Declaration, Denied, HostError, HostValue, PendingCall, Policy, PolicyCall, Variadic,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

type Answer = Result<Vec<HostValue>, HostError>;

/// Keeps what a call comes to as the host has it: not all of that has a JSON form.
#[derive(Clone, Debug)]
struct Keeping {
    gate: Gate,
    answer: Arc<Mutex<Option<Answer>>>,
}

impl Keeping {
    fn keep(&self, answer: Answer) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    }
}

impl Policy for Keeping {
    fn ask(&self, call: &PolicyCall<'_>) -> Result<u64, Denied> {
        self.gate.ask(call).inspect_err(|denied| {
            let style = call.declaration.map_or(RefusalStyle::Raises, |declared| declared.style);
            self.keep(match style {
                RefusalStyle::NilAndText => Ok(vec![HostValue::Nil, denied.to_string().into()]),
                RefusalStyle::Raises => Err(HostError::denied(denied)),
            });
        })
    }

    fn settle(&self, call: u64, answer: &mut Answer) {
        self.gate.settle(call, answer);
        self.keep(answer.clone());
    }

    fn abandon(&self, call: u64) {
        self.gate.abandon(call);
    }

    fn bytes_per_unit(&self) -> Option<u64> {
        self.gate.bytes_per_unit()
    }

    fn fits(&self, declared: &[&Declaration]) -> Result<(), String> {
        self.gate.fits(declared)
    }
}

/// Carries out a call, and returns what the script is to get.
pub(super) async fn carry_out(
    call: PendingCall,
    options: &Options,
    threads: &Threads,
    canceller: &Canceller,
    time: Option<Duration>,
) -> Answer {
    let answer = Arc::new(Mutex::new(None));
    let failed = |what: String| HostError::new(format!("{}: {what}", call.name));
    let (builder, gate) = options.makers.carry().map_err(failed)?;
    let keeping = Keeping { gate, answer: Arc::clone(&answer) };
    let session = builder.policy(keeping).build().map_err(|e| failed(e.to_string()))?;
    let run = session.start_call(call.name.as_str(), Variadic(call.args.clone()));
    let running = Running::new(run, canceller, time);
    let gone = |Gone| failed("the call panicked".to_owned());
    let (running, _) = threads.go_on(running, &mut Progress::none()).await.map_err(gone)?;
    let (_, report, _) = running.finish();
    let kept = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (kept, report.json()) {
        // A limit may have ended it after the function itself had answered.
        (Some(answer), _) => answer,
        (None, Err(error)) => Err(failed(error.to_string())),
        (None, Ok(_)) => Ok(Vec::new()),
    }
}
