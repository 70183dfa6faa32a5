//! `imp.http`: what scripts ask of the network.

use super::outside::{disabled, with_secrets};
use super::shared::Shared;
use crate::host::net::http::Asked;
use crate::session::lock;
use crate::{HostCx, HostError, Reply};

/// `imp.http.get(url, headers)`, `imp.http.post(url, body, headers)`
pub(super) fn ask(cx: &mut HostCx<'_>, shared: &Shared, asked: Asked) -> Result<Reply, HostError> {
    if !shared.allows(|policy| policy.allow_http) {
        return Err(disabled(asked.function));
    }
    let hosts = lock(&shared.policy).hosts.clone();
    // Secrets are put in on this side: the script has their names alone.
    let function = asked.function;
    let asked = asked.fill(|text, secrets| with_secrets(shared, function, text, secrets))?;
    asked.ask(cx, &hosts, &shared.asking)
}
