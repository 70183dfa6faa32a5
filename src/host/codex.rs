//! The tool `lua_execute` of codex: a script, or one of a folder by its name, with arguments;
//! the first value it returns is the answer.
//!
//! ```
//! use moonfuel::host::codex::{LuaConfig, LuaTool};
//!
//! let config = LuaConfig::from_toml("[lua]\nenabled = true\nmax_execution_time_ms = 1000")?;
//! let tool = LuaTool::new(config)?;
//! let call = serde_json::json!({ "script": "return args.x + args.y", "args": { "x": 1, "y": 2 } });
//! assert_eq!(tool.call(&call)?, "3");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::drive::{DriveOptions, drive, drive_run};
use crate::host::declare;
use crate::host::gate::Gate;
use crate::host::located::located_text;
use crate::session::read_bounded;
use crate::{
    Canceller, Chunk, Decode, ErrorKind, HostValue, Limits, LuaError, Outcome, Profile, Report,
    Session, SessionBuilder,
};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::time::Duration;

mod config;
mod network;
mod scripts;

pub use config::LuaConfig;
#[cfg(feature = "cli")]
pub(crate) use network::network;

pub(crate) use scripts::Scripts;

/// The name of the tool.
pub(crate) const TOOL: &str = "lua_execute";
/// Memory, where the configuration says none.
const MEMORY: u64 = 64 << 20;
/// The most bytes of an answer.
const ANSWER: usize = 64 * 1024;
/// The most bytes of printed output that are kept.
const OUTPUT: u64 = 64 * 1024;

/// The module that comes with the tool.
const UTILS: &str = "local utils = {}

function utils.validate_email(text)
  return type(text) == 'string'
    and text:match('^[%w%.%-_]+@[%w%.%-_]+%.[a-zA-Z]+$') ~= nil
end

return utils
";

/// Why a call of the tool has no answer: its text is what the model is to see.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// The arguments are none of the tool's.
    #[error("failed to parse function arguments: {0}")]
    Arguments(String),
    /// The script is not there, or raised an error.
    #[error("Lua execution error: {0}")]
    Execution(String),
    /// The script reached a limit of fuel, memory, output or calls of the host.
    #[error("Lua execution error: {0}")]
    Limit(String),
    /// It took more than this many milliseconds.
    #[error("Lua timeout after {0}ms")]
    Timeout(u64),
    /// What it returned has no form as JSON.
    #[error("Failed to convert value: {0}")]
    Conversion(String),
    /// The host stopped it.
    #[error("cancelled")]
    Cancelled,
}

/// What the tool `lua_execute` answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ToolAnswer {
    /// The first value that the script returned.
    pub value: Value,
    /// The same as text for the model, indented; cut if it is longer than 64 KiB.
    pub content: String,
    /// Whether that was cut.
    pub truncated: bool,
    /// What the script printed.
    pub output: Vec<u8>,
}

/// The tool. Every call is by itself, with a state of its own, and several may run at once.
///
/// ```
/// use moonfuel::host::codex::{LuaConfig, LuaTool};
/// use serde_json::json;
///
/// let tool = LuaTool::new(LuaConfig::from_toml("[lua]\nenabled = true")?)?;
/// let arguments = json!({"script": "return {sum = args.a + args.b}", "args": {"a": 1, "b": 2}});
/// let answer: serde_json::Value = serde_json::from_str(&tool.call(&arguments)?)?;
/// assert_eq!(answer, json!({"sum": 3}));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LuaTool {
    config: LuaConfig,
    scripts: Option<Scripts>,
    gate: Option<Gate>,
}

/// A parsed call.
struct Asked {
    source: Vec<u8>,
    name: String,
    args: Option<Value>,
}

impl LuaTool {
    /// Makes the tool.
    ///
    /// # Errors
    /// When an option of the configuration could have no effect.
    pub fn new(config: LuaConfig) -> Result<LuaTool, LuaError> {
        let scripts = config.scripts()?;
        config.check()?;
        Ok(LuaTool { config, scripts, gate: None })
    }

    /// Puts what scripts reach (`http`, and `io` on the folder of scripts) behind a gate.
    #[must_use]
    pub fn gate(mut self, gate: Gate) -> LuaTool {
        self.gate = Some(gate);
        self
    }

    /// Describes the tools that are offered: this one, if it is enabled.
    pub fn tools(&self) -> Vec<Value> {
        if !self.config.enabled {
            return Vec::new();
        }
        let time = match self.config.max_execution_time_ms {
            0 => String::new(),
            milliseconds => format!(" for at most {milliseconds} ms"),
        };
        vec![json!({
            "name": TOOL,
            "description": format!(
                "Runs a Lua 5.4 script in a sandbox{time}, and answers with the first value that \
                 it returns, as JSON."
            ),
            "parameters": {
                "type": "object",
                "properties": {
                    "script": { "type": "string", "description": "The script." },
                    "is_path": {
                        "type": "boolean",
                        "description": "Whether `script` is the path of a file among the scripts."
                    },
                    "script_name": {
                        "type": "string",
                        "description": "The name of one of the scripts, instead of `script`."
                    },
                    "args": { "description": "What the script finds as `args`." }
                },
                "additionalProperties": false
            }
        })]
    }

    /// Answers a call with the text for the model.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn call(&self, arguments: &Value) -> Result<String, ToolError> {
        Ok(self.call_with(arguments, |_| ControlFlow::Continue(()))?.content)
    }

    /// Answers a call. What the script yields goes to `progress` as it comes, which can stop
    /// the script.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn call_with(
        &self,
        arguments: &Value,
        mut progress: impl FnMut(Value) -> ControlFlow<()>,
    ) -> Result<ToolAnswer, ToolError> {
        if !self.config.enabled {
            return Err(ToolError::Execution("the tool is not enabled".to_owned()));
        }
        let asked = self.parse(arguments)?;
        let session = self.config.session(self.scripts.as_ref(), self.gate.as_ref())?;
        let mut chunk = Chunk::new(&asked.source).named(&asked.name);
        chunk.args = asked.args;
        let mut output = Vec::new();
        let options = with_progress(&self.config, &mut progress);
        let (_, report) = drive(session, chunk, options, &mut |bytes| output.extend(bytes));
        let value = value_of(&report, &self.config)?;
        let (content, truncated) = content_of(&value);
        Ok(ToolAnswer { value, content, truncated, output })
    }

    fn parse(&self, arguments: &Value) -> Result<Asked, ToolError> {
        let wrong = |text: String| ToolError::Arguments(text);
        let Value::Object(fields) = arguments else {
            return Err(wrong("expected an object".to_owned()));
        };
        const KNOWN: [&str; 4] = ["script", "is_path", "script_name", "args"];
        if let Some(field) = fields.keys().find(|field| !KNOWN.contains(&field.as_str())) {
            return Err(wrong(format!(
                "unknown field `{field}`, expected one of `script`, `is_path`, `script_name`, `args`"
            )));
        }
        let text = |name: &str| match fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(wrong(format!("`{name}` must be a string"))),
        };
        let is_path = match fields.get("is_path") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(is_path)) => *is_path,
            Some(_) => return Err(wrong("`is_path` must be a boolean".to_owned())),
        };
        let (script, script_name) = (text("script")?, text("script_name")?);
        let args = fields.get("args").filter(|args| !args.is_null()).cloned();
        let (source, name) = match (script, script_name) {
            (Some(_), Some(_)) => {
                return Err(wrong("`script` and `script_name` are not given together".to_owned()));
            }
            (None, None) => return Err(wrong("missing field `script`".to_owned())),
            (None, Some(_)) if is_path => {
                return Err(wrong("`is_path` goes with `script`".to_owned()));
            }
            (None, Some(name)) => self.scripts()?.named(name)?,
            (Some(path), None) if is_path => self.scripts()?.at(path)?,
            (Some(script), None) => (script.as_bytes().to_vec(), "=lua_execute".to_owned()),
        };
        Ok(Asked { source, name, args })
    }

    fn scripts(&self) -> Result<&Scripts, ToolError> {
        self.scripts.as_ref().ok_or_else(|| {
            ToolError::Execution("there is no folder of scripts: set scripts_dir".to_owned())
        })
    }
}

/// A script that is loaded once and whose functions are called, with a state that lives on.
///
/// ```
/// use moonfuel::host::codex::{LuaConfig, LuaRuntime};
/// use serde_json::json;
///
/// let mut runtime = LuaRuntime::new(LuaConfig::default())?;
/// runtime.load("local seen = 0 function add(n) seen = seen + n return seen end", "counter")?;
/// assert_eq!(runtime.call("add", &json!(2))?, json!(2));
/// assert_eq!(runtime.call("add", &json!(3))?, json!(5));
/// assert!(!runtime.fire("on_tool_complete", &json!({}))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LuaRuntime {
    config: LuaConfig,
    session: Option<Session>,
}

impl LuaRuntime {
    /// Makes a runtime.
    ///
    /// # Errors
    /// As [`LuaTool::new`]; or when memory is too small for the library.
    pub fn new(config: LuaConfig) -> Result<LuaRuntime, LuaError> {
        config.check()?;
        let scripts = config.scripts()?;
        let session =
            config.session(scripts.as_ref(), None).map_err(|e| LuaError::usage(e.to_string()))?;
        Ok(LuaRuntime { config, session: Some(session) })
    }

    /// Runs a script that defines functions, under a name for messages. If it fails, nothing
    /// of it stays. Returns its first value, or null if that has no form as JSON, as a table of
    /// its functions has none.
    ///
    /// # Errors
    /// Why it could not be loaded.
    pub fn load(&mut self, script: &str, name: &str) -> Result<Value, ToolError> {
        let name = format!("={name}");
        let chunk = Chunk::new(script.as_bytes()).named(&name);
        let report = self.run(|session, options, sink| drive(session, chunk, options, sink))?;
        self.value_if_any(&report)
    }

    /// Calls a function of a loaded script with one argument, and returns its first value.
    ///
    /// # Errors
    /// When there is no such function, or it fails.
    pub fn call(&mut self, function: &str, args: &Value) -> Result<Value, ToolError> {
        let report = self.report_of_call(function, args)?;
        value_of(&report, &self.config)
    }

    fn report_of_call(&mut self, function: &str, args: &Value) -> Result<Report, ToolError> {
        let args = HostValue::from_json(args).map_err(|e| ToolError::Conversion(e.to_string()))?;
        self.run(|session, options, sink| {
            drive_run(session.start_call(function, args), options, sink)
        })
    }

    /// Tells the loaded scripts of an event: their global function of this name is called
    /// with it, if there is one. Returns whether there was.
    ///
    /// The host fires `on_tool_complete` after each tool, with `tool`, `call_id`, `args`,
    /// `success`, `output` and `duration_ms`.
    ///
    /// # Errors
    /// What the function fails with, which is nobody else's concern.
    pub fn fire(&mut self, event: &str, payload: &Value) -> Result<bool, ToolError> {
        let is_there = self.session.as_mut().is_some_and(|session| session.function(event).is_ok());
        if is_there {
            let report = self.report_of_call(event, payload)?;
            self.value_if_any(&report)?;
        }
        Ok(is_there)
    }

    fn run(
        &mut self,
        begin: impl FnOnce(Session, DriveOptions<'_>, &mut dyn FnMut(&[u8])) -> (Session, Report),
    ) -> Result<Report, ToolError> {
        let Some(session) = self.session.take() else {
            return Err(ToolError::Execution("the runtime is lost".to_owned()));
        };
        let timeout = self.config.timeout();
        let (session, report) = begin(session, DriveOptions::from(timeout), &mut |_| ());
        self.session = Some(session);
        Ok(report)
    }

    /// Returns the value of what was not run for it: that it has no form as JSON is no failure.
    fn value_if_any(&self, report: &Report) -> Result<Value, ToolError> {
        match value_of(report, &self.config) {
            Err(ToolError::Conversion(_)) if report.is_done() => Ok(Value::Null),
            value => value,
        }
    }
}

impl LuaConfig {
    fn timeout(&self) -> Option<Duration> {
        (self.max_execution_time_ms > 0).then(|| Duration::from_millis(self.max_execution_time_ms))
    }

    /// Makes the session of a call.
    fn session(
        &self,
        scripts: Option<&Scripts>,
        gate: Option<&Gate>,
    ) -> Result<Session, ToolError> {
        let memory = if self.max_memory_bytes == 0 { MEMORY } else { self.max_memory_bytes };
        // Time has the word, not fuel.
        let fuel = Limits::unlimited().fuel;
        let limits = Limits { fuel, memory, output: OUTPUT, ..Limits::default() };
        let mut builder = names(Session::builder().limits(limits).decode(Decode::First));
        if let Some(scripts) = scripts.filter(|_| self.allow_file_io) {
            let files = scripts.files(gate).map_err(|e| ToolError::Execution(e.to_string()))?;
            builder = builder.profile(Profile::Compat).without("package").world(files);
        }
        if self.allow_network {
            builder = network::network(builder, &self.allowed_hosts);
            builder = declare::codex().into_iter().fold(builder, SessionBuilder::declare);
        }
        if let Some(gate) = gate {
            builder = builder.policy(gate.clone());
        }
        builder.build().map_err(|e| ToolError::Execution(e.to_string()))
    }
}

/// Puts codex's names into the description of a session.
pub(crate) fn names(builder: SessionBuilder) -> SessionBuilder {
    builder.without("os").without("debug").module("codex.utils", UTILS)
}

fn with_progress<'a>(
    config: &LuaConfig,
    progress: &'a mut dyn FnMut(Value) -> ControlFlow<()>,
) -> DriveOptions<'a> {
    let canceller = Canceller::default();
    let stop = canceller.clone();
    let mut options = DriveOptions::from(config.timeout()).on_yield(move |values| {
        let value = values.into_iter().next().unwrap_or_default();
        // What has no form as JSON is no reason to stop the script.
        let value = value.to_json().unwrap_or_default();
        if progress(value).is_break() {
            stop.cancel();
        }
        Vec::new()
    });
    options.canceller = Some(canceller);
    options
}

/// Returns the value of a run, or the tool's error.
fn value_of(report: &Report, config: &LuaConfig) -> Result<Value, ToolError> {
    let json = match (&report.outcome, report.json()) {
        (_, Ok(json)) => json,
        (Outcome::Deadline, _) => return Err(ToolError::Timeout(config.max_execution_time_ms)),
        (Outcome::Cancelled, _) => return Err(ToolError::Cancelled),
        (_, Err(error)) => return Err(error_of(&error)),
    };
    read_bounded(json.as_bytes()).map_err(|e| ToolError::Conversion(e.to_string()))
}

fn error_of(error: &LuaError) -> ToolError {
    match error.kind {
        ErrorKind::Conversion => ToolError::Conversion(error.to_string()),
        ErrorKind::Fuel | ErrorKind::Memory | ErrorKind::Output | ErrorKind::HostCalls => {
            ToolError::Limit(located_text(error))
        }
        _ => ToolError::Execution(located_text(error)),
    }
}

/// Makes the text for the model. One that is too long stays JSON: what is left of it is in a
/// string.
fn content_of(value: &Value) -> (String, bool) {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    if text.len() <= ANSWER {
        return (text, false);
    }
    let is_boundary = |at: &usize| text.is_char_boundary(*at);
    let end = (0..=ANSWER / 2).rev().find(is_boundary).unwrap_or(0);
    let cut = json!({
        "truncated": true,
        "original_bytes": text.len(),
        "beginning": text[..end],
    });
    (serde_json::to_string_pretty(&cut).unwrap_or_default(), true)
}

#[cfg(test)]
mod tests;
