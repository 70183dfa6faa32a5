//! What is taken by those who build on it: few crates, and no file that a build does not need.

use super::source::root;
use std::collections::BTreeSet;
use std::process::Command;

fn cargo(args: &[&str]) -> String {
    let ran = Command::new(env!("CARGO")).args(args).current_dir(root()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn the_smallest_form_has_few_crates_and_pins_none() {
    let tree = ["tree", "--locked", "-e", "normal", "--prefix", "none", "--no-default-features"];
    let tree = cargo(&tree);
    let crates: BTreeSet<&str> =
        tree.lines().map(|line| line.trim_end_matches(" (*)")).filter(|l| !l.is_empty()).collect();
    assert!(crates.len() < 20, "{crates:#?}");
    // An exact version would keep programs from having another one.
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(!manifest.contains("\"="), "a dependency is pinned");
}

#[test]
fn the_package_is_source_examples_and_licences() {
    let list = cargo(&["package", "--list", "--allow-dirty", "--offline"]);
    let made = ["Cargo.lock", "Cargo.toml", "Cargo.toml.orig", ".cargo_vcs_info.json"];
    for file in list.lines().filter(|file| !made.contains(file)) {
        let of_build = file.starts_with("src/") && file.ends_with(".rs");
        let is_test = file.contains("/tests/") || file.ends_with("/tests.rs");
        let text = ["README.md", "CHANGELOG.md"].contains(&file) || file.contains("LICENSE");
        assert!(of_build && !is_test || text || file.starts_with("examples/"), "{file}");
    }
    for file in ["LICENSE-MIT", "LICENSE-APACHE", "src/base/math/LICENSE.txt", "src/main.rs"] {
        assert!(list.lines().any(|line| line == file), "{file} is not in the package");
    }
}
