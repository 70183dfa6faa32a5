//! Which addresses pass.

use super::*;

#[test]
fn only_allowed_hosts_are_asked() {
    let allowed = ["example.org", "Sub.Example.com."];
    let cases = [
        ("https://example.org", Ok("example.org")),
        ("HTTPS://API.Example.ORG:8443/x", Ok("api.example.org")),
        ("http://example.org.?q", Ok("example.org")),
        ("https://a.sub.example.com/", Ok("a.sub.example.com")),
        ("https://example.com/", Err("domain_not_allowed")),
        ("https://badexample.org/", Err("domain_not_allowed")),
        ("https://example.org.evil.com/", Err("domain_not_allowed")),
        ("https://evil.com/example.org", Err("domain_not_allowed")),
        ("https://evil.com#example.org", Err("domain_not_allowed")),
        ("https://example.org@evil.com/", Err("domain_not_allowed")),
        ("https://user:word@example.org/", Err("invalid_url")),
        ("https://evil.com\\@example.org/", Err("invalid_url")),
        ("https://exam\tple.org/", Err("invalid_url")),
        ("https://example.org:99999/", Err("invalid_url")),
        ("https://example.org:+443/", Err("invalid_url")),
        ("https://@example.org/", Ok("example.org")),
        ("https:///example.org", Err("invalid_url")),
        ("https:example.org", Err("invalid_url")),
        ("https://%65xample.org/", Err("invalid_url")),
        ("https://[::1]/", Err("domain_not_allowed")),
        ("https://[::1/", Err("invalid_url")),
        ("http://127.0.0.1/", Err("domain_not_allowed")),
        ("example.org/x", Err("missing_scheme")),
        ("//example.org/x", Err("missing_scheme")),
        ("", Err("missing_scheme")),
        ("ftp://example.org/", Err("invalid_scheme")),
        ("file:///etc/passwd", Err("blocked_scheme")),
        ("JavaScript:alert(1)", Err("blocked_scheme")),
        ("data:text/plain,x", Err("blocked_scheme")),
    ];
    for (url, want) in cases {
        let got = validate_url(url, &allowed);
        assert_eq!(got.as_deref().map_err(|problem| problem.name()), want, "{url}");
    }
    assert_eq!(validate_url("https://example.org", &[""]), Err(UrlProblem::Domain));
}

#[test]
fn special_addresses_are_not_public() {
    let special = "0.0.0.0 10.1.2.3 127.0.0.1 100.64.0.1 169.254.169.254 172.16.0.1 172.31.255.255 \
                   192.168.1.1 192.0.0.8 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 \
                   255.255.255.255 168.63.129.16 :: ::1 fe80::1 fc00::1 fd12::1 ff02::1 ::ffff:127.0.0.1 \
                   ::ffff:10.0.0.1 64:ff9b::7f00:1 2001:db8::1 2001::1 2002:7f00:1::1 fec0::1";
    for address in special.split_whitespace() {
        assert!(!is_public(address.parse().unwrap()), "{address}");
    }
    for address in "1.1.1.1 8.8.8.8 172.32.0.1 100.128.0.1 93.184.216.34 2606:4700::1111".split(' ')
    {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
}

#[test]
fn addresses_are_listed_as_they_are_or_in_brackets() {
    for listed in ["::1", "[::1]"] {
        assert_eq!(validate_url("http://[::1]:80/", &[listed]), Ok("::1".to_owned()));
        assert_eq!(private_addresses(&[listed.to_owned()]), [IpAddr::V6(Ipv6Addr::LOCALHOST)]);
    }
    assert_eq!(validate_url("http://10.0.0.1/", &["0.1"]), Err(UrlProblem::Domain));
    assert_eq!(validate_url("http://x.127.0.0.1/", &["127.0.0.2"]), Err(UrlProblem::Domain));
    assert_eq!(private_addresses(&["LOCALHOST.".to_owned()]).len(), 2);
}

#[test]
fn what_names_no_host_is_on_no_list() {
    for name in ["example.org", "Example.ORG.", "localhost", "a_b.x-1", "10.0.0.1", "::1", "[::1]"]
    {
        assert_eq!(look_at_hosts("it", &[name.to_owned()]), Ok(()), "{name}");
    }
    for name in [
        "",
        ".",
        "*.example.org",
        "http://example.org",
        "example.org/x",
        "example.org:80",
        "[::1]:80",
        "user@example.org",
        "a b",
        "a..b",
        "ex\u{e4}mple.org",
    ] {
        let why = look_at_hosts("it", &["a.org".to_owned(), name.to_owned()]).unwrap_err();
        assert!(why.starts_with(&format!("it names '{name}', which is no host's name")), "{why}");
    }
}

#[test]
fn text_is_what_scripts_get() {
    for kind in ["text/html; charset=utf-8", "Application/JSON", "text/plain"] {
        assert!(is_allowed_type(kind), "{kind}");
    }
    for kind in ["image/png", "application/octet-stream", "", "text/javascript", "xtext/html"] {
        assert!(!is_allowed_type(kind), "{kind}");
    }
}
