//! Names of files are one line.

use super::{one_line, path_text};

#[test]
fn what_ends_lines_is_escaped_and_nothing_else_is_changed() {
    assert_eq!(one_line("a\nb\r\tc\\n d"), "a\\nb\\r\\tc\\n d");
    assert_eq!(path_text("some/where.lua"), "some/where.lua");
}
