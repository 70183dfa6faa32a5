//! `lua_replay`: doing again what a trace has, with nothing of the host there.

use super::budget::{cut_text, first};
use super::ended::{Refused, done};
use crate::{Canceller, Limits, Report, Trace};
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
    for (name, most) in [("fuel", own.fuel), ("memory", own.memory), ("output", own.output)] {
        let Some(limit) = limit(name) else {
            let text = format!("line 1 is no header of a trace: it has no limit on {name}");
            return Err(Refused::usage(text));
        };
        if limit > most {
            let text = format!("the trace's limit on {name} is above this server's, {most}");
            return Err(Refused::usage(text));
        }
    }
    Ok(())
}

/// Replays a trace. What each run came to is listed as far as there is room in `budget` bytes.
///
/// # Errors
/// When it is no trace, or the replay was cancelled.
pub(super) fn replay(
    text: &[u8],
    canceller: &Canceller,
    budget: usize,
) -> Result<CallToolResult, Refused> {
    let trace = Trace::parse(text).map_err(|e| Refused::usage(format!("not a trace: {e}")))?;
    Ok(match trace.replay_while(&mut |_| !canceller.is_cancelled()) {
        Ok(Some(replay)) => {
            let all = replay.reports.len();
            let runs: Vec<Value> = replay.reports.iter().map(run).collect();
            let (runs, is_cut) = first(runs, budget);
            let count = if all == 1 { "run" } else { "runs" };
            let text = format!("the same: {all} {count}, {} entries", trace.entries());
            let entries = trace.entries();
            done(text, json!({"ok": true, "entries": entries, "runs": runs, "truncated": is_cut}))
        }
        Ok(None) => return Err(Refused::new("cancelled", "the replay was cancelled")),
        Err(error) => Refused::new("diverged", cut_text(error.to_string(), budget).0).result(),
    })
}

/// The most bytes of an error in the list of runs.
const ERROR: usize = 1000;

fn run(report: &Report) -> Value {
    let mut run = json!({
        "done": report.is_done(),
        "fuel_used": report.usage.fuel_used,
        "memory_peak": report.usage.memory_peak,
        "host_calls": report.usage.host_calls,
        "output_bytes": report.output.len(),
    });
    if let Err(error) = report.json() {
        run["error"] = cut_text(error.to_string(), ERROR).0.into();
    }
    run
}
