//! Which lists run programs.

use super::runs_programs;

#[test]
fn lines_that_run_programs_are_found_as_git_finds_them() {
    for list in ["exec a", "pick 1 one\nx a\n", "pick 1\n \texec\ta", "exec\r\n", "x"] {
        assert!(runs_programs(list.as_bytes()), "{list:?}");
    }
    for list in ["", "pick 1 exec x\n", "execute a", "xx", "# exec a", "label exec\n"] {
        assert!(!runs_programs(list.as_bytes()), "{list:?}");
    }
}
