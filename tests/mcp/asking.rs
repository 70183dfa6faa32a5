//! What extensions ask: the user's opinion, and leave for a call.

use super::client::{Client, LEGACY, MODERN, again};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

const EXTENSION: &str = "
local function tool(name, execute)
    imp.register_tool {name = name, label = name, description = name, readonly = false,
        params = {type = 'object'}, execute = execute}
end
tool('ask', function(id, params)
    local a = imp.ui.request(params)
    return {content = {{type = 'text', text = json.encode(a)}}}
end)
tool('sure', function() return tostring(imp.ui.confirm('sure?', 'really')) end)
tool('write', function(id, params)
    local ok, why = jido.write_file(params.name, 'new')
    return tostring(ok ~= nil) .. ' ' .. tostring(why)
end)
tool('both', function()
    local a = jido.write_file('1.txt', '1')
    local b = jido.write_file('2.txt', '2')
    return tostring(a ~= nil) .. ' ' .. tostring(b ~= nil)
end)
tool('busy', function() while true do end end)";

struct Place {
    root: TempDir,
    extensions: TempDir,
}

impl Place {
    fn new() -> Place {
        let place =
            Place { root: tempfile::tempdir().unwrap(), extensions: tempfile::tempdir().unwrap() };
        std::fs::write(place.extensions.path().join("asks.lua"), EXTENSION).unwrap();
        place
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn start(&self, revision: &'static str, capabilities: Value, more: &[&str]) -> Client {
        let (root, extensions) =
            (self.root.path().to_str().unwrap(), self.extensions.path().to_str().unwrap());
        let mut args = vec!["--root", root, "--ask", "write", "--extensions", extensions];
        args.extend(more);
        Client::start(revision, capabilities, &args)
    }
}

fn asks() -> Value {
    json!({"elicitation": {"form": {}}})
}

fn call(client: &mut Client, tool: &str, arguments: &Value) -> Value {
    client.ask("tools/call", json!({"name": tool, "arguments": arguments}))
}

fn text(result: &Value) -> &str {
    result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{result}"))
}

/// Calls again with one answer to all that is asked.
fn answered(
    client: &mut Client,
    tool: &str,
    arguments: &Value,
    asked: &Value,
    answer: &Value,
) -> Value {
    assert_eq!(asked["resultType"], "input_required", "{asked}");
    let requests = asked["inputRequests"].as_object().unwrap();
    let answers: Map<String, Value> =
        requests.keys().map(|key| (key.clone(), answer.clone())).collect();
    client.ask("tools/call", again(tool, arguments, &asked["requestState"], answers))
}

fn message(asked: &Value) -> String {
    let requests = asked["inputRequests"].as_object().unwrap();
    let (_, request) = requests.iter().next().unwrap();
    request["params"]["message"].as_str().unwrap().to_owned()
}

fn accept(answer: Value) -> Value {
    json!({"action": "accept", "content": {"answer": answer}})
}

fn approve(yes: bool) -> Value {
    json!({"action": "accept", "content": {"approve": yes}})
}

#[test]
fn an_answer_whose_id_is_a_text_is_to_nothing() {
    let place = Place::new();
    let mut client = place.start(LEGACY[1], asks(), &[]);
    client.elicited = Box::new(|_| None);
    let id = client.send("tools/call", json!({"name": "sure", "arguments": {}}));
    while client.asked.is_empty() {
        assert!(client.next(Duration::from_secs(60)), "nothing is asked");
    }
    for (id, answer) in [(json!("0"), false), (json!(0), true)] {
        let result = accept(json!(answer));
        client.write(&json!({"jsonrpc": "2.0", "id": id, "result": result}));
    }
    assert_eq!(text(&client.wait(id)["result"]), "true");
}

#[test]
fn extensions_ask_the_user_in_every_era() {
    let place = Place::new();
    let colours = json!({"kind": "select", "title": "Which?", "message": "One of two",
        "options": ["red", {"label": "blue", "description": "as the sky"}]});
    let many = json!({"kind": "multi_select", "title": "Which?", "options": ["a", "b", "c"]});
    let name = json!({"kind": "input", "title": "Name?"});
    let sure = json!({"kind": "confirm", "title": "Sure?"});
    for (question, answer, expected) in [
        (
            &colours,
            accept(json!("blue")),
            json!({"ok": true, "value": {"index": 2, "label": "blue"}}),
        ),
        (&colours, accept(json!("green")), json!({"ok": false, "reason": "cancelled"})),
        (&colours, json!({"action": "decline"}), json!({"ok": false, "reason": "cancelled"})),
        (
            &many,
            accept(json!(["a", "c"])),
            json!({"ok": true, "value": [{"index": 1, "label": "a"}, {"index": 3, "label": "c"}]}),
        ),
        (&name, accept(json!("Ada")), json!({"ok": true, "value": "Ada"})),
        (&name, accept(json!(5)), json!({"ok": false, "reason": "cancelled"})),
        (&sure, accept(json!(false)), json!({"ok": true, "value": false})),
    ] {
        let mut client = place.start(MODERN, asks(), &[]);
        let asked = call(&mut client, "ask", question);
        assert!(message(&asked).starts_with(question["title"].as_str().unwrap()), "{asked}");
        let result = answered(&mut client, "ask", question, &asked, &answer);
        assert_eq!(serde_json::from_str::<Value>(text(&result)).unwrap(), expected, "{question}");

        let mut client = place.start(LEGACY[1], asks(), &[]);
        client.elicited = Box::new(move |params| {
            // That revision knows no lists to choose from: each is a question.
            let mut answer = answer.clone();
            let fields = params["requestedSchema"]["properties"].as_object().unwrap();
            assert!(fields.values().all(|field| field["type"] != "array"), "{params}");
            if fields.contains_key("option_1") {
                let titles: Vec<&Value> = fields.values().map(|field| &field["title"]).collect();
                assert_eq!(titles, ["a", "b", "c"]);
                let content = json!({"option_1": true, "option_2": false, "option_3": true});
                answer["content"] = content;
            }
            Some(answer)
        });
        let result = call(&mut client, "ask", question);
        assert_eq!(serde_json::from_str::<Value>(text(&result)).unwrap(), expected, "{question}");
        // So is a script that has `imp.ui`.
        let code = format!("return imp.ui.request(json.decode([[{question}]]))");
        assert_eq!(client.run(&code)["values"], json!([expected]), "{question}");
    }
    let mut client = place.start(MODERN, asks(), &[]);
    for (answer, expected) in [
        (accept(json!(true)), "true"),
        (accept(json!(false)), "false"),
        (json!({"action": "cancel"}), "nil"),
    ] {
        let asked = call(&mut client, "sure", &json!({}));
        assert_eq!(message(&asked), "sure?\nreally");
        let result = answered(&mut client, "sure", &json!({}), &asked, &answer);
        assert_eq!(text(&result), expected);
    }
    let arguments = json!({"script": "return imp.ui.confirm('sure?')"});
    let asked = call(&mut client, "lua_execute", &arguments);
    let result = answered(&mut client, "lua_execute", &arguments, &asked, &accept(json!(true)));
    assert_eq!(result["structuredContent"]["values"], json!([true]), "{result}");

    // What is no question is not asked, and what no form shows neither.
    for (question, reason) in [
        (json!({"kind": "riddle"}), "invalid"),
        (json!({"kind": "select"}), "invalid"),
        (json!({"kind": "custom", "component": {"a": 1}}), "unavailable"),
    ] {
        let result = call(&mut client, "ask", &question);
        let answer: Value = serde_json::from_str(text(&result)).unwrap();
        assert_eq!((&answer["ok"], &answer["reason"]), (&json!(false), &json!(reason)));
        let code = format!("return imp.ui.request(json.decode([[{question}]])).reason");
        assert_eq!(client.run(&code)["values"], json!([reason]));
    }
    // Nor is somebody who is not there.
    let mut client = place.start(LEGACY[0], json!({}), &[]);
    let result = call(&mut client, "ask", &sure);
    assert_eq!(serde_json::from_str::<Value>(text(&result)).unwrap()["reason"], "unavailable");
    assert_eq!(text(&call(&mut client, "sure", &json!({}))), "nil");
}

#[test]
fn extensions_need_leave_for_what_is_asked_about() {
    let place = Place::new();
    let log = place.extensions.path().join("log.jsonl");
    let mut client = place.start(MODERN, asks(), &["--audit", log.to_str().unwrap()]);
    let arguments = json!({"name": "a.txt"});
    for (answer, why) in [
        (json!({"action": "decline"}), "the user was asked and declined"),
        (approve(false), "the user was asked and declined"),
        (json!({"action": "cancel"}), "the user was asked and gave no answer"),
    ] {
        let asked = call(&mut client, "write", &arguments);
        let expected = "An extension wants to call jido.write_file with\n  \"a.txt\"\n  \"new\"";
        assert_eq!(message(&asked), expected);
        let result = answered(&mut client, "write", &arguments, &asked, &answer);
        let expected = format!("false consent_required: jido.write_file: {why}");
        assert_eq!(text(&result), expected);
        assert!(!place.file("a.txt").exists());
    }
    let asked = call(&mut client, "write", &arguments);
    assert!(!place.file("a.txt").exists(), "it is made when it is granted");
    let result = answered(&mut client, "write", &arguments, &asked, &approve(true));
    assert!(text(&result).starts_with("true"), "{result}");
    assert_eq!(std::fs::read_to_string(place.file("a.txt")).unwrap(), "new");

    // One after the other, each by itself.
    let first = call(&mut client, "both", &json!({}));
    let second = answered(&mut client, "both", &json!({}), &first, &approve(true));
    assert!(message(&second).contains("2.txt"), "{second}");
    assert!(place.file("1.txt").exists() && !place.file("2.txt").exists());
    let result = answered(&mut client, "both", &json!({}), &second, &approve(false));
    assert_eq!(text(&result), "true false");

    let log = std::fs::read_to_string(log).unwrap();
    let count = |status: &str| {
        let lines = log.lines().filter(|line| line.contains("\"jido.write_file\""));
        lines.filter(|line| line.contains(&format!("\"status\":\"{status}\""))).count()
    };
    assert_eq!((count("blocked"), count("ok")), (4, 2), "{log}");

    let mut client = place.start(LEGACY[2], asks(), &[]);
    client.elicited = Box::new(|params| {
        let message = params["message"].as_str().unwrap();
        Some(approve(message.contains("1.txt")))
    });
    assert_eq!(text(&call(&mut client, "both", &json!({}))), "true false");
    let mut client = place.start(LEGACY[2], json!({}), &[]);
    let result = call(&mut client, "write", &json!({"name": "b.txt"}));
    assert_eq!(text(&result), "false consent_required: jido.write_file: nobody can be asked");
}

#[test]
fn an_answer_to_an_extension_counts_once_and_for_its_own_call() {
    let place = Place::new();
    let key = place.extensions.path().join("key");
    let more = ["--key", key.to_str().unwrap(), "--thinking", "2s"];
    let mut client = place.start(MODERN, asks(), &more);
    let arguments = json!({"name": "a.txt"});
    let asked = call(&mut client, "write", &arguments);
    let state = asked["requestState"].as_str().unwrap().to_owned();
    let answers = || Map::from_iter([("question-1".to_owned(), approve(true))]);

    let mut forged = state.clone().into_bytes();
    forged[30] = if forged[30] == b'A' { b'B' } else { b'A' };
    let forged = json!(String::from_utf8(forged).unwrap());
    for (tool, given, state) in [
        ("write", &arguments, &forged),
        ("write", &json!({"name": "b.txt"}), &json!(state)),
        ("both", &arguments, &json!(state)),
    ] {
        let params = again(tool, given, state, answers());
        assert_eq!(client.refused("tools/call", params)["code"], -32602);
    }
    assert!(!place.file("a.txt").exists());

    let result = client.ask("tools/call", again("write", &arguments, &json!(state), answers()));
    assert!(text(&result).starts_with("true"), "{result}");
    std::fs::remove_file(place.file("a.txt")).unwrap();
    let twice = client.ask("tools/call", again("write", &arguments, &json!(state), answers()));
    assert_eq!(twice["isError"], true, "{twice}");
    assert!(!place.file("a.txt").exists(), "once");

    // Whoever comes too late finds nothing, and the next call has its turn.
    let asked = call(&mut client, "write", &arguments);
    let next = call(&mut client, "ask", &json!({"kind": "riddle"}));
    assert!(text(&next).contains("invalid"), "{next}");
    let late = answered(&mut client, "write", &arguments, &asked, &approve(true));
    assert_eq!(late["isError"], true, "{late}");
    assert!(!place.file("a.txt").exists());
}

#[test]
fn the_time_of_an_extension_is_not_that_of_the_user() {
    let place = Place::new();
    let mut client = place.start(LEGACY[1], asks(), &["--timeout", "500ms"]);
    client.elicited = Box::new(|_| {
        std::thread::sleep(std::time::Duration::from_millis(1500));
        Some(accept(json!(true)))
    });
    assert_eq!(text(&call(&mut client, "sure", &json!({}))), "true");
    let late = call(&mut client, "busy", &json!({}));
    assert_eq!(late["structuredContent"]["error"]["kind"], "deadline", "{late}");
    assert_eq!(text(&late), "the tool took more than 500 ms");

    // A question that is taken back with its call.
    client.elicited = Box::new(|_| None);
    let id = client.send("tools/call", json!({"name": "sure", "arguments": {}}));
    let seen = |client: &mut Client| {
        client.next(std::time::Duration::from_millis(100));
        !client.asked.is_empty()
    };
    client.asked.clear();
    while !seen(&mut client) {}
    client.notify("notifications/cancelled", json!({"requestId": id}));
    assert_eq!(client.until_told("notifications/cancelled")["reason"], "the call was cancelled");
    client.elicited = Box::new(|_| Some(accept(json!(false))));
    assert_eq!(text(&call(&mut client, "sure", &json!({}))), "false");
}

#[test]
fn the_server_answers_while_an_extension_works() {
    let place = Place::new();
    let mut client = place.start(LEGACY[1], json!({}), &["--timeout", "60s", "--fuel", "1T"]);
    let busy = json!({"name": "busy", "arguments": {}});
    let (first, second) =
        (client.send("tools/call", busy.clone()), client.send("tools/call", busy));
    assert_eq!(client.run("return 1")["values"], json!([1]));
    assert_eq!(client.ask("tools/list", json!({}))["tools"].as_array().unwrap().len(), 14);
    // The second waits behind the first, and both end when they are cancelled.
    for id in [first, second] {
        client.notify("notifications/cancelled", json!({"requestId": id}));
    }
    assert_eq!(text(&call(&mut client, "sure", &json!({}))), "nil");
}

#[test]
fn only_tools_that_clients_can_take_are_offered() {
    let place = Place::new();
    let source = "
        local function tool(name, params)
            imp.register_tool {name = name, params = params, execute = function(id, p)
                return json.encode(p)
            end}
        end
        tool('', {})
        tool('has blanks', {})
        tool('é', {})
        tool(('n'):rep(129), {})
        tool('lua_execute', {})
        tool('odd_type', {n = {type = 'int'}})
        tool('odd_item', {n = {type = 'array', items = {type = {}}}})
        tool('odd_properties', {type = 'object', properties = 5})
        tool('odd_required', {type = 'object', required = 'n'})
        tool('a.b-c_1', {n = {}, m = {type = {'integer', 'null'}}, l = {items = {}}})
        tool('none', {type = 'object', properties = {}})";
    std::fs::write(place.extensions.path().join("odd.lua"), source).unwrap();
    let mut client = place.start(LEGACY[1], json!({}), &[]);
    let listed = client.ask("tools/list", json!({}));
    let of_extensions: Vec<&Value> = listed["tools"].as_array().unwrap().iter().skip(14).collect();
    let names: Vec<&Value> = of_extensions.iter().map(|tool| &tool["name"]).collect();
    assert_eq!(names, ["a.b-c_1", "none"]);
    let schema = json!({
        "type": "object",
        "properties": {"n": {}, "m": {"type": ["integer", "null"]}, "l": {"items": {}}}
    });
    assert_eq!(of_extensions[0]["inputSchema"], schema);
    assert_eq!(of_extensions[1]["inputSchema"], json!({"type": "object", "properties": {}}));
    assert_eq!(text(&call(&mut client, "a.b-c_1", &json!({"n": 1}))), "{\"n\":1}");
    // What is not offered is not there.
    let params = json!({"name": "has blanks", "arguments": {}});
    assert_eq!(client.refused("tools/call", params)["code"], -32602);
}

#[test]
fn a_tool_that_is_a_task_asks_by_it() {
    let place = Place::new();
    let takes = json!({
        "extensions": {"io.modelcontextprotocol/tasks": {}},
        "elicitation": {"form": {}}
    });
    std::fs::write(
        place.extensions.path().join("slow.lua"),
        "imp.register_tool {name = 'slow', label = 'slow', description = 'slow', readonly = true,
            params = {type = 'object'}, execute = function()
                for i = 1, 5e6 do end
                return tostring(imp.ui.confirm('sure?'))
            end}",
    )
    .unwrap();
    let more = ["--patience", "1ms", "--timeout", "60s"];
    let mut client = place.start(MODERN, takes, &more);
    let made = call(&mut client, "slow", &json!({}));
    assert_eq!(made["resultType"], "task", "{made}");
    let task = made["taskId"].clone();
    let get = |client: &mut Client, status: &str| loop {
        let seen = client.ask("tasks/get", json!({"taskId": task}));
        if seen["status"] == status {
            return seen;
        }
        assert_eq!(seen["status"], "working", "{seen}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    let seen = get(&mut client, "input_required");
    assert_eq!(seen["statusMessage"], "the user is asked");
    let answers = json!({"question-1": accept(json!(true))});
    client.ask("tasks/update", json!({"taskId": task, "inputResponses": answers}));
    let ended = get(&mut client, "completed");
    assert_eq!(text(&ended["result"]), "true", "{ended}");
}
