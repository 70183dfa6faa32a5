//! The version of images of sessions.

use crate::bytecode;
use crate::vm::meters::fuel::FUEL_VERSION;

/// Version of the form of snapshots: to be raised whenever it changes.
pub(in crate::session) const FORM: u64 = 2;

/// The one number of form, fuel and code: each step of any makes it larger.
pub(in crate::session) fn current() -> u64 {
    FORM << 32 | u64::from(FUEL_VERSION) << 16 | u64::from(bytecode::VERSION)
}
