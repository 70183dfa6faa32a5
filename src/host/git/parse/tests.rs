//! What is read out of git's output.

use super::{parse_diff, parse_status};
use serde_json::{Value, json};

fn files(output: &str) -> Value {
    parse_diff(output.as_bytes()).to_json().unwrap()["files"].clone()
}

#[test]
fn names_between_quotes_are_read_as_they_are() {
    let changes = "diff --git a/x b.txt b/x b.txt\n\
                   diff --git \"a/sub/\\303\\251.txt\" \"b/sub/\\303\\251.txt\"\n\
                   diff --git \"a/t\\tq\\\"\\\\\" b/new\n\
                   diff --git a/old \"b/\\303\\251\"\n\
                   diff --git \"a/no end\n\
                   diff --git \"x/y\" \"b/y\"\n";
    let paths = ["x b.txt", "sub/é.txt", "t\tq\"\\", "old"];
    assert_eq!(files(changes), json!(paths.map(|path| json!({"path": path}))));
    let stat = " \"sub/\\303\\251.txt\" | 3 ++-\n a => \"b\"          | 0\n";
    let numbers = "2\t1\t\"sub/\\303\\251.txt\"\n0\t0\ta => \"b\"\n";
    let counted = json!([
        {"path": "sub/é.txt", "additions": 2, "deletions": 1},
        {"path": "a => \"b\"", "additions": 0, "deletions": 0},
    ]);
    assert_eq!(files(stat), counted);
    assert_eq!(files(numbers), counted);
}

#[test]
fn an_old_name_is_no_entry() {
    for (output, staged, unstaged) in [
        ("R  new\0MM old\0A  other\0", json!(["new", "other"]), json!([])),
        // Of a name that was only announced.
        (" R new\0MM old\0", json!([]), json!(["new"])),
    ] {
        let status = parse_status(output.as_bytes()).to_json().unwrap();
        assert_eq!((&status["staged"], &status["unstaged"]), (&staged, &unstaged), "{output:?}");
    }
}
