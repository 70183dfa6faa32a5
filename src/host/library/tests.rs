//! What names lead to, and that none leads out.

use super::{Library, relative_path};
use crate::session::{ModuleSource, Sought, with_context};
use crate::{HostError, Limits};

fn find(library: &mut Library, name: &str) -> Result<Sought, HostError> {
    with_context(&Limits::default(), |cx| library.find(cx, name.as_bytes()))
}

#[test]
fn names_are_paths_downwards() {
    for (name, path) in [
        ("a", Some("a")),
        ("a.b-c.d_1", Some("a/b-c/d_1")),
        ("", None),
        (".", None),
        ("..", None),
        ("a..b", None),
        (".a", None),
        ("/etc/passwd", None),
        ("a/b", None),
        ("a\\b", None),
        ("c:a", None),
        ("a\0", None),
        ("ä", None),
    ] {
        assert_eq!(relative_path(name.as_bytes()).as_deref(), path, "{name:?}");
    }
    assert_eq!(relative_path(&[b'a'; 2000]), None);
}

#[test]
fn files_are_found_beneath_the_directory_alone() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    std::fs::create_dir_all(root.join("a/b")).unwrap();
    std::fs::write(folder.path().join("secret.lua"), "secret").unwrap();
    std::fs::write(root.join("a/c.lua"), "file").unwrap();
    std::fs::write(root.join("a/b/init.lua"), "init").unwrap();
    std::fs::create_dir(root.join("d.lua")).unwrap();
    let mut library = Library::open(&root).unwrap();
    let mut text = |name: &str| match find(&mut library, name) {
        Ok(Sought::Found(module)) => {
            format!("{}={}", module.file, String::from_utf8(module.source).unwrap())
        }
        Ok(Sought::Absent(tried)) => tried.join(";"),
        Err(error) => format!("error: {}", String::from_utf8_lossy(&error.message())),
    };
    assert_eq!(text("a.c"), "a/c.lua=file");
    assert_eq!(text("a.b"), "a/b/init.lua=init");
    assert_eq!(text("a.d"), "no file 'a/d.lua';no file 'a/d/init.lua'");
    assert_eq!(text("a.c.x"), "no file 'a/c/x.lua';no file 'a/c/x/init.lua'");
    assert_eq!(text("d"), "no file 'd.lua';no file 'd/init.lua'");
    assert_eq!(text("../secret"), "'../secret' is not the name of a file");
    std::os::unix::fs::symlink("../secret.lua", root.join("out.lua")).unwrap();
    let answer = text("out");
    assert!(answer.starts_with("error: cannot read out.lua: "), "{answer}");
}
