//! Calls that become tasks, where the client takes tasks.

use super::client::{Client, MODERN};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

fn takes_tasks() -> Value {
    json!({"extensions": {"io.modelcontextprotocol/tasks": {}}, "elicitation": {"form": {}}})
}

fn long(client: &mut Client, code: &str, ms: u64) -> String {
    let arguments = json!({"script": code, "limits": {"timeout_ms": ms}});
    let made = client.ask("tools/call", json!({"name": "lua_execute", "arguments": arguments}));
    assert_eq!(made["resultType"], "task", "{made}");
    made["taskId"].as_str().unwrap().to_owned()
}

/// Looks at a task until it has one of these states.
fn until(client: &mut Client, task: &str, states: &[&str]) -> Value {
    loop {
        let seen = client.ask("tasks/get", json!({"taskId": task}));
        if states.contains(&seen["status"].as_str().unwrap()) {
            return seen;
        }
        assert_eq!(seen["status"], "working", "{seen}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_long_run_becomes_a_task_and_ends_as_the_call_would() {
    let mut client = Client::start(MODERN, takes_tasks(), &["--patience", "100"]);
    let task = long(&mut client, "print('so') while true do end", 700);
    let ended = until(&mut client, &task, &["completed"]);
    let result = &ended["result"];
    assert_eq!(result["isError"], true, "{ended}");
    client.held("lua_execute", result);
    assert_eq!(result["structuredContent"]["error"]["kind"], "deadline");
    assert_eq!(result["structuredContent"]["output"], "so\n");
    assert_eq!(ended["statusMessage"], "ended with an error");
    // What is short is none.
    assert_eq!(client.run("return 1")["values"], json!([1]));
    assert_eq!(client.refused("tasks/get", json!({"taskId": "no"}))["code"], -32602);
}

#[test]
fn a_task_is_cancelled() {
    let mut client = Client::start(MODERN, takes_tasks(), &["--patience", "50", "--fuel", "1T"]);
    let task = long(&mut client, "while true do end", 60_000);
    client.ask("tasks/cancel", json!({"taskId": task}));
    // What it says is what it is at.
    let ended = until(&mut client, &task, &["cancelled"]);
    assert_eq!(ended["statusMessage"], "cancelled");

    let task = long(&mut client, "while true do end", 60_000);
    loop {
        let seen = client.ask("tasks/get", json!({"taskId": task}));
        let text = seen["statusMessage"].as_str().unwrap();
        if text.ends_with(" of 1000000000000 units of fuel") {
            break;
        }
        assert_eq!(text, "the script is running", "{seen}");
        std::thread::sleep(Duration::from_millis(20));
    }
    client.ask("tasks/cancel", json!({"taskId": task}));
    until(&mut client, &task, &["cancelled"]);
}

/// Starts a server whose calls become tasks at once, and ask before they write.
fn asking(root: &Path) -> Client {
    let root = root.to_str().unwrap();
    let args = ["--root", root, "--ask", "write", "--patience", "1ms"];
    Client::start(MODERN, takes_tasks(), &args)
}

#[test]
fn a_task_asks_and_goes_on_with_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = asking(folder.path());
    for (approve, there) in [(false, false), (true, true)] {
        let code = "local n = 0 for i = 1, 4e6 do n = n + i end return jido.write_file('a', 'b')";
        let task = long(&mut client, code, 60_000);
        let seen = until(&mut client, &task, &["input_required"]);
        assert_eq!(seen["statusMessage"], "the user is asked");
        let (key, request) = seen["inputRequests"].as_object().unwrap().iter().next().unwrap();
        assert!(request["params"]["message"].as_str().unwrap().contains("jido.write_file"));
        let answer = json!({"action": "accept", "content": {"approve": approve}});
        client.ask("tasks/update", json!({"taskId": task, "inputResponses": {key: answer}}));
        let ended = until(&mut client, &task, &["completed"]);
        assert_eq!(ended["result"]["structuredContent"]["status"], "done", "{ended}");
        assert_eq!(ended["statusMessage"], "done");
        assert_eq!(folder.path().join("a").exists(), there);
    }
}

#[test]
fn a_session_is_closed_while_its_task_waits_for_the_user() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = asking(folder.path());
    let opened = client.call("lua_session_open", json!({}));
    let session = &opened["structuredContent"]["session"];
    let code = "local n = 0 for i = 1, 4e6 do n = n + i end return jido.write_file('a', 'b')";
    let arguments = json!({"session": session, "script": code});
    let made = client.ask("tools/call", json!({"name": "lua_session_run", "arguments": arguments}));
    let task = made["taskId"].as_str().unwrap().to_owned();
    until(&mut client, &task, &["input_required"]);
    let closed = client.call("lua_session_close", json!({"session": session}));
    assert_eq!(closed["isError"], false, "{closed}");
    let ended = until(&mut client, &task, &["cancelled", "completed"]);
    assert!(!folder.path().join("a").exists(), "{ended}");
}

#[test]
fn who_takes_no_tasks_is_given_none() {
    let mut client = Client::start(MODERN, json!({}), &["--patience", "20"]);
    let arguments = json!({"script": "while true do end", "limits": {"timeout_ms": 300}});
    let result = client.call("lua_execute", arguments);
    assert_eq!(result["structuredContent"]["error"]["kind"], "deadline");
    let error = client.refused("tasks/get", json!({"taskId": "x"}));
    assert_eq!(error["code"], -32021, "{error}");
}
