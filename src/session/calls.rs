//! The table of a session's host functions, and how one of them is called: where the script stands
//! or while the machine waits, with a trace or a journal or as it comes; and how a machine gets
//! them.

pub(in crate::session) mod conflicts;
pub(in crate::session) mod dispatch;
pub(in crate::session) mod gate;
pub(in crate::session) mod host_table;
#[cfg(feature = "mcp")]
pub(in crate::session) mod journaled;
pub(in crate::session) mod register;
pub(in crate::session) mod taking;
pub(in crate::session) mod taped;
