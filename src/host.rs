//! The outside world a host may grant: callbacks over real files and, later, processes.

pub mod jido;
