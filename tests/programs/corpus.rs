//! The programs that invariant tests run in many ways.

#![allow(
    clippy::expect_used,
    unreachable_pub,
    reason = "a test may stop, and says what it skipped"
)]

use std::path::PathBuf;

/// Returns name and source of every finite program, ordered by name.
pub fn programs() -> Vec<(String, Vec<u8>)> {
    let mut found = read_folder("tests/programs");
    found.extend(read_folder("lua-conformance"));
    found
}

/// Returns name and source of the `.lua` files in a folder of the repository; none if
/// there is no such folder.
pub fn read_folder(folder: &str) -> Vec<(String, Vec<u8>)> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let mut found: Vec<(String, Vec<u8>)> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "lua"))
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read(&path).expect("a readable program"))
        })
        .collect();
    found.sort();
    found
}
