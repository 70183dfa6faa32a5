//! `http` for scripts of codex: nothing is reached but hosts of the configuration, and there
//! are none unless it names some.

use crate::{HostError, LuaError, SessionBuilder};

/// Looks whether the hosts of a configuration could be reached.
pub(super) fn check(hosts: &[String]) -> Result<(), LuaError> {
    if hosts.is_empty() {
        return Ok(());
    }
    Err(LuaError::usage("allowed_hosts has no effect: this build reaches no network"))
}

/// Registers `http.get` and `http.post`.
pub(super) fn register(builder: SessionBuilder, _hosts: &[String]) -> SessionBuilder {
    let refuse = |name: &'static str| {
        move |url: String| -> Result<(), HostError> {
            Err(HostError::new(format!(
                "{name}: {url} is on no allowed host (allowed_hosts is empty)"
            )))
        }
    };
    builder.function("http.get", refuse("http.get")).function("http.post", refuse("http.post"))
}
