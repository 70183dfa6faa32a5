//! Servers that do what they must not, and names that mean what they should not.

use super::super::super::task::Task;
use super::*;
use crate::host::permits::Permits;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is said, and then the end.
fn says(text: &'static [u8]) -> Result<Answered, Unanswered> {
    let port = server(move |_, stream| {
        let _ = stream.write_all(text);
    });
    fetch(&asked(port, "/"))
}

/// A beginning, and then the same again and again.
fn goes_on(begin: &'static [u8], more: &'static [u8]) -> Result<Answered, Unanswered> {
    let port = server(move |_, stream| {
        let _ = stream.write_all(begin);
        while stream.write_all(more).is_ok() {}
    });
    fetch(&asked(port, "/"))
}

#[test]
fn what_is_no_answer_is_an_error() {
    let refused = [
        b"hello there".as_slice(),
        b"",
        b"HTTP/2.0 200 OK\r\n\r\nx",
        b"HTTP/1.1 000 OK\r\n\r\nx",
        b"HTTP/1.1 -20 OK\r\n\r\nx",
        b"HTTP/1.1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nX: a\r\n folded\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nxy",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxyz",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /x\r\n",
    ];
    for text in refused {
        let got = says(text);
        let shown = String::from_utf8_lossy(text);
        assert!(matches!(got, Err(Unanswered::Failed(_))), "{shown}: {got:?}");
    }
    // What comes behind an answer is nobody's.
    let twice = b"HTTP/1.1 103 Early\r\nContent-Length: 5\r\n\r\n\
                  HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\nmore";
    assert_eq!(says(twice).unwrap().body, b"ok");
}

#[test]
fn what_never_ends_ends() {
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let last = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n";
    for (begin, more) in [
        (b"".as_slice(), b"HTTP/1.1 100 Continue\r\n\r\n".as_slice()),
        (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
        (b"HTTP/1.1 200 ", &[b'x'; 4096]),
        (b"HTTP/1.1 200 OK\r\nX: ", &[b'x'; 65536]),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 65536]),
        (chunked, &[b'0'; 65536]),
        (chunked, b"1;xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        (chunked, b"1;extended=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nx\r\n"),
        (last, b"X: y\r\n"),
        (last, &[b'x'; 65536]),
    ] {
        let now = Instant::now();
        let got = goes_on(begin, more);
        let shown = String::from_utf8_lossy(&more[..more.len().min(40)]);
        assert!(got.is_err(), "{shown}: {got:?}");
        assert!(now.elapsed() < Duration::from_secs(5), "{shown}: {:?}", now.elapsed());
    }
}

#[test]
fn what_follows_the_last_chunk_has_a_limit() {
    let lines = b"X: y\r\n".repeat(10_000);
    let port = server(move |_, stream| {
        let last = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n";
        let _ = stream.write_all(last);
        while stream.write_all(&lines).is_ok() {}
    });
    let mut asked = asked(port, "/");
    asked.rules.timeout = Duration::from_secs(30);
    let got = fetch(&asked);
    assert!(matches!(got, Err(Unanswered::TooLarge)), "{got:?}");
}

#[test]
fn whoever_says_a_byte_now_and_then_is_not_heard_for_ever() {
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (begin, more) in [
        (b"HTTP/1.1 200 OK\r\nX: ".as_slice(), b"x".as_slice()),
        (b"", b"HTTP/1.1 103 Early\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (chunked, b"1\r\nx\r\n"),
    ] {
        let port = server(move |_, stream| {
            let _ = stream.write_all(begin);
            while stream.write_all(more).is_ok() {
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        for scheme in ["http", "https"] {
            let mut asked = asked(port, "/");
            asked.url = asked.url.replace("http", scheme);
            let now = Instant::now();
            let got = fetch(&asked);
            assert!(got.is_err(), "{got:?}");
            assert!(now.elapsed() < Duration::from_secs(5), "{:?}", now.elapsed());
        }
    }
}

/// A handshake that never comes to its end.
#[test]
fn a_handshake_in_single_bytes_is_not_waited_for() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // A long record of a handshake.
            let _ = stream.write_all(&[22, 3, 3, 64, 0]);
            while stream.write_all(b"\x02").is_ok() {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    });
    let mut asked = asked(port, "/");
    asked.url = asked.url.replace("http", "https");
    let now = Instant::now();
    let got = fetch(&asked);
    assert!(matches!(got, Err(Unanswered::TimedOut | Unanswered::Failed(_))), "{got:?}");
    assert!(now.elapsed() < Duration::from_secs(5), "{:?}", now.elapsed());
}

#[test]
fn redirects_lead_to_allowed_hosts_however_they_are_written() {
    let other = server(|path, stream| say(stream, "200 OK", format!("there {path}").as_bytes()));
    let location = Arc::new(Mutex::new(String::new()));
    let theirs = Arc::clone(&location);
    let port = server(move |path, stream| match path {
        "/a/b" => say(stream, &format!("302 Found\r\nLocation: {}", theirs.lock().unwrap()), b""),
        _ => say(stream, "200 OK", format!("here {path}").as_bytes()),
    });
    let follow = |to: &str| {
        *location.lock().unwrap() = to.replace("PORT", &other.to_string());
        match fetch(&asked(port, "/a/b")) {
            Ok(answered) => String::from_utf8(answered.body).unwrap(),
            Err(Unanswered::Url(problem, _)) => problem.name().to_owned(),
            Err(why) => format!("{why:?}"),
        }
    };
    for (to, want) in [
        ("http://LOCALHOST:PORT/x", "there /x"),
        ("HTTP://localhost:PORT/x", "there /x"),
        ("//localhost:PORT/x", "there /x"),
        ("http://@localhost:PORT/x", "there /x"),
        ("http://localhost:PORT", "there /"),
        ("/x#y", "here /x"),
        ("x?y=http://z:1", "here /a/x?y=http://z:1"),
        ("?x", "here /a/b?x"),
        ("/%0d%0aX-Mine:1", "here /%0d%0aX-Mine:1"),
        ("http://localhost..:PORT/x", "invalid_url"),
        ("http://127.0.0.1:PORT/x", "domain_not_allowed"),
        ("http://127.1:PORT/x", "domain_not_allowed"),
        ("http://2130706433:PORT/x", "domain_not_allowed"),
        ("http://017700000001:PORT/x", "domain_not_allowed"),
        ("http://0x7f.1:PORT/x", "domain_not_allowed"),
        ("http://[::1]:PORT/x", "domain_not_allowed"),
        ("http://[::ffff:127.0.0.1]:PORT/x", "domain_not_allowed"),
        ("http://localhost@other.example/", "domain_not_allowed"),
        ("http://other.example#@localhost:PORT/", "domain_not_allowed"),
        ("http://other.example?@localhost:PORT/", "domain_not_allowed"),
        ("http://[::1%25lo]:PORT/x", "invalid_url"),
        ("http://%6cocalhost:PORT/x", "invalid_url"),
        ("http://user@localhost:PORT/x", "invalid_url"),
        ("http://localhost:PORT:80/x", "invalid_url"),
        ("http://localhost:+PORT/x", "invalid_url"),
        ("http://localhost:99999/x", "invalid_url"),
        ("http://loc\talhost:PORT/x", "invalid_url"),
        ("http://localhos\u{17f}t:PORT/x", "invalid_url"),
        ("http:\\\\localhost:PORT/x", "invalid_url"),
        ("/\\localhost:PORT/x", "invalid_url"),
        ("///localhost:PORT/x", "invalid_url"),
        ("http:localhost:PORT/x", "invalid_url"),
        ("http://", "invalid_url"),
        ("\\\\localhost:PORT/x", "missing_scheme"),
        ("ftp://localhost:PORT/x", "invalid_scheme"),
        ("gopher://localhost:PORT/x", "invalid_scheme"),
        ("data:text/plain,x", "blocked_scheme"),
        ("#x", "TooManyRedirects"),
    ] {
        assert_eq!(follow(to), want, "{to}");
    }
}

/// A server that notes all that it hears, heads and bodies, and answers so.
fn noting(head: impl Fn(&str) -> String + Send + Sync + 'static) -> (u16, Arc<Mutex<String>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(String::new()));
    let notes = Arc::clone(&heard);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
            let mut all = Vec::new();
            let _ = stream.read_to_end(&mut all);
            let text = String::from_utf8_lossy(&all).into_owned();
            let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
            notes.lock().unwrap().push_str(&text);
            say(&mut stream, &head(&path), b"heard");
        }
    });
    (port, heard)
}

#[test]
fn what_is_posted_is_told_nobody_else() {
    let (other, others) = noting(|_| "200 OK".to_owned());
    let (port, heard) = noting(move |path| match path {
        "/here" => "307 Temporary\r\nLocation: /end".to_owned(),
        "/there" => format!("308 Permanent\r\nLocation: http://localhost:{other}/"),
        "/later" => "307 Temporary\r\nLocation: /there".to_owned(),
        "/seen" => format!("303 See\r\nLocation: http://localhost:{other}/seen"),
        "/found" => format!("302 Found\r\nLocation: http://localhost:{other}/found"),
        _ => "200 OK".to_owned(),
    });
    let post = |path: &str| {
        let mut asked = asked(port, path);
        asked.rules.timeout = Duration::from_secs(5);
        (asked.method, asked.body) = ("POST", Some(b"what is posted".to_vec()));
        fetch(&asked)
    };
    assert_eq!(post("/here").unwrap().status, 200);
    assert_eq!(heard.lock().unwrap().matches("what is posted").count(), 2);
    for path in ["/there", "/later"] {
        let got = post(path);
        let Err(Unanswered::Failed(why)) = &got else { panic!("{path}: {got:?}") };
        assert!(why.starts_with("redirected to another host"), "{why}");
    }
    assert_eq!(*others.lock().unwrap(), "");
    for path in ["/seen", "/found"] {
        assert_eq!(post(path).unwrap().status, 200);
        let others = others.lock().unwrap();
        assert!(others.contains(&format!("GET {path} ")) && !others.contains("posted"), "{others}");
    }
}

#[test]
fn headers_do_not_come_back_by_way_of_another() {
    let back = Arc::new(AtomicUsize::new(0));
    let there = Arc::clone(&back);
    let (other, others) = noting(move |_| {
        let first = there.load(Ordering::Relaxed);
        format!("302 Found\r\nLocation: http://localhost:{first}/chosen")
    });
    let (port, heard) = noting(move |path| match path {
        "/away" => format!("302 Found\r\nLocation: http://localhost:{other}/"),
        _ => "200 OK".to_owned(),
    });
    back.store(port.into(), Ordering::Relaxed);
    let mut asked = asked(port, "/away");
    asked.rules.timeout = Duration::from_secs(5);
    asked.headers = vec![("Authorization".to_owned(), "Bearer secret".to_owned())];
    assert_eq!(fetch(&asked).unwrap().status, 200);
    let (heard, others) = (heard.lock().unwrap(), others.lock().unwrap());
    // The first request has it; the one that the other chose has not.
    assert!(heard.contains("GET /chosen ") && heard.matches("secret").count() == 1, "{heard}");
    assert!(!others.contains("secret") && !others.to_lowercase().contains("referer"), "{others}");
}

#[test]
fn headers_are_one_line_each() {
    let (port, heard) = noting(|_| "200 OK".to_owned());
    let with = |name: &str, value: &str| {
        let mut asked = asked(port, "/");
        asked.headers = vec![(name.to_owned(), value.to_owned())];
        fetch(&asked)
    };
    for (name, value) in [
        ("X", "a\r\nY: b"),
        ("X", "a\nY: b"),
        ("X", "a\rY: b"),
        ("X", "a\0b"),
        ("X\r\nY", "b"),
        ("X: a\nY", "b"),
        ("X Y", "b"),
        ("X:", "b"),
        ("", "b"),
        ("X\u{e9}", "b"),
    ] {
        let got = with(name, value);
        assert!(matches!(got, Err(Unanswered::Failed(_))), "{name:?} {value:?}: {got:?}");
    }
    assert_eq!(*heard.lock().unwrap(), "");
    // What is too much is an error, and no endless work.
    let got = with("X", &"x".repeat(10_000_000));
    assert!(got.is_err(), "{got:?}");
    let mut many = asked(port, "/");
    many.headers = (0..40_000).map(|number| (format!("X-{number}"), "y".to_owned())).collect();
    let _ = fetch(&many);
    let _ = with("X", &"x".repeat(60_000));
    assert!(with("X", "\u{e9}\tx").is_ok());
}

/// Answers late.
fn slow_lookup(_: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    std::thread::sleep(Duration::from_secs(3));
    Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))])
}

#[test]
fn names_that_nobody_answers_for_take_no_more_time_than_there_is() {
    let port = server(|_, stream| say(stream, "200 OK", b"late"));
    let now = Instant::now();
    let got = fetch_from(&asked(port, "/"), slow_lookup);
    assert!(matches!(got, Err(Unanswered::TimedOut)), "{got:?}");
    assert!(now.elapsed() < Duration::from_millis(2500), "{:?}", now.elapsed());
    // The thread that still asks has the request's permit.
    let permits = Permits::default();
    let asked = asked(port, "/");
    let task =
        Task::start(&permits, move |hold| super::super::fetch_from(&asked, slow_lookup, hold));
    let now = Instant::now();
    std::thread::sleep(Duration::from_millis(1500));
    drop(task.unwrap());
    let free = || permits.take(1).is_some();
    assert!(now.elapsed() > Duration::from_millis(2500) || !free());
    while !free() {
        assert!(now.elapsed() < Duration::from_secs(30), "no permit was given back");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_request_that_nobody_waits_for_ends_at_once() {
    let (tell, told) = std::sync::mpsc::channel();
    let port = server(move |path, stream| {
        if path == "/begun" {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbeg");
        }
        let _ = tell.send(());
        // Until whoever asks has gone.
        let _ = stream.read(&mut [0]);
        let _ = tell.send(());
    });
    let permits = Permits::default();
    for path in ["/silent", "/begun"] {
        let mut asked = asked(port, path);
        asked.rules.timeout = Duration::from_secs(120);
        let task = Task::start(&permits, move |hold| super::super::fetch(&asked, hold)).unwrap();
        let long = Duration::from_secs(60);
        told.recv_timeout(long).unwrap();
        assert!(permits.take(1).is_none());
        drop(task);
        told.recv_timeout(long).unwrap();
        let now = Instant::now();
        while permits.take(1).is_none() {
            assert!(now.elapsed() < long, "no permit was given back");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn words_of_whoever_answers_are_in_no_error() {
    let word = "x-in-a-secret-way-of-hunter2-hunter2-hunter2-hunter2";
    let port = server(move |path, stream| {
        let head = match path {
            "/packed" => format!("200 OK\r\nContent-Encoding: {word}"),
            "/sent" => format!("200 OK\r\nTransfer-Encoding: {word}"),
            "/away" => format!("302 Found\r\nLocation: {word}://hunter2/"),
            "/long" => format!("200 OK\r\nContent-Length: {word}"),
            _ => format!("200 OK\r\n{word}\r\nX: y"),
        };
        say(stream, &head, b"");
    });
    for path in ["/packed", "/sent", "/away", "/long", "/broken"] {
        let got = format!("{:?}", fetch(&asked(port, path)).unwrap_err());
        assert!(!got.contains("hunter2"), "{path}: {got}");
    }
}

#[test]
fn names_mean_public_addresses_or_nothing() {
    static NEXT: Mutex<Option<IpAddr>> = Mutex::new(None);
    fn lookup(_: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        Ok(NEXT.lock().unwrap().iter().map(|address| SocketAddr::new(*address, port)).collect())
    }
    for address in "0.0.0.0 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.2 169.254.169.254 \
                    172.31.255.255 192.0.0.192 192.168.0.1 168.63.129.16 198.19.0.1 224.0.0.1 \
                    255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.2 ::ffff:a9fe:a9fe \
                    64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:20::1 2001:db8::1 \
                    2002:7f00:1:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1"
        .split_whitespace()
    {
        *NEXT.lock().unwrap() = Some(address.parse().unwrap());
        let got = fetch_from(&asked(1, "/"), lookup);
        assert!(matches!(got, Err(Unanswered::Private(_))), "{address}: {got:?}");
    }
}

/// The variables of the environment that name proxies mean nothing.
#[test]
fn the_environment_names_no_proxy() {
    let (proxy, heard) = noting(|_| "200 OK".to_owned());
    let proxy = format!("http://127.0.0.1:{proxy}");
    let test = "host::net::fetch::tests::answers_are_bounded_and_redirects_looked_at";
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, &proxy).env(name.to_lowercase(), &proxy);
    }
    let ran = command.env_remove("NO_PROXY").args(["--exact", test]).output().unwrap();
    let text = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success() && text.contains("1 passed"), "{text}");
    assert_eq!(*heard.lock().unwrap(), "");
}

/// A body that ends where the connection does must have been ended by whoever sent it.
#[test]
fn what_somebody_between_cuts_off_is_no_answer() {
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(KEY).into();
    let certificate = include_bytes!("localhost.der").as_slice().into();
    let config = rustls::ServerConfig::builder_with_provider(Arc::clone(&PROVIDER))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    for is_ended in [true, false] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let config = Arc::clone(&config);
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut connection = rustls::ServerConnection::new(config).unwrap();
            let mut tls = rustls::Stream::new(&mut connection, &mut stream);
            let _ = tls.read(&mut [0; 4096]);
            let _ = tls.write_all(b"HTTP/1.1 200 OK\r\n\r\nhalf of it");
            let _ = tls.flush();
            if is_ended {
                connection.send_close_notify();
                let _ = connection.complete_io(&mut stream);
            }
        });
        let mut asked = asked(port, "/");
        asked.url = format!("https://localhost:{port}/");
        asked.rules.certificates = vec![AUTHORITY.to_vec()];
        asked.rules.timeout = Duration::from_secs(20);
        let got = fetch(&asked);
        assert_eq!(got.is_ok(), is_ended, "{got:?}");
    }
}
