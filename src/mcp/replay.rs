//! `lua_replay`: doing again what a trace has, with nothing of the host there.

use super::ended::{Refused, done};
use crate::{Limits, Report, Trace};
use rmcp::model::CallToolResult;
use serde_json::{Value, json};

/// Looks whether a trace that comes from outside asks for more than a run may have here.
///
/// # Errors
/// What it asks for.
pub(super) fn fits(text: &[u8], own: &Limits) -> Result<(), Refused> {
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let header: Value = serde_json::from_slice(first)
        .map_err(|e| Refused::usage(format!("line 1 is no header of a trace: {e}")))?;
    let limit = |name: &str| header.get("limits")?.get(name)?.as_u64();
    for (name, most) in [("fuel", own.fuel), ("memory", own.memory)] {
        if limit(name).is_none_or(|limit| limit > most) {
            let text = format!("the trace's limit on {name} is above this server's, {most}");
            return Err(Refused::usage(text));
        }
    }
    Ok(())
}

/// Replays a trace.
///
/// # Errors
/// When it is no trace.
pub(super) fn replay(text: &[u8]) -> Result<CallToolResult, Refused> {
    let trace = Trace::parse(text).map_err(|e| Refused::usage(format!("not a trace: {e}")))?;
    Ok(match trace.replay() {
        Ok(replay) => {
            let runs: Vec<Value> = replay.reports.iter().map(run).collect();
            let text = format!("the same: {} runs, {} entries", runs.len(), trace.entries());
            done(text, json!({"ok": true, "entries": trace.entries(), "runs": runs}))
        }
        Err(error) => {
            let text = error.to_string();
            Refused::new("diverged", text).result()
        }
    })
}

fn run(report: &Report) -> Value {
    let mut run = json!({
        "done": report.is_done(),
        "fuel_used": report.usage.fuel_used,
        "memory_peak": report.usage.memory_peak,
        "host_calls": report.usage.host_calls,
        "output_bytes": report.output.len(),
    });
    if let Err(error) = report.json() {
        run["error"] = error.to_string().into();
    }
    run
}
