//! The table is whole, and its tiers are those of the rules.

use super::jido;
use crate::Tier;
use std::collections::BTreeSet;

#[test]
fn each_function_is_declared_once_and_whole() {
    let all = jido();
    let paths: BTreeSet<&str> = all.iter().map(|declaration| declaration.path()).collect();
    assert_eq!(paths.len(), all.len());
    for declaration in &all {
        let path = declaration.path();
        assert!(path.starts_with("jido."), "{path}");
        assert!(!declaration.doc.is_empty(), "{path}");
        assert!(!declaration.result.is_empty(), "{path}");
        assert!(!declaration.price.is_empty(), "{path}");
    }
}

#[test]
fn tiers_are_those_of_the_rules() {
    let all = jido();
    let tier = |name: &str| {
        all.iter().find(|declaration| declaration.name() == name).map(|found| found.tier)
    };
    for name in ["read_file", "list_dir", "glob", "file_stat", "is_dir", "grep", "todo_read"] {
        assert_eq!(tier(name), Some(Tier::ReadOnly), "{name}");
    }
    for name in ["write_file", "delete_file", "mkdir_p", "edit_file", "multi_edit", "todo_write"] {
        assert_eq!(tier(name), Some(Tier::Write), "{name}");
    }
    for name in ["shell", "git", "shell_background", "shell_output", "shell_kill"] {
        assert_eq!(tier(name), Some(Tier::Execute), "{name}");
    }
}
