//! Carrying out calls that the user has consented to: each is a run of its own, behind the
//! gate.

use super::options::Options;
use super::progress::Progress;
use super::turns::{Running, Threads};
use crate::host::gate::Gate;
use crate::session::{RefusalStyle, lock};
use crate::{
    Canceller, Declaration, Denied, Function, HostError, HostValue, Outcome, PendingCall, Policy,
    PolicyCall, Run, Variadic,
};
use std::sync::{Arc, Mutex};
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
        *lock(&self.answer) = Some(answer);
    }
}

impl Policy for Keeping {
    fn ask(&self, call: &PolicyCall<'_>) -> Result<u64, Denied> {
        self.gate.ask(call).inspect_err(|denied| {
            let style = call.declaration.map_or(RefusalStyle::Raises, |declared| declared.style);
            self.keep(style.refusal(denied));
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

    /// The rules are those of all the server has, extensions too, and were looked at when it
    /// began. Here is a part of that.
    fn fits(&self, _: &[&Declaration]) -> Result<(), String> {
        Ok(())
    }
}

/// A call that was allowed ran into a limit of the server's: so has the script.
#[derive(Debug)]
pub(super) struct Limited {
    /// The function that was called.
    pub(super) function: String,
    pub(super) outcome: Outcome,
}

/// Carries out a call, and returns what the script is to get.
///
/// # Errors
/// The limit, if it ran into one before the function had answered.
pub(super) async fn carry_out(
    call: PendingCall,
    options: &Options,
    threads: &Threads,
    canceller: &Canceller,
    time: Option<Duration>,
) -> Result<Answer, Limited> {
    let answer = Arc::new(Mutex::new(None));
    let failed = |what: String| HostError::new(format!("{}: {what}", call.name));
    let running = match run_of(&call, &answer, options) {
        Ok(run) => Running::new(run, canceller, time),
        Err(what) => return Ok(Err(failed(what))),
    };
    let Ok((running, _)) = threads.go_on(running, &mut Progress::none()).await else {
        return Ok(Err(failed("the call panicked".to_owned())));
    };
    let (_, report, _) = running.finish();
    let kept = lock(&answer).take();
    let error = report.json().err().map(|error| error.to_string());
    match (kept, report.outcome) {
        // A limit may have ended it after the function itself had answered.
        (Some(Ok(values)), _) => Ok(Ok(values)),
        (
            _,
            outcome @ (Outcome::OutOfFuel
            | Outcome::OutOfMemory
            | Outcome::OutputLimit
            | Outcome::HostCallLimit),
        ) => Err(Limited { function: call.name, outcome }),
        (Some(answer), _) => Ok(answer),
        (None, _) => match error {
            Some(error) => Ok(Err(failed(error))),
            None => Ok(Ok(Vec::new())),
        },
    }
}

/// Makes the run that carries out a call.
///
/// # Errors
/// Why it cannot be made.
fn run_of(
    call: &PendingCall,
    answer: &Arc<Mutex<Option<Answer>>>,
    options: &Options,
) -> Result<Run, String> {
    let (builder, gate) = options.makers.carry()?;
    let keeping = Keeping { gate, answer: Arc::clone(answer) };
    let mut session = builder.policy(keeping).build().map_err(|e| e.to_string())?;
    let mut args = call.args.clone();
    if args.iter().any(HostValue::is_of_session) {
        // The function that is called has to see that something is there which it cannot use.
        let own = session.function("print").map_err(|e| e.to_string())?;
        args.iter_mut().for_each(|arg| put_own(arg, &own));
    }
    Ok(session.start_call(call.name.as_str(), Variadic(args)))
}

/// Puts a function of the session that carries out the call in the place of all that.
fn put_own(value: &mut HostValue, own: &Function) {
    match value {
        HostValue::Function(_) | HostValue::UserData(_) | HostValue::Opaque(_) => {
            *value = HostValue::Function(own.clone());
        }
        HostValue::Array(items) => items.iter_mut().for_each(|item| put_own(item, own)),
        HostValue::Object(fields) => fields.iter_mut().for_each(|(_, value)| put_own(value, own)),
        _ => {}
    }
}
