//! What the guides of jido and of imp show works as they show it: each way of writing a call, a
//! tool, a hook, a command, with the result that is documented. (Those of codex are cases.)

use moonfuel::host::imp::{CallContext, CapabilityPolicy, Runtime};
use moonfuel::host::jido::{Jido, JidoOptions};
use moonfuel::host::{HostProfile, codex};
use moonfuel::{Decode, Session};
use serde_json::{Value, json};
use std::fs;

fn jido(root: &std::path::Path) -> Session {
    let options = JidoOptions {
        allow_write: true,
        allow_shell: true,
        allow_git: true,
        ..JidoOptions::default()
    };
    let jido = Jido::open(root, options).unwrap().into();
    let builder = HostProfile::Jido.apply(Session::builder());
    Jido::register(&jido, builder.decode(Decode::All)).build().unwrap()
}

#[test]
fn the_ways_of_the_guide_to_jido() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/main.ex"), "defmodule Main do\nend\n").unwrap();
    fs::write(folder.path().join("src/b.ex"), "").unwrap();
    fs::write(folder.path().join("config.json"), "{}").unwrap();
    let mut session = jido(folder.path());
    for (script, want) in [
        (
            "local content = jido.read_file(\"src/main.ex\") return content",
            json!(["     1→defmodule Main do\n     2→end\n     3→"]),
        ),
        (
            "local content = jido.read_file(\"src/main.ex\")
             if content then return string.sub(content, 1, 20) else return nil end",
            json!(["     1→defmodule M"]),
        ),
        ("return jido.read_file('src/main.ex', {offset = 2, limit = 1})", json!(["     2→end"])),
        ("return jido.write_file(\"output.txt\", \"Hello, World!\")", json!([true])),
        (
            "local files = jido.list_dir(\"src\") return files",
            json!([[{"name": "b.ex", "type": "file"}, {"name": "main.ex", "type": "file"}]]),
        ),
        ("if jido.file_exists(\"config.json\") then return 'yes' end", json!(["yes"])),
        (
            "local result = jido.shell(\"echo\", {\"hi\"}) return result",
            json!([{"exit_code": 0, "stdout": "hi\n", "stderr": ""}]),
        ),
        // A failure is nil and a text.
        (
            "local content, err = jido.read_file('../etc/passwd')
             if not content then return 'Error: ' .. err end",
            json!(["Error: Security error: path escapes project boundary: ../etc/passwd"]),
        ),
        ("return jido.read_file('none')", json!([null, "File not found: none"])),
        ("return #jido.glob('src/**/*.ex')", json!([2])),
        ("return jido.is_file('src'), jido.is_dir('src')", json!([false, true])),
        ("return jido.file_stat('config.json').size", json!([2])),
        ("return jido.mkdir_p('a/b/c'), jido.is_dir('a/b/c')", json!([true, true])),
        (
            "return jido.delete_file('output.txt'), jido.file_exists('output.txt')",
            json!([true, false]),
        ),
        ("return type(jido.git('init').output)", json!(["string"])),
        (
            "local status = jido.git('status', {'--porcelain'})
             return #status.parsed.untracked, status.exit_code",
            json!([2, 0]),
        ),
        (
            "return jido.git('push', {'--force', 'origin', 'main'})",
            json!([
                null,
                "destructive operation blocked: 'git push --force origin main' requires \
                 allow_destructive = true"
            ]),
        ),
    ] {
        let report = session.run(script);
        let values: Value = serde_json::from_str(report.json().unwrap()).unwrap();
        assert_eq!(values, want, "{script}");
    }
    let report = session.run("return os.execute == nil, os.exit == nil, io == nil, dofile == nil");
    assert_eq!(report.json(), Ok("[true,true,true,true]"));
}

fn runtime() -> Runtime {
    let policy = CapabilityPolicy::from_toml("[lua]\nallow_shell_exec = true").unwrap();
    Runtime::builder().policy(policy).build().unwrap()
}

#[test]
fn the_tools_of_the_guide_to_imp() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("it's.txt"), "one\ntwo\n").unwrap();
    let mut runtime = runtime();
    let source = r#"
        -- The time, from a program, by a line for the shell.
        imp.register_tool({
            name = "seconds", description = "Tells the time", readonly = true, params = {},
            execute = function(call_id, params, ctx)
                local result = imp.exec("date +%s")
                return { content = result.stdout }
            end
        })
        -- A program wrapped: words for the shell, a folder, a status that is looked at.
        imp.register_tool({
            name = "find_text", label = "Find", description = "Looks for a text", readonly = true,
            params = {
                query = { type = "string", description = "What", required = true },
                path = { type = "string", description = "Where" },
                most = { type = "number", description = "How many" },
            },
            execute = function(call_id, params, ctx)
                local path = params.path or ctx.cwd
                local cmd = string.format("grep -m %d -e '%s' '%s'", params.most or 10,
                    params.query:gsub("'", "'\\''"), (path:gsub("'", "'\\''")))
                local result = imp.exec(cmd, nil, { cwd = ctx.cwd })
                if result.exit_code ~= 0 then
                    return { content = "error: " .. result.stderr, is_error = true }
                end
                return { content = result.stdout }
            end
        })
        -- A whole schema, blocks, details.
        imp.register_tool({
            name = "blocks", description = "Answers in blocks",
            params = {
                type = "object",
                properties = { action = { type = "string", enum = { "search", "replace" } } },
                required = { "action" },
            },
            execute = function(call_id, params, ctx)
                if not params.action then
                    return { content = "Missing required parameter: action", is_error = true }
                end
                if ctx.cancelled then return { content = "Cancelled", is_error = true } end
                return {
                    content = {
                        { type = "text", text = "Results" },
                        { type = "text", text = params.action },
                    },
                    details = { matches = 7 },
                }
            end
        })
        imp.register_tool({ name = "plain", execute = function() return "plain string" end })
    "#;
    runtime.load("tools.lua", source.as_bytes()).unwrap();
    let mut call = |name: &str, params: Value| {
        let context = CallContext::new(folder.path());
        runtime.call_tool(name, params, "call_1", context).unwrap()
    };
    let seconds = call("seconds", json!({}));
    let text = seconds.first_text().unwrap().trim().to_owned();
    assert!(text.parse::<u64>().unwrap() > 1_700_000_000, "{text}");
    let found = call("find_text", json!({"query": "t", "path": "it's.txt", "most": 1}));
    assert_eq!((found.first_text(), found.is_error), (Some("two\n"), false));
    let none = call("find_text", json!({"query": "x", "path": "none.txt"}));
    assert!(none.is_error && none.first_text().unwrap().starts_with("error: grep: none.txt"));
    let blocks = call("blocks", json!({"action": "search"}));
    assert_eq!(
        blocks.to_json(),
        json!({
            "content": [{"type": "text", "text": "Results"}, {"type": "text", "text": "search"}],
            "details": {"matches": 7},
            "is_error": false,
        })
    );
    assert!(call("blocks", json!({})).is_error);
    assert_eq!(call("plain", json!({})).first_text(), Some("plain string"));
    let schema =
        |name: &str| runtime.tools().iter().find(|tool| tool.name == name).unwrap().schema.clone();
    assert_eq!(schema("blocks")["required"], json!(["action"]));
    assert_eq!(schema("find_text")["required"], json!(["query"]));
    assert_eq!(schema("find_text")["properties"]["most"]["type"], "number");
}

#[test]
fn the_commands_hooks_and_events_of_the_guide_to_imp() {
    let folder = tempfile::tempdir().unwrap();
    let mut runtime = runtime();
    let source = r#"
        imp.register_command("greet", {
            description = "Says hello",
            handler = function(args) return "Hello, " .. (args or "world") end
        })
        imp.register_command("make", {
            description = "Makes it",
            handler = function(args, ctx)
                local result = imp.exec("echo made")
                return result.stdout
            end
        })
        imp.on("on_session_start", function(event, ctx) started = true end)
        imp.on("after_file_write", function(event)
            imp.exec("touch -- " .. event.file .. ".seen")
        end)
        imp.on("before_tool_call", function(event, ctx) asked = event.tool_name end)
        imp.register_tool({ name = "t", execute = function() return { content = "c" } end })
        imp.events.on("build_complete", function(data) error("boom") end)
        imp.events.on("build_complete", function(data) built = data.status .. data.duration end)
        imp.events.emit("build_complete", { status = "ok", duration = 3.2 })
    "#;
    runtime.load("hooks.lua", source.as_bytes()).unwrap();
    let here = || Some(CallContext::new(folder.path()));
    let mut command = |name: &str, args: &str| runtime.execute_command(name, args, here()).unwrap();
    assert_eq!(command("greet", "Ada").as_deref(), Some("Hello, Ada"));
    assert_eq!(command("make", "").as_deref(), Some("made\n"));
    runtime.set_context(CallContext::new(folder.path()));
    for (event, payload) in [
        ("on_session_start", json!({})),
        ("after_file_write", json!({"file": folder.path().join("a.rs")})),
    ] {
        let fired = runtime.fire(event, &payload);
        assert!(fired.errors.is_empty(), "{event}: {:?}", fired.errors);
    }
    assert!(folder.path().join("a.rs.seen").exists());
    let output = runtime.call_tool("t", json!({}), "c", here().unwrap()).unwrap();
    assert_eq!(output.first_text(), Some("c"));
    let values = runtime.exec("return started, asked, built").unwrap();
    assert_eq!(Value::from(values), json!([true, "t", "ok3.2"]));
}

/// What Lua says without a place has one where a text is all there is.
#[test]
fn yielding_outside_of_a_coroutine_has_its_line() {
    let config = codex::LuaConfig::from_toml("[lua]\nenabled = true").unwrap();
    let tool = codex::LuaTool::new(config).unwrap();
    let script = "local x = 1\n\nlocal function f() coroutine.yield(x) end\nf()";
    let error = tool.call(&json!({ "script": script })).unwrap_err().to_string();
    let text = "attempt to yield from outside a coroutine";
    assert!(error.starts_with("Lua execution error: "), "{error}");
    assert!(error.ends_with(&format!(":3: {text}")), "{error}");

    let mut runtime = runtime();
    let source = "imp.register_tool { name = 't', execute = function()
            coroutine.yield()
        end }
        imp.register_command('c', { handler = function() coroutine.yield() end })";
    runtime.load("y.lua", source.as_bytes()).unwrap();
    let here = || CallContext::new("/");
    let error = runtime.call_tool("t", json!({}), "c", here()).unwrap_err().to_string();
    assert_eq!(error, format!("Lua tool error: y.lua:2: {text}"));
    let error = runtime.execute_command("c", "", None).unwrap_err().to_string();
    assert_eq!(error, format!("Lua error: y.lua:4: {text}"));
    // What a script raises without a place has none.
    let error = runtime.exec("error('plain', 0)").unwrap_err().to_string();
    assert_eq!(error, "Lua error: plain");
    // Inside, the text is Lua's.
    let values = runtime.exec("return pcall(coroutine.yield)").unwrap();
    assert_eq!(Value::from(values), json!([false, text]));
}
