//! Tests of `mcp::budget`.

use super::*;
use serde_json::json;

#[test]
fn what_fits_stays() {
    let value = json!([1, "two", {"three": [3.0, null]}]);
    let size = value.to_string().len() + 8;
    assert_eq!(cut(value.clone(), size), (value, false));
}

#[test]
fn what_is_cut_is_json_within_its_budget() {
    let value = json!([{"a": "é\"\n".repeat(50), "b": [1, 2, 3]}, vec!["x"; 1000], 5]);
    for budget in 0..3000 {
        let (part, is_cut) = cut(value.clone(), budget);
        let text = part.to_string();
        // Closing brackets, and one item that had begun, may pass it.
        assert!(text.len() <= budget + 24, "{budget}: {}", text.len());
        assert_eq!(is_cut, part != value, "{budget}");
    }
}

#[test]
fn texts_are_cut_between_characters() {
    assert_eq!(cut_text("ééé".to_owned(), 6), ("ééé".to_owned(), false));
    assert_eq!(cut_text("ééé".to_owned(), 5), ("é…".to_owned(), true));
    assert_eq!(cut_text("\n\n\n".to_owned(), 5), ("\n…".to_owned(), true));
}

#[test]
fn lists_lose_items_and_errors_keep_their_fields() {
    let items: Vec<Value> = (0..10).map(|n| json!({"n": n})).collect();
    assert_eq!(first(items.clone(), 1000), (items.clone(), false));
    assert_eq!(first(items.clone(), 20), (items[..2].to_vec(), true));
    assert_eq!(first(items, 0), (Vec::new(), true));

    let small = json!({"kind": "runtime", "message": "no", "line": 1, "traceback": "here"});
    assert_eq!(cut_error(small.clone(), 100), (small, false));
    let long = "m".repeat(500);
    let large = json!({"kind": "k", "message": long, "value": [long, long], "traceback": long});
    let (kept, is_cut) = cut_error(large, 100);
    assert!(is_cut && kept.to_string().len() < 300, "{kept}");
    let fields: Vec<&String> = kept.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["kind", "message", "value", "traceback"]);
}

#[test]
fn a_name_is_repeated_as_far_as_one_looks_at_it() {
    assert_eq!(short("s-1"), "s-1");
    let long = short(&"é".repeat(1 << 20));
    assert_eq!(long.chars().count(), 101);
    assert!(long.ends_with("é…"));
}
