//! Names: of files, as messages show them, and those that two extensions give to one thing.

use super::*;

#[test]
fn a_name_of_a_file_is_one_line_of_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    let name = |name: &str| format!("{root}/{name}");
    let fails = script(folder.path(), "x\ny.lua", "local a = 1\nerror('no')");
    let long = script(
        folder.path(),
        &format!("{}\n{}.lua", "xy".repeat(9), "long".repeat(9)),
        "error('no')",
    );
    let wrong = script(folder.path(), "x\tz.lua", "x =");
    let none = name("no\nne");
    let lines: [&[&str]; 13] = [
        &["run", &fails],
        &["run", &long],
        &["run", &wrong],
        &["check", &fails],
        &["check", &wrong],
        &["run", &none],
        &["check", &none],
        &["replay", &none],
        &["eval", "--root", &none, "1"],
        &["eval", "--lib", &none, "1"],
        &["eval", "--record", &name("no\nne/t"), "1"],
        &["eval", "--args", &format!("@{none}"), "1"],
        &["tool", "--extensions", &none, "t"],
    ];
    for line in lines {
        let ran = moonfuel(line);
        let own = |line: &&str| line.starts_with("moonfuel: ");
        let lines: Vec<&str> = ran.stderr.lines().filter(own).collect();
        assert_eq!(lines.len(), 1, "{line:?}: {}", ran.stderr);
        assert!(
            ["/x\\ny.lua:", "/x\\tz.lua:", "/no\\nne", "y\\nlong"]
                .iter()
                .any(|name| lines[0].contains(name)),
            "{line:?}: {}",
            ran.stderr
        );
        for end in ["\ny.lua", "\nne", "\nlong"] {
            assert!(!ran.stderr.contains(end), "{}", ran.stderr);
        }
    }
    // Who reads JSON opens the file.
    let ran = moonfuel(&["check", "--json", &fails]);
    assert_eq!(json(&ran)["files"][0]["file"], fails);
}

const DOUBLE: &str = "imp.register_tool { name = 'one', execute = function() return WHO end }
    imp.register_command('two', { handler = function() return WHO end })
    imp.register_tool { name = WHO, execute = function() end }
    imp.register_tool { name = WHO, execute = function() end }";

#[test]
fn names_that_two_extensions_have_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    for name in ["a", "b", "c"] {
        let end = if name == "c" { " error('its tools are not there')" } else { "" };
        let text = format!("{}{end}", DOUBLE.replace("WHO", &format!("'{name}'")));
        script(folder.path(), &format!("{name}.lua"), text);
    }
    let told = |what: &str, of: &str| {
        format!(
            "moonfuel: warning: {dir}/a.lua and {dir}/b.lua both have a {what}: that of \
             {dir}/{of}.lua counts\n"
        )
    };
    for (command, name, answer) in [("tool", "one", "b\n"), ("command", "two", "a\n")] {
        let ran = moonfuel(&[command, "--extensions", dir, name]);
        assert_eq!((ran.status, ran.stdout.as_str()), (0, answer), "{}", ran.stderr);
        assert_eq!(ran.stderr.matches("warning").count(), 2, "{}", ran.stderr);
        for one in [told("tool 'one'", "b"), told("command 'two'", "a")] {
            assert!(ran.stderr.contains(&one), "{one}{}", ran.stderr);
        }
    }
}

#[test]
fn what_is_no_file_among_extensions_is_named() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_str().unwrap();
    let pipe = folder.path().join("pipe.lua");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    fs::create_dir_all(folder.path().join("folder/init.lua")).unwrap();
    // No extension, and nothing is said of it.
    fs::create_dir(folder.path().join("empty")).unwrap();
    let source = "imp.register_command('up', { handler = string.upper })";
    // Not every system takes such a name.
    let odd = folder.path().join(std::ffi::OsStr::from_bytes(b"odd\xff.lua"));
    let odd = fs::write(odd, "error('odd')").is_ok();
    script(folder.path(), "own.lua", source);
    for args in [
        ["command", "--extensions", dir, "up", "a"],
        ["eval", "--extensions", dir, "--host=imp", "return 1"],
    ] {
        let ran = moonfuel(&args);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let begins = |line: &&str| line.starts_with("moonfuel: the extension '");
        let told: Vec<&str> = ran.stderr.lines().filter(begins).collect();
        assert_eq!(told.len(), 2 + usize::from(odd), "{}", ran.stderr);
        assert!(
            told[0].starts_with("moonfuel: the extension 'folder' is not loaded: "),
            "{told:?}"
        );
        let last = told.last().unwrap();
        assert!(last.starts_with("moonfuel: the extension 'pipe' is not loaded: "), "{told:?}");
        assert!(last.ends_with("pipe.lua: not a regular file"), "{told:?}");
    }
}
