//! `http.get` and `http.post` of scripts: every status is an answer, everything else is raised.

use crate::host::pace;
use crate::host::permits::Permits;
use crate::{Bytes, HostCx, HostError, Reply};
use std::collections::BTreeMap;

/// What a script asks.
#[cfg_attr(not(feature = "net"), expect(dead_code, reason = "nobody is asked"))]
pub(crate) struct Asked {
    pub(crate) function: &'static str,
    method: &'static str,
    url: String,
    body: Option<Vec<u8>>,
    headers: BTreeMap<String, String>,
    /// What answers do not show, if whoever answers says it again.
    secrets: Vec<String>,
}

/// What comes in the place of a secret.
const HIDDEN: &[u8] = b"[REDACTED]";

/// Takes a secret out of a text.
pub(crate) fn hide_in(text: &mut Vec<u8>, secret: &[u8]) {
    if secret.is_empty() || memchr::memmem::find(text, secret).is_none() {
        return;
    }
    let mut shown = Vec::new();
    let mut rest = text.as_slice();
    while let Some(at) = memchr::memmem::find(rest, secret) {
        shown.extend_from_slice(&rest[..at]);
        shown.extend_from_slice(HIDDEN);
        rest = &rest[at + secret.len()..];
    }
    shown.extend_from_slice(rest);
    *text = shown;
}

/// Headers by name, as a script gives them.
pub(crate) type Headers = Option<BTreeMap<String, String>>;

impl Asked {
    /// `get(url, headers)`
    pub(crate) fn get(function: &'static str, (url, headers): (String, Headers)) -> Asked {
        let headers = headers.unwrap_or_default();
        Asked { function, method: "GET", url, body: None, headers, secrets: Vec::new() }
    }

    /// `post(url, body, headers)`
    pub(crate) fn post(
        function: &'static str,
        (url, body, headers): (String, Option<Bytes>, Headers),
    ) -> Asked {
        let body = Some(body.unwrap_or_default().0);
        let headers = headers.unwrap_or_default();
        Asked { function, method: "POST", url, body, headers, secrets: Vec::new() }
    }

    /// Has the values of headers filled in. What is filled in is taken out of the answer.
    pub(crate) fn fill(
        mut self,
        mut fill: impl FnMut(&str) -> Result<(String, Vec<String>), HostError>,
    ) -> Result<Asked, HostError> {
        for value in self.headers.values_mut() {
            let (filled, secrets) = fill(value)?;
            *value = filled;
            self.secrets.extend(secrets.into_iter().filter(|secret| !secret.is_empty()));
        }
        Ok(self)
    }

    /// Asks one of the hosts, or one below them.
    ///
    /// # Errors
    /// When no host is allowed, or the run must end.
    pub(crate) fn ask(
        self,
        cx: &mut HostCx<'_>,
        hosts: &[String],
        permits: &Permits,
    ) -> Result<Reply, HostError> {
        if hosts.is_empty() {
            let text = "no host is allowed";
            return Err(HostError::new(format!("{}: {text}: {}", self.function, self.url)));
        }
        cx.check()?;
        cx.charge(pace::REQUEST + self.url.len() as u64)?;
        network::ask(cx, self, hosts, permits)
    }
}

#[cfg(not(feature = "net"))]
mod network {
    use super::{Asked, HostCx, HostError, Permits, Reply};

    pub(super) fn ask(
        _: &mut HostCx<'_>,
        asked: Asked,
        _: &[String],
        _: &Permits,
    ) -> Result<Reply, HostError> {
        let Asked { function, .. } = asked;
        Err(HostError::new(format!("{function}() is not part of this build (feature net)")))
    }
}

#[cfg(feature = "net")]
mod network {
    use super::{Asked, HostCx, HostError, Permits, Reply, hide_in};
    use crate::host::net::fetch::{self, Rules, Unanswered};
    use crate::host::net::private_addresses;
    use crate::host::net::task::Task;
    use crate::{HostFuture, HostValue};
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
        hosts: &[String],
        permits: &Permits,
    ) -> Result<Reply, HostError> {
        cx.reserve(2 * LARGEST as usize)?;
        let Asked { function, method, url, body, headers, secrets } = asked;
        let rules = Rules {
            private: private_addresses(hosts),
            domains: hosts.to_vec(),
            largest: LARGEST,
            timeout: cx.remaining().unwrap_or(LONGEST).min(LONGEST),
            redirects: REDIRECTS,
            certificates: Vec::new(),
        };
        let headers = headers.into_iter().collect();
        let shown = url.clone();
        let asked = fetch::Asked { method, url, headers, body, rules };
        let task = Task::start(permits, move |hold| fetch::fetch(&asked, hold))
            .map_err(|error| HostError::new(format!("{function}: {error}")))?;
        Ok(Reply::Future(HostFuture::new(async move {
            let hide = |text: &mut Vec<u8>| {
                secrets.iter().for_each(|secret| hide_in(text, secret.as_bytes()));
            };
            let answered = task.await.map_err(|why| {
                // It may have words of whoever answered.
                let mut why = said(why, &shown).into_bytes();
                hide(&mut why);
                HostError::new(format!("{function}: {}", String::from_utf8_lossy(&why)))
            })?;
            let mut body = answered.body;
            hide(&mut body);
            Ok(vec![HostValue::object([
                ("status", HostValue::Integer(answered.status.into())),
                ("body", HostValue::String(body)),
            ])])
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
