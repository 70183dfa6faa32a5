//! What goes in and out of a session: host values and what they are made of and made into, why
//! they cannot be, errors and outcomes, limits, what is run and what is called. Nothing here knows a
//! run, or what a host offers.

pub(in crate::session) mod admission;
pub(in crate::session) mod callee;
pub(in crate::session) mod chunk;
pub(in crate::session) mod convert;
pub(in crate::session) mod deep_json;
pub(in crate::session) mod denied;
pub(in crate::session) mod digest;
pub(in crate::session) mod error;
pub(in crate::session) mod excerpt;
pub(in crate::session) mod from_lua;
pub(in crate::session) mod function;
pub(in crate::session) mod hash_maps;
pub(in crate::session) mod host_error;
pub(in crate::session) mod host_serde;
pub(in crate::session) mod host_value;
pub(in crate::session) mod into_lua;
pub(in crate::session) mod limits;
pub(in crate::session) mod mismatch;
pub(in crate::session) mod multi;
pub(in crate::session) mod object_ref;
pub(in crate::session) mod outcome;
