//! What a machine keeps of its session, as bytes and back: values and works of native functions,
//! objects of the host's; and the digest of it all.

pub(in crate::session) mod keeper;
pub(in crate::session) mod parts;
pub(in crate::session) mod restore_error;
pub(in crate::session) mod state_digest;
pub(in crate::session) mod version;
