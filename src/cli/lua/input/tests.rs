//! Completion.

use super::Names;

#[test]
fn names_are_completed_up_to_the_cursor() {
    let names = ["string", "string.rep", "string.reverse", "print"];
    let names = Names(names.map(str::to_owned).to_vec());
    assert_eq!(names.completions("x = str", 7), (4, vec!["string".to_owned()]));
    let both = vec!["string.rep".to_owned(), "string.reverse".to_owned()];
    assert_eq!(names.completions("string.re(1)", 9), (0, both));
    assert_eq!(names.completions("1 + ", 4), (4, Vec::new()));
}
