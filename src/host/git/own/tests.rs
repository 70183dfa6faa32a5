//! What of a repository's own configuration is overridden.

use super::{included, overrides};

fn listed(settings: &[(&str, &str, &str)]) -> Vec<u8> {
    let each =
        |(scope, key, value): &(&str, &str, &str)| format!("{scope}\0file:c\0{key}\n{value}\0");
    settings.iter().map(each).collect::<String>().into_bytes()
}

#[test]
fn what_names_a_program_is_overridden_and_nothing_else() {
    let list = listed(&[
        ("global", "filter.lfs.clean", "git-lfs clean -- %f"),
        ("local", "filter.lfs.clean", "git-lfs clean -- %f"),
        ("local", "filter.a.b=c.process", "x"),
        ("worktree", "merge.m.driver", "x\ny"),
        ("local", "merge.conflictstyle", "diff3"),
        ("local", "diff.external", "x"),
        ("local", "diff.d.textconv", "x"),
        ("local", "submodule.s.update", "rebase"),
        ("local", "submodule.t.update", "!x"),
        ("local", "trailer.t.cmd", "x"),
        ("local", "core.bare", "false"),
        ("global", "alias.co", "checkout"),
        ("local", "alias.co", "checkout"),
        ("local", "alias.merge-x", "!x"),
        ("local", "alias.a.command", "!x"),
        ("local", "hook.h.command", "x"),
        ("local", "rebase.instructionformat", "%s%nexec x"),
        ("command", "filter.c.clean", "x"),
    ]);
    let found = overrides(&list).unwrap();
    let found: Vec<(&str, &str)> = found.iter().map(|(key, with)| (&**key, *with)).collect();
    assert_eq!(
        found,
        [
            ("alias.a.command", ""),
            ("alias.merge-x", ""),
            ("diff.d.textconv", "cat"),
            ("diff.external", "false"),
            ("filter.a.b=c.clean", "false"),
            ("filter.a.b=c.process", ""),
            ("filter.a.b=c.required", "true"),
            ("filter.a.b=c.smudge", "false"),
            ("hook.h.command", "true"),
            ("merge.m.driver", "false"),
            ("rebase.instructionformat", "%s"),
            ("submodule.t.update", "checkout"),
            ("trailer.t.cmd", "false"),
        ]
    );
    assert_eq!(overrides(b""), Some(Vec::new()));
    // A setting without a value has no end of a line.
    assert_eq!(overrides(b"local\0file:c\0filter.x.clean\0").unwrap().len(), 3);
    for no_list in [b"local".as_slice(), b"local\0file:c\0", b"local\0file:c\0\0x"] {
        assert_eq!(overrides(no_list), None);
    }
    let list = listed(&[
        ("local", "include.path", "../a"),
        ("global", "include.path", "b"),
        ("worktree", "includeif.onbranch:c.path", "d"),
        ("local", "core.path", "e"),
    ]);
    assert_eq!(included(&list), [(b"c".as_slice(), b"../a".as_slice()), (b"c", b"d")]);
    assert_eq!(overrides(b"local\0file:c\0filter.\xff.clean\nx\0"), None);
    let many: Vec<(&str, String, &str)> =
        (0..1_001).map(|n| ("local", format!("merge.{n}.driver"), "x")).collect();
    let many: Vec<(&str, &str, &str)> =
        many.iter().map(|(scope, key, value)| (*scope, &**key, *value)).collect();
    assert_eq!(overrides(&listed(&many)), None);
}
