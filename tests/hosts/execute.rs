//! Scripts that are run once, from the state a session begins with.

use super::case::{Case, expect};
use moonfuel::Session;
use serde_json::Value;

/// Runs the scripts of a case.
pub(crate) fn run(case: &Case) -> Result<(), String> {
    let mut session = Session::builder().build().unwrap();
    for step in case.steps() {
        let code = step["execute"].as_str().unwrap();
        // In this mode there are always arguments.
        let none = Value::Object(serde_json::Map::new());
        let args = step.get("args").unwrap_or(&none);
        let report = session.execute(code, Some(args));
        match (report.json(), step.get("error")) {
            (Ok(values), None) => {
                let mut values: Vec<Value> = serde_json::from_str(values).unwrap();
                // None is null, one is itself.
                let got = match values.len() {
                    0 => Value::Null,
                    1 => values.remove(0),
                    _ => values.into(),
                };
                expect(code, &got, &step["ok"])?;
            }
            (Ok(values), Some(error)) => {
                return Err(format!("{code}: got {values}, want the error {error}"));
            }
            (Err(got), error) => is_error(code, &got, error)?,
        }
    }
    Ok(())
}

/// Looks whether an error is the one that was to come.
pub(crate) fn is_error(
    what: &str,
    got: &moonfuel::LuaError,
    want: Option<&Value>,
) -> Result<(), String> {
    let kind = want.and_then(|want| want.get("kind")).and_then(Value::as_str);
    let text = want.and_then(|want| want.get("text_contains")).and_then(Value::as_str);
    let is_it =
        kind == Some(got.kind.name()) && text.is_none_or(|text| got.to_string().contains(text));
    if is_it {
        return Ok(());
    }
    let want = want.map_or("no error".to_owned(), Value::to_string);
    Err(format!("{what}: got {} ({got}), want {want}", got.kind.name()))
}
