//! What is wrong with an attempt, and what makes two failures one.

use crate::session::is_internal;
use crate::vm::state::coverage::Coverage;
use crate::{ErrorKind, LuaError, Outcome, Report};
use std::fmt;

/// How a script failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FailureKind {
    /// It raised an error that nothing caught.
    Error,
    /// It ran out of fuel: a loop without an end, or work out of proportion to its input.
    Fuel,
    /// It ran out of memory.
    Memory,
    /// It printed too much.
    Output,
    /// It called the host too often.
    HostCalls,
    /// A host function panicked, whether or not the script caught the error that became of it.
    Panic,
    /// What [`Target::expect`](super::Target::expect) asks for did not hold.
    Expectation,
    /// A fault of this library's.
    Internal,
}

impl FailureKind {
    /// Returns the name that JSON reports and file names give the kind.
    pub fn name(self) -> &'static str {
        match self {
            FailureKind::Error => "error",
            FailureKind::Fuel => "fuel",
            FailureKind::Memory => "memory",
            FailureKind::Output => "output",
            FailureKind::HostCalls => "host_calls",
            FailureKind::Panic => "panic",
            FailureKind::Expectation => "expectation",
            FailureKind::Internal => "internal",
        }
    }
}

/// What is wrong with an attempt, and where. Two failures of one kind at one place are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// How.
    pub kind: FailureKind,
    /// Where: `chunk:line` of the error, or of the instruction that was executed most often
    /// when fuel ran out; empty if it is not known.
    pub place: String,
    /// The message.
    pub message: String,
    /// The traceback, or nothing.
    pub traceback: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind.name())?;
        if !self.place.is_empty() {
            write!(f, " at {}", self.place)?;
        }
        write!(f, ": {}", self.message)
    }
}

impl Failure {
    /// Finds out what is wrong with a run, if anything: `panicked` host functions, and what
    /// was counted, which tells where the fuel went.
    pub(super) fn of(report: &Report, panicked: u64, coverage: &Coverage) -> Option<Failure> {
        let kind = match &report.outcome {
            _ if panicked > 0 => FailureKind::Panic,
            outcome if is_internal(outcome) => FailureKind::Internal,
            // Results without a JSON form are nobody's fault here.
            Outcome::Done(_) | Outcome::Exit(_) => return None,
            Outcome::Failed(_) => FailureKind::Error,
            Outcome::OutOfFuel => FailureKind::Fuel,
            Outcome::OutOfMemory => FailureKind::Memory,
            Outcome::OutputLimit => FailureKind::Output,
            Outcome::HostCallLimit => FailureKind::HostCalls,
            Outcome::Deadline | Outcome::Cancelled => return None,
        };
        let error = report.json().err();
        let place = match kind {
            FailureKind::Fuel => Failure::hottest(coverage),
            _ => error.as_ref().map(place_of).unwrap_or_default(),
        };
        let message = match &error {
            Some(error) => error.to_string(),
            None => "a host function panicked".to_owned(),
        };
        let traceback = error.map(|error| error.traceback).unwrap_or_default();
        Some(Failure { kind, place, message, traceback })
    }

    /// Makes a failure of an expectation that did not hold.
    pub(super) fn expectation(message: String) -> Failure {
        let (kind, place) = (FailureKind::Expectation, String::new());
        Failure { kind, place, message, traceback: String::new() }
    }

    /// Returns where the instruction is that was executed most often.
    pub(super) fn hottest(coverage: &Coverage) -> String {
        let mut most = 0;
        let mut place = String::new();
        coverage.for_each_touched(|function| {
            let mut line = None;
            for (count, at) in function.counts.list.iter().zip(&function.proto.lines) {
                if count.hits.get() > most {
                    most = count.hits.get();
                    line = Some(at);
                }
            }
            if let Some(line) = line {
                let name = crate::base::chunk_id::chunk_id(&function.proto.source);
                place = format!("{}:{line}", String::from_utf8_lossy(&name));
            }
        });
        place
    }

    /// Returns what the same failures have in common.
    pub(super) fn key(&self) -> String {
        // Chunks that are named by their text may be made of the input.
        let place = if self.place.starts_with("[string ") { "[string]" } else { &self.place };
        let mut key = format!("{}@{place}", self.kind.name());
        if let FailureKind::Error | FailureKind::Expectation = self.kind {
            // The same line may fail in several ways of the language's own.
            let text = self.message.strip_prefix(&format!("{}: ", self.place));
            let text = text.unwrap_or(&self.message);
            let own = ["attempt to ", "bad argument "].iter().any(|own| text.starts_with(own));
            if own || self.place.is_empty() {
                let words = text.split(' ').take(3).map(|word| {
                    // Numbers and values are of the input.
                    let plain = word.chars().all(|c| c.is_ascii_alphabetic());
                    if plain { word } else { "?" }
                });
                key.extend(words.flat_map(|word| [" ", word]));
            }
        }
        key
    }
}

/// Returns where an error was raised: its position, or else what the traceback begins with.
fn place_of(error: &LuaError) -> String {
    if let Some(line) = error.line {
        return format!("{}:{line}", error.chunk);
    }
    if error.kind == ErrorKind::Conversion {
        return String::new();
    }
    let lines = error.traceback.lines().skip(1).map(str::trim);
    let mut places = lines.filter_map(|line| {
        let (place, _) = line.split_once(": in ")?;
        let (_, line) = place.rsplit_once(':')?;
        line.parse::<u32>().ok().map(|_| place.to_owned())
    });
    places.next().unwrap_or_default()
}
