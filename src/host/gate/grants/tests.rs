//! Paths and addresses as they are looked at.

use super::{below, host_of, without_secrets};

#[test]
fn paths_are_looked_at_by_component() {
    let root = Some(b"/srv/p".as_slice());
    let joined = |path: &str| {
        let parts = below(root, path.as_bytes())?;
        Some(String::from_utf8(parts.join(&b'/')).unwrap())
    };
    assert_eq!(joined("src/../docs//a.txt").as_deref(), Some("docs/a.txt"));
    assert_eq!(joined("/srv/p/src/x").as_deref(), Some("src/x"));
    assert_eq!(joined("/srv/p").as_deref(), Some(""));
    assert_eq!(joined("/srv/p2/src"), None);
    assert_eq!(joined("../p"), None);
}

#[test]
fn the_log_has_no_words_to_enter_with() {
    for (about, want) in [
        ("http://user:hunter2@a.org/x@y?z", "http://[REDACTED]@a.org/x@y?z"),
        ("http://user@b:c@a.org", "http://[REDACTED]@a.org"),
        ("http://a.org/x@y", "http://a.org/x@y"),
        ("http://a.org?x=http://u:p@b.org", "http://a.org?x=http://u:p@b.org"),
        ("http://@a.org/", "http://@a.org/"),
        ("notes/a@b.txt", "notes/a@b.txt"),
    ] {
        assert_eq!(without_secrets(about.as_bytes()), want);
    }
}

#[test]
fn a_list_of_hosts_means_the_same_for_the_policy_and_for_who_connects() {
    use crate::host::net::is_within;
    for (host, listed, is_it) in [
        ("a.org", "A.org.", true),
        ("x.a.org", "a.org", true),
        ("xa.org", "a.org", false),
        ("[::1]", "::1", true),
        ("::1", "[::1]", true),
        ("10.0.0.1", "0.1", false),
        ("10.0.0.1", "10.0.0.1", true),
        ("a.org", "", false),
        ("", "", false),
    ] {
        assert_eq!(is_within(host, listed), is_it, "{host} {listed}");
    }
}

#[test]
fn hosts_are_what_an_address_leads_to() {
    for (url, want) in [
        ("https://Example.com:8080/x?y", Some("example.com")),
        ("https://good.com@evil.com/", Some("evil.com")),
        ("http://[::1]:80/", Some("[::1]")),
        ("http://a.com\\@b.com/", Some("a.com")),
        ("nothing", None),
    ] {
        assert_eq!(host_of(url.as_bytes()).as_deref(), want, "{url}");
    }
}
