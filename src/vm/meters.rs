//! What is measured: fuel and logical bytes. Nothing here knows of values or of the collector; it
//! may use `base` and `alloc` alone.

pub(crate) mod account;
pub(crate) mod fuel;
