//! The functions of the table `imp`.

use super::outside::{self, disabled};
use super::registry::{MOST_BYTES, Registration, ToolDefinition};
use super::shared::Shared;
use super::{HookEvent, exec, http, schema};
use crate::host::net::http::Asked;
use crate::host::ui::{self, text_field};
use crate::session::lock;
use crate::{Function, HostCx, HostError, HostValue, Reply, SessionBuilder};
use std::sync::Arc;

/// Registers all of them.
pub(super) fn register(builder: SessionBuilder, shared: &Arc<Shared>) -> SessionBuilder {
    let of = || Arc::clone(shared);
    let builder = builder.event_bus("imp.events");
    let shared = of();
    let builder = builder.function("imp.on", move |(event, handler): (String, Function)| {
        if let Some(meant) = HookEvent::meant(&event) {
            let text = format!("on: no event '{event}' (did you mean '{meant}'?)");
            return Err(HostError::new(text));
        }
        note(&shared, Registration::Hook { event, handler })
    });
    let shared = of();
    let builder = builder.function("imp.register_tool", move |definition: HostValue| {
        note(&shared, Registration::Tool(tool(&definition)?))
    });
    let shared = of();
    let builder =
        builder.function("imp.register_command", move |(name, definition): (String, HostValue)| {
            let definition = a_table(&definition, "register_command")?;
            let handler = function_field(definition, "register_command", "handler")?;
            let text = text_field(definition, "description");
            let description = text.map_err(wrong("register_command"))?.unwrap_or_default();
            note(&shared, Registration::Command { name, description, handler })
        });
    let shared = of();
    let builder = builder.function("imp.update", move |text: String| {
        if let Some(context) = shared.context() {
            context.update(&text);
        }
        Ok(())
    });
    let shared = of();
    let builder = builder
        .function("imp.ui.request", move |spec: HostValue| ui::request(shared.user(), &spec));
    let shared = of();
    let builder = builder.function(
        "imp.ui.confirm",
        move |(title, message): (Option<String>, Option<String>)| {
            Ok(ui::confirm(shared.user(), title, message))
        },
    );
    let shared = of();
    let builder = builder.function("imp.env", move |name: String| Ok(outside::env(&shared, &name)));
    let shared = of();
    let builder =
        builder.function("imp.secret", move |(provider, field): (String, Option<String>)| {
            outside::secret(&shared, &provider, field)
        });
    let shared = of();
    let builder = builder.function("imp.secret_fields", move |provider: String| {
        outside::secret_fields(&shared, &provider)
    });
    let shared = of();
    let builder = builder.function_with(
        "imp.exec",
        move |cx: &mut HostCx<'_>, (command, args, options): (String, HostValue, HostValue)| {
            if !shared.allows(|policy| policy.allow_shell_exec) {
                return Err(disabled("imp.exec"));
            }
            exec::exec(cx, &shared, &command, &args, &options)
        },
    );
    let shared = of();
    let builder = builder.function_with(
        "imp.tool",
        move |cx: &mut HostCx<'_>, (name, params): (String, HostValue)| {
            native(cx, &shared, &name, &params)
        },
    );
    let shared = of();
    let builder = builder.function_with("imp.http.get", move |cx: &mut HostCx<'_>, args| {
        http::ask(cx, &shared, Asked::get("imp.http.get", args))
    });
    let shared = of();
    builder.function_with("imp.http.post", move |cx: &mut HostCx<'_>, args| {
        http::ask(cx, &shared, Asked::post("imp.http.post", args))
    })
}

fn note(shared: &Shared, registration: Registration) -> Result<(), HostError> {
    if lock(&shared.pending).add(registration) {
        return Ok(());
    }
    Err(HostError::new(format!("what extensions register has more than {MOST_BYTES} bytes")))
}

fn function_field(table: &HostValue, of: &str, name: &str) -> Result<Function, HostError> {
    match table.field(name) {
        Some(HostValue::Function(function)) => Ok(function.clone()),
        other => {
            let got = other.map_or("nil", HostValue::type_name);
            Err(HostError::new(format!("{of}: {name} must be a function (got {got})")))
        }
    }
}

/// Returns a definition, if it is one: what is missing in something else is not what is wrong
/// with it.
fn a_table<'a>(definition: &'a HostValue, of: &str) -> Result<&'a HostValue, HostError> {
    match definition.type_name() {
        "table" => Ok(definition),
        got => Err(HostError::new(format!("{of}: what is registered must be a table (got {got})"))),
    }
}

/// Returns what makes an error of why a definition is none.
fn wrong(of: &str) -> impl Fn(String) -> HostError {
    move |why| HostError::new(format!("{of}: {why}"))
}

fn tool(definition: &HostValue) -> Result<ToolDefinition, HostError> {
    let definition = a_table(definition, "register_tool")?;
    let wrong = wrong("register_tool");
    let text = |name: &str| text_field(definition, name).map_err(&wrong);
    let Some(name) = text("name")? else {
        return Err(wrong("name must be a string (got nil)".to_owned()));
    };
    let params = match definition.field("params") {
        None => serde_json::Value::Null,
        Some(params) => params.to_json().map_err(|error| wrong(format!("params: {error}")))?,
    };
    Ok(ToolDefinition {
        label: text("label")?.unwrap_or_else(|| name.clone()),
        name,
        description: text("description")?.unwrap_or_default(),
        readonly: matches!(definition.field("readonly"), Some(HostValue::Boolean(true))),
        schema: schema::schema(params),
        execute: function_field(definition, "register_tool", "execute")?,
    })
}

/// `imp.tool(name, params)`: the first text of what a tool of the host's own answers.
fn native(
    cx: &mut HostCx<'_>,
    shared: &Shared,
    name: &str,
    params: &HostValue,
) -> Result<Reply, HostError> {
    if !shared.allows(|policy| policy.allow_native_tool_calls) {
        return Err(disabled("imp.tool"));
    }
    let Some(context) = shared.context() else {
        return Err(HostError::new("imp.tool() called outside of tool execution context"));
    };
    let tool = lock(&shared.natives).get(name).cloned();
    let tool = tool.ok_or_else(|| HostError::new(format!("tool '{name}' not found")))?;
    let params = match params {
        HostValue::Nil => serde_json::json!({}),
        params => params.to_json().map_err(|error| HostError::new(error.to_string()))?,
    };
    cx.check()?;
    let output = tool
        .call(params, &context)
        .map_err(|error| HostError::new(format!("tool error: {error}")))?;
    let text = output.first_text().map(str::to_owned);
    Ok(Reply::Now(match (output.is_error, text) {
        (false, text) => vec![text.map_or(HostValue::Nil, HostValue::from)],
        (true, text) => {
            let text = text.unwrap_or_else(|| "tool execution failed".to_owned());
            vec![HostValue::Nil, text.into()]
        }
    }))
}
