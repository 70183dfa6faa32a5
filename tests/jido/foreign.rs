//! Repositories that somebody else has laid out: what git would run or show because of them.

use super::guards::repository;
use super::{Place, everything, session, values};
use moonfuel::host::jido::JidoOptions;
use serde_json::json;

/// A branch to rebase, with one commit that `feature` has not.
fn ahead() -> Place {
    let place = repository();
    place.git(&["checkout", "-q", "t.txt"]);
    std::fs::remove_file(place.root().join("evil.sh")).unwrap();
    place.git(&["checkout", "-q", "feature"]);
    place.write("f.txt", "f\n");
    place.git(&["add", "f.txt"]);
    place.git(&["commit", "-q", "-m", "Feature"]);
    place.git(&["checkout", "-q", "main"]);
    place.write("m.txt", "m\n");
    place.git(&["add", "m.txt"]);
    place.git(&["commit", "-q", "-m", "Main"]);
    place
}

/// Git asks itself for `merge-evil`, and an alias may be called that.
#[test]
fn no_alias_is_run_by_the_name_of_a_strategy() {
    for way in
        ["'cherry-pick', {'--strategy=evil', 'feature'}", "'rebase', {'-s', 'evil', 'feature'}"]
    {
        let place = ahead();
        place.git(&["config", "alias.merge-evil", "!touch PWNED"]);
        let mut s = session(&place, everything());
        let done = values(&mut s, &format!("return jido.git({way}).exit_code ~= 0"));
        assert_eq!(done, json!([true]), "{way}");
        assert!(!place.root().join("PWNED").exists(), "{way}");
    }
}

/// A line `exec` in the list of a rebase is run: it may come by the format of its lines.
#[test]
fn the_format_of_a_rebases_list_puts_no_programs_into_it() {
    let place = ahead();
    place.git(&["config", "rebase.instructionFormat", "%s%nexec touch PWNED"]);
    let mut s = session(&place, everything());
    let code = "return jido.git('rebase', {'feature'}).exit_code";
    assert_eq!(values(&mut s, code), json!([0]));
    assert!(!place.root().join("PWNED").exists());
}

/// Or the list was there before.
#[test]
fn a_rebase_under_way_that_has_programs_to_run_does_not_go_on() {
    let text = "Security error: git would run programs that the list of a rebase under way \
        names: rebase";
    let place = ahead();
    let below = place.root().join(".git/rebase-merge");
    let begin = ["-c", "sequence.editor=sed -i s/^pick/edit/", "rebase", "-q", "-i", "HEAD~1"];
    place.git(&begin);
    let list = std::fs::read_to_string(below.join("git-rebase-todo")).unwrap();
    std::fs::write(below.join("git-rebase-todo"), format!("{list}\n \tx touch PWNED\n")).unwrap();
    let mut s = session(&place, everything());
    for way in [
        "git('rebase', {'--continue'})",
        "git('rebase', {'--skip'})",
        "shell('git', {'rebase', '--continue'})",
        "shell_background('git', {'rebase', '--continue'})",
    ] {
        assert_eq!(values(&mut s, &format!("return jido.{way}")), json!([null, text]), "{way}");
    }
    // What is git's to read is not what a script could write meanwhile.
    std::fs::rename(&below, place.root().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("../elsewhere", &below).unwrap();
    place.write("elsewhere/git-rebase-todo", &list);
    assert_eq!(values(&mut s, "return jido.git('rebase', {'--continue'})"), json!([null, text]));
    std::fs::remove_file(&below).unwrap();
    std::fs::rename(place.root().join("elsewhere"), &below).unwrap();
    let code = "return jido.git('rebase', {'--continue'}).exit_code";
    assert_eq!(values(&mut s, code), json!([0]));
    assert!(!place.root().join("PWNED").exists());
}

/// The directory of a repository need not be called `.git`.
#[test]
fn the_directory_that_a_link_leads_to_is_not_written_either() {
    let place = repository();
    place.git(&["worktree", "add", "-q", "tree", "feature"]);
    std::fs::rename(place.root().join(".git"), place.root().join("far")).unwrap();
    let tree = place.root().join("far/worktrees/tree");
    for git in ["link", "file", "worktree", "dangling"] {
        let dot = place.root().join(".git");
        let _ = std::fs::remove_file(&dot);
        match git {
            "link" => std::os::unix::fs::symlink("far", &dot).unwrap(),
            "file" => place.write(".git", "gitdir: far\n"),
            "worktree" => place.write(".git", format!("gitdir: {}\n", tree.display())),
            _ => {
                std::os::unix::fs::symlink("far", &dot).unwrap();
                std::fs::remove_dir_all(place.root().join("far")).unwrap();
            }
        }
        let mut s = session(&place, everything());
        for file in ["far/config", "far/hooks/pre-commit"] {
            let got = values(&mut s, &format!("return jido.write_file('{file}', 'x')"));
            let text = got[1].as_str().unwrap_or_default();
            assert!(got[0].is_null() && text.contains("git_directory"), "{git}, {file}: {got}");
        }
    }
}

#[test]
fn a_repository_that_a_link_leads_out_to_is_named() {
    let place = repository();
    std::fs::rename(place.root().join(".git"), place.outside().join("far")).unwrap();
    std::os::unix::fs::symlink("../far", place.root().join(".git")).unwrap();
    let mut s = session(&place, everything());
    let got = values(&mut s, "return jido.git('status')");
    // Where programs are not confined, git goes there.
    let text = got[1].as_str().unwrap_or_default();
    assert!(!got[0].is_null() || text.contains("allow it with --allow git="), "{got}");
}

#[test]
fn neither_colours_nor_columns_get_into_what_is_read_of_git() {
    let place = repository();
    let mut s = session(&place, everything());
    let code = "local read = {}
        for at, words in ipairs{{'log'}, {'log', '--oneline'}, {'branch'}, {'diff', '--stat'}, {'diff'}} do
            read[at] = jido.git(words[1], {table.unpack(words, 2)}).parsed
        end
        return read";
    let plain = values(&mut s, code);
    for key in ["color.ui", "color.branch", "color.diff", "column.ui", "column.branch"] {
        place.git(&["config", key, "always"]);
    }
    assert_eq!(values(&mut s, code), plain);
}

/// Git, and what it starts in turn, reads what is included when it comes to that: a script must
/// not write there what has not been looked through.
#[test]
fn what_the_configuration_includes_is_not_written_while_git_is_at_work() {
    let place = repository();
    place.write("included", "");
    place.git(&["config", "include.path", "../included"]);
    place.write(".git/info/attributes", "* filter=evil\n");
    let mut s = session(&place, JidoOptions { require_read: false, ..everything() });
    let code = "local filter = '[filter \"evil\"]\\n\\tclean = touch PWNED\\n\\tsmudge = touch PWNED\\n'
        local all = host.all{{jido.git, 'checkout', {'feature'}}, {jido.write_file, 'included', filter}}
        return all[2][2], ({jido.shell('cp', {'evil.sh', 'included'})})[2]";
    let told = json!([
        "Security error (protected_git_directory): included",
        "Security error: git directory not allowed in argument: included",
    ]);
    assert_eq!(values(&mut s, code), told);
    assert!(!place.root().join("PWNED").exists());
}

/// Nor does git write there, and then start itself anew: as `rebase` does to put back what it
/// has laid aside.
#[test]
fn what_the_configuration_includes_is_not_changed_by_git_in_steps() {
    let place = ahead();
    place.write("included", "");
    place.git(&["add", "included"]);
    place.git(&["commit", "-q", "-m", "Included"]);
    place.git(&["branch", "-q", "evil"]);
    place.git(&["checkout", "-q", "evil"]);
    let filter = "[filter \"evil\"]\n\tclean = touch PWNED\n\tsmudge = touch PWNED\n";
    place.write("included", filter);
    place.git(&["commit", "-q", "-am", "Evil"]);
    place.git(&["checkout", "-q", "main"]);
    place.write("t.txt", "changed\n");
    place.git(&["config", "include.path", "../included"]);
    place.git(&["config", "rebase.autoStash", "true"]);
    place.write(".git/info/attributes", "* filter=evil\n");
    let mut s = session(&place, everything());
    for subcommand in ["rebase", "merge", "stash"] {
        let text = format!(
            "Security error: the configuration of git includes what git may change meanwhile \
             (included): {subcommand}"
        );
        let code = format!("return jido.git('{subcommand}', {{'evil'}})");
        assert_eq!(values(&mut s, &code), json!([null, text]));
    }
    assert!(!place.root().join("PWNED").exists());
    // What is done in one go reads nothing that has changed.
    assert_eq!(values(&mut s, "return jido.git('checkout', {'feature'}).exit_code"), json!([0]));
    // What lies in git's own folder stays as it is.
    place.write(".git/more", "");
    place.git(&["config", "include.path", "more"]);
    let mut s = session(&place, everything());
    assert_eq!(values(&mut s, "return jido.git('stash', {'list'}).exit_code"), json!([0]));
}
