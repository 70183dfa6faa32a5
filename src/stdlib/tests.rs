//! Tests of the table of libraries.

mod compatibility;

use super::{Profile, functions};
use std::collections::BTreeSet;

#[test]
fn library_functions_are_unique_and_documented() {
    let functions = functions(Profile::Full);
    assert!(functions.len() > 80, "{}", functions.len());
    let names: BTreeSet<&str> = functions.iter().map(|def| def.name).collect();
    assert_eq!(names.len(), functions.len(), "a function is in two tables");
    let ids: BTreeSet<u64> = functions.iter().map(|def| def.id()).collect();
    assert_eq!(ids.len(), functions.len(), "two names have one id");
    for def in functions {
        assert!(!def.section.is_empty() && !def.fuel.is_empty(), "{}", def.name);
    }
}
