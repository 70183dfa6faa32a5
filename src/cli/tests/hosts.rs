//! The options about hosts, and the commands that know their functions.

use super::moonfuel;
use std::fs;

/// A folder with a file, and a policy beside it.
pub(super) fn folder(policy: &str) -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a.txt"), "one\ntwo").unwrap();
    let file = folder.path().join("policy.toml");
    fs::write(&file, policy).unwrap();
    let text = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let (root, file) = (text(&root), text(&file));
    (folder, root, file)
}

#[test]
fn a_repository_outside_of_the_root_is_named_and_can_be_granted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let git = |at: &str, args: &[&str]| {
        let done = std::process::Command::new("git")
            .current_dir(folder.join(at))
            .args(["-c", "user.name=T", "-c", "user.email=t@example.org"])
            .args(["-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main"])
            .args(args)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{args:?}: {}: {said}", done.status);
    };
    git(".", &["init", "-q", "main"]);
    fs::write(folder.join("main/a.txt"), "one\n").unwrap();
    git("main", &["add", "."]);
    git("main", &["commit", "-q", "-m", "first"]);
    git("main", &["worktree", "add", "-q", "../linked"]);
    git(".", &["clone", "-q", "main", "other"]);
    git("other", &["submodule", "--quiet", "add", "../main", "part"]);
    let status = "local s, why = jido.git('status') return s and s.exit_code or why";
    let places = [("linked", "main/.git"), ("other/part", "other/.git/modules/part")];
    for (root, repository) in places {
        let root = folder.join(root).display().to_string();
        let place = folder.join(repository).display().to_string();
        let grant = format!("git={place}");
        let ran = moonfuel(&["eval", "--root", &root, "--allow", "git", status]);
        let expected = format!(
            "the repository lies outside of the root, at {place} (allow it with --allow {grant}"
        );
        assert!(ran.stdout.contains(&expected), "{}{}", ran.stdout, ran.stderr);
        // Through the shell, too.
        let by_shell = "return select(2, jido.shell('git', {'status'}))";
        let ran = moonfuel(&["eval", "--root", &root, "--allow", "git,shell", by_shell]);
        assert!(ran.stdout.contains(&expected), "{}{}", ran.stdout, ran.stderr);

        let ran = moonfuel(&["eval", "--root", &root, "--allow", &grant, status]);
        assert_eq!(ran.stdout, "[0]\n", "{}", ran.stderr);
        let changing = format!("write,{grant}");
        let add = "jido.write_file('new.txt', 'x') local s = jido.git('add', {'new.txt'})
            return s.exit_code, jido.git('status').parsed.staged[1]";
        let ran = moonfuel(&["eval", "--root", &root, "--allow", &grant, add]);
        assert_ne!(ran.stdout, "[0,\"new.txt\"]\n", "it may only look");
        let ran = moonfuel(&["eval", "--root", &root, "--allow", &changing, add]);
        assert_eq!(ran.stdout, "[0,\"new.txt\"]\n", "{}", ran.stderr);
        // What is granted is the repository, and only to git: no function of files goes there.
        let read = format!("return jido.read_file('{place}/config')");
        let ran = moonfuel(&["eval", "--root", &root, "--allow", &changing, &read]);
        assert!(ran.stdout.contains("path is outside project"), "{}", ran.stdout);
    }
    let (main, linked) = (folder.join("main"), folder.join("linked"));
    let (main, linked) = (main.display().to_string(), linked.display().to_string());
    for (root, place) in [(&linked, &main), (&linked, &"/".to_owned()), (&main, &linked)] {
        let grant = format!("git={place}");
        let ran = moonfuel(&["eval", "--root", root, "--allow", &grant, "return 1"]);
        assert_eq!(ran.status, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("--allow {grant} has no effect")), "{}", ran.stderr);
    }
}

#[test]
fn the_command_edits_files_by_one_call() {
    let (_folder, root, _) = folder("");
    let file = std::path::Path::new(&root).join("a.txt");
    fs::write(&file, "one two\n").unwrap();
    let call = |name: &str, arguments: &str| {
        moonfuel(&["tool", "--root", &root, "--allow", "write", name, arguments])
    };
    let content = || fs::read_to_string(&file).unwrap();
    let ran = call("jido.edit_file", r#"{"path":"a.txt","old_string":"one","new_string":"1"}"#);
    assert_eq!((ran.status, content().as_str()), (0, "1 two\n"), "{}", ran.stderr);
    let edits = r#"{"path":"a.txt","edits":[{"old_string":"two","new_string":"2"}]}"#;
    let ran = call("jido.multi_edit", edits);
    assert_eq!((ran.status, content().as_str()), (0, "1 2\n"), "{}", ran.stderr);
    // What is in the file must be known, and a file is not written over unseen.
    let ran = call("jido.edit_file", r#"{"path":"a.txt","old_string":"one","new_string":"1"}"#);
    assert!(ran.status == 1 && ran.stderr.contains("String not found"), "{}", ran.stderr);
    let ran = call("jido.write_file", r#"{"path":"a.txt","content":"x"}"#);
    assert!(ran.status == 1 && ran.stderr.contains("must be read before"), "{}", ran.stderr);
    let ran = moonfuel(&["tool", "--root", &root, "jido.multi_edit", edits]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert_eq!(content(), "1 2\n");
}

#[test]
fn a_policy_and_its_log() {
    let (folder, root, policy) =
        folder("[rate_of]\nis_file = { calls = 1 }\n[grants]\nread = ['a.txt']");
    let log = folder.path().join("log.jsonl");
    let log_name = log.to_str().unwrap();
    let code = "return jido.is_file('a.txt'), (jido.is_file('a.txt')), (jido.read_file('b.txt'))";
    let ran = moonfuel(&[
        "eval", "--root", &root, "--policy", &policy, "--audit", log_name, "--seed", "1", code,
    ]);
    assert_eq!(ran.stdout, "[true,null,null]\n");
    let rules: Vec<serde_json::Value> = fs::read_to_string(&log)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["rule"].clone())
        .collect();
    assert_eq!(rules, [serde_json::Value::Null, "rate".into(), "grants.read".into()]);
}

#[test]
fn a_policy_that_says_nothing_is_refused() {
    let (_folder, root, policy) = folder("consent = ['jido.reed_file']");
    let ran = moonfuel(&["eval", "--root", &root, "--policy", &policy, "return 1"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("did you mean 'jido.read_file'?"), "{}", ran.stderr);
}

#[test]
fn what_is_not_allowed_says_what_would_allow_it() {
    let (_folder, root, _) = folder("");
    let code = "return select(2, jido.write_file('b', 'x')), select(2, jido.git('status'))";
    let ran = moonfuel(&["eval", "--root", &root, code]);
    assert!(
        ran.stdout.contains("permission_denied: jido.write_file needs the tier write"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("--allow write"), "{}", ran.stdout);
    assert!(ran.stdout.contains("--allow git"), "{}", ran.stdout);
}

#[test]
fn hosts_have_their_ways() {
    assert_eq!(moonfuel(&["eval", "--host", "jido", "return type(args)"]).stdout, "\"table\"\n");
    assert_eq!(moonfuel(&["eval", "--host", "jido", "return 1, 2"]).stdout, "[1,2]\n");
    assert_eq!(moonfuel(&["eval", "--host", "codex", "return os, 2"]).stdout, "null\n");
    assert_eq!(moonfuel(&["eval", "--decode", "first", "return 3, 2"]).stdout, "3\n");
    let ran = moonfuel(&["eval", "--host", "codex", "error('no', 0)"]);
    assert!(ran.stderr.starts_with("moonfuel: Lua execution error: no\n"), "{}", ran.stderr);
    let ran = moonfuel(&["eval", "--host", "codex", "--timeout", "50", "while true do end"]);
    assert!(ran.stderr.starts_with("moonfuel: Lua timeout after 50ms\n"), "{}", ran.stderr);
    assert_eq!(ran.status, 4);
}

#[test]
fn unknown_names_have_a_hint() {
    let (_folder, root, _) = folder("");
    let ran = moonfuel(&["eval", "--root", &root, "return jido.reed_file('a.txt')"]);
    assert!(
        ran.stderr.contains("(field 'reed_file')\n")
            && ran.stderr.contains("\nhint: did you mean `jido.read_file`?\n"),
        "{}",
        ran.stderr
    );
    let ran = moonfuel(&["eval", "--root", &root, "return jido.help('glob')"]);
    assert!(ran.stdout.contains("jido.glob(pattern: string"), "{}", ran.stdout);
    let ran = moonfuel(&[
        "eval",
        "--root",
        &root,
        "return #jido.help() > 500, select(2, jido.help('jido.gob'))",
    ]);
    assert_eq!(
        ran.stdout,
        "[true,\"there is no function 'jido.gob': did you mean 'jido.glob'?\"]\n"
    );
}

/// What a failed function answered is nil: the hint leads to its text.
#[test]
fn nil_of_a_failure_has_a_hint() {
    let (_folder, root, _) = folder("");
    let of_list = "`jido.list_dir` answers nil and a text where it fails";
    let of_file = "`jido.read_file` answers nil and a text where it fails: \
                   `assert(jido.read_file(...))` raises the text\n";
    let of_err = "line 1 sets `text`: `jido.read_file` answers nil and a text where it fails: \
                  look at `err` first\n";
    for (code, hint) in [
        ("return #jido.read_file('none')", Some(of_file)),
        ("return jido.read_file('none'):upper()", Some(of_file)),
        ("return 'a' .. jido.read_file('none')", Some(of_file)),
        ("return json.decode(jido.read_file('none'))", Some(of_file)),
        ("for _, one in ipairs(jido.list_dir('none')) do end", Some(of_list)),
        ("for _, one in pairs(jido.list_dir('none')) do end", Some(of_list)),
        ("local list = jido.list_dir('none')\nfor _, one in ipairs(list) do end", Some(of_list)),
        ("local text = jido.read_file('none')\nreturn text:upper()", Some(of_file)),
        ("local text = jido.read_file('none')\nreturn json.decode(text)", Some(of_file)),
        ("local text = jido.read_file('none') return text:upper()", Some(of_file)),
        ("local text, err = jido.read_file('none')\nreturn text:upper()", Some(of_err)),
        ("local text, err = jido.read_file('none') return #text", Some(of_err)),
        ("text, err = jido.read_file('none') for one in text:gmatch('.') do end", Some(of_err)),
        ("local text, err = jido.read_file('none')\nlocal text\nreturn #text", None),
        ("local other, text = 1, jido.read_file('none')\nreturn #text", None),
        ("return jido.is_file('a.txt'):upper()", None),
        ("local jido = {read_file = function() end}\nreturn #jido.read_file('none')", None),
    ] {
        let ran = moonfuel(&["eval", "--root", &root, code]);
        let said = ran.stderr.split_once("answers nil").map(|_| ran.stderr.as_str());
        assert_eq!(ran.status, 1, "{code}: {}", ran.stderr);
        match hint {
            Some(hint) => {
                assert!(said.is_some_and(|said| said.contains(hint)), "{code}: {}", ran.stderr)
            }
            None => assert_eq!(said, None, "{code}"),
        }
    }
}

/// Two results are taken of a function that raises its errors.
#[test]
fn what_raises_and_is_taken_for_an_answer_has_a_hint() {
    for (code, hint) in [
        (
            "local data, err = json.decode('{') return data",
            "`json.decode` raises its errors: `local ok, data = pcall(json.decode, ...)` takes them",
        ),
        (
            "local ran, why = imp.exec('ls', {})",
            "`imp.exec` raises its errors: `local ok, ran = pcall(imp.exec, ...)` takes them",
        ),
        (
            "local ok, err = json.decode('{') return ok",
            "`json.decode` raises its errors: `local ok, err = pcall(json.decode, ...)` takes them",
        ),
        ("local data = json.decode('{')", ""),
        ("local first, second = json.decode('{')", ""),
        ("local value, err = error('x')", ""),
    ] {
        let ran = moonfuel(&["eval", "--host", "imp", code]);
        assert_eq!(ran.status, 1, "{code}: {}", ran.stderr);
        let said = ran.stderr.split_once("hint: ").map_or("", |(_, said)| said);
        assert_eq!(said.lines().next().unwrap_or_default(), hint, "{code}");
    }
}

#[test]
fn tools_are_called_by_name() {
    let (folder, root, config) = folder("[lua]\nenabled = true\nmax_execution_time_ms = 60\n");
    let read = moonfuel(&[
        "tool",
        "--root",
        &root,
        "jido.read_file",
        r#"{"path":"a.txt","opts":{"limit":1}}"#,
    ]);
    assert_eq!((read.stdout.as_str(), read.status), ("     1→one\n", 0));
    let list = moonfuel(&["tool", "--root", &root, "jido.list_dir"]);
    assert_eq!(list.stdout, "[{\"name\":\"a.txt\",\"type\":\"file\"}]\n");
    let none = moonfuel(&["tool", "--root", &root, "jido.read_file", r#"{"path":"b"}"#]);
    assert_eq!((none.stderr.as_str(), none.status), ("moonfuel: File not found: b\n", 1));
    let write =
        moonfuel(&["tool", "--root", &root, "jido.write_file", r#"{"path":"b","content":"x"}"#]);
    assert!(write.stderr.contains("permission_denied"), "{}", write.stderr);
    let call = r#"{"script":"print('seen') yield(1) return {args.x}","args":{"x":5}}"#;
    let lua = moonfuel(&["tool", "lua_execute", call]);
    assert_eq!(lua.stdout, "[\n  5\n]\n");
    assert_eq!(lua.stderr, "moonfuel: progress: 1\nseen\n");
    let slow = moonfuel(&[
        "tool",
        "--config",
        &config,
        "lua_execute",
        r#"{"script":"repeat until false"}"#,
    ]);
    assert_eq!((slow.stderr.as_str(), slow.status), ("moonfuel: Lua timeout after 60ms\n", 4));
    let ruled = moonfuel(&["tool", "--policy", &config, "lua_execute", "{}"]);
    let why = "--policy has no effect on lua_execute: what its scripts may do and use is said by \
               --config FILE";
    assert!(ruled.stderr.contains(why), "{}", ruled.stderr);
    fs::write(folder.path().join("policy.toml"), "[lua]\nenabled = false").unwrap();
    let off = moonfuel(&["tool", "--config", &config, "lua_execute", "{}"]);
    assert!(off.stderr.contains("not enabled"), "{}", off.stderr);
}

#[test]
fn types_are_printed_in_every_format() {
    for (format, part) in [
        ("luacats", "function jido.read_file(path, opts) end"),
        ("selene", "base: lua54"),
        ("luacheck", "stds.moonfuel = {"),
        ("json-schema", "\"additionalProperties\": false"),
        ("prompt", "jido.glob(pattern: string, path?: string): string[]"),
        ("markdown", "# What scripts can call"),
    ] {
        let ran = moonfuel(&["types", "--format", format]);
        assert!(ran.stdout.contains(part), "{format}: {}", ran.stdout);
        assert_eq!(ran.status, 0);
    }
    let library = moonfuel(&["types", "--host", "library"]);
    assert!(library.stdout.contains("json.encode") && !library.stdout.contains("jido"));
}

/// A folder of extensions: one that works, one of a folder, one that is broken.
fn extensions() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let greet = "
        imp.register_tool {
            name = 'greet', description = 'Greets', readonly = true,
            params = { name = { type = 'string', required = true } },
            execute = function(id, params, ctx)
                imp.update('half')
                if params.name == '' then return { content = 'nobody', is_error = true } end
                return { content = 'hello ' .. params.name, details = { id = id } }
            end,
        }
        imp.register_command('up', { handler = function(text) return text:upper() end })
        function shared() return 'shared' end";
    fs::write(folder.path().join("greet.lua"), greet).unwrap();
    fs::write(folder.path().join("bad.lua"), "error('broken')").unwrap();
    fs::create_dir(folder.path().join("run")).unwrap();
    let run = "imp.register_tool { name = 'run', execute = function()
        return imp.exec('echo', {'hi'}).stdout .. tostring(imp.env('PATH') ~= nil) end }";
    fs::write(folder.path().join("run/init.lua"), run).unwrap();
    let name = folder.path().to_str().unwrap().to_owned();
    (folder, name)
}

#[test]
fn tools_of_extensions_are_called() {
    let (_folder, dir) = extensions();
    let ran = moonfuel(&["tool", "--extensions", &dir, "greet", r#"{"name":"Ada"}"#]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "hello Ada\n{\"id\":\"command\"}\n"));
    assert!(ran.stderr.contains("the extension 'bad' is not loaded"), "{}", ran.stderr);
    assert!(ran.stderr.contains("bad.lua:1: broken"), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("moonfuel: progress: half\n"), "{}", ran.stderr);
    let ran = moonfuel(&["tool", "--extensions", &dir, "greet", r#"{"name":""}"#]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.ends_with("moonfuel: nobody\n"), "{}", ran.stderr);
    let ran = moonfuel(&["tool", "--extensions", &dir, "great"]);
    assert!(ran.stderr.contains("no tool 'great': did you mean 'greet'?"), "{}", ran.stderr);
    assert_eq!(ran.status, 2);
}

#[test]
fn what_extensions_print_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let source = "print('loading')
        imp.register_command('c', { handler = function() print('a\\27b') imp.update('u') print('c') end })
        imp.register_tool { name = 't', execute = function() print('in t') return 'x' end }";
    fs::write(folder.path().join("e.lua"), source).unwrap();
    let dir = folder.path().to_str().unwrap();
    let ran = moonfuel(&["command", "--extensions", dir, "c"]);
    let told = "loading\na\\x1bb\nmoonfuel: progress: u\nc\n";
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", told));
    let ran = moonfuel(&["tool", "--extensions", dir, "t"]);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("x\n", "loading\nin t\n"));
    let ran = moonfuel(&["eval", "--host", "imp", "--extensions", dir, "print('y') return 1"]);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("[1]\n", "loading\ny\n"));
}

/// What a hook raises changes nothing, and is told to whoever has the hooks.
#[test]
fn hooks_that_fail_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let source = "imp.on('before_tool_call', function() error('first') end)
        imp.on('after_tool_call', function() while true do end end)
        imp.register_tool { name = 't', execute = function() return 'x' end }";
    fs::write(folder.path().join("e.lua"), source).unwrap();
    let dir = folder.path().to_str().unwrap();
    let ran = moonfuel(&["tool", "--extensions", dir, "--fuel", "1M", "t"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "x\n"), "{}", ran.stderr);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(lines[0].starts_with("moonfuel: a hook failed: ") && lines[0].contains("first"));
    assert!(lines[1].starts_with("moonfuel: a hook failed: ") && lines[1].contains("fuel"));
}

#[test]
fn the_tool_of_codex_ends_as_other_commands_do() {
    let status = |arguments: &str| moonfuel(&["tool", "lua_execute", arguments]).status;
    assert_eq!(status(r#"{"script": "return 1"}"#), 0);
    assert_eq!(status(r#"{"script": "error('no')"}"#), 1);
    assert_eq!(status(r#"{"skript": "return 1"}"#), 2);
    assert_eq!(status(r#"{"script": "return #('x'):rep(1 << 30)"}"#), 4);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    fs::write(&config, "[lua]\nenabled = true\nmax_execution_time_ms = 50").unwrap();
    let endless = r#"{"script": "while true do end"}"#;
    let ran = moonfuel(&["tool", "--config", config.to_str().unwrap(), "lua_execute", endless]);
    assert_eq!((ran.status, ran.stderr.as_str()), (4, "moonfuel: Lua timeout after 50ms\n"));
}

#[test]
fn options_that_mean_nothing_to_a_tool_are_refused() {
    let (_folder, dir) = extensions();
    let root: &[&str] = &["--root", "."];
    let theirs: &[&str] = &["--extensions", &dir];
    let read = ["jido.read_file", r#"{"path":"a.txt"}"#];
    let execute = ["lua_execute", r#"{"script":"return 1"}"#];
    let greet = ["greet", r#"{"name":"Ada"}"#];
    for (option, value, of, tool) in [
        ("--profile", "compat", root, read),
        ("--output", "1", root, read),
        ("--host", "jido", root, read),
        ("--seed", "1", root, read),
        ("--time", "1", root, read),
        ("--profile", "compat", &[], execute),
        ("--host-calls", "0", &[], execute),
        ("--host", "codex", &[], execute),
        ("--fuel", "1000", &[], execute),
        ("--fuel", "1G", &[], execute),
        ("--timeout", "8s", &[], execute),
        ("--host", "jido", theirs, greet),
        ("--host", "codex", theirs, greet),
        ("--decode", "all", theirs, greet),
    ] {
        let line = [&["tool"], of, &[option, value], &tool].concat();
        let ran = moonfuel(&line);
        assert_eq!(ran.status, 2, "{line:?}: {}", ran.stderr);
        let told = format!("moonfuel: {option} has no effect on {}", tool[0]);
        assert!(ran.stderr.starts_with(&told), "{line:?}: {}", ran.stderr);
    }
    let line = [&["tool"], theirs, &["--host", "imp", "--host-calls", "100"], &greet].concat();
    assert_eq!(moonfuel(&line).status, 0);
}

#[test]
fn extensions_reach_what_is_allowed_and_the_log_has_it() {
    let (folder, dir) = extensions();
    let ran = moonfuel(&["tool", "--extensions", &dir, "run"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("permission_denied: imp.exec needs the tier"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--allow shell"), "{}", ran.stderr);
    let log = folder.path().join("log.jsonl");
    let log_name = log.to_str().unwrap();
    let ran = moonfuel(&[
        "tool",
        "--extensions",
        &dir,
        "--allow",
        "shell,env=PATH",
        "--audit",
        log_name,
        "run",
    ]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "hi\ntrue\n"));
    let log = fs::read_to_string(&log).unwrap();
    for name in ["imp.register_tool", "imp.exec", "imp.env", "tools.run"] {
        assert!(log.contains(&format!("\"name\":\"{name}\",\"status\":\"ok\"")), "{log}");
    }
}

#[test]
fn commands_of_extensions_get_the_rest_of_the_line() {
    let (_folder, dir) = extensions();
    let ran = moonfuel(&["command", "--extensions", &dir, "up", "a", "b", "--c"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "A B --C\n"));
    let ran = moonfuel(&["command", "--extensions", &dir, "upp"]);
    assert!(ran.stderr.contains("no command 'upp': did you mean 'up'?"), "{}", ran.stderr);
}

#[test]
fn scripts_of_imp_have_its_functions_and_what_extensions_left() {
    let (_folder, dir) = extensions();
    let ran = moonfuel(&["eval", "--host", "imp", "--extensions", &dir, "return shared()"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "[\"shared\"]\n"));
    let ran = moonfuel(&["eval", "--host", "imp", "return pcall(imp.exec, 'ls')"]);
    assert!(ran.stdout.contains("needs the tier execute"), "{}", ran.stdout);
    let code = "return imp.exec('echo', {'x'}).stdout, imp.env('HOME'), help('imp.exec') ~= nil";
    let ran = moonfuel(&["eval", "--host", "imp", "--allow", "shell", code]);
    assert_eq!(ran.stdout, "[\"x\\n\",null,true]\n");
}

#[test]
fn help_knows_all_families() {
    let (_folder, root, _) = folder("");
    let code = "return help('jido.glob') == jido.help('glob'), help('json.encode') ~= nil,
                select(2, help('jido.reed_file')), help():find('jido.read_file', 1, true) ~= nil";
    let ran = moonfuel(&["eval", "--root", &root, code]);
    let why = "there is no function 'jido.reed_file': did you mean 'jido.read_file'?";
    assert_eq!(ran.stdout, format!("[true,true,\"{why}\",true]\n"));
}

#[test]
fn help_raises_nothing() {
    let (_folder, root, _) = folder("");
    let code = "local c = {} c.c = c
                local said = {}
                for _, f in ipairs {help, jido.help} do
                    for _, given in ipairs {c, 5, true, print, {1}, '\\255', ('x'):rep(1000000)} do
                        local text, why = f(given)
                        said[#said + 1] = text == nil and #why < 300 and #why > 20
                    end
                    said[#said + 1] = #f(nil) > 100 and select(2, f(c))
                end
                return said";
    let ran = moonfuel(&["eval", "--root", &root, code]);
    let why = "\"help takes the name of a function, as a string\"";
    let said = format!("{}{why}", "true,".repeat(7));
    assert_eq!(ran.stdout, format!("[[{said},{said}]]\n"), "{}", ran.stderr);
}

#[test]
fn io_of_compat_is_behind_the_gate() {
    let (folder, root, policy) = folder("[grants]\nread = ['a.txt']");
    fs::write(folder.path().join("root/b.txt"), "b").unwrap();
    let log = folder.path().join("log.jsonl");
    let code = "return io.open('a.txt'):read('l'), select(2, io.open('b.txt')),
                select(2, io.open('c.txt', 'w'))";
    let ran = moonfuel(&[
        "eval",
        "--profile",
        "compat",
        "--root",
        &root,
        "--policy",
        &policy,
        "--audit",
        log.to_str().unwrap(),
        code,
    ]);
    assert!(ran.stdout.starts_with("[\"one\",\"b.txt: denied (grants.read): "), "{}", ran.stdout);
    assert!(ran.stdout.contains("c.txt: permission_denied: io.open needs"), "{}", ran.stdout);
    let entries = fs::read_to_string(&log).unwrap();
    let entries: Vec<serde_json::Value> =
        entries.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> =
        entries.iter().map(|e| (e["status"].as_str(), e["about"].as_str())).collect();
    assert_eq!(
        told,
        [
            (Some("ok"), Some("a.txt")),
            (Some("blocked"), Some("b.txt")),
            (Some("blocked"), Some("c.txt")),
        ]
    );
}

#[test]
fn traces_name_the_rules_and_replay_without_root_or_extensions() {
    let (folder, root, policy) = folder("tier = 'write'\nconsent = ['imp.exec']");
    let (_extensions, dir) = extensions();
    let trace = folder.path().join("t.jsonl");
    let trace = trace.to_str().unwrap();
    let code = "local w = jido.write_file('new', 'x')
                return w, jido.read_file('a.txt', {limit = 1}), imp.exec('echo', {'hi'}).stdout, shared()";
    let ran = moonfuel(&[
        "eval",
        "--host",
        "imp",
        "--extensions",
        &dir,
        "--root",
        &root,
        "--policy",
        &policy,
        "--record",
        trace,
        code,
    ]);
    assert_eq!(ran.stdout, "[true,\"     1→one\",\"hi\\n\",\"shared\"]\n", "{}", ran.stderr);
    let header = fs::read_to_string(trace).unwrap();
    let header: serde_json::Value = serde_json::from_str(header.lines().next().unwrap()).unwrap();
    let rules = header["policy"].as_str().unwrap().to_owned();
    assert_eq!(rules.len(), 32);
    fs::remove_dir_all(&root).unwrap();
    fs::remove_dir_all(&dir).unwrap();
    let again = moonfuel(&["replay", trace]);
    assert_eq!(again.status, 0, "{}", again.stderr);
    assert!(again.stdout.starts_with("the same: 4 runs"), "{}", again.stdout);
}

#[test]
fn what_a_policy_grants_without_effect_is_an_error() {
    for (policy, allow, why) in [
        (
            "[grants]\nread = ['../x']",
            None,
            "'grants.read' names '../x', which is not below the root",
        ),
        (
            "[grants]\nread = ['/etc']",
            None,
            "'grants.read' names '/etc', which is not below the root",
        ),
        (
            "[grants]\ncommands = ['ls']",
            None,
            "grants.commands has no effect without --allow shell",
        ),
        ("[grants]\ncommands = ['ls']", Some("git"), "grants.commands has no effect without"),
        ("[grants]\ngit = ['log']", Some("shell"), "grants.git has no effect without --allow git"),
        ("[grants]\nwrite = ['a']", None, "grants.write has no effect without --allow write"),
        (
            "[grants]\ngit = ['config']",
            Some("git"),
            "grants.git names 'config', which is no subcommand",
        ),
        ("[grants]\nenv = ['A=B']", None, "'grants.env' names 'A=B': variables are named without"),
        ("[grants]\ncommands = ['ls']", Some("shell"), ""),
        ("tier = 'execute'\n[grants]\ncommands = ['ls']\ngit = ['log']\nwrite = ['a']", None, ""),
        (
            "consent = ['jido.shell', 'git', 'write_file']\n[grants]\ncommands = []\ngit = []\nwrite = []",
            None,
            "",
        ),
        ("tiers = { shell = 'read_only' }\n[grants]\ncommands = ['ls']", None, ""),
    ] {
        let (_folder, root, file) = folder(policy);
        let mut args = vec!["eval", "--root", &root, "--policy", &file];
        args.extend(allow.iter().flat_map(|allow| ["--allow", allow]));
        args.push("return 1");
        let ran = moonfuel(&args);
        if why.is_empty() {
            assert_eq!((ran.status, ran.stdout.as_str()), (0, "[1]\n"), "{policy}: {}", ran.stderr);
        } else {
            assert_eq!(ran.status, 2, "{policy} {allow:?}");
            assert!(ran.stderr.contains(why), "{policy} {allow:?}: {}", ran.stderr);
        }
    }
}

/// By these a script could do what the other rules refuse.
#[test]
fn programs_that_run_what_they_are_told_must_be_named_in_a_policy() {
    let code = "return select(2, jido.shell('python3', {'-c', '1'})),
                select(2, jido.shell_background('make')), (jido.shell('true') or {}).exit_code,
                select(2, jido.shell('time', {'python3'}))";
    let ran = |policy: &str| {
        let (folder, root, file) = folder(policy);
        let log = folder.path().join("log");
        let log_name = log.to_str().unwrap();
        let ran =
            moonfuel(&["eval", "--root", &root, "--policy", &file, "--audit", log_name, code]);
        (ran, fs::read_to_string(&log).unwrap_or_default())
    };
    let (unnamed, log) = ran("tier = 'execute'");
    let why = ": it runs whatever it is told, and must be named in grants.commands of the policy";
    let want = serde_json::json!([
        format!("Security error: command not in allowlist (python3){why}"),
        format!("Command not allowed: make{why}"),
        0,
        "Security error: argument runs other programs: python3",
    ]);
    assert_eq!(unnamed.stdout, format!("{want}\n"), "{}", unnamed.stderr);
    assert!(log.contains("\"rule\":\"command_not_allowed\",\"about\":\"(python3)\""), "{log}");
    let (named, _) = ran("tier = 'execute'\n[grants]\ncommands = ['python3', 'make', 'true']");
    for why in ["allowlist", "Command not allowed"] {
        assert!(named.status == 0 && !named.stdout.contains(why), "{}", named.stdout);
    }
    let (shell, _) = ran("tier = 'execute'\n[grants]\ncommands = ['bash']");
    assert_eq!(shell.status, 2);
    assert!(shell.stderr.contains("names 'bash', a shell, which is never run"), "{}", shell.stderr);
    // Without a policy the list is jido's.
    let (_folder, root, _) = folder("");
    let code = "local done, why = jido.shell('python3', {'-c', '1'})
                return done ~= nil or why == 'Command not found: python3'";
    let ran = moonfuel(&["eval", "--root", &root, "--allow", "shell", code]);
    assert_eq!(ran.stdout, "[true]\n", "{}", ran.stderr);
}

#[test]
fn consent_that_is_missing_names_its_rule_and_what_gives_it() {
    let (_folder, root, file) =
        folder("tier = 'execute'\nrequires_consent = ['delete_file', 'shell', 'git']");
    let code = "return select(2, jido.delete_file('a.txt')), select(2, jido.shell('ls')),
                select(2, jido.git('status'))";
    let ran = moonfuel(&["eval", "--root", &root, "--policy", &file, code]);
    let text = |name: &str, option: &str| {
        format!(
            "consent_required: jido.{name} needs consent whatever the tier (requires_consent), and \
             there is none (allowed by {option}consent = [\"{name}\"] in the policy)"
        )
    };
    let values: Vec<String> = serde_json::from_str(&ran.stdout).unwrap();
    let want = [
        text("delete_file", ""),
        text("shell", "--allow shell, or "),
        text("git", "--allow git, or "),
    ];
    assert_eq!(values, want);
    // Where the tier is missing too, it would not help.
    let (_folder, root, file) = folder("requires_consent = ['delete_file']");
    let ran = moonfuel(&[
        "eval",
        "--root",
        &root,
        "--policy",
        &file,
        "return select(2, jido.delete_file('a.txt'))",
    ]);
    assert!(
        ran.stdout.contains("(allowed by consent = [\\\"delete_file\\\"] in the policy)"),
        "{}",
        ran.stdout
    );
}

/// What is not listed is as if it were not there, whichever way the list is given; the log says
/// which it was.
#[test]
fn variables_that_are_not_listed_are_nil_however_they_are_listed() {
    let (folder, root, file) = folder("[grants]\nenv = ['PATH']");
    let code = "return imp.env('PATH') ~= nil, select('#', imp.env('HOME')), imp.env('HOME')";
    let policy = ["--policy", &file];
    let allow = ["--allow", "env=PATH"];
    let nothing: [&str; 0] = [];
    let both = ["--policy", &file, "--allow", "env=HOME"];
    for (given, host, path, home) in [
        (&policy[..], "imp", true, false),
        (&allow, "imp", true, false),
        (&nothing, "imp", false, false),
        (&both, "imp", true, true),
        (&[&allow[..], &["--root", &root]].concat(), "imp", true, false),
    ] {
        let log = folder.path().join("log");
        let log_name = log.to_str().unwrap();
        let line = [&["eval", "--host", host, "--audit", log_name], given, &[code]].concat();
        let ran = moonfuel(&line);
        let values: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!((&values[0], &values[1]), (&path.into(), &1.into()), "{line:?}: {}", ran.stdout);
        assert_eq!(!values[2].is_null(), home, "{line:?}: {}", ran.stdout);
        let rule = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
        let rules: Vec<serde_json::Value> = fs::read_to_string(&log)
            .unwrap()
            .lines()
            .map(|line| rule(line)["rule"].clone())
            .collect();
        let of = |listed| if listed { serde_json::Value::Null } else { "grants.env".into() };
        assert_eq!(rules, [of(path), of(home), of(home)], "{line:?}");
        fs::remove_file(&log).unwrap();
    }
}

#[test]
fn a_variable_is_named_without_a_value() {
    let ran = moonfuel(&["eval", "--host", "imp", "--allow", "env=A=B", "return 1"]);
    assert_eq!(ran.status, 2);
    let why = "a variable has the value that the command itself sees: `env=A`";
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
}

#[test]
fn an_extension_that_is_not_loaded_is_shown_with_its_hint() {
    let (folder, dir) = extensions();
    fs::write(folder.path().join("odd.lua"), "imp.registr_tool {}").unwrap();
    fs::write(folder.path().join("red.lua"), "error('\\27[31m', 0)").unwrap();
    for args in [
        ["command", "--extensions", &dir, "up", "a"],
        ["eval", "--extensions", &dir, "--host=imp", "return shared()"],
    ] {
        let ran = moonfuel(&args);
        let hint = "(field 'registr_tool')\nhint: did you mean `imp.register_tool`?\n";
        assert!(ran.stderr.contains(hint), "{}", ran.stderr);
        assert!(ran.stderr.contains("\\x1b[31m"), "{}", ran.stderr);
    }
}

#[test]
fn events_that_nothing_fires_are_told() {
    let (folder, dir) = extensions();
    let waits =
        "for _, event in ipairs {'deployed', 'on_turn_end', 'deployed', 'before_tool_call'} do
        imp.on(event, function() end)
    end";
    fs::write(folder.path().join("waits.lua"), waits).unwrap();
    let ran = moonfuel(&["command", "--extensions", &dir, "up", "a"]);
    let warning = "moonfuel: warning: nothing here fires the event 'deployed' of `imp.on`\n";
    assert_eq!((ran.status, ran.stderr.matches("warning").count()), (0, 1), "{}", ran.stderr);
    assert!(ran.stderr.ends_with(warning), "{}", ran.stderr);
}

#[test]
fn extensions_that_cannot_be_read_are_named_and_those_that_loop_cost_little() {
    let (folder, dir) = extensions();
    std::os::unix::fs::symlink("/nowhere/x.lua", folder.path().join("gone.lua")).unwrap();
    let large = fs::File::create(folder.path().join("large.lua")).unwrap();
    large.set_len((16 << 20) + 1).unwrap();
    let endless = "local t = {} for i = 1, 6000000 do t[1] = i end imp.register_command('e', {})";
    fs::write(folder.path().join("endless.lua"), endless).unwrap();
    for args in [
        ["command", "--extensions", &dir, "up", "a"],
        ["eval", "--extensions", &dir, "--host=imp", "return shared()"],
    ] {
        let ran = moonfuel(&args);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let told = |name: &str, why: &str| {
            let text = format!("the extension '{name}' is not loaded: ");
            ran.stderr.lines().any(|line| line.contains(&text) && line.contains(why))
        };
        assert!(told("gone", "gone.lua, a link to /nowhere/x.lua: No such file"), "{}", ran.stderr);
        assert!(told("endless", "fuel"), "{}", ran.stderr);
        assert!(told("large", "large.lua: it is larger than 16 MiB"), "{}", ran.stderr);
    }
}
