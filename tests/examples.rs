//! Every example does what its first lines say.

#![allow(clippy::unwrap_used, reason = "a test may stop, and says what it skipped")]
#![cfg(feature = "cli")]

use std::process::Command;

#[path = "../examples/agent.rs"]
mod agent;
#[path = "../examples/embed.rs"]
mod embed;
#[path = "../examples/tool_host.rs"]
mod tool_host;

/// Runs the command in the project's directory: status, output, messages.
fn moonfuel(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_moonfuel"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn agent() {
    let mut users = std::collections::BTreeMap::new();
    let mut run = |user: &str, script: &str| agent::run(&mut users, user, script).unwrap();
    assert_eq!(run("ann", "return kv.swap('a', {1})").json().unwrap(), "[null]");
    assert_eq!(run("bob", "return kv.swap('a', 2)").json().unwrap(), "[null]");
    assert_eq!(run("ann", "return kv.swap('a', nil)").json().unwrap(), "[[1]]");
    let fetched = run("ann", "c = counter() return fetch('x'), select(2, pcall(pay, 7)).cents");
    assert_eq!(fetched.json().unwrap(), r#"["the page at x",7]"#);
    let asked = run("ann", "return c:add(41), ask('who', function(q) return q .. c:add() end)");
    assert_eq!(asked.json().unwrap(), r#"[41,"who?42!"]"#);
    let error = run("ann", "kv.swap({})").json().unwrap_err().to_string();
    assert_eq!(error, "agent:1: bad argument #1 to 'swap' (string expected, got table)");
    let slow = run("ann", "while true do pcall(render, 1000) end");
    assert_eq!(slow.outcome, moonfuel::Outcome::Deadline);
    assert_eq!(run("ann", "return render(2)").json().unwrap(), r#"["2 pages"]"#);
}

#[test]
fn embed() {
    assert_eq!(embed::hello().unwrap(), r#"[42,{"name":"moon"}]"#);
    assert_eq!(embed::with_a_host_function().unwrap(), ("apples cost 60\n".to_owned(), 1));
    assert_eq!(embed::runaway().unwrap(), (moonfuel::Outcome::OutOfFuel, 1_000_000));
}

#[test]
fn tool_host() {
    use moonfuel::Outcome;
    let (count, fuel) = tool_host::words().unwrap();
    assert_eq!(count, "[200000]");
    assert!(fuel > 800_000 / 8, "{fuel}");
    let (report, said) = tool_host::in_time(std::time::Duration::from_millis(30)).unwrap();
    assert_eq!((report.outcome, said.as_slice()), (Outcome::Deadline, b"asking\n".as_slice()));
    assert_eq!(report.place.unwrap().line, Some(2));
    assert_eq!(tool_host::cancelled().unwrap(), Outcome::Cancelled);
}

#[test]
fn limits() {
    let (status, stdout, stderr) = moonfuel(&["run", "--fuel", "50M", "examples/limits.lua"]);
    assert_eq!(
        stdout,
        "1 GiB in one string:\tfalse\tnot enough memory\n\
         and bit by bit:\tfalse\tnot enough memory\n\
         endless recursion:\tfalse\tstack overflow\n\
         and now a loop without end\n"
    );
    assert!(
        stderr.starts_with(
            "moonfuel: examples/limits.lua:25: out of fuel: all 50000000 units are used \
             (raise with --fuel N)\n 25 |     xpcall(function() while true do end end"
        ),
        "{stderr}"
    );
    assert_eq!(status, 4);
}

#[test]
fn transform() {
    let result = |args: &[&str]| -> serde_json::Value {
        let (status, stdout, stderr) = moonfuel(args);
        assert_eq!((status, stderr.as_str()), (0, ""));
        serde_json::from_str(&stdout).unwrap()
    };
    let own = result(&["run", "--json", "examples/transform.lua"]);
    assert_eq!(own["output"], "transformed 3 people\n");
    assert_eq!(
        own["values"][0].to_string(),
        "{\"count\":3,\"average_age\":30.0,\"people\":[\
         {\"id\":1,\"name\":\"ALICE\",\"age_group\":\"adult\",\"info\":\"Alice is 30 years old\"},\
         {\"id\":2,\"name\":\"BOB\",\"age_group\":\"young\",\"info\":\"Bob is 25 years old\"},\
         {\"id\":3,\"name\":\"CHARLIE\",\"age_group\":\"adult\",\"info\":\"Charlie is 35 years old\"}],\
         \"by_tag\":{\"admin\":[\"Alice\"],\"ops\":[\"Alice\",\"Charlie\"]}}"
    );
    let args = r#"{"people":[{"name":"Ada","age":36}],"adult_from":18}"#;
    let given = result(&["run", "--json", "--args", args, "examples/transform.lua"]);
    assert_eq!(given["values"][0]["count"], 1);
    assert_eq!(given["values"][0]["people"][0]["name"], "ADA");
}

#[test]
fn project_report() {
    let args = ["run", "--root", ".", "examples/project_report.lua", "examples"];
    let (status, stdout, stderr) = moonfuel(&args);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let rows: Vec<_> = stdout.lines().map(words).collect();
    assert_eq!(rows[0], ["extension", "files", "lines"]);
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples")).unwrap();
    assert_eq!(rows.last().unwrap()[..2], ["total".to_owned(), files.count().to_string()]);
    assert!(rows.iter().any(|row| row[..2] == ["lua", "3"]), "{stdout}");
}
