//! Writing whole files, and being told not to.

use super::*;

#[test]
fn row_36_files_and_their_directories_are_written() {
    let mut f = Fixture::writable();
    let path = f.root().join("a/b/c/f.txt");
    assert_eq!(f.ok("write_file", &["a/b/c/f.txt".into(), "x".into()]), true.into());
    assert_eq!(fs::read(&path).unwrap(), b"x");
    assert_eq!(f.ok("write_file", &["a/b/c/f.txt".into(), vec![0_u8, 255].into()]), true.into());
    assert_eq!(fs::read(&path).unwrap(), [0, 255]);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "a temporary stayed");
    let absolute = f.root().join("top.txt").display().to_string();
    assert_eq!(f.ok("write_file", &[absolute.into(), "".into()]), true.into());
    assert_eq!(fs::read(f.root().join("top.txt")).unwrap(), b"");
}

#[test]
fn row_36_wrong_arguments_and_sizes() {
    let mut f = Fixture::writable();
    assert_eq!(
        f.err("write_file", &["p".into(), 123.into()]),
        "write_file content must be a string"
    );
    for args in [vec![], vec!["p".into()], vec![1.into(), "x".into()]] {
        let message = f.err("write_file", &args);
        assert_eq!(message, "write_file requires path and content arguments");
    }
    let limit = 10 * 1024 * 1024;
    assert_eq!(
        f.err("write_file", &["big".into(), vec![b'x'; limit + 1].into()]),
        "Content exceeds maximum file size (10MB)"
    );
    assert!(!f.root().join("big").exists());
    assert_eq!(f.ok("write_file", &["big".into(), vec![b'x'; limit].into()]), true.into());
    assert_eq!(f.err("write_file", &["src".into(), "x".into()]), "Is a directory: src");
    assert_eq!(f.err("write_file", &["".into(), "x".into()]), "Is a directory: ");
    assert_eq!(
        f.err("write_file", &["a.txt/b/c".into(), "x".into()]),
        "Not a directory: a.txt/b/c"
    );
    assert_eq!(
        f.err("write_file", &["../x".into(), "x".into()]),
        "Security error: path escapes project boundary: ../x"
    );
}

#[test]
fn reading_is_all_that_is_allowed_unless_said_otherwise() {
    let mut f = Fixture::new();
    for path in ["new.txt", "a.txt", "../x", "sub/new.txt"] {
        assert_eq!(
            f.err("write_file", &[path.into(), "x".into()]),
            "write_file is disabled for this session (allow it with --allow write)"
        );
    }
    assert_eq!(fs::read(f.root().join("a.txt")).unwrap(), b"one\ntwo\nthree");
    assert!(!f.root().join("sub").exists() && !f.root().join("new.txt").exists());
}

#[test]
fn writing_follows_links_inside_and_keeps_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let mut f = Fixture::writable();
    let file = f.root().join("a.txt");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o740)).unwrap();
    assert_eq!(f.ok("write_file", &["in".into(), "new".into()]), true.into());
    assert!(fs::symlink_metadata(f.root().join("in")).unwrap().is_symlink());
    assert_eq!(fs::read(&file).unwrap(), b"new");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o740);
    assert_eq!(f.ok("write_file", &["srclink/x/y".into(), "z".into()]), true.into());
    assert_eq!(fs::read(f.root().join("src/x/y")).unwrap(), b"z");
    let dangling = f.err("write_file", &["dangling".into(), "x".into()]);
    assert_eq!(dangling, "File not found: dangling");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    let message = f.err("write_file", &["a.txt".into(), "x".into()]);
    assert_eq!(message, "Permission denied: a.txt");
}

#[test]
fn a_file_with_new_content_has_its_owner_and_no_rights_of_the_old_one() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let mut f = Fixture::writable();
    let path = f.root().join("a.txt");
    // Only a privileged user can give files away.
    let is_privileged = chown(&path, Some(4242), Some(4243)).is_ok();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o6750)).unwrap();
    f.ok("write_file", &["a.txt".into(), "new".into()]);
    let file = fs::metadata(&path).unwrap();
    assert_eq!(file.mode() & 0o7777, 0o750);
    if is_privileged {
        assert_eq!((file.uid(), file.gid()), (4242, 4243));
    }
}

#[test]
fn a_reader_meets_the_old_file_or_the_new_one_whole() {
    let mut f = Fixture::writable();
    let path = f.root().join("a.txt");
    let (old, new) = ("o".repeat(300_000), "n".repeat(300_000));
    fs::write(&path, &old).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !stop.load(Ordering::Relaxed) {
                let content = fs::read_to_string(&path).unwrap();
                assert!(content == old || content == new, "a torn file");
                reads += 1;
            }
            reads
        });
        for i in 0..200 {
            let content = if i % 2 == 0 { &new } else { &old };
            f.ok("write_file", &["a.txt".into(), content.as_str().into()]);
        }
        stop.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
}

/// What a killed writer leaves is removed by the next one, and what only looks like it stays.
#[cfg(target_os = "linux")]
#[test]
fn row_36_left_over_temporaries_are_swept() {
    let f = Fixture::writable();
    let mut dead = std::process::Command::new("true").spawn().unwrap();
    dead.wait().unwrap();
    let name = |process: u32| format!(".moonfuel-{process}-0123456789abcdef.tmp");
    let (left, alive) = (name(dead.id()), name(std::process::id()));
    let stays = [alive.as_str(), ".moonfuel-0.tmp", ".moonfuel-1-0123456789abcde.tmp", "a.tmp"];
    for name in stays.iter().chain(&[left.as_str()]) {
        fs::write(f.root().join(name), "left over").unwrap();
    }
    let directory = name(dead.id()).replace("0123", "3210");
    fs::create_dir(f.root().join(&directory)).unwrap();
    Jido::open(&f.root(), JidoOptions::default()).unwrap();
    assert!(f.root().join(&left).exists(), "whoever only reads removes nothing");
    Jido::open(&f.root(), JidoOptions { allow_write: true, ..JidoOptions::default() }).unwrap();
    assert!(!f.root().join(&left).exists());
    for name in stays.iter().chain(&[directory.as_str()]) {
        assert!(f.root().join(name).exists(), "{name}");
    }
}

#[test]
fn row_36_names_of_temporaries_are_not_for_scripts() {
    let mut f = Fixture::writable();
    let name = ".moonfuel-4711-0123456789abcdef.tmp";
    fs::write(f.root().join(name), "half").unwrap();
    fs::write(f.root().join("src").join(name), "half").unwrap();
    for path in
        [name.to_owned(), format!("src/{name}"), format!("src/{name}/x"), name.to_uppercase()]
    {
        let message = format!("Security error (protected_settings_file): {path}");
        assert_eq!(f.read_err(&path), message);
        assert_eq!(f.err("write_file", &[path.as_str().into(), "x".into()]), message);
        assert_eq!(f.err("is_file", &[path.as_str().into()]), message);
    }
    assert_eq!(fs::read(f.root().join(name)).unwrap(), b"half");
    for list in [f.ok("list_dir", &[]), f.ok("list_dir", &["src".into()])] {
        assert!(!format!("{list:?}").contains("moonfuel"), "{list:?}");
    }
}

/// Nothing is made where a protected file would be, or below one, on any way there.
#[test]
fn row_35_nothing_is_made_in_a_protected_place() {
    let mut f = Fixture::writable();
    fs::remove_dir_all(f.root().join(".jido_code")).unwrap();
    std::os::unix::fs::symlink(".", f.root().join("here")).unwrap();
    fs::create_dir(f.root().join("sub")).unwrap();
    for path in [
        ".jido_code/settings.json/x",
        ".jido_code/settings.json/x/y/z",
        "new/.jido_code/settings.json/x",
        "here/.jido_code/settings.json/x",
        "sub/.JIDO_CODE/Settings.JSON/x",
        "here/here/.jido_code/./settings.json",
    ] {
        let message = format!("Security error (protected_settings_file): {path}");
        assert_eq!(f.err("write_file", &[path.into(), "x".into()]), message);
    }
    fs::create_dir(f.root().join(".jido_code")).unwrap();
    std::os::unix::fs::symlink(".jido_code", f.root().join("link")).unwrap();
    let message = f.err("write_file", &["link/settings.json/x".into(), "x".into()]);
    assert_eq!(message, "Security error (protected_settings_file): link/settings.json/x");
    assert!(!f.root().join(".jido_code/settings.json").exists());
    assert!(!f.root().join("new").exists());
    assert_eq!(fs::read_dir(f.root().join("sub")).unwrap().count(), 0);
}

/// A hard link to a protected file anywhere below the root is that file.
#[test]
fn row_35_hard_links_to_protected_files_are_protected() {
    let mut f = Fixture::writable();
    let deep = f.root().join("src/deep/.jido_code");
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("settings.json"), "{}").unwrap();
    fs::hard_link(deep.join("settings.json"), f.root().join("deep.txt")).unwrap();
    fs::hard_link(f.root().join(".jido_code/settings.json"), f.root().join("top.txt")).unwrap();
    fs::hard_link(f.root().join("a.txt"), f.root().join("twice.txt")).unwrap();
    for path in ["deep.txt", "top.txt"] {
        let message = format!("Security error (protected_settings_file): {path}");
        assert_eq!(f.read_err(path), message);
        assert_eq!(f.err("write_file", &[path.into(), "x".into()]), message);
    }
    f.ok("read_file", &["twice.txt".into()]);
    assert_eq!(f.ok("write_file", &["twice.txt".into(), "x".into()]), true.into());
    assert_eq!(fs::read(f.root().join("a.txt")).unwrap(), b"one\ntwo\nthree");
}

#[test]
fn row_34_a_parent_swapped_for_a_link_never_takes_a_write_outside() {
    let mut f = Fixture::writable();
    let (root, outside) = (f.root(), f.temp.path().join("outside"));
    fs::create_dir(root.join("d_real")).unwrap();
    std::os::unix::fs::symlink(&outside, root.join("d_link")).unwrap();
    let stop = AtomicBool::new(false);
    let mut refused = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                // The writer makes `d` itself when it is missing, so moving a
                // directory there may fail.
                if fs::rename(root.join("d_real"), root.join("d")).is_ok() {
                    let _ = fs::rename(root.join("d"), root.join("d_real"));
                }
                let _ = fs::remove_dir_all(root.join("d"));
                if fs::rename(root.join("d_link"), root.join("d")).is_ok() {
                    let _ = fs::rename(root.join("d"), root.join("d_link"));
                }
                let _ = fs::create_dir(root.join("d_real"));
            }
        });
        for _ in 0..3000 {
            if f.call("write_file", &["d/new".into(), "x".into()]).len() == 2 {
                refused += 1;
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(refused > 0, "the swap was never met");
    let left: Vec<_> = fs::read_dir(&outside).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["passwd"], "something was written outside");
}
