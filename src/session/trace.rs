//! Traces as their users have them: everything that a session got from outside, read, compared,
//! repeated without it, looked at as it stood, gone on with.

mod cancelled;
mod diff;
mod replay;
mod resume;
mod stage;
mod view;

pub use diff::TraceDifference;
pub use replay::{Replay, Trace};
pub use resume::{Resumed, ResumedAt};
pub use view::{ReplayCall, ReplayView, Until};
