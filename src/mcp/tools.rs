//! The tools that the server has, in the order in which they are listed.

use super::annotations::{harmless, keeps, of_effects};
use super::options::Options;
use super::schemas::{any, count, error, flag, limits, returns, run, takes, text};
use rmcp::model::Tool;
use serde_json::{Value, json};

/// Runs a script of its own.
pub(super) const EXECUTE: &str = "lua_execute";
/// Opens a session.
pub(super) const OPEN: &str = "lua_session_open";
/// Runs a script in a session.
pub(super) const RUN: &str = "lua_session_run";
/// Makes a session what it was at first.
pub(super) const RESET: &str = "lua_session_reset";
/// Makes a second session of one.
pub(super) const FORK: &str = "lua_session_fork";
/// Closes a session.
pub(super) const CLOSE: &str = "lua_session_close";
/// Lists the sessions.
pub(super) const LIST: &str = "lua_session_list";
/// Looks at code.
pub(super) const CHECK: &str = "lua_check";
/// Does again what a trace has.
pub(super) const REPLAY: &str = "lua_replay";

/// Makes the list.
pub(super) fn tools(options: &Options) -> Vec<Tool> {
    let mut script = vec![("code", text("The script. What it returns is `values`."))];
    if options.scripts.is_some() {
        script.push((
            "script_name",
            text("The name of a script of the server's, in the place of `code`."),
        ));
    }
    script.extend([
        ("args", any("A JSON value: the global `args` of the script.")),
        ("limits", limits()),
    ]);
    let seed = ("seed", count("The seed of math.random; 0 unless given."));
    let trace = ("trace", flag("Whether a trace is kept, for lua_replay and as a resource."));
    let session = ("session", text("The handle of the session, as lua_session_open returned it."));
    let ok = ("ok", flag("Whether that was done."));
    let wrong = ("error", error());
    let tool = |name: &'static str, about: String| Tool::new(name, about, takes(&[], &[]));
    let declared = &options.declared;
    let execute: Vec<(&str, Value)> =
        script.iter().cloned().chain([seed.clone(), trace.clone()]).collect();
    let run_about = format!(
        "At most {} units of fuel and {} bytes of memory.",
        options.limits.fuel, options.limits.memory
    );
    let sessions = options.sessions;
    let mut tools = vec![
        tool(
            EXECUTE,
            format!(
                "Runs a Lua 5.4 script in a fresh sandbox and returns its values as JSON and what \
                 it printed. Nothing is kept for the next call. {run_about}"
            ),
        )
        .with_raw_output_schema(run())
        .annotate(of_effects("Run Lua", declared, false)),
        tool(
            OPEN,
            format!(
                "Opens a session whose globals are kept from run to run, and returns its handle. It \
                 is there until lua_session_close, or until the server ends; {sessions} may be open."
            ),
        )
        .with_raw_output_schema(returns(&[ok.clone()], &[session.clone(), wrong.clone()]))
        .annotate(keeps("Open a Lua session", false)),
        tool(
            RUN,
            format!(
                "Runs a Lua script in a session. A run that fails leaves the session as it was. \
                 {run_about}"
            ),
        )
        .with_raw_output_schema(run())
        .annotate(of_effects("Run Lua in a session", declared, true)),
        tool(RESET, "Makes a session what it was when it was opened.".to_owned())
            .with_raw_output_schema(returns(&[ok.clone()], &[session.clone(), wrong.clone()]))
            .annotate(keeps("Reset a Lua session", true)),
        tool(
            FORK,
            "Makes a second session that has all the first one has, and returns its handle: to try \
             something without losing what there is."
                .to_owned(),
        )
        .with_raw_output_schema(returns(&[ok.clone()], &[session.clone(), wrong.clone()]))
        .annotate(keeps("Fork a Lua session", false)),
        tool(CLOSE, "Closes a session; a run of it is cancelled.".to_owned())
            .with_raw_output_schema(returns(
                &[ok.clone()],
                &[("trace", text("The resource that has the session's trace.")), wrong.clone()],
            ))
            .annotate(keeps("Close a Lua session", true)),
        tool(LIST, "Lists the sessions that are open.".to_owned())
            .with_raw_output_schema(returns(
                &[ok.clone(), ("sessions", list_of_sessions())],
                &[wrong.clone()],
            ))
            .annotate(harmless("List Lua sessions")),
        tool(
            CHECK,
            "Looks at Lua code without running it: its syntax, and globals that are not there."
                .to_owned(),
        )
        .with_raw_output_schema(returns(
            &[ok.clone()],
            &[("unknown_globals", unknown_globals()), wrong.clone()],
        ))
        .annotate(harmless("Check Lua code")),
        tool(
            REPLAY,
            "Does again what a trace has, without files or functions of the host, and tells whether \
             it came to the same: which entry differs if not."
                .to_owned(),
        )
        .with_raw_output_schema(returns(
            &[ok],
            &[
                ("entries", count("Entries of the trace.")),
                ("runs", json!({"type": "array", "items": {"type": "object"}, "description": "What each run used and came to."})),
                wrong,
            ],
        ))
        .annotate(harmless("Replay a trace")),
    ];
    let needed = |schema: &(&'static str, Value)| [schema.clone()];
    let one = needed(&session);
    let schemas = [
        takes(&[], &execute),
        takes(&[], &[seed, trace]),
        takes(&one, &script),
        takes(&one, &[]),
        takes(&one, &[]),
        takes(&one, &[]),
        takes(&[], &[]),
        takes(
            &[("code", text("The code."))],
            &[("name", text("The name of the chunk, for messages."))],
        ),
        takes(
            &[],
            &[
                ("trace", text("The resource of a trace, moonfuel://traces/N.")),
                ("text", text("The text of a trace, in the place of a resource.")),
            ],
        ),
    ];
    for (tool, schema) in tools.iter_mut().zip(schemas) {
        tool.title = tool.annotations.as_ref().and_then(|annotations| annotations.title.clone());
        tool.input_schema = schema;
    }
    tools
}

fn list_of_sessions() -> Value {
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "session": {"type": "string"},
                "at_work": {"type": "boolean", "description": "Whether a script runs in it."}
            },
            "required": ["session", "at_work"]
        }
    })
}

fn unknown_globals() -> Value {
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"line": {"type": "integer"}, "name": {"type": "string"}},
            "required": ["line", "name"]
        },
        "description": "Globals that are read and are neither there nor set."
    })
}
