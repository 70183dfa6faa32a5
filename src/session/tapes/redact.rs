//! What is left out of a trace because the host says so.

use crate::session::functions::contained::contained;
use crate::session::values::error::LuaError;
use crate::session::values::host_error::{HostError, Raised};
use crate::session::values::host_value::HostValue;
use crate::session::values::outcome::Outcome;
use std::fmt;

/// What part of a run is about to be written into a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TracePart {
    /// The source of a chunk, or of a module: a string.
    Source,
    /// The JSON text of `args`, an argument of the chunk, or one of a function that is called
    /// from outside.
    Given,
    /// An argument of a host function.
    Argument,
    /// A result of a host function, or the value or message of its error.
    Reply,
    /// What a script has printed since the last entry: a string.
    Output,
    /// A value that the script has yielded, or that was given back to it.
    Yielded,
    /// How a run ended: its results as JSON text, or an error's message, traceback or value.
    Outcome,
}

/// Something that is about to be written into a trace: see
/// [`SessionBuilder::redact`](crate::SessionBuilder::redact).
#[derive(Debug)]
#[non_exhaustive]
pub struct TraceValue<'a> {
    /// What it is.
    pub part: TracePart,
    /// The host function whose argument or reply it is; empty for the rest.
    pub function: &'a str,
    /// The value: whatever it is changed to is what the trace gets.
    pub value: &'a mut HostValue,
}

type Hook = Box<dyn FnMut(TraceValue<'_>) + Send>;

/// The host's hooks, in the order in which they came.
#[derive(Default)]
pub(in crate::session) struct Redactor(Vec<Hook>);

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Redactor").finish_non_exhaustive()
    }
}

impl Redactor {
    pub(in crate::session) fn add(&mut self, hook: impl FnMut(TraceValue<'_>) + Send + 'static) {
        self.0.push(Box::new(hook));
    }

    /// Shows the hooks a value. Tells whether it was changed.
    fn value(&mut self, part: TracePart, function: &str, value: &mut HostValue) -> bool {
        let before = value.clone();
        for hook in &mut self.0 {
            let shown = TraceValue { part, function, value: &mut *value };
            // What it panicked over nobody may know.
            let Some(()) = contained(|| hook(shown)) else {
                *value = HostValue::Nil;
                return true;
            };
        }
        *value != before
    }

    /// Returns these values as they are to be written, if that is not as they are.
    pub(in crate::session) fn values(
        &mut self,
        part: TracePart,
        function: &str,
        values: &[HostValue],
    ) -> Option<Vec<HostValue>> {
        let mut values = values.to_vec();
        let mut changed = false;
        for value in &mut values {
            changed |= self.value(part, function, value);
        }
        changed.then_some(values)
    }

    /// As [`Redactor::values`], of a string.
    pub(in crate::session) fn bytes(&mut self, part: TracePart, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut value = HostValue::String(bytes.to_vec());
        let changed = self.value(part, "", &mut value);
        changed.then(|| match value {
            HostValue::String(bytes) => bytes,
            // Whatever stands for it is no text of the script's.
            _ => b"(redacted)".to_vec(),
        })
    }

    /// As [`Redactor::values`], of a reply.
    pub(in crate::session) fn reply(
        &mut self,
        function: &str,
        reply: &Result<Vec<HostValue>, HostError>,
    ) -> Option<Result<Vec<HostValue>, HostError>> {
        match reply {
            Ok(values) => self.values(TracePart::Reply, function, values).map(Ok),
            Err(error) => {
                let mut error = error.clone();
                let changed = match error.raised_mut() {
                    Raised::Message(message) | Raised::Kind(_, message) => {
                        let mut text = HostValue::String(std::mem::take(message));
                        let changed = self.value(TracePart::Reply, function, &mut text);
                        if let HostValue::String(text) = text {
                            *message = text;
                        }
                        changed
                    }
                    Raised::Value(value) | Raised::Script { value, .. } => {
                        self.value(TracePart::Reply, function, value)
                    }
                    _ => false,
                };
                changed.then_some(Err(error))
            }
        }
    }

    /// As [`Redactor::values`], of how a run ended. Values that were changed are a text.
    pub(in crate::session) fn outcome(&mut self, outcome: &Outcome) -> Option<Outcome> {
        match outcome {
            Outcome::Done(Ok(values)) => {
                let text = self.bytes(TracePart::Outcome, values.as_bytes())?;
                let text = HostValue::from(String::from_utf8_lossy(&text).into_owned());
                Some(Outcome::Done(Ok(text.to_json().ok()?.to_string())))
            }
            Outcome::Done(Err(error)) => self.error(error).map(|error| Outcome::Done(Err(error))),
            Outcome::Failed(error) => self.error(error).map(Outcome::Failed),
            _ => None,
        }
    }

    fn error(&mut self, error: &LuaError) -> Option<LuaError> {
        let mut error = error.clone();
        let mut changed = false;
        if let Some(message) = self.bytes(TracePart::Outcome, &error.message) {
            error.message = message;
            changed = true;
        }
        for text in [Some(&mut error.traceback), error.value.as_mut()].into_iter().flatten() {
            if let Some(other) = self.bytes(TracePart::Outcome, text.as_bytes()) {
                *text = String::from_utf8_lossy(&other).into_owned();
                changed = true;
            }
        }
        changed.then_some(error)
    }
}
