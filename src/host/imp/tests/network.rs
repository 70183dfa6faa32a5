//! `imp.http` and `imp.secret` at any moment: in slices, saved and restored, recorded, repeated
//! without the network, refused.

use super::super::shared::Shared;
use super::*;
use crate::host::sink::Sink;
use crate::{Chunk, Report, Run, SessionBuilder, Step, Trace};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Says what it was asked, and counts.
fn server() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::Relaxed);
            thread::spawn(move || {
                let mut from = BufReader::new(stream.try_clone().unwrap());
                let (mut head, mut length) = (String::new(), 0);
                while from.read_line(&mut head).is_ok_and(|read| read > 2) {
                    let line = head.lines().last().unwrap_or_default().to_lowercase();
                    if let Some(size) = line.strip_prefix("content-length:") {
                        length = size.trim().parse().unwrap();
                    }
                }
                let mut body = vec![0; length];
                from.read_exact(&mut body).unwrap();
                let is_key = |line: &&str| line.to_lowercase().starts_with("x-key");
                let key = head.lines().find(is_key).unwrap_or_default();
                let first = head.lines().next().unwrap_or_default();
                let path = first.split(' ').nth(1).unwrap_or_default();
                thread::sleep(std::time::Duration::from_millis(path.len() as u64 % 5));
                let status = if path == "/none" { "404 Not Found" } else { "200 OK" };
                let text = format!("{path} {key} {}", String::from_utf8_lossy(&body));
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
                    text.len()
                );
            });
        }
    });
    (port, asked)
}

const TOKEN: &str = "hunter2-and-more";

fn builder(allowed: bool) -> (SessionBuilder, Arc<Shared>) {
    let policy = CapabilityPolicy {
        allow_http: allowed,
        allow_secrets: allowed,
        hosts: vec!["127.0.0.1".to_owned()],
        ..CapabilityPolicy::default()
    };
    let runtime = Runtime::builder().policy(policy).secrets(|provider| match provider {
        "vault" => Ok([("api_key", TOKEN), ("user", "moon")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()),
        other => Err(format!("secret '{other}' not found")),
    });
    let (builder, shared, _) = runtime.into_session();
    (builder.seed(7), shared)
}

fn script(port: u16) -> String {
    SCRIPT.replace("PORT", &port.to_string())
}

/// What no trace may have is in none of what it says.
const SCRIPT: &str = r#"
local url = 'http://127.0.0.1:PORT'
local seen = {}
local function see(...) seen[#seen + 1] = json.encode({...}) end
local key = {['X-Key'] = '{secret:vault}'}
see(imp.http.get(url .. '/a', key))
see(imp.http.get(url .. '/none'))
see(pcall(imp.http.get, 'http://example.org/'))
see(pcall(imp.http.get, url .. '/a', {['X-Key'] = '{secret:none}'}))
local function ask(n) return imp.http.post(url .. '/n' .. n, 'body ' .. n, key).body end
local all = {}
for i = 1, 6 do all[i] = {imp.http.get, url .. '/' .. ('x'):rep(i)} end
for i, one in ipairs(host.all(all)) do see(i, one[1] and one[1].body, one[2]) end
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(ask(i)) end end)
see(co(), co())
see(pcall(function()
  local _ <close> = setmetatable({}, {__close = function() see('closed', ask(4)) end})
  error(ask(5), 0)
end))
local sorted = {3, 1, 2}
table.sort(sorted, function(a, b) return #ask(a) + a < #ask(b) + b end)
see(sorted, (('abc'):gsub('.', function(c) return #ask(c) end)))
see(imp.secret('vault', 'user'), pcall(imp.secret, 'vault', 'none'))
last = co()
print(table.concat(seen, '\n'))
return #seen, last
"#;

fn start(builder: SessionBuilder, source: &str) -> Run {
    let session = builder.build().unwrap();
    session.start(Chunk::new(source.as_bytes()).named("@net.lua"))
}

/// Goes on to the end; what is waited for is there in a moment. Calls `at` at each stop.
fn go(mut run: Run, slice: &mut dyn FnMut() -> u64, at: &mut dyn FnMut(Run) -> Run) -> Run {
    loop {
        match run.step(slice()) {
            Step::Ended => return run,
            Step::Pending(_) => thread::sleep(std::time::Duration::from_millis(1)),
            _ => {}
        }
        run = at(run);
    }
}

fn end(run: Run) -> (Report, String, String) {
    let (mut session, report) = run.finish();
    let digest = session.digest().to_string();
    let after = session.run("collectgarbage() return last");
    (report, digest, format!("{:?} {:?}", after.json(), after.usage))
}

#[test]
fn the_network_and_secrets_are_the_same_at_any_moment() {
    let (port, asked) = server();
    for allowed in [true, false] {
        let source = script(port);
        let source = match allowed {
            true => source,
            // Whatever is not allowed is an error, which the script goes on with.
            false => source
                .replace("imp.http.get(url", "(select(2, pcall(imp.http.get, url")
                .replace("'/a', key)", "'/a', key)))")
                .replace("'/none')", "'/none')))")
                .replace("imp.http.post(url .. '/n' .. n, 'body ' .. n, key).body", "tostring(select(2, pcall(imp.http.post, url .. '/n' .. n, 'body ' .. n, key)))")
                .replace("see(imp.secret('vault', 'user'), ", "see(pcall(imp.secret, 'vault', 'user'))  see("),
        };
        let make = || builder(allowed).0;
        let mut stay = |run: Run| run;
        let base = end(go(start(make(), &source), &mut || u64::MAX, &mut stay));
        let text = String::from_utf8_lossy(&base.0.output).into_owned();
        assert!(base.0.is_done(), "{:?}", base.0.outcome);
        assert!(!text.contains(TOKEN), "{text}");
        assert_eq!(text.contains("[REDACTED]"), allowed, "{text}");
        assert_eq!(text.contains("is disabled for this runtime"), !allowed, "{text}");
        assert_eq!(asked.swap(0, Ordering::Relaxed) > 0, allowed);
        let mut number = 1_u64;
        let mut random = move || {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            number >> 33
        };
        for size in [100, 1000, 0] {
            let mut slice = || if size == 0 { 1 + random() % 3000 } else { size };
            let run = go(start(make(), &source), &mut slice, &mut stay);
            assert_eq!(end(run), base, "slices of {size}");
        }
        // Saved and restored, but for where an answer is on its way to this very process.
        let (mut saved, mut not) = (0, 0);
        let mut again = |mut run: Run| match run.snapshot() {
            Ok(bytes) => {
                saved += 1;
                make().restore_run(&bytes).unwrap()
            }
            Err(why) => {
                assert!(why.to_string().contains("future of imp.http."), "{why}");
                not += 1;
                run
            }
        };
        let run = go(start(make(), &source), &mut || 300, &mut again);
        assert_eq!(end(run), base);
        assert!(saved > 5 && (not > 5) == allowed, "{saved} {not}");
        // Recorded, and repeated with nobody there.
        let sink = Sink::default();
        let recorded = end(go(start(make().record(sink.clone()), &source), &mut || 777, &mut stay));
        assert_eq!(recorded, base);
        let trace = sink.text();
        assert!(!trace.contains(TOKEN), "{trace}");
        asked.store(0, Ordering::Relaxed);
        let replayed = Trace::parse(&trace).unwrap().replay();
        // `moon` is a secret as well, and has as many bytes less than what stands for it.
        match replayed {
            Ok(replay) => assert_eq!((allowed, &replay.reports[0]), (false, &base.0)),
            Err(error) => assert!(allowed && error.to_string().contains("redacted"), "{error}"),
        }
        let plain = source.replace("see(imp.secret('vault', 'user'), ", "see(");
        let sink = Sink::default();
        let recorded = end(go(start(make().record(sink.clone()), &plain), &mut || 777, &mut stay));
        let trace = sink.text();
        asked.store(0, Ordering::Relaxed);
        let replay = Trace::parse(&trace).unwrap().replay().unwrap();
        assert_eq!(replay.reports[0], recorded.0);
        assert_eq!(asked.load(Ordering::Relaxed), 0);
    }
}
