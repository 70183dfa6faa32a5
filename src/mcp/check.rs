//! `lua_check`: looking at code without running it.

use super::ended::{done, error_text, error_value};
use crate::{LuaError, Session};
use rmcp::model::CallToolResult;
use serde_json::{Value, json};

/// Looks at code, with the names that a session's scripts have.
pub(super) fn check(session: &mut Session, code: &[u8], name: &str) -> CallToolResult {
    let checked = session.check(code, name);
    let unknown: Vec<Value> = checked
        .unknown_globals
        .iter()
        .map(|(line, name)| json!({"line": line, "name": name}))
        .collect();
    let mut structured = json!({"ok": checked.error.is_none(), "unknown_globals": unknown});
    let text = match &checked.error {
        Some(error) => {
            let error: Value = of(error);
            let text = error_text(&error);
            structured["error"] = error;
            text
        }
        None if checked.unknown_globals.is_empty() => "no errors".to_owned(),
        None => checked
            .unknown_globals
            .iter()
            .map(|(line, name)| format!("{line}: unknown global '{name}'"))
            .collect::<Vec<_>>()
            .join("\n"),
    };
    // That the code has an error is what was asked: the tool itself has none.
    done(text, structured)
}

fn of(error: &LuaError) -> Value {
    error_value(error, None)
}
