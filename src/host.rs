//! The outside world a host may grant: callbacks over real files, and deadlines
//! by the clock on the wall.

pub mod drive;
pub mod jido;
pub mod library;
pub mod system;
