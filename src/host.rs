//! The outside world a host may grant: callbacks over real files, modules from a
//! directory, the system itself.

#[allow(dead_code, reason = "what is made of the table comes next")]
pub(crate) mod declare;
pub mod imp;
pub mod jido;
pub mod library;
mod pace;
#[cfg(feature = "cli")]
pub(crate) mod system;

pub use crate::drive;
