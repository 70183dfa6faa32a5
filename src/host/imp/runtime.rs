//! A session in which extensions live.

use super::context::CallContext;
use super::error::ImpError;
use super::gated_call::GatedCall;
use super::hooks::HookResult;
use super::native::NativeTool;
use super::policy::CapabilityPolicy;
use super::registry::{CommandSummary, Counts, Registry, ToolDefinition};
use super::shared::Shared;
use super::toml_hooks::CommandHook;
use super::tool::{ToolOutput, as_text};
use super::{HookEvent, arguments, exec};
use crate::drive::{DriveOptions, drive_run};
use crate::host::gate::Gate;
use crate::session::verdict::Verdict;
use crate::session::{Cause, lock};
use crate::{Chunk, ErrorKind, Function, HostValue, LuaError, Outcome, Report, Run, Session};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// One session in which extensions live together, and what they have registered.
///
/// ```
/// use moonfuel::host::imp::{CallContext, Runtime};
/// use serde_json::json;
///
/// let mut runtime = Runtime::builder().build()?;
/// runtime.load(
///     "greet.lua",
///     br#"
///     imp.register_tool {
///         name = "greet",
///         description = "Greets somebody",
///         readonly = true,
///         params = { name = { type = "string", required = true } },
///         execute = function(call_id, params, ctx) return "hello " .. params.name end,
///     }
///     imp.on("before_tool_call", function(event)
///         if event.args.name == "Eve" then return { block = true, reason = "not Eve" } end
///     end)
///     "#,
/// )?;
/// let context = CallContext::new("/project");
/// let output = runtime.call_tool("greet", json!({"name": "Ada"}), "call_1", context.clone())?;
/// assert_eq!(output.first_text(), Some("hello Ada"));
/// let output = runtime.call_tool("greet", json!({"name": "Eve"}), "call_2", context)?;
/// assert!(output.is_error);
/// assert_eq!(output.first_text(), Some("not Eve"));
/// # Ok::<(), moonfuel::host::imp::ImpError>(())
/// ```
#[derive(Debug)]
pub struct Runtime {
    /// Away while a run has it.
    pub(super) session: Option<Session>,
    pub(super) shared: Arc<Shared>,
    pub(super) registry: Registry,
    pub(super) hooks: Vec<CommandHook>,
    pub(super) hook_fuel: u64,
    pub(super) load_fuel: u64,
    pub(super) timeout: Option<Duration>,
    pub(super) gate: Gate,
}

impl Runtime {
    /// Runs the source of an extension, with a part of a call's fuel. What it registers counts
    /// if it ends well; otherwise nothing of it is left.
    ///
    /// # Errors
    /// The script's error, or which limit stopped it.
    pub fn load(&mut self, name: &str, source: &[u8]) -> Result<(), ImpError> {
        let report = self.run_chunk(&format!("@{name}"), source, Some(self.load_fuel))?;
        done(report).map_err(ImpError::Lua)
    }

    /// Runs a script, as an extension, and returns its values.
    ///
    /// # Errors
    /// As [`Runtime::load`]; and if a value has no JSON form.
    pub fn exec(&mut self, source: &str) -> Result<Vec<Value>, ImpError> {
        let report = self.run_chunk("=exec", source.as_bytes(), None)?;
        report.values().map_err(ImpError::Lua)
    }

    /// Runs a file, as an extension, and returns its values.
    ///
    /// # Errors
    /// As [`Runtime::exec`]; and if the file cannot be read.
    pub fn exec_file(&mut self, path: &std::path::Path) -> Result<Vec<Value>, ImpError> {
        let shown = path.display();
        let source = std::fs::read(path)
            .map_err(|error| ImpError::Extension(format!("cannot read {shown}: {error}")))?;
        let report = self.run_chunk(&format!("@{shown}"), &source, None)?;
        report.values().map_err(ImpError::Lua)
    }

    fn run_chunk(
        &mut self,
        name: &str,
        source: &[u8],
        fuel: Option<u64>,
    ) -> Result<Report, ImpError> {
        let name = name.to_owned();
        self.run(fuel, |session| session.start(Chunk::new(source).named(&name)))
    }

    /// Runs something to its end, and takes up what it registers if it ends well.
    fn run(
        &mut self,
        fuel: Option<u64>,
        start: impl FnOnce(Session) -> Run,
    ) -> Result<Report, ImpError> {
        let gone = || ImpError::Extension("the runtime is gone: a call panicked".to_owned());
        let session = self.session.take().ok_or_else(gone)?;
        drop(lock(&self.shared.pending).take());
        let context = self.shared.context();
        let own_clock = context.as_ref().is_some_and(CallContext::has_own_clock);
        let mut options = DriveOptions::from(self.timeout.filter(|_| !own_clock));
        options.canceller = context.map(|context| context.canceller);
        options.fuel = fuel;
        let mut heard = |bytes: &[u8]| self.shared.printed(bytes);
        let (session, report) = drive_run(start(session), options, &mut heard);
        self.session = Some(session);
        let mut pending = lock(&self.shared.pending);
        let registered = pending.take();
        if report.is_done() {
            let any = !registered.is_empty();
            self.registry.add(registered);
            if any {
                pending.registered(&self.registry);
            }
        }
        drop(pending);
        Ok(report)
    }

    fn call(
        &mut self,
        fuel: Option<u64>,
        function: &Function,
        args: Vec<HostValue>,
    ) -> Result<Report, ImpError> {
        self.run(fuel, |session| session.start_call(function, crate::Variadic(args)))
    }

    /// Returns the gate that calls pass: its log, and what hears of them.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Returns the policy that is in force.
    pub fn policy(&self) -> CapabilityPolicy {
        lock(&self.shared.policy).clone()
    }

    /// Changes the policy: in force at the next call of a function of `imp`.
    pub fn set_policy(&self, policy: CapabilityPolicy) {
        *lock(&self.shared.policy) = policy;
    }

    /// Sets the context of what is called next, until it is cleared.
    pub fn set_context(&self, context: CallContext) {
        self.shared.set_context(context);
    }

    /// Clears the context.
    pub fn clear_context(&self) {
        *lock(&self.shared.context) = None;
    }

    /// Adds a tool of the host's own, for `imp.tool`.
    pub fn add_native_tool(&self, name: impl Into<String>, tool: impl NativeTool + 'static) {
        lock(&self.shared.natives).insert(name.into(), Arc::new(tool));
    }

    /// Forgets all tools, hooks and commands of extensions.
    pub fn clear_registrations(&mut self) {
        self.registry = Registry::default();
    }

    /// Returns how much is registered.
    pub fn counts(&self) -> Counts {
        self.registry.counts()
    }

    /// Returns the tools of extensions, in the order in which they came.
    pub fn tools(&self) -> &[ToolDefinition] {
        &self.registry.tools
    }

    /// Returns the names of events that extensions have hooks for, in the order in which
    /// these came.
    pub fn hook_events(&self) -> Vec<&str> {
        self.registry.hooks.iter().map(|(event, _)| event.as_str()).collect()
    }

    /// Returns the commands of extensions, in the order of their names.
    pub fn commands(&self) -> Vec<CommandSummary> {
        let summary = |(name, (description, _)): (&String, &(String, Function))| CommandSummary {
            name: name.clone(),
            description: description.clone(),
        };
        self.registry.commands.iter().map(summary).collect()
    }

    /// Tells whether there is a command of this name.
    pub fn has_command(&self, name: &str) -> bool {
        self.registry.commands.contains_key(name)
    }

    /// Calls a command with the rest of its line. Returns nothing for nil, a string as it is,
    /// and any other value as JSON.
    ///
    /// # Errors
    /// When there is no such command, or it fails.
    pub fn execute_command(
        &mut self,
        name: &str,
        args: &str,
        context: Option<CallContext>,
    ) -> Result<Option<String>, ImpError> {
        let unknown = || ImpError::Extension(format!("command '{name}' not found"));
        let (_, handler) = self.registry.commands.get(name).ok_or_else(unknown)?;
        let handler = handler.clone();
        let report = self.within(context, |runtime| {
            runtime.call(None, &handler, vec![args.to_owned().into()])
        })?;
        match &report.outcome {
            Outcome::Done(Err(error)) if error.cause == Some(Cause::NotUtf8) => {
                return Ok(Some("(non-utf8)".to_owned()));
            }
            _ => {}
        }
        let first = report.values().map_err(ImpError::Lua)?.into_iter().next();
        Ok(first.filter(|value| !value.is_null()).map(as_text))
    }

    /// Calls a tool: hooks before it, the tool unless they block it, and hooks after it. None
    /// of them are called where a parameter that must be there is missing, or has a value of
    /// another type than the schema says: the output is an error that names it.
    ///
    /// # Errors
    /// When there is no such tool, or its script fails or is stopped.
    pub fn call_tool(
        &mut self,
        name: &str,
        params: Value,
        call_id: &str,
        context: CallContext,
    ) -> Result<ToolOutput, ImpError> {
        let unknown = || ImpError::Extension(format!("tool '{name}' not found"));
        let tool = self.registry.tool(name).ok_or_else(unknown)?.clone();
        let before = Event::told(json!({"tool_name": name, "args": params}))?;
        let given = before.values.field("args").cloned().unwrap_or_default();
        let passed = match GatedCall::ask(&self.gate, &tool, &given) {
            Ok(passed) => passed,
            Err(denied) => return Ok(ToolOutput::error(denied.to_string())),
        };
        if let Some(fault) = arguments::fault(name, &tool.schema, &params) {
            return passed.settle(Ok(ToolOutput::error(fault)));
        }
        self.within(Some(context.clone()), |runtime| {
            let asked = runtime.tell(HookEvent::BeforeToolCall.name(), &before);
            let mut hook_errors = asked.errors;
            if asked.block {
                let reason = asked.reason.unwrap_or_default();
                passed.blocked(&reason);
                return Ok(ToolOutput { hook_errors, ..ToolOutput::error(reason) });
            }
            let called = runtime.run_tool(&tool, given, call_id, &context);
            let mut output = passed.settle(called)?;
            let shown = output.shown(call_id, name, now());
            let after = Event::told(json!({"tool_name": name, "result": shown}))?;
            let asked = runtime.tell(HookEvent::AfterToolCall.name(), &after);
            if let Some(content) = asked.modified_content {
                output.content = content;
            }
            hook_errors.extend(asked.errors);
            Ok(ToolOutput { hook_errors, ..output })
        })
    }

    /// Calls the function of a tool.
    fn run_tool(
        &mut self,
        tool: &ToolDefinition,
        params: HostValue,
        call_id: &str,
        context: &CallContext,
    ) -> Result<ToolOutput, ImpError> {
        let ctx = HostValue::object([
            ("cwd", context.cwd.to_string_lossy().into_owned().into()),
            ("cancelled", context.canceller.is_cancelled().into()),
        ]);
        let args = vec![call_id.to_owned().into(), params, ctx];
        let report = self.call(None, &tool.execute, args)?;
        let values = report.values().map_err(ImpError::Tool)?;
        let result = values.into_iter().next().unwrap_or(Value::Null);
        ToolOutput::from_result(result).map_err(ImpError::Extension)
    }

    /// Calls the hooks of an event: those of the configuration first, then those of
    /// extensions, and a global function of the event's name last. Each has fuel of its own;
    /// what one raises, or which limit it reaches, is reported and changes nothing else.
    ///
    /// An event that cannot be told to scripts (nested too deep) is blocked and reported, and no
    /// hook is called: what hooks could not be shown must not pass them by.
    pub fn fire(&mut self, event: &str, payload: &Value) -> HookResult {
        match Event::told(payload.clone()) {
            Ok(told) => self.tell(event, &told),
            Err(error) => HookResult {
                block: true,
                reason: Some(error.to_string()),
                errors: vec![error.to_string()],
                ..HookResult::default()
            },
        }
    }

    /// As [`Runtime::fire`], of what can be told.
    fn tell(&mut self, event: &str, told: &Event) -> HookResult {
        let Event { payload, values } = told;
        let tool = payload.get("tool_name").and_then(Value::as_str);
        let mut result = HookResult::default();
        for hook in self.hooks.iter().filter(|hook| hook.fires(event, payload)) {
            exec::run_hook(&self.shared, hook, payload, &mut result);
        }
        let mut handlers = self.registry.handlers(event);
        handlers.extend(self.global_handler(event));
        for handler in handlers {
            let (verdict, returned) = self.call_hook(&handler, values);
            let reason = match returned {
                Ok(returned) => result.take(returned),
                Err(error) => {
                    result.errors.push(error.to_string());
                    None
                }
            };
            if verdict == Verdict::Hidden {
                result.errors.push(HIDDEN.to_owned());
            }
            if verdict != Verdict::Passes {
                result.block_for(reason, tool);
            }
        }
        result
    }

    /// Calls a hook, and tells what it says of the call, and what it returned. These are two things:
    /// one that blocks with a reason that cannot be shown still blocks.
    fn call_hook(
        &mut self,
        handler: &Function,
        payload: &HostValue,
    ) -> (Verdict, Result<Value, ImpError>) {
        if let Some(session) = &mut self.session {
            session.ask_verdict();
        }
        let called = self.call(Some(self.hook_fuel), handler, vec![payload.clone()]);
        let verdict = self.session.as_mut().map_or(Verdict::Passes, Session::take_verdict);
        let values = called.and_then(|report| report.values().map_err(ImpError::Lua));
        (verdict, values.map(|values| values.into_iter().next().unwrap_or(Value::Null)))
    }

    /// Returns the global function of an event's name.
    fn global_handler(&mut self, event: &str) -> Option<Function> {
        let is_name = event.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric());
        if !is_name { None } else { self.session.as_mut()?.function(event).ok() }
    }

    /// Does something in a context, which is what it was afterwards.
    fn within<T>(
        &mut self,
        context: Option<CallContext>,
        work: impl FnOnce(&mut Runtime) -> Result<T, ImpError>,
    ) -> Result<T, ImpError> {
        let Some(context) = context else { return work(self) };
        let before = lock(&self.shared.context).replace(context);
        let done = work(self);
        *lock(&self.shared.context) = before;
        done
    }
}

/// What is reported of an answer that blocks because nothing else is known of it.
const HIDDEN: &str = "a hook's answer has no field `block` of its own, and a function as \
                      `__index`, which is not called: it blocks";

/// Returns the error of a run that did not end well. That its values may have no JSON form
/// is no error of an extension's.
fn done(report: Report) -> Result<(), LuaError> {
    match report.json() {
        Err(error) if error.kind != ErrorKind::Conversion => Err(error),
        _ => Ok(()),
    }
}

/// What hooks are told: commands as JSON, functions as values.
struct Event {
    payload: Value,
    values: HostValue,
}

impl Event {
    /// # Errors
    /// When it has no form as values.
    fn told(payload: Value) -> Result<Event, ImpError> {
        let values = HostValue::from_json(&payload);
        let values = values.map_err(|error| ImpError::Extension(error.to_string()))?;
        Ok(Event { payload, values })
    }
}

/// Returns the seconds since the epoch.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
