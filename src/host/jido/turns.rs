//! Programs and git take turns, where the guard before git holds: what an argument leads to is
//! looked at when a program is started, and git could make a link of it while the program is
//! at work. Where interpreters are on the list there is nothing to guard, since they can make
//! links themselves, and everything runs at once.

use super::options::is_interpreter;
use super::refusal::security;
use super::{Failure, Jido};
use crate::host::git;
use crate::session::lock;
use std::sync::{Arc, Mutex};

/// The subcommands of git that change files of the root, not only the repository's own.
const CHANGING: [&str; 18] = [
    "am",
    "apply",
    "bisect",
    "checkout",
    "cherry-pick",
    "clean",
    "clone",
    "merge",
    "mv",
    "pull",
    "rebase",
    "reset",
    "restore",
    "revert",
    "rm",
    "stash",
    "submodule",
    "switch",
];

/// What is at work.
#[derive(Debug, Default)]
pub(super) struct AtWork {
    programs: usize,
    /// Runs of git that change files.
    changing: usize,
}

/// A turn: it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    at_work: Arc<Mutex<AtWork>>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It need not wait, and nobody waits for it.
    Free,
    Program,
    Changing,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut at_work = lock(&self.at_work);
        match self.kind {
            Kind::Free => {}
            Kind::Program => at_work.programs -= 1,
            Kind::Changing => at_work.changing -= 1,
        }
    }
}

impl Jido {
    /// Takes a turn for a command, before its arguments are looked at.
    ///
    /// # Errors
    /// When something else is at work that it must not run beside.
    pub(super) fn turn(&self, command: &[u8], args: &[Vec<u8>]) -> Result<Turn, Failure> {
        let subcommand = git::subcommand(args);
        let is_changing = || {
            let is_add = args.get(1).is_some_and(|word| word == b"add");
            CHANGING.iter().any(|name| name.as_bytes() == subcommand)
                || subcommand == b"worktree" && is_add
        };
        let kind = match command {
            _ if self.runs_anything() => Kind::Free,
            b"git" if is_changing() => Kind::Changing,
            b"git" => Kind::Free,
            _ => Kind::Program,
        };
        if kind == Kind::Changing {
            self.background.look();
        }
        let mut at_work = lock(&self.at_work);
        match kind {
            Kind::Free => {}
            Kind::Program if at_work.changing > 0 => {
                return Err(security(
                    "git is changing files, try again when it has ended",
                    command,
                ));
            }
            Kind::Program => at_work.programs += 1,
            Kind::Changing if at_work.programs > 0 => {
                let what = "programs are at work, git changes files when they have ended";
                return Err(security(what, subcommand));
            }
            Kind::Changing => at_work.changing += 1,
        }
        drop(at_work);
        Ok(Turn { at_work: Arc::clone(&self.at_work), kind })
    }

    /// Tells whether a program is on the list that runs whatever it is told.
    fn runs_anything(&self) -> bool {
        self.options.commands.iter().any(|command| is_interpreter(command.as_bytes()))
    }
}
