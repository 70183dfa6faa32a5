//! What a machine and its host hand each other over a call of a host function: what is asked,
//! and what is answered.

use super::admission::{admitted, too_large};
use super::convert::{host_bytes, reply_bytes};
use super::functions::Function;
use super::host_error::{HostError, Raised};
use super::host_value::HostValue;
use super::objects::Owned;
use super::reply::Then;
use std::rc::Rc;

/// Tells whether the policy is asked about what is called.
pub(super) fn is_asked(target: Target) -> bool {
    !matches!(target, Target::Function(SOURCE))
}

/// The number of the built-in host call `source(name)`: no function has it, nor is there a flag
/// in it.
pub(super) const SOURCE: usize = u32::MAX as usize;

/// Makes the answer of the function `name`, which is an error if it is too large.
pub(super) fn answer_of(
    name: &str,
    answer: Result<Vec<HostValue>, HostError>,
    limit: u64,
) -> Answer {
    match answer {
        Ok(values) => values_of(name, values, limit),
        Err(error) => error_of(name, error, limit),
    }
}

/// Makes the answer of a function's results.
pub(super) fn values_of(name: &str, values: Vec<HostValue>, limit: u64) -> Answer {
    Answer::new(admitted(name, values, limit))
}

/// Makes the answer of a function's error.
pub(super) fn error_of(name: &str, mut error: HostError, limit: u64) -> Answer {
    let bytes = match error.raised_mut() {
        Raised::Value(value) => host_bytes(value),
        Raised::Message(text) | Raised::Kind(_, text) => text.len() as u64,
        Raised::Argument(mismatch) => {
            mismatch.set_function(name);
            0
        }
        Raised::Script { .. } | Raised::Memory | Raised::Stopped => 0,
    };
    if bytes > limit {
        error = too_large(name, bytes, limit);
    }
    Answer::new(Err(error))
}

/// A call on its way to the host.
pub(super) struct Request {
    pub(super) target: Target,
    pub(super) args: Vec<HostValue>,
    /// The object that a method is called on.
    pub(super) object: Option<Rc<Owned>>,
    /// What a function of the script's has returned, or raised, and what the host function
    /// that had it called does with it: it goes on, and nothing is called anew.
    pub(super) then: Option<Returned>,
    /// Places of the handles that were made for the call.
    pub(super) made: Vec<u32>,
}

/// What a function of the script's has come to, and what goes on with it.
pub(super) struct Returned {
    pub(super) then: Then,
    pub(super) result: Result<Vec<HostValue>, HostError>,
    /// The call's number in the trace.
    pub(super) number: u64,
}

impl Request {
    pub(super) fn new(target: Target, args: Vec<HostValue>, made: Vec<u32>) -> Request {
        Request { target, args, object: None, then: None, made }
    }
}

/// What is called, by number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    Function(usize),
    Method { kind: usize, number: usize },
}

/// The host's answer on its way back.
pub(super) struct Answer {
    pub(super) result: Result<Vec<HostValue>, HostError>,
    /// Logical bytes of the values.
    pub(super) bytes: usize,
    /// Memory for it was refused once.
    pub(super) refused: bool,
    /// The function of the script's that is to be called with the values.
    pub(super) calls: Option<Calling>,
    /// The host function.
    pub(super) target: Option<Target>,
    /// Places of the handles that were made for the call.
    pub(super) made: Vec<u32>,
}

/// A function of the script's that is to be called, and what goes on with its results.
pub(super) struct Calling {
    pub(super) function: Function,
    pub(super) then: Then,
    /// The call's number in the trace.
    pub(super) number: u64,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Answer").field(&self.result).finish()
    }
}

impl Answer {
    pub(super) fn new(result: Result<Vec<HostValue>, HostError>) -> Answer {
        let bytes = match &result {
            Ok(values) => reply_bytes(values),
            Err(error) => {
                error.as_value().map_or(0, |value| reply_bytes(std::slice::from_ref(value)))
            }
        };
        Answer { result, bytes, refused: false, calls: None, target: None, made: Vec::new() }
    }

    /// Makes the answer that calls a function of the script's.
    pub(super) fn calling(function: Function, args: Vec<HostValue>, then: Then) -> Answer {
        Answer { calls: Some(Calling { function, then, number: 0 }), ..Answer::new(Ok(args)) }
    }

    /// Returns the logical bytes of the values.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn into_result(self) -> Result<Vec<HostValue>, HostError> {
        self.result
    }

    /// Returns the values if they are few and small enough to be made at once.
    pub(super) fn small(&self) -> Option<&[HostValue]> {
        self.result.as_ref().ok().and_then(|values| small(values))
    }
}

/// Returns these values if they are few and small enough to be made at once.
pub(super) fn small(values: &[HostValue]) -> Option<&[HostValue]> {
    let is_small = |value: &HostValue| match value {
        HostValue::String(bytes) => bytes.len() <= SMALL_STRING,
        HostValue::Array(_) | HostValue::Object(_) => false,
        _ => true,
    };
    (values.len() <= SMALL && values.iter().all(is_small)).then_some(values)
}

/// Most values of a reply that is made at once, and the longest string in one.
pub(super) const SMALL: usize = 8;

pub(super) const SMALL_STRING: usize = 1024;
