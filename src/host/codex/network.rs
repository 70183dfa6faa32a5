//! `http` for scripts of codex: nothing is reached but hosts of the configuration, and there
//! are none unless it names some.

use crate::host::net::http::Asked;
use crate::host::net::look_at_hosts;
use crate::host::permits::Permits;
use crate::{HostCx, LuaError, SessionBuilder};
use std::sync::Arc;

/// Looks whether the hosts of a configuration could be reached.
pub(super) fn check(hosts: &[String]) -> Result<(), LuaError> {
    if hosts.is_empty() || cfg!(feature = "net") {
        return look_at_hosts("allowed_hosts", hosts).map_err(LuaError::usage);
    }
    let text = "allowed_hosts has no effect: this build reaches no network (feature net)";
    Err(LuaError::usage(text))
}

/// Registers `http.get` and `http.post`.
pub(crate) fn network(builder: SessionBuilder, hosts: &[String]) -> SessionBuilder {
    let hosts: Arc<[String]> = hosts.into();
    let theirs = Arc::clone(&hosts);
    let permits = Permits::default();
    let their_permits = permits.clone();
    builder
        .function_with("http.get", move |cx: &mut HostCx<'_>, args| {
            Asked::get("http.get", args).ask(cx, &hosts, &permits)
        })
        .function_with("http.post", move |cx: &mut HostCx<'_>, args| {
            Asked::post("http.post", args).ask(cx, &theirs, &their_permits)
        })
}
