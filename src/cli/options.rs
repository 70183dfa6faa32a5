//! The options of every command, and how their values are written.

#[cfg(feature = "mcp")]
use super::given::OF_SERVERS;
use super::given::{
    Given, OF_CALLS, OF_CHECKS, OF_FIRST_RUNS, OF_LIMITS, OF_OUTPUT, OF_TRACES, without,
};
use super::host_options::HostOptions;
#[cfg(feature = "mcp")]
use super::host_options::{Allow, parse_allow};
use super::source::reason;
use super::types::TypesOptions;
use super::whole;
use crate::base::one_line::one_line;
use crate::session::read_foreign;
use crate::{Limits, Profile, Until};
use clap::{ArgGroup, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Run Lua 5.4 scripts in a sandbox with exact limits.
#[derive(Debug, Parser)]
#[command(name = "moonfuel", bin_name = "moonfuel", version, about, subcommand_required = true)]
#[command(override_usage = "moonfuel FILE [ARG…]\n       moonfuel COMMAND [OPTIONS] …")]
#[command(arg_required_else_help = false)]
#[command(after_help = "Exit status: 0 done, 1 Lua error, 2 usage or unreadable input, \
                        3 syntax error, 4 a limit was reached, 5 a replay diverged.")]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a script and print its output.
    #[command(override_usage = "moonfuel run [OPTIONS] FILE|- [ARG…]")]
    Run {
        #[command(flatten)]
        options: RunOptions,
        /// The script (`-` is standard input), then its arguments, which are `...` in it.
        #[arg(required = true, trailing_var_arg = true, value_name = "FILE")]
        script: Vec<OsString>,
    },
    /// Run code and print the values it returns as one JSON array.
    ///
    /// What the code itself prints goes to standard error.
    Eval {
        #[command(flatten)]
        options: RunOptions,
        /// The code: `1 + 1`, or `local x = 1 return x`.
        code: OsString,
    },
    /// Type code at a prompt, in the sandbox: with colours, completion and a history.
    Repl(Box<ReplOptions>),
    /// Run trusted code as PUC-Rio's `lua` does, with the whole library.
    #[command(disable_help_flag = true, override_usage = "moonfuel lua [options] [script [args]]")]
    Lua {
        /// What PUC-Rio's `lua` takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Print what editors, checkers and models need to know of the functions that scripts have.
    Types(TypesOptions),
    /// Call one tool with named arguments, and print its answer.
    #[command(override_usage = "moonfuel tool [OPTIONS] NAME [JSON]")]
    Tool(Box<ToolOptions>),
    /// Call one command of an extension with the rest of the line, and print its answer.
    #[command(override_usage = "moonfuel command [OPTIONS] --extensions DIR NAME [ARG…]")]
    #[command(name = "command")]
    Call(Box<CommandOptions>),
    /// Look for inputs that make a script fail.
    Fuzz(FuzzOptions),
    /// Run again what a trace of --record has, without files or host functions, and compare.
    ///
    /// Exit status 5 tells that something differs, or that the trace is damaged. A replay takes as
    /// long as it takes, unless --timeout is given.
    #[command(override_usage = "moonfuel replay [OPTIONS] TRACE")]
    Replay {
        #[command(flatten)]
        options: ReplayOptions,
        /// The trace.
        trace: PathBuf,
    },
    /// Show where two traces part. Exit status 5 tells that they do.
    Diff {
        /// A trace.
        one: PathBuf,
        /// Another one.
        other: PathBuf,
    },
    /// Print a script that completes this command's words in a shell.
    #[command(arg_required_else_help = true)]
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
    /// Serve agents: a server of the Model Context Protocol on standard input and output.
    #[cfg(feature = "mcp")]
    Mcp(Box<McpOptions>),
    /// Tell what is wrong with scripts, and what looks wrong, without running them.
    Check(Box<CheckOptions>),
}

/// The options of `check`.
#[derive(Debug, Args)]
#[command(mut_args(without(&[&OF_CHECKS, &OF_LIMITS])))]
#[command(after_help = "Exit status: 0 done, 1 something looks wrong (with --strict), 2 usage or \
                        unreadable input, 3 syntax error.")]
pub(super) struct CheckOptions {
    /// Exit with 1 if anything looks wrong, too.
    #[arg(long)]
    pub strict: bool,
    #[command(flatten)]
    pub run: RunOptions,
    /// The scripts (`-` is standard input).
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<OsString>,
}

/// The options of `replay`.
#[derive(Debug, Args)]
#[command(mut_args(without(&[&OF_TRACES, &OF_FIRST_RUNS])))]
#[command(mut_arg("timeout", |option| option.hide_default_value(true)))]
pub(super) struct ReplayOptions {
    /// Stop at this entry, or at `fuel:N`, and show calls, variables and output there.
    #[arg(long, value_name = "N", value_parser = parse_until, conflicts_with = "resume")]
    pub until: Option<Until>,
    /// Go on where the trace ends, now with real files and functions (--root and the like as
    /// when it was recorded), and append to it.
    #[arg(long)]
    pub resume: bool,
    /// The function whose call has no answer in the trace is called again. Reading functions,
    /// and those that write the same thing, are without this.
    #[arg(long, requires = "resume", conflicts_with_all = ["fail", "reply"])]
    pub redo: bool,
    /// It has failed with this message.
    #[arg(long, value_name = "TEXT", requires = "resume", conflicts_with = "reply")]
    pub fail: Option<String>,
    /// It has returned these values, a JSON array.
    #[arg(long, value_name = "JSON", requires = "resume", value_parser = parse_args)]
    pub reply: Option<serde_json::Value>,
    #[command(flatten)]
    pub run: RunOptions,
}

/// The options of the commands that run something.
#[derive(Debug, Args)]
pub(super) struct RunOptions {
    /// Those of the command's options that were given.
    #[arg(skip)]
    pub given: Given,
    /// The most fuel, about one unit per instruction: 1_000_000, 10M, 2G.
    #[arg(long, value_name = "N", value_parser = parse_count, default_value = "1G",
          allow_negative_numbers = true)]
    pub fuel: u64,
    /// The most memory: bytes, 512K, 16M, 64MiB, 1GB.
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "64MiB",
          allow_negative_numbers = true)]
    pub memory: u64,
    /// The most time on the clock: 500ms, 2s, 1m; a bare number is milliseconds, 0 is no limit.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "8s",
          allow_negative_numbers = true)]
    pub timeout: u64,
    /// The most output that is kept, written like a memory size.
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "1MiB",
          allow_negative_numbers = true)]
    pub output: u64,
    /// The most calls of host functions.
    #[arg(long, value_name = "N", value_parser = parse_count, default_value = "10k",
          allow_negative_numbers = true)]
    pub host_calls: u64,
    /// The library the script sees: `strict` or `compat`.
    #[arg(long, value_name = "P", value_parser = parse_profile, default_value = "strict")]
    pub profile: Profile,
    /// The seed of math.random.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 0,
        value_parser = parse_seed)]
    pub seed: u64,
    /// What os.time begins at, in seconds since 1970, or `now`: its clock goes on with the fuel.
    /// A trace has it.
    #[arg(long, value_name = "SECONDS|now", allow_negative_numbers = true, default_value = "now",
        value_parser = parse_time)]
    pub time: StartTime,
    /// A JSON value for the global `args`: the text itself, `@FILE`, or `-` for standard input.
    #[arg(
        long = "args",
        value_name = "JSON|@FILE|-",
        value_parser = parse_args_text,
        allow_hyphen_values = true
    )]
    pub args_text: Option<String>,
    /// What that is, once it is read.
    #[arg(skip)]
    pub args: Option<serde_json::Value>,
    #[command(flatten)]
    pub hosts: HostOptions,
    /// Let the script `require` the modules in this directory.
    #[arg(long, value_name = "DIR", allow_hyphen_values = true)]
    pub lib: Option<PathBuf>,
    /// Write everything that the script gets from outside into a trace, for `replay`.
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub record: Option<PathBuf>,
    /// Print one JSON object with the outcome, and nothing else.
    #[arg(long)]
    pub json: bool,
    /// Count which lines and branches are executed: write them to a file, a page if it is
    /// called `.html`, else in the format of LCOV; or tell on standard error which lines were
    /// not.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    pub cover: Option<Option<PathBuf>>,
    /// Write which functions used how much fuel, called by whom: in the format of speedscope
    /// if the file's name ends in `.json`, else folded for flame graphs.
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub profile_out: Option<PathBuf>,
    /// Print what the run used on standard error.
    #[arg(long)]
    pub stats: bool,
}

/// The options of `moonfuel repl`.
#[derive(Debug, Args)]
#[command(mut_args(without(&[&OF_OUTPUT])))]
pub(super) struct ReplOptions {
    #[command(flatten)]
    pub run: RunOptions,
    /// Go on with a session that `:snapshot` saved.
    #[arg(long, value_name = "FILE", conflicts_with = "record")]
    pub restore: Option<PathBuf>,
    /// A variable of the environment with a secret: no line that has its value is kept in the
    /// history.
    #[arg(long, value_name = "NAME")]
    pub secret: Vec<String>,
    /// Keep no history. (It is in the file that MOONFUEL_HISTORY names, or in
    /// ~/.local/state/moonfuel/history.)
    #[arg(long)]
    pub no_history: bool,
}

/// The options of `moonfuel tool`.
#[derive(Debug, Args)]
#[command(mut_args(without(&[&OF_OUTPUT, &OF_CALLS])))]
pub(super) struct ToolOptions {
    #[command(flatten)]
    pub run: RunOptions,
    /// The configuration of `lua_execute`, in TOML with a section `[lua]`.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The tool: `jido.read_file` and its kin, one of an extension, or `lua_execute`.
    pub name: String,
    /// Its arguments, a JSON object.
    #[arg(allow_hyphen_values = true, default_value = "{}")]
    pub arguments: String,
}

impl Command {
    /// Returns the options of its run, if it has any.
    pub(super) fn run_options(&mut self) -> Option<&mut RunOptions> {
        match self {
            Command::Run { options, .. } | Command::Eval { options, .. } => Some(options),
            Command::Repl(options) => Some(&mut options.run),
            Command::Tool(options) => Some(&mut options.run),
            Command::Call(options) => Some(&mut options.run),
            Command::Replay { options, .. } => Some(&mut options.run),
            _ => None,
        }
    }

    /// Tells whether it prints one JSON object.
    pub(super) fn is_json(&mut self) -> bool {
        match self {
            Command::Fuzz(options) => options.json,
            // They refuse it.
            Command::Repl(_) | Command::Tool(_) | Command::Call(_) => false,
            other => other.run_options().is_some_and(|options| options.json),
        }
    }
}

/// Parses the words of a command.
///
/// # Errors
/// When they make no sense, or ask for help.
pub(super) fn parse(args: &[OsString]) -> Result<Cli, clap::Error> {
    let mut known = Cli::command();
    let mut matches = known.try_get_matches_from_mut(args)?;
    let given = matches.subcommand().map(|(_, of)| Given::of(of)).unwrap_or_default();
    let parsed = Cli::from_arg_matches_mut(&mut matches);
    let mut cli = parsed.map_err(|error| error.format(&mut known))?;
    if let Some(run) = run_options(&mut cli.command) {
        run.given = given;
        run.hosts.own.extend(run.record.clone());
    }
    Ok(cli)
}

/// Returns the options that a command shares with `run`, if it has those.
fn run_options(command: &mut Command) -> Option<&mut RunOptions> {
    match command {
        Command::Check(options) => Some(&mut options.run),
        #[cfg(feature = "mcp")]
        Command::Mcp(options) => Some(&mut options.run),
        other => other.run_options(),
    }
}

/// The options of `moonfuel mcp`.
#[cfg(feature = "mcp")]
#[derive(Debug, Args)]
#[command(mut_args(without(&[&OF_OUTPUT, &OF_SERVERS])))]
pub(super) struct McpOptions {
    #[command(flatten)]
    pub run: RunOptions,
    /// Ask the user, through the client, before each call of these: `write`, `shell`, `git`.
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = parse_allow)]
    pub ask: Vec<Allow>,
    /// Offer the scripts in this directory by their names.
    #[arg(long, value_name = "DIR", allow_hyphen_values = true)]
    pub scripts: Option<PathBuf>,
    /// The most values and output of a result, written like a memory size.
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "32KiB")]
    pub result: u64,
    /// The key that runs are signed with which wait for the user: processes with the same one
    /// take each other's. The file is made if there is none.
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub key: Option<PathBuf>,
    /// The time that the user may think about a call.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "10m")]
    pub thinking: u64,
    /// The time after which a call becomes a task, where the client takes tasks.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "2s")]
    pub patience: u64,
    /// The most sessions that may be open.
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub sessions: usize,
    /// The traces that are kept.
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub traces: usize,
    /// The threads that run scripts.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub threads: usize,
}

/// The options of `moonfuel command`.
#[derive(Debug, Args)]
#[command(mut_args(without(&[&OF_OUTPUT, &OF_CALLS])))]
pub(super) struct CommandOptions {
    #[command(flatten)]
    pub run: RunOptions,
    /// The command.
    pub name: String,
    /// What stands behind its name: one text.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARG")]
    pub arguments: Vec<String>,
}

impl RunOptions {
    /// Reads what `--args` names.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read_args(&mut self, stdin: &mut dyn Read) -> Result<(), String> {
        let Some(given) = &self.args_text else { return Ok(()) };
        let (text, named) = match given.strip_prefix('@') {
            Some("") => return Err("`--args @` names no file".to_owned()),
            Some(file) => {
                let read = whole::text(whole::read_file(Path::new(file)));
                let name = one_line(file);
                let failed = |e| format!("cannot read {name} for `--args`: {}", reason(&e));
                (read.map_err(failed)?, name)
            }
            None if given == "-" => {
                let read = whole::text(whole::read(stdin));
                let failed = |e| format!("cannot read standard input: {}", reason(&e));
                (read.map_err(failed)?, "standard input".to_owned())
            }
            None => (given.clone(), "--args".to_owned()),
        };
        self.args = Some(parse_args(&text).map_err(|e| format!("{named} is {e}"))?);
        Ok(())
    }

    /// Returns the limits of the run.
    pub(super) fn limits(&self) -> Limits {
        self.hosts.limits(Limits {
            fuel: self.fuel,
            memory: self.memory,
            output: self.output,
            host_calls: self.host_calls,
            ..Limits::default()
        })
    }

    /// Returns the time on the clock after which the run is stopped.
    pub(super) fn timeout(&self) -> Option<Duration> {
        (self.timeout > 0).then(|| Duration::from_millis(self.timeout))
    }
}

/// The options of `moonfuel fuzz`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("inputs").args(["schema", "example", "bytes"]))]
#[command(after_help = "Exit status: 0 nothing was found, 1 a failure was found, 2 usage or \
                        unreadable input, 3 syntax error.")]
pub(super) struct FuzzOptions {
    /// The script (`-` is standard input).
    #[arg(value_name = "FILE")]
    pub script: OsString,
    /// Give it values for `args` by this JSON Schema.
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    /// Give it values for `args` like this one: JSON, or `@FILE`.
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    pub example: Option<String>,
    /// Give it a string of any bytes as `...`, of at most so many.
    #[arg(long, value_name = "MAX", num_args = 0..=1, require_equals = true,
          default_missing_value = "4096", value_parser = parse_size)]
    pub bytes: Option<u64>,
    /// Stop after so many seconds; 60 if neither this nor `--attempts` is given. Saving what was
    /// found takes another at most.
    #[arg(long, value_name = "N", value_parser = parse_count)]
    pub seconds: Option<u64>,
    /// Stop after so many attempts: the same seed makes the same ones.
    #[arg(long, value_name = "N", value_parser = parse_count)]
    pub attempts: Option<u64>,
    /// The seed of what is random.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 0,
        value_parser = parse_seed)]
    pub seed: u64,
    /// Begin with the inputs in this directory, and save those that reach something new.
    #[arg(long, value_name = "DIR")]
    pub corpus: Option<PathBuf>,
    /// Save what makes the script fail here; otherwise in `SCRIPT.failures`.
    #[arg(long, value_name = "DIR")]
    pub failures: Option<PathBuf>,
    /// Try these inputs only, each once.
    #[arg(long = "try", value_name = "INPUT", num_args = 1..)]
    pub tries: Vec<PathBuf>,
    /// The most fuel of an attempt: more is a failure.
    // So much that what takes memory without end runs out of that first.
    #[arg(long, value_name = "N", value_parser = parse_count, default_value = "4M")]
    pub fuel: u64,
    /// The most memory of an attempt: more is a failure.
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "16MiB")]
    pub memory: u64,
    /// The most output of an attempt: more is a failure.
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "1MiB")]
    pub output: u64,
    /// The library the script sees: `strict` or `compat`.
    #[arg(long, value_name = "P", value_parser = parse_profile, default_value = "strict")]
    pub profile: Profile,
    /// The directory of modules that the script may `require`.
    #[arg(long, value_name = "DIR")]
    pub lib: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Reads a count: digits with `_` between them, then perhaps `k`, `M`, `G` or `T`.
pub(super) fn parse_count(text: &str) -> Result<u64, String> {
    let (number, suffix) = split_number(text, "1_000_000 or 16M")?;
    let factor = match suffix.to_ascii_lowercase().as_str() {
        "" => 1,
        "k" => 1_000,
        "m" => 1_000_000,
        "g" => 1_000_000_000,
        "t" => 1_000_000_000_000,
        _ => return Err(format!("unknown suffix `{suffix}` (use k, M, G or T)")),
    };
    number.checked_mul(factor).ok_or_else(|| "the number is too large".to_owned())
}

/// The last second of the year 9999, the last that dates can be written of.
const LAST_SECOND: i64 = 253_402_300_799;

/// What the clock of a script begins at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StartTime {
    /// The real time at which its session is made.
    Now,
    /// Seconds since 1970.
    At(i64),
}

impl StartTime {
    /// Returns it for a session that is made now.
    pub(super) fn seconds(self) -> i64 {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        match self {
            StartTime::Now => i64::try_from(now().as_secs()).unwrap_or(LAST_SECOND),
            StartTime::At(seconds) => seconds,
        }
    }

    /// Returns it for a session that another process must be able to make again: 1970, unless
    /// it was given.
    #[cfg(feature = "mcp")]
    pub(super) fn given(self) -> i64 {
        match self {
            StartTime::Now => 0,
            StartTime::At(seconds) => seconds,
        }
    }
}

fn parse_time(text: &str) -> Result<StartTime, String> {
    if text == "now" {
        return Ok(StartTime::Now);
    }
    let seconds = text.parse().ok().filter(|seconds| (0..=LAST_SECOND).contains(seconds));
    let expected = || format!("expected `now`, or seconds from 0 to {LAST_SECOND}");
    seconds.map(StartTime::At).ok_or_else(expected)
}

fn parse_seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

/// Reads a time in milliseconds: a number without a unit is one of them.
pub(super) fn parse_duration(text: &str) -> Result<u64, String> {
    let (number, unit) = split_number(text, "1500 or 2s")?;
    let factor = match unit {
        "" | "ms" => 1,
        "s" => 1000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        _ => return Err(format!("unknown unit `{unit}` (use ms, s, m or h)")),
    };
    number.checked_mul(factor).ok_or_else(|| "the time is too long".to_owned())
}

/// Reads a size in bytes: `K`, `M`, `G` and `KiB`, `MiB`, `GiB` are powers of
/// 1024; `KB`, `MB`, `GB` are powers of 1000.
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    let (number, suffix) = split_number(text, "1_000_000 or 16M")?;
    let factor = match suffix.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => {
            return Err(format!(
                "unknown unit `{suffix}` (use K, M, G, KiB, MiB, GiB, KB, MB, GB)"
            ));
        }
    };
    number.checked_mul(factor).ok_or_else(|| "the size is too large".to_owned())
}

/// Parts a number from its unit; `such_as` shows how they are written.
fn split_number<'t>(text: &'t str, such_as: &str) -> Result<(u64, &'t str), String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    if !number.starts_with(|c: char| c.is_ascii_digit()) || number.ends_with('_') {
        return Err(format!("expected a whole number, such as {such_as}"));
    }
    if suffix.starts_with(['.', ',']) {
        let text = "expected a whole number: a smaller unit has no fraction, as in 1500ms or 512K";
        return Err(text.to_owned());
    }
    let number = number.replace('_', "");
    match number.parse() {
        Ok(number) => Ok((number, suffix.trim_start())),
        Err(_) => Err("the number is too large".to_owned()),
    }
}

fn parse_profile(text: &str) -> Result<Profile, String> {
    match text {
        "strict" => Ok(Profile::Strict),
        "compat" => Ok(Profile::Compat),
        "full" => Err("the full profile is for `moonfuel lua` alone".to_owned()),
        _ => Err("the profiles are `strict` and `compat`".to_owned()),
    }
}

fn parse_until(text: &str) -> Result<Until, String> {
    match text.strip_prefix("fuel:") {
        Some(fuel) => parse_count(fuel).map(Until::Fuel),
        None => match parse_count(text)? {
            0 => Err("entries are counted from 1".to_owned()),
            entry => Ok(Until::Entry(entry)),
        },
    }
}

/// Looks at a value of `--args` that is no file, nor standard input.
fn parse_args_text(text: &str) -> Result<String, String> {
    if text != "-" && !text.starts_with('@') {
        parse_args(text)?;
    }
    Ok(text.to_owned())
}

/// Reads the JSON of `--args`; a byte order mark in front, as editors write it, is none of it.
pub(super) fn parse_args(text: &str) -> Result<serde_json::Value, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    read_foreign(text.as_bytes()).map_err(|e| format!("not valid JSON: {e}"))
}
