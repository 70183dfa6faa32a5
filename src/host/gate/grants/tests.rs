//! Paths and addresses as they are looked at.

use super::{below, host_of};

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
