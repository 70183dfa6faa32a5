//! The two streams belong to the protocol: whatever scripts print, whatever comes in.

use super::client::{Client, LEGACY, MODERN, server};
use super::schema::must_be_answer;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

const LOOKALIKE: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"no"}}"#;

#[test]
fn what_scripts_print_is_no_message() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    std::fs::write(folder.path().join("look.txt"), format!("{LOOKALIKE}\n")).unwrap();
    for revision in [LEGACY[1], MODERN] {
        let mut client = Client::start(revision, json!({}), &["--root", root, "--allow", "shell"]);
        // The client fails over any line that is no message, and over answers to nothing.
        let code = format!(
            "print([[\n{LOOKALIKE}\n]]) warn('@on') warn([[{LOOKALIKE}]]) \
             error('\\n' .. [[{LOOKALIKE}]], 0)"
        );
        let result = client.run(&code);
        assert!(result["output"].as_str().unwrap().contains(LOOKALIKE));
        assert_eq!(result["error"]["message"], format!("\n{LOOKALIKE}"));

        // A program has neither of them: it could print, and take what is for us.
        let result = client
            .run("return jido.shell('cat', {'look.txt'}), jido.shell('cat', {'none'}), jido.shell('cat')");
        assert_eq!(result["status"], "done", "{result}");
        assert!(result["values"][0].to_string().contains("protocolVersion"), "{result}");
        assert!(result["values"][1].to_string().contains("No such file"), "{result}");
        assert_eq!(client.run("return 'still here'")["values"], json!(["still here"]));
    }
}

/// Runs a server on an input, and returns its lines.
fn lines_of(input: &[u8]) -> Vec<Value> {
    let mut child = server(&["--timeout", "500"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end before it has read all.
    let _ = child.stdin.take().unwrap().write_all(input);
    let begin = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(begin.elapsed() < Duration::from_secs(30));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("panicked"), "{stderr}");
    let text = String::from_utf8(output.stdout).unwrap();
    let message = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        // Of an answer to what cannot be read, the earlier revisions say nothing.
        let is_modern = value["result"].get("resultType").is_some() || value.get("id").is_none();
        must_be_answer(if is_modern { MODERN } else { LEGACY[1] }, &value);
        value
    };
    text.lines().map(message).collect()
}

/// As [`lines_of`], for lines of JSON.
fn answers_to(lines: &[Value]) -> Vec<Value> {
    let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
    lines_of(input.as_bytes())
}

fn hello(revision: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": revision, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}
    }})
}

fn request(id: i64, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

fn call(id: i64, code: &str) -> Value {
    request(id, "tools/call", json!({"name": "lua_execute", "arguments": {"script": code}}))
}

#[test]
fn who_has_not_said_who_it_is_is_told_how() {
    let strays = [
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        request(7, "ping", json!({})),
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}),
        json!({"jsonrpc": "2.0", "id": 9, "result": {}}),
    ];
    let early = [request(1, "tools/list", json!({})), call(2, "return 1")];
    let rest = [hello(LEGACY[1]), strays[0].clone(), call(3, "return 3")];
    let lines = answers_to(&[&strays[..], &early[..], &strays[2..], &rest[..]].concat());
    let of = |id: i64| lines.iter().find(|line| line["id"] == id).unwrap();
    assert_eq!(of(7)["result"], json!({}));
    for id in [1, 2] {
        assert_eq!(of(id)["error"]["code"], -32602, "{lines:?}");
        let text = of(id)["error"]["message"].as_str().unwrap();
        assert!(text.contains("begin with `initialize`"), "{text}");
    }
    assert_eq!(of(3)["result"]["structuredContent"]["values"], json!([3]));

    // Whoever says no more than that is answered too.
    let lines = answers_to(&[request(1, "tools/list", json!({})), json!([]), json!(5)]);
    assert_eq!(lines.len(), 3, "{lines:?}");

    // It is said once, and to one who speaks the other revisions not at all.
    let twice = json!({"jsonrpc": "2.0", "id": 5, "method": "initialize",
        "params": hello(LEGACY[1])["params"]});
    let lines = answers_to(&[hello(LEGACY[1]), twice.clone(), call(6, "return 1")]);
    assert_eq!(lines[1]["error"]["code"], -32600, "{lines:?}");
    assert_eq!(lines[2]["id"], 6);
    let mut modern = conversation(MODERN);
    modern.extend(format!("{twice}\n").bytes());
    let lines = lines_of(&modern);
    let refused = lines.iter().find(|line| line["id"] == 5).unwrap();
    assert_eq!(refused["error"]["code"], -32600, "{refused}");
}

#[test]
fn an_id_is_one_requests_until_it_is_answered() {
    for revision in [LEGACY[1], MODERN] {
        let mut client =
            Client::start(revision, json!({}), &["--timeout", "60000", "--fuel", "1T"]);
        let opened = client.call("lua_session_open", json!({}));
        let session = opened["structuredContent"]["session"].clone();
        let arguments = json!({"session": session, "script": "while true do end"});
        let first =
            client.send("tools/call", json!({"name": "lua_session_run", "arguments": arguments}));
        client.write(&request(first, "tools/list", json!({})));
        let refused = client.wait(first);
        assert_eq!(refused["error"]["code"], -32600, "{refused}");
        let text = refused["error"]["message"].as_str().unwrap();
        assert!(text.contains(&format!("the id {first} is that of a request")), "{text}");
        // The first goes on, and can be cancelled; then the id is free.
        let listed = client.call("lua_session_list", json!({}));
        assert_eq!(listed["structuredContent"]["sessions"][0]["at_work"], true);
        client.notify("notifications/cancelled", json!({"requestId": first}));
        let seen =
            client.call("lua_session_run", json!({"session": session, "script": "return 1"}));
        assert_eq!(seen["structuredContent"]["values"], json!([1]));
        let mut again = json!({"name": "lua_execute", "arguments": {"script": "return 2"}});
        again["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": revision,
            "io.modelcontextprotocol/clientCapabilities": {}
        });
        client.write(&request(first, "tools/call", again));
        assert_eq!(client.wait(first)["result"]["structuredContent"]["values"], json!([2]));
    }
}

#[test]
fn batches_are_those_of_the_revision_that_has_them() {
    let mut client = Client::simple(LEGACY[0]);
    let told = json!({"jsonrpc": "2.0", "method": "notifications/no"});
    let batch = json!([
        call(101, "for i = 1, 1e6 do end return 1"),
        told,
        request(102, "no/such/method", json!({})),
        {"jsonrpc": "2.0", "id": 103, "method": "tools/call", "params": {"name": 5}},
        {"jsonrpc": "2.0", "id": 104, "method": "initialize", "params": hello(LEGACY[0])["params"]},
        [call(105, "return 1")],
        call(101, "return 'again'"),
        call(106, "return 6"),
    ]);
    client.write(&batch);
    while client.batches.is_empty() {
        assert!(client.next(Duration::from_secs(120)));
    }
    let answers = client.batches.remove(0);
    let of = |id: i64| -> Vec<&Value> { answers.iter().filter(|one| one["id"] == id).collect() };
    assert_eq!(answers.len(), 7, "{answers:?}");
    assert_eq!(of(101).len(), 2);
    assert!(of(101).iter().any(|one| one["error"]["code"] == -32600));
    assert!(of(101).iter().any(|one| one["result"]["structuredContent"]["values"] == json!([1])));
    assert_eq!(of(102)[0]["error"]["code"], -32601);
    assert_eq!(of(103)[0]["error"]["code"], -32602);
    assert_eq!(of(104)[0]["error"]["code"], -32600);
    assert_eq!(of(106)[0]["result"]["structuredContent"]["values"], json!([6]));
    // Notifications alone are not answered, and what is cancelled is left out.
    client.write(&json!([told, told]));
    client.write(&json!([call(201, "while true do end"), call(202, "return 2")]));
    client.notify("notifications/cancelled", json!({"requestId": 201}));
    while client.batches.is_empty() {
        assert!(client.next(Duration::from_secs(120)));
    }
    let ids: Vec<Value> = client.batches[0].iter().map(|one| one["id"].clone()).collect();
    assert_eq!(ids, [202]);
    assert_eq!(client.run("return 1")["values"], json!([1]), "and single messages as before");

    // Nor before it is agreed on, nor in a later revision.
    let early = json!([request(1, "ping", json!({}))]);
    for lines in [vec![early.clone(), hello(LEGACY[0])], vec![hello(LEGACY[1]), early]] {
        let lines = answers_to(&lines);
        let refused: Vec<&Value> = lines.iter().filter(|one| one.get("error").is_some()).collect();
        assert_eq!(refused.len(), 1, "{lines:?}");
        assert_eq!(refused[0]["error"]["code"], -32600);
        assert!(refused[0]["error"]["message"].as_str().unwrap().contains("2025-03-26"));
    }
}

#[test]
fn who_asks_and_does_not_read_is_not_heard_for_a_while() {
    const ASKED: i64 = 6000;
    let mut child = server(&[]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let asked = Arc::new(AtomicI64::new(0));
    let counted = Arc::clone(&asked);
    let asking = std::thread::spawn(move || {
        for id in 0..ASKED {
            let meta = json!({"io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientCapabilities": {}});
            let line = format!("{}\n", request(id, "tools/list", json!({"_meta": meta})));
            stdin.write_all(line.as_bytes()).unwrap();
            counted.store(id + 1, Ordering::SeqCst);
        }
    });
    let mut before = -1;
    while asked.load(Ordering::SeqCst) != before {
        before = asked.load(Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(1500));
    }
    // Each answer has some twenty kilobytes.
    assert!((500..5000).contains(&before), "{before}");
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let answers = stdout.lines().inspect(|line| assert!(line.as_ref().unwrap().len() > 10_000));
    assert_eq!(answers.count() as i64, ASKED);
    asking.join().unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_is_under_way_is_answered_when_the_input_ends() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    let args = ["--root", root, "--ask", "write", "--timeout", "60s", "--fuel", "1T"];
    let mut client = Client::start(LEGACY[1], json!({"elicitation": {}}), &args);
    client.elicited = Box::new(|_| None);
    // One is at work and tells how far it is, one waits for the user.
    let mut long = call(0, "while true do end")["params"].clone();
    long["_meta"] = json!({"progressToken": 1});
    client.send("tools/call", long);
    client.until_told("notifications/progress");
    client.send("tools/call", call(0, "return jido.write_file('a', 'b')")["params"].clone());
    while client.asked.is_empty() {
        assert!(client.next(Duration::from_secs(120)));
    }
    let (status, answers) = client.close();
    assert!(status.success());
    let kinds: Vec<&Value> = answers
        .iter()
        .map(|answer| &answer["result"]["structuredContent"]["error"]["kind"])
        .collect();
    assert_eq!(kinds, ["cancelled", "cancelled"], "{answers:?}");
}

/// With nobody to read the answers, the server ends, though nothing has ended its input.
#[test]
fn a_server_whose_output_is_gone_ends() {
    let mut child = server(&["--fuel", "1T", "--timeout", "120s"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {}
    });
    for code in ["while true do end", "return 1"] {
        let params = json!({"name": "lua_execute", "arguments": {"script": code}, "_meta": meta});
        let id = code.len();
        let line = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params});
        writeln!(stdin, "{line}").unwrap();
    }
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(begin.elapsed() < Duration::from_secs(30), "it is still there");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn conversation(revision: &str) -> Vec<u8> {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": revision,
        "io.modelcontextprotocol/clientCapabilities": {}
    });
    let call = |id: i64, code: &str| {
        let mut params = json!({"name": "lua_execute", "arguments": {"script": code}});
        if revision == MODERN {
            params["_meta"] = meta.clone();
        }
        json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params})
    };
    let mut messages = Vec::new();
    if revision != MODERN {
        messages.push(hello(revision));
        messages.push(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    }
    messages.push(call(1, "print('é') return 1"));
    messages.push(call(2, "while true do end"));
    messages.push(call(3, "return 'last'"));
    messages.iter().flat_map(|message| format!("{message}\n").into_bytes()).collect()
}

#[test]
fn the_input_may_end_anywhere() {
    for revision in [LEGACY[1], MODERN] {
        let whole = conversation(revision);
        let all = lines_of(&whole);
        let answers = 3 + usize::from(revision != MODERN);
        assert_eq!(all.len(), answers, "{all:?}");
        let step = if std::env::var_os("MCP_LONG").is_some() { 1 } else { whole.len() / 12 };
        for end in (0..whole.len()).step_by(step) {
            let lines = lines_of(&whole[..end]);
            assert!(lines.len() <= answers, "{lines:?}");
        }
    }
}

#[test]
fn what_is_no_message_is_passed_over() {
    let hello = conversation(LEGACY[1]);
    let end = hello.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let noise: [&[u8]; 9] = [
        b"\n\n  \n",
        b"not json\n",
        b"{\"jsonrpc\":\"2.0\"\n",
        b"[]\n",
        b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/no\"}\n",
        b"{\"jsonrpc\":\"2.0\",\"id\":9,\"result\":{}}\n",
        b"\xff\xfe{}\n",
        b"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"tools/list\"}\n",
        &[&[b'['; 100_000], b"\n".as_slice()].concat(),
    ];
    for one in noise {
        // Before the first request, and after it.
        let lines = lines_of(&[one, &hello].concat());
        assert!(lines.iter().any(|line| line["id"] == 3), "{one:?}: {lines:?}");
        let lines = lines_of(&[&hello[..end], one, &hello[end..]].concat());
        assert!(lines.iter().any(|line| line["id"] == 3), "{one:?}: {lines:?}");
    }
    assert!(lines_of(b"").is_empty());
}

#[test]
fn what_cannot_be_read_is_answered_and_the_next_message_too() {
    let hello = conversation(LEGACY[1]);
    let end = hello.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let call = |script: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":"mine","method":"tools/call","params":{{"name":"lua_execute","arguments":{{"script":{script}}}}}}}"#
        )
    };
    let nested = format!("{}1{}", "[".repeat(130), "]".repeat(130));
    for (line, code, id) in [
        ("not json".to_owned(), -32700, Value::Null),
        (call("1e400"), -32700, json!("mine")),
        (call(r#""\ud800""#), -32700, json!("mine")),
        (call(&nested), -32700, json!("mine")),
        (call(&format!("\"{}\"", "x".repeat(17 << 20))), -32600, json!("mine")),
        (r#"{"id":8,"method":"tools/list"}"#.to_owned(), -32600, json!(8)),
        (
            r#"{"jsonrpc":"2.0","id":8,"method":"tools/list","params":[1]}"#.to_owned(),
            -32600,
            json!(8),
        ),
        (r#"[{"jsonrpc":"2.0","id":8,"method":"tools/list"}]"#.to_owned(), -32600, Value::Null),
    ] {
        let line = format!("{line}\n").into_bytes();
        let lines = lines_of(&[&hello[..end], &line, &hello[end..]].concat());
        let begin = String::from_utf8_lossy(&line[..line.len().min(100)]).into_owned();
        let answers = lines.iter().filter(|answer| answer["error"]["code"] == code);
        let ids: Vec<&Value> = answers.map(|answer| &answer["id"]).collect();
        assert_eq!(ids, [&id], "{begin}: {lines:?}");
        assert!(lines.iter().any(|line| line["id"] == 3), "{begin}: {lines:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_that_cannot_be_written_is_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    let mut child = server(&["--root", root, "--audit", "/dev/full"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = [hello(LEGACY[1]), call(1, "return jido.file_exists('a'), jido.is_dir('a')")];
    let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let answers = String::from_utf8(output.stdout).unwrap();
    assert!(answers.contains("[false,false]"), "{answers}");
    let told = String::from_utf8(output.stderr).unwrap();
    let why = "moonfuel: cannot write the log of calls /dev/full: No space left on device";
    assert_eq!(told.matches(why).count(), 1, "{told}");
}
