//! Names that are near, and names that are not.

use super::{nearest, nearest_function};

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

#[test]
fn the_only_function_with_the_words_that_were_written_was_meant() {
    let names = ["read_file", "todo_read", "file_exists", "list_dir", "is_file", "is_dir", "git"];
    for (written, want) in [
        ("reed_file", Some("read_file")),
        ("read", Some("read_file")),
        ("exists", Some("file_exists")),
        ("list_files", Some("list_dir")),
        ("listFiles", Some("list_dir")),
        ("readText", Some("read_file")),
        ("git_status", Some("git")),
        ("is_link", None),
        ("dir", None),
        ("remove", None),
        ("ad", None),
        ("_", None),
        ("", None),
    ] {
        assert_eq!(nearest_function(written, names), want, "{written}");
    }
}
