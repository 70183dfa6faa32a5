//! Runs driven to their end: turn by turn, and past the calls that the user is asked about.

use super::asking::{ask, request};
use super::caller::{Asking, Caller};
use super::carry::{Limited, carry_out};
use super::consent::{form, note, refusal};
use super::decision::Decision;
use super::options::Options;
use super::questions::{answer, is_question, settled};
use super::seal::Seal;
use super::spent::good_for;
use super::suspended::Suspended;
use super::turns::{Gone, Halt, Printed, Running, Threads};
use crate::{Canceller, Effect, HostError, HostValue, Limits, PendingCall, Report, Session};
use rmcp::model::{InputRequests, InputRequiredResult};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// The most bytes of a run that a client is given to keep.
const LARGEST: usize = 6 << 20;

/// Drives runs, with what they share.
#[derive(Clone, Debug)]
pub(super) struct Runner {
    pub(super) options: Arc<Options>,
    pub(super) threads: Threads,
    pub(super) seal: Arc<Seal>,
}

/// What a run comes to.
pub(super) enum RunEnd {
    /// It has ended.
    Ended(Box<(Session, Report, Printed)>),
    /// It has ended since a call that was allowed ran into a limit.
    Limited(Box<(Session, Report, Printed)>, String),
    /// The client keeps it while the user is asked; the session is as before the run.
    Asks(InputRequiredResult, Box<Session>),
}

/// What belongs to a run beside itself.
#[derive(Clone, Debug)]
pub(super) struct RunContext {
    pub(super) limits: Limits,
    /// The session it belongs to, and that session's version.
    pub(super) session: Option<(String, u64)>,
    /// What the user has said already.
    pub(super) said: BTreeMap<u64, Decision>,
}

/// What is known about calls when they have been asked about.
enum Heard {
    Said(BTreeMap<u64, Decision>),
    /// Nobody can be asked: why.
    Nobody(String),
    Later(InputRequiredResult),
}

/// Returns the name of a call among the requests to a client.
pub(super) fn key(call: &PendingCall) -> String {
    format!("call-{}", call.id)
}

/// Answers questions that are none, and returns the other calls.
fn settle(running: &mut Running, calls: Vec<PendingCall>) -> Vec<PendingCall> {
    let mut open = Vec::new();
    for call in calls {
        match is_question(&call).then(|| settled(&call)).flatten() {
            // It waits for just this.
            Some(answer) => drop(running.run.answer(call.id, Ok(vec![answer]))),
            None => open.push(call),
        }
    }
    open
}

impl Runner {
    /// Goes on with a run to its end, or until the client must come again.
    pub(super) async fn drive(
        &self,
        mut running: Running,
        caller: &Caller,
        mut context: RunContext,
    ) -> Result<RunEnd, Gone> {
        let mut progress = caller.progress(context.limits.fuel);
        loop {
            let halt;
            (running, halt) = self.threads.go_on(running, &mut progress).await?;
            let calls = match halt {
                Halt::Ended => return Ok(RunEnd::Ended(Box::new(running.finish()))),
                Halt::Asks(calls) => settle(&mut running, calls),
            };
            if calls.is_empty() {
                continue;
            }
            running.pause();
            let said = std::mem::take(&mut context.said);
            let heard = self.ask(&mut running, &calls, said, caller, &context).await;
            let answers = match heard {
                Heard::Later(result) => {
                    let (session, ..) = running.finish();
                    return Ok(RunEnd::Asks(result, Box::new(session)));
                }
                Heard::Nobody(why) => self.refuse(calls, &why),
                Heard::Said(said) => {
                    // What a call takes is the run's time.
                    running.resume();
                    let time = running.time_left();
                    match self.act(calls, &said, time, &caller.canceller).await {
                        Ok(answers) => answers,
                        Err(Limited { function, outcome }) => {
                            let (session, mut report, printed) = running.finish();
                            report.outcome = outcome;
                            let ended = Box::new((session, report, printed));
                            return Ok(RunEnd::Limited(ended, function));
                        }
                    }
                }
            };
            running.resume();
            for (id, answer) in answers {
                // It waits for just these.
                let _ = running.run.answer(id, answer);
            }
        }
    }

    /// Asks the user about calls, in the way that the client has.
    async fn ask(
        &self,
        running: &mut Running,
        calls: &[PendingCall],
        said: BTreeMap<u64, Decision>,
        caller: &Caller,
        context: &RunContext,
    ) -> Heard {
        let open: Vec<&PendingCall> =
            calls.iter().filter(|call| !said.contains_key(&call.id)).collect();
        if open.is_empty() {
            return Heard::Said(said);
        }
        if let Asking::Not(why) = caller.asking {
            return Heard::Nobody(why.to_owned());
        }
        if matches!(caller.asking, Asking::Again) && caller.task.get().is_none() {
            return match self.put_aside(running, &said, caller, context) {
                Ok(state) => {
                    let requests: InputRequests =
                        open.iter().map(|call| (key(call), request(form(call)))).collect();
                    Heard::Later(InputRequiredResult::new(Some(requests), Some(state)))
                }
                Err(why) => Heard::Nobody(why),
            };
        }
        caller.tell("the user is asked");
        let mut asking = JoinSet::new();
        for call in open {
            let (id, key, form) = (call.id, key(call), form(call));
            let (task, how) = (caller.task.get().cloned(), caller.asking.clone());
            let (time, canceller) = (self.options.thinking, caller.canceller.clone());
            asking.spawn(async move {
                (id, ask(task.as_ref(), &how, key, form, time, &canceller).await)
            });
        }
        let mut said = said;
        // Each ends when the call is cancelled, and tells the client so.
        while let Some(answered) = asking.join_next().await {
            if let Ok((id, decision)) = answered {
                said.insert(id, decision);
            }
        }
        caller.tell("the script is running");
        for call in calls {
            said.entry(call.id).or_insert(Decision::Cancelled);
        }
        Heard::Said(said)
    }

    /// Makes what the client keeps of a run that waits.
    ///
    /// # Errors
    /// Why it cannot be put aside.
    fn put_aside(
        &self,
        running: &mut Running,
        said: &BTreeMap<u64, Decision>,
        caller: &Caller,
        context: &RunContext,
    ) -> Result<String, String> {
        let cannot =
            |why: String| format!("the run cannot be put aside while the user is asked: {why}");
        let run = running.run.snapshot().map_err(|e| cannot(e.to_string()))?;
        if run.len() > LARGEST {
            let text = format!("it has {} bytes, more than {LARGEST}", run.len());
            return Err(cannot(text));
        }
        let suspended = Suspended {
            name: good_for(self.options.thinking).map_err(|e| cannot(e.to_string()))?,
            fuel: context.limits.fuel,
            left: running.left(),
            session: context.session.clone(),
            said: said.clone(),
            printed: running.printed.clone(),
            run,
        };
        Ok(self.seal.close(&suspended.write(), &caller.fingerprint, self.options.thinking))
    }

    fn refuse(&self, calls: Vec<PendingCall>, why: &str) -> Vec<(u64, Answer)> {
        let declared = &self.options.declared;
        let would_allow = "--allow, when the server is started";
        let refuse = |call: &PendingCall| {
            self.note(call, "consent");
            (call.id, refusal(call, declared, why, would_allow))
        };
        calls.iter().map(refuse).collect()
    }

    /// Writes a call that is not made into the log.
    fn note(&self, call: &PendingCall, rule: &str) {
        let Some(audit) = self.options.audit.as_ref().filter(|_| !is_question(call)) else {
            return;
        };
        note(audit, &call.name, &call.args, call.id, rule);
    }

    /// Does what the user has said, in the order in which the script has called. Programs work
    /// at once, as those do that nobody is asked about; whatever else is called has ended when
    /// the next begins.
    ///
    /// # Errors
    /// The first limit that a call ran into.
    async fn act(
        &self,
        calls: Vec<PendingCall>,
        said: &BTreeMap<u64, Decision>,
        time: Option<Duration>,
        canceller: &Canceller,
    ) -> Result<Vec<(u64, Answer)>, Limited> {
        let mut answers = Vec::new();
        let mut limited = None;
        let mut at_work = JoinSet::new();
        for call in calls {
            let id = call.id;
            let decision = said.get(&id).unwrap_or(&Decision::Cancelled);
            if is_question(&call) {
                answers.push((id, answer(&call, decision)));
            } else if decision.allows() && !self.runs_programs(&call) {
                match carry_out(call, &self.options, &self.threads, canceller, time).await {
                    Ok(answer) => answers.push((id, answer)),
                    Err(limit) => limited = limited.or(Some(limit)),
                }
            } else if decision.allows() {
                let (runner, canceller) = (self.clone(), canceller.clone());
                at_work.spawn(async move {
                    let answer =
                        carry_out(call, &runner.options, &runner.threads, &canceller, time).await;
                    (id, answer)
                });
            } else {
                let what = match decision {
                    Decision::Cancelled => "the user was asked and gave no answer",
                    _ => "the user was asked and declined",
                };
                self.note(&call, "user");
                answers.push((id, refusal(&call, &self.options.declared, what, "")));
            }
        }
        while let Some(done) = at_work.join_next().await {
            match done {
                Ok((id, Ok(answer))) => answers.push((id, answer)),
                Ok((_, Err(limit))) => limited = limited.or(Some(limit)),
                Err(_) => {}
            }
        }
        limited.map_or(Ok(answers), Err)
    }

    fn runs_programs(&self, call: &PendingCall) -> bool {
        let declared = self.options.declared.iter().find(|one| one.path() == call.name);
        declared.is_some_and(|one| one.effects.contains(&Effect::Exec))
    }
}

type Answer = Result<Vec<HostValue>, HostError>;
