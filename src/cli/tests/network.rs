//! The network in the commands: what is reached, and what is kept of it.

use super::moonfuel;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

/// Starts a server that answers so many times, each time with another number, and is gone.
/// Returns its port, and what waits for its end.
fn server(answers: usize) -> (u16, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let work = move || {
        for number in 0..answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(&stream).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n";
            write!(stream, "{head}Content-Length: 8\r\n\r\nanswer {number}").unwrap();
        }
    };
    (port, std::thread::spawn(work))
}

#[test]
fn recorded_answers_of_the_network_replay_when_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    let trace = folder.path().join("trace");
    let trace = trace.to_str().unwrap();
    for (options, call) in [
        (&["--host", "jido", "--root", root][..], "jido.web_fetch('URL').content"),
        (&["--host", "imp"], "imp.http.get('URL').body"),
        (&["--host", "codex"], "http.get('URL').body"),
    ] {
        let (port, gone) = server(2);
        let call = call.replace("URL", &format!("http://localhost:{port}/"));
        let code = format!("return {{{call}, {call}}}");
        let more = ["--allow", "net=localhost", "--record", trace, &code];
        let ran = moonfuel(&[&["eval"], options, &more].concat());
        gone.join().unwrap();
        assert!(ran.stdout.contains("[\"answer 0\",\"answer 1\"]"), "{}{}", ran.stdout, ran.stderr);
        let again = moonfuel(&["replay", trace]);
        assert_eq!(again.status, 0, "{options:?}: {}", again.stderr);
        assert!(again.stdout.starts_with("the same: "), "{}", again.stdout);
        std::fs::remove_file(trace).unwrap();
    }
}

#[test]
fn hosts_that_no_list_has_are_refused_by_their_rule_and_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let log = log.to_str().unwrap();
    let policy = folder.path().join("policy");
    std::fs::write(&policy, "[grants]\nhosts = ['localhost']").unwrap();
    let policy = policy.to_str().unwrap();
    for allowed in [["--allow", "net=localhost"], ["--policy", policy]] {
        for url in ["http://example.invalid/", "http://localhost.example.invalid/"] {
            let code = format!("return select(2, pcall(imp.http.get, '{url}'))");
            let line =
                [&["eval", "--host", "imp", "--audit", log], &allowed[..], &[&code]].concat();
            let ran = moonfuel(&line);
            assert_eq!(ran.status, 0, "{}", ran.stderr);
            let text = std::fs::read_to_string(log).unwrap();
            let entry: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
            assert_eq!(entry["status"], "blocked", "{line:?}: {entry}");
            std::fs::remove_file(log).unwrap();
        }
    }
}

/// The policy of the guide has no rule without effect where all that it is about is there.
#[test]
fn the_policy_of_the_guide_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let guide = format!("{}/docs/policy.md", env!("CARGO_MANIFEST_DIR"));
    let guide = std::fs::read_to_string(guide).unwrap();
    let (_, policy) = guide.split_once("```toml\n").unwrap();
    let (policy, _) = policy.split_once("```").unwrap();
    let log = folder.path().join("audit.jsonl");
    let policy = policy.replace("audit.jsonl", log.to_str().unwrap());
    let file = folder.path().join("policy.toml");
    std::fs::write(&file, policy).unwrap();
    let (root, file) = (folder.path().to_str().unwrap(), file.to_str().unwrap());
    let options = ["--root", root, "--host", "imp", "--allow", "shell", "--policy", file];
    let code = "return jido.is_dir('src'), jido.glob('src/*') == nil, imp.env('PATH') == nil";
    let ran = moonfuel(&[&["eval"], &options[..], &[code]].concat());
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "[false,true,true]\n"), "{}", ran.stderr);
}
