//! What must hold for any bytes: the checks of the fuzz targets and of their bounded tests.
//!
//! Each check is a function of bytes that panics when something does not hold. A target of
//! `fuzz_targets` calls one; `tests/fuzz_smoke.rs` of the project includes this very file and
//! calls all, with mutations of the seeds in `corpus`.

mod compile;
mod format;
mod host;
mod host_args;
mod input;
mod json_roundtrip;
mod number;
mod pack;
mod parse;
mod pattern;
mod replay;
mod restore;
mod rollback;
mod run;
mod sessions;
mod slices;
mod undump;
mod weak;

pub use compile::compile;
pub use format::format;
pub use host_args::host_args;
pub use json_roundtrip::json_roundtrip;
pub use number::number;
pub use pack::pack;
pub use parse::parse;
pub use pattern::pattern;
pub use replay::replay;
pub use restore::restore;
pub use rollback::rollback;
pub use run::run;
pub use slices::slices;
pub use undump::undump;
pub use weak::weak;
