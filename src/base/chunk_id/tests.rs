//! Names of each form at and around the length limit.

use super::chunk_id;

fn shown(name: &str) -> String {
    String::from_utf8(chunk_id(name.as_bytes())).expect("ASCII in, ASCII out")
}

#[test]
fn literal_names_are_cut_at_the_end() {
    assert_eq!(shown("=stdin"), "stdin");
    assert_eq!(shown("="), "");
    assert_eq!(shown(&format!("={}", "a".repeat(59))), "a".repeat(59));
    assert_eq!(shown(&format!("={}", "a".repeat(60))), "a".repeat(59));
}

#[test]
fn file_names_keep_their_tail() {
    assert_eq!(shown("@dir/x.lua"), "dir/x.lua");
    assert_eq!(shown(&format!("@{}", "a".repeat(59))), "a".repeat(59));
    assert_eq!(shown(&format!("@b{}", "a".repeat(59))), format!("...{}", "a".repeat(56)));
}

#[test]
fn source_text_shows_its_first_line() {
    assert_eq!(shown(""), "[string \"\"]");
    assert_eq!(shown("return 1"), "[string \"return 1\"]");
    assert_eq!(shown("a\nb"), "[string \"a...\"]");
    assert_eq!(shown("\n"), "[string \"...\"]");
    let line = "x".repeat(44);
    assert_eq!(shown(&line), format!("[string \"{line}\"]"));
    let line = "x".repeat(45);
    assert_eq!(shown(&line), format!("[string \"{line}...\"]"));
    assert_eq!(shown("a\0b"), "[string \"a\"]");
}
