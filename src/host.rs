//! The outside world a host may grant: callbacks over real files, modules from a
//! directory, the system itself.

pub mod audit;
pub mod codex;
pub(crate) mod declare;
pub mod gate;
pub mod git;
pub mod imp;
pub mod jido;
mod lexical;
pub mod library;
mod located;
pub mod net;
mod pace;
pub(crate) mod permits;
pub mod policy;
mod process;
mod profile;
pub(crate) mod reading;
pub mod redact;
pub mod sessions;
mod settings;
#[cfg(test)]
#[path = "../tests/record/sink.rs"]
mod sink;
pub(crate) mod system;
pub mod types;
pub(crate) mod ui;
mod wildcard;

pub use crate::drive;
pub use process::Confinement;
#[cfg(feature = "cli")]
pub(crate) use process::{
    adopt as adopt_orphans, before_the_first as before_the_first_program,
    end_all as end_all_programs,
};
pub use profile::HostProfile;
