//! A way for host values that serde has no form for.
//!
//! A function handle in a struct of the host's (`on_done: HostValue`) is to arrive as what it
//! is, though serde's data model knows nothing of it. So whoever hands it on puts it down
//! here, and says so under a name of our own; whoever takes it is called at once, on the same
//! thread, and picks it up.

use crate::session::values::host_value::{ConvertErrorKind, HostValue};
use serde::{Serialize, Serializer};
use std::cell::Cell;

/// The name under which a host value asks for itself. Other formats take it as the name of a
/// wrapper, which they ignore.
pub(super) const SELF_NAME: &str = "$moonfuel::HostValue";

thread_local! {
    static PASSED: Cell<Option<HostValue>> = const { Cell::new(None) };
}

/// Puts a value down.
pub(super) fn pass(value: HostValue) {
    PASSED.set(Some(value));
}

/// Picks it up.
pub(super) fn take() -> Option<HostValue> {
    PASSED.take()
}

/// What other formats are given instead: an error.
pub(super) struct NoForm<'a>(pub(super) &'a HostValue);

impl Serialize for NoForm<'_> {
    fn serialize<S: Serializer>(&self, _to: S) -> Result<S::Ok, S::Error> {
        // Nobody will pick it up.
        take();
        Err(serde::ser::Error::custom(match self.0 {
            HostValue::Opaque(name) => ConvertErrorKind::Opaque(name),
            HostValue::UserData(_) => ConvertErrorKind::Opaque("userdata"),
            _ => ConvertErrorKind::Function,
        }))
    }
}
