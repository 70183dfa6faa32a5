//! What is measured: fuel, logical bytes, and the arithmetic of numbers. Nothing here knows of
//! values or of the collector; it may use `base` and `alloc` alone.

pub(crate) mod account;
pub(crate) mod fuel;
pub(crate) mod number;
