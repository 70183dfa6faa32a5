//! The command's own files below the root: logs of calls, traces, policies.

use super::moonfuel;
use std::fs;

/// What a script has done is not for it to take out of the log, nor what it may do for it to say.
#[test]
fn logs_traces_and_policies_below_the_root_are_no_scripts_to_change() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap().to_owned();
    let log = folder.path().join("calls.jsonl");
    let policy = folder.path().join("policy.toml");
    fs::write(&policy, format!("tier = 'write'\n[audit]\nfile = '{}'\n", log.display())).unwrap();
    let code = "return {jido.read_file('calls.jsonl')}, {jido.write_file('calls.jsonl', '')},
        {jido.delete_file('./calls.jsonl')}, {jido.edit_file('calls.jsonl', 'id', 'x')}";
    for (option, value) in
        [("--audit", log.to_str().unwrap()), ("--policy", policy.to_str().unwrap())]
    {
        let line = ["eval", "--root", &root, option, value, "--allow", "write", code];
        let given =
            if option == "--policy" { [&line[..5], &line[7..]].concat() } else { line.to_vec() };
        let ran = moonfuel(&given);
        assert_eq!(ran.stdout.matches("protected_settings_file").count(), 4, "{}", ran.stdout);
        assert_eq!(fs::read_to_string(&log).unwrap().lines().count(), 4);
        fs::remove_file(&log).unwrap();
    }
    let before = fs::read(&policy).unwrap();
    let code = "return {jido.write_file('policy.toml', \"tier = 'privileged'\")},
        {jido.delete_file('policy.toml')}";
    let ran = moonfuel(&["eval", "--root", &root, "--policy", policy.to_str().unwrap(), code]);
    assert_eq!(ran.stdout.matches("protected_settings_file").count(), 2, "{}", ran.stdout);
    assert_eq!(fs::read(&policy).unwrap(), before);
    // Wherever else a file is called so, it is one like any other.
    let trace = folder.path().join("t.jsonl");
    let trace = trace.to_str().unwrap();
    let code = "print(jido.delete_file('t.jsonl')) print(jido.write_file('T.jsonl', ''))
        print(jido.write_file('a/t.jsonl', 'x'))";
    let refused = |ran: &super::Ran| {
        assert_eq!(ran.stdout.matches("protected_settings_file").count(), 2, "{}", ran.stdout);
        assert!(ran.stdout.ends_with("\ntrue\n"), "{}", ran.stdout);
    };
    let script = folder.path().join("s.lua");
    fs::write(&script, code).unwrap();
    let script = script.to_str().unwrap();
    refused(&moonfuel(&["run", "--root", &root, "--allow", "write", "--record", trace, script]));
    let replayed = moonfuel(&["replay", trace]);
    assert_eq!(replayed.status, 0, "{}", replayed.stderr);
    // Nor where a trace is gone on with.
    let whole = fs::read_to_string(trace).unwrap();
    let cut: String = whole.split_inclusive('\n').take(2).collect();
    fs::write(trace, &cut).unwrap();
    refused(&moonfuel(&["replay", "--resume", "--root", &root, "--allow", "write", trace]));
}
