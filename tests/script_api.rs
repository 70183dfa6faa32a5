//! The page about what scripts can call is the one that the declarations make.
//!
//! `MOONFUEL_BLESS=1 cargo test --test script_api` writes it anew.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test may stop")]

use moonfuel::Session;
use moonfuel::host::types::{help, library};

#[test]
fn the_page_is_what_the_declarations_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/script-api.md");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_moonfuel"));
    let output = command.args(["types", "--format", "markdown"]).output().unwrap();
    let made = String::from_utf8(output.stdout).unwrap();
    if std::env::var_os("MOONFUEL_BLESS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/docs")).unwrap();
        std::fs::write(path, &made).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), made);
}

#[test]
fn what_is_said_of_the_library_is_there() {
    let mut session = Session::builder().function("host.now", |()| Ok(1)).build().unwrap();
    for declaration in library() {
        let source = format!("return type({})", declaration.path());
        assert_eq!(session.run(&source).json().unwrap(), r#"["function"]"#, "{source}");
    }
    for option in ["empty_object", "max_bytes"] {
        let source = format!("return pcall(json.encode, {{}}, {{ {option} = 5 }})");
        assert!(session.run(&source).json().unwrap().starts_with("[true,"), "{source}");
        assert!(help(&library(), Some("json.encode")).unwrap().contains(option));
    }
    for option in ["null", "max_bytes"] {
        let source = format!("return pcall(json.decode, '{{}}', {{ {option} = 5 }})");
        assert!(session.run(&source).json().unwrap().starts_with("[true,"), "{source}");
        assert!(help(&library(), Some("json.decode")).unwrap().contains(option));
    }
    let marks = "return json.array(), json.object(), json.array({1}), json.object({1})";
    assert_eq!(session.run(marks).json().unwrap(), r#"[[],{},[1],{"1":1}]"#);
}
