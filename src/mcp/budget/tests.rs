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
