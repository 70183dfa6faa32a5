//! `lua_check`: looking at code without running it.

use super::budget::{cut_error, cut_text, first};
use super::ended::{Refused, done, error_text, error_value};
use crate::hints::knobs::in_options;
use crate::hints::reading::LARGEST;
use crate::{Checked, Finding, Session};
use rmcp::model::CallToolResult;
use serde_json::{Value, json};

/// Looks whether code is not too long to be looked at: that takes a hundred times its size, and is
/// under no limit of a run's.
///
/// # Errors
/// When it is.
pub(super) fn fits(code: &str) -> Result<(), Refused> {
    if code.len() <= LARGEST {
        return Ok(());
    }
    let text = format!("the script has {} bytes: no more than {LARGEST} are looked at", code.len());
    Err(Refused::usage(text))
}

/// Looks at code, with the names that a session's scripts have. What is found is listed as far
/// as there is room in `budget` bytes.
pub(super) fn check(
    session: &mut Session,
    code: &[u8],
    name: &str,
    budget: usize,
) -> CallToolResult {
    let mut checked = session.check(code, name);
    // A call may bring it.
    checked.findings.retain(|found| found.message != "unknown global 'args'");
    let findings: Vec<Value> = checked.findings.iter().map(finding).collect();
    let calls: Vec<Value> = checked
        .host_calls
        .iter()
        .map(|call| json!({"path": call.path, "line": call.line, "column": call.column}))
        .collect();
    let (findings, findings_cut) = first(findings, budget / 2);
    let (calls, calls_cut) = first(calls, budget / 2);
    let mut structured = json!({
        "ok": checked.error.is_none(),
        "findings": findings,
        "host_calls": calls,
        "truncated": findings_cut || calls_cut
    });
    if let Some(error) = &checked.error {
        structured["error"] = cut_error(error_value(error, None), budget).0;
    }
    // That the code has an error is what was asked: the tool itself has none.
    done(cut_text(text(&checked, &structured), budget).0, structured)
}

fn finding(found: &Finding) -> Value {
    let mut finding = json!({
        "severity": found.severity.name(),
        "rule": found.rule,
        "message": found.message,
        "line": found.line,
        "column": found.column,
    });
    if let Some(hint) = &found.hint {
        finding["hint"] = in_options(hint).into();
    }
    finding
}

fn text(checked: &Checked, structured: &Value) -> String {
    if checked.error.is_some() {
        return error_text(&structured["error"]);
    }
    if checked.findings.is_empty() {
        return "nothing looks wrong".to_owned();
    }
    let line = |found: &Finding| {
        let hint =
            found.hint.as_ref().map_or(String::new(), |hint| format!(" ({})", in_options(hint)));
        format!("{}:{}: {}{hint} [{}]", found.line, found.column, found.message, found.rule)
    };
    checked.findings.iter().map(line).collect::<Vec<_>>().join("\n")
}
