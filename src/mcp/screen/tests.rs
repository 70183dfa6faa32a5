//! Which lines are answered, with which code and id.

use super::{LONGEST, Refusal, id_of, refusal, screen};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;

/// What is answered to a line: code and id.
fn answer(line: &str) -> Option<(i64, Value)> {
    refusal(line.as_bytes()).as_ref().map(shown)
}

fn shown(refusal: &Refusal) -> (i64, Value) {
    let answer = serde_json::to_value(refusal).unwrap();
    assert!(answer["error"]["message"].as_str().is_some_and(|text| !text.is_empty()));
    (answer["error"]["code"].as_i64().unwrap(), answer["id"].clone())
}

#[test]
fn what_is_a_message_is_passed_on() {
    for line in [
        "",
        "  \r\n",
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
        r#"{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"n","arguments":{"id":[]}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"of/others","params":{"x":1}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/none","params":{}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
    ] {
        assert_eq!(answer(line), None, "{line}");
    }
}

#[test]
fn what_is_none_is_answered_with_its_id() {
    let nested = format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{}1{}}}"#,
        "[".repeat(200),
        "]".repeat(200)
    );
    for (line, code, id) in [
        ("not json", -32700, json!(null)),
        (r#"{"jsonrpc":"2.0","id":3,"method":"tools/list""#, -32700, json!(3)),
        (r#"{"jsonrpc":"2.0","id":3,"params":{"n":1e400}}"#, -32700, json!(3)),
        (r#"{"params":{"id":1,"s":"\ud800"},"id":"x"}"#, -32700, json!("x")),
        (&nested, -32700, json!(7)),
        ("[]", -32600, json!(null)),
        (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, -32600, json!(null)),
        (r#"{"id":1,"method":"tools/list"}"#, -32600, json!(1)),
        (r#"{"jsonrpc":"1.0","id":1,"method":"tools/list"}"#, -32600, json!(1)),
        (r#"{"jsonrpc":"2.0","id":1,"method":5}"#, -32600, json!(1)),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[1]}"#, -32600, json!(1)),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":5}}"#, -32602, json!(1)),
    ] {
        assert_eq!(answer(line), Some((code, id)), "{line}");
    }
    let not_text = [br#"{"id":4,"s":""#.as_slice(), b"\xff\"}"].concat();
    assert_eq!(shown(&refusal(&not_text).unwrap()), (-32700, json!(4)));
}

#[test]
fn the_id_is_that_of_the_outermost_object() {
    for (text, id) in [
        (r#"{"id":1"#, json!(1)),
        (r#"{ "x" : "\"id\":2" , "id" : "a" , "#, json!("a")),
        (r#"{"x":{"id":1}"#, json!(null)),
        (r#"{"x":"id","y":2"#, json!(null)),
        (r#"["id",1]"#, json!(null)),
        (r#"["x","id":1]"#, json!(1)),
        (r#"{"id":1.5}"#, json!(null)),
        (r#"{"id":{}}"#, json!(null)),
        (r#"}{"id":1}"#, json!(null)),
        (r#"{"x":"never ends, "id":1}"#, json!(null)),
        (r#"{"x\"#, json!(null)),
    ] {
        let found = serde_json::to_value(id_of(text.as_bytes())).unwrap();
        assert_eq!(found, id, "{text}");
    }
}

#[tokio::test]
async fn a_message_that_is_too_long_is_answered_and_the_next_one_passed_on() {
    let good = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}\n";
    let mut input = br#"{"jsonrpc":"2.0","id":1,"method":"x","params":{"s":""#.to_vec();
    input.resize(LONGEST + 100, b'x');
    input.push(b'\n');
    input.extend_from_slice(good.as_bytes());
    input.extend_from_slice(b"{\"is cut\":");
    let (to, mut passed) = tokio::io::duplex(1024);
    let (refusals, mut refused) = mpsc::channel(4);
    screen(input.as_slice(), to, refusals).await;
    let mut text = String::new();
    passed.read_to_string(&mut text).await.unwrap();
    assert_eq!(text.trim(), good.trim());
    assert_eq!(shown(&refused.recv().await.unwrap()), (-32600, json!(1)));
    assert!(refused.recv().await.is_none());
}
