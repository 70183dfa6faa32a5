//! `moonfuel check`: what is wrong with scripts, and what looks wrong, without running them.

use super::display::{drawn, error_text, escape};
use super::given::OF_CHECKS;
use super::options::CheckOptions;
use super::source::Script;
use super::{DONE, Failure, LUA_ERROR, Streams, USAGE, error_status, session_builder};
use crate::base::one_line::one_line;
use crate::hints::knobs::in_options;
use crate::hints::position::offset_of;
use crate::hints::{Advice, Span};
use crate::session::{Checked, Finding, Severity};
use serde_json::{Value, json};

/// Globals that options of other commands may add to a script's.
const OPTION_GLOBALS: [&str; 5] = ["jido", "imp", "http", "help", "args"];

/// Checks every file, and goes on after one that fails.
pub(super) fn check(options: &CheckOptions, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    if let Some(option) = options.run.given.first(&OF_CHECKS) {
        return Err(Failure::usage(format!("{option} has no effect where nothing is run")));
    }
    let (builder, _gate) = session_builder(&options.run)?;
    let mut session = builder.build().map_err(|e| Failure::usage(e.to_string()))?;
    let limit = session.limits().source;
    let mut status = DONE;
    let mut files = Vec::new();
    for file in &options.files {
        let script = match Script::read(file, limit, streams.stdin) {
            Ok(script) => script,
            Err(message) => {
                let message = escape(message.as_bytes());
                if options.run.json {
                    let shown = file.to_string_lossy();
                    files.push(json!({ "file": shown, "unreadable": message }));
                } else {
                    streams.say(message.as_bytes());
                }
                // A file that could not be looked at weighs more than one that failed.
                status = USAGE;
                continue;
            }
        };
        let mut checked = session.check(&script.text, &script.name);
        checked.findings.retain(|found| !is_of_an_option(found));
        if options.run.json {
            files.push(object(&checked, script.shown_name()));
        } else {
            tell(&checked, &script, streams);
        }
        let warned = options.strict && !checked.findings.is_empty();
        if status == DONE || status == LUA_ERROR {
            status = match &checked.error {
                Some(error) => error_status(error),
                None if warned => LUA_ERROR,
                None => status,
            };
        }
    }
    if options.run.json {
        let all = json!({ "ok": status == DONE, "files": files });
        streams.print(format!("{all}\n").as_bytes())?;
    }
    Ok(status)
}

/// Tells whether all that is missing is an option of the command that will run the script.
fn is_of_an_option(found: &Finding) -> bool {
    let name =
        found.message.strip_prefix("unknown global '").and_then(|rest| rest.strip_suffix('\''));
    found.rule == "unknown-global" && name.is_some_and(|name| OPTION_GLOBALS.contains(&name))
}

/// Shows what was found in a script.
fn tell(checked: &Checked, script: &Script, streams: &mut Streams<'_>) {
    if let Some(error) = &checked.error {
        return streams.tell(&error_text(error, Some(script)));
    }
    let name = escape(one_line(script.shown_name()).as_bytes());
    for found in &checked.findings {
        let Finding { line, column, rule, .. } = found;
        let message = escape(found.message.as_bytes());
        let severity = found.severity.name();
        let mut text =
            format!("moonfuel: {name}:{line}:{column}: {severity}: {message} [{rule}]\n");
        let place = |(line, column)| offset_of(&script.text, line, column);
        let span = Span { start: place((*line, *column)), end: place(found.end) };
        let advice = Advice { span: Some(span), ..Advice::default() };
        text.push_str(&drawn(script, span, &advice));
        if let Some(hint) = &found.hint {
            text.push_str(&format!("hint: {}\n", escape(in_options(hint).as_bytes())));
        }
        streams.tell(&text);
    }
}

fn object(checked: &Checked, name: &str) -> Value {
    let finding = |found: &Finding| {
        json!({
            "severity": found.severity.name(),
            "rule": found.rule,
            "message": found.message,
            "hint": found.hint.as_deref().map(in_options),
            "line": found.line,
            "column": found.column,
            "end_line": found.end.0,
            "end_column": found.end.1,
        })
    };
    let findings: Vec<Value> = checked.findings.iter().map(finding).collect();
    let calls = checked.host_calls.iter();
    let calls: Vec<Value> = calls
        .map(|call| json!({ "function": call.path, "line": call.line, "column": call.column }))
        .collect();
    let errors = checked.findings.iter().any(|found| found.severity == Severity::Error);
    json!({ "file": name, "ok": !errors, "findings": findings, "host_calls": calls })
}
