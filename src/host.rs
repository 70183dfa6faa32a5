//! The outside world a host may grant: callbacks over real files, modules from a
//! directory, the system itself.

#[cfg(unix)]
pub mod git;
pub mod jido;
pub mod library;
mod pace;
#[cfg(unix)]
mod process;
pub mod sessions;
#[cfg(feature = "cli")]
pub(crate) mod system;

pub use crate::drive;
#[cfg(unix)]
pub use process::Confinement;
