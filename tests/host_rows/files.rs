//! Rows about files that the tables of cases have under other names.

use moonfuel::host::jido::{Jido, JidoOptions};
use moonfuel::{Session, SessionBuilder};
use serde_json::{Value, json};
use std::fs;
use std::sync::Arc;

fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, Session) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("P");
    fs::create_dir(&root).unwrap();
    for (name, text) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let options = JidoOptions { allow_write: true, allow_shell: true, ..JidoOptions::default() };
    let jido = Arc::new(Jido::open(&root, options).unwrap());
    let session = Jido::register(&jido, SessionBuilder::default()).build().unwrap();
    (folder, session)
}

fn values(session: &mut Session, source: &str) -> Value {
    session.run(source).values().unwrap().into()
}

#[test]
fn row_39_glob() {
    let (folder, mut s) =
        project(&[("lib/app.ex", ""), ("lib/deep/b.exs", ""), ("a1.ex", ""), (".hidden.ex", "")]);
    std::os::unix::fs::symlink("/etc", folder.path().join("P/out")).unwrap();
    let sorted = |pattern: &str| {
        format!("local t = jido.glob({pattern}) table.sort(t) return table.concat(t, ' ')")
    };
    for (pattern, found) in [
        ("'**/*.ex'", "a1.ex lib/app.ex"),
        ("'**/*.{ex,exs}'", "a1.ex lib/app.ex lib/deep/b.exs"),
        ("'a?.ex'", "a1.ex"),
        ("'*.ex', 'lib'", "lib/app.ex"),
        ("'*.nothing'", ""),
        ("'out/*'", ""),
    ] {
        assert_eq!(values(&mut s, &sorted(pattern)), json!([found]), "{pattern}");
    }
    let told = values(
        &mut s,
        "return select(2, jido.glob('*', '../..')), select(2, jido.glob('*', 'none'))",
    );
    assert!(told[0].as_str().unwrap().starts_with("Security error"), "{told}");
    assert_eq!(told[1], "File not found: none");
}

#[test]
fn row_41_deleting_and_making_folders() {
    let (_folder, mut s) = project(&[("a.txt", "x")]);
    let source = "return jido.delete_file('a.txt'), select(2, jido.delete_file('a.txt')),
                         jido.mkdir_p('x/y'), jido.mkdir_p('x/y'), jido.is_dir('x/y'),
                         jido.list_dir(nil, {ignore_patterns = {'q*'}})[1].name";
    let want = json!([true, "File not found: a.txt", true, true, true, "x"]);
    assert_eq!(values(&mut s, source), want);
}

#[test]
fn row_66_edits_searches_and_lists() {
    let (_folder, mut s) = project(&[("a.txt", "one\ntwo\nthree\n"), ("b/c.txt", "two two")]);
    let edit = "jido.read_file('a.txt') return jido.edit_file('a.txt', 'two', '2'), jido.read_file('a.txt')";
    assert_eq!(values(&mut s, edit), json!([true, "     1→one\n     2→2\n     3→three\n     4→"]));
    let many = "jido.read_file('b/c.txt') return select(2, jido.edit_file('b/c.txt', 'two', '2'))";
    assert!(values(&mut s, many)[0].as_str().unwrap().starts_with("Found 2 occurrences"), "{many}");
    let all = "return select(2, jido.multi_edit('a.txt', {{old_string = 'one', new_string = '1'},
                 {old_string = 'absent', new_string = ''}})), jido.read_file('a.txt', {limit = 1})";
    let told = values(&mut s, all);
    assert!(told[0].as_str().unwrap().starts_with("Edit 2 failed: "), "{told}");
    assert_eq!(told[1], "     1→one");
    let grep = "local r = jido.grep('t.o', '.') return #r, r[1].file, r[1].line, r[1].content";
    assert_eq!(values(&mut s, grep), json!([1, "b/c.txt", 1, "two two"]));
    let todo = "return jido.todo_write({{content = 'a', status = 'pending', active_form = 'a'}}), #jido.todo_read()";
    assert_eq!(values(&mut s, todo), json!(["Todo list updated: 1 pending", 1]));
    // The list is undone with the run that wrote it.
    let fails = "jido.todo_write({}) assert(#jido.todo_read() == 0) error('x')";
    assert!(!s.run(fails).is_done());
    assert_eq!(values(&mut s, "return #jido.todo_read()"), json!([1]));
    let background = "local b = jido.shell_background('echo', {'hi'})
                      local o = jido.shell_output(b.shell_id) return o.output, o.status, o.exit_code";
    assert_eq!(values(&mut s, background), json!(["hi\n", "completed", 0]));
    let told = values(
        &mut s,
        "return select(2, jido.web_fetch('http://x.org/')), jido.ask_user({kind = 'confirm', title = '?'}).reason",
    );
    assert_eq!(told[1], "unavailable");
    assert!(told[0].as_str().unwrap().starts_with("web_fetch is disabled"), "{told}");
    let told = values(
        &mut s,
        "return jido.ask_user({kind = 'x'}), jido.ask_user({kind = 'select'}).message",
    );
    let invalid =
        json!({"ok": false, "reason": "invalid", "message": "unknown ui request kind 'x'"});
    assert_eq!(told, json!([invalid, "ui request requires an options array"]));
}

#[test]
fn searching_takes_no_more_memory_than_the_largest_file() {
    let text = "a line\n".repeat(200_000);
    let names: Vec<String> = (0..60).map(|n| format!("{n}.txt")).collect();
    let files: Vec<(&str, &str)> =
        names.iter().map(|name| (name.as_str(), text.as_str())).collect();
    let (_folder, mut s) = project(&files);
    // 84 MB in all, within 64 MiB.
    assert_eq!(values(&mut s, "return #jido.grep('another line', '.')"), json!([0]));
}
