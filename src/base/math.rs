//! Functions of real numbers that give the same bits on every target, and in every version of
//! Moonfuel: what scripts print, and what their fuel comes to, depends on each bit.
//!
//! Most are Moonfuel's own (`log.rs`, `exp.rs`, `pow.rs`, `circle.rs`, `arc.rs`,
//! `hyperbolic.rs`): they come to the nearest number, or to one of two that are as near but for a
//! hundredth. What is exact by its nature, and the remainder by π, is that of the crate `libm` 0.2.16 (MIT; most of it from musl and
//! FreeBSD: see `math/LICENSE.txt`), left as they are but for what only C needs: flags of the
//! processor, and unchecked indices. A dependency could not be relied on for each bit, and
//! pinned to one version it would keep programs from having another. `math/tests.rs` has what
//! each comes to over many arguments.

#[expect(clippy::eq_op, reason = "NaN is made of `x - x`")]
mod arc;
#[expect(clippy::eq_op, reason = "NaN is made of `x - x`")]
mod circle;
mod exp;
#[expect(clippy::eq_op, reason = "the text stays as it came")]
mod fmod;
#[expect(clippy::needless_return, reason = "the text stays as it came")]
mod frexp;
mod hyperbolic;
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
mod tables;

pub(crate) use arc::{acos, asin, atan2};
pub(crate) use circle::{cos, sin, tan};
pub(crate) use exp::exp;
pub(crate) use fmod::fmod;
pub(crate) use frexp::frexp;
pub(crate) use hyperbolic::{cosh, sinh, tanh};
pub(crate) use log::{log, log2, log10};
pub(crate) use pow::pow;
pub(crate) use scalbn::scalbn as ldexp;

#[cfg(test)]
mod tests;
