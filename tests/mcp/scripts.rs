//! Scripts that fail, that are stopped, that return too much; sessions, checks and replays.

use super::client::{Client, LEGACY, MODERN, server};
use super::damage::every_damage_is_found;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn errors_and_limits_are_results_with_the_whole_message() {
    let mut client = Client::simple(LEGACY[1]);
    let result = client.call("lua_execute", json!({"script": "local x\nreturn x.y", "args": [1]}));
    assert_eq!(result["isError"], true);
    let error = &result["structuredContent"]["error"];
    assert_eq!(error["kind"], "runtime");
    assert_eq!(error["message"], "script:2: attempt to index a nil value (local 'x')");
    assert_eq!(error["line"], 2);
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("script:2: attempt to index"), "{text}");
    assert!(text.contains("stack traceback:"), "{text}");

    let fuel = json!({"script": "while true do end", "limits": {"fuel": 5000}});
    let stopped = client.call("lua_execute", fuel);
    assert_eq!(stopped["isError"], true);
    let structured = &stopped["structuredContent"];
    assert_eq!(
        (&structured["status"], &structured["error"]["kind"]),
        (&json!("limit"), &json!("fuel"))
    );
    assert_eq!((&structured["fuel_used"], &structured["fuel_limit"]), (&json!(5000), &json!(5000)));
    let text = stopped["content"][0]["text"].as_str().unwrap();
    let hint = "hint: all 5000 units were used: do less, or ask for more in `limits.fuel` \
                (at most 1000000000)";
    assert!(text.contains(hint), "{text}");
    let mut small = Client::start(LEGACY[1], json!({}), &["--fuel", "5000"]);
    let hint = small.run("while true do end")["error"]["hint"].clone();
    let all = "all 5000 units were used: do less (5000 is the most that this server gives)";
    assert_eq!(hint, all);

    for (limits, code, kind) in [
        (json!({"memory": 200_000}), "local t = {} for i = 1, 1e6 do t[i] = {i} end", "memory"),
        (json!({"output": 10}), "print(('x'):rep(100))", "output"),
        (json!({"timeout_ms": 50}), "while true do end", "deadline"),
    ] {
        let result = client.call("lua_execute", json!({"script": code, "limits": limits}));
        let structured = &result["structuredContent"];
        assert_eq!(structured["error"]["kind"], kind, "{structured}");
        assert_eq!(result["isError"], true);
    }
    // Limits only go down.
    for fuel in [json!(1e12), json!(1e300), json!(u64::MAX), json!(1_000_000_001.0)] {
        let arguments = json!({"script": "return 1", "limits": {"fuel": fuel}});
        let more = client.call("lua_execute", arguments);
        assert_eq!(more["structuredContent"]["fuel_limit"], 1_000_000_000, "{fuel}");
    }

    assert_eq!(client.run("return nil, 0/0")["error"]["kind"], "conversion");
    let script = json!({"script": "return ('x'):rep(70000)", "limits": {"output": 1000}});
    let long = client.call("lua_execute", script)["structuredContent"]["error"].clone();
    assert_eq!(long["kind"], "conversion");
    assert!(!long["message"].as_str().unwrap().contains("--output"), "{long}");
    let hint = "return less, or ask for more in `limits.output` (at most 1048576)";
    assert_eq!(long["hint"], hint);
    let typo = client.run("local n = 1\nn != 2")["error"].clone();
    assert_eq!((&typo["kind"], &typo["line"]), (&json!("syntax"), &json!(2)));
    assert!(typo["hint"].as_str().unwrap().contains("~="), "{typo}");
    let values = client.call(
        "lua_execute",
        json!({"script": "return args.a[2], #args.b", "args": {"a": [1, 2.5], "b": "é"}}),
    );
    assert_eq!(values["structuredContent"]["values"], json!([2.5, 2]));
}

#[test]
fn wrong_arguments_are_told_to_the_model() {
    let mut client = Client::simple(MODERN);
    for (tool, arguments, text) in [
        ("lua_execute", json!({}), "the argument 'script' is missing"),
        (
            "lua_execute",
            json!({"script": 5}),
            "lua_execute: 'script' must be a string, not a number",
        ),
        (
            "lua_execute",
            json!({"code": "return 1"}),
            "lua_execute has no argument 'code': it is 'script'",
        ),
        ("lua_execute", json!({"script": "", "cod": 1}), "lua_execute has no argument 'cod'"),
        (
            "lua_execute",
            json!({"script": "", "limits": {"fuel": -1}}),
            "lua_execute: 'limits.fuel' must be a whole number of units from 0 to 1000000000 \
             (above that it is lowered), not -1",
        ),
        (
            "lua_execute",
            json!({"script": "", "limits": {"memory": "64 MiB"}}),
            "lua_execute: 'limits.memory' must be a whole number of bytes from 0 to 67108864 \
             (above that it is lowered), not the string \"64 MiB\"",
        ),
        (
            "lua_execute",
            json!({"script": "", "limits": {"timeout_ms": 0.5}}),
            "lua_execute: 'limits.timeout_ms' must be a whole number of milliseconds from 0 to \
             8000 (above that it is lowered), not 0.5",
        ),
        (
            "lua_execute",
            json!({"script": "", "limits": {"host_calls": [1]}}),
            "lua_execute: 'limits.host_calls' must be a whole number of calls from 0 to 10000 \
             (above that it is lowered), not an array",
        ),
        (
            "lua_execute",
            json!({"script": "", "limits": {"gas": 1}}),
            "limits of lua_execute has no argument 'gas'",
        ),
        (
            "lua_execute",
            json!({"script_name": "a"}),
            "this server has no scripts of its own: give 'script'",
        ),
        (
            "lua_session_run",
            json!({"script": "return 1"}),
            "lua_session_run needs the argument 'session'",
        ),
        (
            "lua_session_close",
            json!({"session": "s-1"}),
            "no session is open with the handle 's-1': lua_session_open makes one",
        ),
        ("lua_replay", json!({}), "give one of 'trace' and 'text'"),
        (
            "lua_replay",
            json!({"text": "{}"}),
            "line 1 is no header of a trace: it has no limit on fuel",
        ),
        (
            "lua_replay",
            json!({"text": "{\"limits\": {\"fuel\": 1000000001}}"}),
            "the trace's limit on fuel is above this server's, 1000000000",
        ),
        (
            "lua_replay",
            json!({"text": "{\"limits\": {\"fuel\": 1, \"memory\": 1, \"output\": 1048577}}"}),
            "the trace's limit on output is above this server's, 1048576",
        ),
        (
            "lua_execute",
            json!({"script": "", "seed": -1}),
            "lua_execute: 'seed' must be a whole number from 0, not -1",
        ),
    ] {
        let result = client.call(tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        assert_eq!(result["content"][0]["text"], text);
        assert_eq!(result["structuredContent"]["error"]["message"], text);
    }
}

#[test]
fn sessions_keep_and_fork_and_are_closed() {
    for revision in [LEGACY[0], MODERN] {
        let mut client = Client::simple(revision);
        let open = |client: &mut Client| {
            let opened = client.call("lua_session_open", json!({}));
            opened["structuredContent"]["session"].as_str().unwrap().to_owned()
        };
        let one = open(&mut client);
        let run = |client: &mut Client, handle: &str, code: &str| -> Value {
            let result = client.call("lua_session_run", json!({"session": handle, "script": code}));
            assert_eq!(result["structuredContent"]["session"], handle);
            result["structuredContent"].clone()
        };
        assert_eq!(run(&mut client, &one, "n = 1 t = {}")["status"], "done");
        let failed = run(&mut client, &one, "n = 2 t.x = 1 error('no')");
        assert_eq!(failed["error"]["message"], "script:1: no");
        assert_eq!(run(&mut client, &one, "return n, t.x")["values"], json!([1, null]));
        // One that came to its end is not undone for what it returned, and says so.
        let unsaid = run(&mut client, &one, "n = n + 4 return print")["error"].clone();
        assert_eq!(unsaid["kind"], "conversion");
        let stays = "the script ran to its end: what it changed in its session stays";
        assert_eq!(unsaid["hint"], stays);
        assert_eq!(run(&mut client, &one, "n = n - 4 return n")["values"], json!([1]));
        assert_eq!(client.run("return print")["error"]["hint"], json!(null));

        let forked = client.call("lua_session_fork", json!({"session": one}));
        let two = forked["structuredContent"]["session"].as_str().unwrap().to_owned();
        assert_ne!(one, two);
        run(&mut client, &two, "n = n + 10");
        assert_eq!(run(&mut client, &one, "return n")["values"], json!([1]));
        assert_eq!(run(&mut client, &two, "return n")["values"], json!([11]));

        client.call("lua_session_reset", json!({"session": one}));
        assert_eq!(run(&mut client, &one, "return n")["values"], json!([null]));

        let listed = client.call("lua_session_list", json!({}));
        let expected = json!([
            {"session": one, "at_work": false},
            {"session": two, "at_work": false}
        ]);
        assert_eq!(listed["structuredContent"]["sessions"], expected);
        client.call("lua_session_close", json!({"session": one}));
        let gone = client.call("lua_session_run", json!({"session": one, "script": "return 1"}));
        assert_eq!(gone["structuredContent"]["error"]["kind"], "not_found");
        // Nothing of one call is there in the next.
        client.run("m = 1");
        assert_eq!(client.run("return m")["values"], json!([null]));
    }
}

#[test]
fn calls_of_a_session_wait_for_one_another_in_order() {
    let mut client = Client::start(MODERN, json!({}), &["--sessions", "2"]);
    let opened = client.call("lua_session_open", json!({}));
    let session = opened["structuredContent"]["session"].clone();
    let ids: Vec<i64> = (1..=16)
        .map(|n| {
            let code =
                format!("for i = 1, 100000 do end list = (list or '') .. ' {n}' return list");
            let arguments = json!({"session": session, "script": code});
            client.send("tools/call", json!({"name": "lua_session_run", "arguments": arguments}))
        })
        .collect();
    let mut list = String::new();
    for (n, id) in ids.into_iter().enumerate() {
        list.push_str(&format!(" {}", n + 1));
        let answer = client.wait(id);
        assert_eq!(answer["result"]["structuredContent"]["values"], json!([list]));
    }
    client.call("lua_session_open", json!({}));
    let third = client.call("lua_session_open", json!({}));
    assert_eq!(third["structuredContent"]["error"]["kind"], "busy");
}

#[test]
fn results_are_cut_to_their_budget_and_stay_json() {
    let mut client = Client::start(MODERN, json!({}), &["--result", "2000"]);
    let result = client.call(
        "lua_execute",
        json!({"script": "local t = {} for i = 1, 5000 do t[i] = {n = i, s = 'é\"'} end print(('p'):rep(9000)) return t, 'last'"}),
    );
    let structured = &result["structuredContent"];
    assert_eq!(structured["truncated"], true);
    assert_eq!(structured["output_bytes"], 9001);
    let true_size = structured["values_bytes"].as_u64().unwrap();
    assert!(true_size > 90_000, "{true_size}");
    let shown = structured["values"].to_string().len() + structured["output"].to_string().len();
    assert!((1000..2100).contains(&shown), "{shown}");
    assert_eq!(structured["values"][0][0], json!({"n": 1, "s": "é\""}));
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.len() < 3000, "{}", text.len());
    let end =
        format!("(cut: the values have {true_size} bytes of JSON, the output 9001 bytes in all)");
    assert!(text.ends_with(&end), "{text}");
}

#[test]
fn what_extensions_answer_says_that_it_is_cut_and_what_they_raise_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let source = "local function tool(name, f) imp.register_tool{name = name, execute = f} end
        tool('long', function() return ('z'):rep(5000) end)
        tool('whole', function() return ('z'):rep(500) end)
        tool('details', function()
            return {content = 'c', details = {text = ('d'):rep(5000)}}
        end)
        tool('raises', function() error({code = 7}) end)
        tool('says', function() error('no', 0) end)";
    std::fs::write(folder.path().join("e.lua"), source).unwrap();
    let extensions = folder.path().to_str().unwrap();
    let more = ["--result", "2000", "--extensions", extensions];
    let mut client = Client::start(LEGACY[1], json!({}), &more);
    let texts = |result: &Value| -> Vec<String> {
        let blocks = result["content"].as_array().unwrap().iter();
        blocks.map(|block| block["text"].as_str().unwrap().to_owned()).collect()
    };
    let long = texts(&client.call("long", json!({})));
    assert_eq!(long[1..], ["(cut: the content has 5000 bytes in all)"]);
    assert!(long[0].len() <= 2000 && long[0].ends_with('…'), "{}", long[0]);
    assert_eq!(texts(&client.call("whole", json!({}))), ["z".repeat(500)]);
    let details = client.call("details", json!({}));
    assert_eq!(texts(&details)[1..], ["(cut: the details have 5011 bytes of JSON in all)"]);
    assert!(details["structuredContent"]["text"].as_str().unwrap().len() <= 2000);

    let raised = client.call("raises", json!({}));
    let shown = "Lua tool error: (error object is a table value)\nvalue: {\"code\":7}";
    assert_eq!(texts(&raised), [shown]);
    assert_eq!(raised["structuredContent"]["error"]["value"], json!({"code": 7}));
    let said = client.call("says", json!({}));
    assert_eq!(texts(&said), ["Lua tool error: no"]);
    assert_eq!(said["structuredContent"]["error"].get("value"), None);
    let script = client.call("lua_execute", json!({"script": "error({code = 7})"}));
    let text = &texts(&script)[0];
    assert!(text.starts_with("(error object is a table value)\nvalue: {\"code\":7}\n"), "{text}");
}

#[test]
fn code_is_checked_without_being_run() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    let mut client = Client::start(LEGACY[2], json!({}), &["--root", root]);
    let good = client.call("lua_check", json!({"script": "print(args)"}));
    assert_eq!(good["structuredContent"]["ok"], true);
    assert_eq!(good["content"][0]["text"], "nothing looks wrong");
    let script = "print(jido.glob('*'))\nprnt(2)";
    let unknown = client.call("lua_check", json!({"script": script}));
    let structured = &unknown["structuredContent"];
    let found = &structured["findings"][0];
    assert_eq!((&found["line"], &found["column"]), (&json!(2), &json!(1)), "{structured}");
    assert_eq!((&found["rule"], &found["severity"]), (&json!("unknown-global"), &json!("warning")));
    assert!(found["hint"].as_str().unwrap().contains("print"), "{found}");
    let calls = json!([{"path": "jido.glob", "line": 1, "column": 7}]);
    assert_eq!(structured["host_calls"], calls);
    let text = unknown["content"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("2:1: unknown global 'prnt' ("), "{text}");
    let bad = client.call("lua_check", json!({"script": "x = = 1", "name": "mine"}));
    assert_eq!((&bad["isError"], &bad["structuredContent"]["ok"]), (&json!(false), &json!(false)));
    assert_eq!(bad["structuredContent"]["error"]["message"], "mine:1: unexpected symbol near '='");
    assert_eq!(bad["structuredContent"]["findings"][0]["severity"], "error");
    // That is under no limit of a run's.
    let long = client.call("lua_check", json!({"script": "x = 1 ".repeat(50_000)}));
    assert_eq!(long["isError"], true);
    let text = long["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("300000 bytes: no more than 262144"), "{text}");
}

#[test]
fn traces_are_kept_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.txt"), "one line\n").unwrap();
    let root = folder.path().to_str().unwrap();
    let mut client = Client::start(MODERN, json!({}), &["--root", root, "--traces", "2"]);
    let code = "print(jido.read_file('a.txt')) return jido.file_exists('b')";
    let first = client.run(code)["trace"].clone();
    std::fs::remove_file(folder.path().join("a.txt")).unwrap();
    let replayed = client.call("lua_replay", json!({"trace": first}));
    assert_eq!(replayed["structuredContent"]["ok"], true, "{replayed}");
    assert_eq!(replayed["structuredContent"]["runs"][0]["host_calls"], 2);

    let text = client.ask("resources/read", json!({"uri": first}))["contents"][0]["text"].clone();
    assert_eq!(client.call("lua_replay", json!({"text": text}))["structuredContent"]["ok"], true);
    every_damage_is_found(text.as_str().unwrap(), true);
    let changed = text.as_str().unwrap().replace("one line", "two line");
    let wrong = client.call("lua_replay", json!({"text": changed}));
    assert_eq!(wrong["isError"], true);
    assert!(wrong["content"][0]["text"].as_str().unwrap().starts_with("not a trace: "));

    client.run("return 2");
    client.run("return 3");
    let gone = client.call("lua_replay", json!({"trace": first}));
    assert_eq!(gone["structuredContent"]["error"]["kind"], "not_found");
    let none = client.call("lua_execute", json!({"script": "return 1", "trace": false}));
    assert!(none["structuredContent"].get("trace").is_none());

    let opened = client.call("lua_session_open", json!({"trace": true}));
    let session = &opened["structuredContent"]["session"];
    client.call("lua_session_run", json!({"session": session, "script": "x = 1"}));
    client.call("lua_session_run", json!({"session": session, "script": "return x"}));
    let closed = client.call("lua_session_close", json!({"session": session}));
    let trace = &closed["structuredContent"]["trace"];
    let text = client.ask("resources/read", json!({"uri": trace}))["contents"][0]["text"].clone();
    every_damage_is_found(text.as_str().unwrap(), true);
    let replayed = client.call("lua_replay", json!({"trace": trace}));
    assert_eq!(replayed["structuredContent"]["runs"].as_array().unwrap().len(), 2);
}

#[test]
fn scripts_of_the_server_are_called_by_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("add.lua"), "return args.a + args.b").unwrap();
    let scripts = folder.path().to_str().unwrap();
    let mut client = Client::start(LEGACY[1], json!({}), &["--scripts", scripts]);
    let arguments = json!({"script_name": "add", "args": {"a": 40, "b": 2}});
    let result = client.call("lua_execute", arguments);
    assert_eq!(result["structuredContent"]["values"], json!([42]));
    let missing = client.call("lua_execute", json!({"script_name": "../add"}));
    assert_eq!(missing["structuredContent"]["error"]["kind"], "not_found");
}

#[test]
fn progress_is_fuel_over_the_limit() {
    for revision in [LEGACY[2], MODERN] {
        let mut client = Client::simple(revision);
        let arguments = json!({"script": "while true do end", "limits": {"timeout_ms": 1500}});
        let result = client.ask(
            "tools/call",
            json!({"name": "lua_execute", "arguments": arguments, "_meta": {"progressToken": "p7"}}),
        );
        assert_eq!(result["structuredContent"]["error"]["kind"], "deadline");
        let told: Vec<f64> = client
            .told
            .iter()
            .map(|one| {
                assert_eq!(one["params"]["progressToken"], "p7");
                assert_eq!(one["params"]["total"], 1e9);
                one["params"]["progress"].as_f64().unwrap()
            })
            .collect();
        assert!(told.len() >= 2, "{told:?}");
        assert!(told.is_sorted_by(|one, next| one < next), "{told:?}");
        // Nobody is told who did not ask.
        client.told.clear();
        client.run("for i = 1, 5e6 do end");
        assert_eq!(client.told, Vec::<Value>::new());
    }
}

#[test]
fn a_cancelled_call_stops_and_is_not_answered() {
    for revision in [LEGACY[1], MODERN] {
        let mut client =
            Client::start(revision, json!({}), &["--timeout", "60000", "--fuel", "1T"]);
        let opened = client.call("lua_session_open", json!({}));
        let session = opened["structuredContent"]["session"].clone();
        client.call("lua_session_run", json!({"session": session, "script": "n = 1"}));
        let arguments = json!({"session": session, "script": "n = 2 while true do end"});
        let id =
            client.send("tools/call", json!({"name": "lua_session_run", "arguments": arguments}));
        // It is at work when the list says so.
        let at_work = |client: &mut Client| {
            let listed = client.call("lua_session_list", json!({}));
            listed["structuredContent"]["sessions"][0]["at_work"] == true
        };
        while !at_work(&mut client) {}
        client.notify("notifications/cancelled", json!({"requestId": id, "reason": "enough"}));
        let begin = Instant::now();
        let result =
            client.call("lua_session_run", json!({"session": session, "script": "return n"}));
        assert_eq!(result["structuredContent"]["values"], json!([1]), "it was undone");
        assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
        assert!(!client.next(Duration::from_millis(200)), "an answer to what was cancelled");
    }
}

#[test]
fn tools_of_extensions_are_listed_behind_the_own_and_called() {
    let folder = tempfile::tempdir().unwrap();
    let source = "imp.register_tool({
        name = 'greet', label = 'Greeting', description = 'Greets somebody.', readonly = true,
        params = {type = 'object', properties = {name = {type = 'string'}}, required = {'name'}},
        execute = function(id, params)
            imp.update('looking for ' .. params.name)
            if params.name == 'nobody' then error('there is nobody') end
            return {content = {{type = 'text', text = 'hello ' .. params.name}}, details = {n = 1}}
        end,
    })
    imp.register_tool({name = 'lua_execute', label = 'x', description = 'x', readonly = true,
        params = {type = 'object'}, execute = function() return 'not mine' end})";
    std::fs::write(folder.path().join("greet.lua"), source).unwrap();
    std::fs::write(folder.path().join("broken.lua"), "x = = 1").unwrap();
    let folder = folder.path().to_str().unwrap();
    for revision in [LEGACY[1], MODERN] {
        let mut client = Client::start(revision, json!({}), &["--extensions", folder]);
        let tools = client.ask("tools/list", json!({}));
        let tools = tools["tools"].as_array().unwrap();
        assert_eq!(tools.len(), 10, "a name that is taken is not taken again");
        assert_eq!(tools[9]["name"], "greet");
        assert_eq!(tools[9]["inputSchema"]["required"], json!(["name"]));
        assert_eq!(tools[9]["annotations"]["readOnlyHint"], true);
        let call = |client: &mut Client, name: &str| {
            let params = json!({"name": "greet", "arguments": {"name": name}, "_meta": {"progressToken": 5}});
            client.ask("tools/call", params)
        };
        let result = call(&mut client, "Ann");
        assert_eq!(result["content"], json!([{"type": "text", "text": "hello Ann"}]));
        assert_eq!(result["structuredContent"], json!({"n": 1}));
        assert_eq!(client.told[0]["params"]["message"], "looking for Ann");
        let failed = call(&mut client, "nobody");
        assert_eq!(failed["isError"], true);
        assert!(failed["content"][0]["text"].as_str().unwrap().contains("there is nobody"));
        for (arguments, why) in [
            (json!({}), "greet: the parameter 'name' is missing: it must be a string"),
            (json!({"name": [1]}), "greet: the parameter 'name' must be a string, not an array"),
        ] {
            let params = json!({"name": "greet", "arguments": arguments});
            let refused = client.ask("tools/call", params);
            assert_eq!(refused["isError"], true);
            assert_eq!(refused["content"][0]["text"], why);
        }
    }
}

/// The output of a server is the protocol's: what extensions print is in its log.
#[test]
fn what_extensions_print_is_on_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    let source = "print('loading')
        imp.register_tool { name = 't', execute = function() print('a\\27b') return 'x' end }";
    std::fs::write(folder.path().join("t.lua"), source).unwrap();
    let extensions = ["--extensions", folder.path().to_str().unwrap()];
    let root = tempfile::tempdir().unwrap();
    let asking = ["--root", root.path().to_str().unwrap(), "--ask", "write"];
    for args in [&extensions[..], &[&extensions[..], &asking].concat()] {
        let mut child = server(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let begin = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": LEGACY[1], "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"}}});
        let known = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        let call = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call",
            "params": {"name": "t", "arguments": {}}});
        for message in [begin, known, call] {
            writeln!(stdin, "{message}").unwrap();
        }
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let answer = lines.find(|line| line.as_ref().unwrap().contains("\"id\":2")).unwrap();
        assert!(answer.unwrap().contains("\"text\":\"x\""));
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "loading\na\\x1bb\n");
    }
}

#[test]
fn no_answer_is_larger_than_its_budget() {
    let mut client = Client::start(MODERN, json!({}), &["--result", "2000"]);
    let large = "x".repeat(1 << 20);
    let long = "('x'):rep(1000000)";
    let size = |result: &Value| result.to_string().len();
    for code in [
        format!("error({long})"),
        format!("error({{text = {long}, list = {{{long}, {long}}}}})"),
        format!("print({long}) error({long})"),
        format!("load('error(1)', '=' .. {long})()"),
        format!(
            "local function f(n) if n > 0 then return 1 + f(n - 1) end error({long}) end f(90)"
        ),
    ] {
        let result = client.call("lua_execute", json!({"script": code}));
        assert_eq!(result["isError"], true, "{code}");
        // As structured content, and as text, where quotation marks are written as two.
        assert!(size(&result) < 10_000, "{code}: {}", size(&result));
    }
    for (tool, arguments) in [
        ("lua_session_run", json!({"session": large, "script": "return 1"})),
        ("lua_session_close", json!({"session": large})),
        ("lua_execute", json!({"script": "", large.as_str(): 1})),
        ("lua_execute", json!({"script": "", "limits": {"fuel": large}})),
        ("lua_execute", json!({"script": "", "limits": {large.as_str(): 1}})),
        ("lua_replay", json!({"trace": large})),
        ("lua_check", json!({"script": format!("x = = {}", &large[..200 << 10])})),
        ("lua_check", json!({"script": "x = = 1", "name": large})),
    ] {
        let result = client.call(tool, arguments);
        assert!(size(&result) < 6000, "{tool}: {}", size(&result));
    }
    let names: String = (0..500).map(|n| format!("a = unknown{n} ")).collect();
    let checked = client.call("lua_check", json!({"script": names}));
    assert_eq!(checked["structuredContent"]["truncated"], true);
    assert!(size(&checked) < 6000, "{}", size(&checked));
    for (method, params) in [
        ("tools/call", json!({"name": large, "arguments": {}})),
        ("resources/read", json!({"uri": large})),
    ] {
        let error = client.refused(method, params);
        assert!(size(&error) < 1000, "{method}: {}", size(&error));
    }
}

#[test]
fn a_replay_is_cancelled() {
    for revision in [LEGACY[1], MODERN] {
        let args = ["--fuel", "1T", "--timeout", "60s", "--threads", "1"];
        let mut client = Client::start(revision, json!({}), &args);
        // Two seconds of work at least, wherever this runs: it was stopped by the clock.
        let code = "while true do end";
        let arguments = json!({"script": code, "limits": {"timeout_ms": 2000}, "trace": true});
        let result = client.call("lua_execute", arguments);
        let trace = result["structuredContent"]["trace"].clone();
        let replay = json!({"name": "lua_replay", "arguments": {"trace": trace}});
        let whole = Instant::now();
        let id = client.send("tools/call", replay.clone());
        let answer = client.wait(id);
        assert_eq!(answer["result"]["structuredContent"]["ok"], true, "{answer}");
        let whole = whole.elapsed();
        // The server's one thread is free again as soon as it is cancelled.
        let begin = Instant::now();
        for _ in 0..8 {
            let id = client.send("tools/call", replay.clone());
            client.notify("notifications/cancelled", json!({"requestId": id}));
        }
        assert_eq!(client.run("return 1")["values"], json!([1]));
        let cancelled = begin.elapsed();
        assert!(cancelled < whole * 4, "{cancelled:?} for eight, and {whole:?} for one");
    }
}

#[test]
fn a_tool_that_is_not_there_is_told_with_the_one_that_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let source = "imp.register_tool{name = 'count_words', execute = function() return 1 end}";
    std::fs::write(folder.path().join("e.lua"), source).unwrap();
    let more = ["--extensions", folder.path().to_str().unwrap()];
    for era in [LEGACY[1], MODERN] {
        let mut client = Client::start(era, json!({}), &more);
        for (name, meant) in [
            ("lua_exceute", ": did you mean 'lua_execute'?"),
            ("session_fork", ": did you mean 'lua_session_fork'?"),
            ("count_word", ": did you mean 'count_words'?"),
            ("weather", ""),
        ] {
            let error = client.refused("tools/call", json!({"name": name, "arguments": {}}));
            assert_eq!(error["code"], -32602);
            assert_eq!(error["message"], format!("there is no tool '{name}'{meant}"));
        }
    }
}

#[test]
fn a_session_that_is_reset_has_its_seed_and_its_trace() {
    let mut client = Client::start(MODERN, json!({}), &[]);
    let opened = client.call("lua_session_open", json!({"seed": 7, "trace": true}));
    let session = opened["structuredContent"]["session"].clone();
    let random = |client: &mut Client, session: &Value| {
        let script = "return math.random(1000000)";
        let result = client.call("lua_session_run", json!({"session": session, "script": script}));
        result["structuredContent"]["values"][0].clone()
    };
    let first = random(&mut client, &session);
    assert_ne!(first, random(&mut client, &session));
    let forked = client.call("lua_session_fork", json!({"session": session}));
    let forked = forked["structuredContent"]["session"].clone();
    for session in [&session, &forked] {
        client.call("lua_session_reset", json!({"session": session}));
        assert_eq!(first, random(&mut client, session));
    }
    let closed = client.call("lua_session_close", json!({"session": session}));
    let trace = closed["structuredContent"]["trace"].clone();
    let replayed = client.call("lua_replay", json!({"trace": trace}));
    assert_eq!(replayed["structuredContent"]["ok"], true);
    assert_eq!(replayed["structuredContent"]["runs"].as_array().unwrap().len(), 1);
}

#[test]
fn who_waits_for_a_session_that_is_closed_finds_none_and_who_gives_up_waits_no_more() {
    let mut client = Client::start(MODERN, json!({}), &["--fuel", "1000000000000"]);
    let opened = client.call("lua_session_open", json!({}));
    let session = opened["structuredContent"]["session"].clone();
    let run = |client: &mut Client| {
        let arguments = json!({"session": session, "script": "while true do end"});
        client.send("tools/call", json!({"name": "lua_session_run", "arguments": arguments}))
    };
    let first = run(&mut client);
    // Those who are cancelled leave their places to others.
    for _ in 0..3 {
        let waiting: Vec<i64> = (0..16).map(|_| run(&mut client)).collect();
        for id in waiting {
            client.notify("notifications/cancelled", json!({"requestId": id}));
        }
    }
    let second = run(&mut client);
    client.call("lua_session_close", json!({"session": session}));
    let error = |client: &mut Client, id: i64| {
        client.wait(id)["result"]["structuredContent"]["error"]["kind"].clone()
    };
    assert_eq!(error(&mut client, first), "cancelled");
    assert_eq!(error(&mut client, second), "not_found");
}
