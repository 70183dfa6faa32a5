//! Asking the network: one request, its redirects looked at one by one, its answer bounded.
//!
//! A name is resolved once for each connection, addresses that are not public are left out,
//! and the connection goes to one of those that are left: a name that means something else
//! a moment later changes nothing.

use super::hold::Hold;
use super::{UrlProblem, authority_end, is_public, validate_url};
use crate::host::permits::Permit;
use std::io::Read;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, LazyLock, mpsc};
use std::time::{Duration, Instant};
use ureq::config::Config;
use ureq::http::header::{
    ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, EXPECT, HOST, HeaderName,
    LOCATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use ureq::http::{HeaderMap, HeaderValue, Request, Uri};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error, Timeout};

#[cfg(test)]
mod tests;
mod wire;

use wire::Wire;

/// The most bytes of the headers of an answer.
const HEADERS: usize = 64 * 1024;

/// The most bytes of a connection, beside eight for each of the body: chunks may be small.
const WIRE: u64 = 1024 * 1024;

/// Headers that follow from the request, and are no script's to say: another host may be behind
/// the one that is allowed, another length makes two requests of one, and what comes packed is
/// not unpacked.
const OWN: [HeaderName; 9] = [
    ACCEPT_ENCODING,
    CONNECTION,
    CONTENT_LENGTH,
    EXPECT,
    HOST,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// What is asked for, and what may come back.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) rules: Rules,
}

/// What is allowed.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// Domains that may be asked, and those below them.
    pub(crate) domains: Vec<String>,
    /// The most bytes of an answer.
    pub(crate) largest: u64,
    /// The time for all of it.
    pub(crate) timeout: Duration,
    /// The most redirects.
    pub(crate) redirects: u32,
    /// Addresses that may be connected to though they are not public.
    pub(crate) private: Vec<IpAddr>,
    /// Certificates that are trusted beside the usual ones, in DER.
    pub(crate) certificates: Vec<Vec<u8>>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

/// Why nothing did.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// This address, or what it redirects to.
    Url(UrlProblem, String),
    /// The addresses of its host are not public.
    Private(String),
    TimedOut,
    TooLarge,
    TooManyRedirects,
    /// The network, or whoever answered, in words.
    Failed(String),
}

impl Unanswered {
    /// Says why an address has not answered.
    fn of(error: Error, named: &str) -> Self {
        match error {
            Error::Timeout(_) => Unanswered::TimedOut,
            Error::BodyExceedsLimit(_) | Error::LargeResponseHeader(..) => Unanswered::TooLarge,
            Error::Protocol(error) if error.to_string().contains("too many headers") => {
                Unanswered::TooLarge
            }
            Error::Io(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                Unanswered::Private(named.to_owned())
            }
            Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                Unanswered::TimedOut
            }
            other => Unanswered::Failed(other.to_string()),
        }
    }
}

/// What knows the addresses of a host's name.
type Lookup = fn(&str, u16) -> std::io::Result<Vec<SocketAddr>>;

/// Asks the system.
fn system(host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    (host, port).to_socket_addrs().map(Iterator::collect)
}

/// Resolves names to addresses that may be connected to.
#[derive(Debug)]
struct Careful {
    private: Vec<IpAddr>,
    lookup: Lookup,
    /// Goes along with a lookup, which may go on when nobody waits for it any more.
    permit: Option<Arc<Permit>>,
}

impl Careful {
    /// Looks a name up, and waits for so long at most. The system can neither be told how long it
    /// may take nor be stopped, so it is asked on another thread.
    fn look_up(&self, host: &str, port: u16, longest: Duration) -> Result<Vec<SocketAddr>, Error> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let (say, hear) = mpsc::channel();
        let (lookup, host, permit) = (self.lookup, host.to_owned(), self.permit.clone());
        std::thread::Builder::new().name("moonfuel-lookup".to_owned()).spawn(move || {
            let found = lookup(&host, port);
            drop(permit);
            // Whoever has gone needs no answer.
            let _ = say.send(found);
        })?;
        match hear.recv_timeout(longest) {
            Ok(found) => Ok(found?),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(Error::Timeout(Timeout::Resolve)),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(Error::HostNotFound),
        }
    }
}

impl Resolver for Careful {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default();
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        let port = uri.port_u16().unwrap_or(usual);
        let mut addresses = self.empty();
        let mut any = false;
        for address in self.look_up(host, port, *timeout.after)? {
            any = true;
            let may = is_public(address.ip()) || self.private.contains(&address.ip());
            if may && addresses.len() < 16 {
                addresses.push(address);
            }
        }
        match (any, addresses.is_empty()) {
            (false, _) => Err(Error::HostNotFound),
            (true, true) => Err(std::io::Error::from(std::io::ErrorKind::PermissionDenied).into()),
            _ => Ok(addresses),
        }
    }
}

/// The cryptography of TLS, which is Rust's alone.
static PROVIDER: LazyLock<Arc<rustls::crypto::CryptoProvider>> =
    LazyLock::new(|| Arc::new(rustls_graviola::default_provider()));

fn agent(rules: &Rules, timeout: Duration, lookup: Lookup, hold: &Hold) -> Agent {
    let own = rules.certificates.iter().map(|der| ureq::tls::Certificate::from_der(der).to_owned());
    let own: Vec<_> = own.collect();
    let roots = if own.is_empty() { RootCerts::WebPki } else { RootCerts::new_with_certs(&own) };
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(Arc::clone(&PROVIDER))
        .build();
    let config = Config::builder()
        .tls_config(tls)
        .timeout_global(Some(timeout))
        // Each is looked at here.
        .max_redirects(0)
        .http_status_as_error(false)
        .max_response_header_size(HEADERS)
        .max_idle_connections(0)
        // None of the environment's.
        .proxy(None)
        .user_agent(concat!("moonfuel/", env!("CARGO_PKG_VERSION")))
        .build();
    let resolver = Careful { private: rules.private.clone(), lookup, permit: hold.permit() };
    let wire = Wire {
        usual: DefaultConnector::default(),
        most: rules.largest.saturating_mul(8).saturating_add(WIRE),
    };
    Agent::with_parts(config, wire, resolver)
}

/// Asks, and waits for the answer.
///
/// # Errors
/// Why there is none.
pub(crate) fn fetch(asked: &Asked, hold: &Hold) -> Result<Answered, Unanswered> {
    fetch_from(asked, system, hold)
}

fn fetch_from(asked: &Asked, lookup: Lookup, hold: &Hold) -> Result<Answered, Unanswered> {
    let rules = &asked.rules;
    let deadline = Instant::now() + rules.timeout;
    let mut url = asked.url.clone();
    // What is asked, in errors. Where a redirect leads are words of whoever answers.
    let mut named = asked.url.clone();
    let mut method = asked.method;
    let mut body = asked.body.as_deref();
    // What is meant for one host is not told another, nor by another's word.
    let mut is_meant = true;
    for _ in 0..=rules.redirects {
        validate_url(&url, &rules.domains)
            .map_err(|problem| Unanswered::Url(problem, named.clone()))?;
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Unanswered::TimedOut);
        }
        is_meant = is_meant && is_meant_for(&asked.url, &url);
        if !is_meant && body.is_some() {
            let text = "redirected to another host, which would hear what was posted";
            return Err(Unanswered::Failed(text.to_owned()));
        }
        let mut request = Request::builder().method(method).uri(&url);
        for (name, value) in &asked.headers {
            let is_own = OWN.iter().any(|own| name.eq_ignore_ascii_case(own.as_str()));
            if is_meant && !is_own {
                request = request.header(name, value);
            }
        }
        request = request.header(ACCEPT_ENCODING, "identity");
        let failed = |error: ureq::http::Error| Unanswered::Failed(error.to_string());
        let agent = agent(rules, left, lookup, hold);
        if !hold.goes_on(&agent) {
            return Err(Unanswered::Failed("nobody waits for it".to_owned()));
        }
        let response = match body {
            Some(body) => agent.run(request.body(body).map_err(failed)?),
            None => agent.run(request.body(()).map_err(failed)?),
        };
        let response = response.map_err(|error| Unanswered::of(error, &named))?;
        let status = response.status().as_u16();
        if let (301 | 302 | 303 | 307 | 308, Some(location)) =
            (status, response.headers().get(LOCATION))
        {
            named = format!("a redirect from {}", asked.url);
            let location = location
                .to_str()
                .map_err(|_| Unanswered::Url(UrlProblem::Invalid, named.clone()))?;
            url = resolve(&url, location);
            if status == 303 || (status < 303 && method == "POST") {
                (method, body) = ("GET", None);
            }
            continue;
        }
        if let Some(encoding) = packed(response.headers()) {
            let text = format!("the answer is packed ({encoding}), which was not asked for");
            return Err(Unanswered::Failed(text));
        }
        let content_type = response.headers().get("content-type");
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let content_type = content_type.to_owned();
        let mut bytes = Vec::new();
        let reader = response.into_body().into_reader();
        let read = reader.take(rules.largest.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| Unanswered::of(Error::from(error), &named))?;
        if bytes.len() as u64 > rules.largest {
            return Err(Unanswered::TooLarge);
        }
        return Ok(Answered { status, content_type, body: bytes });
    }
    Err(Unanswered::TooManyRedirects)
}

/// Tells whether whoever answers at an address may hear what was meant for another: it is the
/// same host and port, and what was encrypted stays so.
fn is_meant_for(first: &str, url: &str) -> bool {
    let of = |url: &str| {
        let uri: Uri = url.parse().ok()?;
        let host = uri.host()?.trim_end_matches('.').to_ascii_lowercase();
        let is_tls = uri.scheme_str() == Some("https");
        let usual = if is_tls { 443 } else { 80 };
        Some((host, uri.port_u16().unwrap_or(usual), is_tls))
    };
    let (Some(first), Some(now)) = (of(first), of(url)) else { return false };
    let is_secured = first.0 == now.0 && (first.1, now.1) == (80, 443) && !first.2 && now.2;
    first == now || is_secured
}

/// Ways to pack that have a name.
const PACKED: [&str; 7] = ["br", "compress", "deflate", "gzip", "x-compress", "x-gzip", "zstd"];

/// Returns how an answer is packed, if it is: by itself, or on its way. Words of whoever answers
/// are not repeated: a part of a secret would not be known for one.
fn packed(headers: &HeaderMap) -> Option<&'static str> {
    let named = |name| headers.get_all(name).iter().map(HeaderValue::as_bytes);
    let ways = named(CONTENT_ENCODING).chain(named(TRANSFER_ENCODING));
    let mut ways = ways.flat_map(|value| value.split(|&byte| byte == b',')).map(<[u8]>::trim_ascii);
    let is = |way: &[u8], name: &str| way.eq_ignore_ascii_case(name.as_bytes());
    let way = ways.find(|way| !["", "identity", "chunked"].iter().any(|plain| is(way, plain)))?;
    let known = PACKED.iter().find(|known| is(way, known));
    Some(known.copied().unwrap_or("in a way of its own"))
}

/// Returns what a redirect means that was met at an address.
fn resolve(base: &str, location: &str) -> String {
    let scheme = base.split(':').next().unwrap_or_default();
    let after = base.find("//").map_or(0, |at| at + 2);
    let end = after + authority_end(&base[after..]);
    let is_whole = location.split(['/', '?', '#']).next().is_some_and(|first| first.contains(':'));
    if is_whole {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{}{location}", &base[..end])
    } else {
        let path = base[end..].split(['?', '#']).next().unwrap_or_default();
        if location.is_empty() || location.starts_with(['?', '#']) {
            // The same, but for what it is asked.
            return format!("{}{path}{location}", &base[..end]);
        }
        let folder = path.rfind('/').map_or("", |at| &path[..at]);
        format!("{}{folder}/{location}", &base[..end])
    }
}
