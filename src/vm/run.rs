//! The loop: instructions by families, the slow paths behind them, and the executor that looks
//! at the innermost frame again and again. It may use every room but the machine that owns it.

pub(crate) mod arith;
pub(crate) mod closing;
pub(crate) mod concat;
pub(crate) mod cover;
pub(crate) mod exec;
pub(crate) mod executor;
pub(crate) mod inherit;
pub(crate) mod loops;
pub(crate) mod profile;
pub(crate) mod slow;
