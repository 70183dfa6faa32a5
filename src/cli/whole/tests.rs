//! Files that are written whole or not at all.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use super::*;
use std::os::unix::fs::{PermissionsExt, symlink};

#[test]
fn what_was_there_stays_until_the_new_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("old"), "old").unwrap();
    fs::set_permissions(at("old"), fs::Permissions::from_mode(0o640)).unwrap();
    // Written in its place, this one would change too.
    fs::hard_link(at("old"), at("kept")).unwrap();
    symlink("old", at("link")).unwrap();
    write_file(&at("link"), &[b"n", b"ew"]).unwrap();
    assert_eq!(fs::read_to_string(at("old")).unwrap(), "new");
    assert_eq!(fs::read_to_string(at("kept")).unwrap(), "old");
    assert_eq!(fs::metadata(at("old")).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(at("link").is_symlink());

    symlink("not yet", at("ahead")).unwrap();
    write_file(&at("ahead"), &[b"there"]).unwrap();
    assert_eq!(fs::read_to_string(at("not yet")).unwrap(), "there");
    write_file(&at(&"n".repeat(255)), &[b"long"]).unwrap();
    write_file(Path::new("/dev/null"), &[b"nothing"]).unwrap();
    assert!(write_file(Path::new("/dev/full"), &[b"no"]).is_err());
    // What others left behind is no hindrance, and nothing is left behind.
    fs::write(at(&format!(".moonfuel-{}-{:016x}.tmp", std::process::id(), 0)), "").unwrap();
    write_file(&at("old"), &[b"newer"]).unwrap();
    assert!(write_file(&at("no folder/x"), &[b""]).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 7);
}
