//! The requests that are not answered yet, and the batches that some of them belong to.

use rmcp::model::RequestId;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The requests under way.
#[derive(Debug, Default)]
pub(super) struct Flight {
    /// Few at a time: they are looked at one by one, since ids have no order.
    open: Vec<(RequestId, Option<u64>)>,
    batches: BTreeMap<u64, Batch>,
    last: u64,
}

/// The requests of one line, which are answered in one line.
#[derive(Debug)]
struct Batch {
    /// Answers that are to come.
    left: usize,
    answers: Vec<Value>,
}

/// What an answer comes to.
#[derive(Debug, PartialEq)]
pub(super) enum Answered {
    /// It is written as it is.
    Alone,
    /// It is kept for those that are to come.
    Later,
    /// All of a batch are there: they are written.
    Batch(Vec<Value>),
}

impl Flight {
    /// Tells whether a request of this id is under way.
    pub(super) fn has(&self, id: &RequestId) -> bool {
        self.open.iter().any(|(open, _)| open == id)
    }

    /// Notes a request.
    pub(super) fn begin(&mut self, id: RequestId, batch: Option<u64>) {
        self.open.push((id, batch));
    }

    fn end(&mut self, id: &RequestId) -> Option<Option<u64>> {
        let at = self.open.iter().position(|(open, _)| open == id)?;
        Some(self.open.swap_remove(at).1)
    }

    /// Begins a batch that is answered by so many answers, and returns its number.
    pub(super) fn batch(&mut self, answers: usize) -> u64 {
        self.last += 1;
        if answers > 0 {
            self.batches.insert(self.last, Batch { left: answers, answers: Vec::new() });
        }
        self.last
    }

    /// Notes the answer to a request.
    pub(super) fn answered(&mut self, id: &RequestId, answer: &impl Serialize) -> Answered {
        match self.end(id).flatten() {
            Some(batch) => self.answered_in(batch, answer),
            None => Answered::Alone,
        }
    }

    /// Notes an answer in a batch.
    pub(super) fn answered_in(&mut self, batch: u64, answer: &impl Serialize) -> Answered {
        // Answers are written as JSON anyway.
        let answer = serde_json::to_value(answer).ok();
        self.count(batch, answer)
    }

    /// Notes that a request will not be answered.
    pub(super) fn cancelled(&mut self, id: &RequestId) -> Answered {
        match self.end(id).flatten() {
            Some(batch) => self.count(batch, None),
            None => Answered::Later,
        }
    }

    fn count(&mut self, number: u64, answer: Option<Value>) -> Answered {
        let Some(batch) = self.batches.get_mut(&number) else { return Answered::Later };
        batch.answers.extend(answer);
        batch.left = batch.left.saturating_sub(1);
        if batch.left > 0 {
            return Answered::Later;
        }
        let answers = self.batches.remove(&number).map(|batch| batch.answers).unwrap_or_default();
        // Where all were cancelled, nothing is answered.
        if answers.is_empty() { Answered::Later } else { Answered::Batch(answers) }
    }
}

#[cfg(test)]
mod tests;
