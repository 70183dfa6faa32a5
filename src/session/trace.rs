//! Traces: everything that a session got from outside, line by line, so that its runs can be
//! repeated without it.

mod call;
mod cancelled;
mod deck;
mod diff;
mod divergence;
mod ended;
mod header;
mod in_place;
#[cfg(feature = "mcp")]
mod journal;
#[cfg(feature = "mcp")]
mod journaled;
mod json;
mod limits;
mod line;
mod live;
mod notes;
mod player;
mod record;
mod recorded;
mod recording;
mod redact;
mod replay;
mod reply;
mod resume;
mod stage;
mod taking;
mod tape;
mod text;
mod value;
mod view;
mod writer;

pub use diff::TraceDifference;
pub use divergence::{Divergence, ReplayError};
pub use live::{Decision, OpenCall};
#[cfg(feature = "cli")]
pub(crate) use recorded::NEVER_BEGAN;
pub use recorded::TraceError;
pub use redact::{TracePart, TraceValue};
pub use replay::{Replay, Trace};
pub use resume::{Resumed, ResumedAt};
pub use view::{ReplayCall, ReplayView, Until};
pub use writer::TraceWriter;

#[cfg(feature = "mcp")]
pub(crate) use journal::Journal;
pub(super) use recording::Recording;
pub(super) use tape::{OWN, OwnTape, Start, TEMPLATE, Tape};
