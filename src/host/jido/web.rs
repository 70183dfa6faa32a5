//! `jido.web_fetch(url [, {timeout = ms}])`: a page of an allowed domain.

use super::{Failure, Jido};
use crate::host::net::{UrlProblem, validate_url};
use crate::host::pace;
use crate::{HostCx, HostValue, Reply};
use std::sync::Arc;

/// Fetches a page.
pub(super) fn web_fetch(
    jido: &Arc<Jido>,
    cx: &mut HostCx<'_>,
    args: &[HostValue],
) -> Result<Reply, Failure> {
    let (Some(HostValue::String(url)), Some(options)) =
        (args.first(), super::read::options(args.get(1)))
    else {
        return Err(b"web_fetch requires a url argument".to_vec().into());
    };
    if jido.options.domains.is_empty() {
        let text = b"web_fetch is disabled for this session (no domain is allowed)";
        return Err(text.to_vec().into());
    }
    let timeout = super::read::option(Some(options), "timeout");
    if timeout.is_some_and(|timeout| timeout <= 0) {
        return Err(b"web_fetch requires a url argument".to_vec().into());
    }
    cx.check().map_err(Failure::Raised)?;
    cx.charge(pace::REQUEST + url.len() as u64).map_err(Failure::Raised)?;
    let text = String::from_utf8_lossy(url);
    validate_url(&text, &jido.options.domains).map_err(|problem| refusal(problem, &text))?;
    ask(jido, cx, text.into_owned(), timeout)
}

/// Says why an address is none to ask for.
fn refusal(problem: UrlProblem, url: &str) -> Vec<u8> {
    let why = match problem {
        UrlProblem::Domain => "Domain not in allowlist",
        UrlProblem::Invalid => "Invalid URL",
        _ => "URL scheme not allowed",
    };
    format!("{why}: {url}").into_bytes()
}

#[cfg(not(feature = "net"))]
fn ask(_: &Jido, _: &mut HostCx<'_>, _: String, _: Option<i64>) -> Result<Reply, Failure> {
    Err(b"web_fetch is not part of this build (feature net)".to_vec().into())
}

#[cfg(feature = "net")]
fn ask(
    jido: &Jido,
    cx: &mut HostCx<'_>,
    url: String,
    timeout: Option<i64>,
) -> Result<Reply, Failure> {
    network::ask(jido, cx, url, timeout)
}

#[cfg(feature = "net")]
mod network {
    use super::{Failure, HostCx, HostValue, Jido, Reply, refusal};
    use crate::HostFuture;
    use crate::host::net::fetch::{Answered, Asked, Rules, Unanswered, fetch};
    use crate::host::net::is_allowed_type;
    use crate::host::net::task::Task;
    use std::time::Duration;

    /// The largest page, in bytes.
    const LARGEST: u64 = 1024 * 1024;
    /// The longest time, in milliseconds.
    const LONGEST: i64 = 30_000;
    /// The most redirects.
    const REDIRECTS: u32 = 5;

    pub(super) fn ask(
        jido: &Jido,
        cx: &mut HostCx<'_>,
        url: String,
        timeout: Option<i64>,
    ) -> Result<Reply, Failure> {
        cx.reserve(2 * LARGEST as usize).map_err(Failure::Raised)?;
        let timeout = timeout.unwrap_or(LONGEST).min(LONGEST).unsigned_abs();
        let rules = Rules {
            domains: jido.options.domains.clone(),
            largest: LARGEST,
            timeout: Duration::from_millis(timeout),
            redirects: REDIRECTS,
            private: jido.options.private_addresses.clone(),
            certificates: Vec::new(),
        };
        let asked =
            Asked { method: "GET", url: url.clone(), headers: Vec::new(), body: None, rules };
        let task = Task::start(&jido.asking, move |hold| fetch(&asked, hold))
            .map_err(|error| format!("Request failed: {url}: {error}").into_bytes())?;
        Ok(Reply::Future(HostFuture::new(async move {
            Ok(match task.await.and_then(|answered| page(answered, &url)) {
                Ok(page) => vec![page],
                Err(why) => vec![HostValue::Nil, HostValue::String(text(why, &url))],
            })
        })))
    }

    fn page(answered: Answered, url: &str) -> Result<HostValue, Unanswered> {
        if !(200..300).contains(&answered.status) {
            return Err(Unanswered::Failed(format!("HTTP {}", answered.status)));
        }
        if !is_allowed_type(&answered.content_type) {
            return Err(Unanswered::Failed(format!("Content type not allowed: {url}")));
        }
        Ok(HostValue::object([
            ("title", HostValue::String(title(&answered.body))),
            ("content", HostValue::String(answered.body)),
            ("content_type", answered.content_type.into()),
        ]))
    }

    /// Returns what stands in the first `<title>`.
    fn title(page: &[u8]) -> Vec<u8> {
        let lower = page.to_ascii_lowercase();
        let find = |text: &[u8], from: usize| {
            memchr::memmem::find(&lower[from..], text).map(|at| from + at)
        };
        let inner = find(b"<title", 0)
            .and_then(|start| find(b">", start))
            .and_then(|open| Some((open + 1, find(b"</title", open)?)));
        inner.map_or_else(Vec::new, |(start, end)| page[start..end].trim_ascii().to_vec())
    }

    fn text(why: Unanswered, url: &str) -> Vec<u8> {
        match why {
            Unanswered::Url(problem, url) => refusal(problem, &url),
            Unanswered::Private(url) => format!("Domain not in allowlist: {url}").into_bytes(),
            Unanswered::TimedOut => format!("Request timed out: {url}").into_bytes(),
            Unanswered::TooLarge => format!("Response too large: {url}").into_bytes(),
            Unanswered::TooManyRedirects => format!("Too many redirects: {url}").into_bytes(),
            Unanswered::Failed(text) => text.into_bytes(),
        }
    }
}
