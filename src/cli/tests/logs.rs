//! The command's own files below the root: logs of calls, policies.

use super::moonfuel;
use std::fs;

/// What a script has done is not for it to take out of the log, nor what it may do for it to say.
#[test]
fn a_log_or_a_policy_below_the_root_is_no_scripts_to_change() {
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
}
