//! The first call that the documents show: asked and answered as printed.

use super::client::server;
use serde_json::Value;
use std::io::Write;
use std::process::Stdio;

/// The pairs of a request and its answer in a document.
fn conversations(name: &str) -> Vec<(String, Value)> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("```jsonl\n").skip(1).filter_map(|rest| rest.split("```").next());
    let pair = |block: &str| {
        let (request, answer) = block.trim().split_once('\n')?;
        let answer = serde_json::from_str(answer).ok()?;
        request.contains("\"method\"").then(|| (request.to_owned(), answer))
    };
    blocks.filter_map(pair).collect()
}

#[test]
fn the_first_call_is_answered_as_printed() {
    let all = [conversations("docs/mcp.md"), conversations("README.md")].concat();
    assert!(!all.is_empty());
    for (request, expected) in all {
        let mut child = server(&[])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(format!("{request}\n").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer, expected, "{request}");
    }
}
