//! What a host says of a function of its: what scripts can rely on, and what a trace and a
//! snapshot know it by.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// What is said of a function besides its name.
#[derive(Clone, Debug, Default)]
pub(super) struct Declaration {
    /// It may be called again with the same arguments without harm.
    pub(super) idempotent: bool,
    /// The hash, if it was read and not made.
    recorded: Option<String>,
}

impl Declaration {
    /// Makes the declaration of which a trace has only the hash.
    pub(super) fn recorded(hash: String, idempotent: bool) -> Declaration {
        Declaration { idempotent, recorded: Some(hash) }
    }

    /// Returns the SHA-256 of the declaration's canonical JSON.
    pub(super) fn hash(&self, path: &str) -> String {
        if let Some(hash) = &self.recorded {
            return hash.clone();
        }
        // A path is a name in Lua: nothing in it is to be escaped.
        let json = format!("{{\"path\":\"{path}\",\"idempotent\":{}}}", self.idempotent);
        let mut hash = String::new();
        for byte in Sha256::digest(json.as_bytes()) {
            let _ = write!(hash, "{byte:02x}");
        }
        hash
    }
}
