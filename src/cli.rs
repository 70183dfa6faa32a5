//! The command line: `moonfuel FILE`, `run`, `eval`, `repl`, `check`, `fuzz`, `replay` and others.
//!
//! Exit status: 0 done, 1 Lua error, 2 usage or unreadable input, 3 syntax
//! error, 4 a limit was reached, 5 a replay diverged. A script that exits by itself chooses its own.

use clap::CommandFactory;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

mod allowed;
mod check;
mod code;
mod cover;
mod cover_page;
mod display;
mod editor;
mod failure;
mod fuzz;
mod given;
mod grants;
mod host_options;
mod imp;
mod json;
mod log_file;
mod lua;
#[cfg(feature = "mcp")]
mod mcp;
mod options;
mod outputs;
mod pages;
mod progress;
mod repl;
mod replay;
mod signals;
mod source;
mod tool;
mod types;
mod whole;

#[cfg(test)]
mod tests;

use crate::drive::drive_run;
use crate::host::gate::Gate;
use crate::host::library::Library;
use crate::session::Cause;
use crate::{Chunk, ErrorKind, Limits, LuaError, Outcome, Report, Run, Session, SessionBuilder};
use display::{error_text, escape, limit_text, usage_text};
use failure::Failure;
use grants::Grants;
use host_options::HostOptions;
use options::{Cli, Command, RunOptions};
use replay::Rest;
use source::{Script, argument_bytes};

/// The script did what it should.
const DONE: u8 = 0;
/// The script raised an error, or its output could not be written.
const LUA_ERROR: u8 = 1;
/// The command line or the input makes no sense.
const USAGE: u8 = 2;
/// The script does not compile.
const SYNTAX: u8 = 3;
/// A limit ended the run.
const LIMIT: u8 = 4;
/// A replay came to something else, or there is something wrong with its trace.
const DIVERGED: u8 = 5;

/// Runs the command of this process.
pub fn main() -> ExitCode {
    code::give_back();
    let args: Vec<OsString> = std::env::args_os().collect();
    // `lua` uses the streams itself: they must not be locked here.
    if let Some(words) = lua::Words::of(&args) {
        return ExitCode::from(lua::run(&words));
    }
    signals::end_programs_first();
    signals::let_large_writes_fail();
    // So does the server.
    #[cfg(feature = "mcp")]
    if args.get(1).is_some_and(|word| word == "mcp")
        && let Ok(Cli { command: Command::Mcp(options) }) = options::parse(&args)
    {
        return ExitCode::from(mcp::mcp(*options));
    }
    let streams = &mut Streams {
        stdin: &mut io::stdin().lock(),
        stdout: &mut io::stdout().lock(),
        stderr: &mut io::stderr().lock(),
        is_process: true,
    };
    ExitCode::from(run(args, streams))
}

/// The three streams of a command.
pub(crate) struct Streams<'a> {
    /// Where `-` is read from.
    pub stdin: &'a mut dyn Read,
    /// Where output and results go.
    pub stdout: &'a mut dyn Write,
    /// Where messages go.
    pub stderr: &'a mut dyn Write,
    /// They are those of the process, which may have a terminal.
    pub is_process: bool,
}

impl Streams<'_> {
    /// Writes to standard output. A reader that went away is no error: it has
    /// seen what it wanted.
    fn print(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self.stdout.write_all(bytes).and_then(|()| self.stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::unwritten(&error))
            }
            _ => Ok(()),
        }
    }

    /// Writes to standard error; there is nobody to tell when that fails.
    fn tell(&mut self, text: &str) {
        self.complain(text.as_bytes());
    }

    /// Says something of the command's own on standard error.
    fn say(&mut self, message: &[u8]) {
        self.tell(&format!("moonfuel: {}\n", escape(message)));
    }

    /// As [`Streams::tell`], for what a script wrote.
    fn complain(&mut self, bytes: &[u8]) {
        let _ = self.stderr.write_all(bytes);
        let _ = self.stderr.flush();
    }
}

/// Runs a command and returns its exit status.
pub(crate) fn run(args: impl IntoIterator<Item = OsString>, streams: &mut Streams<'_>) -> u8 {
    let args = with_command(args.into_iter().collect());
    let mut cli = match options::parse(&args).or_else(|error| negative_code(&args, error)) {
        Ok(cli) => cli,
        Err(error) => return tell_usage(&error, asks_for_json(&args), streams),
    };
    let is_json = cli.command.is_json();
    let done = read_args(&mut cli.command, streams).and_then(|()| dispatch(cli.command, streams));
    done.unwrap_or_else(|failure| tell_failure(&failure, is_json, streams))
}

/// Says what failed, as one object where that was asked for, and returns the exit status. What
/// standard output does not take is said on standard error.
fn tell_failure(failure: &Failure, is_json: bool, streams: &mut Streams<'_>) -> u8 {
    let is_told = is_json
        && !failure.is_unwritten
        && streams.print(json::failure_json(&failure.error()).as_bytes()).is_ok();
    if !is_told {
        streams.say(failure.message.as_bytes());
    }
    failure.status
}

/// Puts the command `run` before the name of a script that stands where a command should.
fn with_command(mut args: Vec<OsString>) -> Vec<OsString> {
    let Some(first) = args.get(1).and_then(|word| word.to_str()) else {
        // A name that is no UTF-8 is that of a file.
        if args.len() > 1 {
            args.insert(1, "run".into());
        }
        return args;
    };
    let command = Cli::command();
    let is_command = first == "help" || command.find_subcommand(first).is_some();
    let is_own = matches!(first, "-h" | "--help" | "-V" | "--version");
    let is_option = first.starts_with('-');
    let is_file = first.contains(['.', '/', '\\']) || Path::new(first).is_file();
    if !is_command && !is_own && (is_option || is_file) {
        args.insert(1, "run".into());
    }
    args
}

/// Parses the words of `eval` once more, if its code begins with a minus: `moonfuel eval -1`.
fn negative_code(args: &[OsString], error: clap::Error) -> Result<Cli, clap::Error> {
    let is_eval = args.get(1).is_some_and(|word| word == "eval");
    let unknown = error.kind() == clap::error::ErrorKind::UnknownArgument;
    let Some((code, before)) = args.split_last().filter(|_| is_eval && unknown) else {
        return Err(error);
    };
    let is_minus = code.to_str().is_some_and(|code| {
        // Two of them begin a comment, or an option.
        code.strip_prefix('-').is_some_and(|rest| !rest.starts_with('-') && !rest.is_empty())
    });
    if !is_minus {
        return Err(error);
    }
    let dashes = OsString::from("--");
    let words: Vec<OsString> = before.iter().chain([&dashes, code]).cloned().collect();
    options::parse(&words).map_err(|_| error)
}

/// Tells whether words that make no sense ask for JSON.
fn asks_for_json(args: &[OsString]) -> bool {
    args.iter().take_while(|word| *word != "--").any(|word| word == "--json")
}

/// Reads the value of `--args`.
fn read_args(command: &mut Command, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let reads_script = match command {
        Command::Run { script, .. } => script.first().is_some_and(|file| file == "-"),
        Command::Repl(_) => true,
        _ => false,
    };
    let Some(options) = command.run_options() else { return Ok(()) };
    if reads_script && options.args_text.as_deref() == Some("-") {
        let text = "standard input cannot be the script and `--args -` both";
        return Err(Failure::usage(text.to_owned()));
    }
    options.read_args(streams.stdin).map_err(Failure::usage)
}

/// Does what a command says.
fn dispatch(command: Command, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    match command {
        Command::Run { options, script } => run_file(options, &script, streams),
        Command::Eval { options, code } => eval(options, &code, streams),
        Command::Repl(options) => repl::repl(&options, streams),
        // Taken care of in `main`, where the streams are not locked.
        Command::Lua { .. } => Err(Failure::usage("`lua` comes first".to_owned())),
        #[cfg(feature = "mcp")]
        Command::Mcp(_) => Err(Failure::usage("`mcp` comes first".to_owned())),
        Command::Types(options) => types::types(&options, streams),
        Command::Tool(options) => tool::tool(&options, streams),
        Command::Call(options) => imp::command(&options, streams),
        Command::Replay { mut options, trace } => {
            options.run.hosts.own.push(trace.clone());
            replay::replay(&options, &trace, streams)
        }
        Command::Diff { one, other } => replay::diff(&one, &other, streams),
        Command::Check(options) => check::check(&options, streams),
        Command::Fuzz(options) => fuzz::fuzz(&options, streams),
        Command::Completions { shell } => pages::completions(shell, streams),
        Command::Man => pages::man(streams),
    }
}

/// Shows help on standard output, and what is wrong on standard error.
fn tell_usage(error: &clap::Error, is_json: bool, streams: &mut Streams<'_>) -> u8 {
    let text = error.render().to_string();
    if error.use_stderr() && is_json {
        let message = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
        return tell_failure(&Failure::usage(message.to_owned()), true, streams);
    }
    if error.use_stderr() {
        streams.tell(&escape(text.as_bytes()));
        return USAGE;
    }
    match streams.print(text.as_bytes()) {
        Ok(()) => DONE,
        Err(failure) => tell_failure(&failure, false, streams),
    }
}

fn run_file(
    options: RunOptions,
    script: &[OsString],
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let [file, arguments @ ..] = script else {
        return Err(Failure::usage("no script was given".to_owned()));
    };
    if options.hosts.decode.is_some() && !options.json && options.record.is_none() {
        let why = "--decode has no effect on what run prints, which shows no values without --json";
        return Err(Failure::usage(why.to_owned()));
    }
    let limit = options.limits().source;
    let script = Script::read(file, limit, streams.stdin).map_err(Failure::usage)?;
    let script_args = arguments.iter().map(|argument| argument_bytes(argument)).collect();
    let ran = execute(&options, &script, script_args, Printed::AsOutput, streams)?;
    // What a script returns is nobody's concern here, so neither is whether it
    // could be JSON.
    let status = match ran.report.outcome {
        _ if options.json => status_with_values(&ran.report.outcome),
        Outcome::Done(_) => DONE,
        _ => tell_ran(&ran, &options, &script, streams),
    };
    ran.status(status, options.json)
}

fn eval(options: RunOptions, code: &OsString, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let limit = options.limits().source;
    let script = Script::from_argument(code, limit).map_err(Failure::usage)?;
    let ran = execute(&options, &script, Vec::new(), Printed::Aside, streams)?;
    if options.json {
        let status = status_with_values(&ran.report.outcome);
        return ran.status(status, true);
    }
    if let Outcome::Done(Ok(values)) = &ran.report.outcome {
        streams.print(format!("{}\n", json::visible(values)).as_bytes())?;
    }
    let status = tell_ran(&ran, &options, &script, streams);
    ran.status(status, false)
}

/// Says how a script ended that did not just end, and returns the exit status.
fn tell_ran(ran: &Ran, options: &RunOptions, script: &Script, streams: &mut Streams<'_>) -> u8 {
    let (limits, timeout) = (options.limits(), options.timeout());
    tell_outcome(&ran.report, &limits, timeout, Some(script), Some(&options.hosts), streams);
    status_with_values(&ran.report.outcome)
}

/// A script that ran, its output already shown.
struct Ran {
    report: Report,
    /// What beside the script has failed. With `--json` it is in the object already.
    failed: Option<Failure>,
}

impl Ran {
    /// Returns the status, or what beside the script has failed and is to be told.
    fn status(self, status: u8, is_told: bool) -> Result<u8, Failure> {
        match self.failed {
            None => Ok(status),
            Some(failure) if is_told => Ok(failure.status),
            Some(failure) => Err(failure),
        }
    }
}

/// Where what a script prints is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Printed {
    /// On standard output.
    AsOutput,
    /// On standard error, since standard output is for the values alone.
    Aside,
}

/// Opens a session and runs the script. Its output is shown as it comes, or with
/// `--json` all at its end in the one object; then the statistics.
fn execute(
    options: &RunOptions,
    script: &Script,
    script_args: Vec<Vec<u8>>,
    printed: Printed,
    streams: &mut Streams<'_>,
) -> Result<Ran, Failure> {
    let (mut session, gate) = open_session(options, script)?;
    if !options.hosts.extensions.is_empty() {
        session = imp::load_into(session, options, streams)?;
    }
    let code = script.code();
    let mut chunk = Chunk::new(&code).named(&script.name);
    chunk.args = options.args.clone().or_else(|| options.hosts.default_args());
    chunk.script_args = script_args;
    let run = session.start(chunk);
    finish(options, run, &options.limits(), Some(script), printed, gate.as_ref(), streams)
}

/// Writes what was counted while scripts ran.
fn write_counts(
    options: &RunOptions,
    session: &mut Session,
    script: &Script,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    if let Some(file) = &options.cover {
        let library = options.lib.as_deref();
        cover::tell(&session.coverage(), file.as_deref(), script, library, streams)?;
    }
    if let Some(file) = &options.profile_out {
        let profile = session.fuel_profile();
        let speedscope = file.extension().is_some_and(|extension| extension == "json");
        let text = if speedscope { profile.speedscope() } else { profile.folded() };
        std::fs::write(file, text).map_err(|error| Failure::file("write", file, &error))?;
    }
    Ok(())
}

/// Looks whether the log of calls could be written.
fn check_log(gate: &Gate) -> Result<(), Failure> {
    let Some(error) = gate.audit().take_failure() else { return Ok(()) };
    let reason = source::reason(&error);
    Err(Failure::new(LUA_ERROR, format!("cannot write the log of calls {reason}")))
}

/// Goes on with a run to its end, and shows what it prints. What was logged and counted
/// meanwhile is written before its end is told: of both there is one object with `--json`.
fn finish(
    options: &RunOptions,
    run: Run,
    limits: &Limits,
    script: Option<&Script>,
    printed: Printed,
    gate: Option<&Gate>,
    streams: &mut Streams<'_>,
) -> Result<Ran, Failure> {
    let begin = Instant::now();
    let mut kept = Vec::new();
    let mut failure = None;
    let mut open_line = false;
    let (mut session, mut report) = drive_run(run, options.timeout(), &mut |bytes| {
        if options.json {
            kept.extend_from_slice(bytes);
        } else if printed == Printed::Aside {
            open_line = !bytes.ends_with(b"\n");
            streams.complain(bytes);
        } else if failure.is_none() {
            // The script goes on when nobody listens: what it does must not
            // depend on who reads along.
            failure = streams.print(bytes).err();
        }
    });
    if let Some(script) = script {
        script.place(&mut report.outcome);
    }
    let elapsed = begin.elapsed();
    if open_line {
        // What is said next begins a line.
        streams.complain(b"\n");
    }
    if options.stats {
        streams.tell(&usage_text(&report.usage, elapsed));
    }
    let logged = gate.map_or(Ok(()), check_log);
    let counted =
        script.map_or(Ok(()), |script| write_counts(options, &mut session, script, streams));
    let failed = logged.and(counted).err();
    if options.json {
        if let Some(failed) = &failed {
            report.outcome = Outcome::Failed(failed.error());
        }
        let object = json::report_json(&report, &kept, limits, options.timeout());
        failure = streams.print(object.as_bytes()).err();
    }
    match failure {
        Some(failure) => Err(failure),
        None => Ok(Ran { report, failed }),
    }
}

fn open_session(options: &RunOptions, script: &Script) -> Result<(Session, Option<Gate>), Failure> {
    let file = script.name.strip_prefix('@').map(std::path::Path::new);
    outputs::check(options, file)?;
    let (mut builder, gate) = session_builder(options)?;
    if let Some(path) = &options.record {
        if path == std::path::Path::new("-") {
            return Err(Failure::usage("--record writes a file, not `-`".to_owned()));
        }
        // An older trace goes with the first line, when there is a session.
        let trace =
            Rest::over(path).map_err(|error| Failure::file("write the trace", path, &error))?;
        builder = crate::drive::record(builder, trace);
    }
    let session = builder.build().map_err(|e| {
        let is_too_small = e.cause == Some(Cause::NoRoomForLibrary);
        let text = e.to_string();
        Failure::usage(match text.strip_suffix("(limit: memory)") {
            Some(text) if is_too_small => format!("{text}(raise with --memory SIZE)"),
            _ => text,
        })
    })?;
    Ok((session, gate))
}

/// Describes the session of these options; its gate, if it is granted anything.
fn session_builder(options: &RunOptions) -> Result<(SessionBuilder, Option<Gate>), Failure> {
    let grants = grants::grants(&options.hosts)?;
    let builder = session_with(options, grants.as_ref())?;
    Ok((builder, grants.map(|grants| grants.gate)))
}

/// Describes a session of these options and of what they grant.
fn session_with(options: &RunOptions, grants: Option<&Grants>) -> Result<SessionBuilder, Failure> {
    let mut builder =
        Session::builder().limits(options.limits()).profile(options.profile).seed(options.seed);
    builder = builder.start_time(options.time.seconds());
    builder = builder.coverage(options.cover.is_some()).profile_fuel(options.profile_out.is_some());
    builder = options.hosts.apply(builder);
    if let Some(grants) = grants {
        builder = grants.give(builder, options.profile)?;
        if grants.has_imp() {
            builder = grants.give_imp(builder, options);
        }
    }
    if let Some(lib) = &options.lib {
        builder = builder.module_source(library(lib)?);
    }
    Ok(builder)
}

/// Opens the directory of modules that scripts may `require`.
fn library(lib: &Path) -> Result<Library, Failure> {
    Library::open(lib).map_err(|error| Failure::file("open the library", lib, &error))
}

/// Says on standard error why a run did not end well.
fn tell_outcome(
    report: &Report,
    limits: &Limits,
    timeout: Option<Duration>,
    script: Option<&Script>,
    hosts: Option<&HostOptions>,
    streams: &mut Streams<'_>,
) {
    if matches!(report.outcome, Outcome::Exit(_)) {
        return;
    }
    // Limits are told as errors are: what, where, and by which way.
    let Err(mut error) = report.json() else { return };
    if let Some(text) = limit_text(&report.outcome, limits, timeout) {
        error.message = text.into_bytes();
        if error.chunk.is_empty()
            && let Some(script) = script
        {
            error.chunk = script.shown_name().to_owned();
        }
    }
    if let Some(hosts) = hosts {
        hosts.change_error(&mut error, &report.outcome, timeout);
    }
    streams.tell(&error_text(&error, script));
}

/// Returns the exit status of an outcome whose values were asked for.
fn status_with_values(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Done(Ok(_)) => DONE,
        Outcome::Failed(error) => error_status(error),
        Outcome::Done(Err(_)) => LUA_ERROR,
        // As the system does: the lowest byte.
        Outcome::Exit(code) => code.to_le_bytes()[0],
        Outcome::OutOfFuel
        | Outcome::OutOfMemory
        | Outcome::OutputLimit
        | Outcome::HostCallLimit
        | Outcome::Deadline
        | Outcome::Cancelled => LIMIT,
    }
}

fn error_status(error: &LuaError) -> u8 {
    if error.kind == ErrorKind::Syntax { SYNTAX } else { LUA_ERROR }
}
