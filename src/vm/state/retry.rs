//! Calls about to be made, and what was refused between two steps.

use crate::vm::heap::native::Flow;
use crate::vm::heap::thread::Then;

/// What was refused memory or fuel after the step of a native function that asked for it
/// had ended. It is done before anything else when the machine goes on.
#[derive(Clone, Copy, Debug)]
pub enum Retry {
    /// A call.
    Call(Request),
    /// What the native function in the innermost frame, whose window begins at `base`,
    /// wants next.
    Flow {
        /// Stack index of its window.
        base: usize,
        /// What it wants.
        flow: Flow,
    },
    /// The return of the innermost frame, a native one.
    Return {
        /// Stack index of the first result.
        first: usize,
        /// Number of results.
        n: usize,
    },
    /// The call of a message handler with the error object in [`State::raising`](super::context::State::raising).
    Handler {
        /// Index of the frame that catches the error.
        catcher: usize,
    },
}

/// A call about to be made.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Stack index of the function; arguments follow.
    pub func: usize,
    /// Number of arguments.
    pub args: usize,
    /// Number of results wanted, -1 for all.
    pub results: i32,
    /// What the return does.
    pub then: Then,
    /// Flags of the new frame: [`COUNTED`](crate::vm::heap::thread::COUNTED) for calls that are not from Lua code.
    pub flags: u8,
}
