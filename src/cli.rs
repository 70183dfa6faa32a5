//! The command line: `moonfuel run`, `eval` and `check`.
//!
//! Exit status: 0 done, 1 Lua error, 2 usage or unreadable input, 3 syntax
//! error, 4 a limit was reached. A script that exits by itself chooses its own.

use clap::Parser;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::time::Instant;

mod display;
pub mod engine;
mod json;
mod options;
mod source;

#[cfg(test)]
mod tests;

use crate::host::jido::{Jido, JidoOptions};
use display::{error_text, escape, limit_text, usage_text};
use engine::{Chunk, Engine, EngineConfig, HostModule, Limits, LuaError, Outcome, Profile, Report};
use options::{Allow, Cli, Command, RunOptions};
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

/// Globals that `--root` and `--args` define; `check` cannot know whether they
/// will be given.
const OPTION_GLOBALS: [&str; 2] = ["jido", "args"];

/// Runs the command of this process.
pub fn main() -> ExitCode {
    let streams = &mut Streams {
        stdin: &mut io::stdin().lock(),
        stdout: &mut io::stdout().lock(),
        stderr: &mut io::stderr().lock(),
    };
    ExitCode::from(run::<engine::SessionEngine>(std::env::args_os(), streams))
}

/// The three streams of a command.
pub struct Streams<'a> {
    /// Where `-` is read from.
    pub stdin: &'a mut dyn Read,
    /// Where output and results go.
    pub stdout: &'a mut dyn Write,
    /// Where messages go.
    pub stderr: &'a mut dyn Write,
}

impl Streams<'_> {
    /// Writes to standard output. A reader that went away is no error: it has
    /// seen what it wanted.
    fn print(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self
            .stdout
            .write_all(bytes)
            .and_then(|()| self.stdout.flush())
        {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure(
                LUA_ERROR,
                format!("cannot write the output: {error}"),
            )),
            _ => Ok(()),
        }
    }

    /// Writes to standard error; there is nobody to tell when that fails.
    fn tell(&mut self, text: &str) {
        let _ = self.stderr.write_all(text.as_bytes());
        let _ = self.stderr.flush();
    }
}

/// An exit status and what to say.
struct Failure(u8, String);

impl Failure {
    fn usage(message: String) -> Failure {
        Failure(USAGE, message)
    }
}

/// Runs a command with engine `E` and returns its exit status.
pub fn run<E: Engine>(args: impl IntoIterator<Item = OsString>, streams: &mut Streams<'_>) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return tell_usage(&error, streams),
    };
    let status = match cli.command {
        Command::Run { options, script } => run_file::<E>(options, &script, streams),
        Command::Eval { options, code } => eval::<E>(options, &code, streams),
        Command::Check { files } => check::<E>(&files, streams),
    };
    status.unwrap_or_else(|Failure(status, message)| {
        streams.tell(&format!("moonfuel: {}\n", escape(message.as_bytes())));
        status
    })
}

/// Shows help on standard output, and what is wrong on standard error.
fn tell_usage(error: &clap::Error, streams: &mut Streams<'_>) -> u8 {
    let text = error.render().to_string();
    if error.use_stderr() {
        streams.tell(&escape(text.as_bytes()));
        return USAGE;
    }
    match streams.print(text.as_bytes()) {
        Ok(()) => DONE,
        Err(Failure(status, _)) => status,
    }
}

fn run_file<E: Engine>(
    options: RunOptions,
    script: &[OsString],
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let limits = options.limits();
    let [file, arguments @ ..] = script else {
        return Err(Failure::usage("no script was given".to_owned()));
    };
    let script = Script::read(file, limits.source, streams.stdin).map_err(Failure::usage)?;
    let script_args = arguments
        .iter()
        .map(|argument| argument_bytes(argument))
        .collect();
    let report = execute::<E>(&options, &limits, &script, script_args, streams)?;
    if options.json {
        streams.print(&json::report_json(&report, &limits))?;
        return Ok(status_with_values(&report.outcome));
    }
    streams.print(&report.output)?;
    // What a script returns is nobody's concern here, so neither is whether it
    // could be JSON.
    if let Outcome::Done(_) = report.outcome {
        return Ok(DONE);
    }
    tell_outcome(&report.outcome, &limits, &script, streams);
    Ok(status_with_values(&report.outcome))
}

fn eval<E: Engine>(
    options: RunOptions,
    code: &OsString,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let limits = options.limits();
    let script = Script::from_argument(code, limits.source).map_err(Failure::usage)?;
    let report = execute::<E>(&options, &limits, &script, Vec::new(), streams)?;
    if options.json {
        streams.print(&json::report_json(&report, &limits))?;
        return Ok(status_with_values(&report.outcome));
    }
    streams.print(&report.output)?;
    if let Outcome::Done(Ok(values)) = &report.outcome {
        // The array has a line of its own, whatever the script wrote before.
        let open_line = report.output.last().is_some_and(|&b| b != b'\n');
        let before: &[u8] = if open_line { b"\n" } else { b"" };
        streams.print(&[before, values, b"\n"].concat())?;
    }
    tell_outcome(&report.outcome, &limits, &script, streams);
    Ok(status_with_values(&report.outcome))
}

/// Opens an engine, runs the script and shows the statistics.
fn execute<E: Engine>(
    options: &RunOptions,
    limits: &Limits,
    script: &Script,
    script_args: Vec<Vec<u8>>,
    streams: &mut Streams<'_>,
) -> Result<Report, Failure> {
    let mut engine = E::open(EngineConfig {
        limits: limits.clone(),
        profile: options.profile,
        seed: options.seed,
        modules: host_modules(options)?,
    })
    .map_err(Failure::usage)?;
    let begin = Instant::now();
    let report = engine.run_chunk(Chunk {
        source: script.source(),
        name: &script.name,
        args: options.args.clone(),
        script_args,
    });
    if options.stats {
        streams.tell(&usage_text(&report.usage, begin.elapsed()));
    }
    Ok(report)
}

fn host_modules(options: &RunOptions) -> Result<Vec<HostModule>, Failure> {
    let Some(root) = &options.root else {
        return Ok(Vec::new());
    };
    let allow_write = options.allow.contains(&Allow::Write);
    let jido = Jido::open(
        root,
        JidoOptions {
            allow_write,
            ..JidoOptions::default()
        },
    )
    .map_err(|e| {
        let reason = source::reason(&e);
        Failure::usage(format!("cannot open the root {}: {reason}", root.display()))
    })?;
    Ok(vec![("jido", jido.functions())])
}

/// Says on standard error why a run did not end well.
fn tell_outcome(outcome: &Outcome, limits: &Limits, script: &Script, streams: &mut Streams<'_>) {
    match outcome {
        Outcome::Done(Ok(_)) | Outcome::Exit(_) => {}
        Outcome::Done(Err(error)) | Outcome::Failed(error) => {
            streams.tell(&error_text(error, Some(script)));
        }
        limit => {
            let text = limit_text(limit, limits).unwrap_or_default();
            streams.tell(&format!(
                "moonfuel: {}: {text}\n",
                escape(script.shown_name().as_bytes())
            ));
        }
    }
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
    if error.kind == "syntax" {
        SYNTAX
    } else {
        LUA_ERROR
    }
}

/// Checks every file, and goes on after one that fails.
fn check<E: Engine>(files: &[OsString], streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let limits = Limits::default();
    let mut engine = E::open(EngineConfig {
        limits: limits.clone(),
        profile: Profile::Strict,
        seed: 0,
        modules: Vec::new(),
    })
    .map_err(Failure::usage)?;
    let mut status = DONE;
    for file in files {
        let script = match Script::read(file, limits.source, streams.stdin) {
            Ok(script) => script,
            Err(message) => {
                streams.tell(&format!("moonfuel: {}\n", escape(message.as_bytes())));
                // A file that could not be looked at weighs more than one that failed.
                status = USAGE;
                continue;
            }
        };
        let checked = engine.check(script.source(), &script.name);
        let name = escape(script.shown_name().as_bytes());
        let unknown = checked.unknown_globals.iter();
        for (line, global) in unknown.filter(|(_, name)| !OPTION_GLOBALS.contains(&name.as_str())) {
            let global = escape(global.as_bytes());
            streams.tell(&format!(
                "moonfuel: {name}:{line}: unknown global '{global}'\n"
            ));
        }
        if let Some(error) = &checked.error {
            streams.tell(&error_text(error, Some(&script)));
            if status == DONE {
                status = error_status(error);
            }
        }
    }
    Ok(status)
}
