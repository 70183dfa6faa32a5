//! How much calls bring together.

use super::{CALL, Load, MOST};
use serde_json::{Value, json};

fn arguments(value: Value) -> serde_json::Map<String, Value> {
    serde_json::Map::from_iter([("script".to_owned(), value)])
}

#[test]
fn calls_bring_no_more_at_once_than_is_kept() {
    let load = Load::default();
    let half = arguments("x".repeat(MOST / 2).into());
    let first = load.take(Some(&half), None).unwrap();
    assert!(load.take(Some(&half), None).is_none());
    assert!(load.take(None, Some(&"x".repeat(MOST / 2))).is_none());
    let small = load.take(Some(&arguments(json!([1, {"a": "b"}]))), None).unwrap();
    drop(first);
    let second = load.take(Some(&half), None).unwrap();
    drop((second, small));
    // What was refused has left nothing behind, and one alone may be as large as it likes.
    let all = load.take(Some(&arguments("x".repeat(MOST).into())), None).unwrap();
    assert!(load.take(None, None).is_none());
    drop(all);
    let many: Vec<_> = std::iter::repeat_with(|| load.take(None, None)).take(MOST / CALL).collect();
    assert!(many.iter().all(Option::is_some) && load.take(None, None).is_none());
}
