//! Names that are near, and names that are not.

use super::nearest;

#[test]
fn what_is_near_is_found_and_what_is_not_is_not() {
    let names = ["read_file", "write_file", "glob", "git", "is_dir"];
    for (written, want) in [
        ("reed_file", Some("read_file")),
        ("raed_file", Some("read_file")),
        ("wirte_fil", Some("write_file")),
        ("glo", Some("glob")),
        ("gti", Some("git")),
        ("isdir", Some("is_dir")),
        ("remove", None),
        ("", None),
    ] {
        assert_eq!(nearest(written, names), want, "{written}");
    }
}
