//! The tools that the server has, in the order in which they are listed.

use super::annotations::{harmless, keeps, of_effects};
use super::options::Options;
use super::schemas::{Schema, count, error, fields, flag, limits, returns, run, takes, text};
use rmcp::model::{Tool, ToolAnnotations};
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

type Field = (&'static str, Value);

/// Makes the list.
pub(super) fn tools(options: &Options) -> Vec<Tool> {
    vec![
        execute(options),
        open(options),
        run_in(options),
        reset(),
        fork(),
        close(),
        list(),
        check(),
        replay(),
    ]
}

fn tool(
    name: &'static str,
    about: impl Into<String>,
    takes: Schema,
    returns: Schema,
    annotations: ToolAnnotations,
) -> Tool {
    let mut tool = Tool::new(name, about.into(), takes).with_raw_output_schema(returns);
    tool.title.clone_from(&annotations.title);
    tool.annotate(annotations)
}

/// What a tool returns that runs nothing: whether it did what it should, and this.
fn answers(more: &[Field]) -> Schema {
    let wrong = [("error", error())];
    returns(&[("ok", flag("Whether that was done."))], &[more, &wrong].concat())
}

fn session() -> Field {
    ("session", text("The handle of the session, as lua_session_open returned it."))
}

fn seed() -> Field {
    ("seed", count("The seed of math.random; 0 unless given."))
}

fn trace() -> Field {
    ("trace", flag("Whether a trace is kept, for lua_replay and as a resource."))
}

/// What says which script is run, and how.
fn script(options: &Options) -> Vec<Field> {
    let mut all = vec![("script", text("The Lua code. What it returns is `values`."))];
    if options.scripts.is_some() {
        let about = "The name of a script of the server's, in the place of `script`.";
        all.push(("script_name", text(about)));
    }
    all.push(("args", fields("An object: the global `args` of the script, a table.")));
    all.push(("limits", limits()));
    all
}

fn at_most(options: &Options) -> String {
    let limits = &options.limits;
    format!("At most {} units of fuel and {} bytes of memory.", limits.fuel, limits.memory)
}

fn execute(options: &Options) -> Tool {
    let about = format!(
        "Runs a Lua 5.4 script in a fresh sandbox and returns its values as JSON and what it \
         printed. Nothing is kept for the next call. {}",
        at_most(options)
    );
    let fields = [script(options), vec![seed(), trace()]].concat();
    let annotations = of_effects("Run Lua", &options.declared, false);
    tool(EXECUTE, about, takes(&[], &fields), run(), annotations)
}

fn open(options: &Options) -> Tool {
    let about = format!(
        "Opens a session whose globals are kept from run to run, and returns its handle. It is \
         there until lua_session_close, or until the server ends; {} may be open.",
        options.sessions
    );
    let annotations = keeps("Open a Lua session", false);
    tool(OPEN, about, takes(&[], &[seed(), trace()]), answers(&[session()]), annotations)
}

fn run_in(options: &Options) -> Tool {
    let about = format!(
        "Runs a Lua script in a session. A run that fails leaves the session as it was. {}",
        at_most(options)
    );
    let annotations = of_effects("Run Lua in a session", &options.declared, true);
    tool(RUN, about, takes(&[session()], &script(options)), run(), annotations)
}

fn reset() -> Tool {
    let about = "Makes a session what it was when it was opened.";
    let annotations = keeps("Reset a Lua session", true);
    tool(RESET, about, takes(&[session()], &[]), answers(&[session()]), annotations)
}

fn fork() -> Tool {
    let about = "Makes a second session that has all the first one has, and returns its handle: to \
                 try something without losing what there is.";
    let annotations = keeps("Fork a Lua session", false);
    tool(FORK, about, takes(&[session()], &[]), answers(&[session()]), annotations)
}

fn close() -> Tool {
    let about = "Closes a session; a run of it is cancelled.";
    let trace = ("trace", text("The resource that has the session's trace."));
    let annotations = keeps("Close a Lua session", true);
    tool(CLOSE, about, takes(&[session()], &[]), answers(&[trace]), annotations)
}

fn list() -> Tool {
    let sessions = json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "session": {"type": "string"},
                "at_work": {"type": "boolean", "description": "Whether a script runs in it."}
            },
            "required": ["session", "at_work"]
        }
    });
    let about = "Lists the sessions that are open.";
    let annotations = harmless("List Lua sessions");
    tool(LIST, about, takes(&[], &[]), answers(&[("sessions", sessions)]), annotations)
}

fn check() -> Tool {
    let finding = json!({
        "type": "object",
        "properties": {
            "severity": {"type": "string", "enum": ["error", "warning"]},
            "rule": {"type": "string"},
            "message": {"type": "string"},
            "hint": {"type": "string"},
            "line": {"type": "integer"},
            "column": {"type": "integer"}
        },
        "required": ["severity", "rule", "message", "line", "column"]
    });
    let call = json!({
        "type": "object",
        "properties": {
            "path": {"type": "string"},
            "line": {"type": "integer"},
            "column": {"type": "integer"}
        },
        "required": ["path", "line", "column"]
    });
    let list =
        |items: Value, about: &str| json!({"type": "array", "items": items, "description": about});
    let about = "Looks at Lua code without running it: its syntax, names that are not there, unused \
                 and shadowing variables, comparisons with one outcome, and what it can call.";
    let script = ("script", text("The Lua code."));
    let name = ("name", text("The name of the chunk, for messages."));
    let returned = answers(&[
        ("findings", list(finding, "What looks wrong, in the order of the code.")),
        ("host_calls", list(call, "The functions of the host that it names.")),
        ("truncated", flag("Whether there is more than is listed.")),
    ]);
    tool(CHECK, about, takes(&[script], &[name]), returned, harmless("Check Lua code"))
}

fn replay() -> Tool {
    let about = "Does again what a trace has, without files or functions of the host, and tells \
                 whether it came to the same: which entry differs if not.";
    let given = [
        ("trace", text("The resource of a trace, moonfuel://traces/N.")),
        ("text", text("The text of a trace, in the place of a resource.")),
    ];
    let runs = json!({
        "type": "array",
        "items": {"type": "object"},
        "description": "What each run used and came to."
    });
    let returned = answers(&[
        ("entries", count("Entries of the trace.")),
        ("runs", runs),
        ("truncated", flag("Whether there are more runs than are listed.")),
    ]);
    tool(REPLAY, about, takes(&[], &given), returned, harmless("Replay a trace"))
}
