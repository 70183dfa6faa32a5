//! Why a call has no result of its tool's.

use super::ended::Refused;
use super::seal::{Broken, Seal};
use super::spent::Spent;
use super::turns::Gone;
use rmcp::ErrorData;

/// Why a call has no result of its tool's.
pub(super) enum Failed {
    /// The model is told.
    Told(Refused),
    /// The client has not kept to the protocol.
    Protocol(ErrorData),
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Self {
        Failed::Told(refused)
    }
}

impl From<String> for Failed {
    fn from(text: String) -> Self {
        Failed::Told(Refused::usage(text))
    }
}

impl From<Gone> for Failed {
    fn from(Gone: Gone) -> Self {
        Failed::Told(Refused::new("internal", "the call panicked: this is a fault of the server's"))
    }
}

/// What a client brings that was not given to it.
pub(super) const FORGED: &str = "requestState is not what this server gave for this call";

/// A client that has not kept to the protocol.
pub(super) fn protocol(text: &str) -> Failed {
    Failed::Protocol(ErrorData::invalid_params(text.to_owned(), None))
}

/// Returns what a client was given to keep for a call.
///
/// # Errors
/// When it is not that, or too old.
pub(super) fn opened(seal: &Seal, sealed: &str, call: &[u8]) -> Result<Vec<u8>, Failed> {
    seal.open(sealed, call).map_err(|broken| match broken {
        Broken::Forged => protocol(FORGED),
        Broken::Expired => Failed::Told(Refused::new(
            "deadline",
            "the time to answer is over, and nothing was done: call again without requestState",
        )),
    })
}

/// Uses up the name of what a client has kept.
///
/// # Errors
/// When that was done before, or cannot be noted.
pub(super) fn use_up(spent: &Spent, name: &str) -> Result<(), Failed> {
    let first = spent.spend(name).map_err(|error| {
        Refused::new("internal", format!("that an answer was used cannot be noted: {error}"))
    })?;
    if first {
        return Ok(());
    }
    let text = "this answer was given already: call again without requestState";
    Err(Refused::usage(text).into())
}
