//! `jido.git(subcommand [, args [, {allow_destructive = bool, timeout = ms}]])`.

use super::elsewhere::{read, repository_outside};
use super::place::{Fare, Last, Way};
use super::programs::asked;
use super::refusal::Refusal;
use super::shell::{git_command_line, refused, start_failure};
use super::{Failure, Jido};
use crate::host::git::{self, parse_branch, parse_diff, parse_log, parse_status};
use crate::host::process::{CUT, End, KEPT, Keep, Order, Process};
use crate::{HostCx, HostFuture, HostValue, Reply};
use std::cell::{Cell, RefCell};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Milliseconds that git may take to say how it is configured.
const LISTING: i64 = 10_000;

/// The longest list of a rebase that is looked through.
const LONGEST_LIST: u64 = 16 << 20;

const ARGUMENTS: &str = "git requires a subcommand string and optional args array";

/// Runs git to its end.
pub(super) fn git(
    jido: &Arc<Jido>,
    cx: &mut HostCx<'_>,
    args: &[HostValue],
) -> Result<Reply, Failure> {
    let asked = asked(ARGUMENTS, args)?;
    let allow = asked.options.field("allow_destructive") == Some(&HostValue::Boolean(true));
    let words: Vec<Vec<u8>> = [&asked.command].into_iter().chain(&asked.args).cloned().collect();
    jido.pay_for_arguments(cx, &words)?;
    let turn = jido.turn(b"git", &words)?;
    jido.check_git(cx, &words, allow)?;
    let Some(program) = jido.find_program(b"git") else {
        return Err(b"git command not found".to_vec().into());
    };
    let permit = jido.pay_for_program(cx, 2 * KEPT, turn)?;
    let timeout = asked.timeout_or_default();
    let subcommand = asked.command.clone();
    let env = {
        let mut order = jido.order(program.clone(), [], Some(timeout), Keep::First(KEPT));
        jido.add_git_environment(cx, &mut order, &subcommand)?;
        order.env
    };
    let order = |args: Vec<Vec<u8>>| {
        let mut order = jido.order(program.clone(), args, Some(timeout), Keep::First(KEPT));
        order.merged = true;
        order.env.clone_from(&env);
        order
    };
    // The same once more, in the form that can be read.
    let short = (subcommand == b"status").then(|| {
        // Behind what the script says of the form, and before its paths.
        let end = asked.args.iter().position(|arg| arg == b"--").unwrap_or(asked.args.len());
        let mut words = asked.args.clone();
        words.splice(end..end, [b"--porcelain=v1".to_vec(), b"-z".to_vec()]);
        order(git_command_line(&subcommand, &words, allow))
    });
    let line = git_command_line(&subcommand, &asked.args, allow);
    let mut process = Process::start(order(line)).map_err(|error| start_failure("git", &error))?;
    Ok(Reply::Future(HostFuture::new(async move {
        let _permit = permit;
        let code = match (&mut process).await {
            End::Exited(code) => code,
            End::TimedOut => {
                return Ok(refused(format!("git command timed out after {timeout}ms")));
            }
            End::Killed => {
                return Ok(refused("git error: killed - the session has ended".to_owned()));
            }
        };
        let (output, _) = process.output();
        drop(process);
        let is_cut = output.is_cut();
        let mut output = output.into_bytes();
        let parsed = match subcommand.as_slice() {
            _ if code != 0 => HostValue::Nil,
            b"status" => status(short).await,
            b"log" => parse_log(&output),
            b"diff" => parse_diff(&output),
            b"branch" => parse_branch(&output),
            _ => HostValue::Nil,
        };
        if is_cut {
            output.extend_from_slice(CUT);
        }
        Ok(vec![HostValue::object([
            ("output", output.into()),
            ("parsed", parsed),
            ("exit_code", code.into()),
        ])])
    })))
}

/// Returns where the user's settings for git lie, without which it does not start.
pub(super) fn settings() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let home = home.filter(|home| home.is_absolute());
    home.map_or_else(Vec::new, |home| {
        vec![home.join(".gitconfig"), home.join(".config/git"), home.join(".gitignore")]
    })
}

async fn status(order: Option<Order>) -> HostValue {
    let Some(Ok(mut process)) = order.map(Process::start) else { return HostValue::Nil };
    match (&mut process).await {
        End::Exited(0) => parse_status(&process.output().0.into_bytes()),
        _ => HostValue::Nil,
    }
}

/// The root for a look at what git is asked, which the script pays for.
struct Looked<'a, 'b, 'c> {
    jido: &'a Jido,
    cx: RefCell<&'b mut HostCx<'c>>,
    /// Why the run must end.
    ended: Cell<Option<Refusal>>,
}

impl git::Root for Looked<'_, '_, '_> {
    fn has(&self, path: &[u8]) -> bool {
        self.jido.is_inside(path)
    }

    fn exists(&self, path: &[u8]) -> bool {
        let Ok(relative) = self.jido.check_path(path) else { return false };
        let Ok(mut cx) = self.cx.try_borrow_mut() else { return false };
        match self.jido.seek_for(Fare::given(*cx, &relative), &relative, Last::Keep) {
            Ok(Way::There(_)) => true,
            Err(refusal @ Refusal::Run(_)) => {
                self.ended.set(Some(refusal));
                false
            }
            _ => false,
        }
    }
}

impl Jido {
    /// Looks at what git is asked: a subcommand and its arguments.
    pub(super) fn check_git(
        &self,
        cx: &mut HostCx<'_>,
        words: &[Vec<u8>],
        allow_destructive: bool,
    ) -> Result<(), Failure> {
        if !self.options.allow_git {
            let text = b"git is disabled for this session (allow it with --allow git)";
            return Err(text.to_vec().into());
        }
        let Some((subcommand, args)) = words.split_first() else {
            return Err(ARGUMENTS.as_bytes().to_vec().into());
        };
        let asked = git::Asked { subcommand, args, allow_destructive };
        let looked = Looked { jido: self, cx: RefCell::new(cx), ended: Cell::new(None) };
        let checked = git::check(asked, &looked);
        if let Some(refusal) = looked.ended.take() {
            return Err(refusal.failure(cx, subcommand));
        }
        checked?;
        for arg in args {
            for value in git::values(arg) {
                if let super::programs::Reach::Link = self.reach(cx, value)? {
                    let text = b"Security error: symlink points outside project: ";
                    return Err([text.as_slice(), arg].concat().into());
                }
            }
        }
        Ok(())
    }

    /// Adds what git is told by its environment: it does not look for a repository above the
    /// root, and runs nothing that the repository's own configuration names.
    ///
    /// # Errors
    /// Git did not say what that is.
    pub(super) fn add_git_environment(
        &self,
        cx: &mut HostCx<'_>,
        order: &mut Order,
        subcommand: &[u8],
    ) -> Result<(), Failure> {
        let fixed = git::ENVIRONMENT.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        order.env.extend(fixed);
        if let Some(above) = self.confiner.path.parent() {
            order.env.push(("GIT_CEILING_DIRECTORIES".into(), above.as_os_str().to_owned()));
        }
        if !self.options.allow_write {
            order.env.push(("GIT_OPTIONAL_LOCKS".into(), "0".into()));
        }
        let instead = self.overrides(cx, order)?;
        if git::goes_in_steps(subcommand)
            && let Some(file) = self.included.first()
        {
            let text = b"Security error: the configuration of git includes what git may change \
                meanwhile (";
            return Err([&text[..], &file, b"): ", subcommand].concat().into());
        }
        match subcommand {
            b"bisect" => self.refuse_hook(cx, order)?,
            b"rebase" => self.refuse_list(cx, order)?,
            _ => {}
        }
        order.env.push(("GIT_CONFIG_COUNT".into(), instead.len().to_string().into()));
        for (at, (key, value)) in instead.into_iter().enumerate() {
            order.env.push((format!("GIT_CONFIG_KEY_{at}").into(), key.into()));
            order.env.push((format!("GIT_CONFIG_VALUE_{at}").into(), value.into()));
        }
        Ok(())
    }

    /// Refuses `bisect` where there is a hook of transactions: alone of all subcommands it runs
    /// that before it has read where hooks are said to be.
    fn refuse_hook(&self, cx: &mut HostCx<'_>, order: &Order) -> Result<(), Failure> {
        let hook = Path::new("hooks/reference-transaction");
        let places = self.ask_git(cx, order, git::HOOKS)?;
        let mut places = places.trim_ascii_end().split(|&byte| byte == b'\n').map(|place| {
            let place: &Path = OsStr::from_bytes(place).as_ref();
            self.confiner.path.join(place)
        });
        let (said, common) = (places.next(), places.next());
        let is_there =
            |path: Option<PathBuf>| path.is_none_or(|path| path.symlink_metadata().is_ok());
        // More lines than were asked for are no places.
        if is_there(said) || is_there(common.map(|path| path.join(hook))) || places.next().is_some()
        {
            let text = b"Security error: git would run a hook of the repository's: bisect";
            return Err(text.to_vec().into());
        }
        Ok(())
    }

    /// Refuses `rebase` where one is under way that has programs to run: its list came with the
    /// repository. What follows is git's own to read, so it lies in git's own folder.
    fn refuse_list(&self, cx: &mut HostCx<'_>, order: &Order) -> Result<(), Failure> {
        let places = self.ask_git(cx, order, git::LEFT)?;
        let place: &Path = OsStr::from_bytes(places.trim_ascii_end()).as_ref();
        let place = self.confiner.path.join(place);
        let list = place.join("git-rebase-todo");
        let is_link = |path: &Path| path.symlink_metadata().is_ok_and(|file| file.is_symlink());
        let runs = || match read(&list, LONGEST_LIST + 1) {
            Some(text) => text.len() as u64 > LONGEST_LIST || git::runs_programs(&text),
            // What is there and cannot be read here, git may find its way to.
            None => list.symlink_metadata().is_ok(),
        };
        if is_link(&place) || is_link(&list) || runs() {
            let text = b"Security error: git would run programs that the list of a rebase under \
                way names: rebase";
            return Err(text.to_vec().into());
        }
        Ok(())
    }

    /// Returns the settings that stand instead of those of the repository's own that name
    /// programs. It takes a few milliseconds.
    fn overrides(
        &self,
        cx: &mut HostCx<'_>,
        order: &Order,
    ) -> Result<Vec<(String, &'static str)>, Failure> {
        let listed = self.ask_git(cx, order, git::LIST)?;
        if !listed.starts_with(b"local\0") && !listed.windows(7).any(|part| part == b"\0local\0") {
            // Git passes over a link that it cannot follow.
            self.refuse_repository_out_of_reach()?;
        }
        self.keep_included(&listed);
        git::overrides(&listed).ok_or_else(|| {
            b"Security error: the configuration of git cannot be looked through".to_vec().into()
        })
    }

    /// Keeps from scripts what the repository's own configuration includes: while git is at
    /// work, it would read there what has not been looked through.
    fn keep_included(&self, listed: &[u8]) {
        for (by, said) in git::included(listed) {
            let root = &self.confiner.path;
            let by = root.join(OsStr::from_bytes(by));
            let place = by.parent().unwrap_or(root).join(OsStr::from_bytes(said));
            let real = place.canonicalize().ok();
            for place in [Some(place), real].into_iter().flatten() {
                let way = self.rules.below_root(place.as_os_str().as_bytes());
                // What lies in git's own folder is kept already, and changed by nobody.
                if let Some(way) = way.filter(|way| !self.is_git(way)) {
                    self.included.keep(way);
                }
            }
        }
    }

    /// Asks git about a repository, before it is run, in no more time than that will have. What
    /// a repository includes may be a pipe that nobody writes to.
    fn ask_git<const N: usize>(
        &self,
        cx: &mut HostCx<'_>,
        order: &Order,
        words: [&str; N],
    ) -> Result<Vec<u8>, Failure> {
        let words = words.map(|word| word.as_bytes().to_vec());
        let program = order.program.clone();
        let mut asking = self.order(program, words, Some(LISTING), Keep::First(KEPT));
        asking.env.clone_from(&order.env);
        asking.timeout = asking.timeout.min(order.timeout.or(asking.timeout));
        let process = Process::start(asking).map_err(|error| start_failure("git", &error))?;
        let end = process.wait_unless(|| cx.check()).map_err(Failure::Raised)?;
        let (listed, said) = process.output();
        if end == End::Exited(0) && !listed.is_cut() {
            return Ok(listed.into_bytes());
        }
        self.refuse_repository_out_of_reach()?;
        let text = b"Security error: the configuration of git cannot be looked through: ";
        let why = match end {
            End::TimedOut => b"git takes too long".to_vec(),
            _ => said.into_noted_bytes(),
        };
        Err([&text[..], why.trim_ascii_end()].concat().into())
    }

    fn refuse_repository_out_of_reach(&self) -> Result<(), Failure> {
        let Some(outside) = self.repository_out_of_reach() else { return Ok(()) };
        let place = outside.display();
        let text = format!(
            "Security error: the repository lies outside of the root, at {place} (allow it \
             with --allow git={place}, in Rust by JidoOptions::readable)"
        );
        Err(text.into_bytes().into())
    }

    /// Returns where the root's repository lies, if that is a place that programs do not reach.
    fn repository_out_of_reach(&self) -> Option<PathBuf> {
        let outside = repository_outside(&self.confiner.path)?;
        let mut reachable = self.confiner.readable.iter().chain(&self.confiner.writable);
        (!reachable.any(|place| outside.starts_with(place))).then_some(outside)
    }
}
