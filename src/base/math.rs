//! Functions of real numbers that give the same bits on every target, and in every version of
//! Moonfuel: what scripts print, and what their fuel comes to, depends on each bit.
//!
//! They are those of the crate `libm` 0.2.16 (MIT; most of it from musl and FreeBSD: see
//! `math/LICENSE.txt`), left as they are but for what only C needs: flags of the
//! processor, and unchecked indices. A dependency could not be relied on for each bit, and
//! pinned to one version it would keep programs from having another. Powers (`math/pow.rs`) are
//! Moonfuel's own. `math/tests.rs` has what each comes to over many arguments.

#![allow(
    clippy::all,
    clippy::too_many_lines,
    clippy::allow_attributes_without_reason,
    reason = "the texts stay as they came, so that they can be compared"
)]

mod acos;
mod asin;
mod atan;
mod atan2;
mod cos;
mod cosh;
mod exp;
mod expm1;
mod expo2;
mod fmod;
mod frexp;
mod k_cos;
mod k_expo2;
mod k_sin;
mod k_tan;
mod log;
mod log10;
mod log2;
mod pow;
mod rem_pio2;
mod rem_pio2_large;
mod scalbn;
mod sin;
mod sinh;
mod tan;
mod tanh;
mod words;

pub(crate) use acos::acos;
pub(crate) use asin::asin;
pub(crate) use atan2::atan2;
pub(crate) use cos::cos;
pub(crate) use cosh::cosh;
pub(crate) use exp::exp;
pub(crate) use fmod::fmod;
pub(crate) use frexp::frexp;
pub(crate) use log::log;
pub(crate) use log2::log2;
pub(crate) use log10::log10;
pub(crate) use pow::pow;
pub(crate) use scalbn::scalbn as ldexp;
pub(crate) use sin::sin;
pub(crate) use sinh::sinh;
pub(crate) use tan::tan;
pub(crate) use tanh::tanh;

#[cfg(test)]
mod tests;
