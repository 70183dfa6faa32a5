//! Calls that the user is asked about: granted, denied, too late, forged, given twice, given to
//! another process.

use super::client::{Client, LEGACY, MODERN, again};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder that scripts write in, and one for the key.
struct Place {
    root: TempDir,
    keys: TempDir,
}

impl Place {
    fn new() -> Place {
        Place { root: tempfile::tempdir().unwrap(), keys: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn key(&self) -> PathBuf {
        self.keys.path().join("key")
    }

    fn start(&self, revision: &'static str, capabilities: Value, more: &[&str]) -> Client {
        let (root, key) = (text(self.root.path()), self.key());
        let mut args = vec!["--root", root, "--ask", "write,shell", "--key", text(&key)];
        args.extend(more);
        Client::start(revision, capabilities, &args)
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn asks() -> Value {
    json!({"elicitation": {"form": {}}})
}

fn yes() -> Value {
    json!({"action": "accept", "content": {"approve": true}})
}

/// The answer to every request, each the same.
fn all(requests: &Value, answer: &Value) -> Map<String, Value> {
    requests.as_object().unwrap().keys().map(|key| (key.clone(), answer.clone())).collect()
}

const WRITE: &str = "print('before') local ok, why = jido.write_file('a.txt', 'new') \
                     print('after') return ok, why";

/// Calls until the user is asked.
fn asked(client: &mut Client, tool: &str, arguments: &Value) -> Value {
    let result = client.ask("tools/call", json!({"name": tool, "arguments": arguments}));
    assert_eq!(result["resultType"], "input_required", "{result}");
    result
}

/// Calls again with an answer.
fn answered(
    client: &mut Client,
    tool: &str,
    arguments: &Value,
    result: &Value,
    answer: &Value,
) -> Value {
    let answers = all(&result["inputRequests"], answer);
    let result = client.ask("tools/call", again(tool, arguments, &result["requestState"], answers));
    client.held(tool, &result);
    result
}

#[test]
fn a_granted_call_is_made_and_a_denied_one_is_not() {
    let place = Place::new();
    let mut client = place.start(MODERN, asks(), &[]);
    let arguments = json!({"script": WRITE});
    for (answer, what) in [
        (json!({"action": "decline"}), "the user was asked and declined"),
        (
            json!({"action": "accept", "content": {"approve": false}}),
            "the user was asked and declined",
        ),
        (
            json!({"action": "accept", "content": {"approve": "true"}}),
            "the user was asked and declined",
        ),
        (json!({"action": "cancel"}), "the user was asked and gave no answer"),
        (json!("nonsense"), "the user was asked and gave no answer"),
    ] {
        let result = asked(&mut client, "lua_execute", &arguments);
        let (_, request) = result["inputRequests"].as_object().unwrap().iter().next().unwrap();
        let message = request["params"]["message"].as_str().unwrap();
        let expected =
            "A script wants to call jido.write_file with\n  \"a.txt\"\n  \"new\"\n(at script:1)";
        assert_eq!(message, expected);
        assert!(!place.file("a.txt").exists(), "it is made when it is granted");
        let result = answered(&mut client, "lua_execute", &arguments, &result, &answer);
        let structured = &result["structuredContent"];
        let refusal = format!("consent_required: jido.write_file: {what}");
        assert_eq!(structured["values"], json!([null, refusal]), "{structured}");
        assert_eq!(structured["output"], "before\nafter\n");
        assert!(!place.file("a.txt").exists());
    }
    let result = asked(&mut client, "lua_execute", &arguments);
    let result = answered(&mut client, "lua_execute", &arguments, &result, &yes());
    assert_eq!(result["isError"], false, "{result}");
    assert_eq!(result["structuredContent"]["output"], "before\nafter\n");
    assert_eq!(std::fs::read_to_string(place.file("a.txt")).unwrap(), "new");
    // It may be overwritten, since the user has seen what with.
    let result = asked(&mut client, "lua_execute", &arguments);
    let result = answered(&mut client, "lua_execute", &arguments, &result, &yes());
    assert_eq!(result["structuredContent"]["status"], "done");
}

#[test]
fn an_answer_counts_once_and_for_its_own_call() {
    let place = Place::new();
    let mut client = place.start(MODERN, asks(), &[]);
    let arguments = json!({"script": "return jido.write_file('n', 'x')"});
    let result = asked(&mut client, "lua_execute", &arguments);
    let answers = || all(&result["inputRequests"], &yes());
    let state = result["requestState"].as_str().unwrap();

    // Forged: at any place, cut, empty, someone else's.
    let bytes = state.as_bytes();
    for at in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
        let mut changed = bytes.to_vec();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let params = again("lua_execute", &arguments, &changed.into(), answers());
        assert_eq!(client.refused("tools/call", params)["code"], -32602, "{at}");
    }
    for wrong in ["", "rs1.AAAA.BBBB", &state[..state.len() / 2]] {
        let params = again("lua_execute", &arguments, &wrong.into(), answers());
        assert_eq!(client.refused("tools/call", params)["code"], -32602);
    }
    // Of another call.
    let other = json!({"script": "return jido.write_file('n', 'y')"});
    let params = again("lua_execute", &other, &state.into(), answers());
    assert_eq!(client.refused("tools/call", params)["code"], -32602);
    assert!(!place.file("n").exists());

    let done = answered(&mut client, "lua_execute", &arguments, &result, &yes());
    assert_eq!(done["structuredContent"]["status"], "done", "{done}");
    std::fs::remove_file(place.file("n")).unwrap();
    let twice = answered(&mut client, "lua_execute", &arguments, &result, &yes());
    assert_eq!(twice["isError"], true);
    let why = twice["content"][0]["text"].as_str().unwrap();
    assert!(why.starts_with("this answer was given already"), "{why}");
    assert!(!place.file("n").exists(), "once");
}

#[test]
fn an_answer_that_comes_too_late_does_nothing() {
    let place = Place::new();
    let mut client = place.start(MODERN, asks(), &["--thinking", "1s"]);
    let arguments = json!({"script": WRITE});
    let result = asked(&mut client, "lua_execute", &arguments);
    std::thread::sleep(std::time::Duration::from_millis(1300));
    let late = answered(&mut client, "lua_execute", &arguments, &result, &yes());
    assert_eq!(late["structuredContent"]["error"]["kind"], "deadline", "{late}");
    assert!(!place.file("a.txt").exists());
}

#[test]
fn a_file_that_is_no_key_is_an_error_of_usage() {
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("short");
    std::fs::write(&short, "x").unwrap();
    let nowhere = folder.path().join("none/key");
    for (file, why) in [(short, "must hold 32"), (nowhere, "No such file")] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_moonfuel"))
            .args(["mcp", "--key", text(&file)])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with("moonfuel: the key ") && said.contains(why), "{said}");
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn no_script_reads_the_key_or_forgets_what_was_used() {
    let place = Place::new();
    let key = place.file("key");
    let root = text(place.root.path());
    let args = ["--root", root, "--ask", "shell", "--allow", "write", "--key", text(&key)];
    let mut client = Client::start(MODERN, asks(), &args);
    let script = "return select(2, jido.read_file('key')), select(2, jido.write_file('key', '')),
        select(2, jido.write_file('key.used/x', '')), jido.write_file('a/key', '')";
    let done = client.call("lua_execute", json!({"script": script}));
    let values = done["structuredContent"]["values"].as_array().unwrap();
    for refused in &values[..3] {
        assert!(refused.as_str().unwrap().contains("protected_settings_file"), "{done}");
    }
    assert_eq!(values[3], true, "{done}");
}

#[test]
fn an_answer_reaches_another_process_with_the_same_key_and_no_other() {
    let place = Place::new();
    let arguments =
        json!({"script": format!("local t = {{}} for i = 1, 100 do t[i] = i end {WRITE}, #t")});
    let mut client = place.start(MODERN, asks(), &[]);
    let result = asked(&mut client, "lua_execute", &arguments);
    client.kill();

    let strange = tempfile::tempdir().unwrap();
    let key = strange.path().join("key");
    let root = text(place.root.path());
    let mut stranger = Client::start(
        MODERN,
        asks(),
        &["--root", root, "--ask", "write,shell", "--key", text(&key)],
    );
    let answers = all(&result["inputRequests"], &yes());
    let params = again("lua_execute", &arguments, &result["requestState"], answers);
    assert_eq!(stranger.refused("tools/call", params)["code"], -32602);

    // Nor one with the key, whose calls are made on another directory.
    let own = place.key();
    let elsewhere = text(strange.path());
    let mut other = Client::start(
        MODERN,
        asks(),
        &["--root", elsewhere, "--ask", "write,shell", "--key", text(&own)],
    );
    let answers = all(&result["inputRequests"], &yes());
    let params = again("lua_execute", &arguments, &result["requestState"], answers);
    assert_eq!(other.refused("tools/call", params)["code"], -32602);
    assert!(!strange.path().join("a.txt").exists());

    let mut second = place.start(MODERN, asks(), &[]);
    let done = answered(&mut second, "lua_execute", &arguments, &result, &yes());
    assert_eq!(done["structuredContent"]["values"][2], 100, "{done}");
    assert_eq!(done["structuredContent"]["output"], "before\nafter\n");
    assert_eq!(std::fs::read_to_string(place.file("a.txt")).unwrap(), "new");

    // What one has used up is used up for all of them.
    let mut third = place.start(MODERN, asks(), &[]);
    let twice = answered(&mut third, "lua_execute", &arguments, &result, &yes());
    assert!(twice["content"][0]["text"].as_str().unwrap().starts_with("this answer was given"));
}

#[test]
fn a_session_goes_on_with_what_it_was_asked_in() {
    let place = Place::new();
    let mut client = place.start(MODERN, asks(), &[]);
    let opened = client.call("lua_session_open", json!({}));
    let session = opened["structuredContent"]["session"].clone();
    let run = |code: &str| json!({"session": session, "script": code});
    client.call("lua_session_run", run("n = 1"));
    let arguments = run("n = n + 1 jido.write_file('a.txt', tostring(n)) n = n * 10 return n");
    let result = asked(&mut client, "lua_session_run", &arguments);
    // Meanwhile it is as before.
    let seen = client.call("lua_session_run", run("return n"));
    assert_eq!(seen["structuredContent"]["values"], json!([1]));
    let stale = answered(&mut client, "lua_session_run", &arguments, &result, &yes());
    let why = stale["content"][0]["text"].as_str().unwrap();
    assert!(why.starts_with("the session was used since"), "{why}");

    let result = asked(&mut client, "lua_session_run", &arguments);
    let done = answered(&mut client, "lua_session_run", &arguments, &result, &yes());
    assert_eq!(done["structuredContent"]["values"], json!([20]), "{done}");
    let seen = client.call("lua_session_run", run("return n"));
    assert_eq!(seen["structuredContent"]["values"], json!([20]));

    // And where the server was started anew, it is there again.
    let result = asked(&mut client, "lua_session_run", &arguments);
    client.kill();
    let mut client = place.start(MODERN, asks(), &[]);
    let done = answered(&mut client, "lua_session_run", &arguments, &result, &yes());
    assert_eq!(done["structuredContent"]["values"], json!([210]), "{done}");
    let seen = client.call("lua_session_run", run("return n"));
    assert_eq!(seen["structuredContent"]["values"], json!([210]));
}

#[test]
fn an_answer_for_a_session_that_is_gone_does_nothing() {
    let place = Place::new();
    let mut client = place.start(MODERN, asks(), &[]);
    let opened = client.call("lua_session_open", json!({}));
    let session = opened["structuredContent"]["session"].clone();
    let arguments = json!({"session": session, "script": WRITE});
    let result = asked(&mut client, "lua_session_run", &arguments);
    client.call("lua_session_close", json!({"session": session}));
    let late = answered(&mut client, "lua_session_run", &arguments, &result, &yes());
    assert_eq!(late["structuredContent"]["error"]["kind"], "not_found", "{late}");
    assert!(!place.file("a.txt").exists());

    // Nor where there is no room for it.
    let opened = client.call("lua_session_open", json!({}));
    let arguments = json!({"session": opened["structuredContent"]["session"], "script": WRITE});
    let result = asked(&mut client, "lua_session_run", &arguments);
    let mut full = place.start(MODERN, asks(), &["--sessions", "1"]);
    full.call("lua_session_open", json!({}));
    let late = answered(&mut full, "lua_session_run", &arguments, &result, &yes());
    assert_eq!(late["structuredContent"]["error"]["kind"], "busy", "{late}");
    assert!(!place.file("a.txt").exists());
}

const TWO: &str = "local r = host.all{{jido.write_file, 'a.txt', '1'}, {jido.write_file, 'b.txt', '2'}} \
                   return r[1][1] ~= nil, r[2][1] ~= nil";

#[test]
fn several_are_asked_about_at_once() {
    let place = Place::new();
    let mut client = place.start(MODERN, asks(), &[]);
    let arguments = json!({"script": TWO});
    let result = asked(&mut client, "lua_execute", &arguments);
    let requests = result["inputRequests"].as_object().unwrap().clone();
    assert_eq!(requests.len(), 2);
    let (first, second) = (requests.keys().next().unwrap(), requests.keys().nth(1).unwrap());

    // One answer alone, and something nobody asked: the other is asked about again.
    let mut part = Map::from_iter([(first.clone(), yes()), ("call-99".to_owned(), yes())]);
    let params = again("lua_execute", &arguments, &result["requestState"], part.clone());
    let result = client.ask("tools/call", params);
    assert_eq!(result["resultType"], "input_required", "{result}");
    assert_eq!(result["inputRequests"].as_object().unwrap().keys().collect::<Vec<_>>(), [second]);
    assert!(!place.file("a.txt").exists());
    part.clear();
    part.insert(second.clone(), json!({"action": "decline"}));
    let params = again("lua_execute", &arguments, &result["requestState"], part);
    let done = client.ask("tools/call", params);
    assert_eq!(done["structuredContent"]["values"], json!([true, false]), "{done}");
    assert!(place.file("a.txt").exists() && !place.file("b.txt").exists());
}

#[test]
fn what_is_allowed_at_once_is_done_in_the_order_of_the_script() {
    let place = Place::new();
    let mut client = place.start(MODERN, asks(), &[]);
    let script = "local calls = {} for i = 1, 12 do calls[i] = {jido.write_file, 'a.txt', 'write ' .. i} end \
                  host.all(calls)";
    for _ in 0..4 {
        let arguments = json!({"script": script});
        let result = asked(&mut client, "lua_execute", &arguments);
        let done = answered(&mut client, "lua_execute", &arguments, &result, &yes());
        assert_eq!(done["structuredContent"]["status"], "done", "{done}");
        assert_eq!(std::fs::read_to_string(place.file("a.txt")).unwrap(), "write 12");
        std::fs::remove_file(place.file("a.txt")).unwrap();
    }
}

#[test]
fn what_no_function_takes_is_told_as_where_nobody_is_asked() {
    let place = Place::new();
    let script = "local function c() end return {jido.write_file('a.txt', c)}, {jido.write_file('a.txt', coroutine.create(c))}, \
                  {jido.write_file({c}, 'x')}, {jido.write_file(c)}, {jido.multi_edit('a.txt', {{old_string = c, new_string = ''}})}";
    let arguments = json!({"script": script});
    let root = place.root.path().to_str().unwrap();
    let mut allowed = Client::start(MODERN, json!({}), &["--root", root, "--allow", "write"]);
    let expected = allowed.call("lua_execute", arguments.clone());
    let mut client = place.start(MODERN, asks(), &[]);
    let mut result = asked(&mut client, "lua_execute", &arguments);
    while result["resultType"] == "input_required" {
        let answers = all(&result["inputRequests"], &yes());
        let params = again("lua_execute", &arguments, &result["requestState"], answers);
        result = client.ask("tools/call", params);
    }
    let (values, expected) =
        (&result["structuredContent"]["values"], &expected["structuredContent"]);
    assert_eq!(values, &expected["values"], "{result}");
}

#[test]
fn older_clients_are_asked_by_elicitation() {
    let place = Place::new();
    let mut client = place.start(LEGACY[1], asks(), &[]);
    client.elicited = Box::new(|params| {
        let message = params["message"].as_str().unwrap();
        assert!(
            message.starts_with("A script wants to call jido.write_file with\n  "),
            "{message}"
        );
        assert_eq!(params["requestedSchema"]["properties"]["approve"]["type"], "boolean");
        Some(json!({"action": "accept", "content": {"approve": message.contains("a.txt")}}))
    });
    assert_eq!(client.run(TWO)["values"], json!([true, false]));
    assert!(place.file("a.txt").exists() && !place.file("b.txt").exists());
    assert_eq!(client.run(WRITE)["status"], "done");

    // Who does not answer in time has not consented.
    let mut client = place.start(LEGACY[2], asks(), &["--thinking", "1s"]);
    client.elicited = Box::new(|_| None);
    let result = client.run("return jido.write_file('c.txt', '')");
    let why = "consent_required: jido.write_file: the user was asked and gave no answer";
    assert_eq!(result["values"], json!([null, why]));
}

#[test]
fn clients_that_cannot_ask_are_told_so() {
    let place = Place::new();
    for revision in [LEGACY[0], LEGACY[2], MODERN] {
        let mut client = place.start(revision, json!({}), &[]);
        let result = client.run("return jido.write_file('a.txt', '')");
        let why = result["values"][1].as_str().unwrap();
        assert!(
            why.starts_with("consent_required: jido.write_file: this client cannot ask the user"),
            "{why}"
        );
        assert!(why.contains("--allow"), "{why}");
        // Reading needs no consent.
        assert_eq!(client.run("return jido.file_exists('a.txt')")["values"], json!([false]));
    }
}

#[test]
fn a_script_may_ask_the_user_itself() {
    let place = Place::new();
    let code = "local a = jido.ask_user{kind = 'select', title = 'which?', options = {'red', 'blue'}} \
                return a.ok, a.value, a.reason";
    let mut client = place.start(MODERN, asks(), &[]);
    let arguments = json!({"script": code});
    let result = asked(&mut client, "lua_execute", &arguments);
    let (_, request) = result["inputRequests"].as_object().unwrap().iter().next().unwrap();
    assert_eq!(request["params"]["message"], "which?");
    let answer = json!({"action": "accept", "content": {"answer": "blue"}});
    let done = answered(&mut client, "lua_execute", &arguments, &result, &answer);
    let blue = json!({"index": 2, "label": "blue"});
    assert_eq!(done["structuredContent"]["values"], json!([true, blue, null]), "{done}");

    let mut client = place.start(LEGACY[1], json!({}), &[]);
    assert_eq!(client.run(code)["values"], json!([false, null, "unavailable"]));
}

/// Both families ask in the same words and have the same answers.
#[test]
fn each_kind_of_question_has_its_answer() {
    let options = "{'a', {label = 'b', description = 'the second'}, 'c'}";
    let select = format!("kind = 'select', title = 't', options = {options}");
    let many = format!("kind = 'multi_select', options = {options}");
    let given = |answer: Value| json!({"action": "accept", "content": {"answer": answer}});
    let value = |value: Value| json!({"ok": true, "value": value});
    let nothing = json!({"ok": false, "reason": "cancelled"});
    let b = json!({"index": 2, "label": "b"});
    let cases = [
        ("kind = 'confirm', title = 't'", given(json!(true)), value(json!(true))),
        ("kind = 'confirm', title = 't'", given(json!(false)), value(json!(false))),
        ("kind = 'confirm', title = 't'", given(json!("yes")), nothing.clone()),
        (&select, given(json!("b")), value(b.clone())),
        (&select, given(json!("z")), nothing.clone()),
        (&many, given(json!(["c", "b"])), value(json!([{"index": 3, "label": "c"}, b]))),
        (&many, given(json!([])), value(json!([]))),
        (&many, given(json!(["a", "z"])), nothing.clone()),
        ("kind = 'input', default = 'd'", given(json!("")), value(json!(""))),
        ("kind = 'input', title = 't'", given(json!(5)), nothing.clone()),
        ("kind = 'input', title = 't'", json!({"action": "decline"}), nothing.clone()),
        ("kind = 'input', title = 't'", json!({"action": "cancel"}), nothing.clone()),
        ("kind = 'input', title = 't'", json!({"action": "accept"}), nothing),
    ];
    let place = Place::new();
    for (function, host) in [("jido.ask_user", &[][..]), ("imp.ui.request", &["--host", "imp"])] {
        let mut client = place.start(MODERN, asks(), host);
        for (spec, answer, want) in &cases {
            let arguments = json!({"script": format!("return {function}{{{spec}}}")});
            let result = asked(&mut client, "lua_execute", &arguments);
            let done = answered(&mut client, "lua_execute", &arguments, &result, answer);
            let what = format!("{function} {spec} {answer}");
            assert_eq!(done["structuredContent"]["values"], json!([want]), "{what}");
        }
    }
    // What a custom question is made of is the host's own to show: here it is a text.
    let mut client = place.start(MODERN, asks(), &[]);
    let arguments = json!({"script": "return jido.ask_user{}"});
    let result = asked(&mut client, "lua_execute", &arguments);
    let done = answered(&mut client, "lua_execute", &arguments, &result, &given(json!("well")));
    assert_eq!(done["structuredContent"]["values"], json!([value(json!("well"))]));
}

#[test]
fn the_form_of_a_question_says_what_options_and_fields_mean() {
    let place = Place::new();
    let mut client = place.start(MODERN, asks(), &[]);
    let mut shown = |spec: &str| {
        let arguments = json!({"script": format!("jido.ask_user{{{spec}}}")});
        let result = asked(&mut client, "lua_execute", &arguments);
        let (_, request) = result["inputRequests"].as_object().unwrap().iter().next().unwrap();
        request["params"].clone()
    };
    let form =
        shown("kind = 'select', title = 't', options = {{label = 'a', description = 'x'}, 'b'}");
    assert_eq!(form["message"], "t\na: x");
    let form = shown("kind = 'input', message = 'm', placeholder = 'your name'");
    assert_eq!(form["message"], "m");
    let answer = &form["requestedSchema"]["properties"]["answer"];
    assert_eq!(answer["description"], "your name");
}

#[test]
fn what_a_policy_refuses_is_refused_whatever_the_user_says() {
    let place = Place::new();
    let policy = place.keys.path().join("policy.toml");
    std::fs::write(&policy, "requires_consent = ['glob']\n[grants]\nwrite = ['out']\n").unwrap();
    let mut client = place.start(MODERN, asks(), &["--policy", text(&policy)]);
    // A function that needs consent is asked about, whatever it does.
    let arguments = json!({"script": "return #jido.glob('*')"});
    let result = asked(&mut client, "lua_execute", &arguments);
    let done = answered(&mut client, "lua_execute", &arguments, &result, &yes());
    assert_eq!(done["structuredContent"]["values"], json!([0]), "{done}");
    // What the policy does not grant stays refused when the user says yes.
    let arguments = json!({"script": WRITE});
    let result = asked(&mut client, "lua_execute", &arguments);
    let done = answered(&mut client, "lua_execute", &arguments, &result, &yes());
    assert!(
        done["structuredContent"]["values"][1].as_str().unwrap().contains("denied (grants.write)"),
        "{done}"
    );
    assert!(!place.file("a.txt").exists());
}

#[test]
fn what_the_user_is_shown_is_what_there_is() {
    let place = Place::new();
    let mut client = place.start(MODERN, asks(), &[]);
    let code = "load([[jido.write_file('a\u{202e}txt.\u{2066}', 'x\\n(at harmless:1)')]], \
                '=read_file with \\n \"b\" ')()";
    let result = asked(&mut client, "lua_execute", &json!({"script": code}));
    let (_, request) = result["inputRequests"].as_object().unwrap().iter().next().unwrap();
    let message = request["params"]["message"].as_str().unwrap();
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines[0], "A script wants to call jido.write_file with");
    assert_eq!(lines[1], "  \"a\\u{202e}txt.\\u{2066}\"", "{message}");
    assert_eq!(lines[2], "  \"x\\n(at harmless:1)\"", "{message}");
    assert_eq!(lines.len(), 4, "{message}");
    // A byte that is no text hides nothing around it.
    let code =
        r#"jido.write_file('a.txt', 'rm "x"\n\xff\xc3 rm y', {print, [2.5] = 0/0, s = '\xff'})"#;
    let result = asked(&mut client, "lua_execute", &json!({"script": code}));
    let (_, request) = result["inputRequests"].as_object().unwrap().iter().next().unwrap();
    let message = request["params"]["message"].as_str().unwrap();
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines[2], r#"  "rm \"x\"\n\xff\xc3 rm y""#, "{message}");
    assert_eq!(lines[3], r#"  {[1]:function,[2.5]:NaN,"s":"\xff"}"#, "{message}");
}

#[test]
fn the_log_has_what_was_asked_and_what_came_of_it() {
    let place = Place::new();
    let log = place.keys.path().join("log.jsonl");
    let mut client = place.start(MODERN, asks(), &["--audit", text(&log)]);
    let arguments = json!({"script": WRITE});
    let result = asked(&mut client, "lua_execute", &arguments);
    answered(&mut client, "lua_execute", &arguments, &result, &json!({"action": "decline"}));
    let result = asked(&mut client, "lua_execute", &arguments);
    answered(&mut client, "lua_execute", &arguments, &result, &yes());
    client.run("return jido.file_exists('a.txt')");
    let log = std::fs::read_to_string(log).unwrap();
    let entries: Vec<(u64, String, String, Value)> = log
        .lines()
        .map(|line| {
            let entry: Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| entry[name].as_str().unwrap().to_owned();
            (entry["id"].as_u64().unwrap(), text("name"), text("status"), entry["rule"].clone())
        })
        .collect();
    let write = || "jido.write_file".to_owned();
    let expected = [
        (1, write(), "blocked".to_owned(), json!("user")),
        (2, write(), "ok".to_owned(), Value::Null),
        (3, "jido.file_exists".to_owned(), "ok".to_owned(), Value::Null),
    ];
    assert_eq!(entries, expected);
}

#[test]
fn a_form_that_nobody_waits_for_is_taken_back() {
    let place = Place::new();
    for revision in [LEGACY[1], LEGACY[2]] {
        let mut client = place.start(revision, asks(), &[]);
        let seen = std::sync::Arc::new(std::sync::Mutex::new(0));
        let counted = std::sync::Arc::clone(&seen);
        client.elicited = Box::new(move |_| {
            *counted.lock().unwrap() += 1;
            None
        });
        let arguments = json!({"script": TWO});
        let id = client.send("tools/call", json!({"name": "lua_execute", "arguments": arguments}));
        while *seen.lock().unwrap() < 2 {
            assert!(client.next(std::time::Duration::from_secs(120)));
        }
        client.notify("notifications/cancelled", json!({"requestId": id}));
        let mut taken_back: Vec<Value> = (0..2)
            .map(|_| {
                let told = client.until_told("notifications/cancelled");
                assert_eq!(told["reason"], "the call was cancelled");
                told["requestId"].clone()
            })
            .collect();
        taken_back.dedup();
        assert_eq!(taken_back.len(), 2, "each once: {taken_back:?}");
        assert!(!place.file("a.txt").exists());

        // So is one whose time is over, and the call goes on without it.
        let mut client = place.start(revision, asks(), &["--thinking", "300ms"]);
        client.elicited = Box::new(|_| None);
        assert_eq!(client.run(WRITE)["values"][0], Value::Null);
        let told = client.until_told("notifications/cancelled");
        assert_eq!(told["reason"], "the time to answer is over");
    }
}

#[test]
fn an_answer_at_a_limit_says_which() {
    let place = Place::new();
    let code = "local t = {} for i = 1, 20000 do t[i] = {i} end \
                local ok = jido.write_file('a.txt', 'b') return ok";
    let arguments = json!({"script": code});
    for (option, value, kind) in
        [("--fuel", "0", "fuel"), ("--host-calls", "0", "host_calls"), ("--memory", "1M", "memory")]
    {
        let mut first = place.start(MODERN, asks(), &[]);
        let result = asked(&mut first, "lua_execute", &arguments);
        let mut second = place.start(MODERN, asks(), &[option, value]);
        let done = answered(&mut second, "lua_execute", &arguments, &result, &yes());
        assert_eq!(done["isError"], true, "{option}: {done}");
        let structured = &done["structuredContent"];
        assert_eq!(structured["status"], "limit", "{option}: {done}");
        assert_eq!(structured["error"]["kind"], kind, "{option}: {done}");
    }
    assert!(!place.file("a.txt").exists());
    // A run's own, used up while it was waited for.
    let mut client = place.start(MODERN, asks(), &[]);
    let code = "jido.write_file('a.txt', 'b') while true do end";
    let arguments = json!({"script": code, "limits": {"fuel": 20000}});
    let result = asked(&mut client, "lua_execute", &arguments);
    let done = answered(&mut client, "lua_execute", &arguments, &result, &yes());
    let structured = &done["structuredContent"];
    assert_eq!((&structured["status"], &structured["fuel_used"]), (&json!("limit"), &json!(20000)));
}

#[test]
fn answers_that_are_no_answers_are_refused() {
    let place = Place::new();
    let mut client = place.start(MODERN, asks(), &[]);
    let arguments = json!({"script": WRITE});
    let result = asked(&mut client, "lua_execute", &arguments);
    let mut params = again("lua_execute", &arguments, &result["requestState"], Map::new());
    for (wrong, why) in [
        (json!([]), "tools/call: params.inputResponses: expected an object"),
        (json!("yes"), "tools/call: params.inputResponses: expected an object"),
    ] {
        params["inputResponses"] = wrong;
        let error = client.refused("tools/call", params.clone());
        assert_eq!((&error["code"], &error["message"]), (&json!(-32602), &json!(why)));
    }
    // Nothing is used up by that.
    let done = answered(&mut client, "lua_execute", &arguments, &result, &yes());
    assert_eq!(done["structuredContent"]["status"], "done", "{done}");
}

#[test]
fn a_server_that_cannot_take_a_run_up_leaves_its_answer() {
    let place = Place::new();
    let script = format!("t = {{}} for i = 1, 100000 do t[i] = i end {WRITE}");
    let arguments = json!({"script": script});
    let mut client = place.start(MODERN, asks(), &[]);
    let result = asked(&mut client, "lua_execute", &arguments);
    let (root, key) = (text(place.root.path()), place.key());
    let same = ["--root", root, "--key", text(&key)];
    for (more, why) in [
        (&["--ask", "write", "--memory", "1M"][..], "memory limit of 1048576 bytes"),
        (&["--ask", "write", "--profile", "compat"], "profile Strict"),
        (&["--allow", "write"], "does not ask about jido.write_file"),
        (&[], "needs the tier write"),
    ] {
        let mut other = Client::start(MODERN, asks(), &[&same, more].concat());
        let refused = answered(&mut other, "lua_execute", &arguments, &result, &yes());
        let said = refused["content"][0]["text"].as_str().unwrap();
        let begins = "the run cannot go on here, and the answer is not used up: ";
        assert!(said.starts_with(begins) && said.contains(why), "{said}");
        assert!(!place.file("a.txt").exists());
    }
    let done = answered(&mut client, "lua_execute", &arguments, &result, &yes());
    assert_eq!(done["structuredContent"]["status"], "done", "{done}");
    assert_eq!(std::fs::read_to_string(place.file("a.txt")).unwrap(), "new");
}

#[test]
fn an_answer_counts_once_beside_servers_that_give_less_time() {
    let place = Place::new();
    let arguments = json!({"script": WRITE});
    let mut client = place.start(MODERN, asks(), &[]);
    let result = asked(&mut client, "lua_execute", &arguments);
    answered(&mut client, "lua_execute", &arguments, &result, &yes());
    std::fs::remove_file(place.file("a.txt")).unwrap();
    client.kill();

    // What it has used up was swept away by one whose users have a second.
    let mut hasty = place.start(MODERN, asks(), &["--thinking", "1s"]);
    let used = place.keys.path().join("key.used");
    for entry in std::fs::read_dir(used).unwrap() {
        let file = std::fs::File::options().write(true).open(entry.unwrap().path()).unwrap();
        let hour = std::time::Duration::from_secs(3600);
        file.set_modified(std::time::SystemTime::now() - hour).unwrap();
    }
    let other = asked(&mut hasty, "lua_execute", &arguments);
    answered(&mut hasty, "lua_execute", &arguments, &other, &json!({"action": "decline"}));

    let mut third = place.start(MODERN, asks(), &[]);
    let twice = answered(&mut third, "lua_execute", &arguments, &result, &yes());
    assert!(twice["content"][0]["text"].as_str().unwrap().starts_with("this answer was given"));
    assert!(!place.file("a.txt").exists());
}

#[test]
fn a_granted_call_is_made_beside_extensions_too() {
    let place = Place::new();
    let extensions = tempfile::tempdir().unwrap();
    let more = ["--extensions", text(extensions.path()), "--allow", "env=HOME"];
    let mut client = place.start(MODERN, asks(), &more);
    let arguments = json!({"script": WRITE});
    let result = asked(&mut client, "lua_execute", &arguments);
    let done = answered(&mut client, "lua_execute", &arguments, &result, &yes());
    assert_eq!(done["structuredContent"]["status"], "done", "{done}");
    assert_eq!(std::fs::read_to_string(place.file("a.txt")).unwrap(), "new");
}
