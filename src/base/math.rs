//! Functions of real numbers that give the same bits on every target, and in every version of
//! Moonfuel: what scripts print, and what their fuel comes to, depends on each bit.
//!
//! Those that scripts meet most are Moonfuel's own (`log.rs`, `exp.rs`, `pow.rs`, `circle.rs`,
//! `arc.rs`): they come to the nearest number, or to one of two that are as near but for a
//! hundredth. The others are those of the crate `libm` 0.2.16 (MIT; most of it from musl and
//! FreeBSD: see `math/LICENSE.txt`), left as they are but for what only C needs: flags of the
//! processor, and unchecked indices. A dependency could not be relied on for each bit, and
//! pinned to one version it would keep programs from having another. `math/tests.rs` has what
//! each comes to over many arguments.

#[expect(clippy::eq_op, reason = "NaN is made of `x - x`")]
mod arc;
#[expect(clippy::eq_op, reason = "NaN is made of `x - x`")]
mod circle;
mod cosh;
mod exp;
#[expect(
    clippy::approx_constant,
    clippy::assign_op_pattern,
    clippy::excessive_precision,
    clippy::needless_ifs,
    reason = "the text stays as it came"
)]
mod expm1;
mod expo2;
#[expect(clippy::eq_op, reason = "the text stays as it came")]
mod fmod;
#[expect(clippy::needless_return, reason = "the text stays as it came")]
mod frexp;
mod k_expo2;
#[expect(clippy::eq_op, reason = "NaN is made of `x - x`")]
mod log;
mod pair;
#[expect(clippy::eq_op, reason = "NaN is made of `x - x`")]
mod pow;
#[expect(
    clippy::approx_constant,
    clippy::eq_op,
    clippy::excessive_precision,
    clippy::needless_range_loop,
    clippy::too_many_lines,
    reason = "the text stays as it came"
)]
mod rem_pio2;
#[expect(
    clippy::excessive_precision,
    clippy::explicit_counter_loop,
    clippy::needless_range_loop,
    clippy::too_many_lines,
    reason = "the text stays as it came"
)]
mod rem_pio2_large;
mod scalbn;
#[expect(clippy::needless_late_init, reason = "the text stays as it came")]
mod sinh;
mod tables;
#[expect(clippy::needless_late_init, reason = "the text stays as it came")]
mod tanh;
mod words;

pub(crate) use arc::{acos, asin, atan2};
pub(crate) use circle::{cos, sin, tan};
pub(crate) use cosh::cosh;
pub(crate) use exp::exp;
pub(crate) use fmod::fmod;
pub(crate) use frexp::frexp;
pub(crate) use log::{log, log2, log10};
pub(crate) use pow::pow;
pub(crate) use scalbn::scalbn as ldexp;
pub(crate) use sinh::sinh;
pub(crate) use tanh::tanh;

#[cfg(test)]
mod tests;
