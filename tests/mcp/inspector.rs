//! The inspector's command line, where there is a Node.js that is new enough for it.

use std::process::Command;

/// Returns why it cannot be tried.
fn missing() -> Option<String> {
    let node = Command::new("node").arg("--version").output();
    let Ok(node) = node else { return Some("there is no node".to_owned()) };
    let version = String::from_utf8_lossy(&node.stdout).trim().to_owned();
    let major: u32 = version.trim_start_matches('v').split('.').next()?.parse().ok()?;
    if major < 22 {
        return Some(format!("node is {version}, and 22 is needed"));
    }
    let found = Command::new("npx")
        .args(["--no-install", "@modelcontextprotocol/inspector", "--help"])
        .output();
    match found {
        Ok(output) if output.status.success() => None,
        _ => Some("npx has no @modelcontextprotocol/inspector (npm install -g it)".to_owned()),
    }
}

#[test]
fn the_inspector_lists_and_calls() {
    if let Some(why) = missing() {
        eprintln!("skipped: the inspector is not tried, since {why}");
        return;
    }
    let inspect = |more: &[&str]| {
        let output = Command::new("npx")
            .args(["--no-install", "@modelcontextprotocol/inspector", "--cli"])
            .args([env!("CARGO_BIN_EXE_moonfuel"), "mcp", "--"])
            .args(more)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(inspect(&["--method", "tools/list"]).contains("lua_execute"));
    let called = inspect(&[
        "--method",
        "tools/call",
        "--tool-name",
        "lua_execute",
        "--tool-arg",
        "code=return 6 * 7",
    ]);
    assert!(called.contains("42"), "{called}");
}
