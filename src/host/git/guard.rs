//! Which subcommands and arguments pass.

use super::checkout::takes_paths;
use super::option::{before_value, has_letter, is_long};
use super::root::Root;

/// Subcommands that scripts may use.
const SUBCOMMANDS: [&str; 40] = [
    "status",
    "diff",
    "log",
    "show",
    "branch",
    "remote",
    "tag",
    "rev-parse",
    "describe",
    "shortlog",
    "ls-files",
    "ls-tree",
    "cat-file",
    "blame",
    "reflog",
    "add",
    "commit",
    "checkout",
    "switch",
    "merge",
    "rebase",
    "stash",
    "cherry-pick",
    "reset",
    "revert",
    "fetch",
    "pull",
    "push",
    "restore",
    "rm",
    "mv",
    "init",
    "clone",
    "worktree",
    "submodule",
    "notes",
    "bisect",
    "apply",
    "am",
    "clean",
];

/// Options that run other programs, or reach elsewhere, whatever the subcommand.
const REFUSED: [&str; 18] = [
    "upload-pack",
    "receive-pack",
    "upload-archive",
    "exec",
    "exec-path",
    "config",
    "config-env",
    "git-dir",
    "work-tree",
    "output",
    "ext-diff",
    "textconv",
    "template",
    "separate-git-dir",
    "unsafe-paths",
    "super-prefix",
    "open-files-in-pager",
    // It is shown by `man`, or what the configuration names.
    "help",
];

/// Whole options that are the beginnings of those.
const HARMLESS: [&str; 1] = ["text"];

/// Subcommands that are given addresses.
const WITH_ADDRESSES: [&str; 6] = ["clone", "fetch", "pull", "push", "remote", "submodule"];

/// A subcommand with what destroys work when it is said: long options, letters, and words.
struct Destructive {
    subcommand: &'static str,
    long: &'static [&'static str],
    letters: &'static [u8],
    words: &'static [&'static str],
}

const fn destructive(
    subcommand: &'static str,
    long: &'static [&'static str],
    letters: &'static [u8],
    words: &'static [&'static str],
) -> Destructive {
    Destructive { subcommand, long, letters, words }
}

const DESTRUCTIVE: [Destructive; 14] = [
    destructive("push", &["force", "mirror", "delete", "prune"], b"fd", &[]),
    destructive("fetch", &["force"], b"f", &[]),
    destructive("pull", &["force"], b"f", &[]),
    destructive("reset", &["hard", "merge"], b"", &[]),
    destructive("clean", &["force"], b"f", &[]),
    destructive("branch", &["force"], b"DMCf", &[]),
    destructive("checkout", &["force", "merge", "conflict", "patch"], b"fBmp", &[]),
    destructive(
        "switch",
        &["force", "discard-changes", "force-create", "merge", "conflict"],
        b"fCm",
        &[],
    ),
    destructive("stash", &[], b"", &["drop", "clear"]),
    destructive("tag", &["delete", "force"], b"df", &[]),
    destructive("reflog", &[], b"", &["expire", "delete"]),
    destructive("rm", &["force"], b"f", &[]),
    destructive("mv", &["force"], b"f", &[]),
    destructive("submodule", &["force"], b"f", &[]),
];

/// Tells whether scripts may use a subcommand at all.
pub(crate) fn is_subcommand(name: &[u8]) -> bool {
    SUBCOMMANDS.iter().any(|known| known.as_bytes() == name)
}

/// What a script asks git for.
#[derive(Clone, Copy, Debug)]
pub(in crate::host) struct Asked<'a> {
    pub(in crate::host) subcommand: &'a [u8],
    pub(in crate::host) args: &'a [Vec<u8>],
    pub(in crate::host) allow_destructive: bool,
}

/// Refuses what is not allowed, with the text that says so.
///
/// # Errors
/// The text.
pub(in crate::host) fn check(asked: Asked<'_>, root: &dyn Root) -> Result<(), Vec<u8>> {
    let Asked { subcommand, args, allow_destructive } = asked;
    if !is_subcommand(subcommand) {
        return Err([b"git subcommand '", subcommand, b"' is not allowed"].concat());
    }
    for arg in args {
        for value in values(arg) {
            if value.split(|&byte| byte == b'/').any(|part| part == b"..") {
                return Err(about("Security error: path traversal not allowed", arg));
            }
            if value.first() == Some(&b'/') && !root.has(value) {
                return Err(about("Security error: absolute path outside project", arg));
            }
            if is_refused_address(subcommand, value) {
                return Err(about("Security error: git address not allowed", arg));
            }
        }
        if is_refused(subcommand, arg) {
            return Err(about("Security error: git option not allowed", arg));
        }
    }
    if runs_programs(subcommand, args) {
        let words = args.join(&b' ');
        return Err(about("Security error: git option not allowed", &words));
    }
    if !allow_destructive && is_destructive(subcommand, args, root) {
        let words: Vec<&[u8]> = [b"git".as_slice(), subcommand]
            .into_iter()
            .chain(args.iter().map(Vec::as_slice))
            .collect();
        let words = words.join(&b' ');
        return Err([
            b"destructive operation blocked: '".as_slice(),
            &words,
            b"' requires allow_destructive = true",
        ]
        .concat());
    }
    Ok(())
}

fn about(text: &str, arg: &[u8]) -> Vec<u8> {
    [text.as_bytes(), b": ", arg].concat()
}

/// Letters behind the first one of a cluster, behind each of which a value may begin.
const MOST_LETTERS: usize = 6;

/// Returns what may be a path or an address in an argument.
pub(in crate::host) fn values(arg: &[u8]) -> Vec<&[u8]> {
    if let Some(long) = arg.strip_prefix(b"--") {
        let value = long.iter().position(|&byte| byte == b'=').map(|at| &long[at + 1..]);
        return value.into_iter().collect();
    }
    match arg {
        [b'-', _, rest @ ..] => {
            // A letter with its value, or several letters with that of the last: it begins
            // behind any of them.
            let letters = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            let slash = (rest.get(letters) == Some(&b'/')).then_some(letters);
            let begins = 0..=letters.min(MOST_LETTERS);
            let begins = begins.chain(slash.filter(|&at| at > MOST_LETTERS));
            let is_value = |at: &usize| *at == 0 || !matches!(rest.get(*at), None | Some(b':'));
            begins.filter(is_value).map(|at| &rest[at..]).collect()
        }
        _ => vec![arg],
    }
}

fn is_refused(subcommand: &[u8], arg: &[u8]) -> bool {
    let is_harmless = |name: &&str| arg.strip_prefix(b"--") == Some(name.as_bytes());
    if REFUSED.iter().any(|name| is_long(arg, name)) && !HARMLESS.iter().any(is_harmless) {
        return true;
    }
    match subcommand {
        // `-c` sets the configuration, `-u` names a program.
        b"clone" => has_letter(arg, b"cuC"),
        // `-x` runs a command.
        b"rebase" => has_letter(arg, b"xcC"),
        // Here they make a branch.
        b"switch" | b"branch" => false,
        _ => arg.starts_with(b"-c") || arg.starts_with(b"-C"),
    }
}

fn is_refused_address(subcommand: &[u8], value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    if lower.starts_with(b"ext::") || lower.starts_with(b"file:") {
        return true;
    }
    if !WITH_ADDRESSES.iter().any(|known| known.as_bytes() == subcommand) {
        return false;
    }
    // `name::address` has git run the program `git-remote-name`.
    let name = lower.windows(2).position(|two| two == b"::").map(|at| &lower[..at]);
    name.is_some_and(|name| {
        name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+.-_".contains(byte))
    })
}

/// Tells whether the words after a subcommand have it run programs.
fn runs_programs(subcommand: &[u8], args: &[Vec<u8>]) -> bool {
    let said = |words: &[&str]| {
        args.iter().any(|arg| words.iter().any(|word| word.as_bytes() == arg.as_slice()))
    };
    match subcommand {
        b"bisect" => said(&["run", "visualize", "view"]),
        b"submodule" => said(&["foreach"]),
        _ => false,
    }
}

fn is_destructive(subcommand: &[u8], args: &[Vec<u8>], root: &dyn Root) -> bool {
    match subcommand {
        b"restore" => return true,
        b"checkout" if takes_paths(args, root) => return true,
        b"push" | b"fetch" | b"pull" => {
            // A reference that is deleted, or moved by force.
            let signs: &[u8] = if subcommand == b"push" { b":+" } else { b"+" };
            let is_forced = |arg: &Vec<u8>| arg.len() > 1 && signs.contains(&arg[0]);
            if args.iter().any(is_forced) {
                return true;
            }
        }
        b"worktree" => {
            let removes = args.iter().any(|arg| arg == b"remove");
            let forces = |arg: &Vec<u8>| is_long(arg, "force") || has_letter(arg, b"f");
            let resets = |arg: &Vec<u8>| has_letter(arg, b"B");
            return removes && args.iter().any(forces) || args.iter().any(resets);
        }
        _ => {}
    }
    let Some(known) = DESTRUCTIVE.iter().find(|known| known.subcommand.as_bytes() == subcommand)
    else {
        return false;
    };
    let named: &[u8] = match subcommand {
        b"checkout" => b"bB",
        b"switch" => b"cC",
        _ => b"",
    };
    args.iter().any(|arg| {
        let begins = |name: &str| {
            arg.strip_prefix(b"--").is_some_and(|said| said.starts_with(name.as_bytes()))
        };
        known.long.iter().any(|name| is_long(arg, name) || begins(name))
            || has_letter(before_value(arg, named), known.letters)
            || known.words.iter().any(|word| word.as_bytes() == arg.as_slice())
    })
}
