//! `imp.http`: what scripts ask of the network.

use super::outside::disabled;
use super::shared::{Shared, lock};
#[cfg(feature = "net")]
use crate::HostValue;
use crate::{HostCx, HostError, Reply};
use std::collections::BTreeMap;

/// Units of fuel for a request.
const REQUEST: u64 = 100_000;

/// What a script asks.
#[cfg_attr(not(feature = "net"), expect(dead_code, reason = "nobody is asked"))]
pub(super) struct Asked {
    pub(super) function: &'static str,
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) body: Option<Vec<u8>>,
    pub(super) headers: BTreeMap<String, String>,
}

/// `imp.http.get(url, headers)`, `imp.http.post(url, body, headers)`
pub(super) fn ask(cx: &mut HostCx<'_>, shared: &Shared, asked: Asked) -> Result<Reply, HostError> {
    if !shared.allows(|policy| policy.allow_http) {
        return Err(disabled(asked.function));
    }
    let hosts = lock(&shared.policy).hosts.clone();
    if hosts.is_empty() {
        let text = "no host is allowed (name some as 'hosts' of the policy)";
        return Err(HostError::new(format!("{}: {text}", asked.function)));
    }
    cx.check()?;
    cx.charge(REQUEST + asked.url.len() as u64)?;
    network::ask(cx, asked, hosts)
}

/// Makes what a script gets.
#[cfg(feature = "net")]
fn answer(status: u16, body: Vec<u8>) -> Vec<HostValue> {
    let status = HostValue::Integer(status.into());
    vec![HostValue::object([("status", status), ("body", HostValue::String(body))])]
}

#[cfg(not(feature = "net"))]
mod network {
    use super::{Asked, HostCx, HostError, Reply};

    pub(super) fn ask(
        _: &mut HostCx<'_>,
        asked: Asked,
        _: Vec<String>,
    ) -> Result<Reply, HostError> {
        let Asked { function, .. } = asked;
        Err(HostError::new(format!("{function}() is not part of this build (feature net)")))
    }
}

#[cfg(feature = "net")]
mod network {
    use super::{Asked, HostCx, HostError, Reply, answer};
    use crate::HostFuture;
    use crate::host::net::fetch::{self, Rules, Unanswered};
    use crate::host::net::task::Task;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    use std::time::Duration;

    /// The largest body, in bytes.
    const LARGEST: u64 = 1024 * 1024;
    /// The longest time.
    const LONGEST: Duration = Duration::from_secs(30);
    /// The most redirects.
    const REDIRECTS: u32 = 5;

    pub(super) fn ask(
        cx: &mut HostCx<'_>,
        asked: Asked,
        hosts: Vec<String>,
    ) -> Result<Reply, HostError> {
        cx.reserve(2 * LARGEST as usize)?;
        let Asked { function, method, url, body, headers } = asked;
        // A private address that is on the list by itself is meant.
        let private = hosts.iter().flat_map(|host| match host.as_str() {
            "localhost" => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            host => host.parse::<IpAddr>().ok().into_iter().collect(),
        });
        let rules = Rules {
            private: private.collect(),
            domains: hosts.clone(),
            largest: LARGEST,
            timeout: cx.remaining().unwrap_or(LONGEST).min(LONGEST),
            redirects: REDIRECTS,
            certificates: Vec::new(),
        };
        let headers = headers.into_iter().collect();
        let shown = url.clone();
        let asked = fetch::Asked { method, url, headers, body, rules };
        let task = Task::start(move || fetch::fetch(&asked))
            .map_err(|error| HostError::new(format!("{function}: {error}")))?;
        Ok(Reply::Future(HostFuture::new(async move {
            let answered = task
                .await
                .map_err(|why| HostError::new(format!("{function}: {}", said(why, &shown))))?;
            Ok(answer(answered.status, answered.body))
        })))
    }

    fn said(why: Unanswered, url: &str) -> String {
        match why {
            Unanswered::Url(problem) => format!("{problem}: {url}"),
            Unanswered::TooManyRedirects => format!("too many redirects: {url}"),
            Unanswered::Private => format!("private address refused: {url}"),
            Unanswered::TimedOut => format!("request timed out: {url}"),
            Unanswered::TooLarge => format!("response too large: {url}"),
            Unanswered::Failed(why) => format!("{why}: {url}"),
        }
    }
}
