//! Why sessions may change threads.

#![expect(unsafe_code, reason = "says why a machine may change threads")]

use crate::vm::machine::Lua;

/// The machine of a session, in a wrapper that says why it may change threads.
#[derive(Debug)]
pub(in crate::session) struct Machine(pub(in crate::session) Lua);

// SAFETY: `Lua` is not `Send` because its arena counts with `Rc` and its objects hold raw
// pointers into their own heap. A session owns the whole arena: it hands out no stash, no
// metrics and no reference into it (handles are numbers, values are copied), shares no `Rc`
// with another session, and everything registered with it is `Send + 'static`. So moving a
// session moves every reference to the heap along with it. The counter of freed bytes is
// per thread, and is read by the same collection that writes it.
unsafe impl Send for Machine {}
