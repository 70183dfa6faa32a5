//! What a machine and its host hand each other over a call of a host function: what is asked,
//! and what is answered.

use super::objects::Owned;
use super::reply::Then;
use crate::session::values::admission::{admitted, too_large};
use crate::session::values::convert::{host_bytes, reply_bytes};
use crate::session::values::function::Function;
use crate::session::values::host_error::{HostError, Raised};
use crate::session::values::host_value::HostValue;
use std::rc::Rc;

/// Tells whether the policy is asked about what is called.
pub(in crate::session) fn is_asked(target: Target) -> bool {
    !matches!(target, Target::Function(SOURCE))
}

/// The number of the built-in host call `source(name)`: no function has it, nor is there a flag
/// in it.
pub(in crate::session) const SOURCE: usize = u32::MAX as usize;

/// Makes the answer of the function `name`, which is an error if it is too large.
pub(in crate::session) fn answer_of(
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
pub(in crate::session) fn values_of(name: &str, values: Vec<HostValue>, limit: u64) -> Answer {
    Answer::new(admitted(name, values, limit))
}

/// Makes the answer of a function's error.
pub(in crate::session) fn error_of(name: &str, mut error: HostError, limit: u64) -> Answer {
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
pub(in crate::session) struct Request {
    pub(in crate::session) target: Target,
    pub(in crate::session) args: Vec<HostValue>,
    /// The object that a method is called on.
    pub(in crate::session) object: Option<Rc<Owned>>,
    /// What a function of the script's has returned, or raised, and what the host function
    /// that had it called does with it: it goes on, and nothing is called anew.
    pub(in crate::session) then: Option<Returned>,
    /// Places of the handles that were made for the call.
    pub(in crate::session) made: Vec<u32>,
}

/// What a function of the script's has come to, and what goes on with it.
pub(in crate::session) struct Returned {
    pub(in crate::session) then: Then,
    pub(in crate::session) result: Result<Vec<HostValue>, HostError>,
    /// The call's number in the trace.
    pub(in crate::session) number: u64,
}

impl Request {
    pub(in crate::session) fn new(target: Target, args: Vec<HostValue>, made: Vec<u32>) -> Request {
        Request { target, args, object: None, then: None, made }
    }
}

/// What is called, by number.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) enum Target {
    Function(usize),
    Method { kind: usize, number: usize },
}

/// The host's answer on its way back.
pub(in crate::session) struct Answer {
    pub(in crate::session) result: Result<Vec<HostValue>, HostError>,
    /// Logical bytes of the values.
    pub(in crate::session) bytes: usize,
    /// Memory for it was refused once.
    pub(in crate::session) refused: bool,
    /// The function of the script's that is to be called with the values.
    pub(in crate::session) calls: Option<Calling>,
    /// The host function.
    pub(in crate::session) target: Option<Target>,
    /// Places of the handles that were made for the call.
    pub(in crate::session) made: Vec<u32>,
}

/// A function of the script's that is to be called, and what goes on with its results.
pub(in crate::session) struct Calling {
    pub(in crate::session) function: Function,
    pub(in crate::session) then: Then,
    /// The call's number in the trace.
    pub(in crate::session) number: u64,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Answer").field(&self.result).finish()
    }
}

impl Answer {
    pub(in crate::session) fn new(result: Result<Vec<HostValue>, HostError>) -> Answer {
        let bytes = match &result {
            Ok(values) => reply_bytes(values),
            Err(error) => {
                error.as_value().map_or(0, |value| reply_bytes(std::slice::from_ref(value)))
            }
        };
        Answer { result, bytes, refused: false, calls: None, target: None, made: Vec::new() }
    }

    /// Makes the answer that calls a function of the script's.
    pub(in crate::session) fn calling(
        function: Function,
        args: Vec<HostValue>,
        then: Then,
    ) -> Answer {
        Answer { calls: Some(Calling { function, then, number: 0 }), ..Answer::new(Ok(args)) }
    }

    /// Returns the logical bytes of the values.
    pub(in crate::session) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(in crate::session) fn into_result(self) -> Result<Vec<HostValue>, HostError> {
        self.result
    }

    /// Returns the values if they are few and small enough to be made at once.
    pub(in crate::session) fn small(&self) -> Option<&[HostValue]> {
        self.result.as_ref().ok().and_then(|values| small(values))
    }
}

/// Returns these values if they are few and small enough to be made at once.
pub(in crate::session) fn small(values: &[HostValue]) -> Option<&[HostValue]> {
    let is_small = |value: &HostValue| match value {
        HostValue::String(bytes) => bytes.len() <= SMALL_STRING,
        HostValue::Array(_) | HostValue::Object(_) => false,
        _ => true,
    };
    (values.len() <= SMALL && values.iter().all(is_small)).then_some(values)
}

/// Most values of a reply that is made at once, and the longest string in one.
pub(in crate::session) const SMALL: usize = 8;
pub(in crate::session) const SMALL_STRING: usize = 1024;
