//! Against servers of the test's own.

use super::*;
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};

fn fetch(asked: &Asked) -> Result<Answered, Unanswered> {
    super::fetch(asked, &Hold::default())
}

fn fetch_from(asked: &Asked, lookup: Lookup) -> Result<Answered, Unanswered> {
    super::fetch_from(asked, lookup, &Hold::default())
}

/// Answers each connection by what was asked for.
fn server(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || {
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let first = lines.next().and_then(Result::ok).unwrap_or_default();
                while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
                let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
                answer(&path, &mut stream);
            });
        }
    });
    port
}

fn say(stream: &mut TcpStream, head: &str, body: &[u8]) {
    // Whoever has gone has heard enough.
    let head =
        format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

fn asked(port: u16, path: &str) -> Asked {
    let rules = Rules {
        domains: vec!["localhost".to_owned()],
        largest: 1000,
        timeout: Duration::from_millis(700),
        redirects: 3,
        private: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        certificates: Vec::new(),
    };
    let url = format!("http://localhost:{port}{path}");
    Asked { method: "GET", url, headers: Vec::new(), body: None, rules }
}

#[test]
fn answers_are_bounded_and_redirects_looked_at() {
    let port = server(|path, stream| match path {
        "/page" => say(stream, "200 OK\r\nContent-Type: text/html", b"<title>T</title>"),
        "/none" => say(stream, "404 Not Found", b"none"),
        "/once" => say(stream, "302 Found\r\nLocation: page", b""),
        "/loop" => say(stream, "302 Found\r\nLocation: /loop", b""),
        "/away" => say(stream, "302 Found\r\nLocation: http://example.org/", b""),
        "/file" => say(stream, "302 Found\r\nLocation: file:///etc/passwd", b""),
        "/large" => say(stream, "200 OK", &[b'x'; 1001]),
        "/liar" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nshort");
        }
        "/chunks" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            while stream.write_all(b"8\r\nxxxxxxxx\r\n").is_ok() {}
        }
        "/slow" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
            for _ in 0..100 {
                std::thread::sleep(Duration::from_millis(50));
                if stream.write_all(b"x").is_err() {
                    return;
                }
            }
        }
        _ => {
            // Headers without an end.
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
            while stream.write_all(b"X-More: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n").is_ok() {}
        }
    });
    let get = |path: &str| fetch(&asked(port, path));
    let page = get("/page").unwrap();
    assert_eq!((page.status, page.body.as_slice()), (200, b"<title>T</title>".as_slice()));
    assert_eq!(page.content_type, "text/html");
    assert_eq!(get("/none").unwrap().status, 404);
    assert_eq!(get("/once").unwrap().status, 200);
    assert!(matches!(get("/loop"), Err(Unanswered::TooManyRedirects)));
    // What is asked for was not refused, and where it leads are the answer's words.
    for (path, refused) in [("/away", UrlProblem::Domain), ("/file", UrlProblem::BlockedScheme)] {
        let Err(Unanswered::Url(problem, named)) = get(path) else { panic!("{path} is followed") };
        let asked = format!("a redirect from {}", asked(port, path).url);
        assert_eq!((problem, named), (refused, asked));
    }
    assert!(matches!(get("/large"), Err(Unanswered::TooLarge)));
    assert!(matches!(get("/liar"), Err(Unanswered::Failed(_))));
    assert!(matches!(get("/chunks"), Err(Unanswered::TooLarge)));
    let begin = Instant::now();
    let slow = get("/slow");
    assert!(matches!(slow, Err(Unanswered::TimedOut)), "{slow:?}");
    assert!(begin.elapsed() < Duration::from_secs(4));
    let endless = get("/endless");
    assert!(matches!(endless, Err(Unanswered::TooLarge | Unanswered::TimedOut)), "{endless:?}");
}

#[test]
fn what_comes_packed_is_not_taken_for_text() {
    let port = server(|path, stream| match path {
        "/gzip" => say(stream, "200 OK\r\nContent-Encoding: gzip", b"\x1f\x8b..."),
        "/two" => say(stream, "200 OK\r\nContent-Encoding: identity, br", b"..."),
        "/plain" => say(stream, "200 OK\r\nContent-Encoding: identity", b"text"),
        _ => say(stream, "200 OK", b"text"),
    });
    for (path, encoding) in [("/gzip", "gzip"), ("/two", "br")] {
        let Err(Unanswered::Failed(why)) = fetch(&asked(port, path)) else { panic!("{path}") };
        assert!(why.contains(&format!("packed ({encoding})")), "{why}");
    }
    assert_eq!(fetch(&asked(port, "/plain")).unwrap().body, b"text");
    assert_eq!(fetch(&asked(port, "/none")).unwrap().body, b"text");
}

#[test]
fn what_is_asked_for_is_not_packed() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        say(&mut stream, "200 OK", b"");
        head
    });
    let mut asked = asked(port, "/");
    asked.headers = vec![("accept-encoding".to_owned(), "gzip".to_owned())];
    fetch(&asked).unwrap();
    let head = heard.join().unwrap();
    let encodings: Vec<String> = head
        .iter()
        .map(|line| line.to_ascii_lowercase())
        .filter(|line| line.starts_with("accept-encoding:"))
        .collect();
    assert_eq!(encodings, ["accept-encoding: identity"]);
}

#[test]
fn addresses_that_are_not_public_are_not_connected_to() {
    let port = server(|_, stream| say(stream, "200 OK", b"INSIDE"));
    let mut private = asked(port, "/");
    private.rules.private.clear();
    let refused = fetch(&private);
    assert!(matches!(refused, Err(Unanswered::Private(_))), "{refused:?}");
}

#[test]
fn what_cannot_prove_who_it_is_is_not_heard() {
    // It speaks, but no TLS.
    let port = server(|_, stream| say(stream, "200 OK", b"no"));
    let mut asked = asked(port, "/");
    asked.url = format!("https://localhost:{port}/");
    assert!(fetch(&asked).is_err());
}

#[test]
fn redirects_are_read_as_browsers_do() {
    let base = "https://a.org/x/y?z#f";
    for (location, want) in [
        ("https://b.org/", "https://b.org/"),
        ("//b.org/q", "https://b.org/q"),
        ("/q", "https://a.org/q"),
        ("q", "https://a.org/x/q"),
        ("?q", "https://a.org/x/y?q"),
        ("file:///etc", "file:///etc"),
    ] {
        assert_eq!(resolve(base, location), want);
    }
    assert_eq!(resolve("https://a.org", "q"), "https://a.org/q");
}

mod hostile;

const KEY: &[u8] = include_bytes!("tests/key.der");
const AUTHORITY: &[u8] = include_bytes!("tests/ca.der");

/// A server that shows a certificate, and says "secret" to whoever accepts it.
fn tls_server(certificate: &'static [u8]) -> u16 {
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(KEY).into();
    let config = rustls::ServerConfig::builder_with_provider(Arc::clone(&PROVIDER))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::Stream::new(&mut connection, &mut stream);
            let mut heard = [0; 4096];
            // Whoever does not trust the certificate goes.
            if tls.read(&mut heard).is_ok_and(|count| count > 0) {
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";
                let _ = tls.write_all(answer).and_then(|()| tls.flush());
            }
        }
    });
    port
}

fn over_tls(certificate: &'static [u8]) -> Result<Answered, Unanswered> {
    let mut asked = asked(0, "/");
    asked.url = format!("https://localhost:{}/", tls_server(certificate));
    asked.rules.certificates = vec![AUTHORITY.to_vec()];
    asked.rules.timeout = Duration::from_secs(5);
    fetch(&asked)
}

#[test]
fn certificates_must_be_those_of_the_host() {
    assert_eq!(over_tls(include_bytes!("tests/localhost.der")).unwrap().body, b"secret");
    for (what, certificate) in [
        ("another host's", include_bytes!("tests/other.der").as_slice()),
        ("one that is over", include_bytes!("tests/expired.der")),
        ("a stranger's", include_bytes!("tests/stranger.der")),
    ] {
        let refused = over_tls(certificate);
        let Err(Unanswered::Failed(why)) = &refused else { panic!("{what}: {refused:?}") };
        assert!(why.to_lowercase().contains("certificate"), "{what}: {why}");
    }
    // The usual authorities do not know the test's.
    let mut asked = asked(0, "/");
    asked.url = format!("https://localhost:{}/", tls_server(include_bytes!("tests/localhost.der")));
    asked.rules.timeout = Duration::from_secs(5);
    assert!(matches!(fetch(&asked), Err(Unanswered::Failed(_))));
}

/// A name that means this machine the first time, and a neighbour from then on.
fn rebinding(_: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    use std::sync::atomic::{AtomicU8, Ordering};
    static TIMES: AtomicU8 = AtomicU8::new(0);
    let last = if TIMES.fetch_add(1, Ordering::Relaxed) == 0 { 1 } else { 2 };
    Ok(vec![SocketAddr::from(([127, 0, 0, last], port))])
}

#[test]
fn a_name_that_means_something_else_a_moment_later_is_looked_at_again() {
    let port = server(|path, stream| match path {
        "/" => say(stream, "302 Found\r\nLocation: /again", b""),
        _ => say(stream, "200 OK", b"again"),
    });
    // The first address may be connected to; where the redirect leads by then must not be.
    let refused = fetch_from(&asked(port, "/"), rebinding);
    assert!(matches!(refused, Err(Unanswered::Private(_))), "{refused:?}");
}

#[test]
fn of_many_addresses_those_are_connected_to_that_may_be() {
    fn many(_: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        let addresses = [[127, 0, 0, 2], [169, 254, 169, 254], [10, 0, 0, 1], [127, 0, 0, 1]];
        Ok(addresses.map(|address| SocketAddr::from((address, port))).to_vec())
    }
    let port = server(|_, stream| say(stream, "200 OK", b"allowed"));
    // A neighbour listens at the same port.
    let inside = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), port)).unwrap();
    inside.set_nonblocking(true).unwrap();
    assert_eq!(fetch_from(&asked(port, "/"), many).unwrap().body, b"allowed");
    assert!(inside.accept().is_err(), "the neighbour was connected to");
}

/// A server that tells what it heard, and its port.
fn echo() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut heard = Vec::new();
            let mut piece = [0; 4096];
            while !heard.windows(4).any(|end| end == b"\r\n\r\n") {
                match stream.read(&mut piece) {
                    Ok(count) if count > 0 => heard.extend_from_slice(&piece[..count]),
                    _ => break,
                }
            }
            say(&mut stream, "200 OK", &heard);
        }
    });
    port
}

#[test]
fn headers_that_follow_from_the_request_are_no_scripts_to_say() {
    let port = echo();
    let mut asked = asked(port, "/");
    (asked.method, asked.body) = ("POST", Some(b"text".to_vec()));
    let given = [
        ("Host", "inside.example"),
        ("content-length", "400"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "Upgrade"),
        ("Upgrade", "h2c"),
        ("Expect", "100-continue"),
        ("X-Own", "kept"),
    ];
    asked.headers = given.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let heard = String::from_utf8(fetch(&asked).unwrap().body).unwrap().to_lowercase();
    assert!(heard.contains(&format!("host: localhost:{port}\r\n")), "{heard}");
    assert!(heard.contains("content-length: 4\r\n") && heard.contains("x-own: kept"), "{heard}");
    for other in ["inside.example", "400", "chunked", "h2c", "100-continue"] {
        assert!(!heard.contains(other), "{other}: {heard}");
    }
}

#[test]
fn headers_are_told_no_other_port_and_not_in_the_clear() {
    let other = echo();
    let port = server(move |path, stream| match path {
        "/away" => {
            let away = format!("302 Found\r\nLocation: http://localhost:{other}/");
            say(stream, &away, b"");
        }
        _ => say(stream, "302 Found\r\nLocation: /away", b""),
    });
    let mut asked = asked(port, "/");
    asked.headers = vec![("Authorization".to_owned(), "Bearer secret".to_owned())];
    let heard = String::from_utf8(fetch(&asked).unwrap().body).unwrap();
    assert!(!heard.contains("secret"), "{heard}");
    for (first, now, is_meant) in [
        ("https://a.org/x", "https://A.org.:443/y", true),
        ("http://a.org/", "https://a.org/", true),
        ("https://a.org/", "http://a.org/", false),
        ("https://a.org/", "http://a.org:443/", false),
        ("http://a.org/", "https://a.org:8443/", false),
        ("https://a.org/", "https://b.a.org/", false),
    ] {
        assert_eq!(is_meant_for(first, now), is_meant, "{first} {now}");
    }
}
