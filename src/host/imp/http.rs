//! `imp.http`: what scripts ask of the network.

use super::outside::disabled;
use super::shared::{Shared, lock};
use crate::host::net::http::Asked;
use crate::{HostCx, HostError, Reply};

/// `imp.http.get(url, headers)`, `imp.http.post(url, body, headers)`
pub(super) fn ask(cx: &mut HostCx<'_>, shared: &Shared, asked: Asked) -> Result<Reply, HostError> {
    if !shared.allows(|policy| policy.allow_http) {
        return Err(disabled(asked.function));
    }
    let hosts = lock(&shared.policy).hosts.clone();
    asked.ask(cx, &hosts)
}
