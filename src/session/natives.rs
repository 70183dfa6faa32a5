//! The native functions of a session: those that a run begins with, and those through which scripts
//! reach their host. They have the machine and their letters; nothing here knows which functions
//! there are, or who drives the run.

pub(in crate::session) mod all;
pub(in crate::session) mod attempt;
pub(in crate::session) mod call_lua;
pub(in crate::session) mod call_main;
pub(in crate::session) mod decode;
pub(in crate::session) mod event_bus;
pub(in crate::session) mod from_host;
pub(in crate::session) mod host_call;
pub(in crate::session) mod in_place;
pub(in crate::session) mod library;
pub(in crate::session) mod load_main;
pub(in crate::session) mod main_function;
pub(in crate::session) mod named;
pub(in crate::session) mod names;
pub(in crate::session) mod object_natives;
pub(in crate::session) mod paths;
pub(in crate::session) mod to_host;
#[cfg(all(feature = "host", unix))]
pub(crate) mod verdict;
pub(in crate::session) mod view;
pub(in crate::session) mod yielding;
