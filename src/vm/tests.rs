//! What tests of the whole machine look at.

pub(crate) mod canonical;
pub(crate) mod undone;
