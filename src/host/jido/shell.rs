//! `jido.shell(command [, args [, {timeout = ms}]])`: one program, no shell.

use super::fetch;
use super::options::{SHELLS, is_fetcher, is_interpreter};
use super::programs::{Asked, Reach, asked};
use super::refusal::security;
use super::{Failure, Jido};
use crate::host::git;
use crate::host::process::{End, KEPT, Keep, Process};
use crate::{HostCx, HostFuture, HostValue, Reply};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Devices that may be named.
const DEVICES: [&str; 7] = [
    "/dev/null",
    "/dev/zero",
    "/dev/urandom",
    "/dev/random",
    "/dev/stdin",
    "/dev/stdout",
    "/dev/stderr",
];

/// Programs that only look, and may look into a repository's directory.
const READERS: [&str; 12] =
    ["ls", "cat", "head", "tail", "grep", "wc", "diff", "test", "echo", "printf", "pwd", "true"];

const ARGUMENTS: &str = "shell requires a command string and optional args array";

/// Runs a program to its end.
pub(super) fn shell(
    jido: &Arc<Jido>,
    cx: &mut HostCx<'_>,
    args: &[HostValue],
) -> Result<Reply, Failure> {
    let asked = asked(ARGUMENTS, args)?;
    if !jido.options.allow_shell {
        let text = b"shell is disabled for this session (allow it with --allow shell)";
        return Err(text.to_vec().into());
    }
    jido.pay_for_arguments(cx, &asked.args)?;
    jido.check_command_name(&asked.command)?;
    let turn = jido.turn(&asked.command, &asked.args)?;
    jido.check_arguments(cx, &asked.command, &asked.args)?;
    let program = jido.program(&asked.command)?;
    let permit = jido.pay_for_program(cx, 2 * KEPT, turn)?;
    let timeout = asked.timeout_or_default();
    let args = jido.command_line(&asked);
    let mut order = jido.order(program, args, Some(timeout), Keep::First(KEPT));
    if asked.command == b"git" {
        jido.add_git_environment(cx, &mut order, git::subcommand(&asked.args))?;
    }
    let mut process = Process::start(order).map_err(|error| start_failure("Shell", &error))?;
    Ok(Reply::Future(HostFuture::new(async move {
        let _permit = permit;
        let end = (&mut process).await;
        let (out, err) = process.output();
        Ok(match end {
            End::Exited(code) => vec![HostValue::object([
                ("exit_code", code.into()),
                ("stdout", out.into_noted_bytes().into()),
                ("stderr", err.into_noted_bytes().into()),
            ])],
            End::TimedOut => refused(format!("Command timed out after {timeout}ms")),
            End::Killed => refused("Shell error: killed - the session has ended".to_owned()),
        })
    })))
}

/// Makes the two values of a failure.
pub(super) fn refused(text: String) -> Vec<HostValue> {
    vec![HostValue::Nil, text.into()]
}

/// Says why a program could not be started.
pub(super) fn start_failure(who: &str, error: &io::Error) -> Failure {
    let kind = format!("{:?}", error.kind()).to_lowercase();
    format!("{who} error: {kind} - {error}").into_bytes().into()
}

/// Why a command is none of a script's.
pub(super) enum NotAllowed {
    Interpreter,
    Unlisted,
}

/// Says why a program of jido's list is not on this one.
pub(super) fn left_out(why: &NotAllowed, command: &[u8]) -> &'static [u8] {
    match why {
        NotAllowed::Unlisted if is_interpreter(command) => {
            b": it runs whatever it is told, and must be named in grants.commands of the policy"
        }
        NotAllowed::Unlisted if is_fetcher(command) => {
            b": it reaches any host, and must be named in grants.commands of the policy"
        }
        _ => b"",
    }
}

impl Jido {
    /// Looks at a command's name.
    pub(super) fn check_name(&self, command: &[u8]) -> Result<(), NotAllowed> {
        if SHELLS.iter().any(|shell| shell.as_bytes() == command) {
            return Err(NotAllowed::Interpreter);
        }
        let is_listed = self.options.commands.iter().any(|known| known.as_bytes() == command);
        if !is_listed || command.contains(&b'/') || command.is_empty() {
            return Err(NotAllowed::Unlisted);
        }
        Ok(())
    }

    fn check_command_name(&self, command: &[u8]) -> Result<(), Failure> {
        self.check_name(command).map_err(|why| {
            let what = match why {
                NotAllowed::Interpreter => "shell interpreters are blocked",
                NotAllowed::Unlisted => "command not in allowlist",
            };
            let hint = left_out(&why, command);
            [b"Security error: ", what.as_bytes(), b" (", command, b")", hint].concat().into()
        })
    }

    /// Looks at the arguments of a command.
    pub(super) fn check_arguments(
        &self,
        cx: &mut HostCx<'_>,
        command: &[u8],
        args: &[Vec<u8>],
    ) -> Result<(), Failure> {
        if command == b"git" {
            return self.check_git(cx, args, false);
        }
        let is_reader = READERS.iter().any(|reader| reader.as_bytes() == command);
        for arg in args {
            for path in paths(arg) {
                if path.split(|&byte| byte == b'/').any(|part| part == b"..") {
                    return Err(security("path traversal not allowed in argument", arg));
                }
                let is_device = DEVICES.iter().any(|device| device.as_bytes() == path);
                if path.first() == Some(&b'/') && !is_device && !self.is_inside(path) {
                    return Err(security("absolute paths outside project not allowed", arg));
                }
                match self.reach(cx, path)? {
                    Reach::Link => return Err(security("symlink points outside project", arg)),
                    Reach::Repository if !is_reader => {
                        return Err(security("git directory not allowed in argument", arg));
                    }
                    Reach::Protected => {
                        let text = b"Security error (protected_settings_file): ";
                        return Err([text.as_slice(), arg].concat().into());
                    }
                    Reach::Inside | Reach::Repository => {}
                }
            }
        }
        self.check_other_programs(cx, command, args)
    }

    /// Refuses arguments that have a command run others, past its own list.
    fn check_other_programs(
        &self,
        cx: &mut HostCx<'_>,
        command: &[u8],
        args: &[Vec<u8>],
    ) -> Result<(), Failure> {
        let refuse = |arg: &[u8]| Err(security("argument runs other programs", arg));
        self.check_taken(cx, command, args)?;
        match command {
            b"time" => {
                let Some((inner, rest)) = args.split_first() else { return Ok(()) };
                // Git is told much beside its arguments, which `time` does not know.
                if self.check_name(inner).is_err() || inner == b"git" {
                    return refuse(inner);
                }
                // As deep as there are arguments, each of them `time`: not by recursion.
                let times = rest.iter().take_while(|arg| inner == b"time" && *arg == b"time");
                let skipped = times.count();
                match rest.get(skipped..) {
                    _ if inner != b"time" => self.check_arguments(cx, inner, rest),
                    Some([inner, rest @ ..])
                        if self.check_name(inner).is_ok() && inner != b"git" =>
                    {
                        self.check_arguments(cx, inner, rest)
                    }
                    Some([inner, ..]) => refuse(inner),
                    _ => Ok(()),
                }
            }
            b"find" => {
                // Beside what runs programs: what writes and deletes, past all that is protected.
                let begins =
                    |arg: &[u8], words: &[&[u8]]| words.iter().any(|word| arg.starts_with(word));
                for arg in args {
                    if begins(arg, &[b"-exec", b"-ok"]) {
                        return refuse(arg);
                    }
                    if begins(arg, &[b"-delete", b"-fprint", b"-fls"]) {
                        return Err(security("argument changes files", arg));
                    }
                }
                Ok(())
            }
            // A backup's name is made of the file's and of a suffix: neither is looked at.
            b"cp" | b"mv" | b"ln" => {
                let backs_up = |arg: &&Vec<u8>| match arg.as_slice() {
                    [b'-', b'-', rest @ ..] => rest.starts_with(b"b") || rest.starts_with(b"su"),
                    [b'-', letters @ ..] => letters.iter().any(|letter| b"bS".contains(letter)),
                    _ => false,
                };
                let found = args.iter().find(backs_up);
                found.map_or(Ok(()), |arg| Err(security("argument makes backups", arg)))
            }
            b"sort" => {
                let runs = |arg: &&Vec<u8>| arg.starts_with(b"--co");
                args.iter().find(runs).map_or(Ok(()), |arg| refuse(arg))
            }
            b"curl" | b"wget" => {
                let found = fetch::told(command, args);
                found.map_or(Ok(()), |arg| Err(security("argument not looked at", arg)))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn program(&self, command: &[u8]) -> Result<PathBuf, Failure> {
        let missing = || [b"Command not found: ", command].concat();
        self.find_program(command).ok_or_else(|| missing().into())
    }

    pub(super) fn command_line(&self, asked: &Asked) -> Vec<Vec<u8>> {
        match asked.args.split_first() {
            Some((subcommand, rest)) if asked.command == b"git" => {
                git_command_line(subcommand, rest, false)
            }
            _ => asked.args.clone(),
        }
    }
}

/// Returns what may be a path in an argument: itself, or the value of an option.
fn paths(arg: &[u8]) -> Vec<&[u8]> {
    let mut paths = if arg.starts_with(b"-") { git::values(arg) } else { vec![arg] };
    let plain = paths.iter().filter_map(|path| path.strip_prefix(b"@")).collect::<Vec<_>>();
    paths.extend(plain);
    paths
}

/// Puts what git is told beside around a subcommand and its arguments.
pub(super) fn git_command_line(
    subcommand: &[u8],
    args: &[Vec<u8>],
    allow_destructive: bool,
) -> Vec<Vec<u8>> {
    let words =
        |words: &[&str]| words.iter().map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>();
    let mut line = words(&git::BEFORE);
    line.push(subcommand.to_vec());
    line.extend(words(git::after(subcommand)));
    line.extend_from_slice(args);
    line.extend(words(git::alone(subcommand, args).filter(|_| !allow_destructive).as_slice()));
    line
}
