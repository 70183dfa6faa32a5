//! `jido.shell_background(command [, args [, opts]])`, `jido.shell_output(id [, opts])` and
//! `jido.shell_kill(id)`: programs that go on while the script does something else.
//!
//! They belong to the session, not to the run: they go on from run to run, and are killed
//! with the session.

use super::programs::{Permit, asked, check_kind, is_number};
use super::shell::{NotAllowed, left_out, refused, start_failure};
use super::{Failure, Jido};
use crate::host::git;
use crate::host::process::{Captured, End, Keep, Process};
use crate::session::lock;
use crate::{HostCx, HostFuture, HostValue, Reply};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::{Duration, Instant};

/// Bytes of the output that are kept: the last ones.
const KEPT: usize = 30_000;
/// What stands before an output that was cut.
const CUT: &[u8] = b"[Output truncated...]\n";
/// Most programs at a time.
const MOST_RUNNING: usize = 16;
/// Most programs that have ended and are remembered.
const MOST_KEPT: usize = 64;
/// The longest time that `shell_output` waits, in milliseconds.
const LONGEST_WAIT: i64 = 30_000;

const ARGUMENTS: &str = "shell_background requires a command string and optional args array";
const OUTPUT_ARGUMENTS: &str = "shell_output requires a shell_id argument";

/// The programs of a session.
#[derive(Debug, Default)]
pub(super) struct Background(Mutex<Programs>);

#[derive(Debug, Default)]
struct Programs {
    by_number: BTreeMap<u64, Arc<Mutex<Program>>>,
    last: u64,
}

#[derive(Debug)]
struct Program {
    process: Process,
    killed: bool,
    /// Given back when it is known to have ended.
    permit: Option<Permit>,
}

impl Background {
    fn programs(&self) -> MutexGuard<'_, Programs> {
        lock(&self.0)
    }

    /// Gives back the permits of programs that have ended.
    pub(super) fn look(&self) {
        self.programs().make_room();
    }

    fn find(&self, id: &[u8]) -> Option<Arc<Mutex<Program>>> {
        let number = std::str::from_utf8(id).ok()?.strip_prefix("shell_")?.parse().ok()?;
        self.programs().by_number.get(&number).cloned()
    }
}

impl Programs {
    /// Makes room for one more, if there may be one.
    fn make_room(&mut self) -> bool {
        let is_over = |program: &Arc<Mutex<Program>>| {
            let mut program = lock(program);
            let is_over = program.process.end().is_some();
            if is_over {
                program.permit = None;
            }
            is_over
        };
        let over: Vec<u64> =
            self.by_number.iter().filter(|(_, p)| is_over(p)).map(|(number, _)| *number).collect();
        let running = self.by_number.len() - over.len();
        for number in over.iter().take((over.len() + 1).saturating_sub(MOST_KEPT)) {
            self.by_number.remove(number);
        }
        running < MOST_RUNNING
    }
}

/// Starts a program.
pub(super) fn shell_background(
    jido: &Arc<Jido>,
    cx: &mut HostCx<'_>,
    args: &[HostValue],
) -> Result<Reply, Failure> {
    let asked = asked(ARGUMENTS, args)?;
    check_kind(&asked.options, "description", "a string", |value| value.as_bytes().is_some())
        .map_err(|why| format!("{ARGUMENTS}: {why}").into_bytes())?;
    if !jido.options.allow_shell {
        let text = b"shell_background is disabled for this session (allow it with --allow shell)";
        return Err(text.to_vec().into());
    }
    let command = &asked.command;
    jido.check_name(command).map_err(|why| match why {
        NotAllowed::Interpreter => {
            [b"Shell interpreters are blocked: ", command.as_slice()].concat()
        }
        NotAllowed::Unlisted => {
            [b"Command not allowed: ", command.as_slice(), left_out(&why, command)].concat()
        }
    })?;
    jido.pay_for_arguments(cx, &asked.args)?;
    let turn = jido.turn(command, &asked.args)?;
    jido.check_arguments(cx, command, &asked.args)?;
    let program = jido.program(command)?;
    let permit = jido.pay_for_program(cx, KEPT, turn)?;
    let description = match asked.options.field("description") {
        Some(HostValue::String(text)) => text.clone(),
        _ => {
            let words = [command].into_iter().chain(&asked.args);
            words.cloned().collect::<Vec<_>>().join(&b' ')
        }
    };
    let args = jido.command_line(&asked);
    let mut order = jido.order(program, args, asked.timeout, Keep::Last(KEPT));
    order.merged = true;
    if command == b"git" {
        jido.add_git_environment(cx, &mut order, git::subcommand(&asked.args))?;
    }
    // Not before: git may take its time to say how it is configured.
    let mut programs = jido.background.programs();
    if !programs.make_room() {
        return Err(format!("Too many shells (limit {MOST_RUNNING})").into_bytes().into());
    }
    let process = Process::start(order).map_err(|error| start_failure("Shell", &error))?;
    programs.last += 1;
    let number = programs.last;
    programs.by_number.insert(
        number,
        Arc::new(Mutex::new(Program { process, killed: false, permit: Some(permit) })),
    );
    Ok(Reply::Now(vec![HostValue::object([
        ("shell_id", format!("shell_{number}").into()),
        ("description", description.into()),
    ])]))
}

/// Returns what a program has written, when it has ended or at once.
pub(super) fn shell_output(
    jido: &Arc<Jido>,
    _cx: &mut HostCx<'_>,
    args: &[HostValue],
) -> Result<Reply, Failure> {
    let (Some(id), Some(options)) = (id(args.first()), super::read::options(args.get(1))) else {
        return Err(OUTPUT_ARGUMENTS.as_bytes().to_vec().into());
    };
    let is_boolean = |value: &HostValue| matches!(value, HostValue::Boolean(_));
    check_kind(options, "block", "a boolean", is_boolean)
        .and_then(|()| check_kind(options, "timeout", "a number of milliseconds", is_number))
        .map_err(|why| format!("{OUTPUT_ARGUMENTS}: {why}").into_bytes())?;
    let program = jido.background.find(&id).ok_or_else(|| not_found(&id))?;
    if options.field("block") == Some(&HostValue::Boolean(false)) {
        return Ok(Reply::Now(vec![state(&lock(&program))]));
    }
    let wait = super::read::option(Some(options), "timeout").unwrap_or(LONGEST_WAIT);
    let wait = Duration::from_millis(wait.clamp(0, LONGEST_WAIT).unsigned_abs());
    let until = Instant::now() + wait;
    Ok(Reply::Future(HostFuture::new(std::future::poll_fn(move |cx| {
        let program = lock(&program);
        match program.process.poll_until(Some(until), cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(_)) => Poll::Ready(Ok(vec![state(&program)])),
            Poll::Ready(None) => {
                let id = String::from_utf8_lossy(&id);
                Poll::Ready(Ok(refused(format!("Timeout waiting for shell: {id}"))))
            }
        }
    }))))
}

/// Kills a program.
pub(super) fn shell_kill(
    jido: &Arc<Jido>,
    _cx: &mut HostCx<'_>,
    args: &[HostValue],
) -> Result<Reply, Failure> {
    let Some(id) = id(args.first()) else {
        return Err(b"shell_kill requires a shell_id argument".to_vec().into());
    };
    let program = jido.background.find(&id).ok_or_else(|| not_found(&id))?;
    let mut program = lock(&program);
    if program.process.end().is_some() {
        return Err([b"Shell already finished: ", id.as_slice()].concat().into());
    }
    program.process.kill();
    program.killed = true;
    let text = [b"Shell terminated: ", id.as_slice()].concat();
    Ok(Reply::Now(vec![HostValue::String(text)]))
}

/// Reads the name of a program: itself, or what `shell_background` returned.
fn id(value: Option<&HostValue>) -> Option<Vec<u8>> {
    let value = value?;
    value.field("shell_id").unwrap_or(value).as_bytes().map(<[u8]>::to_vec)
}

fn not_found(id: &[u8]) -> Failure {
    [b"Shell not found: ", id].concat().into()
}

fn state(program: &Program) -> HostValue {
    let (status, code) = match program.process.end() {
        None => ("running", None),
        Some(End::Exited(0)) => ("completed", Some(0)),
        Some(End::Exited(code)) if !program.killed => ("failed", Some(code)),
        Some(_) => ("killed", None),
    };
    let (output, _): (Captured, _) = program.process.output();
    let is_cut = output.is_cut();
    let mut text = if is_cut { CUT.to_vec() } else { Vec::new() };
    text.extend(output.into_bytes());
    HostValue::object([
        ("output", text.into()),
        ("status", status.into()),
        ("exit_code", code.map_or(HostValue::Nil, HostValue::from)),
    ])
}
