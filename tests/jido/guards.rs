//! Ways around the guards before git and the programs that run others: each is refused, and
//! nothing of it happens.

use super::{Place, builder, everything, session, values};
use moonfuel::Tier;
use moonfuel::host::gate::Gate;
use moonfuel::host::jido::JidoOptions;
use moonfuel::host::policy::Rules;
use serde_json::json;

/// A repository with a commit, a branch, a tag, and files of the script's own that would do
/// harm if anything ran them.
pub fn repository() -> Place {
    let place = Place::new();
    place.git(&["init", "-q", "-b", "main"]);
    place.git(&["config", "user.email", "t@example.org"]);
    place.git(&["config", "user.name", "T"]);
    place.write("t.txt", "one\n");
    place.git(&["add", "."]);
    place.git(&["commit", "-q", "-m", "Begin"]);
    place.git(&["branch", "feature"]);
    place.git(&["tag", "v1"]);
    place.write("t.txt", "changed\n");
    place.write("evil.sh", "#!/bin/sh\ntouch PWNED\n");
    place.write("template/hooks/post-checkout", "#!/bin/sh\ntouch PWNED\n");
    place.write("template/config", "[core]\n\tfsmonitor = ./evil.sh\n");
    use std::os::unix::fs::PermissionsExt;
    for file in ["evil.sh", "template/hooks/post-checkout"] {
        let path = place.root().join(file);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    place
}

/// Each answers with nil and a text.
const WAYS: [&str; 135] = [
    // Spellings of what destroys.
    "git('push', {'--force', 'origin', 'main'})",
    "git('push', {'--forc', 'origin', 'main'})",
    "git('push', {'--force-with-lease=main', 'origin'})",
    "git('push', {'-uf', 'origin', 'main'})",
    "git('push', {'-qfv', 'origin'})",
    "git('push', {'origin', '+main'})",
    "git('push', {'origin', '+main:main'})",
    "git('push', {'origin', ':feature'})",
    "git('push', {'origin', '--del', 'feature'})",
    "git('push', {'-d', 'origin', 'feature'})",
    "git('push', {'--mirror'})",
    "git('push', {'--mir'})",
    "git('push', {'--prune', 'origin'})",
    "git('reset', {'--hard', 'HEAD'})",
    "git('reset', {'--har'})",
    "git('reset', {'HEAD', '--hard'})",
    "git('clean', {'-dfx'})",
    "git('clean', {'--force'})",
    "git('clean', {'-e', 'x', '-xf'})",
    "git('branch', {'-D', 'feature'})",
    "git('branch', {'-df', 'feature'})",
    "git('branch', {'-d', '--force', 'feature'})",
    "git('branch', {'-f', 'feature', 'HEAD'})",
    "git('branch', {'-M', 'feature'})",
    "git('branch', {'-C', 'feature', 'main'})",
    "git('checkout', {'-f', 'feature'})",
    "git('checkout', {'--forc'})",
    "git('checkout', {'-B', 'feature'})",
    "git('checkout', {'t.txt'})",
    "git('checkout', {'./t.txt'})",
    "git('checkout', {'sub/../t.txt'})",
    "git('checkout', {'t.txt/.'})",
    "git('checkout', {'$ROOT/t.txt'})",
    "git('checkout', {'.'})",
    "git('checkout', {'*'})",
    "git('checkout', {':/'})",
    "git('checkout', {':(top)t.txt'})",
    "git('checkout', {'HEAD', 't.txt'})",
    "git('checkout', {'HEAD', 'gone.txt'})",
    "git('checkout', {'--', 't.txt'})",
    "git('checkout', {'HEAD', '--', 't.txt'})",
    "git('checkout', {'-q', 't.txt'})",
    "git('checkout', {'-p'})",
    "git('checkout', {'-m', 'feature'})",
    "git('checkout', {'--pathspec-f=list'})",
    "git('checkout', {'--theirs', 't.txt'})",
    "git('switch', {'-f', 'feature'})",
    "git('switch', {'--disc', 'feature'})",
    "git('switch', {'-m', 'feature'})",
    "git('restore', {'--source=HEAD', 't.txt'})",
    "git('reset', {'--merge'})",
    "git('fetch', {'--force', 'origin'})",
    "git('fetch', {'origin', '+main:main'})",
    "git('pull', {'-f', 'origin'})",
    "git('mv', {'-f', 'evil.sh', 't.txt'})",
    "git('worktree', {'add', '-B', 'feature', 'w'})",
    "git('restore', {'t.txt'})",
    "git('restore', {'--staged', '--worktree', '.'})",
    "git('switch', {'--discard-changes', 'feature'})",
    "git('switch', {'-C', 'feature'})",
    "git('stash', {'drop'})",
    "git('stash', {'clear'})",
    "git('tag', {'-d', 'v1'})",
    "git('tag', {'-f', 'v1'})",
    "git('reflog', {'expire', '--expire=now', '--all'})",
    "git('reflog', {'delete', 'HEAD@{0}'})",
    "git('rm', {'-rf', '.'})",
    "git('worktree', {'remove', '-f', 'w'})",
    "git('push', {'--force'}, {allow_destructive = 1})",
    "git('push', {'--force'}, {allow_destructive = 'true'})",
    // What runs other programs, or reaches elsewhere.
    "git('fetch', {'--upload-pack=./evil.sh', '.'})",
    "git('fetch', {'--upload-p', './evil.sh', '.'})",
    "git('push', {'--receive-pack=./evil.sh', '.'})",
    "git('push', {'--exec=./evil.sh', '.'})",
    "git('clone', {'-u', './evil.sh', '.', 'c'})",
    "git('clone', {'-qu./evil.sh', '.', 'c'})",
    "git('clone', {'-c', 'core.fsmonitor=./evil.sh', '.', 'c'})",
    "git('clone', {'--config', 'core.fsmonitor=./evil.sh', '.', 'c'})",
    "git('clone', {'--template=template', '.', 'c'})",
    "git('init', {'--template=template', 'new'})",
    "git('init', {'--templ', 'template', 'new'})",
    "git('init', {'--separate-git-dir=gd', 'new'})",
    "git('rebase', {'-x', './evil.sh', 'HEAD'})",
    "git('rebase', {'-ix', './evil.sh', 'HEAD'})",
    "git('rebase', {'--exec', './evil.sh', 'HEAD'})",
    "git('bisect', {'run', './evil.sh'})",
    "git('bisect', {'visualize'})",
    "git('submodule', {'foreach', './evil.sh'})",
    "git('submodule', {'--quiet', 'foreach', './evil.sh'})",
    "git('diff', {'--output=t.txt'})",
    "git('log', {'--outpu=.git/config'})",
    "git('diff', {'--ext-diff'})",
    "git('show', {'--textconv'})",
    "git('status', {'-c', 'core.fsmonitor=./evil.sh'})",
    "git('status', {'-C', '/'})",
    "git('status', {'--git-dir=gd'})",
    "git('status', {'--work-tree=..'})",
    "git('-c', {'alias.x=!./evil.sh', 'x'})",
    "git('--exec-path=.', {'status'})",
    "git('config', {'core.hooksPath', '.'})",
    "git('x')",
    "git('status', {'--help'})",
    "git('bisect', {'--help'})",
    "shell('git', {'log', '--help'})",
    "git('clone', {'ext::sh -c ./evil.sh', 'c'})",
    "git('fetch', {'EXT::./evil.sh'})",
    "git('remote', {'add', 'e', 'ext::./evil.sh'})",
    "git('clone', {'evil::.', 'c'})",
    "git('clone', {'file:///etc', 'c'})",
    "git('clone', {'/etc', 'c'})",
    "git('worktree', {'add', '../w'})",
    "git('commit', {'-F', '/etc/hostname'})",
    "git('commit', {'-F/etc/hostname'})",
    "git('commit', {'-aF/etc/hostname'})",
    "git('commit', {'--file=/etc/hostname'})",
    "git('apply', {'--unsafe-paths', 'p'})",
    "git('add', {'out/hostname'})",
    "git('diff', {'--no-index', 't.txt', 'out/hostname'})",
    // The same by way of programs.
    "shell('git', {'push', '--force', 'origin', 'main'})",
    "shell('git', {'-c', 'alias.x=!./evil.sh', 'x'})",
    "shell('git', {'-C', 'c', 'status'})",
    "shell('git', {'gc'})",
    "shell('git', {'checkout', 't.txt'})",
    "shell_background('git', {'checkout', 'HEAD', 't.txt'})",
    "shell('time', {'git', 'checkout', '.'})",
    "shell('time', {'git', 'push', '--force'})",
    "shell('time', {'time', 'sh', '-c', './evil.sh'})",
    "shell('find', {'.', '-name', 't.txt', '-exec', './evil.sh', ';'})",
    "shell('sort', {'--compress-program=./evil.sh', 't.txt'})",
    "shell_background('git', {'reset', '--hard'})",
    "shell('curl', {'-K', 'evil.sh'})",
    "shell('curl', {'-sKevil.sh', 'http://127.0.0.1:1/'})",
    "shell('curl', {'-w', '%output{t.txt}', 'http://127.0.0.1:1/'})",
    "shell('wget', {'--config=evil.sh', 'http://127.0.0.1:1/'})",
    "shell('wget', {'-e', 'output_document=t.txt', 'http://127.0.0.1:1/'})",
];

#[test]
fn no_way_around_the_guards_is_open() {
    let place = repository();
    std::os::unix::fs::symlink("/etc", place.root().join("out")).unwrap();
    let gate = Gate::new(Rules::new(Tier::Execute), "s");
    let mut s = builder(&place.root(), everything()).policy(gate.clone()).build().unwrap();
    let config = place.read(".git/config");
    for (number, way) in WAYS.iter().enumerate() {
        let way = way.replace("$ROOT", &place.root().display().to_string());
        let got = values(&mut s, &format!("return jido.{way}"));
        assert!(got[0].is_null() && got[1].is_string(), "{way}: {got}");
        assert!(!place.root().join("PWNED").exists(), "{way}");
        // Each is in the log, as what was refused and why.
        let entries = gate.audit().entries();
        assert_eq!(entries.len(), number + 1, "{way}");
        let entry = entries[number].to_json();
        assert!(entry["status"] == "blocked" && entry["rule"].is_string(), "{way}: {entry}");
    }
    assert_eq!(place.read("t.txt"), "changed\n");
    assert_eq!(place.read(".git/config"), config);
    let branches = values(&mut s, "return #jido.git('branch').parsed.branches");
    assert_eq!(branches, json!([2]));
}

/// `parsed` is about what git was asked about, and names are what they are.
#[test]
fn what_is_read_of_git_is_what_it_was_asked() {
    let place = repository();
    let mut s = session(&place, everything());
    for name in ["one", "two", "\u{e9}"] {
        std::fs::write(place.root().join(name), name).unwrap();
    }
    let mut untracked = |args: &str| {
        let code = format!("return jido.git('status', {args}).parsed.untracked");
        values(&mut s, &code)[0].clone()
    };
    assert_eq!(untracked("{}"), json!(["evil.sh", "one", "template/", "two", "\u{e9}"]));
    assert_eq!(untracked("{'one'}"), json!(["one"]));
    assert_eq!(untracked("{'--short', '--', 'two', '\u{e9}'}"), json!(["two", "\u{e9}"]));
    assert_eq!(untracked("{'--branch', '--porcelain=v2', '-uno'}"), json!([]));
    let code = "jido.git('add', {'one', 'two', '\u{e9}'})
                local changed, counted = jido.git('diff', {'--cached'}), jido.git('diff', {'--cached', '--stat'})
                local paths = {}
                for _, said in ipairs{changed, counted} do
                    for _, file in ipairs(said.parsed.files) do
                        paths[#paths + 1] = file.path
                    end
                end
                return paths";
    assert_eq!(values(&mut s, code)[0], json!(["one", "two", "\u{e9}", "one", "two", "\u{e9}"]));
}

/// What changes to branches alone is no destruction, and git is kept to branches.
#[test]
fn branches_are_checked_out_and_files_are_not() {
    let place = repository();
    let mut s = session(&place, everything());
    std::fs::remove_file(place.root().join("t.txt")).unwrap();
    // What is gone is found out by git alone.
    let gone = values(&mut s, "return jido.git('checkout', {'t.txt'})");
    assert_eq!(gone[0]["exit_code"], 128, "{gone}");
    assert!(!place.root().join("t.txt").exists());
    place.write("t.txt", "changed\n");
    for args in [
        "'feature'",
        "'-'",
        "'--detach'",
        "'main'",
        "'main', '--'",
        "'-q', 'feature'",
        "'-b', 'fixmp', 'main'",
        "'-bmain2'",
        "'-q', '-b', 't.txt2', '--no-track', 'main'",
        "'--orphan', 'bare'",
        "'--detach', 'v1'",
        "'HEAD~0'",
    ] {
        let got = values(&mut s, &format!("return jido.git('checkout', {{{args}}})"));
        assert_eq!(got[0]["exit_code"], 0, "{args}: {got}");
        assert_eq!(place.read("t.txt"), "changed\n", "{args}");
    }
    let got = values(&mut s, "return jido.git('switch', {'-cmixed', 'main'})");
    assert_eq!(got[0]["exit_code"], 0, "{got}");
    let code = "return jido.git('checkout', {'t.txt'}, {allow_destructive = true})";
    assert_eq!(values(&mut s, code)[0]["exit_code"], 0);
    assert_eq!(place.read("t.txt"), "one\n");
}

/// What the functions for files would have to write for git to run it.
#[test]
fn the_directory_of_a_repository_is_not_written_once_programs_run() {
    let place = repository();
    place.git(&["worktree", "add", "-q", "tree"]);
    place.git(&["worktree", "add", "-q", "deep/-r/low"]);
    std::os::unix::fs::symlink(".git", place.root().join("dot")).unwrap();
    std::os::unix::fs::symlink(".git/hooks", place.root().join("hooks")).unwrap();
    let ways = [
        "write_file('.git/hooks/pre-commit', 'x')",
        "write_file('.GIT/hooks/pre-commit', 'x')",
        "write_file('.git/config', 'x')",
        "write_file('sub/../.git/config', 'x')",
        "write_file('dot/config', 'x')",
        "write_file('dot/new', 'x')",
        "write_file('hooks/pre-commit', 'x')",
        "write_file('$ROOT/.git/new', 'x')",
        "write_file('tree/.git', 'gitdir: ../gd')",
        "write_file('new/.git/config', 'x')",
        "write_file('new/.git', 'gitdir: gd')",
        "mkdir_p('new/.git/hooks')",
        "mkdir_p('hooks/new')",
        "delete_file('.git/config')",
        "delete_file('dot/HEAD')",
        "edit_file('.git/config', 'core', 'x')",
        "edit_file('dot/config', 'core', 'x')",
        "multi_edit('.git/HEAD', {{old_string = 'main', new_string = 'feature'}})",
        "shell('cp', {'evil.sh', '.git/hooks/pre-commit'})",
        "shell('cp', {'evil.sh', 'hooks/pre-commit'})",
        "shell('mv', {'template', '.git/t'})",
        "shell('ln', {'-s', 'evil.sh', 'dot/hooks/pre-commit'})",
        "shell('rm', {'-r', '.git'})",
        "shell('rm', {'-rf', '$ROOT'})",
        "shell('rm', {'-rf', './', 't.txt'})",
        "shell('rm', {'-rf', 'tree'})",
        "shell('time', {'rm', '-rf', '$ROOT/'})",
        "shell('cp', {'-r', 'tree/.', '.'})",
        "shell('cp', {'-r', 'tree', 'new'})",
        "shell('mv', {'tree', 'new'})",
        "shell('rm', {'-rf', 'deep'})",
        "shell('rm', {'-rf', 't.txt', 'deep/-r'})",
        "shell('time', {'rm', '-rf', '$ROOT/deep'})",
        "shell('rm', {'-rf', 'deep/.'})",
        "shell('cp', {'-r', 'deep', 'new'})",
        "shell('cp', {'-r', '.', 'new'})",
        "shell('mv', {'deep', 'new'})",
        "shell('mv', {'-t', 'template', 'deep'})",
        "shell('mv', {'--target-directory=template', 'deep'})",
        "shell_background('rm', {'-rf', 'deep'})",
        "shell('touch', {'--', './.git/x'})",
        "shell('find', {'.git', '-delete'})",
        "shell('sort', {'-o', '.git/config', 't.txt'})",
        "shell('sort', {'-o.git/config', 't.txt'})",
        "shell('sort', {'--output=.git/config', 't.txt'})",
        "shell('sort', {'-uo.git/config', 't.txt'})",
        "shell('sort', {'-uodot/config', 't.txt'})",
        "shell('curl', {'-so.git/config', 'http://127.0.0.1:1/'})",
        "shell('wget', {'-qO.git/config', 'http://127.0.0.1:1/'})",
    ];
    let mut s = session(&place, JidoOptions { require_read: false, ..everything() });
    let before = snapshot(&place);
    for way in ways {
        let way = way.replace("$ROOT", &place.root().display().to_string());
        let got = values(&mut s, &format!("return jido.{way}"));
        let text = got[1].as_str().unwrap_or_default();
        assert!(got[0].is_null() && text.contains("git"), "{way}: {got}");
    }
    assert_eq!(snapshot(&place), before);
    // What goes into such a folder, and what holds none, is moved and removed as ever.
    let code = "local codes = {}
        for i, words in ipairs{{'mv', 'evil.sh', 'deep'}, {'cp', '-r', 'template', 'deep/t'},
            {'rm', '-rf', 'deep/t', 'template'}, {'mv', 'deep/evil.sh', '.'}} do
            codes[i] = assert(jido.shell(words[1], {table.unpack(words, 2)})).exit_code
        end
        return codes";
    assert_eq!(values(&mut s, code), json!([[0, 0, 0, 0]]));
    assert_eq!(snapshot(&place), before);
    // To look is no harm; and without programs it is a directory like any other.
    let looked = values(
        &mut s,
        "return jido.file_exists('.git/config'), jido.shell('ls', {'.git'}).exit_code",
    );
    assert_eq!(looked, json!([true, 0]));
    let mut s = session(&place, JidoOptions { allow_write: true, ..JidoOptions::default() });
    assert_eq!(values(&mut s, "return jido.write_file('.git/new', 'x')"), json!([true]));
}

fn snapshot(place: &Place) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![place.root().join(".git"), place.root().join("tree")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push((path.display().to_string(), std::fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// A protected file does not come into reach, and is not removed, with the folder it lies in.
#[test]
fn folders_do_not_take_protected_files_along() {
    let place = Place::new();
    place.write("deep/.jido_code/settings.json", "{}");
    let mut s = session(&place, everything());
    for way in [
        "'mv', {'deep', 'new'}",
        "'mv', {'deep/.jido_code', 'new'}",
        "'mv', {'--', 'deep/.jido_code', 'new'}",
        "'cp', {'-r', 'deep/.jido_code', 'new'}",
        "'rm', {'-rf', 'deep'}",
        "'rm', {'-rf', '--', 'deep', 'new'}",
        "'rm', {'-rf', '.'}",
    ] {
        let got = values(&mut s, &format!("return jido.shell({way})"));
        let text = got[1].as_str().unwrap_or_default();
        assert!(text.starts_with("Security error (protected_settings_file): "), "{way}: {got}");
    }
    assert_eq!(place.read("deep/.jido_code/settings.json"), "{}");
    assert!(!place.root().join("new").exists());
}

/// What git finds in the root it trusts only as far as the guard goes.
#[test]
fn git_runs_nothing_of_the_repositorys_own() {
    let place = repository();
    place.write(".git/hooks/pre-commit", "#!/bin/sh\ntouch PWNED\n");
    place.write(".git/hooks/post-checkout", "#!/bin/sh\ntouch PWNED\n");
    for hook in ["pre-commit", "post-checkout"] {
        use std::os::unix::fs::PermissionsExt;
        let path = place.root().join(".git/hooks").join(hook);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    place.git(&["config", "core.fsmonitor", "./evil.sh"]);
    place.git(&["config", "diff.external", "./evil.sh"]);
    place.git(&["config", "core.pager", "./evil.sh"]);
    place.git(&["config", "alias.status", "!./evil.sh"]);
    place.git(&["config", "diff.evil.textconv", "./evil.sh"]);
    let _ = std::fs::remove_file(place.root().join("PWNED"));
    place.write(".gitattributes", "*.txt diff=evil\n");
    let mut s = session(&place, everything());
    let code = "local codes = {}
        for i, words in ipairs{{'status'}, {'diff'}, {'log', '-p'}, {'show'}, {'blame', 't.txt'}, {'add', '.'},
            {'commit', '-m', 'second'}, {'checkout', 'feature'}, {'stash', 'list'}, {'branch'}} do
            codes[i] = assert(jido.git(words[1], {table.unpack(words, 2)})).exit_code
        end
        return codes";
    assert_eq!(values(&mut s, code), json!([[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]));
    assert!(!place.root().join("PWNED").exists());
    // A bare repository that a script lays out is none, nor is one above the root.
    let place = Place::new();
    place.write("HEAD", "ref: refs/heads/main\n");
    place.write("config", "[core]\n\tbare = false\n\tworktree = .\n\tfsmonitor = touch PWNED\n");
    for folder in ["objects", "refs"] {
        std::fs::create_dir(place.root().join(folder)).unwrap();
    }
    let mut s = session(&place, everything());
    assert_eq!(values(&mut s, "return jido.git('status').exit_code"), json!([128]));
    assert!(!place.root().join("PWNED").exists());
    let place = repository();
    std::fs::create_dir(place.root().join("inner")).unwrap();
    let inner = super::builder(&place.root().join("inner"), everything());
    assert_eq!(
        values(&mut inner.build().unwrap(), "return jido.git('status').exit_code"),
        json!([128])
    );
    // Repositories of a script's own, with hooks, are not pushed to.
    let place = repository();
    place.git(&["init", "-q", "--bare", "other"]);
    place.write("other/hooks/post-receive", "#!/bin/sh\ntouch ../PWNED\n");
    let mut s = session(&place, everything());
    assert_eq!(
        values(&mut s, "return jido.git('push', {'other', 'main'}).exit_code ~= 0"),
        json!([true])
    );
}

/// Filters, merge drivers and the like are run where the script says so, by an attribute of a
/// file or an option. The user's own are the user's; the repository's own are not run, and
/// nothing is committed past a filter.
#[test]
fn programs_of_a_repositorys_own_configuration_are_not_run() {
    let place = repository();
    for (key, program) in [
        ("filter.evil.clean", "touch PWNED; cat"),
        ("filter.evil.smudge", "touch PWNED; cat"),
        ("filter.evil=2.process", "./evil.sh"),
        ("merge.evil.driver", "touch PWNED"),
        ("trailer.evil.cmd", "touch PWNED"),
        ("interactive.diffFilter", "touch PWNED; cat"),
        ("color.ui", "always"),
    ] {
        place.git(&["config", key, program]);
    }
    // The same in a file that the configuration includes.
    place.write("included", "[filter \"far\"]\n\tclean = touch PWNED; cat\n");
    place.git(&["config", "include.path", "../included"]);
    place.git(&["commit", "-qam", "second"]);
    place.git(&["checkout", "-q", "feature"]);
    place.write("t.txt", "three\n");
    place.git(&["commit", "-qam", "third"]);
    place.git(&["checkout", "-q", "main"]);
    place.write(".gitattributes", "*.a filter=evil\n*.b filter=evil=2\n*.c filter=far\n");
    let mut s = session(&place, everything());
    for (file, filter) in [("x.a", "evil"), ("x.b", "evil=2"), ("x.c", "far")] {
        place.write(file, "secret\n");
        for (call, output) in [
            (format!("git('add', {{'{file}'}})"), "output"),
            (format!("shell('git', {{'add', '{file}'}})"), "stderr"),
        ] {
            let code = format!(
                "local r = jido.{call}
                return r.exit_code, r.{output}:match('clean filter .*failed')"
            );
            let said = format!("clean filter '{filter}' failed");
            assert_eq!(values(&mut s, &code), json!([128, said]), "{code}");
        }
        let listed = format!("return jido.git('ls-files', {{'{file}'}}).output");
        assert_eq!(values(&mut s, &listed), json!([""]));
        std::fs::remove_file(place.root().join(file)).unwrap();
    }
    // What is included may change in the midst of what follows, and is refused there.
    place.git(&["config", "--unset", "include.path"]);
    let mut s = session(&place, everything());
    let code = "local b = jido.shell_background('git', {'stash'})
        return jido.shell_output(b).status";
    assert_eq!(values(&mut s, code), json!(["completed"]));
    place.write(".gitattributes", "*.txt merge=evil\n");
    let merged = values(&mut s, "return jido.git('merge', {'feature'}).output");
    assert!(merged.to_string().contains("CONFLICT"), "{merged}");
    let code = "return jido.git('commit', {'-am', 'x', '--trailer', 'evil=x'}).exit_code";
    values(&mut s, code);
    values(&mut s, "return jido.git('add', {'-p'}).exit_code");
    let code = "return jido.shell('time', {'git', 'status'})";
    assert!(values(&mut s, code)[0].is_null());
    assert!(!place.root().join("PWNED").exists());
}

#[test]
fn row_45_git_answers_with_what_it_said() {
    let place = repository();
    place.write("new name.txt", "x");
    let mut s = session(&place, everything());
    let code = "local p = jido.git('status', {'--short'}).parsed return p.unstaged, p.untracked";
    assert_eq!(values(&mut s, code), json!([["t.txt"], ["evil.sh", "new name.txt", "template/"]]));
    let code = "local r = jido.git('log', {'--oneline'}) local c = r.parsed.commits
        return #c, c[1].message, #c[1].hash >= 7, r.exit_code";
    assert_eq!(values(&mut s, code), json!([1, "Begin", true, 0]));
    let code = "return jido.git('diff', {'--stat'}).parsed.files, jido.git('diff', {'--numstat'}).parsed.files";
    let file = json!({"path": "t.txt", "additions": 1, "deletions": 1});
    assert_eq!(values(&mut s, code), json!([[file], [file]]));
    assert_eq!(
        values(&mut s, "return jido.git('diff').parsed.files"),
        json!([[{"path": "t.txt"}]])
    );
    assert_eq!(values(&mut s, "return jido.git('diff', {'main..feature'}).exit_code"), json!([0]));
    let code = "return jido.git('branch').parsed.branches";
    let branches =
        json!([[{"name": "feature", "current": false}, {"name": "main", "current": true}]]);
    assert_eq!(values(&mut s, code), branches);
    let code =
        "local r = jido.git('reset', {'--hard'}, {allow_destructive = true}) return r.exit_code";
    assert_eq!(values(&mut s, code), json!([0]));
    assert_eq!(place.read("t.txt"), "one\n");
    let code = "local r = jido.git('show', {'nothing'}) return r.exit_code, r.parsed, r.output:find('fatal') ~= nil";
    assert_eq!(values(&mut s, code), json!([128, null, true]));
}

/// What an argument leads to is looked at when a program starts: git must not make a link of it
/// while the program is at work.
#[test]
fn programs_and_git_that_changes_files_take_turns() {
    let place = repository();
    place.git(&["commit", "-qam", "Change"]);
    let options = everything().without_interpreters();
    let gate = Gate::new(Rules::new(Tier::Execute), "s");
    let mut s = builder(&place.root(), options).policy(gate.clone()).build().unwrap();
    let code = "id = jido.shell_background('sleep', {'600'}).shell_id
        local looks, changes = jido.git('status').exit_code, {jido.git('checkout', {'feature'})}
        local by_shell = {jido.shell('git', {'checkout', 'feature'})}
        return looks, changes[2], by_shell[2], jido.shell('true').exit_code";
    let text = |what: &str| {
        format!(
            "Security error: programs are at work, git changes files when they have ended: {what}"
        )
    };
    assert_eq!(values(&mut s, code), json!([0, text("checkout"), text("checkout"), 0]));
    let refused = gate.audit().entries().iter().map(|entry| entry.to_json()).collect::<Vec<_>>();
    assert_eq!(refused[2]["about"], "checkout");
    let code = "jido.shell_kill(id) return jido.git('checkout', {'feature'}).exit_code";
    assert_eq!(values(&mut s, code), json!([0]));
    // Both at once: the first has its turn.
    let code = "local all = host.all{{jido.git, 'checkout', {'main'}}, {jido.shell, 'true'}}
        return all[1][1].exit_code, all[2][2]";
    let text = "Security error: git is changing files, try again when it has ended: true";
    assert_eq!(values(&mut s, code), json!([0, text]));
    // Whoever may run interpreters needs no such way, and is not held up.
    let mut s = session(&place, everything());
    let code = "jido.shell_background('sleep', {'600'})
        return jido.git('checkout', {'feature'}).exit_code";
    assert_eq!(values(&mut s, code), json!([0]));
}

/// `bisect` runs this hook before it has read where hooks are said to be.
#[test]
fn the_hook_of_transactions_is_not_run() {
    use std::os::unix::fs::PermissionsExt;
    for folder in [".git/hooks", "hooks"] {
        let place = repository();
        let mut s = session(&place, everything());
        // Without one, there is nothing to refuse.
        let bisect = "return jido.git('bisect', {'start'}).exit_code, jido.git('bisect', {'reset'}).exit_code";
        assert_eq!(values(&mut s, bisect), json!([0, 0]));
        if folder == "hooks" {
            place.git(&["config", "core.hooksPath", "hooks"]);
        }
        let hook = format!("{folder}/reference-transaction");
        place.write(&hook, "#!/bin/sh\ntouch PWNED\n");
        let runs = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(place.root().join(hook), runs).unwrap();
        let text = "Security error: git would run a hook of the repository's: bisect";
        for way in [
            "git('bisect', {'start'})",
            "shell('git', {'bisect', 'start'})",
            "shell_background('git', {'bisect', 'start'})",
        ] {
            assert_eq!(values(&mut s, &format!("return jido.{way}")), json!([null, text]), "{way}");
        }
        let code =
            "for _, words in ipairs{{'branch', 'b'}, {'tag', 't'}, {'stash'}, {'stash', 'pop'},
            {'checkout', '-b', 'c'}, {'commit', '--allow-empty', '-m', 'm'}, {'merge', 'main'}} do
            jido.git(words[1], {table.unpack(words, 2)}) end";
        values(&mut s, code);
        assert!(!place.root().join("PWNED").exists(), "{folder}");
    }
}

#[test]
fn a_hundred_thousand_entries_are_listed_within_the_default_limits() {
    let place = Place::new();
    for at in 0..100_000 {
        std::fs::File::create(place.root().join(format!("f{at:06}"))).unwrap();
    }
    let mut session = session(&place, JidoOptions::default());
    let source = "local l = assert(jido.list_dir('.')) return #l, l[1].name, l[#l].name, l[7].type";
    let report = session.run(source);
    assert_eq!(report.json().unwrap(), r#"[100000,"f000000","f099999","file"]"#);
}
