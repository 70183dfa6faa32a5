//! What one piece of execution came to.

use crate::vm::heap::native::Stop;
use crate::vm::meters::account::Refused;

/// What one piece of execution came to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next {
    /// Look at the innermost frame again.
    Continue,
    /// Another thread is current now.
    Switch,
    /// Look anew which instance of the loop must go on: hooks changed.
    Leave,
    /// Leave the machine.
    Pause(Pause),
}

/// Why the machine was left.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pause {
    /// The main function returned.
    Done,
    /// An error reached the bottom of the main thread.
    Error,
    /// A collection is due. Go on afterwards.
    Collect,
    /// Memory was refused: collect if that may help and go on; the operation is tried again.
    Memory(Refused),
    /// The fuel of this slice is used up. Go on when there is more.
    Fuel,
    /// A native function asks the host; its top `args` values are the arguments.
    HostCall {
        /// Number of arguments.
        args: usize,
    },
    /// The run ends for this reason.
    Stop(Stop),
}
