//! Paths and addresses as they are looked at.

use super::{below, host_of, without_secrets};
use crate::Session;
use crate::host::gate::Gate;
use crate::host::jido::{Jido, JidoOptions};
use crate::host::lexical::Root;
use crate::host::policy::Rules;

#[test]
fn paths_are_looked_at_by_component() {
    let root = Root::named("/srv/p".as_ref());
    let joined = |root: Option<&Root>, path: &str| {
        let parts = below(root, path.as_bytes())?;
        Some(String::from_utf8(parts.join(&b'/')).unwrap())
    };
    for (path, with_root, without) in [
        ("src/../docs//a.txt", Some("docs/a.txt"), Some("docs/a.txt")),
        ("/srv/p/src/x", Some("src/x"), None),
        ("/srv/p", Some(""), None),
        ("/srv/p2/src", None, None),
        ("../p", Some(""), None),
        ("src/../../p/docs", Some("docs"), None),
        ("/srv/p/../p/docs", Some("docs"), None),
        ("//srv/./p/docs", Some("docs"), None),
        ("../../../../srv/p/docs", Some("docs"), None),
        ("../q", None, None),
        ("a/../..", None, None),
    ] {
        assert_eq!(joined(Some(&root), path).as_deref(), with_root, "{path}");
        assert_eq!(joined(None, path).as_deref(), without, "{path} without a root");
    }
}

#[test]
fn a_way_around_the_root_is_no_way_around_the_grants() {
    let folder = std::env::temp_dir().join(format!("moonfuel-grants-{}", std::process::id()));
    let (real, given) = (folder.join("real"), folder.join("given"));
    std::fs::create_dir_all(real.join("src")).unwrap();
    std::fs::write(real.join("src/a"), "open").unwrap();
    std::fs::write(real.join("b"), "secret").unwrap();
    std::os::unix::fs::symlink(&real, &given).unwrap();
    let rules = Rules::from_toml("[grants]\nread = ['src']").unwrap();
    let jido = Jido::open(&given, JidoOptions::default()).unwrap().into();
    let builder = Session::builder().policy(Gate::new(rules, "s").root(&given));
    let mut session = Jido::register(&jido, builder).build().unwrap();
    let (real, given) = (real.canonicalize().unwrap(), given.to_string_lossy().into_owned());
    let real = real.to_string_lossy();
    let mut read = |path: &str| {
        let source = format!("return (select(2, jido.read_file('{path}')))");
        session.run(&source).json().unwrap().to_owned()
    };
    for (begin, name) in [
        ("", "b"),
        ("../given/", "b"),
        ("src/../../given/", "b"),
        (&*given, "/b"),
        (&*given, "/../given/b"),
        (&*real, "/b"),
        (&*real, "/../real/b"),
    ] {
        let path = format!("{begin}{name}");
        // And once more with slashes that mean nothing.
        for path in [path.replace('/', "/.//"), path] {
            let told = read(&path);
            assert!(told.contains("grants.read"), "{path}: {told}");
        }
    }
    for path in ["src/a", "../given/src/a", &format!("{given}/src/a"), &format!("{real}//src/a")] {
        assert_eq!(read(path), "[null]", "{path}");
    }
    // What is elsewhere is told in the words of who opens files.
    assert!(read("../b").contains("path escapes project boundary"));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_log_has_no_words_to_enter_with() {
    for (about, want) in [
        ("http://user:hunter2@a.org/x@y?z", "http://[REDACTED]@a.org/x@y?z"),
        ("http://user@b:c@a.org", "http://[REDACTED]@a.org"),
        ("http://a.org/x@y", "http://a.org/x@y"),
        ("http://a.org?x=http://u:p@b.org", "http://a.org?x=http://u:p@b.org"),
        ("http://@a.org/", "http://@a.org/"),
        ("notes/a@b.txt", "notes/a@b.txt"),
    ] {
        assert_eq!(without_secrets(about.as_bytes()), want);
    }
}

#[test]
fn a_list_of_hosts_means_the_same_for_the_policy_and_for_who_connects() {
    use crate::host::net::is_within;
    for (host, listed, is_it) in [
        ("a.org", "A.org.", true),
        ("x.a.org", "a.org", true),
        ("xa.org", "a.org", false),
        ("[::1]", "::1", true),
        ("::1", "[::1]", true),
        ("10.0.0.1", "0.1", false),
        ("10.0.0.1", "10.0.0.1", true),
        ("a.org", "", false),
        ("", "", false),
    ] {
        assert_eq!(is_within(host, listed), is_it, "{host} {listed}");
    }
}

#[test]
fn hosts_are_what_an_address_leads_to() {
    for (url, want) in [
        ("https://Example.com:8080/x?y", Some("example.com")),
        ("https://good.com@evil.com/", Some("evil.com")),
        ("http://[::1]:80/", Some("[::1]")),
        ("http://a.com\\@b.com/", Some("a.com")),
        ("nothing", None),
    ] {
        assert_eq!(host_of(url.as_bytes()).as_deref(), want, "{url}");
    }
}
