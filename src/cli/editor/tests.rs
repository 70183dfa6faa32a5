//! Completion, colours, and where input ends.

use super::complete::{completions, files};
use super::history::History;
use super::{is_expression, is_unfinished, paint, paint_values};
use crate::Session;
use std::fs;

#[test]
fn names_are_completed_up_to_the_cursor() {
    let mut session = Session::builder().build().unwrap();
    session.run("t = {alpha = {beta = function() end}, text = 'x'} t.self = t").json().unwrap();
    let names = session.names();
    for (before, at, found) in [
        ("x = str", 4, &["string"][..]),
        ("string.re", 7, &["rep", "reverse"]),
        ("a = 1 .. str", 9, &["string"]),
        ("string.re(1) + str", 15, &["string"]),
        ("t.al", 2, &["alpha"]),
        ("t . alpha .b", 11, &["beta"]),
        ("_G.t.te", 5, &["text"]),
        ("t.alpha:", 8, &["beta"]),
        ("t.text:upp", 7, &["upper"]),
        ("('x'):upp", 6, &["upper"]),
        ("(\"x\"):upp", 6, &["upper"]),
        ("wh", 0, &["while"]),
        ("t.nothing.x", 10, &[]),
        ("f().x", 4, &[]),
        ("a:b().x", 6, &[]),
        ("::lab", 2, &[]),
        ("'str", 4, &[]),
        ("-- str", 6, &[]),
        ("1 + ", 4, &[]),
        ("12", 0, &[]),
        ("é.st", 3, &[]),
    ] {
        let all: Vec<String> = found.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(completions(&names, before), (at, all), "{before}");
    }
}

#[test]
fn input_goes_on_while_the_parser_wants_more() {
    for (code, statements, expressions) in [
        ("x = 1", false, false),
        ("1 + 1", false, false),
        ("if x then", true, true),
        ("if x then end", false, false),
        ("f(1,", true, true),
        ("[[a", true, true),
        ("x = [[a", true, true),
        ("{1,", false, true),
        ("1 +", false, true),
        ("'abc", false, false),
        ("'abc\n", false, false),
        ("x = 'abc\\", true, true),
        ("x = 'abc\\\n", true, true),
        ("x = 'abc\\\n\n", false, false),
        ("x y", false, false),
        ("--[[ a", true, true),
        ("", false, false),
    ] {
        assert_eq!(is_unfinished(code.as_bytes(), false), statements, "{code}");
        assert_eq!(is_unfinished(code.as_bytes(), true), expressions, "{code}");
    }
    assert!(is_expression(b"1, f()") && is_expression(b"") && !is_expression(b"return 1"));
    // Of what is wrong in both ways, that which is wrong further behind.
    for code in ["1 +", "1 + )", "{\"n\":3}", "1 2"] {
        assert!(is_expression(code.as_bytes()), "{code}");
    }
    for code in ["x = 1 +", "local x = )", "f(1 2", "if x then", "x y", "for i = 1 do end"] {
        assert!(!is_expression(code.as_bytes()), "{code}");
    }
}

#[test]
fn colours_change_no_text() {
    let plain = |text: &str| {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("\x1b[") {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            rest = &rest[rest.find('m').map_or(rest.len(), |end| end + 1)..];
        }
        out + rest
    };
    for text in [
        "local x <const> = 0x1p-4 -- é",
        "x = [==[ ]] ]==] .. [[",
        "'a\\'b\" .. 'c",
        "1..2 3.5e+7 0xep1 --[[ a\nb ]] return nil",
        "a[b[1]] --[=[",
        "«…» <x",
        "\"\\",
    ] {
        assert_eq!(plain(&paint(text)), text);
        assert_eq!(plain(&paint_values(text)), text);
    }
    assert_eq!(paint("x = nil"), "x = \x1b[33mnil\x1b[0m");
    assert_eq!(paint("1..'a'"), "\x1b[33m1\x1b[0m..\x1b[32m'a'\x1b[0m");
    assert_eq!(paint_values("<function>"), "\x1b[2m<function>\x1b[0m");
}

/// What is completed is what the file is called, with nothing in front of its spaces.
#[test]
fn files_are_completed_by_the_rest_of_the_line() {
    let dir = tempfile::tempdir().unwrap();
    let at = |rest: &str| format!("{}/{rest}", dir.path().display());
    for name in ["my file.lua", "my (old) file=1.lua", "it's", ".hidden", "ring\x07"] {
        fs::write(at(name), "").unwrap();
    }
    fs::create_dir(at("a folder")).unwrap();
    fs::write(at("a folder/x y"), "").unwrap();
    for (typed, found) in [
        ("my f", &["my file.lua"][..]),
        ("my ", &["my (old) file=1.lua", "my file.lua"]),
        ("it'", &["it's"]),
        ("a", &["a folder/"]),
        ("a folder/x ", &["x y"]),
        ("ri", &[]),
        (".", &[".hidden"]),
        ("none/", &[]),
    ] {
        let typed = at(typed);
        let begin = typed.rfind('/').unwrap() + 1;
        let found: Vec<String> = found.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(files(&typed), (begin, found), "{typed}");
    }
    assert_eq!(files(&at("")).1.len(), 4);
}

#[test]
fn the_end_of_a_long_history_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history");
    fs::write(&path, format!("first\n{}\nlast\\nline\nx\n", "é".repeat(3 << 20))).unwrap();
    let history = History::in_file(path.clone());
    assert_eq!(history.lines(10), ["last\nline", "x"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "last\\nline\nx\n");
    history.save("y");
    assert_eq!(history.lines(2), ["x", "y"]);
    assert_eq!(History::in_file("/dev/zero".into()).lines(2), Vec::<String>::new());
}
