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

#![allow(
    clippy::all,
    clippy::too_many_lines,
    clippy::allow_attributes_without_reason,
    reason = "the texts stay as they came, so that they can be compared"
)]

mod arc;
mod circle;
mod cosh;
mod exp;
mod expm1;
mod expo2;
mod fmod;
mod frexp;
mod k_expo2;
mod log;
mod pair;
mod pow;
mod rem_pio2;
mod rem_pio2_large;
mod scalbn;
mod sinh;
mod tables;
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
