//! How a session is described and made: the builder, machines in the state that it begins with, the
//! trace's first line.

pub(in crate::session) mod async_function;
pub(in crate::session) mod builder;
pub(in crate::session) mod config;
pub(in crate::session) mod handed_out;
pub(in crate::session) mod hash_key;
pub(in crate::session) mod header;
pub(in crate::session) mod opening;
pub(in crate::session) mod record;
pub(in crate::session) mod recording;
pub(in crate::session) mod send;
pub(in crate::session) mod session;
