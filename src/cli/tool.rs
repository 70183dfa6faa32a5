//! `moonfuel tool NAME JSON`: calls one tool with named arguments, as a model would.

use super::display::limit_text;
use super::given::{OF_CALLS, OF_OUTPUT};
use super::grants::{Grants, grants};
use super::options::{RunOptions, ToolOptions};
use super::whole;
use super::{DONE, Failure, LIMIT, LUA_ERROR, Streams, USAGE, check_log, imp, status_with_values};
use crate::base::nearest::{meant, nearest_function};
use crate::base::one_line::path_text;
use crate::drive::{DriveOptions, drive_run};
use crate::host::codex::{LuaConfig, LuaTool, TOOL, ToolError};
use crate::host::imp::{ImpError, ToolOutput};
use crate::host::{HostProfile, types};
use crate::session::{Parameter, read_foreign};
use crate::{Declaration, HostValue, Report, Session, Variadic};
use serde_json::Value;
use std::ops::ControlFlow;

/// Calls a tool and prints its answer: text as it is, everything else as JSON.
pub(super) fn tool(options: &ToolOptions, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let arguments: Value = read_foreign(options.arguments.as_bytes())
        .map_err(|e| Failure::usage(format!("the arguments are not valid JSON: {e}")))?;
    if let Some(option) = without_effect(options) {
        let instead = if options.name == TOOL {
            ": what its scripts may do and use is said by --config FILE"
        } else {
            ""
        };
        let why = format!("{option} has no effect on {}{instead}", options.name);
        return Err(Failure::usage(why));
    }
    if options.name == TOOL {
        return lua_execute(options, &arguments, streams);
    }
    let grants = grants(&options.run.hosts)?;
    let known = types::jido();
    let Some(declaration) = jido_function(options, &known) else {
        return of_extension(options, arguments, grants.as_ref(), streams);
    };
    let Some(mut grants) = grants.filter(|grants| grants.root().is_some()) else {
        return Err(Failure::usage(format!("{} needs --root DIR", options.name)));
    };
    if !options.run.hosts.extensions.is_empty() {
        return Err(Failure::usage(format!("--extensions has no effect on {}", options.name)));
    }
    if EDITS.contains(&declaration.name()) {
        grants.edit_unread();
    }
    let values = values_of(declaration, &arguments).map_err(Failure::usage)?;
    let builder = Session::builder().limits(options.run.limits());
    let builder = grants.give(builder, options.run.profile)?;
    let session = builder.build().map_err(|e| Failure::usage(e.to_string()))?;
    let run = session.start_call(declaration.path(), Variadic(values));
    let (_, report) = drive_run(run, DriveOptions::from(options.run.timeout()), &mut |_| ());
    let status = tell_values(&report, &options.run, streams)?;
    check_log(&grants.gate)?;
    Ok(status)
}

/// Shows what a function has answered.
fn tell_values(
    report: &Report,
    options: &RunOptions,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let values = match report.values() {
        Ok(values) => values,
        Err(error) => {
            let limit = limit_text(&report.outcome, &options.limits(), options.timeout());
            streams.say(limit.as_ref().map_or(&error.message[..], String::as_bytes));
            return Ok(status_with_values(&report.outcome));
        }
    };
    match values.as_slice() {
        [Value::Null, Value::String(why), ..] => {
            streams.say(why.as_bytes());
            Ok(LUA_ERROR)
        }
        [Value::String(text), ..] => print(text, streams),
        [value, ..] => print(&value.to_string(), streams),
        [] => Ok(DONE),
    }
}

/// The functions that say what is in the file they change.
const EDITS: [&str; 2] = ["edit_file", "multi_edit"];

/// Returns the function of jido's that is meant: by its short name, if there are no extensions
/// whose it could be.
fn jido_function<'a>(options: &ToolOptions, known: &'a [Declaration]) -> Option<&'a Declaration> {
    let short = options.run.hosts.extensions.is_empty();
    known.iter().find(|one| one.path() == options.name || (short && one.name() == options.name))
}

/// Calls a tool that an extension has registered.
fn of_extension(
    options: &ToolOptions,
    arguments: Value,
    grants: Option<&Grants>,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let told = imp::Told::default();
    let loaded = imp::extensions_heard(&options.run, grants, &told)?;
    told.tell(streams);
    let tools = loaded.as_ref().map(|extensions| extensions.tools()).unwrap_or_default();
    if let Some(extensions) = &loaded {
        streams.tell(&imp::told_of(extensions));
    }
    let (Some(extensions), Some(grants)) = (&loaded, grants) else {
        let why = types::help(&types::jido(), Some(&options.name)).err().unwrap_or_default();
        // What is only said of a function is said of the tool already.
        let why = why.strip_prefix(&format!("there is no function '{}'", options.name));
        let near = why.unwrap_or_default();
        return Err(Failure::usage(format!("there is no tool '{}'{near}", options.name)));
    };
    if tools.iter().all(|tool| tool.name != options.name) {
        let names = tools.iter().map(|tool| tool.name.as_str());
        let hint = meant(nearest_function(&options.name, names));
        return Err(Failure::usage(format!("there is no tool '{}'{hint}", options.name)));
    }
    if !arguments.is_object() {
        return Err(Failure::usage("the arguments are a JSON object".to_owned()));
    }
    let called = extensions.call_tool(&options.name, arguments, "command", told.context(grants));
    told.tell(streams);
    let status = tell_output(called, streams)?;
    check_log(&grants.gate)?;
    Ok(status)
}

/// Shows what a tool has answered.
fn tell_output(
    called: Result<ToolOutput, ImpError>,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let output = match called {
        Ok(output) => output,
        Err(error) => return Ok(imp::failed(&error, streams)),
    };
    for error in &output.hook_errors {
        streams.say(format!("a hook failed: {error}").as_bytes());
    }
    let texts: Vec<String> = output.content.iter().map(shown_block).collect();
    if output.is_error {
        streams.say(texts.join("\n").as_bytes());
        return Ok(LUA_ERROR);
    }
    for text in texts {
        print(&text, streams)?;
    }
    match &output.details {
        Some(details) => print(&details.to_string(), streams),
        None => Ok(DONE),
    }
}

/// Returns a block's text, or the block itself as JSON.
fn shown_block(block: &Value) -> String {
    match block.get("text").and_then(Value::as_str) {
        Some(text) => text.to_owned(),
        None => block.to_string(),
    }
}

/// Returns an option that was given and means nothing to the tool.
fn without_effect(options: &ToolOptions) -> Option<String> {
    let run = &options.run;
    let is_codex = options.name == TOOL;
    let of_extension = !is_codex && jido_function(options, &types::jido()).is_none();
    let is_other_host = run.hosts.host.is_some_and(|host| host != HostProfile::Imp);
    let refused: [(bool, &[&str]); 6] = [
        (true, &OF_OUTPUT),
        (true, &OF_CALLS),
        (!is_codex, &["config"]),
        (!of_extension, &["seed", "time", "host", "profile", "output", "host_calls"]),
        (is_other_host, &["host"]),
        (
            is_codex,
            &["extensions", "root", "policy", "audit", "allow", "timeout", "fuel", "memory"],
        ),
    ];
    refused.iter().filter(|(is_so, _)| *is_so).find_map(|(_, names)| run.given.first(names))
}

fn print(text: &str, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    streams.print(format!("{text}\n").as_bytes())?;
    Ok(DONE)
}

/// Puts named arguments into the order of the parameters.
fn values_of(declaration: &Declaration, arguments: &Value) -> Result<Vec<HostValue>, String> {
    let path = declaration.path();
    let Value::Object(given) = arguments else {
        return Err("the arguments are a JSON object".to_owned());
    };
    let names: Vec<&str> = declaration.parameters.iter().map(|p| p.name.as_str()).collect();
    if let Some(name) = given.keys().find(|name| !names.contains(&name.as_str())) {
        return Err(format!("{path} has no parameter '{name}' (it has {})", names.join(", ")));
    }
    let value = |parameter: &Parameter| {
        let name = &parameter.name;
        match given.get(name).filter(|value| !value.is_null()) {
            Some(value) => HostValue::from_json(value).map_err(|e| format!("{name}: {e}")),
            // In Lua a list is left out by ending before it. Here what follows may be given.
            None if parameter.optional && parameter.kind.ends_with("[]") => {
                Ok(HostValue::Array(Vec::new()))
            }
            None => Ok(HostValue::Nil),
        }
    };
    let mut values: Vec<HostValue> =
        declaration.parameters.iter().map(value).collect::<Result<_, _>>()?;
    while values.last().is_some_and(HostValue::is_nil) {
        values.pop();
    }
    Ok(values)
}

fn lua_execute(
    options: &ToolOptions,
    arguments: &Value,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let config = match &options.config {
        None => LuaConfig { enabled: true, ..LuaConfig::default() },
        Some(file) => {
            let text = whole::text(whole::read_file(file))
                .map_err(|error| Failure::file("read", file, &error))?;
            LuaConfig::from_toml(&text)
                .map_err(|e| Failure::usage(format!("{}: {e}", path_text(file))))?
        }
    };
    let tool = LuaTool::new(config).map_err(|e| Failure::usage(e.to_string()))?;
    if tool.tools().is_empty() {
        let why = "is not enabled by the configuration (`enabled = true` under [lua])";
        return Err(Failure::usage(format!("{TOOL} {why}")));
    }
    let answer = tool.call_with(arguments, |event| {
        streams.say(format!("progress: {event}").as_bytes());
        ControlFlow::Continue(())
    });
    match answer {
        Ok(answer) => {
            streams.tell(&super::escape(&answer.output));
            print(&answer.content, streams)
        }
        Err(error) => {
            streams.say(error.to_string().as_bytes());
            Ok(match error {
                ToolError::Arguments(_) => USAGE,
                ToolError::Limit(_) | ToolError::Timeout(_) => LIMIT,
                _ => LUA_ERROR,
            })
        }
    }
}
