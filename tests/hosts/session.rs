//! Cases of the kind `session`: sessions by name, what runs in them, and what their host asks
//! of them.

use super::case::{Case, expect, same, shown};
use super::execute::is_error;
use super::fixture::Fixture;
use moonfuel::host::jido::{Jido, JidoOptions};
use moonfuel::host::sessions::{Lines, Sessions, SessionsError};
use moonfuel::{HostValue, Session};
use serde_json::{Value, json};

/// Runs a case.
pub(crate) fn run(case: &Case) -> Result<(), String> {
    let fixture = Fixture::of(case);
    let sessions = Sessions::default();
    for step in case.steps() {
        let step = fixture.filled(step);
        one(case, &fixture, &sessions, &step).map_err(|why| format!("{}: {why}", shown(&step)))?;
    }
    fixture.check(case.field("after"))
}

fn one(case: &Case, fixture: &Fixture, sessions: &Sessions, step: &Value) -> Result<(), String> {
    let text = |field: &str| step.get(field).and_then(Value::as_str);
    if let Some(id) = text("open") {
        let opened = match text("root") {
            Some(root) => open(case, sessions, id, root),
            None => Err(json!({ "kind": "usage" })),
        };
        return match (opened, step.get("error")) {
            (Ok(()), None) => Ok(()),
            (Err(error), Some(want)) => kinds(&error, want),
            (got, _) => Err(format!("got {got:?}")),
        };
    }
    if let Some(id) = text("close") {
        return sessions.close(id).map_err(|error| error.to_string());
    }
    if let Some(want) = step.get("sessions") {
        return expect("sessions", &json!(sessions.ids()), want);
    }
    if let Some(file) = text("file") {
        let got = std::fs::read_to_string(fixture.root().join(file)).map_err(|e| e.to_string())?;
        return expect(file, &json!(got), &step["is"]);
    }
    if let Some(id) = text("session_run") {
        return run_lua(sessions, id, step);
    }
    call(sessions, step)
}

fn open(case: &Case, sessions: &Sessions, id: &str, root: &str) -> Result<(), Value> {
    let options = JidoOptions {
        allow_write: case.grants("write"),
        allow_shell: case.grants("exec"),
        allow_git: case.grants("git"),
        ..JidoOptions::default()
    };
    let jido = Jido::open(root.as_ref(), options).map_err(|_| json!({ "kind": "usage" }))?;
    let opened = sessions.open_jido(id, jido, Session::builder());
    opened.map_err(|error| json!({ "kind": error.kind(), "text": error.to_string() }))
}

fn kinds(got: &Value, want: &Value) -> Result<(), String> {
    for (field, want) in want.as_object().into_iter().flatten() {
        expect(field, &got[field], want)?;
    }
    Ok(())
}

fn run_lua(sessions: &Sessions, id: &str, step: &Value) -> Result<(), String> {
    let code = step["lua"].as_str().unwrap_or_default();
    let report = match sessions.run_lua(id, code, None) {
        Ok(report) => report,
        Err(error) => return kinds(&described(&error), &step["error"]),
    };
    match report.json() {
        Ok(values) => {
            let mut values: Vec<Value> = serde_json::from_str(values).unwrap();
            // A nil at the end is as good as none.
            let count = step["ok"].as_array().map_or(0, Vec::len);
            values.resize(values.len().max(count), Value::Null);
            expect(code, &values.into(), &step["ok"])
        }
        Err(error) => is_error(code, &error, step.get("error")),
    }
}

fn described(error: &SessionsError) -> Value {
    json!({ "kind": error.kind(), "text": error.to_string() })
}

/// Calls what the host has for a session.
fn call(sessions: &Sessions, step: &Value) -> Result<(), String> {
    let id = step["session"].as_str().unwrap_or_default();
    let name = step["call"].as_str().unwrap_or_default();
    let no_args = Vec::new();
    let args = step["args"].as_array().unwrap_or(&no_args);
    let text = |at: usize| args.get(at).and_then(Value::as_str).unwrap_or_default();
    let path = |path: std::path::PathBuf| json!(path.display().to_string());
    let got = match name {
        "session_id" => sessions.session_id(id).map(Value::from),
        "project_root" => sessions.project_root(id).map(path),
        "validate_path" => sessions.validate_path(id, text(0).as_bytes()).map(path),
        "read_file" => {
            let number = |name: &str| args.get(1).and_then(|options| options[name].as_i64());
            let lines = Lines { offset: number("offset"), limit: number("limit") };
            sessions.read_file(id, text(0), lines).map(Value::from)
        }
        "write_file" => sessions.write_file(id, text(0), text(1)).map(|()| true.into()),
        "list_dir" => sessions.list_dir(id, text(0)).map(Value::from),
        _ => {
            let args = args.iter().map(|value| HostValue::from_json(value).unwrap()).collect();
            sessions.call(id, name, args)
        }
    };
    let got = match (got, step.get("error")) {
        (Ok(got), None) => got,
        (Err(error), Some(want)) => return kinds(&described(&error), want),
        (got, _) => return Err(format!("got {got:?}")),
    };
    if let Some(want) = step.get("ok") {
        return expect(name, &got, want);
    }
    if let Some(want) = step.get("ok_set") {
        let mut got: Vec<String> =
            got.as_array().into_iter().flatten().map(Value::to_string).collect();
        got.sort();
        let mut want: Vec<String> =
            want.as_array().into_iter().flatten().map(Value::to_string).collect();
        want.sort();
        return expect(name, &json!(got), &json!(want));
    }
    for (field, want) in step["ok_fields"].as_object().into_iter().flatten() {
        expect(field, &got[field], want)?;
    }
    if let Some(part) = step["output_contains"].as_str()
        && !got["output"].as_str().unwrap_or_default().contains(part)
    {
        return Err(format!("got {}", shown(&got)));
    }
    if let Some(not) = step.get("exit_code_not")
        && same(&got["exit_code"], not)
    {
        return Err(format!("got {}", shown(&got)));
    }
    Ok(())
}
