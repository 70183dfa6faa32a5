//! Tests of `mcp::instructions`.

use super::*;

#[test]
fn the_first_512_characters_stand_alone() {
    let text = instructions(&Limits::default(), &BTreeSet::new(), true);
    let first = text.split("\n\n").next().unwrap();
    assert!(first.chars().count() <= FIRST, "{}", first.chars().count());
    for what in ["lua_execute", "lua_session_open", "`values`", "moonfuel://api"] {
        assert!(first.contains(what), "{what}");
    }
}
