//! Calls of host functions that are written in another way than the host says.

use super::moonfuel;

#[test]
fn calls_that_are_written_in_another_way_have_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.txt"), "a\n").unwrap();
    let root = folder.path().to_str().unwrap();
    let (jido, imp) = (["--root", root], ["--host", "imp"]);
    let dot = "functions of a module are called with `.`: write `jido.read_file(...)`";
    let grep = "it is called as `jido.grep(pattern: string, path: string, ";
    let tool = "it is called as `imp.register_tool(tool: {name: string, ";
    for (host, code, hint) in [
        (jido, "local text = jido:read_file('a.txt')\nreturn #text", Some(dot)),
        (jido, "return jido:read_file('a.txt'):upper()", Some(dot)),
        (jido, "return assert(jido:read_file('a.txt'))", Some(dot)),
        (jido, "return #jido.grep{'x'}", Some(grep)),
        (jido, "local found = jido.grep('x') return found[1]", Some(grep)),
        (jido, "return assert(jido.read_file('none'))", None),
        (jido, "local path = nil return assert(jido.read_file(path))", None),
        (jido, "local jido = {} function jido:read_file() end return #jido:read_file()", None),
        (imp, "imp.register_tool('a', print)", Some(tool)),
        (imp, "imp.register_tool('a')", Some(tool)),
        (imp, "imp.register_tool{name = 1}", None),
        (jido, "return json:encode({})", Some("write `json.encode(...)`")),
    ] {
        let ran = moonfuel(&["eval", host[0], host[1], code]);
        assert_eq!(ran.status, 1, "{code}: {}", ran.stderr);
        let said = ran.stderr.lines().find(|line| line.starts_with("hint: "));
        match hint {
            Some(hint) => assert!(said.is_some_and(|said| said.contains(hint)), "{code}: {said:?}"),
            None => assert!(
                said.is_none_or(|said| !said.contains("called as") && !said.contains("with `.`")),
                "{code}: {said:?}"
            ),
        }
    }
}
