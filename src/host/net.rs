//! Which addresses of the network scripts may ask for, and which answers they get.
//!
//! The rules look at text alone. What a name resolves to is looked at when the connection is
//! made (`fetch`, with the feature `net`).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[cfg(feature = "net")]
pub(crate) mod fetch;
#[cfg(feature = "net")]
mod hold;
pub(crate) mod http;
#[cfg(feature = "net")]
pub(crate) mod task;
#[cfg(test)]
mod tests;

/// The domains of jido's own list, for [`JidoOptions::domains`](super::jido::JidoOptions::domains).
pub const DOMAINS: [&str; 5] =
    ["hexdocs.pm", "elixir-lang.org", "erlang.org", "github.com", "hex.pm"];

/// Schemes that never lead to the network, and are none to ask for.
const BLOCKED: [&str; 4] = ["file", "javascript", "data", "about"];

/// Types of content that are text.
const TYPES: [&str; 7] = [
    "text/html",
    "text/plain",
    "text/markdown",
    "text/xml",
    "application/json",
    "application/xml",
    "application/xhtml+xml",
];

/// Why a URL is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlProblem {
    /// Nothing says how to ask.
    MissingScheme,
    /// The scheme leads elsewhere than to the network.
    BlockedScheme,
    /// The scheme is neither `http` nor `https`.
    InvalidScheme,
    /// The host is none of the allowed ones.
    Domain,
    /// It is no address.
    Invalid,
}

impl UrlProblem {
    /// Returns the name of the problem: `domain_not_allowed` and its kin.
    pub fn name(self) -> &'static str {
        match self {
            UrlProblem::MissingScheme => "missing_scheme",
            UrlProblem::BlockedScheme => "blocked_scheme",
            UrlProblem::InvalidScheme => "invalid_scheme",
            UrlProblem::Domain => "domain_not_allowed",
            UrlProblem::Invalid => "invalid_url",
        }
    }
}

impl fmt::Display for UrlProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::error::Error for UrlProblem {}

/// Looks at an address: it must be one of `http` or `https`, and its host one of the domains
/// or below one. Returns the host.
///
/// ```
/// use moonfuel::host::net::{UrlProblem, validate_url};
///
/// let allowed = ["example.org"];
/// assert_eq!(validate_url("https://api.example.org/x?y", &allowed), Ok("api.example.org".to_owned()));
/// assert_eq!(validate_url("https://example.org@evil.com/", &allowed), Err(UrlProblem::Domain));
/// ```
///
/// # Errors
/// Why not.
pub fn validate_url<T: AsRef<str>>(url: &str, domains: &[T]) -> Result<String, UrlProblem> {
    let is_odd = |byte: u8| byte <= b' ' || byte == 0x7f || b"\\\"<>^`{|}".contains(&byte);
    let Some((scheme, rest)) = url.split_once(':') else { return Err(UrlProblem::MissingScheme) };
    let mut letters = scheme.bytes();
    let is_scheme = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || b"+-".contains(&byte));
    if !is_scheme {
        return Err(UrlProblem::MissingScheme);
    }
    let scheme = scheme.to_ascii_lowercase();
    if BLOCKED.contains(&scheme.as_str()) {
        return Err(UrlProblem::BlockedScheme);
    }
    if scheme != "http" && scheme != "https" {
        return Err(UrlProblem::InvalidScheme);
    }
    let rest = rest.strip_prefix("//").ok_or(UrlProblem::Invalid)?;
    let end = authority_end(rest);
    if url.bytes().any(is_odd) || !rest[..end].is_ascii() {
        return Err(UrlProblem::Invalid);
    }
    // Whoever is named before `@` is not the host.
    let (user, host) = rest[..end].rsplit_once('@').map_or(("", &rest[..end]), |(u, h)| (u, h));
    let host = host_of(host).ok_or(UrlProblem::Invalid)?;
    let is_allowed = domains.iter().any(|domain| is_within(&host, domain.as_ref()));
    match is_allowed {
        false => Err(UrlProblem::Domain),
        true if !user.is_empty() => Err(UrlProblem::Invalid),
        true => Ok(host),
    }
}

/// Returns where the part of an address ends that says whose it is. `rest` is what follows `//`.
pub(crate) fn authority_end(rest: &str) -> usize {
    rest.find(['/', '?', '#']).unwrap_or(rest.len())
}

/// Takes the port off, and the dot at the end.
fn host_of(authority: &str) -> Option<String> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, port.strip_prefix(':').or_else(|| port.is_empty().then_some("")))
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, Some("")),
        },
    };
    // Rust reads a sign as well.
    let is_number = port?.bytes().all(|byte| byte.is_ascii_digit());
    let is_port = port?.is_empty() || is_number && port?.parse::<u16>().is_ok();
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    (is_port && !host.is_empty() && !host.ends_with('.') && !host.contains('%')).then_some(host)
}

/// Returns a name of a list of hosts as those of addresses are: in small letters, without what
/// may stand around it.
fn plain(name: &str) -> String {
    let name = name.strip_suffix('.').unwrap_or(name);
    let inner = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    inner.unwrap_or(name).to_ascii_lowercase()
}

/// Tells whether a host is one of a list, or below it. An address has nothing below it.
pub(crate) fn is_within(host: &str, listed: &str) -> bool {
    let (host, listed) = (plain(host), plain(listed));
    let Some(above) = host.strip_suffix(listed.as_str()) else { return false };
    let is_below = || above.ends_with('.') && host.parse::<IpAddr>().is_err();
    !listed.is_empty() && (above.is_empty() || is_below())
}

/// Looks for a name on a list of hosts that no host has: it would allow nothing.
///
/// # Errors
/// Which it is.
pub(crate) fn look_at_hosts(list: &str, hosts: &[String]) -> Result<(), String> {
    let is_name = |host: &String| {
        let name = plain(host);
        let is_label = |label: &str| {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            !label.is_empty() && label.bytes().all(is_part)
        };
        name.parse::<IpAddr>().is_ok() || name.split('.').all(is_label)
    };
    match hosts.iter().find(|host| !is_name(host)) {
        None => Ok(()),
        Some(host) => Err(format!(
            "{list} names '{host}', which is no host's name: a host is allowed with all its ports \
             and what is below it, and is written as in an address: example.org"
        )),
    }
}

/// Returns the addresses that are private and yet meant: those that are on a list of hosts by
/// themselves, or as `localhost`.
pub(crate) fn private_addresses(hosts: &[String]) -> Vec<IpAddr> {
    let addresses = hosts.iter().flat_map(|host| match plain(host).as_str() {
        "localhost" => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        host => host.parse::<IpAddr>().ok().into_iter().collect(),
    });
    addresses.collect()
}

/// Tells whether an answer of this type is text that scripts may have.
pub fn is_allowed_type(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    TYPES.contains(&kind.as_str())
}

/// Tells whether an address belongs to the public internet: it is none of this machine's, of a
/// private network's, or for special purposes.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_public_v4(mapped),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
    // Azure's machines reach at it, and only there, who serves them: names, keys, settings.
    if (a, b, c, d) == (168, 63, 129, 16) {
        return false;
    }
    let is_special = matches!(
        (a, b, c),
        // This network, private use, shared by carriers, loopback, link-local.
        (0 | 10 | 127, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            // Protocols, documentation, relays, benchmarks.
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            // To many, and kept for later.
            | (224..=255, _, _)
    );
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, ..] = address.segments();
    // What is given out to everybody begins so; the rest of it is for tunnels, which hide
    // other addresses, and for documentation.
    let is_global = (0x2000..=0x3fff).contains(&a);
    let is_special =
        matches!((a, b, c, d), (0x2001, 0..=0x1ff | 0xdb8, _, _) | (0x2002 | 0x3fff, ..));
    is_global && !is_special
}
