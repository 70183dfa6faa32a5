//! The outside world a host may grant: callbacks over real files, modules from a
//! directory, the system itself.

pub mod audit;
pub(crate) mod declare;
pub mod gate;
pub mod jido;
pub mod library;
mod nearest;
mod pace;
pub mod policy;
pub mod redact;
#[cfg(feature = "cli")]
pub(crate) mod system;

pub use crate::drive;
