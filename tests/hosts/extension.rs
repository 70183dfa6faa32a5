//! Cases of the kind `extension`: a runtime of imp's, what is loaded into it and asked of it.

use super::case::{Case, expect};
use super::fixture::Fixture;
use super::server;
use moonfuel::host::imp::{
    CallContext, CapabilityPolicy, Extensions, ImpError, Origin, Runtime, RuntimeBuilder,
    ToolOutput, Ui, UiAnswer, UiKind, UiRequest, discover,
};
use moonfuel::{ErrorKind, Limits};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Who answers the questions of a case.
#[derive(Clone, Debug)]
struct Answers(Value);

impl Ui for Answers {
    fn ask(&self, request: &UiRequest) -> UiAnswer {
        if let Some(expected) = self.0.get("expects").and_then(|e| e.get("placeholder")) {
            assert_eq!(request.placeholder.as_deref(), expected.as_str());
        }
        let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
        match (request.kind, &self.0["answer"]) {
            (_, Value::Null) => UiAnswer::Cancelled,
            (UiKind::Confirm, Value::Bool(answer)) => UiAnswer::Confirmed(*answer),
            (UiKind::Input, Value::String(text)) => UiAnswer::Text(text.clone()),
            (UiKind::Select, chosen) => UiAnswer::Selected(number(chosen)),
            (UiKind::MultiSelect, Value::Array(chosen)) => {
                UiAnswer::ManySelected(chosen.iter().map(number).collect())
            }
            (_, other) => UiAnswer::Custom(moonfuel::HostValue::from_json(other).unwrap()),
        }
    }
}

/// A case at work.
struct Bench {
    fixture: Fixture,
    runtime: Arc<Mutex<Runtime>>,
    extensions: Option<Extensions>,
    updates: Arc<Mutex<Vec<String>>>,
    ui: Option<Answers>,
    has_context: bool,
}

/// Runs a case.
pub(crate) fn run(case: &Case) -> Result<(), String> {
    let fixture = Fixture::of(case);
    for folder in ["user", "project"] {
        write(&fixture, folder, &case.field("fixture")[folder]);
    }
    let policy = policy(&CapabilityPolicy::default(), case.field("policy"));
    let secrets = case.field("fixture")["secrets"].clone();
    let make = move || builder(policy.clone(), secrets.clone()).build();
    let mut bench = Bench {
        runtime: Arc::new(Mutex::new(make().map_err(|e| e.to_string())?)),
        fixture,
        extensions: None,
        updates: Arc::default(),
        ui: None,
        has_context: true,
    };
    let server = (case.field("fixture")["server"] == true).then(server::start);
    for step in case.steps() {
        let mut step = bench.fixture.filled(step);
        if let Some(address) = server {
            let text = step.to_string().replace("$SERVER", &format!("http://{address}"));
            step = serde_json::from_str(&text).unwrap();
        }
        bench.step(&step, &make).map_err(|why| format!("{step}: {why}"))?;
    }
    Ok(())
}

fn builder(policy: CapabilityPolicy, secrets: Value) -> RuntimeBuilder {
    let limits = Limits { fuel: 20_000_000, ..Limits::default() };
    let echo = |params: Value, _: &CallContext| {
        let text = params["text"].as_str().unwrap_or_default();
        Ok(ToolOutput::text(format!("echo: {text}")))
    };
    let builder = Runtime::builder()
        .policy(policy)
        .limits(limits)
        .native_tool("echo", echo)
        .native_tool("fail", |_, _: &CallContext| Ok(ToolOutput::error("intentional failure")))
        .native_tool("quiet", |_, _: &CallContext| Ok(ToolOutput::default()));
    builder.secrets(move |provider| match secrets.get(provider) {
        Some(Value::Object(fields)) => Ok(fields
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect::<BTreeMap<_, _>>()),
        _ => Err(format!("secret '{provider}' not found")),
    })
}

fn write(fixture: &Fixture, folder: &str, files: &Value) {
    for (name, text) in files.as_object().unwrap_or(&Map::new()) {
        let path = fixture.path(folder).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text.as_str().unwrap()).unwrap();
    }
}

/// Returns a policy with what is given changed.
fn policy(before: &CapabilityPolicy, given: &Value) -> CapabilityPolicy {
    let mut policy = before.clone();
    let texts = |value: &Value| {
        value.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
    };
    for (name, value) in given.as_object().unwrap_or(&Map::new()) {
        match name.as_str() {
            "allow_native_tool_calls" => policy.allow_native_tool_calls = value == true,
            "allow_shell_exec" => policy.allow_shell_exec = value == true,
            "allow_http" => policy.allow_http = value == true,
            "allow_secrets" => policy.allow_secrets = value == true,
            "allowed_env" => policy.allowed_env = texts(value),
            "hosts" => policy.hosts = texts(value),
            other => panic!("no flag {other}"),
        }
    }
    policy
}

fn policy_json(policy: &CapabilityPolicy) -> Value {
    json!({
        "allow_native_tool_calls": policy.allow_native_tool_calls,
        "allow_shell_exec": policy.allow_shell_exec,
        "allow_http": policy.allow_http,
        "allow_secrets": policy.allow_secrets,
        "allowed_env": policy.allowed_env,
    })
}

fn output_json(output: &ToolOutput) -> Value {
    let mut shown = json!({"content": output.content});
    if let Some(details) = &output.details {
        shown["details"] = details.clone();
    }
    if output.is_error {
        shown["is_error"] = true.into();
    }
    shown
}

/// Compares the members that are expected with those that are there.
fn members(got: &Value, want: &Value) -> Result<(), String> {
    for (name, value) in want.as_object().unwrap() {
        expect(name, got.get(name).unwrap_or(&Value::Null), value)?;
    }
    Ok(())
}

/// Holds an error against the text it must contain.
fn contains<T>(result: Result<T, ImpError>, want: &Value) -> Result<(), String> {
    let want = want.as_str().unwrap();
    match result {
        Ok(_) => Err(format!("no error, want {want}")),
        Err(error) if error.to_string().contains(want) => Ok(()),
        Err(error) => Err(format!("got {error}, want {want}")),
    }
}

impl Bench {
    fn runtime(&self) -> MutexGuard<'_, Runtime> {
        self.runtime.lock().unwrap()
    }

    fn context(&self, step: &Value) -> CallContext {
        let updates = Arc::clone(&self.updates);
        let context = CallContext::new(step["cwd"].as_str().unwrap_or("/"))
            .on_update(move |text| updates.lock().unwrap().push(text.to_owned()));
        match &self.ui {
            Some(ui) => context.ui(ui.clone()),
            None => context,
        }
    }

    /// Loads or evaluates something in the context of the case.
    fn within<T>(&self, step: &Value, work: impl FnOnce(&mut Runtime) -> T) -> T {
        let mut runtime = self.runtime();
        if self.has_context {
            runtime.set_context(self.context(step));
        }
        let done = work(&mut runtime);
        runtime.clear_context();
        done
    }

    fn folders(&self) -> (Option<PathBuf>, Option<PathBuf>) {
        (Some(self.fixture.path("user")), Some(self.fixture.path("project")))
    }

    fn step(
        &mut self,
        step: &Value,
        make: &(impl Fn() -> Result<Runtime, ImpError> + Clone + Send + Sync + 'static),
    ) -> Result<(), String> {
        let plain = |error: ImpError| error.to_string();
        let has = |name: &str| step.get(name).is_some();
        if has("start") {
            let (user, project) = self.folders();
            let extensions = Extensions::load(user, project, make.clone()).map_err(plain)?;
            self.runtime = extensions.runtime();
            self.extensions = Some(extensions);
        }
        if has("reload") {
            let extensions = self.extensions.as_ref().unwrap();
            extensions.reload().map_err(plain)?;
            self.runtime = extensions.runtime();
        }
        for folder in ["user", "project"] {
            write(&self.fixture, folder, &step["write"][folder]);
        }
        if has("set_policy") {
            let changed = policy(&self.runtime().policy(), &step["set_policy"]);
            self.runtime().set_policy(changed);
        }
        self.has_context &= !has("no_context");
        if has("ui") {
            self.ui = step["ui"].is_object().then(|| Answers(step["ui"].clone()));
        }
        if has("clear") {
            self.runtime().clear_registrations();
        }
        self.scripts(step)?;
        self.calls(step)?;
        self.looks(step)
    }

    /// Scripts that are run.
    fn scripts(&self, step: &Value) -> Result<(), String> {
        let plain = |error: ImpError| error.to_string();
        if let Some(source) = step["load"].as_str() {
            let loaded = self.within(step, |runtime| runtime.load("ext.lua", source.as_bytes()));
            match step.get("error_contains") {
                Some(want) => contains(loaded, want)?,
                None => loaded.map_err(plain)?,
            }
        }
        for (name, source) in step["load_extensions"].as_object().unwrap_or(&Map::new()) {
            let source = source.as_str().unwrap().as_bytes();
            self.within(step, |runtime| runtime.load(name, source)).map_err(plain)?;
        }
        let Some(source) = step["eval"].as_str() else { return Ok(()) };
        let values = self.within(step, |runtime| runtime.exec(source));
        if step.get("conversion_error").is_some() {
            return match values {
                Err(ImpError::Lua(error)) if error.kind == ErrorKind::Conversion => Ok(()),
                other => Err(format!("got {other:?}")),
            };
        }
        let mut values = values.map_err(plain)?;
        let want = &step["values"];
        if want == &json!([false]) {
            // What follows is the text of an error, which the case leaves open.
            values.truncate(1);
        }
        values.resize(want.as_array().unwrap().len().max(values.len()), Value::Null);
        expect(source, &values.into(), want)
    }

    /// Tools, commands and hooks that are called.
    fn calls(&self, step: &Value) -> Result<(), String> {
        let plain = |error: ImpError| error.to_string();
        if let Some(tool) = step["call_tool"].as_str() {
            let begin = Instant::now();
            let call_id = step["call_id"].as_str().unwrap_or("call");
            let context = self.context(step);
            let params = step["params"].clone();
            let called = self.runtime().call_tool(tool, params, call_id, context);
            if let Some(limit) = step["stopped_within_ms"].as_u64() {
                // The time is that of an optimised build.
                let slower = if cfg!(debug_assertions) { 10 } else { 1 };
                assert!(begin.elapsed() < Duration::from_millis(limit * slower));
                return called.err().map(|_| ()).ok_or_else(|| "not stopped".to_owned());
            }
            if let Some(want) = step.get("error_contains") {
                return contains(called, want);
            }
            let output = called.map_err(plain)?;
            let text: Value = output.first_text().unwrap_or_default().into();
            if let Some(want) = step.get("output") {
                expect("output", &output_json(&output), want)?;
            }
            if let Some(want) = step.get("output_json") {
                let parsed: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
                members(&parsed, want)?;
            }
            let shown =
                json!({"text": text, "is_error": output.is_error, "details": output.details});
            let mut want = Map::new();
            for name in ["text", "is_error", "details"] {
                want.extend(step.get(name).map(|value| (name.to_owned(), value.clone())));
            }
            if let (Some(Value::Object(_)), Some(details)) = (want.get("details"), &output.details)
            {
                members(details, &want["details"])?;
                want.remove("details");
            }
            members(&shown, &want.into())?;
        }
        if let Some(name) = step["command"].as_str() {
            let args = step["args"].as_str().unwrap_or_default();
            let context = self.has_context.then(|| self.context(step));
            let called = self.runtime().execute_command(name, args, context);
            if let Some(want) = step["error"].as_str() {
                let error = called.err().map(|error| error.to_string());
                return expect("error", &error.into(), &want.into());
            }
            if let Some(want) = step.get("error_contains") {
                return contains(called, want);
            }
            expect("text", &called.map_err(plain)?.into(), &step["text"])?;
        }
        if let Some(event) = step["fire"].as_str() {
            let result = self.within(step, |runtime| runtime.fire(event, &step["event"]));
            let shown = json!({
                "block": result.block,
                "reason": result.reason,
                "modified_content": result.modified_content,
            });
            if let Some(want) = step.get("result") {
                members(&shown, want)?;
            }
            let errors = step["errors"].as_u64().unwrap_or(0);
            expect("errors", &result.errors.len().into(), &errors.into())
                .map_err(|why| format!("{why}: {:?}", result.errors))?;
        }
        Ok(())
    }

    /// What is to be seen from outside.
    fn looks(&self, step: &Value) -> Result<(), String> {
        let plain = |error: ImpError| error.to_string();
        let runtime = self.runtime();
        if let Some(want) = step.get("policy_is") {
            let policy = match step["config"].as_str() {
                Some(text) => CapabilityPolicy::from_toml(text).map_err(plain)?,
                None => runtime.policy(),
            };
            members(&policy_json(&policy), want)?;
        }
        if let Some(want) = step.get("counts") {
            let counts = runtime.counts();
            let shown = json!({
                "tools": counts.tools, "hooks": counts.hooks, "commands": counts.commands
            });
            members(&shown, want)?;
        }
        if let Some(want) = step.get("hook_events") {
            expect("events", &runtime.hook_events().into(), want)?;
        }
        if let Some(want) = step.get("tool_names") {
            let names: Vec<&str> = runtime.tools().iter().map(|t| t.name.as_str()).collect();
            expect("tools", &names.into(), want)?;
        }
        if let Some(name) = step["tool"].as_str() {
            let tool = runtime.tools().iter().find(|t| t.name == name).ok_or("no such tool")?;
            let shown = json!({
                "label": tool.label, "description": tool.description,
                "readonly": tool.readonly, "schema": tool.schema,
            });
            let mut want = step.clone();
            want.as_object_mut().unwrap().remove("tool");
            members(&shown, &want)?;
        }
        if let Some(name) = step["has_command"].as_str() {
            expect(name, &runtime.has_command(name).into(), &step["is"])?;
        }
        if let Some(want) = step.get("updates") {
            let updates = self.updates.lock().unwrap().clone();
            expect("updates", &updates.into(), want)?;
        }
        drop(runtime);
        self.found(step)
    }

    /// Extensions that are found and loaded.
    fn found(&self, step: &Value) -> Result<(), String> {
        if step.get("discover").is_some() {
            let (user, project) = self.folders();
            let found = discover(user.as_deref(), project.as_deref());
            let names: Vec<&str> = found.iter().map(|e| e.name.as_str()).collect();
            for want in ["names", "names_set"] {
                if let Some(want) = step.get(want) {
                    expect("names", &names.clone().into(), want)?;
                }
            }
            let ends = step["paths_end"].as_array().cloned().unwrap_or_default();
            for (extension, end) in found.iter().zip(ends) {
                assert!(extension.path.ends_with(end.as_str().unwrap()));
            }
            if let Some(want) = step.get("from") {
                let from: Vec<&str> = found
                    .iter()
                    .map(|e| if e.origin == Origin::User { "user" } else { "project" })
                    .collect();
                expect("from", &from.into(), want)?;
            }
        }
        let Some(extensions) = &self.extensions else { return Ok(()) };
        let report = extensions.report();
        if let Some(want) = step.get("load_failures") {
            let failed: Vec<&str> = report
                .iter()
                .filter(|loaded| loaded.error.is_some())
                .map(|loaded| loaded.extension.name.as_str())
                .collect();
            expect("failures", &failed.into(), want)?;
        }
        for (name, want) in step["load_error_contains"].as_object().unwrap_or(&Map::new()) {
            let loaded = report.iter().find(|loaded| loaded.extension.name == *name).unwrap();
            let error = loaded.error.as_ref().map(ToString::to_string).unwrap_or_default();
            if !error.contains(want.as_str().unwrap()) {
                return Err(format!("got {error}, want {want}"));
            }
        }
        Ok(())
    }
}
