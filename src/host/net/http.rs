//! `http.get` and `http.post` of scripts: every status is an answer, everything else is raised.

use crate::host::pace;
use crate::host::permits::Permits;
use crate::{Bytes, HostCx, HostError, Reply};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What a script asks.
#[cfg_attr(not(feature = "net"), expect(dead_code, reason = "nobody is asked"))]
pub(crate) struct Asked {
    pub(crate) function: &'static str,
    method: &'static str,
    url: String,
    body: Option<Vec<u8>>,
    headers: BTreeMap<String, String>,
    /// What answers do not show, if whoever answers says it again.
    secrets: BTreeSet<String>,
}

/// What comes in the place of a secret.
const HIDDEN: &[u8] = b"[REDACTED]";

/// The shortest secret that is looked for: shorter ones are in any text.
pub(crate) const SHORTEST: usize = 4;

/// The most bytes of a request's headers: their names and values.
pub(crate) const HEADERS: usize = 64 * 1024;

/// Takes secrets out of a text, all at once: where they overlap, or one begins like another, no
/// part of them is left.
pub(crate) fn hide_in<'a>(text: &mut Vec<u8>, secrets: impl IntoIterator<Item = &'a String>) {
    let mut found: Vec<Range<usize>> = Vec::new();
    for secret in secrets.into_iter().filter(|secret| secret.len() >= SHORTEST) {
        let finder = memchr::memmem::Finder::new(secret);
        let (first, mut from) = (found.len(), 0);
        while let Some(at) = text.get(from..).and_then(|rest| finder.find(rest)) {
            let (start, end) = (from + at, from + at + secret.len());
            match found[first..].last_mut() {
                Some(before) if start < before.end => before.end = end,
                _ => found.push(start..end),
            }
            from = start + 1;
        }
    }
    if found.is_empty() {
        return;
    }
    found.sort_by_key(|range| range.start);
    let (mut shown, mut end) = (Vec::new(), 0);
    for range in found {
        if range.start >= end {
            shown.extend_from_slice(&text[end..range.start]);
            shown.extend_from_slice(HIDDEN);
        }
        end = end.max(range.end);
    }
    shown.extend_from_slice(&text[end..]);
    *text = shown;
}

/// Headers by name, as a script gives them.
pub(crate) type Headers = Option<BTreeMap<String, String>>;

impl Asked {
    /// `get(url, headers)`
    pub(crate) fn get(function: &'static str, (url, headers): (String, Headers)) -> Asked {
        let headers = headers.unwrap_or_default();
        Asked { function, method: "GET", url, body: None, headers, secrets: BTreeSet::new() }
    }

    /// `post(url, body, headers)`
    pub(crate) fn post(
        function: &'static str,
        (url, body, headers): (String, Option<Bytes>, Headers),
    ) -> Asked {
        let body = Some(body.unwrap_or_default().0);
        let headers = headers.unwrap_or_default();
        Asked { function, method: "POST", url, body, headers, secrets: BTreeSet::new() }
    }

    /// Has the values of headers filled in. What is filled in is taken out of the answer.
    pub(crate) fn fill(
        mut self,
        mut fill: impl FnMut(&str, &mut BTreeSet<String>) -> Result<String, HostError>,
    ) -> Result<Asked, HostError> {
        self.look_at_headers()?;
        for value in self.headers.values_mut() {
            *value = fill(value, &mut self.secrets)?;
        }
        Ok(self)
    }

    /// Looks whether the headers are as large as they may be.
    fn look_at_headers(&self) -> Result<(), HostError> {
        let bytes: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > HEADERS {
            let Asked { function, url, .. } = self;
            return Err(HostError::new(format!("{function}: headers too large: {url}")));
        }
        Ok(())
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
        self.look_at_headers()?;
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
            let answered = task.await.map_err(|why| {
                // It may have words of whoever answered.
                let mut why = said(why, &shown).into_bytes();
                hide_in(&mut why, &secrets);
                HostError::new(format!("{function}: {}", String::from_utf8_lossy(&why)))
            })?;
            let mut body = answered.body;
            hide_in(&mut body, &secrets);
            Ok(vec![HostValue::object([
                ("status", HostValue::Integer(answered.status.into())),
                ("body", HostValue::String(body)),
            ])])
        })))
    }

    fn said(why: Unanswered, url: &str) -> String {
        match why {
            Unanswered::Url(problem, url) => format!("{problem}: {url}"),
            Unanswered::TooManyRedirects => format!("too many redirects: {url}"),
            Unanswered::Private(url) => format!("private address refused: {url}"),
            Unanswered::TimedOut => format!("request timed out: {url}"),
            Unanswered::TooLarge => format!("response too large: {url}"),
            Unanswered::Failed(why) => format!("{why}: {url}"),
        }
    }
}

#[cfg(test)]
mod tests;
