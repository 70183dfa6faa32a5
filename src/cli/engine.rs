//! The door between the command line and whatever runs scripts.
//!
//! The command line knows sessions only through [`Engine`], so its own tests
//! run against a scripted one.

use crate::session::host_value::HostFunction;
use std::time::Duration;

/// The limits a command may set; all finite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most units of fuel.
    pub fuel: u64,
    /// The most logical bytes of memory.
    pub memory: u64,
    /// The most bytes of printed output.
    pub output: u64,
    /// The most bytes of source text.
    pub source: u64,
    /// The wall-clock time after which the run is stopped.
    pub deadline: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            fuel: 1_000_000_000,
            memory: 64 << 20,
            output: 1 << 20,
            source: 16 << 20,
            deadline: None,
        }
    }
}

/// Which library a script sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Profile {
    /// The sandbox, the default.
    #[default]
    Strict,
}

/// Host functions and the global table they go to.
pub type HostModule = (&'static str, Vec<(&'static str, Box<dyn HostFunction>)>);

/// Everything an engine is opened with.
pub struct EngineConfig {
    /// The limits of the run.
    pub limits: Limits,
    /// The library scripts see.
    pub profile: Profile,
    /// The seed of `math.random`.
    pub seed: u64,
    /// The host's functions.
    pub modules: Vec<HostModule>,
}

/// A script and what it is given.
#[derive(Clone, Debug)]
pub struct Chunk<'a> {
    /// The source text.
    pub source: &'a [u8],
    /// The chunk's name as Lua knows it: `@file`, `=name` or the source itself.
    pub name: &'a str,
    /// The global `args`.
    pub args: Option<serde_json::Value>,
    /// The values of `...`, as strings.
    pub script_args: Vec<Vec<u8>>,
}

/// What went wrong in a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LuaError {
    /// The kind, by the name `--json` gives it: `syntax`, `runtime`,
    /// `conversion`, `internal`.
    pub kind: &'static str,
    /// The message, with the position Lua puts before it.
    pub message: Vec<u8>,
    /// The chunk the error was raised in, as messages show it.
    pub chunk: String,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The traceback, or nothing.
    pub traceback: String,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The script ended: its values as the text of one JSON array, or why they
    /// cannot be that.
    Done(Result<Vec<u8>, LuaError>),
    /// The script raised an error or could not be compiled.
    Failed(LuaError),
    /// The fuel ran out.
    OutOfFuel,
    /// The memory ran out.
    OutOfMemory,
    /// Too much was printed.
    OutputLimit,
    /// The host was called too often.
    HostCallLimit,
    /// The time is over.
    Deadline,
    /// The host stopped the run.
    Cancelled,
    /// The script asked to exit with this code.
    Exit(i32),
}

/// What a run used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Usage {
    /// Units of fuel.
    pub fuel_used: u64,
    /// The highest logical bytes of memory.
    pub memory_peak: u64,
    /// Calls of host functions.
    pub host_calls: u64,
    /// Bytes printed, kept or not.
    pub output_bytes: u64,
}

/// A finished run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// What it used.
    pub usage: Usage,
    /// What it printed, as far as it was kept.
    pub output: Vec<u8>,
    /// Whether some output was not kept.
    pub truncated: bool,
}

/// The result of looking at a script without running it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Checked {
    /// The syntax error, if there is one.
    pub error: Option<LuaError>,
    /// Global names the profile does not have and the script never sets, with
    /// their lines.
    pub unknown_globals: Vec<(u32, String)>,
}

/// Something that runs scripts.
pub trait Engine: Sized {
    /// Makes an engine.
    ///
    /// # Errors
    ///
    /// A message for the user when the configuration cannot be met.
    fn open(config: EngineConfig) -> Result<Self, String>;

    /// Runs one script to its end.
    fn run_chunk(&mut self, chunk: Chunk<'_>) -> Report;

    /// Looks at a script without running it.
    fn check(&mut self, source: &[u8], name: &str) -> Checked;
}

/// The engine behind the command: a session.
pub struct SessionEngine(crate::Session, Option<Duration>);

fn error(error: crate::LuaError) -> LuaError {
    LuaError {
        kind: error.kind.name(),
        message: error.message,
        chunk: error.chunk,
        line: error.line,
        traceback: error.traceback,
    }
}

impl Engine for SessionEngine {
    fn open(config: EngineConfig) -> Result<Self, String> {
        let limits = crate::Limits {
            fuel: config.limits.fuel,
            memory: config.limits.memory,
            output: config.limits.output,
            source: config.limits.source,
            ..crate::Limits::default()
        };
        let mut builder = crate::Session::builder().limits(limits).seed(config.seed);
        for (module, functions) in config.modules {
            builder = builder.host_functions(module, functions);
        }
        let session = builder.build().map_err(|error| error.to_string())?;
        Ok(SessionEngine(session, config.limits.deadline))
    }

    fn run_chunk(&mut self, chunk: Chunk<'_>) -> Report {
        let report = self.0.run_chunk(crate::Chunk {
            source: chunk.source,
            name: chunk.name.as_bytes(),
            args: chunk.args,
            script_args: chunk.script_args,
        });
        let outcome = match report.outcome {
            crate::Outcome::Done(Ok(json)) => Outcome::Done(Ok(json.into_bytes())),
            crate::Outcome::Done(Err(e)) => Outcome::Done(Err(error(e))),
            crate::Outcome::Failed(e) => Outcome::Failed(error(e)),
            crate::Outcome::OutOfFuel => Outcome::OutOfFuel,
            crate::Outcome::OutOfMemory => Outcome::OutOfMemory,
            crate::Outcome::OutputLimit => Outcome::OutputLimit,
            crate::Outcome::HostCallLimit => Outcome::HostCallLimit,
            crate::Outcome::Deadline => Outcome::Deadline,
            crate::Outcome::Cancelled => Outcome::Cancelled,
            crate::Outcome::Exit(code) => Outcome::Exit(code),
        };
        Report {
            outcome,
            usage: Usage {
                fuel_used: report.usage.fuel_used,
                memory_peak: report.usage.memory_peak,
                host_calls: report.usage.host_calls,
                output_bytes: report.usage.output_bytes,
            },
            output: report.output,
            truncated: report.truncated,
        }
    }

    fn check(&mut self, source: &[u8], name: &str) -> Checked {
        let checked = self.0.check(source, name);
        Checked { error: checked.error.map(error), unknown_globals: checked.unknown_globals }
    }
}
