//! Repositories that lie outside of the root, and places that are granted by links.

use super::super::elsewhere::repository_outside;
use super::*;
use std::os::unix::fs::symlink;

#[test]
fn what_is_granted_is_what_a_link_led_to_when_the_root_was_opened() {
    let temp = tempfile::tempdir().unwrap();
    let base = temp.path().canonicalize().unwrap();
    for name in ["root", "first", "other"] {
        fs::create_dir(base.join(name)).unwrap();
    }
    let link = base.join("root/link");
    symlink(base.join("first"), &link).unwrap();
    let options = JidoOptions {
        readable: vec![link.clone()],
        writable: vec![link.clone()],
        ..JidoOptions::default()
    };
    let jido = Jido::open(&base.join("root"), options).unwrap();
    fs::remove_file(&link).unwrap();
    symlink(base.join("other"), &link).unwrap();
    assert_eq!(jido.confiner.readable[0], base.join("first"));
    assert_eq!(jido.confiner.writable, [base.join("first")]);
}

#[test]
fn what_names_no_repository_is_not_waited_for() {
    let temp = tempfile::tempdir().unwrap();
    let base = temp.path().canonicalize().unwrap();
    let root = base.join("root");
    fs::create_dir(&root).unwrap();
    fs::create_dir(base.join("git")).unwrap();
    fs::write(root.join(".git"), "gitdir: ../git\n").unwrap();
    assert_eq!(repository_outside(&root), Some(base.join("git")));
    // A pipe that nobody writes to.
    make_pipe(&base.join("git/commondir"));
    assert_eq!(repository_outside(&root), Some(base.join("git")));
    // What has no end.
    fs::remove_file(root.join(".git")).unwrap();
    symlink("/dev/zero", root.join(".git")).unwrap();
    assert_eq!(repository_outside(&root), None);
    // Nor where the root is opened.
    fs::remove_file(root.join(".git")).unwrap();
    make_pipe(&root.join(".git"));
    let (opened, open) = std::sync::mpsc::channel();
    std::thread::spawn(move || opened.send(Jido::open(&root, JidoOptions::default()).is_ok()));
    assert_eq!(open.recv_timeout(std::time::Duration::from_secs(20)), Ok(true));
}
