//! What a host offers to scripts, and how it is asked: functions, objects with methods, modules;
//! what is said about them, and who lets their calls through; what a function knows of its run, and
//! what it may answer. The letters of a call are here, which a machine and its host hand each
//! other.

pub(in crate::session) mod contained;
pub(in crate::session) mod declaration;
pub(in crate::session) mod future;
pub(in crate::session) mod host_context;
pub(in crate::session) mod host_function;
pub(in crate::session) mod letters;
pub(in crate::session) mod lock;
pub(in crate::session) mod modules;
pub(in crate::session) mod notes;
pub(in crate::session) mod object_types;
pub(in crate::session) mod objects;
pub(in crate::session) mod passing;
pub(in crate::session) mod policy;
pub(in crate::session) mod reply;
pub(in crate::session) mod secret;
pub(in crate::session) mod ticket;
pub(in crate::session) mod typed;
pub(in crate::session) mod typed_object;
pub(in crate::session) mod user_data;
pub(in crate::session) mod watch;
