//! Calls of extensions' tools that wait for the user while the server is started anew.

use super::client::{Client, LEGACY, MODERN, again};
use super::real::Yes;
use rmcp::model::{CallToolRequestParams, CallToolResponse, InputResponses, ProtocolVersion};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt};
use rmcp::transport::TokioChildProcess;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use tempfile::TempDir;

const EXTENSION: &str = "
local function tool(name, execute)
    imp.register_tool {name = name, label = name, description = name, readonly = false,
        params = {type = 'object'}, execute = execute}
end
local calls = 0
tool('three', function(id)
    calls = calls + 1
    local seen = jido.read_file('log.txt')
    local a = jido.write_file('1.txt', id .. ': ' .. seen)
    local sure = imp.ui.confirm('sure?')
    local b, why = jido.write_file('2.txt', '2')
    local c = jido.edit_file('log.txt', 'old', 'new')
    return {content = {{type = 'text', text = json.encode {a ~= nil, sure, b ~= nil, why, c ~= nil, calls}}}}
end)
tool('counted', function()
    calls = calls + 1
    return tostring(jido.write_file('n.txt', tostring(calls)) ~= nil)
end)
tool('background', function()
    local done, why = jido.todo_write({})
    return tostring(done) .. ' ' .. tostring(imp.ui.confirm('sure?')) .. ' ' .. tostring(why)
end)";

struct Place {
    root: TempDir,
    extensions: TempDir,
    keys: TempDir,
}

impl Place {
    fn new() -> Place {
        let folder = || tempfile::tempdir().unwrap();
        let place = Place { root: folder(), extensions: folder(), keys: folder() };
        place.extension(EXTENSION);
        std::fs::write(place.file("log.txt"), "old").unwrap();
        place
    }

    fn extension(&self, text: &str) {
        std::fs::write(self.extensions.path().join("own.lua"), text).unwrap();
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    fn args(&self, more: &[&str]) -> Vec<String> {
        let text = |path: &std::path::Path| path.to_str().unwrap().to_owned();
        let mut args = vec!["--root".to_owned(), text(self.root.path())];
        args.extend(["--ask".to_owned(), "write".to_owned()]);
        args.extend(["--extensions".to_owned(), text(self.extensions.path())]);
        args.extend(["--key".to_owned(), text(&self.keys.path().join("key"))]);
        args.extend(more.iter().map(|arg| (*arg).to_owned()));
        args
    }

    fn start(&self, more: &[&str]) -> Client {
        let args = self.args(more);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        Client::start(MODERN, json!({"elicitation": {"form": {}}}), &args)
    }
}

fn text(result: &Value) -> &str {
    result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{result}"))
}

fn asked(client: &mut Client, tool: &str) -> Value {
    let result = client.ask("tools/call", json!({"name": tool, "arguments": {}}));
    assert_eq!(result["resultType"], "input_required", "{result}");
    result
}

fn message(asked: &Value) -> &str {
    let requests = asked["inputRequests"].as_object().unwrap();
    requests.values().next().unwrap()["params"]["message"].as_str().unwrap()
}

fn answered(client: &mut Client, tool: &str, asked: &Value, content: &Value) -> Value {
    let requests = asked["inputRequests"].as_object().unwrap();
    let answer = json!({"action": "accept", "content": content});
    let answers: Map<String, Value> =
        requests.keys().map(|key| (key.clone(), answer.clone())).collect();
    client.ask("tools/call", again(tool, &json!({}), &asked["requestState"], answers))
}

#[test]
fn an_answer_to_an_extension_reaches_another_process() {
    let place = Place::new();
    let mut client = place.start(&[]);
    let first = asked(&mut client, "three");
    assert!(message(&first).contains("1.txt"), "{first}");
    client.kill();
    let mut client = place.start(&[]);
    let second = answered(&mut client, "three", &first, &json!({"approve": true}));
    assert_eq!(message(&second), "sure?");
    assert!(place.read("1.txt").starts_with("mcp-1: "), "it has kept its number");
    std::fs::remove_file(place.file("1.txt")).unwrap();
    client.kill();
    let mut client = place.start(&[]);
    let third = answered(&mut client, "three", &second, &json!({"answer": true}));
    assert!(message(&third).contains("2.txt"), "{third}");
    assert!(!place.file("1.txt").exists(), "nothing is done twice");
    client.kill();
    let mut client = place.start(&[]);
    let fourth = answered(&mut client, "three", &third, &json!({"approve": false}));
    assert!(message(&fourth).contains("jido.edit_file"), "{fourth}");
    assert!(!place.file("2.txt").exists());
    client.kill();
    let mut client = place.start(&[]);
    let done = answered(&mut client, "three", &fourth, &json!({"approve": true}));
    let why = "consent_required: jido.write_file: the user was asked and declined";
    let values: Value = serde_json::from_str(text(&done)).unwrap();
    assert_eq!(values, json!([true, true, false, why, true, 1]), "{done}");
    assert_eq!(place.read("log.txt"), "new", "what was read may be edited");
    assert!(!place.file("1.txt").exists() && !place.file("2.txt").exists());

    // What one process has used up is used up for all of them.
    for state in [&first, &second, &third, &fourth] {
        let twice = answered(&mut client, "three", state, &json!({"approve": true}));
        assert_eq!(twice["isError"], true, "{twice}");
        assert!(text(&twice).starts_with("this answer was given already"), "{twice}");
    }
    assert!(!place.file("1.txt").exists());
}

#[test]
fn what_the_answer_was_not_for_is_refused() {
    let place = Place::new();
    let ask = |tool: &str| {
        let mut client = place.start(&[]);
        let result = asked(&mut client, tool);
        client.kill();
        result
    };
    let refused = |client: &mut Client, tool: &str, state: &Value, why: &str| {
        let result = answered(client, tool, state, &json!({"approve": true, "answer": true}));
        assert_eq!(result["isError"], true, "{result}");
        assert!(text(&result).contains(why), "{why}: {result}");
        assert!(!place.file("1.txt").exists() && !place.file("n.txt").exists());
    };
    // Another tool, and what was forged.
    let state = ask("three");
    let mut client = place.start(&[]);
    let answers = || Map::from_iter([("question-1".to_owned(), json!({"action": "accept"}))]);
    let params = again("counted", &json!({}), &state["requestState"], answers());
    assert_eq!(client.refused("tools/call", params)["code"], -32602);
    let mut forged = state["requestState"].as_str().unwrap().to_owned().into_bytes();
    forged[60] = if forged[60] == b'A' { b'B' } else { b'A' };
    let forged = json!(String::from_utf8(forged).unwrap());
    let params = again("three", &json!({}), &forged, answers());
    assert_eq!(client.refused("tools/call", params)["code"], -32602);
    drop(client);
    // Another policy.
    let policy = place.keys.path().join("policy.toml");
    std::fs::write(&policy, "[grants]\nwrite = ['out']\n").unwrap();
    let mut client = place.start(&["--policy", policy.to_str().unwrap()]);
    refused(&mut client, "three", &state, "the server's rules are not those");
    drop(client);
    // Other extensions.
    let state = ask("three");
    place.extension(&format!("{EXTENSION} -- changed"));
    let mut client = place.start(&[]);
    refused(&mut client, "three", &state, "the extensions are not those that asked");
    drop(client);
    place.extension(EXTENSION);
    // What lives in the process alone.
    let mut client = place.start(&[]);
    let state = asked(&mut client, "background");
    let state = answered(&mut client, "background", &state, &json!({"approve": true}));
    assert_eq!(message(&state), "sure?");
    client.kill();
    let mut client = place.start(&[]);
    refused(&mut client, "background", &state, "jido.todo_write leaves something");
    drop(client);
    // Too late.
    let mut client = place.start(&["--thinking", "1s"]);
    let state = asked(&mut client, "three");
    client.kill();
    std::thread::sleep(std::time::Duration::from_millis(1300));
    let mut client = place.start(&["--thinking", "1s"]);
    refused(&mut client, "three", &state, "the time to answer is over");
}

#[test]
fn what_leaves_something_in_the_process_may_be_declined_or_allowed_in_another() {
    for (approve, done) in [
        (false, "nil true consent_required: jido.todo_write: the user was asked and declined"),
        (true, "Todo list cleared true nil"),
    ] {
        let place = Place::new();
        let mut client = place.start(&[]);
        let first = asked(&mut client, "background");
        client.kill();
        let mut client = place.start(&[]);
        let second = answered(&mut client, "background", &first, &json!({"approve": approve}));
        assert_eq!(message(&second), "sure?", "{second}");
        if !approve {
            // It has left nothing there either.
            client.kill();
            client = place.start(&[]);
        }
        let last = answered(&mut client, "background", &second, &json!({"answer": true}));
        assert_eq!(text(&last), done);
    }
}

#[test]
fn a_call_that_goes_another_way_ends_and_says_so() {
    let place = Place::new();
    let mut client = place.start(&[]);
    // What earlier calls left in the extension is not there in another process.
    let first = asked(&mut client, "counted");
    assert_eq!(text(&answered(&mut client, "counted", &first, &json!({"approve": true}))), "true");
    let second = asked(&mut client, "counted");
    client.kill();
    std::fs::remove_file(place.file("n.txt")).unwrap();
    let mut client = place.start(&[]);
    let result = answered(&mut client, "counted", &second, &json!({"approve": true}));
    assert_eq!(result["isError"], true, "{result}");
    let expected = "the call cannot go on here: it calls jido.write_file with [\"n.txt\",\"1\"], and \
                    called jido.write_file with [\"n.txt\",\"2\"] before. Nothing was done again";
    assert_eq!(text(&result), expected);
    assert!(!place.file("n.txt").exists());
    // The server goes on.
    let third = asked(&mut client, "counted");
    assert_eq!(text(&answered(&mut client, "counted", &third, &json!({"approve": true}))), "true");
    assert_eq!(place.read("n.txt"), "1");
}

#[test]
fn older_clients_are_asked_while_the_call_waits() {
    let place = Place::new();
    let args = place.args(&[]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut client = Client::start(LEGACY[2], json!({"elicitation": {"form": {}}}), &args);
    client.elicited = Box::new(|params| {
        let message = params["message"].as_str().unwrap();
        let content = json!({"approve": !message.contains("2.txt"), "answer": true});
        Some(json!({"action": "accept", "content": content}))
    });
    let done = client.ask("tools/call", json!({"name": "three", "arguments": {}}));
    let values: Value = serde_json::from_str(text(&done)).unwrap();
    assert_eq!((&values[0], &values[2], &values[4]), (&json!(true), &json!(false), &json!(true)));
}

#[tokio::test]
async fn the_client_of_rmcp_comes_back_to_another_process() {
    let place = Place::new();
    let connect = async || {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_moonfuel"));
        command.arg("mcp").args(place.args(&[]));
        let lifecycle = ClientLifecycleMode::Discover {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        };
        let transport = TokioChildProcess::new(command).unwrap();
        Yes.serve_with_lifecycle(transport, lifecycle).await.unwrap()
    };
    let client = connect().await;
    let call = CallToolRequestParams::new("counted");
    let CallToolResponse::InputRequired(asked) = client.call_tool_once(call).await.unwrap() else {
        panic!("it asks")
    };
    client.cancel().await.unwrap();
    let client = connect().await;
    let mut call = CallToolRequestParams::new("counted");
    let answer = json!({"action": "accept", "content": {"approve": true}});
    call.input_responses = Some(InputResponses::from_iter([("question-1".to_owned(), answer)]));
    call.request_state = asked.request_state;
    let CallToolResponse::Complete(_) = client.call_tool_once(call).await.unwrap() else {
        panic!("it is done")
    };
    assert_eq!(place.read("n.txt"), "1");
    client.cancel().await.unwrap();
}
