//! Frames pushed and popped: calls, the window in which native functions work, coroutines,
//! unwinding, errors and the names in them, hooks, loading. It may use the state and what is
//! below; nothing here runs an instruction.

pub(crate) mod access;
pub(crate) mod bare;
pub(crate) mod boundaries;
pub(crate) mod call;
pub(crate) mod coroutine;
pub(crate) mod error;
pub(crate) mod finalizers;
pub(crate) mod frames;
pub(crate) mod handlers;
pub(crate) mod hooks;
pub(crate) mod in_place;
pub(crate) mod inspect;
pub(crate) mod kept;
pub(crate) mod load;
pub(crate) mod loaded_names;
pub(crate) mod natives;
pub(crate) mod next;
pub(crate) mod place;
pub(crate) mod raised;
pub(crate) mod returns;
pub(crate) mod room;
pub(crate) mod standing;
pub(crate) mod traceback;
pub(crate) mod unwind;
mod window;
