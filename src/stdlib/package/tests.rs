//! Paths with and without the environment's.

use super::path::{replace, with_default};

#[test]
fn the_default_goes_where_two_separators_are() {
    for (path, expected) in [
        ("a;b", "a;b"),
        (";;", "D"),
        ("a;;", "a;D"),
        (";;b", "D;b"),
        ("a;;b", "a;D;b"),
        ("a;;b;;c", "a;D;b;;c"),
        ("", ""),
    ] {
        let found = with_default(path.as_bytes(), b"D");
        assert_eq!(String::from_utf8_lossy(&found), expected, "{path}");
    }
}

#[test]
fn every_mark_is_replaced() {
    assert_eq!(replace(b"?/?.lua;x", b"?", b"a/b"), b"a/b/a/b.lua;x");
    assert_eq!(replace(b"aaa", b"aa", b"b"), b"ba");
    assert_eq!(replace(b"x", b"", b"y"), b"x");
}
