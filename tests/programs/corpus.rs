//! The programs that invariant tests run in many ways.

#![allow(
    clippy::expect_used,
    unreachable_pub,
    dead_code,
    reason = "a test may stop; each test uses what it needs of this"
)]

use std::path::PathBuf;

/// The project's directory: `tests/targets` says where it is, since it is another package.
pub const ROOT: &str = match option_env!("MOONFUEL_ROOT") {
    Some(root) => root,
    None => env!("CARGO_MANIFEST_DIR"),
};

/// Returns name and source of every finite program, ordered by name.
pub fn programs() -> Vec<(String, Vec<u8>)> {
    let mut found = read_folder("tests/programs");
    // Those that name a profile need more than the sandbox has.
    let strict = |(_, source): &(String, Vec<u8>)| !source.starts_with(b"-- profile: ");
    found.extend(read_folder("lua-conformance").into_iter().filter(strict));
    found
}

/// Returns name and source of the `.lua` files in a folder of the repository; none if
/// there is no such folder.
pub fn read_folder(folder: &str) -> Vec<(String, Vec<u8>)> {
    let path = PathBuf::from(ROOT).join(folder);
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
