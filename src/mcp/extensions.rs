//! The tools that extensions have registered.

use super::annotations::of_list;
use super::budget::cut_text;
use super::caller::Caller;
use super::ended::Refused;
use super::options::Options;
use super::turns::{Gone, Threads};
use crate::host::imp::{CallContext, ImpError, ToolDefinition, ToolOutput};
use rmcp::model::{CallToolResult, ContentBlock, JsonObject, Tool};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::sync::mpsc::unbounded_channel;

/// One call at a time is at work in an extension.
#[derive(Debug, Default)]
pub(super) struct Turnstile(Mutex<u64>);

/// Lists the tools of extensions, without those whose names are taken.
pub(super) fn tools(options: &Options, own: &[Tool]) -> Vec<Tool> {
    let all = options.extensions.as_ref().map(|all| all.tools()).unwrap_or_default();
    let is_free = |tool: &&ToolDefinition| own.iter().all(|own| own.name != tool.name);
    all.iter().filter(is_free).map(|tool| listed(tool, options)).collect()
}

fn listed(tool: &ToolDefinition, options: &Options) -> Tool {
    let effects = tool.effects(&options.policy);
    Tool::new(tool.name.clone(), tool.description.clone(), input(&tool.schema))
        .with_title(tool.label.clone())
        .annotate(of_list(&tool.label, &effects))
}

/// Makes the schema of an object, whatever an extension has said.
fn input(schema: &Value) -> Map<String, Value> {
    let mut fields = schema.as_object().cloned().unwrap_or_default();
    fields.insert("type".to_owned(), "object".into());
    fields
}

/// Calls a tool of an extension. Nothing, if there is none of this name.
pub(super) async fn call(
    tool: &str,
    arguments: Option<JsonObject>,
    options: &Arc<Options>,
    threads: &Threads,
    turnstile: &Turnstile,
    caller: &Caller,
) -> Option<Result<CallToolResult, Gone>> {
    let all = options.extensions.as_ref()?;
    all.tools().iter().find(|one| one.name == tool)?;
    // Whoever waits for its turn waits here, and not on a thread.
    let mut number = turnstile.0.lock().await;
    *number += 1;
    let id = format!("mcp-{number}");
    let (tell, mut told) = unbounded_channel();
    let context = CallContext::new(&options.folder).canceller(caller.canceller.clone()).on_update(
        move |text| {
            // The call goes on when nobody listens.
            let _ = tell.send(text.to_owned());
        },
    );
    let (name, arguments) = (tool.to_owned(), Value::Object(arguments.unwrap_or_default()));
    let shared = Arc::clone(options);
    let work = threads.run(move || {
        let all = shared.extensions.as_ref()?;
        Some(all.call_tool(&name, arguments, &id, context))
    });
    tokio::pin!(work);
    let mut progress = caller.progress(0);
    let mut updates = 0;
    let called = loop {
        tokio::select! {
            called = &mut work => break called,
            Some(text) = told.recv() => {
                updates += 1;
                progress.say(updates, text).await;
            }
        }
    };
    // What it told last has not been heard yet.
    while let Ok(text) = told.try_recv() {
        updates += 1;
        progress.say(updates, text).await;
    }
    Some(called.map(|called| match called {
        Some(Ok(output)) => result(output, options.result),
        Some(Err(error)) => Refused::new(kind(&error), error.to_string()).result(),
        None => Refused::new("not_found", "the extensions are gone").result(),
    }))
}

fn kind(error: &ImpError) -> &'static str {
    match error {
        ImpError::Lua(error) | ImpError::Tool(error) => error.kind.name(),
        ImpError::Extension(_) => "usage",
    }
}

/// Makes a result of what a tool answers, within `budget` bytes of text.
fn result(output: ToolOutput, budget: usize) -> CallToolResult {
    let mut left = budget;
    let mut content: Vec<ContentBlock> = Vec::new();
    for block in output.content {
        content.push(match block.get("text").and_then(Value::as_str) {
            Some(text) => {
                let (text, is_cut) = cut_text(text.to_owned(), left);
                left = if is_cut { 0 } else { left.saturating_sub(text.len()) };
                ContentBlock::text(text)
            }
            None => serde_json::from_value(block.clone())
                .unwrap_or_else(|_| ContentBlock::text(block.to_string())),
        });
    }
    let mut result = match output.is_error {
        true => CallToolResult::error(content),
        false => CallToolResult::success(content),
    };
    if let Some(details) = output.details {
        result.structured_content = Some(match details {
            Value::Object(_) => details,
            other => json!({"details": other}),
        });
    }
    result
}
