//! The key of the hashes of a session whose host chose none.
//!
//! The one place below `host` that asks for entropy: who writes scripts must not know
//! the key, or the keys of tables could be chosen to collide. Nothing a script does
//! depends on it, nor what that costs (`tests/promises.rs`).

use std::hash::{BuildHasher, Hasher, RandomState};

/// Returns a key that nobody knows.
pub(in crate::session) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
