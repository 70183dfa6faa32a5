//! Rows about extensions, and what a host of theirs must bear.

use super::sink::Sink;
use moonfuel::host::gate::Gate;
use moonfuel::host::imp::{
    CallContext, CapabilityPolicy, CommandHook, Extensions, ImpError, Runtime, ToolOutput,
    UiAnswer, UiKind, UiRequest,
};
use moonfuel::host::policy::{Rate, Rules};
use moonfuel::{Effect, Limits, Session, Tier};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

fn allowing(change: impl FnOnce(&mut CapabilityPolicy)) -> Runtime {
    let mut policy = CapabilityPolicy::default();
    change(&mut policy);
    Runtime::builder()
        .policy(policy)
        .native_tool("echo", |params: Value, _: &CallContext| {
            Ok(ToolOutput::text(format!("echo: {}", params["text"].as_str().unwrap_or_default())))
        })
        .native_tool("fail", |_, _: &CallContext| Ok(ToolOutput::error("intentional failure")))
        .secrets(|provider| match provider {
            "moon" => Ok(BTreeMap::from([("api_key".to_owned(), "k-4711".to_owned())])),
            _ => Err(format!("secret '{provider}' not found")),
        })
        .environment(|name| Some(format!("value of {name}")))
        .build()
        .unwrap()
}

fn plain() -> Runtime {
    allowing(|_| ())
}

fn here() -> CallContext {
    CallContext::new("/")
}

/// What a script returns in a context.
fn exec(runtime: &mut Runtime, source: &str) -> Value {
    runtime.set_context(here());
    let values = runtime.exec(source).unwrap();
    runtime.clear_context();
    values.into()
}

fn fails(runtime: &mut Runtime, source: &str) -> String {
    runtime.set_context(here());
    let error = runtime.exec(source).unwrap_err().to_string();
    runtime.clear_context();
    error
}

#[test]
fn row_46_variables_are_those_that_are_listed() {
    let mut listed = allowing(|policy| policy.allowed_env = vec!["X".to_owned()]);
    assert_eq!(exec(&mut listed, "return imp.env('X'), imp.env('Y')"), json!(["value of X", null]));
    assert_eq!(exec(&mut plain(), "return imp.env('X')"), json!([null]));
}

#[test]
fn row_47_the_network_is_off_and_hosts_are_listed() {
    let text = fails(&mut plain(), "imp.http.get('http://localhost/')");
    assert!(text.contains("imp.http.get() is disabled for this runtime"), "{text}");
    let text = fails(&mut plain(), "imp.http.post('http://localhost/', 'x')");
    assert!(text.contains("imp.http.post() is disabled for this runtime"), "{text}");
    let mut nobody = allowing(|policy| policy.allow_http = true);
    let text = fails(&mut nobody, "imp.http.get('http://localhost/')");
    assert!(text.contains("no host is allowed"), "{text}");
}

#[test]
fn row_48_secrets_are_off_and_in_no_log() {
    let text = fails(&mut plain(), "imp.secret('moon')");
    assert!(text.contains("imp.secret() is disabled for this runtime"), "{text}");
    let text = fails(&mut plain(), "imp.secret_fields('moon')");
    assert!(text.contains("imp.secret_fields() is disabled for this runtime"), "{text}");
    let mut open = allowing(|policy| policy.allow_secrets = true);
    let source =
        "return #imp.secret('moon'), imp.secret_fields('moon').api_key == imp.secret('moon')";
    assert_eq!(exec(&mut open, source), json!([6, true]));
    let text = fails(&mut open, "imp.secret('sun')");
    assert!(text.contains("secret 'sun' not found"), "{text}");
    let log: Vec<Value> = open.gate().audit().entries().iter().map(|e| e.to_json()).collect();
    assert_eq!(log.len(), 4);
    assert!(!Value::from(log).to_string().contains("4711"));
}

#[test]
fn row_48_secrets_are_in_no_trace() {
    let sink = Sink::default();
    let policy = CapabilityPolicy { allow_secrets: true, ..CapabilityPolicy::default() };
    let mut runtime = Runtime::builder()
        .policy(policy)
        .session(Session::builder().record(sink.clone()))
        .secrets(|_| Ok(BTreeMap::from([("api_key".to_owned(), "moon-4711".to_owned())])))
        .build()
        .unwrap();
    let source = "local s = imp.secret('x') print('it is ' .. s) imp.update(s)
                  pcall(imp.tool, 'none', {[s] = {[s .. '!'] = s}})
                  return 'Bearer ' .. s, imp.secret_fields('x').api_key";
    assert_eq!(exec(&mut runtime, source), json!(["Bearer moon-4711", "moon-4711"]));
    drop(runtime);
    let text = sink.text();
    assert!(!text.contains("moon-4711"), "{text}");
    assert!(text.contains("[REDACTED]"), "{text}");
}

#[cfg(feature = "net")]
#[test]
fn row_48_secrets_are_put_into_headers_on_this_side() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut heard = [0; 4096];
            let count = stream.read(&mut heard).unwrap_or(0);
            let heard = String::from_utf8_lossy(&heard[..count]).into_owned();
            // It says what it was told, so it must have been told.
            let known = heard.contains("authorization: Bearer k-4711");
            let body =
                format!("{known} {}", heard.lines().find(|l| l.contains("Bearer")).unwrap_or(""));
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            let _ = stream.write_all(head.as_bytes());
        }
    });
    let mut runtime = allowing(|policy| {
        policy.allow_http = true;
        policy.allow_secrets = true;
        policy.hosts = vec!["localhost".to_owned()];
    });
    let source = format!(
        "return imp.http.get('http://localhost:{port}/', {{Authorization = 'Bearer {{secret:moon}}'}}).body"
    );
    let body = exec(&mut runtime, &source);
    assert_eq!(body, json!(["true authorization: Bearer [REDACTED]"]));
    let mut closed = allowing(|policy| {
        policy.allow_http = true;
        policy.hosts = vec!["localhost".to_owned()];
    });
    assert!(fails(&mut closed, &source).contains("is disabled for this runtime"));
}

#[test]
fn row_49_tools_of_the_host() {
    let mut runtime = plain();
    assert_eq!(
        exec(&mut runtime, "return imp.tool('echo', {text = 'hello'})"),
        json!(["echo: hello"])
    );
    assert_eq!(exec(&mut runtime, "return imp.tool('fail')"), json!([null, "intentional failure"]));
    let text = fails(&mut runtime, "imp.tool('x')");
    assert!(text.contains("tool 'x' not found"), "{text}");
    let text = runtime.exec("imp.tool('echo')").unwrap_err().to_string();
    assert!(text.contains("imp.tool() called outside of tool execution context"), "{text}");
    let mut closed = allowing(|policy| policy.allow_native_tool_calls = false);
    let text = fails(&mut closed, "imp.tool('echo')");
    assert!(text.contains("imp.tool() is disabled for this runtime"), "{text}");
    let last = closed.gate().audit().entries().pop().unwrap().to_json();
    assert_eq!((&last["status"], &last["rule"]), (&json!("blocked"), &json!("capability")));
    // Tools of extensions are not among them: no tool calls itself.
    runtime
        .load("t", b"imp.register_tool{name='own',execute=function() return imp.tool('own') end}")
        .unwrap();
    let error = runtime.call_tool("own", json!({}), "c", here()).unwrap_err().to_string();
    assert!(error.contains("tool 'own' not found"), "{error}");
}

/// The extension of the documentation.
const GREET: &str = r#"
    imp.register_tool {
        name = "greet",
        description = "Greets somebody",
        params = { name = { type = "string", required = true } },
        execute = function(call_id, params, ctx)
            return { content = "hello " .. params.name .. "!",
                     details = { call_id = call_id, cwd = ctx.cwd, cancelled = ctx.cancelled } }
        end,
    }"#;

#[test]
fn row_50_tools_of_extensions() {
    let mut runtime = plain();
    runtime.load("greet.lua", GREET.as_bytes()).unwrap();
    let tool = &runtime.tools()[0];
    assert_eq!(tool.schema["required"], json!(["name"]));
    assert_eq!((tool.label.as_str(), tool.readonly), ("greet", false));
    let output = runtime
        .call_tool("greet", json!({"name": "Ada"}), "call_1", CallContext::new("/work"))
        .unwrap();
    assert_eq!(
        output.to_json(),
        json!({
            "content": [{"type": "text", "text": "hello Ada!"}],
            "details": {"call_id": "call_1", "cwd": "/work", "cancelled": false},
            "is_error": false,
        })
    );
    // The same name again replaces it.
    let other = "imp.register_tool { name = 'greet', readonly = true,
                   execute = function() return { content = 'no', is_error = true } end }";
    runtime.load("other.lua", other.as_bytes()).unwrap();
    assert_eq!(runtime.counts().tools, 1);
    assert!(runtime.call_tool("greet", json!({}), "c", here()).unwrap().is_error);
    let policy = CapabilityPolicy::default();
    assert_eq!(runtime.tools()[0].effects(&policy), [Effect::Read]);
}

#[test]
fn arguments_that_a_schema_refuses_reach_no_function() {
    let mut runtime = plain();
    let source = r#"
        calls = 0
        imp.on("before_tool_call", function() calls = calls + 1 end)
        local function execute(_, params) calls = calls + 1 return params end
        imp.register_tool { name = "short", execute = execute, params = {
            path = { type = "string", required = true }, lines = { type = "integer" } } }
        imp.register_tool { name = "whole", execute = execute, params = { type = "object",
            properties = { at = { type = { "string", "null" } }, list = { type = "array" },
                           own = { type = "text" }, n = { type = "number" } },
            required = { "at", "some" } } }"#;
    runtime.load("schemas.lua", source.as_bytes()).unwrap();
    for (tool, arguments, what) in [
        ("short", json!({}), "short: the parameter 'path' is missing: it must be a string"),
        ("short", json!(null), "short: the parameter 'path' is missing: it must be a string"),
        (
            "short",
            json!({"path": null, "lines": 1.5}),
            "short: the parameter 'path' is missing: it must be a string; \
             the parameter 'lines' must be a whole number, not 1.5",
        ),
        ("short", json!({"path": 7}), "short: the parameter 'path' must be a string, not 7"),
        (
            "short",
            json!({"path": "a", "lines": "3"}),
            "short: the parameter 'lines' must be a whole number, not a string",
        ),
        (
            "whole",
            json!({"list": {"a": 1}}),
            "whole: the parameter 'at' is missing: it must be a string or null; \
             the parameter 'some' is missing; the parameter 'list' must be an array, not an object",
        ),
        (
            "whole",
            json!({"at": true, "some": 1}),
            "whole: the parameter 'at' must be a string or null, not a boolean",
        ),
    ] {
        let output = runtime.call_tool(tool, arguments, "c", here()).unwrap();
        assert!(output.is_error);
        assert_eq!(output.first_text(), Some(what));
    }
    assert_eq!(exec(&mut runtime, "return calls"), json!([0]));
    let log = runtime.gate().audit().entries();
    assert_eq!(log.iter().filter(|entry| entry.to_json()["name"] == "tools.short").count(), 5);
    // What is left out, or empty, or of a type that nobody knows, is the tool's to judge.
    for (tool, arguments) in [
        ("short", json!({"path": "a", "lines": null})),
        ("short", json!({"path": "a", "lines": 3.0, "other": 1})),
        ("whole", json!({"at": null, "some": [], "list": {}, "own": 1, "n": 1})),
        ("whole", json!({"at": "", "some": null})),
        ("whole", json!({"at": "", "some": false, "list": [1], "n": 0.5})),
    ] {
        let output = runtime.call_tool(tool, arguments, "c", here()).unwrap();
        assert!(!output.is_error, "{:?}", output.first_text());
    }
    assert_eq!(exec(&mut runtime, "return calls"), json!([10]));
}

#[test]
fn row_51_commands_of_extensions() {
    let mut runtime = plain();
    let source = "
        imp.register_command('up', { description = 'Shouts', handler = function(t) return t:upper() end })
        imp.register_command('none', { handler = function() end })
        imp.register_command('json', { handler = function() return { a = 1 } end })
        imp.register_command('up', { handler = function() return 'second' end })";
    runtime.load("c", source.as_bytes()).unwrap();
    let mut call = |name: &str| runtime.execute_command(name, "abc", None);
    assert_eq!(call("up").unwrap().as_deref(), Some("ABC"));
    assert_eq!(call("none").unwrap(), None);
    assert_eq!(call("json").unwrap().as_deref(), Some(r#"{"a":1}"#));
    assert_eq!(call("x").unwrap_err().to_string(), "Extension error: command 'x' not found");
    let names: Vec<String> = runtime.commands().into_iter().map(|command| command.name).collect();
    assert_eq!(names, ["json", "none", "up"]);
    assert!(runtime.has_command("up") && !runtime.has_command("x"));
}

#[test]
fn row_53_extensions_tell_each_other() {
    let mut runtime = plain();
    let source = "
        count = 0
        imp.events.on('saved', function(file) count = count + 1 error('first') end)
        imp.events.on('saved', function(file) count = count + file.n end)";
    runtime.load("a", source.as_bytes()).unwrap();
    assert_eq!(exec(&mut runtime, "imp.events.emit('saved', {n = 1}) return count"), json!([2]));
}

#[test]
fn row_54_the_user_is_asked() {
    let mut runtime = plain();
    let source = "return imp.ui.confirm('?'), imp.ui.request({kind = 'confirm'})";
    assert_eq!(exec(&mut runtime, source), json!([null, {"ok": false, "reason": "unavailable"}]));
    let user = |request: &UiRequest| match request.kind {
        UiKind::Confirm => UiAnswer::Confirmed(true),
        UiKind::Select => UiAnswer::Selected(1),
        _ => UiAnswer::Cancelled,
    };
    runtime.set_context(here().ui(user));
    let source =
        "return imp.ui.confirm('?'), imp.ui.request({kind = 'select', options = {'a', 'b'}}),
                         imp.ui.request({kind = 'input'}), imp.ui.request({kind = 'select'})";
    let values = runtime.exec(source).unwrap();
    assert_eq!(values[0], true);
    assert_eq!(values[1], json!({"ok": true, "value": {"index": 2, "label": "b"}}));
    assert_eq!(values[2], json!({"ok": false, "reason": "cancelled"}));
    assert_eq!(values[3]["message"], "ui request requires an options array");
}

#[test]
fn row_55_updates_reach_whoever_waits() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    let mut runtime = plain();
    runtime.exec("imp.update('nobody hears')").unwrap();
    runtime.set_context(here().on_update(move |text| sink.lock().unwrap().push(text.to_owned())));
    runtime.exec("imp.update('x')").unwrap();
    assert_eq!(*told.lock().unwrap(), ["x"]);
}

/// A folder of extensions.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn tool(name: &str, answer: &str) -> String {
    format!("imp.register_tool{{name='{name}',execute=function() return '{answer}' end}}")
}

fn ask(extensions: &Extensions, name: &str) -> Result<String, ImpError> {
    let output = extensions.call_tool(name, json!({}), "c", here())?;
    Ok(output.first_text().unwrap_or_default().to_owned())
}

#[test]
fn row_56_one_broken_among_five_and_reloading() {
    let files = folder(&[
        ("user/lua/b.lua", &tool("b", "user b")),
        ("user/lua/a/init.lua", &tool("a", "a")),
        ("user/lua/bad.lua", &format!("{} then_this = nil + 1", tool("bad", "never"))),
        ("user/lua/notes.txt", "no extension"),
        ("project/.imp/lua/b.lua", &tool("b", "project b")),
        ("project/.imp/lua/c.lua", &tool("c", "c")),
        ("project/.imp/lua/d.lua", "this is not lua"),
    ]);
    let at = |name: &str| Some(files.path().join(name));
    let extensions =
        Extensions::load(at("user"), at("project"), || Runtime::builder().build()).unwrap();
    let report = extensions.report();
    let names: Vec<(&str, bool)> = report
        .iter()
        .map(|loaded| (loaded.extension.name.as_str(), loaded.error.is_none()))
        .collect();
    assert_eq!(names, [("a", true), ("b", true), ("bad", false), ("c", true), ("d", false)]);
    // What failed halfway has registered nothing.
    let tools: Vec<String> = extensions.tools().into_iter().map(|tool| tool.name).collect();
    assert_eq!(tools, ["a", "b", "c"]);
    assert_eq!(ask(&extensions, "b").unwrap(), "user b");
    assert!(ask(&extensions, "bad").unwrap_err().to_string().contains("tool 'bad' not found"));

    // Whoever holds the old runtime ends on it; the next call has the new one.
    let old = extensions.runtime();
    fs::write(files.path().join("user/lua/b.lua"), tool("b", "new b")).unwrap();
    fs::write(files.path().join("user/lua/bad.lua"), tool("bad", "mended")).unwrap();
    extensions.reload().unwrap();
    assert_eq!(ask(&extensions, "b").unwrap(), "new b");
    assert_eq!(ask(&extensions, "bad").unwrap(), "mended");
    let output = old.lock().unwrap().call_tool("b", json!({}), "c", here()).unwrap();
    assert_eq!(output.first_text(), Some("user b"));
    let folders = [files.path().join("project/.imp/lua"), files.path().join("user/lua")];
    let named = Extensions::from_folders(folders, || Runtime::builder().build()).unwrap();
    assert_eq!(ask(&named, "b").unwrap(), "project b");
}

#[test]
fn row_56_calls_go_on_while_extensions_are_loaded_anew() {
    const VERSIONS: usize = 30;
    let files = folder(&[
        ("lua/t.lua", &tool("t", "0")),
        ("lua/other.lua", "imp.on('before_tool_call', function() seen = (seen or 0) + 1 end)"),
    ]);
    let at = Some(files.path().to_owned());
    let extensions = Extensions::load(at, None, || Runtime::builder().build()).unwrap();
    let written = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let call = || {
            let (mut calls, mut last) = (0, 0);
            // Whatever a call is answered by is whole, and none is older than the one before.
            while last < VERSIONS {
                let answer: usize = ask(&extensions, "t").unwrap().parse().unwrap();
                assert!((last..=written.load(Ordering::SeqCst)).contains(&answer), "{answer}");
                (calls, last) = (calls + 1, answer);
            }
            calls
        };
        let callers: Vec<_> = (0..3).map(|_| scope.spawn(call)).collect();
        let mut failures = Vec::new();
        for version in 1..=VERSIONS {
            fs::write(files.path().join("lua/t.lua"), tool("t", &version.to_string())).unwrap();
            // One that cannot be loaded keeps nothing from being there.
            let broken = if version % 2 == 0 { "error('no')" } else { "" };
            fs::write(files.path().join("lua/other.lua"), broken).unwrap();
            written.store(version, Ordering::SeqCst);
            extensions.reload().unwrap();
            failures.push(extensions.report().iter().filter(|one| one.error.is_some()).count());
        }
        assert_eq!(failures, [0, 1].repeat(VERSIONS / 2));
        for caller in callers {
            assert!(caller.join().unwrap() > 0);
        }
    });
    assert_eq!(extensions.tools().len(), 1);
}

/// One that begins first and takes longer does not put what it has read in the place of what
/// the other has.
#[test]
fn row_56_of_two_that_load_anew_the_later_one_counts() {
    let slow = "for i = 1, 2000000 do end";
    let files = folder(&[("lua/a.lua", &tool("t", "0")), ("lua/b.lua", "")]);
    let at = Some(files.path().to_owned());
    let extensions = Extensions::load(at, None, || Runtime::builder().build()).unwrap();
    fs::write(files.path().join("lua/b.lua"), slow).unwrap();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| extensions.reload().unwrap());
        std::thread::sleep(std::time::Duration::from_millis(5));
        fs::write(files.path().join("lua/a.lua"), tool("t", "1")).unwrap();
        fs::write(files.path().join("lua/b.lua"), "").unwrap();
        extensions.reload().unwrap();
        first.join().unwrap();
    });
    assert_eq!(ask(&extensions, "t").unwrap(), "1");
}

#[test]
fn row_52_hooks_that_err_loop_allocate_and_yield_block_nothing() {
    let limits = Limits { fuel: 1_000_000, memory: 4 << 20, ..Limits::default() };
    let mut runtime = Runtime::builder().limits(limits).build().unwrap();
    runtime.load("t", tool("t", "done").as_bytes()).unwrap();
    let hooks = "
        calls = 0
        local function hook(what) imp.on('before_tool_call', function(event)
            what(event) return { block = event.args.block, reason = 'the last one' } end) end
        hook(function() error('oops') end)
        hook(function() while true do end end)
        hook(function() local t = {} for i = 1, 10 do t[i] = ('x'):rep(1e9) end end)
        hook(function() coroutine.yield() end)
        hook(function() yield('progress') end)
        hook(function() calls = calls + 1 end)";
    runtime.load("h", hooks.as_bytes()).unwrap();
    let mut call = |args: Value| runtime.call_tool("t", args, "c", here()).unwrap();
    assert_eq!(call(json!({})).first_text(), Some("done"));
    let blocked = call(json!({"block": true}));
    assert!(blocked.is_error);
    assert_eq!(blocked.first_text(), Some("the last one"));
    let payload = json!({"tool_name": "t", "args": {}});
    let result = runtime.fire("before_tool_call", &payload);
    assert_eq!(result.errors.len(), 4, "{:?}", result.errors);
    for (error, part) in result.errors.iter().zip(["oops", "fuel", "memory", "outside a coroutine"])
    {
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(exec(&mut runtime, "return calls"), json!([3]));
    let log = runtime.gate().audit().entries();
    let blocked: Vec<_> =
        log.iter().map(|entry| entry.to_json()).filter(|e| e["rule"] == "hook").collect();
    assert_eq!(blocked.len(), 1);
    assert_eq!(
        (&blocked[0]["name"], &blocked[0]["about"]),
        (&json!("tools.t"), &json!("the last one"))
    );
}

#[test]
fn a_cancelled_call_does_not_wait_for_a_command_of_the_configuration() {
    let hooks = CommandHook::from_toml(
        "[[hooks]]\nevent = 'before_tool_call'\naction = 'shell'\ncommand = 'sleep 29'\nblocking = true",
    )
    .unwrap();
    let mut runtime = Runtime::builder().hooks(hooks).build().unwrap();
    runtime
        .load("t", b"imp.register_tool{name = 't', execute = function() return 'ran' end}")
        .unwrap();
    let canceller = moonfuel::Canceller::new();
    let context = here().canceller(canceller.clone());
    let began = std::time::Instant::now();
    let cancelling = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(100));
        canceller.cancel();
    });
    let output = runtime.call_tool("t", json!({}), "c", context).unwrap();
    cancelling.join().unwrap();
    assert_eq!((output.is_error, output.first_text()), (true, Some("the call was cancelled")));
    assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn no_hook_is_passed_by_what_it_cannot_be_told() {
    let hooks = CommandHook::from_toml(
        "[[hooks]]\nevent = 'before_tool_call'\nmatch = 'run'\naction = 'shell'\ncommand = 'case {command} in *rm*) exit 1;; esac'\nblocking = true",
    )
    .unwrap();
    let mut runtime = Runtime::builder().hooks(hooks).build().unwrap();
    let source = "
        imp.register_tool{name = 'run', execute = function(_, params) return 'ran' end}
        imp.register_tool{name = 'deep', execute = function(_, params)
            local deep = {secret = true}
            for i = 1, params.levels or 0 do deep = {deep} end
            return {content = {{type = 'text', text = 'secret', more = deep}}} end}
        imp.on('before_tool_call', function(event)
            if event.args.forbidden then return {block = true, reason = 'forbidden'} end end)
        imp.on('after_tool_call', function() return {modified_content = 'redacted'} end)";
    runtime.load("e", source.as_bytes()).unwrap();
    let mut call = |tool: &str, args: Value| {
        let output = runtime.call_tool(tool, args, "c", here()).map_err(|e| e.to_string())?;
        let text = output.first_text().unwrap_or_default().to_owned();
        if output.is_error { Err(text) } else { Ok(text) }
    };
    assert_eq!(call("run", json!({"command": "ls"})).unwrap(), "redacted");
    // Longer than an argument of a program can be, and with a byte that none can hold.
    for command in ["rm ".repeat(100_000), "rm \0".to_owned()] {
        let why = call("run", json!({"command": command})).unwrap_err();
        assert!(why.starts_with("hook 'case {command}"), "{why}");
    }
    for levels in 100..140 {
        let mut deep = json!(1);
        for _ in 0..levels {
            deep = json!([deep]);
        }
        let why = call("deep", json!({"forbidden": true, "deep": deep})).unwrap_err();
        assert!(why == "forbidden" || why.contains("deep"), "{levels}: {why}");
        match call("deep", json!({"levels": levels})) {
            Ok(text) => assert_eq!(text, "redacted", "{levels}"),
            Err(why) => assert!(why.contains("deep"), "{levels}: {why}"),
        }
    }
}

#[test]
fn a_hook_blocks_whatever_else_it_returns() {
    let mut runtime = Runtime::builder().build().unwrap();
    runtime.load("t", b"ran = 0 imp.register_tool{name = 't', execute = function() ran = ran + 1 return 'done' end}").unwrap();
    runtime
        .load(
            "h",
            b"imp.on('before_tool_call', function(event)
                return load('return ' .. event.args.answer)() end)",
        )
        .unwrap();
    let default = "Tool call blocked by hook: t";
    let blocking = [
        ("{block = true, reason = 'plain'}", "plain", 0),
        ("{block = true, reason = 'no \\xff'}", default, 1),
        ("{block = true, reason = print}", default, 1),
        ("{block = true, reason = 5}", default, 0),
        ("{block = true, why = coroutine.create(print)}", default, 1),
        ("{block = true, reason = ('x'):rep(3 << 20)}", default, 1),
        ("{block = true, modified_content = 0/0}", default, 1),
        ("(function() local t = {block = true} t.t = t return t end)()", default, 1),
        ("{block = true}, print", default, 1),
        ("{block = 1}", default, 0),
        ("{block = 0, reason = 'zero is true'}", "zero is true", 0),
        ("{block = 'yes', reason = 'a text'}", "a text", 0),
        ("{block = print, reason = 'never shown'}", default, 1),
        ("{block = {}}", default, 0),
        ("setmetatable({}, {__index = {block = true}})", default, 0),
        ("setmetatable({reason = 'own'}, {__index = {block = 1}})", "own", 0),
        ("setmetatable({}, {__index = setmetatable({}, {__index = {block = true}})})", default, 0),
        // Which only a function could tell: what a hook may have said must not be passed by.
        ("setmetatable({}, {__index = function() return true end})", default, 1),
        ("setmetatable({}, {__index = function() error('no') end})", default, 1),
        ("(function() local t = {} return setmetatable(t, {__index = t}) end)()", default, 1),
    ];
    let passing = [
        ("{block = false, reason = '\\xff'}", 1),
        ("{block = nil, reason = 'x'}", 0),
        ("{block = json.null, reason = 'x'}", 0),
        ("{reason = print}", 1),
        ("setmetatable({block = false}, {__index = function() return true end})", 0),
        ("setmetatable({block = false}, {__index = {block = true}})", 0),
        ("setmetatable({}, {__index = {block = false}})", 0),
        ("setmetatable({}, {__index = {}})", 0),
        ("setmetatable({}, {})", 0),
        ("nil", 0),
        ("'block'", 0),
        ("", 0),
    ];
    let mut call = |answer: &str| {
        let output = runtime.call_tool("t", json!({"answer": answer}), "c", here()).unwrap();
        (output.is_error, output.first_text().unwrap().to_owned(), output.hook_errors.len())
    };
    for (answer, reason, errors) in blocking {
        assert_eq!(call(answer), (true, reason.to_owned(), errors), "{answer}");
    }
    for (answer, errors) in passing {
        assert_eq!(call(answer), (false, "done".to_owned(), errors), "{answer}");
    }
    assert_eq!(exec(&mut runtime, "return ran"), json!([passing.len()]));
}

#[test]
fn events_that_are_misspelt_are_refused_and_those_of_a_host_are_not() {
    let hook_of =
        |event: &str| format!("[[hooks]]\nevent = '{event}'\naction = 'shell'\ncommand = 'true'");
    let mut runtime = Runtime::builder().build().unwrap();
    for (name, meant) in [
        ("before_tool_cal", "before_tool_call"),
        ("beforeToolCall", "before_tool_call"),
        ("before-tool-call", "before_tool_call"),
        ("after_file_writes", "after_file_write"),
        ("on_agent_strt", "on_agent_start"),
    ] {
        let source = format!("imp.on('{name}', function() return {{block = true}} end)");
        let error = runtime.load("h", source.as_bytes()).unwrap_err().to_string();
        let expected = format!("no event '{name}' (did you mean '{meant}'?)");
        assert!(error.contains(&expected), "{error}");
        // The configuration knows the same.
        let error = CommandHook::from_toml(&hook_of(name)).unwrap_err().to_string();
        assert!(error.contains(&format!("'{name}': did you mean '{meant}'?")), "{error}");
    }
    assert_eq!(runtime.counts().hooks, 0);
    for own in ["nope", "on_run_end", "on_tool_complete"] {
        assert!(CommandHook::from_toml(&hook_of(own)).is_ok(), "{own}");
    }
    let own = ["nope", "on_tool_complete", "on_turn_start", "on_run_end", "deployed", ""];
    for name in own.into_iter().chain(["before_tool_call"]) {
        let source = format!("imp.on('{name}', function() return {{block = true}} end)");
        runtime.load("h", source.as_bytes()).unwrap();
        assert!(runtime.fire(name, &json!({})).block, "{name}");
    }
}

#[test]
fn variables_that_are_not_listed_are_logged_as_refused() {
    let mut runtime = allowing(|policy| policy.allowed_env = vec!["LISTED".to_owned()]);
    let values = exec(&mut runtime, "return imp.env('LISTED'), imp.env('OTHER') == nil");
    assert_eq!(values, json!(["value of LISTED", true]));
    let entries = runtime.gate().audit().entries();
    let logged: Vec<_> = entries.iter().map(|entry| entry.to_json()).collect();
    assert_eq!((&logged[0]["status"], &logged[0]["about"]), (&json!("ok"), &json!("LISTED")));
    assert_eq!((&logged[1]["status"], &logged[1]["about"]), (&json!("blocked"), &json!("OTHER")));
    assert_eq!(logged[1]["rule"], json!("grants.env"));
}

#[test]
fn row_52_commands_of_the_configuration_block_and_change() {
    let hooks = CommandHook::from_toml(
        r#"
        [[hooks]]
        event = "before_tool_call"
        match = "danger*"
        action = "shell"
        command = "echo no {tool_name} >&2; false"
        blocking = true
        [[hooks]]
        event = "after_tool_call"
        match = "t"
        action = "shell"
        command = "printf %s {output_first_line}!"
        "#,
    )
    .unwrap();
    let mut runtime = Runtime::builder().hooks(hooks).build().unwrap();
    for name in ["t", "dangerous"] {
        runtime.load(name, tool(name, "done").as_bytes()).unwrap();
    }
    let mut call = |name: &str| runtime.call_tool(name, json!({}), "c", here()).unwrap();
    assert_eq!(call("t").first_text(), Some("done!"));
    let blocked = call("dangerous");
    assert_eq!((blocked.is_error, blocked.first_text()), (true, Some("no dangerous")));
}

#[test]
fn imp_is_behind_the_gate() {
    let mut rules = Rules::new(Tier::Execute);
    rules.rate_of.insert("imp.env".to_owned(), Rate { calls: 2, window_ms: 1000 });
    rules.requires_consent = vec!["imp.exec".to_owned()];
    rules.redact = true;
    let gate = Gate::new(rules, "agent").clock(|| 0);
    let policy = CapabilityPolicy {
        allow_shell_exec: true,
        allowed_env: vec!["A".to_owned()],
        ..CapabilityPolicy::default()
    };
    let make = || {
        Runtime::builder()
            .policy(policy.clone())
            .gate(gate.clone())
            .environment(|_| Some("token=abc".into()))
    };
    let mut runtime = make().build().unwrap();
    let source = "imp.env('A') return imp.env('A'), select(2, pcall(imp.env, 'A')),
                  select(2, pcall(imp.exec, 'true')), select(2, pcall(imp.tool, 'x'))";
    let values = exec(&mut runtime, source);
    assert_eq!(values[0], "[REDACTED]");
    for (at, text) in [
        (1, "rate_limited: imp.env was called 2 times in 1000 ms"),
        (2, "consent_required: imp.exec needs consent"),
        (3, "permission_denied: imp.tool needs the tier privileged"),
    ] {
        assert!(values[at].as_str().unwrap().contains(text), "{values}");
    }
    gate.consent("imp.exec").unwrap();
    assert_eq!(exec(&mut runtime, "return imp.exec('echo', {'hi'}).stdout"), json!(["hi\n"]));
    // A revocation is in force at once.
    gate.revoke("imp.exec").unwrap();
    assert!(fails(&mut runtime, "imp.exec('true')").contains("consent_required"));
    let rules: Vec<Value> =
        gate.audit().entries().iter().map(|entry| entry.to_json()["rule"].clone()).collect();
    assert_eq!(
        rules,
        [
            json!(null),
            json!(null),
            json!("rate"),
            json!("consent"),
            json!("tier"),
            json!(null),
            json!("consent")
        ]
    );
    // What tools answer passes the same way.
    runtime.load("t", tool("t", "password=hunter2").as_bytes()).unwrap();
    let output = runtime.call_tool("t", json!({}), "c", here()).unwrap();
    assert_eq!(output.first_text(), Some("[REDACTED]"));
    // A rule about nothing is an error.
    let mut rules = Rules::new(Tier::ReadOnly);
    rules.consent = vec!["imp.exce".to_owned()];
    let error = Runtime::builder().gate(Gate::new(rules, "x")).build().unwrap_err().to_string();
    assert!(error.contains("did you mean 'imp.exec'?"), "{error}");
}

/// Tools of extensions are not known when the rules are read, and have rules all the same.
#[test]
fn tools_of_extensions_have_rules_by_their_names() {
    let mut rules = Rules::new(Tier::ReadOnly);
    rules.rate_of.insert("tools.often".to_owned(), Rate { calls: 1, window_ms: 1000 });
    rules.requires_consent = vec!["tools.careful".to_owned()];
    rules.tiers.insert("tools.strong".to_owned(), Tier::Execute);
    let gate = Gate::new(rules.clone(), "agent").clock(|| 0);
    let mut runtime = Runtime::builder().gate(gate.clone()).build().unwrap();
    for name in ["often", "careful", "strong"] {
        runtime.load(name, tool(name, "done").as_bytes()).unwrap();
    }
    let mut call = |name: &str| {
        let output = runtime.call_tool(name, json!({}), "c", here()).unwrap();
        output.first_text().unwrap().to_owned()
    };
    assert_eq!(call("often"), "done");
    assert!(call("often").starts_with("rate_limited: tools.often was called 1 times"));
    assert!(call("careful").starts_with("consent_required: tools.careful needs consent"));
    assert!(call("strong").starts_with("permission_denied: tools.strong needs the tier execute"));
    gate.consent("tools.careful").unwrap();
    assert_eq!(call("careful"), "done");
    // Where nobody registers tools, there are none.
    let gate = Gate::new(rules, "x");
    let error = Session::builder().policy(gate).build().unwrap_err().to_string();
    assert!(error.contains("names 'tools."), "{error}");
}
