//! One test for each row of the hosts' table of features that the gate, codex's tool and the
//! declarations are about, named after its number.

#![cfg(all(unix, feature = "cli"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_types,
    unreachable_pub,
    reason = "a test may stop, and looks at the clock"
)]

#[path = "host_rows/documented.rs"]
mod documented;
#[path = "host_rows/documents.rs"]
mod documents;
#[path = "host_rows/files.rs"]
mod files;
#[path = "host_rows/imp.rs"]
mod imp;
#[path = "host_rows/language.rs"]
mod language;
#[path = "host_rows/replays.rs"]
mod replays;
#[path = "record/sink.rs"]
mod sink;

use moonfuel::drive::{DriveOptions, drive};
use moonfuel::host::codex::{LuaConfig, LuaRuntime, LuaTool, ToolError};
use moonfuel::host::gate::{Gate, GateEvent};
use moonfuel::host::jido::{Jido, JidoOptions};
use moonfuel::host::policy::Rules;
use moonfuel::host::types;
use moonfuel::{Chunk, Decode, ErrorKind, HostError, Limits, Outcome, Session, Tier};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn config() -> LuaConfig {
    let mut config = LuaConfig::default();
    config.enabled = true;
    config
}

fn call(tool: &LuaTool, arguments: Value) -> Result<Value, ToolError> {
    tool.call_with(&arguments, |_| ControlFlow::Continue(())).map(|answer| answer.value)
}

fn run(script: &str) -> Result<Value, ToolError> {
    call(&LuaTool::new(config()).unwrap(), json!({ "script": script }))
}

/// A session of jido's over a folder, behind a gate.
fn jido(folder: &std::path::Path, gate: &Gate) -> Session {
    let functions = Jido::open(folder, JidoOptions::default()).unwrap().functions();
    let mut builder = Session::builder().host_functions("jido", functions);
    for declaration in types::jido() {
        builder = builder.declare(declaration);
    }
    builder.policy(gate.clone()).build().unwrap()
}

#[test]
fn row_02_one_shot_decode() {
    let decoded = |decode: Decode, source: &str| {
        let mut session = Session::builder().decode(decode).build().unwrap();
        session.execute(source, None).json().unwrap().to_owned()
    };
    assert_eq!(decoded(Decode::Jido, "return 1, 2, 3"), "[1,2,3]");
    assert_eq!(decoded(Decode::Jido, "return {1}"), "[1]");
    assert_eq!(decoded(Decode::Jido, ""), "null");
    assert_eq!(decoded(Decode::First, "return 1, 2, 3"), "1");
    assert_eq!(decoded(Decode::First, "return 1, print"), "1");
    assert_eq!(decoded(Decode::First, ""), "null");
    assert_eq!(decoded(Decode::All, "return 1"), "[1]");
}

#[test]
fn row_03_args() {
    let tool = LuaTool::new(config()).unwrap();
    let args = json!({ "x": 10, "y": 20, "user": { "name": "alice" }, "items": [1, 2, 3] });
    let with = |script: &str| call(&tool, json!({ "script": script, "args": args })).unwrap();
    assert_eq!(with("return args.x + args.y"), 30);
    assert_eq!(with("return args.user.name"), "alice");
    assert_eq!(with("return args.items[1]"), 1);
    assert_eq!(run("return args == nil").unwrap(), true);
}

#[test]
fn row_10_a_panic_of_the_host_is_an_exception() {
    let mut session = Session::builder()
        .function("host.fall", |()| -> Result<(), HostError> { panic!("down") })
        .build()
        .unwrap();
    let error = session.run("host.fall()").json().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Exception);
    assert!(error.to_string().ends_with("host.fall: the host function panicked"), "{error}");
    assert_eq!(session.run("return pcall(host.fall)").values().unwrap()[0], false);
    assert_eq!(session.run("return 1").json().unwrap(), "[1]");
}

#[test]
fn row_11_error_texts() {
    let text = |script: &str| run(script).unwrap_err().to_string();
    assert!(text("error('boom')").starts_with("Lua execution error: "));
    assert_eq!(text("error('boom')").matches("Lua execution error").count(), 1);
    assert!(
        text("return print")
            .starts_with("Failed to convert value: Functions cannot be converted to JSON")
    );
    let mut config = config();
    config.max_execution_time_ms = 50;
    let tool = LuaTool::new(config).unwrap();
    let error = call(&tool, json!({ "script": "while true do end" })).unwrap_err();
    assert_eq!(error.to_string(), "Lua timeout after 50ms");
}

#[test]
fn row_12_sandboxed() {
    assert_eq!(run("local s = _SANDBOXED _SANDBOXED = false return s").unwrap(), true);
    assert_eq!(run("return _SANDBOXED").unwrap(), true);
}

#[test]
fn row_17_codexs_examples() {
    let tool = LuaTool::new(config()).unwrap();
    let transform = "
        local out = {}
        for i, p in ipairs(args.data) do
          out[i] = { id = i, name = p.name:upper(), age_group = p.age >= 30 and 'adult' or 'young',
                     info = p.name .. ' is ' .. p.age .. ' years old' }
        end
        return { count = #out, transformed = out }";
    let people = json!([
        { "name": "Alice", "age": 30 }, { "name": "Bob", "age": 25 }, { "name": "Charlie", "age": 35 }
    ]);
    let got = call(&tool, json!({ "script": transform, "args": { "data": people } })).unwrap();
    assert_eq!(got["count"], 3);
    let first =
        json!({ "id": 1, "name": "ALICE", "age_group": "adult", "info": "Alice is 30 years old" });
    assert_eq!(got["transformed"][0], first);
    assert_eq!(got["transformed"][1]["age_group"], "young");
    let filter = "
        local kept, sum = {}, 0
        for _, n in ipairs(args.numbers) do if n >= args.min then kept[#kept + 1] = n sum = sum + n end end
        table.sort(kept, function(a, b) return a > b end)
        return { sorted = kept, sum = sum, average = sum / #kept }";
    let numbers = json!({ "numbers": [5, 2, 8, 1, 9, 3, 6, 4, 7], "min": 5 });
    let got = call(&tool, json!({ "script": filter, "args": numbers })).unwrap();
    assert_eq!(got, json!({ "sorted": [9, 8, 7, 6, 5], "sum": 35, "average": 7.0 }));
    assert_eq!(run("return math.pow(2, 10)").unwrap(), 1024.0);
}

#[test]
fn row_19_yields_are_events() {
    let tool = LuaTool::new(config()).unwrap();
    let script = "for i = 1, 10 do yield({step = i, progress = i * 10}) end return 'done'";
    let mut events = Vec::new();
    let answer = tool.call_with(&json!({ "script": script }), |event| {
        events.push(event);
        ControlFlow::Continue(())
    });
    assert_eq!(answer.unwrap().value, "done");
    assert_eq!((events.len(), &events[0]), (10, &json!({ "step": 1, "progress": 10 })));
    for stop_after in 1..4 {
        let mut seen = 0;
        let answer = tool.call_with(&json!({ "script": script }), |_| {
            seen += 1;
            if seen == stop_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!((answer, seen), (Err(ToolError::Cancelled), stop_after));
    }
}

#[test]
fn row_52_on_tool_complete() {
    let mut runtime = LuaRuntime::new(config()).unwrap();
    runtime
        .load("function on_tool_complete(e) last = e.tool .. e.duration_ms end", "hooks")
        .unwrap();
    let event = json!({
        "tool": "grep", "call_id": "c1", "args": {}, "success": true, "output": "", "duration_ms": 7
    });
    assert!(runtime.fire("on_tool_complete", &event).unwrap());
    assert_eq!(runtime.load("return last", "look").unwrap(), "grep7");
    // A hook that fails is told of, and nothing else comes of it.
    runtime.load("function on_tool_complete() error('no') end", "hooks").unwrap();
    assert!(runtime.fire("on_tool_complete", &event).is_err());
    assert_eq!(runtime.load("return last", "look").unwrap(), "grep7");
}

#[test]
fn row_57_scripts_by_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("my_script.lua"), "return args.n * 2").unwrap();
    std::fs::write(folder.path().parent().unwrap().join("x.lua"), "return 'outside'").ok();
    let mut config = config();
    config.scripts_dir = Some(folder.path().to_owned());
    let tool = LuaTool::new(config).unwrap();
    let by_name = |name: &str| call(&tool, json!({ "script_name": name, "args": { "n": 4 } }));
    assert_eq!(by_name("my_script").unwrap(), 8);
    for name in ["../x", "a/../../x", "my_script.lua", "", "..", "/etc/passwd", "my_script\0"] {
        let error = by_name(name).unwrap_err().to_string();
        assert!(error.contains("is no name of a script"), "{name}: {error}");
    }
}

#[cfg(unix)]
#[test]
fn row_57_no_link_leads_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let scripts = folder.path().join("scripts");
    std::fs::create_dir(&scripts).unwrap();
    std::fs::write(folder.path().join("secret.lua"), "return 'secret'").unwrap();
    std::os::unix::fs::symlink("../secret.lua", scripts.join("link.lua")).unwrap();
    let mut config = config();
    config.scripts_dir = Some(scripts);
    let tool = LuaTool::new(config).unwrap();
    assert!(call(&tool, json!({ "script_name": "link" })).is_err());
}

#[test]
fn row_58_shared_libraries() {
    let valid = "return require('codex.utils').validate_email('a@b.co')";
    assert_eq!(run(valid).unwrap(), true);
    assert_eq!(run("return require('codex.utils') == require('codex.utils')").unwrap(), true);
    for name in ["os", "debug", "io", "no.such"] {
        assert!(run(&format!("return require('{name}')")).is_err(), "{name}");
    }
}

#[test]
fn row_60_memory_is_in_force() {
    let mut config = config();
    config.max_memory_bytes = 1 << 20;
    let tool = LuaTool::new(config).unwrap();
    for script in ["local t = {} for i = 1, 1e9 do t[i] = i end", "return ('x'):rep(1e9)"] {
        let error = call(&tool, json!({ "script": script })).unwrap_err().to_string();
        assert!(error.contains("memory"), "{error}");
    }
    assert_eq!(call(&tool, json!({ "script": "return 1" })).unwrap(), 1);
}

#[test]
fn row_61_time_is_in_force() {
    let session = Session::builder().limits(Limits::unlimited()).build().unwrap();
    let begin = Instant::now();
    let options = DriveOptions::from(Duration::from_millis(50));
    let (_, report) = drive(session, Chunk::new(b"while true do end"), options, &mut |_| ());
    assert_eq!(report.outcome, Outcome::Deadline);
    // 50 ms and what a busy machine takes beside.
    assert!(begin.elapsed() < Duration::from_millis(2000), "{:?}", begin.elapsed());
}

#[test]
fn row_63_rate_tiers_consent() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), "x").unwrap();
    let gate = Gate::new(Rules::new(Tier::ReadOnly).with_default_rates(), "s").clock(|| 0);
    let mut session = jido(folder.path(), &gate);
    let script = "local n = 0
        for i = 1, 100 do if jido.file_exists('a') then n = n + 1 end end
        return n, jido.file_exists('a')";
    let values = session.run(script).values().unwrap();
    assert_eq!((&values[0], &values[1]), (&json!(100), &Value::Null));
    let text = values[2].as_str().unwrap();
    assert!(text.starts_with("rate_limited: jido.file_exists was called 100 times"), "{text}");
    assert!(text.ends_with("try again in 60000 ms"), "{text}");

    let write = "return jido.write_file('b', 'x')";
    let values = session.run(write).values().unwrap();
    let text = values[1].as_str().unwrap();
    assert!(text.starts_with("permission_denied: jido.write_file needs the tier write"), "{text}");
    gate.consent("write_file").unwrap();
    let values = session.run(write).values().unwrap();
    // The gate lets it through; the session's own options do not.
    assert!(!values[1].as_str().unwrap_or_default().starts_with("permission_denied"), "{values:?}");
}

#[test]
fn row_64_log_and_redaction() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("env"), "password=secret123").unwrap();
    let mut rules = Rules::new(Tier::ReadOnly);
    rules.redact = true;
    let gate = Gate::new(rules, "s 1");
    let mut session = jido(folder.path(), &gate);
    let report = session.run("return jido.read_file('env'), jido.read_file('../x')");
    let values = report.values().unwrap();
    assert_eq!(values[0], "     1→[REDACTED]");
    let entries = gate.audit().entries();
    let entries: Vec<Value> = entries.iter().map(|entry| entry.to_json()).collect();
    for (entry, status, rule) in
        [(&entries[0], "ok", Value::Null), (&entries[1], "blocked", "path_escapes_boundary".into())]
    {
        assert_eq!(entry["name"], "jido.read_file");
        assert_eq!((&entry["status"], &entry["rule"]), (&json!(status), &rule));
        assert_eq!(entry["args_hash"].as_str().unwrap().len(), 32);
    }
    assert_eq!(gate.audit().room(), 10_000);
}

#[test]
fn row_65_events() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Gate::new(Rules::new(Tier::ReadOnly), "s");
    let events = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&events);
    gate.on_event(move |event| {
        sink.lock().unwrap().push(match event {
            GateEvent::Call { id, name, args, .. } => format!("{id} call {name} {}", args.len()),
            GateEvent::Result { id, entry } => format!("{id} result {}", entry.to_json()["status"]),
            _ => String::new(),
        });
    });
    let mut session = jido(folder.path(), &gate);
    assert!(session.run("jido.is_dir('.') jido.is_file('x')").is_done());
    assert_eq!(
        *events.lock().unwrap(),
        ["1 call jido.is_dir 1", "1 result \"ok\"", "2 call jido.is_file 1", "2 result \"ok\""]
    );
}

#[test]
fn row_67_json_in_scripts() {
    let mut session = Session::builder().build().unwrap();
    let script = r#"
        local text = json.encode({a = 1, list = json.array(), none = json.object()})
        local back = json.decode('{"n":null,"l":[1,null,3]}', {null = true})
        return text, back.n == json.null, #back.l, json.encode(back)"#;
    let values = session.run(script).values().unwrap();
    assert_eq!(
        Value::from(values),
        json!([r#"{"a":1,"list":[],"none":{}}"#, true, 3, r#"{"n":null,"l":[1,null,3]}"#])
    );
}
