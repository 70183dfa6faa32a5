//! Types as hosts write them.

use super::is_union;

#[test]
fn what_is_several_types_is_told_from_lists_of_several() {
    for kind in ["string|string[]", "{a: 1} | string", "nil | (string|number)[]"] {
        assert!(is_union(kind), "{kind}");
    }
    for kind in ["(string|number)[]", "{type: \"file\"|\"directory\"}[]", "string", ""] {
        assert!(!is_union(kind), "{kind}");
    }
}
