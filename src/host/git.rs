//! The guard before `git`, and what its output says.
//!
//! Scripts name a subcommand and its arguments; nothing they can say comes before the
//! subcommand. The guard knows what destroys work, which must be asked for, and what would
//! run other programs or reach elsewhere, which is refused. It reads options as git does:
//! abbreviated, in clusters, with their values attached.

mod checkout;
mod guard;
mod option;
mod own;
mod parse;
mod quoted;
mod root;
mod todo;

pub(super) use checkout::alone;
#[cfg(feature = "cli")]
pub(crate) use guard::is_subcommand;
pub(super) use guard::{Asked, check, values};
pub(super) use own::{HOOKS, LEFT, LIST, goes_in_steps, included, overrides};
pub use parse::{parse_branch, parse_diff, parse_log, parse_status};
pub(super) use root::Root;
pub(super) use todo::runs_programs;

/// What git is told before its subcommand: nothing of the repository's own runs.
pub(super) const BEFORE: [&str; 39] = [
    "--no-pager",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.pager=cat",
    "-c",
    "safe.bareRepository=explicit",
    "-c",
    "clean.requireForce=true",
    "-c",
    "protocol.ext.allow=never",
    "-c",
    "gc.auto=0",
    // What is read of the output has neither colours nor columns, whatever is `always` so.
    "-c",
    "color.ui=false",
    "-c",
    "color.branch=false",
    "-c",
    "color.diff=false",
    "-c",
    "color.status=false",
    "-c",
    "column.ui=never",
    "-c",
    "column.branch=never",
    // Signing runs what is usual, and not what the repository names.
    "-c",
    "gpg.program=gpg",
    "-c",
    "gpg.openpgp.program=gpg",
    "-c",
    "gpg.x509.program=gpgsm",
    "-c",
    "gpg.ssh.program=ssh-keygen",
    "-c",
    "gpg.ssh.defaultKeyCommand=",
    // Empty: nobody is asked for passwords.
    "-c",
    "credential.helper=",
];

/// What git is told by its environment.
pub(super) const ENVIRONMENT: [(&str, &str); 7] = [
    // Repositories in the root are the script's own, and their hooks would run.
    ("GIT_ALLOW_PROTOCOL", "git:http:https:ssh"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_EDITOR", ":"),
    ("GIT_SEQUENCE_EDITOR", ":"),
    ("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"),
    ("GIT_ASKPASS", "true"),
    // Set and empty: no `core.gitProxy` either.
    ("GIT_PROXY_COMMAND", ""),
];

/// Returns the subcommand that is the first of git's arguments; nothing, if there are none.
pub(super) fn subcommand(args: &[Vec<u8>]) -> &[u8] {
    args.first().map_or(&b""[..], Vec::as_slice)
}

/// Returns what a subcommand is told after its name.
pub(super) fn after(subcommand: &[u8]) -> &'static [&'static str] {
    match subcommand {
        b"diff" | b"log" | b"show" => &["--no-ext-diff", "--no-textconv"],
        b"blame" => &["--no-textconv"],
        _ => &[],
    }
}
