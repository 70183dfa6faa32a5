//! The tool by itself: answers, progress, files, options.

use super::{LuaConfig, LuaRuntime, LuaTool, ToolError};
use serde_json::{Value, json};
use std::ops::ControlFlow;

fn enabled() -> LuaConfig {
    LuaConfig { enabled: true, ..LuaConfig::default() }
}

fn tool(config: LuaConfig) -> LuaTool {
    LuaTool::new(config).unwrap()
}

fn run(tool: &LuaTool, script: &str) -> Result<Value, ToolError> {
    let call = json!({ "script": script });
    tool.call_with(&call, |_| ControlFlow::Continue(())).map(|answer| answer.value)
}

#[test]
fn a_long_answer_stays_json() {
    let answer = tool(enabled()).call(&json!({ "script": "return ('x'):rep(100000)" })).unwrap();
    assert!(answer.len() <= 64 * 1024);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["truncated"], true);
    assert_eq!(answer["original_bytes"], 100_002);
}

#[test]
fn a_model_is_told_how_long_a_script_may_take() {
    let told = |milliseconds| {
        let config = LuaConfig { max_execution_time_ms: milliseconds, ..enabled() };
        tool(config).tools()[0]["description"].as_str().unwrap().to_owned()
    };
    assert!(told(50).starts_with("Runs a Lua 5.4 script in a sandbox for at most 50 ms, and"));
    assert!(told(0).starts_with("Runs a Lua 5.4 script in a sandbox, and answers"));
}

#[test]
fn output_is_kept_beside_the_answer() {
    let call = json!({ "script": "print('a', 1) return 2" });
    let answer = tool(enabled()).call_with(&call, |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((answer.value, answer.output.as_slice()), (json!(2), &b"a\t1\n"[..]));
}

#[test]
fn what_is_yielded_is_progress() {
    let script = "for i = 1, 10 do yield({step = i, progress = i * 10}) end return 'done'";
    let mut events = Vec::new();
    let call = json!({ "script": script });
    let answer = tool(enabled()).call_with(&call, |event| {
        events.push(event);
        ControlFlow::Continue(())
    });
    assert_eq!(answer.unwrap().value, "done");
    assert_eq!(events.len(), 10);
    assert_eq!(events[0], json!({ "step": 1, "progress": 10 }));
    let stopped = tool(enabled()).call_with(&call, |_| ControlFlow::Break(()));
    assert_eq!(stopped, Err(ToolError::Cancelled));
}

#[test]
fn files_are_those_of_the_folder_and_only_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data.txt"), "42").unwrap();
    let config =
        LuaConfig { scripts_dir: Some(folder.path().to_owned()), allow_file_io: true, ..enabled() };
    let tool = tool(config);
    assert_eq!(run(&tool, "return io.open('data.txt'):read('n')").unwrap(), 42);
    assert_eq!(run(&tool, "return (io.open('/etc/hostname'))").unwrap(), Value::Null);
    assert_eq!(run(&tool, "return (io.open('new', 'w'))").unwrap(), Value::Null);
    for name in ["os", "debug", "package", "dofile", "loadfile", "string.dump"] {
        assert_eq!(run(&tool, &format!("return {name}")).unwrap(), Value::Null, "{name}");
    }
    assert!(run(&tool, "return require('os')").is_err());
    assert_eq!(run(&tool, "return (io.popen('ls'))").unwrap(), Value::Null);
}

#[test]
fn the_network_reaches_nobody_unless_hosts_are_named() {
    let tool = tool(LuaConfig { allow_network: true, ..enabled() });
    let error = run(&tool, "return http.get('https://example.com/')").unwrap_err().to_string();
    assert!(error.contains("http.get: no host is allowed"), "{error}");
    assert_eq!(run(&self::tool(enabled()), "return http").unwrap(), Value::Null);
}

#[cfg(feature = "net")]
#[test]
fn the_network_reaches_the_hosts_that_are_named() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut heard = [0; 4096];
            let count = stream.read(&mut heard).unwrap_or(0);
            let heard = String::from_utf8_lossy(&heard[..count]).into_owned();
            let body = heard.lines().find(|line| line.starts_with("x-key")).unwrap_or("none");
            let head = format!("HTTP/1.1 201 Created\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ =
                stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
        }
    });
    let hosts = vec!["localhost".to_owned()];
    let tool = tool(LuaConfig { allow_network: true, allowed_hosts: hosts, ..enabled() });
    let script = format!(
        "local r = http.get('http://localhost:{port}/', {{['X-Key'] = 'k'}})
         return {{r.status, r.body, http.post('http://localhost:{port}/', 'x').body}}"
    );
    assert_eq!(run(&tool, &script).unwrap(), json!([201, "x-key: k", "none"]));
    for url in ["http://example.com/", "file:///etc/passwd", "http://127.0.0.1/"] {
        let error = run(&tool, &format!("return http.get('{url}')")).unwrap_err().to_string();
        assert!(
            error.contains("domain_not_allowed") || error.contains("blocked_scheme"),
            "{error}"
        );
    }
}

#[test]
fn an_option_without_effect_is_an_error() {
    let refused = |config: LuaConfig| LuaTool::new(config).unwrap_err().to_string();
    assert_eq!(
        refused(LuaConfig { allow_file_io: true, ..enabled() }),
        "allow_file_io has no effect without scripts_dir"
    );
    let hosts = vec!["example.com".to_owned()];
    assert_eq!(
        refused(LuaConfig { allowed_hosts: hosts, ..enabled() }),
        "allowed_hosts has no effect without allow_network"
    );
    let error = LuaConfig::from_toml("[lua]\nallow_netwrok = true").unwrap_err().to_string();
    assert_eq!(error, "unknown key 'lua.allow_netwrok': did you mean 'allow_network'?");
    let error = LuaConfig::from_toml("[lua]\nmax_memory_bytes = -1").unwrap_err().to_string();
    assert_eq!(error, "'lua.max_memory_bytes' must be a number, 0 or above");
}

#[test]
fn a_path_is_one_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let outside = folder.path().join("secret.lua");
    std::fs::write(&outside, "return 'secret'").unwrap();
    let scripts = folder.path().join("scripts");
    std::fs::create_dir(&scripts).unwrap();
    std::fs::write(scripts.join("a.lua"), "return 'a'").unwrap();
    let tool = tool(LuaConfig { scripts_dir: Some(scripts.clone()), ..enabled() });
    let at = |path: &std::path::Path| {
        tool.call(&json!({ "script": path.to_str().unwrap(), "is_path": true }))
    };
    assert_eq!(at(&scripts.canonicalize().unwrap().join("a.lua")).unwrap(), "\"a\"");
    assert_eq!(at("a.lua".as_ref()).unwrap(), "\"a\"");
    for path in [outside.as_path(), "../secret.lua".as_ref()] {
        let error = at(path).unwrap_err().to_string();
        assert!(
            error.starts_with("Lua execution error: Failed to read Lua script from file"),
            "{error}"
        );
    }
}

#[test]
fn a_runtime_keeps_what_was_loaded_and_nothing_of_what_failed() {
    let mut runtime = LuaRuntime::new(enabled()).unwrap();
    runtime.load("count = 0 function add(n) count = count + n return count end", "adder").unwrap();
    assert_eq!(runtime.call("add", &json!(2)).unwrap(), 2);
    assert!(runtime.load("count = 100 error('no')", "bad").is_err());
    assert_eq!(runtime.call("add", &json!(3)).unwrap(), 5);
    let error = runtime.call("sub", &json!(1)).unwrap_err().to_string();
    assert!(error.starts_with("Lua execution error: attempt to call a nil value"), "{error}");
    assert!(!runtime.fire("on_tool_complete", &json!({})).unwrap());
}

#[test]
fn what_scripts_reach_is_behind_a_gate() {
    use crate::Tier;
    use crate::host::gate::Gate;
    use crate::host::policy::Rules;

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data.txt"), "42").unwrap();
    let config = LuaConfig {
        scripts_dir: Some(folder.path().to_owned()),
        allow_file_io: true,
        allow_network: true,
        ..enabled()
    };
    let gate = Gate::new(Rules::new(Tier::ReadOnly), "codex");
    let tool = tool(config).gate(gate.clone());
    assert_eq!(run(&tool, "return io.open('data.txt'):read('n')").unwrap(), 42);
    let error = run(&tool, "return http.get('http://example.com/')").unwrap_err().to_string();
    assert!(error.contains("permission_denied: http.get needs the tier privileged"), "{error}");
    let entries: Vec<Value> = gate.audit().entries().iter().map(|entry| entry.to_json()).collect();
    assert_eq!((&entries[0]["name"], &entries[0]["status"]), (&json!("io.open"), &json!("ok")));
    assert_eq!(
        (&entries[1]["rule"], &entries[1]["about"]),
        (&json!("tier"), &json!("http://example.com/"))
    );
}
