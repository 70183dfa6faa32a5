//! Which lines are answered, with which code and id.

use super::{Arrival, LONGEST, MOST_IN_BATCH, Refusal, arrival, id_of, screen, too_long};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// What is answered to a line: code and id.
fn answer(line: &str) -> Option<(i64, Value)> {
    match arrival(line.as_bytes()) {
        Some(Arrival::Refused(refusal)) => Some(shown(&refusal)),
        _ => None,
    }
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
        (&format!("[1{}]", ",1".repeat(MOST_IN_BATCH)), -32600, json!(null)),
        (&format!("[1{}", ",1".repeat(MOST_IN_BATCH)), -32700, json!(null)),
        ("5", -32600, json!(null)),
        ("{}", -32600, json!(null)),
        (r#"{"jsonrpc":"2.0","id":3}"#, -32600, json!(3)),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600, json!(null)),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600, json!(null)),
        (r#"{"id":1,"method":"tools/list"}"#, -32600, json!(1)),
        (r#"{"jsonrpc":"1.0","id":1,"method":"tools/list"}"#, -32600, json!(1)),
        (r#"{"jsonrpc":"2.0","id":1,"method":5}"#, -32600, json!(1)),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[1]}"#, -32600, json!(1)),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":5}}"#, -32602, json!(1)),
    ] {
        assert_eq!(answer(line), Some((code, id)), "{line}");
    }
    let not_text = [br#"{"id":4,"s":""#.as_slice(), b"\xff\"}"].concat();
    let Some(Arrival::Refused(refusal)) = arrival(&not_text) else { panic!("it is taken") };
    assert_eq!(shown(&refusal), (-32700, json!(4)));
}

#[test]
fn params_are_told_which_field_is_wrong() {
    for (method, params, why) in [
        ("tools/call", json!({"name": 5}), "params.name: expected a string"),
        ("tools/call", json!({}), "params.name: expected a string"),
        (
            "tools/call",
            json!({"name": "a", "arguments": []}),
            "params.arguments: expected an object",
        ),
        (
            "tools/call",
            json!({"name": "a", "inputResponses": []}),
            "params.inputResponses: expected an object",
        ),
        (
            "tools/call",
            json!({"name": "a", "requestState": {}}),
            "params.requestState: expected a string",
        ),
        ("tools/call", json!({"name": "a", "_meta": 1}), "params._meta: expected an object"),
        (
            "tools/list",
            json!({"cursor": 1}),
            "params.cursor: expected none, for all is on one page",
        ),
        (
            "resources/list",
            json!({"cursor": "abc"}),
            "params.cursor: expected none, for all is on one page",
        ),
        ("resources/read", json!({}), "params.uri: expected a string"),
        ("initialize", json!({}), "params.protocolVersion: expected a string"),
        ("tasks/get", json!({}), "params.taskId: expected a string"),
        (
            "tasks/update",
            json!({"taskId": "a", "inputResponses": []}),
            "params.inputResponses: expected an object",
        ),
    ] {
        let line = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let line = line.to_string();
        assert_eq!(answer(&line), Some((-32602, json!(1))), "{line}");
        let Some(Arrival::Refused(refusal)) = arrival(line.as_bytes()) else { panic!("{line}") };
        let text = serde_json::to_value(&refusal).unwrap()["error"]["message"].clone();
        assert_eq!(text, format!("{method}: {why}"));
    }
    for params in [json!({"name": "a", "arguments": null}), json!({"name": "a", "_meta": {}})] {
        let line = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
        assert!(matches!(arrival(line.to_string().as_bytes()), Some(Arrival::Message(_))));
    }
}

#[test]
fn a_batch_is_read_one_by_one() {
    let line = br#"[{"jsonrpc":"2.0","id":1,"method":"ping"}, 5, {"jsonrpc":"2.0","method":"notifications/no"}, []]"#;
    let Some(Arrival::Batch(all)) = arrival(line) else { panic!("no batch") };
    let kinds: Vec<&str> = all
        .iter()
        .map(|one| match one {
            Arrival::Message(_) => "message",
            Arrival::Refused(_) => "refused",
            Arrival::Batch(_) => "batch",
        })
        .collect();
    assert_eq!(kinds, ["message", "refused", "message", "refused"]);
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
    let (to, mut arrived) = mpsc::channel(4);
    screen(input.as_slice(), to).await;
    let Some(Arrival::Refused(refusal)) = arrived.recv().await else { panic!("it is taken") };
    assert_eq!(shown(&refusal), (-32600, json!(1)));
    assert!(matches!(arrived.recv().await, Some(Arrival::Message(_))));
    assert!(arrived.recv().await.is_none());
}

#[test]
fn an_id_that_the_cut_goes_through_is_none() {
    for (line, id) in [
        (r#"{"id":12"#, json!(null)),
        (r#"{"id":12 "#, json!(12)),
        (r#"{"id":12,"#, json!(12)),
        (r#"{"id":"a"#, json!(null)),
        (r#"{"id":"a""#, json!("a")),
    ] {
        let Arrival::Refused(refusal) = too_long(line.as_bytes()) else { panic!("it is taken") };
        assert_eq!(shown(&refusal), (-32600, id), "{line}");
    }
}

#[tokio::test]
async fn a_byte_order_mark_is_read_past_where_the_input_begins() {
    let line = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n";
    let input = format!("\u{feff}{line}{line}\u{feff}{line}");
    let (to, mut arrived) = mpsc::channel(4);
    screen(input.as_bytes(), to).await;
    assert!(matches!(arrived.recv().await, Some(Arrival::Message(_))));
    assert!(matches!(arrived.recv().await, Some(Arrival::Message(_))));
    let Some(Arrival::Refused(refusal)) = arrived.recv().await else { panic!("it is taken") };
    assert_eq!(shown(&refusal), (-32700, json!(1)));
    assert!(arrived.recv().await.is_none());
}

#[test]
fn what_is_wrong_with_a_hello_is_said() {
    let said = |info: Value, capabilities: Value| {
        let params = json!({
            "protocolVersion": "2025-06-18", "clientInfo": info, "capabilities": capabilities
        });
        let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
        match arrival(hello.to_string().as_bytes()) {
            Some(Arrival::Refused(refusal)) => {
                let answer = serde_json::to_value(&*refusal).unwrap();
                answer["error"]["message"].as_str().unwrap().to_owned()
            }
            _ => String::new(),
        }
    };
    let whole = json!({"name": "x", "version": "1"});
    assert_eq!(said(whole.clone(), json!({})), "");
    let not = "initialize: the params are not those of this method: ";
    assert_eq!(said(json!({"name": "x"}), json!({})), format!("{not}missing field `version`"));
    let told = said(whole, json!({"sampling": 5}));
    assert!(told.starts_with(&format!("{not}invalid type: integer `5`")), "{told}");
}
