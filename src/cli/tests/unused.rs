//! Rules and permissions that have no effect are errors: whoever wrote them meant something.

use super::hosts::folder;
use super::moonfuel;
use std::fs;

/// What `eval` says about a policy and options, and how it ends.
fn said(policy: &str, options: &[&str]) -> (u8, String) {
    let (_folder, root, file) = folder(policy);
    let options: Vec<&str> =
        options.iter().map(|option| if *option == "ROOT" { &root } else { *option }).collect();
    let line = [&["eval", "--policy", &file], &options[..], &["return 1"]].concat();
    let ran = moonfuel(&line);
    (ran.status, ran.stderr)
}

#[test]
fn rules_without_effect_are_errors() {
    let root: &[&str] = &["--root", "ROOT"];
    let imp: &[&str] = &["--host", "imp"];
    for (policy, options, why) in [
        ("[rate]\nwrite = { calls = 1 }", root, "rate.write has no effect: nothing of that tier"),
        ("[rate]\nprivileged = { calls = 1 }", root, "rate.privileged has no effect"),
        ("tier = 'privileged'\n[rate]\nprivileged = { calls = 1 }", root, "rate.privileged"),
        ("[rate]\nexecute = { calls = 1 }", imp, "rate.execute has no effect"),
        ("[rate_of]\nshell = { calls = 1 }", root, "rate_of.shell has no effect: it may not be"),
        ("[rate_of]\n'jido.git' = { calls = 1 }", root, "rate_of.jido.git has no effect"),
        (
            "tier = 'write'\nrequires_consent = ['delete_file']\n[rate_of]\ndelete_file = { calls = 1 }",
            root,
            "rate_of.delete_file has no effect",
        ),
        ("consent = ['glob']", root, "consent to 'glob' has no effect: the tier lets it be called"),
        ("tier = 'write'\nconsent = ['jido.write_file']", root, "consent to 'jido.write_file' has"),
        ("[audit]\nentries = 10", root, "audit.entries has no effect in a command"),
        ("tier = 'execute'\n[grants]\ncommands = ['/bin/ls']", root, "named without a path"),
        ("[audit]\nlog_violations = false", root, "audit.log_violations has no effect without"),
    ] {
        let (status, stderr) = said(policy, options);
        assert_eq!(status, 2, "{policy} {options:?}: {stderr}");
        assert!(stderr.contains(why), "{policy} {options:?}: {stderr}");
    }
}

/// What a command's help does not list it refuses, whatever is given beside it; limits of a
/// run excepted, which `check` passes over.
#[test]
fn help_lists_no_option_that_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (script, trace) = (path("script.lua"), path("trace.jsonl"));
    fs::write(&script, "return 1").unwrap();
    assert_eq!(moonfuel(&["run", "--record", &trace, &script]).status, 0);
    let values = [
        ("fuel", "5"),
        ("memory", "1M"),
        ("output", "1K"),
        ("host-calls", "5"),
        ("profile", "compat"),
        ("seed", "5"),
        ("time", "5"),
        ("args", "1"),
        ("decode", "first"),
        ("audit", &path("log.jsonl")),
        ("record", &path("other.jsonl")),
        ("profile-out", &path("profile.json")),
        ("lib", &path(".")),
    ];
    let mut count = 0;
    for line in [
        &["check", &script][..],
        &["replay", &trace],
        &["repl"],
        &["tool", "lua_execute", "{}"],
        &["command", "greet", "--extensions", &path(".")],
    ] {
        let help = moonfuel(&[line[0], "--help"]).stdout;
        let all = values.map(|(name, value)| (name, Some(value)));
        for (name, value) in
            all.into_iter().chain([("json", None), ("cover", None), ("stats", None)])
        {
            let option = format!("--{name}");
            let is_option = |line: &str| line.split([' ', '[']).next() == Some(&option);
            if help.lines().map(str::trim_start).any(is_option) {
                continue;
            }
            if line[0] == "check" && ["fuel", "memory", "output", "host-calls"].contains(&name) {
                continue;
            }
            count += 1;
            let words = [&line[..1], &[&option[..]], value.as_slice(), &line[1..]].concat();
            let ran = moonfuel(&words);
            assert_eq!(ran.status, 2, "{words:?}: {}", ran.stderr);
            assert!(ran.stderr.contains(&format!("{option} has no effect")), "{}", ran.stderr);
        }
    }
    assert!(count > 35, "{count}");
    // The server is no part of what runs in this process, and refuses them likewise.
    if cfg!(feature = "mcp") {
        let help = moonfuel(&["mcp", "--help"]).stdout;
        assert!(help.contains("--root ") && !help.contains("--json") && !help.contains("--record"));
    }
    // A replay takes as long as it takes.
    let help = moonfuel(&["replay", "--help"]).stdout;
    assert!(help.contains("--timeout <TIME>") && !help.contains("default: 8s"), "{help}");
    assert!(moonfuel(&["run", "--help"]).stdout.contains("default: 8s"));
}

#[test]
fn permissions_that_the_policy_gives_already_are_errors() {
    for (policy, options) in [
        ("tier = 'write'", &["--root", "ROOT", "--allow", "write"][..]),
        ("tier = 'execute'", &["--root", "ROOT", "--allow", "shell"]),
        ("tier = 'execute'", &["--host", "imp", "--allow", "shell"]),
        ("consent = ['git']", &["--root", "ROOT", "--allow", "git"]),
        ("[grants]\nenv = ['HOME']", &["--host", "imp", "--allow", "env=HOME"]),
    ] {
        let (status, stderr) = said(policy, options);
        let allow = options[3];
        let why = format!("--allow {allow} has no effect: the policy allows it already");
        assert_eq!(status, 2, "{policy} {options:?}: {stderr}");
        assert!(stderr.contains(&why), "{policy} {options:?}: {stderr}");
    }
}

#[test]
fn rules_with_an_effect_are_none() {
    let root: &[&str] = &["--root", "ROOT"];
    let imp: &[&str] = &["--host", "imp"];
    let more: &[&str] = &["--root", "ROOT", "--allow", "write,shell,git"];
    for (policy, options) in [
        ("[rate]\nread_only = { calls = 1 }", root),
        ("[rate]\nread_only = { calls = 1 }\nprivileged = { calls = 2 }", imp),
        ("[rate]\nwrite = { calls = 1 }\nexecute = { calls = 1 }", more),
        ("consent = ['write_file']\n[rate]\nwrite = { calls = 1 }", root),
        ("[tiers]\nglob = 'write'\n[rate]\nwrite = { calls = 1 }", more),
        ("tier = 'write'\nrequires_consent = ['delete_file']\nconsent = ['delete_file']", root),
        ("requires_consent = ['glob']\nconsent = ['glob']", root),
        // What needs consent and has none is refused in other words.
        ("requires_consent = ['delete_file', 'glob']", root),
        ("tier = 'execute'\nrequires_consent = ['shell']", &["--root", "ROOT", "--allow", "shell"]),
        ("tier = 'write'", &["--root", "ROOT", "--allow", "git"]),
        ("[tiers]\nshell = 'privileged'", &["--root", "ROOT", "--allow", "shell"]),
        ("[rate_of]\nhelp = { calls = 2 }", root),
        ("[tiers]\n'imp.exec' = 'read_only'\n[grants]\ncommands = ['ls']", imp),
        ("[rate_of]\n'tools.greet' = { calls = 2 }", imp),
    ] {
        let (status, stderr) = said(policy, options);
        assert_eq!((status, stderr.as_str()), (0, ""), "{policy} {options:?}");
    }
}

/// A log that the policy asks for is written whatever else is.
#[test]
fn logs_of_the_policy_and_of_the_command_are_both_written() {
    let (folder, root, file) = folder("");
    let name = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (of_policy, of_command) = (name("policy.jsonl"), name("command.jsonl"));
    fs::write(&file, format!("[audit]\nfile = '{of_policy}'\nlog_violations = false")).unwrap();
    let code = "return jido.is_file('a.txt'), (jido.write_file('b', 'x'))";
    let line = ["eval", "--root", &root, "--policy", &file];
    let entries = |log: &str| fs::read_to_string(log).unwrap().lines().count();
    let ran = moonfuel(&[&line[..], &["--audit", &of_command, code]].concat());
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "[true,null]\n"), "{}", ran.stderr);
    assert_eq!((entries(&of_policy), entries(&of_command)), (1, 1));
    let ran = moonfuel(&[&line[..], &["--audit", &of_policy, code]].concat());
    assert_eq!((ran.status, entries(&of_policy)), (0, 2), "each entry once: {}", ran.stderr);
}

#[test]
fn options_that_mean_nothing_to_a_command_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("s.lua");
    fs::write(&script, "return 1").unwrap();
    let script = script.to_str().unwrap();
    for (line, why) in [
        (&["repl", "--decode", "all"][..], "--decode has no effect on a prompt"),
        (&["repl", "--cover"], "--cover has no effect on a prompt"),
        (&["repl", "--profile-out", "x"], "--profile-out has no effect on a prompt"),
        (
            &["repl", "--restore", "x", "--args", "1"],
            "--args has no effect on a session that begins",
        ),
        (
            &["repl", "--restore", "x", "--seed", "1"],
            "--seed has no effect on a session that begins",
        ),
        (&["run", "--decode", "all", script], "--decode has no effect on what run prints"),
        (&["check", "--args", "1", script], "--args has no effect where nothing is run"),
        (&["check", "--seed", "0", script], "--seed has no effect where nothing is run"),
    ] {
        let ran = moonfuel(line);
        assert_eq!(ran.status, 2, "{line:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(why), "{line:?}: {}", ran.stderr);
    }
    let ran = moonfuel(&["run", "--decode", "first", "--json", script]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
}

/// A policy says what a function asks for, and so what it takes to run programs.
#[test]
fn tiers_of_the_policy_are_those_of_the_functions() {
    let (_folder, _, file) = folder("[tiers]\n'imp.exec' = 'read_only'");
    let code = "return imp.exec('echo', {'hi'}).stdout";
    let ran = moonfuel(&["eval", "--host", "imp", "--policy", &file, code]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "[\"hi\\n\"]\n"), "{}", ran.stderr);
    let (_folder, _, file) = folder("tier = 'execute'\n[tiers]\n'imp.exec' = 'privileged'");
    let ran = moonfuel(&["eval", "--host", "imp", "--policy", &file, code]);
    assert!(ran.stderr.contains("imp.exec needs the tier privileged"), "{}", ran.stderr);
}
