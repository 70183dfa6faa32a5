//! Tools that are called with named arguments.

use super::hosts::folder;
use super::*;

/// In Lua what follows the arguments of a program needs them to be there; by name each is given
/// or not.
#[test]
fn what_may_be_left_out_is_left_out_by_name_wherever_it_stands() {
    let (_folder, root, _) = folder("");
    let call = |name: &str, arguments: &str| {
        moonfuel(&["tool", "--root", &root, "--allow", "shell,git", name, arguments])
    };
    for arguments in [
        r#"{"command":"ls"}"#,
        r#"{"command":"ls","opts":{"timeout":5000}}"#,
        r#"{"command":"ls","args":null,"opts":{"timeout":5000}}"#,
        r#"{"command":"ls","args":[],"opts":null}"#,
    ] {
        let ran = call("jido.shell", arguments);
        let want = "{\"exit_code\":0,\"stdout\":\"a.txt\\n\",\"stderr\":\"\"}\n";
        assert_eq!((ran.stdout.as_str(), ran.status), (want, 0), "{arguments}: {}", ran.stderr);
    }
    let ran = call("jido.git", r#"{"subcommand":"gc","opts":{"timeout":5000}}"#);
    assert_eq!(ran.stderr, "moonfuel: git subcommand 'gc' is not allowed\n");
    // What must be there is missing all the same.
    let ran = call("jido.shell", r#"{"args":["a"]}"#);
    let why = "moonfuel: shell requires a command string and optional args array\n";
    assert_eq!((ran.stderr.as_str(), ran.status), (why, 1));
}
