//! Calls of codex's `lua_execute`, and its runtime of loaded scripts.

use super::case::{Case, expect};
use super::fixture::{Fixture, items};
use moonfuel::host::codex::{LuaConfig, LuaRuntime, LuaTool, ToolError};
use serde_json::{Value, json};
use std::ops::ControlFlow;

/// Runs the steps of a case.
pub(crate) fn run(case: &Case) -> Result<(), String> {
    let fixture = Fixture::of(case);
    let config = config(&fixture.filled(case.field("config")));
    let tool = LuaTool::new(config.clone()).map_err(|e| e.to_string())?;
    let mut runtime = LuaRuntime::new(config).map_err(|e| e.to_string())?;
    for step in case.steps() {
        let step = fixture.filled(step);
        if step.get("lua_execute").is_some() {
            call(&tool, &step)?;
        } else if step.get("parallel").is_some() {
            parallel(&tool, &step)?;
        } else if let Some(text) = step.get("config").and_then(Value::as_str) {
            effective(text, &step["effective"])?;
        } else if let Some(want) = step.get("tools") {
            let names = tool.tools();
            let names: Value = names.iter().map(|tool| tool["name"].clone()).collect();
            expect("tools", &names, want)?;
        } else if let Some(script) = step.get("load").and_then(Value::as_str) {
            let name = step.get("name").and_then(Value::as_str).unwrap_or("script");
            checked(script, runtime.load(script, name), &step)?;
        } else if let Some(name) = step.get("call").and_then(Value::as_str) {
            checked(name, runtime.call(name, &step["args"]), &step)?;
        } else if let Some(script) = step.get("call_eval").and_then(Value::as_str) {
            checked(script, runtime.load(script, "eval"), &step)?;
        } else if let Some(event) = step.get("fire").and_then(Value::as_str) {
            runtime.fire(event, &step["event"]).map_err(|e| e.to_string())?;
        } else {
            return Err(format!("a step of no kind: {step}"));
        }
    }
    fixture.check(case.field("after"))
}

/// Makes the configuration of a case; without one the tool is enabled and no more.
fn config(given: &Value) -> LuaConfig {
    let mut config = LuaConfig::default();
    config.enabled = true;
    for (key, value) in given.as_object().into_iter().flatten() {
        match key.as_str() {
            "enabled" => config.enabled = value.as_bool().unwrap(),
            "scripts_dir" => config.scripts_dir = value.as_str().map(Into::into),
            "allow_file_io" => config.allow_file_io = value.as_bool().unwrap(),
            "allow_network" => config.allow_network = value.as_bool().unwrap(),
            "max_execution_time_ms" => config.max_execution_time_ms = value.as_u64().unwrap(),
            "max_memory_bytes" => config.max_memory_bytes = value.as_u64().unwrap(),
            other => panic!("no option '{other}'"),
        }
    }
    config
}

fn call(tool: &LuaTool, step: &Value) -> Result<(), String> {
    let arguments = &step["lua_execute"];
    let stop_after = step.get("stop_after_events").and_then(Value::as_u64);
    let mut events: Vec<Value> = Vec::new();
    let answer = tool.call_with(arguments, |event| {
        events.push(event);
        match stop_after {
            Some(count) if events.len() as u64 >= count => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    });
    if let Some(want) = step.get("events") {
        expect("events", &events.into(), want)?;
    }
    if let Some(want) = step.get("stopped") {
        let got = match answer {
            Err(ToolError::Cancelled) => "cancelled".into(),
            other => json!(format!("{other:?}")),
        };
        return expect("stopped", &got, want);
    }
    if let Some(want) = step.get("content") {
        let content = answer.map_err(|e| e.to_string())?.content;
        return expect("content", &content.into(), want);
    }
    checked(&arguments.to_string(), answer.map(|answer| answer.value), step)
}

/// Compares an answer with a step's result or error.
fn checked(what: &str, answer: Result<Value, ToolError>, step: &Value) -> Result<(), String> {
    let want_error = step.get("error").or(step.get("error_contains")).and_then(Value::as_str);
    match (answer, want_error) {
        (Ok(value), None) => match step.get("result") {
            Some(want) => expect(what, &value, want),
            None => Ok(()),
        },
        (Ok(value), Some(want)) => Err(format!("{what}: got {value}, want the error {want}")),
        (Err(error), None) => Err(format!("{what}: {error}")),
        (Err(error), Some(want)) => {
            let error = error.to_string();
            let is_it =
                if step.get("error").is_some() { error == want } else { error.contains(want) };
            if !is_it {
                return Err(format!("{what}: got the error {error}, want {want}"));
            }
            let is_twice = error.matches("Lua execution error: ").count() > 1;
            if is_twice {
                Err(format!("{what}: the prefix is there twice: {error}"))
            } else {
                Ok(())
            }
        }
    }
}

/// Makes calls at once, each on a thread of its own.
fn parallel(tool: &LuaTool, step: &Value) -> Result<(), String> {
    let results: Vec<Value> = std::thread::scope(|scope| {
        let call = |arguments| {
            scope.spawn(move || {
                tool.call_with(arguments, |_| ControlFlow::Continue(())).map(|answer| answer.value)
            })
        };
        let calls: Vec<_> = items(step, "parallel").map(call).collect();
        calls
            .into_iter()
            .map(|call| call.join().unwrap().unwrap_or_else(|e| e.to_string().into()))
            .collect()
    });
    expect("parallel", &results.into(), &step["results"])
}

fn effective(text: &str, want: &Value) -> Result<(), String> {
    let config = LuaConfig::from_toml(text).map_err(|e| e.to_string())?;
    for (key, want) in want.as_object().unwrap() {
        let got = match key.as_str() {
            "enabled" => config.enabled.into(),
            "scripts_dir" => config.scripts_dir.as_ref().map(|dir| dir.to_str().unwrap()).into(),
            "allow_file_io" => config.allow_file_io.into(),
            "allow_network" => config.allow_network.into(),
            "max_execution_time_ms" => config.max_execution_time_ms.into(),
            "max_memory_bytes" => config.max_memory_bytes.into(),
            other => return Err(format!("no option '{other}'")),
        };
        expect(key, &got, want)?;
    }
    Ok(())
}
