//! What every client does first, in every era.

use super::client::{Client, LEGACY, MODERN};
use serde_json::{Value, json};

fn revisions() -> impl Iterator<Item = &'static str> {
    LEGACY.into_iter().chain([MODERN])
}

#[test]
fn every_era_lists_calls_and_reads() {
    for revision in revisions() {
        let mut client = Client::simple(revision);
        if revision == MODERN {
            let versions = client.hello["supportedVersions"].as_array().unwrap();
            assert!(versions.contains(&revision.into()));
            let info = &client.hello["_meta"]["io.modelcontextprotocol/serverInfo"];
            assert_eq!(info["name"], "moonfuel");
        } else {
            assert_eq!(client.hello["protocolVersion"], revision);
            assert_eq!(client.hello["serverInfo"]["name"], "moonfuel");
        }
        let instructions = client.hello["instructions"].as_str().unwrap();
        assert!(instructions.starts_with("Moonfuel runs Lua 5.4 in a sandbox."));

        let tools = client.ask("tools/list", json!({}));
        let names: Vec<&str> = tools["tools"]
            .as_array()
            .unwrap()
            .iter()
            .map(|t| t["name"].as_str().unwrap())
            .collect();
        let all = [
            "lua_execute",
            "lua_session_open",
            "lua_session_run",
            "lua_session_reset",
            "lua_session_fork",
            "lua_session_close",
            "lua_session_list",
            "lua_check",
            "lua_replay",
        ];
        assert_eq!(names, all, "the order is fixed");
        assert_eq!(tools, client.ask("tools/list", json!({})));

        let result = client.call("lua_execute", json!({"script": "print('hi') return 1, {a = 2}"}));
        assert_eq!(result["isError"], false);
        assert_eq!(result["content"], json!([{"type": "text", "text": "hi\n[1,{\"a\":2}]"}]));
        let structured = &result["structuredContent"];
        assert_eq!(structured["status"], "done");
        assert_eq!(structured["values"], json!([1, {"a": 2}]));
        assert_eq!(structured["output"], "hi\n");
        assert_eq!(structured["truncated"], false);

        let uri = &structured["trace"];
        let listed = client.ask("resources/list", json!({}));
        let listed: Vec<&Value> =
            listed["resources"].as_array().unwrap().iter().map(|one| &one["uri"]).collect();
        assert_eq!(listed, [&json!("moonfuel://api"), &json!("moonfuel://api.d.lua"), uri]);
        let trace = client.ask("resources/read", json!({"uri": uri}));
        assert!(trace["contents"][0]["text"].as_str().unwrap().contains("\"k\":\"moonfuel\""));
        let api = client.ask("resources/read", json!({"uri": "moonfuel://api.d.lua"}));
        assert!(api["contents"][0]["text"].as_str().unwrap().starts_with("---@meta"));
        client.ask("resources/templates/list", json!({}));
        let (status, _) = client.close();
        assert!(status.success());
    }
}

#[test]
fn what_breaks_the_protocol_is_an_error_of_the_protocol() {
    for revision in revisions() {
        let mut client = Client::simple(revision);
        let error = client.refused("tools/call", json!({"name": "no_such", "arguments": {}}));
        assert_eq!(error["code"], -32602, "{error}");
        let error = client.refused("no/such/method", json!({}));
        assert_eq!(error["code"], -32601);
        assert_eq!(error["message"], "this server has no method 'no/such/method'");
        assert_eq!(client.refused("logging/setLevel", json!({"level": "info"}))["code"], -32601);
        match revision {
            MODERN => assert_eq!(client.refused("ping", json!({}))["code"], -32601),
            _ => assert_eq!(client.ask("ping", json!({})), json!({})),
        }
        let code =
            client.refused("resources/read", json!({"uri": "moonfuel://no"}))["code"].clone();
        assert_eq!(code, if revision == MODERN { -32602 } else { -32002 });
        client.run("return 0");
        for other in ["01", "+1", "1 ", "2", ""] {
            let uri = format!("moonfuel://traces/{other}");
            assert_eq!(client.refused("resources/read", json!({"uri": uri}))["code"], code);
        }
        client.ask("resources/read", json!({"uri": "moonfuel://traces/1"}));
        for list in ["tools/list", "resources/list", "resources/templates/list"] {
            assert_eq!(client.refused(list, json!({"cursor": "bm8="}))["code"], -32602);
        }
        assert!(client.refused("tools/call", json!({"arguments": {}}))["code"].is_i64());
        assert_eq!(client.run("return 1")["values"], json!([1]), "and nothing else happens");
    }
}

#[test]
fn what_a_tool_never_gave_is_refused() {
    for revision in revisions() {
        let mut client = Client::simple(revision);
        let code = json!({"script": "return 1"});
        for (tool, arguments) in [
            ("lua_check", &code),
            ("lua_session_list", &json!({})),
            ("lua_session_open", &json!({})),
            ("lua_execute", &code),
        ] {
            let call = json!({"name": tool, "arguments": arguments, "requestState": "c3RhdGU"});
            let error = client.refused("tools/call", call);
            let why = "requestState is not what this server gave for this call";
            assert_eq!(
                (&error["code"], &error["message"]),
                (&json!(-32602), &json!(why)),
                "{tool}"
            );
        }
        let listed = client.call("lua_session_list", json!({}));
        assert_eq!(listed["structuredContent"]["sessions"], json!([]), "nothing was opened");
    }
}

#[test]
fn a_revision_that_is_not_spoken_is_told_which_are() {
    let mut client = Client::simple(MODERN);
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2031-01-01",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {}
    });
    client.write(
        &json!({"jsonrpc": "2.0", "id": -1, "method": "tools/list", "params": {"_meta": meta}}),
    );
    let error = client.answer_to(-1)["error"].clone();
    assert_eq!(error["code"], -32022, "{error}");
    let supported = error["data"]["supported"].as_array().unwrap();
    assert!(supported.contains(&MODERN.into()), "{error}");

    // One that begins with `initialize` is offered the newest that does.
    let client = Client::start("2024-11-05", json!({}), &[]);
    assert_eq!(client.hello["protocolVersion"], "2025-11-25");
}

#[test]
fn annotations_come_from_effects() {
    let of = |args: &[&str]| {
        let mut client = Client::start(MODERN, json!({}), args);
        client.ask("tools/list", json!({}))["tools"][0]["annotations"].clone()
    };
    let hints = |read, destroys, again, open| {
        json!({
            "title": "Run Lua",
            "readOnlyHint": read,
            "destructiveHint": destroys,
            "idempotentHint": again,
            "openWorldHint": open
        })
    };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    assert_eq!(of(&[]), hints(true, false, true, false));
    assert_eq!(of(&["--root", root]), hints(true, false, true, false));
    assert_eq!(of(&["--root", root, "--allow", "write"]), hints(false, true, false, false));
    assert_eq!(of(&["--root", root, "--ask", "write"]), hints(false, true, false, false));
    assert_eq!(of(&["--root", root, "--allow", "shell"]), hints(false, true, false, true));
}
