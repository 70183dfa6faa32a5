//! A call of an extension's tool at work on its thread, and what it asks meanwhile.
//!
//! An extension's session belongs to all of its calls, so a call that asks the user is not put
//! aside as a script's run is: its thread waits. The questions come from there one by one. If
//! the process ends meanwhile, another one takes the call up from its journal (`paused`).

use super::asking::{ask, request};
use super::caller::{Asking, Caller};
use super::consent::approval;
use super::decision::Decision;
use super::progress::Progress;
use super::questions::{answer_of, form};
use super::turns::{Bell, Gone};
use crate::host::imp::{ImpError, ToolOutput};
use crate::host::ui::{Ui, UiAnswer, UiKind, UiRequest};
use crate::session::{Journal, lock};
use crate::{Canceller, HostValue};
use rmcp::model::{ElicitRequestParams, InputRequest};
use std::collections::VecDeque;
use std::fmt;
use std::future::pending;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::{OwnedMutexGuard, oneshot};

/// What a tool's call comes to; nothing, if there is no such tool any more.
pub(super) type Called = Option<Result<ToolOutput, ImpError>>;

/// What an extension asks, and where the answer goes.
#[derive(Debug)]
pub(super) struct Question {
    form: ElicitRequestParams,
    tell: oneshot::Sender<Decision>,
}

/// Whom extensions ask: set while a call is at work whose client can be asked.
#[derive(Clone, Default)]
pub(crate) struct Listener(Arc<Mutex<Option<UnboundedSender<Question>>>>);

impl Listener {
    /// Sets who hears questions from now on.
    pub(super) fn listen(&self, to: Option<UnboundedSender<Question>>) {
        *lock(&self.0) = to;
    }

    /// Asks, and waits for the answer: on a thread that may wait. Nothing, if nobody can be
    /// asked.
    fn ask(&self, form: ElicitRequestParams) -> Option<Decision> {
        let listener = lock(&self.0).clone()?;
        let (tell, told) = oneshot::channel();
        listener.send(Question { form, tell }).ok()?;
        // Whoever lets the question go gives no answer.
        Some(told.blocking_recv().unwrap_or(Decision::Cancelled))
    }

    /// Asks whether a function may be called.
    pub(super) fn may(&self, function: &str, args: &[HostValue]) -> Option<Decision> {
        self.ask(approval("An extension", function, args, None))
    }
}

impl Ui for Listener {
    fn ask(&self, request: &UiRequest) -> UiAnswer {
        if request.kind == UiKind::Custom {
            return UiAnswer::Unavailable;
        }
        match Listener::ask(self, form(request)) {
            Some(decision) => answer_of(request, &decision),
            None => UiAnswer::Unavailable,
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

/// What a call on its thread has come to, and what it did otherwise than before.
pub(super) type Worked = Result<(Called, Option<String>), Gone>;

/// Returns the name of a question among the requests to a client.
pub(super) fn key(number: u64) -> String {
    format!("question-{number}")
}

/// A call at work.
pub(super) struct ToolCall {
    pub(super) work: Pin<Box<dyn Future<Output = Worked> + Send>>,
    /// Its number, as the tool has it.
    pub(super) id: String,
    pub(super) journal: Journal,
    /// What the user has said before the call was taken up here.
    pub(super) known: VecDeque<Decision>,
    /// What the user has said within this host call, counted from 1.
    pub(super) said: (usize, Vec<Decision>),
    pub(super) updates: UnboundedReceiver<String>,
    pub(super) questions: UnboundedReceiver<Question>,
    /// The time it has left, without that in which it waits for answers.
    pub(super) left: Option<Duration>,
    pub(super) stop: StopOnDrop,
    /// The question that the client has been given to answer.
    pub(super) open: Option<(String, Question)>,
    pub(super) asked: u64,
    /// No other call is at work in the extensions.
    pub(super) _turn: OwnedMutexGuard<u64>,
}

/// Cancels a call when nobody waits for it any more.
#[derive(Debug)]
pub(super) struct StopOnDrop(pub(super) Canceller);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// What a call comes to for now.
pub(super) enum ToolCallEnd {
    Ended(Worked),
    /// It has used up its time.
    Late,
    /// The client must come again with an answer.
    Asks(Box<ToolCall>),
}

impl ToolCall {
    /// Has the call go on until it ends, or the client must come again.
    pub(super) async fn go_on(mut self, caller: &Caller, thinking: Duration) -> ToolCallEnd {
        let mut progress = caller.progress(0);
        let mut told = 0;
        if let Some((key, question)) = self.open.take() {
            self.tell(question, caller.said(&key));
        }
        loop {
            let begin = Instant::now();
            let (left, canceller) = (self.left, self.stop.0.clone());
            let time_is_over = async {
                match left {
                    Some(left) => tokio::time::sleep(left).await,
                    None => pending().await,
                }
            };
            let cancelled = async {
                if canceller.is_cancelled() {
                    // It ends by itself.
                    pending::<()>().await;
                }
                Bell::cancelled(&caller.canceller).await;
            };
            tokio::select! {
                ended = &mut self.work => {
                    self.tell_rest(&mut told, &mut progress).await;
                    return ToolCallEnd::Ended(ended);
                }
                Some(text) = self.updates.recv() => {
                    told += 1;
                    progress.say(told, text).await;
                }
                Some(question) = self.questions.recv() => {
                    self.tell_rest(&mut told, &mut progress).await;
                    self.spend(begin);
                    let at = self.journal.count();
                    if self.said.0 != at {
                        self.said = (at, Vec::new());
                    }
                    if let Some(decision) = self.known.pop_front() {
                        self.tell(question, decision);
                        continue;
                    }
                    if let Some(question) = self.ask(question, caller, thinking).await {
                        self.open = Some(question);
                        return ToolCallEnd::Asks(Box::new(self));
                    }
                    continue;
                }
                () = time_is_over => {
                    self.stop.0.cancel();
                    // Whoever asks now asks nobody: the thread must not wait for us.
                    self.questions.close();
                    while self.questions.try_recv().is_ok() {}
                    // It ends at its next step.
                    let _ = (&mut self.work).await;
                    return ToolCallEnd::Late;
                }
                () = cancelled => self.stop.0.cancel(),
            }
            self.spend(begin);
        }
    }

    /// Gives a question its answer.
    fn tell(&mut self, question: Question, decision: Decision) {
        self.said.1.push(decision.clone());
        // The call may have ended meanwhile.
        let _ = question.tell.send(decision);
    }

    fn spend(&mut self, since: Instant) {
        self.left = self.left.map(|left| left.saturating_sub(since.elapsed()));
    }

    /// Tells what has not been heard yet.
    async fn tell_rest(&mut self, told: &mut u64, progress: &mut Progress) {
        while let Ok(text) = self.updates.try_recv() {
            *told += 1;
            progress.say(*told, text).await;
        }
    }

    /// Asks the user while the call waits; returns the question if the client must come again
    /// for it.
    async fn ask(
        &mut self,
        question: Question,
        caller: &Caller,
        thinking: Duration,
    ) -> Option<(String, Question)> {
        self.asked += 1;
        let key = key(self.asked);
        let form = question.form.clone();
        let task = caller.task.get();
        if task.is_none() && matches!(caller.asking, Asking::Again) {
            return Some((key, question));
        }
        caller.tell("the user is asked");
        let decision = ask(task, &caller.asking, key, form, thinking, &caller.canceller).await;
        caller.tell("the tool is at work");
        self.tell(question, decision);
        None
    }

    /// Returns what the client is to answer: its key and the request.
    pub(super) fn request(&self) -> Option<(String, InputRequest)> {
        let (key, question) = self.open.as_ref()?;
        Some((key.clone(), request(question.form.clone())))
    }
}
