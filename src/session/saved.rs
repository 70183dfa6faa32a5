//! Sessions and suspended runs as bytes, and made of bytes again.

pub(in crate::session) mod header;
pub(in crate::session) mod snapshot;
pub(in crate::session) mod suspended;
