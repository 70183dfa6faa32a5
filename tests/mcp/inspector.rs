//! The inspector's command line, where it is installed and has a Node.js that is new enough.

use std::io::Write;
use std::process::{Command, Output};

/// Runs the inspector; nothing, if there is none.
fn inspector(args: &[&str]) -> Option<Output> {
    let name = std::env::var_os("MCP_INSPECTOR").unwrap_or_else(|| "mcp-inspector".into());
    Command::new(name).arg("--cli").args(args).output().ok()
}

/// Returns why it cannot be tried.
fn missing() -> Option<String> {
    let version = |output: &Output| String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let Ok(node) = Command::new("node").arg("--version").output() else {
        return Some("there is no node".to_owned());
    };
    let node = version(&node);
    let major = node.trim_start_matches('v').split('.').next().and_then(|n| n.parse::<u32>().ok());
    if major.is_none_or(|major| major < 22) {
        return Some(format!("node is {node}, and 22 is needed"));
    }
    match inspector(&["--version"]) {
        Some(output) if version(&output).starts_with(|c| ('2'..='9').contains(&c)) => None,
        _ => {
            Some("there is no mcp-inspector 2 (npm install @modelcontextprotocol/inspector)".into())
        }
    }
}

#[test]
fn the_inspector_finds_nothing_wrong_in_either_era() {
    if let Some(why) = missing() {
        // Past the test's own output, which nobody sees when it is well.
        let text = format!("skipped: the inspector is not tried, since {why}\n");
        std::io::stderr().write_all(text.as_bytes()).unwrap();
        return;
    }
    let server = [env!("CARGO_BIN_EXE_moonfuel"), "mcp"];
    let inspect = |more: &[&str]| {
        let output = inspector(&[&server, more].concat()).unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        (String::from_utf8(output.stdout).unwrap(), said)
    };
    for era in ["legacy", "modern"] {
        let list = ["--protocol-era", era, "--method", "tools/list", "--strict"];
        let (listed, said) = inspect(&list);
        assert!(listed.contains("\"lua_execute\""), "{listed}");
        assert!(!said.contains("tool \"lua_"), "{said}");
        let call = ["--protocol-era", era, "--method", "tools/call", "--tool-name", "lua_execute"];
        let (called, _) = inspect(&[&call[..], &["--tool-arg", "script=return 6 * 7"]].concat());
        assert!(called.contains("\"status\": \"done\"") && called.contains("42"), "{called}");
        let read = ["--protocol-era", era, "--method", "resources/read", "--uri", "moonfuel://api"];
        assert!(inspect(&read).0.contains("json.encode"), "{era}");
    }
}
