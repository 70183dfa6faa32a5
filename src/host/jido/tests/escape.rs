//! Ways out of the project directory, all of them closed.

use super::*;

#[test]
fn row_32_traversal_is_refused_lexically() {
    let mut f = Fixture::new();
    let escapes = "Security error: path escapes project boundary: ";
    for path in [
        "../../../etc/passwd",
        "src//../../etc/passwd",
        "..",
        "../P2/x",
        "%2e%2e%2fx",
        "%2E%2E/x",
        "..%2f",
        "..%2Fetc",
        "%252e%252e%252f",
        "%252e%252e/x",
        "..%5cx",
        "src/%2e%2e\\x",
    ] {
        assert_eq!(f.read_err(path), format!("{escapes}{path}"));
        assert_eq!(f.err("list_dir", &[path.into()]), format!("{escapes}{path}"));
    }
    let outside = "Security error: path is outside project: ";
    let sibling = f.temp.path().join("P2/x").display().to_string();
    for path in ["/etc/passwd", "/", &sibling] {
        assert_eq!(f.read_err(path), format!("{outside}{path}"));
    }
    assert_eq!(f.read("file%2dname.txt"), "     1→dash");
    assert_eq!(f.read("src/../a.txt"), f.read("a.txt"));
    assert_eq!(f.read("./src/.././/a.txt"), f.read("a.txt"));
    assert_eq!(f.read("../P/a.txt"), f.read("a.txt"));
    let inside = f.root().join("src/../a.txt").display().to_string();
    assert_eq!(f.read(&inside), f.read("a.txt"));
    let root = f.root().display().to_string();
    assert_eq!(f.ok("is_dir", &[root.into()]), true.into());
}

#[test]
fn bytes_that_are_no_path_reach_no_system_call() {
    let mut f = Fixture::writable();
    for name in ["read_file", "list_dir", "file_exists", "is_file", "is_dir"] {
        let message = f.err(name, &["a.txt\0.png".into()]);
        assert_eq!(message, "Security error (invalid_path): a.txt\0.png");
    }
    let long = "x/".repeat(3000);
    assert_eq!(f.read_err(&long), format!("File error (enametoolong): {long}"));
    assert_eq!(f.ok("file_exists", &[long.as_str().into()]), false.into());
    assert!(f.err("write_file", &[long.into(), "".into()]).starts_with("File error"));
}

#[test]
fn paths_need_not_be_utf8() {
    use std::os::unix::ffi::OsStringExt;
    let mut f = Fixture::writable();
    let name = b"\xff\xfe".to_vec();
    let path = f.root().join(std::ffi::OsString::from_vec(name.clone()));
    fs::write(path, "odd").unwrap();
    assert_eq!(text(f.ok("read_file", &[name.clone().into()])), "     1→odd");
    let HostValue::Array(entries) = f.ok("list_dir", &[]) else { panic!() };
    assert!(entries.iter().any(|e| e.field("name") == Some(&HostValue::String(name.clone()))));
}

#[test]
fn row_33_symlinks_leading_outside_are_refused_in_every_component() {
    let mut f = Fixture::writable();
    let outside = "Security error: symlink points outside project: ";
    for path in ["esc", "dirlink/passwd", "dirlink", "relative_escape/passwd", "dirlink/../P2"] {
        for name in ["read_file", "file_exists", "is_file", "is_dir", "list_dir"] {
            if path.contains("..") {
                continue; // resolved lexically: P/P2, which is simply not there
            }
            assert_eq!(f.err(name, &[path.into()]), format!("{outside}{path}"), "{name}");
        }
    }
    for path in ["esc", "dirlink/new", "relative_escape/a/b"] {
        let message = f.err("write_file", &[path.into(), "x".into()]);
        assert_eq!(message, format!("{outside}{path}"));
    }
    assert_eq!(fs::read(f.temp.path().join("outside/passwd")).unwrap(), b"OUTSIDE");
    assert_eq!(fs::read_dir(f.temp.path().join("outside")).unwrap().count(), 1);
    assert_eq!(f.read("in"), f.read("a.txt"));
    assert_eq!(f.read("srclink/main.ex"), "     1→main");
    assert_eq!(f.err("read_file", &["loop".into()]), "File error (invalid_path): loop");
    assert_eq!(f.err("file_exists", &["loop".into()]), "Security error (invalid_path): loop");
    assert_eq!(f.read_err("dangling"), "File not found: dangling");
}

#[test]
fn a_listing_does_not_look_behind_escaping_links() {
    let mut f = Fixture::new();
    let HostValue::Array(entries) = f.ok("list_dir", &[]) else { panic!() };
    let kind = |name: &str| {
        let entry = entries.iter().find(|e| e.field("name") == Some(&name.into())).unwrap();
        text(entry.field("type").unwrap().clone())
    };
    assert_eq!(kind("dirlink"), "file");
    assert_eq!(kind("srclink"), "directory");
    assert_eq!(kind("dangling"), "file");
}

#[test]
fn row_34_a_directory_swapped_for_a_link_never_shows_the_outside() {
    let mut f = Fixture::new();
    let (root, outside) = (f.root(), f.temp.path().join("outside"));
    fs::create_dir(root.join("d_real")).unwrap();
    fs::write(root.join("d_real/passwd"), "INSIDE").unwrap();
    std::os::unix::fs::symlink(&outside, root.join("d_link")).unwrap();
    let stop = AtomicBool::new(false);
    let (mut inside, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                fs::rename(root.join("d_real"), root.join("d")).unwrap();
                fs::rename(root.join("d"), root.join("d_real")).unwrap();
                fs::rename(root.join("d_link"), root.join("d")).unwrap();
                fs::rename(root.join("d"), root.join("d_link")).unwrap();
            }
        });
        for _ in 0..10_000 {
            match f.call("read_file", &["d/passwd".into()]).as_slice() {
                [HostValue::String(content)] => {
                    assert_eq!(content, "     1→INSIDE".as_bytes());
                    inside += 1;
                }
                [HostValue::Nil, HostValue::String(_)] => refused += 1,
                other => panic!("{other:?}"),
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(inside + refused, 10_000);
    assert!(refused > 0, "the swap was never met");
}

#[test]
fn row_35_protected_files_are_out_of_reach() {
    let mut f = Fixture::writable();
    for path in [
        ".jido_code/settings.json",
        "src/../.jido_code/settings.json",
        "lib/.jido_code/settings.json",
        ".JIDO_CODE/Settings.json",
    ] {
        let message = format!("Security error (protected_settings_file): {path}");
        for name in ["read_file", "list_dir", "file_exists"] {
            assert_eq!(f.err(name, &[path.into()]), message, "{name}");
        }
        assert_eq!(f.err("write_file", &[path.into(), "x".into()]), message);
    }
    assert!(!f.root().join("lib/.jido_code").exists());
    assert_eq!(f.read("config/settings.json"), "     1→{}");
    assert_eq!(f.names(&[".jido_code".into()]), ["settings.json"]);
    let mut f = Fixture::with(JidoOptions {
        protected: vec!["src/main.ex".into()],
        ..JidoOptions::default()
    });
    assert!(f.read_err("src/main.ex").starts_with("Security error (protected"));
    assert!(f.read(".jido_code/settings.json").contains("secret"));
}

#[test]
fn row_35_other_names_of_a_protected_file_are_no_way_in() {
    let mut f = Fixture::writable();
    let root = f.root();
    std::os::unix::fs::symlink(".jido_code", root.join("cfg")).unwrap();
    std::os::unix::fs::symlink(".jido_code/settings.json", root.join("alias")).unwrap();
    fs::hard_link(root.join(".jido_code/settings.json"), root.join("hard")).unwrap();
    for path in ["cfg/settings.json", "alias", "hard"] {
        let message = format!("Security error (protected_settings_file): {path}");
        assert_eq!(f.read_err(path), message);
    }
    for path in ["cfg/settings.json", "alias"] {
        assert!(f.err("write_file", &[path.into(), "x".into()]).starts_with("Security error ("));
    }
    fs::remove_file(root.join(".jido_code/settings.json")).unwrap();
    let made = f.err("write_file", &["cfg/settings.json".into(), "x".into()]);
    assert!(made.starts_with("Security error (protected_settings_file)"), "{made}");
    assert!(!root.join(".jido_code/settings.json").exists());
}

#[test]
fn pipes_sockets_and_devices_are_not_opened() {
    let mut f = Fixture::writable();
    make_pipe(&f.root().join("fifo"));
    let _socket = std::os::unix::net::UnixListener::bind(f.root().join("socket")).unwrap();
    for path in ["fifo", "socket"] {
        assert_eq!(f.read_err(path), format!("Not a regular file: {path}"));
        let message = f.err("write_file", &[path.into(), "x".into()]);
        assert_eq!(message, format!("Not a regular file: {path}"));
        assert_eq!(f.err("list_dir", &[path.into()]), format!("Not a directory: {path}"));
        assert_eq!(f.ok("is_file", &[path.into()]), false.into());
    }
}

#[test]
fn a_root_reached_through_a_link_accepts_both_spellings() {
    let f = Fixture::new();
    let link = f.temp.path().join("link");
    std::os::unix::fs::symlink(f.root(), &link).unwrap();
    let mut functions = Jido::open(&link, JidoOptions::default()).unwrap().functions();
    let real = f.root().canonicalize().unwrap();
    for path in [link.join("a.txt"), real.join("a.txt")] {
        let reply = with_context(&Limits::default(), |cx| {
            functions[0].1.call(cx, &mut [path.display().to_string().into()])
        })
        .unwrap();
        let Reply::Now(answer) = reply else { panic!("{reply:?}") };
        assert_eq!(answer.len(), 1, "{path:?}: {answer:?}");
    }
}

#[test]
fn deep_ways_lead_down_and_up() {
    use std::os::unix::fs::symlink;
    const DEPTH: usize = 300;
    let mut f = Fixture::writable();
    let deep = "d/".repeat(DEPTH);
    let root = f.root();
    fs::create_dir_all(root.join(&deep)).unwrap();
    fs::write(root.join(&deep).join("end.txt"), "there").unwrap();
    fs::write(root.join("d/near.txt"), "here").unwrap();
    // Up again by more than what is held, and down another way.
    let up = "../".repeat(DEPTH - 1);
    symlink(format!("{up}near.txt"), root.join(&deep).join("near")).unwrap();
    symlink(format!("{up}../../outside/passwd"), root.join(&deep).join("out")).unwrap();
    symlink(format!("{up}../../P/a.txt"), root.join(&deep).join("back")).unwrap();
    for (name, content) in [("end.txt", "there"), ("near", "here"), ("back", "one")] {
        let text = f.read(&format!("{deep}{name}"));
        assert!(text.contains(content), "{name}: {text}");
    }
    let refused = f.read_err(&format!("{deep}out"));
    assert!(refused.contains("outside"), "{refused}");
}
