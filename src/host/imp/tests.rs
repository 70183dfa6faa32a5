//! What cases cannot say: configurations, commands, and reloading under load.

use super::*;
use crate::host::process::End;
use crate::session::lock;
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::thread;

#[cfg(feature = "net")]
mod network;

fn hook(command: &str) -> CommandHook {
    let text = format!(
        "[[hooks]]\nevent = 'after_tool_call'\naction = 'shell'\ncommand = '''{command}'''\n"
    );
    CommandHook::from_toml(&text).unwrap().remove(0)
}

#[test]
fn what_an_event_tells_is_an_argument_and_never_the_script() {
    let payload = json!({"file": "a b; rm -rf $HOME \"'"});
    let text = payload["file"].as_str().unwrap().to_owned();
    for (command, script) in [
        ("fmt {file}", "fmt \"${1}\""),
        ("fmt \"{file}\"", "fmt \"${1}\""),
        ("fmt 'x {file}'", "fmt 'x '\"${1}\"''"),
        ("fmt \\'{file}", "fmt \\'\"${1}\""),
        ("echo {nothing} ${HOME} {", "echo {nothing} ${HOME} {"),
        // A substitution has quotes of its own.
        ("echo \"$(fmt {file})\"", "echo \"$(fmt \"${1}\")\""),
        ("echo \"$(fmt \"{file}\")\"", "echo \"$(fmt \"${1}\")\""),
        ("echo \"$((fmt '{file}'))\"", "echo \"$((fmt '${1}'))\""),
        ("echo \"`fmt {file}`\"", "echo \"`fmt \"${1}\"`\""),
        ("echo `fmt`\"{file}\"", "echo `fmt`\"${1}\""),
        ("echo \"$(a (b) ')')\" {file}", "echo \"$(a (b) ')')\" \"${1}\""),
        ("exit $(({file} > (3)))", "exit $((${1} > (3)))"),
        ("echo $((1))\"{file}\"", "echo $((1))\"${1}\""),
        ("# don't\nfmt {file}", "# don't\nfmt \"${1}\""),
        ("echo a#' {file}'", "echo a#' '\"${1}\"''"),
        ("echo ) \"{file}\"", "echo ) \"${1}\""),
        ("\\\"{file}", "\\\"\"${1}\""),
        ("{file}\\", "\"${1}\"\\"),
    ] {
        let (made, texts) =
            CommandHook { command: command.to_owned(), ..hook("x") }.script(&payload);
        assert_eq!(made, script);
        let places = usize::from(command.contains("{file}"));
        // In a sum there are numbers alone.
        let text =
            if command.contains("$(({") || command.contains("((fmt") { "0" } else { text.as_str() };
        assert_eq!(texts, vec![text; places]);
    }
}

#[test]
fn each_place_is_one_word_to_the_shell() {
    let payload = json!({"file": "a  *; $(b) `c` \"'\\", "index": 3});
    let text = payload["file"].as_str().unwrap();
    for command in [
        "show {file}",
        "show \"{file}\"",
        "show '{file}'",
        "echo \"$(show {file})\"",
        "echo \"$(show \"{file}\")\"",
        "echo \"$(show '{file}')\"",
        "echo \"`show {file}`\"",
        "echo \"$(echo \"$(show {file})\")\"",
        "echo \"$( (show {file}) )\"",
        "# it's\nshow {file}",
        "test $(({index} + 1)) = 4 && show {file}",
        "test \"$(( ({index}) + 1))\" = 4 && show \"{file}\"",
    ] {
        let (script, texts) = hook(command).script(&payload);
        let ran = std::process::Command::new("sh")
            .args(["-c", &format!("show() {{ printf '%s|' \"$@\"; }}\n{script}"), "sh"])
            .args(texts)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        assert_eq!(said.trim_end(), format!("{text}|"), "{command}: {script}");
    }
}

#[test]
fn what_is_no_number_is_none_in_a_sum() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let evil = format!("a[$(touch {})]", mark.display());
    let (script, texts) =
        hook("echo $(( {file} + {index} ))").script(&json!({"file": evil, "index": -3}));
    assert_eq!(texts, ["0", "-3"]);
    for shell in ["sh", "bash"] {
        let mut command = std::process::Command::new(shell);
        let ran = command.args(["-c", &script, shell]).args(&texts).output();
        assert!(ran.is_err() || ran.is_ok_and(|ran| ran.stdout == b"-3\n"), "{shell}");
    }
    assert!(!mark.exists());
}

#[test]
fn places_tell_what_the_event_tells() {
    let payload = json!({
        "tool_name": "bash",
        "args": {"command": "ls"},
        "result": {
            "is_error": true,
            "content": [{"type": "text", "text": "one\ntwo"}],
            "details": {"exit_code": 2},
        },
    });
    let command = "{tool_name} {command} {is_error} {exit_code} {output_first_line} {file}";
    assert_eq!(hook(command).script(&payload).1, ["bash", "ls", "true", "2", "one", ""]);
    let payload = json!({"ratio": 0.75, "index": 3});
    assert_eq!(hook("{ratio} {index}").script(&payload).1, ["0.75", "3"]);
}

#[test]
fn hooks_fire_where_they_match() {
    let with = |matches: &str, threshold| CommandHook {
        event: "e".to_owned(),
        matches: (!matches.is_empty()).then(|| matches.to_owned()),
        threshold,
        ..hook("x")
    };
    let file = json!({"file": "/p/src/main.rs"});
    assert!(with("*.rs", None).fires("e", &file));
    assert!(with("main.rs", None).fires("e", &file));
    assert!(with("/p/*", None).fires("e", &file));
    assert!(!with("*.py", None).fires("e", &file));
    assert!(!with("", None).fires("other", &file));
    let tool = json!({"tool_name": "web_fetch"});
    assert!(with("web_?etch", None).fires("e", &tool));
    assert!(!with("web", None).fires("e", &tool));
    assert!(with("", Some(0.5)).fires("e", &json!({"ratio": 0.5})));
    assert!(!with("", Some(0.5)).fires("e", &json!({"ratio": 0.4})));
}

#[test]
fn what_makes_no_sense_in_a_configuration_is_named() {
    let fails = |text: &str| CapabilityPolicy::from_toml(text).unwrap_err().to_string();
    assert!(fails("[lua]\nallow_shell = true").contains("unknown key 'lua.allow_shell'"));
    assert!(fails("[lua]\nallow_http = 1").ends_with("'lua.allow_http' must be true or false"));
    assert!(
        fails("[lua]\nallowed_env = 'X'").ends_with("'lua.allowed_env' must be a list of strings")
    );
    assert!(fails("lua = 1").ends_with("'lua' must be a table"));
    assert!(fails("[lua").contains("TOML parse error at line 1"));
    let fails = |text: &str| CommandHook::from_toml(text).unwrap_err().to_string();
    assert!(fails("[[hooks]]\nevent='e'\ncommand='c'").contains("hooks[1]: 'action'"));
    assert!(fails("[[hooks]]\naction='shell'\ncommand='c'").contains("'event' is missing"));
    assert!(fails("[[hooks]]\nwhen='e'").contains("'when' is no option"));
    let of = |event: &str, more: &str| {
        CommandHook::from_toml(&format!(
            "[[hooks]]\nevent='{event}'\naction='shell'\ncommand='c'\n{more}"
        ))
        .map_err(|error| error.to_string())
    };
    for (event, more, why) in [
        ("before_tool_cal", "", "'before_tool_cal': did you mean 'before_tool_call'?"),
        ("on_agent_start", "match='x'", "'match' has no effect: on_agent_start is about no tool"),
        ("before_tool_call", "threshold=0.5", "'threshold' has no effect on before_tool_call"),
    ] {
        let said = of(event, more).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
    for (event, more) in [
        ("on_context_threshold", "threshold=0.5"),
        ("after_file_write", "match='*.rs'"),
        ("after_tool_call", "match='t'\nblocking=true"),
        ("deploy", "match='x'\nthreshold=1"),
    ] {
        assert!(of(event, more).is_ok(), "{event}");
    }
}

#[test]
fn what_hooks_cannot_be_told_is_refused() {
    let mut runtime = Runtime::builder().build().unwrap();
    let source = "calls = 0 imp.on('deploy', function() calls = calls + 1 end)";
    runtime.load("h.lua", source.as_bytes()).unwrap();
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    let refused = runtime.fire("deploy", &json!({"args": deep}));
    assert!(refused.block);
    let why = refused.reason.unwrap();
    assert!(why.contains("nested"), "{why}");
    assert_eq!(refused.errors, [why]);
    let told = runtime.fire("deploy", &json!({"args": [1]}));
    assert_eq!((told.block, told.errors), (false, Vec::new()));
    assert_eq!(runtime.exec("return calls").unwrap(), [json!(1)]);
}

#[test]
fn no_guard_is_passed_by_what_it_takes_too_long_for() {
    for (blocking, ends) in [(true, true), (false, false)] {
        let hooks = CommandHook::from_toml(&format!(
            "[[hooks]]\nevent='before_tool_call'\naction='shell'\ncommand='c'\nblocking={blocking}"
        ))
        .unwrap();
        for end in [End::TimedOut, End::Killed] {
            let mut result = HookResult::default();
            exec::take(&hooks[0], end, ("", ""), Some("t"), &mut result);
            assert_eq!(result.block, ends);
            assert_eq!(result.errors, ["hook 'c': its time is over"]);
        }
    }
}

#[test]
fn what_is_registered_has_a_limit() {
    let mut runtime = Runtime::builder().build().unwrap();
    let source = "text = ('x'):rep(1000000)
        local function tool(name) imp.register_tool{name = name, description = text,
            execute = function() return 'ran' end} end
        _G.tool = tool
        tool('t') tool('t') tool('t')
        imp.register_command('c', {description = text, handler = function() end})
        imp.on('deploy' .. text, function() end)";
    runtime.load("r.lua", source.as_bytes()).unwrap();
    // What replaces another takes no more.
    for _ in 0..20 {
        runtime.exec("tool('t')").unwrap();
    }
    let more = "local done = 0
        for i = 1, 20 do if pcall(tool, 'more' .. i) then done = done + 1 end end
        return done, select(2, pcall(imp.on, 'deploy' .. text, print))";
    let why = "what extensions register has more than 8388608 bytes";
    let values = runtime.exec(more).unwrap();
    assert_eq!(values[0], json!(5));
    assert!(values[1].as_str().unwrap().ends_with(why), "{values:?}");
    assert_eq!(runtime.tools().len(), 6);
}

#[test]
fn calls_at_work_end_on_the_extensions_they_began_with() {
    let folder = tempfile::tempdir().unwrap();
    let lua = folder.path().join("lua");
    std::fs::create_dir(&lua).unwrap();
    let write = |n: u32| {
        let source = format!(
            "imp.register_tool{{name='t',execute=function() \
             local a = {n} for i=1,20000 do end return a + (n or {n}) end}} n = {n}"
        );
        std::fs::write(lua.join("t.lua"), source).unwrap();
    };
    write(1);
    let make = || Runtime::builder().build();
    let extensions = Extensions::load(Some(folder.path().to_owned()), None, make).unwrap();
    let extensions = Arc::new(extensions);
    let seen = Arc::new(Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..30 {
                    let runtime = extensions.runtime();
                    let mut runtime = lock(&runtime);
                    let context = CallContext::new("/");
                    let output = runtime.call_tool("t", json!({}), "c", context).unwrap();
                    let number: u32 = output.first_text().unwrap().parse().unwrap();
                    seen.lock().unwrap().push(number);
                }
            });
        }
        for n in 2..8 {
            write(n);
            extensions.reload().unwrap();
        }
    });
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 90);
    // A tool never sees another loading's globals.
    assert!(seen.iter().all(|number| number % 2 == 0));
    let runtime = extensions.runtime();
    let mut runtime = runtime.lock().unwrap();
    let output = runtime.call_tool("t", json!({}), "c", CallContext::new("/")).unwrap();
    assert_eq!(output.first_text(), Some("14"));
}

/// Answers once it is told to.
struct Slow(Mutex<std::sync::mpsc::Receiver<bool>>, std::sync::mpsc::Sender<()>);

impl crate::host::ui::Ui for Slow {
    fn ask(&self, _: &crate::host::ui::UiRequest) -> crate::host::ui::UiAnswer {
        self.1.send(()).unwrap();
        crate::host::ui::UiAnswer::Confirmed(self.0.lock().unwrap().recv().unwrap())
    }
}

#[test]
fn extensions_are_loaded_anew_while_a_call_waits_for_its_user() {
    let folder = tempfile::tempdir().unwrap();
    let lua = folder.path().join("lua");
    std::fs::create_dir(&lua).unwrap();
    let write = |n: u32| {
        let source = format!(
            "n = {n} imp.register_tool{{name='t{n}',execute=function(id, p) n = n + 10 \
             if p.ask then return n .. tostring(imp.ui.confirm('?')) .. n end return n .. '' end}}"
        );
        std::fs::write(lua.join("t.lua"), source).unwrap();
    };
    write(1);
    let make = || Runtime::builder().build();
    let extensions = Extensions::load(Some(folder.path().to_owned()), None, make).unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let (asked, asks) = std::sync::mpsc::channel();
    let text = |output: ToolOutput| output.first_text().map(str::to_owned);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let context = CallContext::new("/").ui(Slow(Mutex::new(told), asked));
            extensions.call_tool("t1", json!({"ask": true}), "c", context).unwrap()
        });
        asks.recv().unwrap();
        for n in 2..5 {
            write(n);
            extensions.reload().unwrap();
            let name = format!("t{n}");
            assert_eq!(extensions.tools()[0].name, name);
            let called = extensions.call_tool(&name, json!({}), "d", CallContext::new("/"));
            assert_eq!(text(called.unwrap()), Some((n + 10).to_string()));
        }
        tell.send(true).unwrap();
        assert_eq!(text(waiting.join().unwrap()).as_deref(), Some("11true11"));
    });
    // Nobody has the old ones any more.
    assert_eq!(Arc::strong_count(&extensions.runtime()), 2);
    assert_eq!(extensions.commands(), []);
}

#[test]
fn a_tools_table_without_content_is_its_answer() {
    let text = |text: &str| json!([{"type": "text", "text": text}]);
    for (result, content, details) in [
        (json!({"rows": 3}), text(r#"{"rows":3}"#), None),
        (json!({"type": "user", "name": "Ada"}), text(r#"{"type":"user","name":"Ada"}"#), None),
        (json!({"type": "text", "text": "a"}), text("a"), None),
        (json!({"type": "text", "text": 1}), text(r#"{"type":"text","text":1}"#), None),
        (json!({"details": {"n": 1}}), json!([]), Some(json!({"n": 1}))),
        (json!({"details": 1, "rows": 3}), json!([]), Some(json!(1))),
        (json!({"is_error": true}), json!([]), None),
        (json!({}), json!([]), None),
        (json!({"content": {"rows": 3}}), text(r#"{"rows":3}"#), None),
    ] {
        let output = ToolOutput::from_result(result.clone()).unwrap();
        assert_eq!(serde_json::Value::from(output.content), content, "{result}");
        assert_eq!(output.details, details, "{result}");
    }
}
