//! Texts at the limit, beyond it, and none at all.

use super::{AROUND, MAX_DEPTH, depth, read_foreign};
use serde_json::Value;

fn nested(levels: usize) -> String {
    "[".repeat(levels) + &"]".repeat(levels)
}

#[test]
fn texts_are_read_as_deep_as_values_may_cross() {
    let most = MAX_DEPTH + AROUND;
    for depth in [1, 127, 128, 129, most] {
        assert!(read_foreign::<Value>(nested(depth).as_bytes()).is_ok(), "{depth}");
    }
    for depth in [most + 1, 1_000_000] {
        let error = read_foreign::<Value>(nested(depth).as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "nested deeper than 128 levels");
    }
    // What never ends, and what something follows, are no JSON.
    assert!(read_foreign::<Value>("[".repeat(100).as_bytes()).is_err());
    assert!(read_foreign::<Value>(b"[] []").is_err());
    assert_eq!(read_foreign::<Value>(b" [1] ").unwrap(), serde_json::json!([1]));
}

#[test]
fn brackets_in_strings_are_no_levels() {
    for (text, levels) in [
        (r#""[[[[""#, 0),
        (r#"["\"[[", {"[": "\\"}]"#, 2),
        (r#"{"a\\\"[": [[]]}"#, 3),
        ("]]]][[", 2),
        ("", 0),
    ] {
        assert_eq!(depth(text.as_bytes()), levels, "{text}");
    }
}
