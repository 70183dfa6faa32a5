//! Hooks of a configuration: commands that run at an event.

use super::HookEvent;
use super::error::BadConfig;
use super::shell_text::ShellText;
use crate::host::settings::{boolean, parse};
use crate::host::wildcard::{self, Dialect};
use serde_json::Value;
use std::convert::Infallible;

/// A hook that a configuration defines.
///
/// ```
/// use moonfuel::host::imp::CommandHook;
///
/// let hooks = CommandHook::from_toml(
///     r#"
///     [[hooks]]
///     event = "after_file_write"
///     match = "*.rs"
///     action = "shell"
///     command = "rustfmt {file}"
///     "#,
/// )?;
/// assert_eq!(hooks[0].command, "rustfmt {file}");
/// # Ok::<(), moonfuel::host::imp::ImpError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CommandHook {
    /// The name of the event.
    pub event: String,
    /// A name or glob that the tool, or the file's name or path, must match.
    pub matches: Option<String>,
    /// The command, with places such as `{file}`. Each of them is one word.
    pub command: String,
    /// It can block what was to happen, by failing.
    pub blocking: bool,
    /// For `on_context_threshold`: fires at this ratio and above.
    pub threshold: Option<f64>,
}

fn is_whole_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl CommandHook {
    /// Reads the tables `[[hooks]]` of a configuration.
    ///
    /// # Errors
    /// When the text is no TOML, or a hook lacks something, or has what no hook has or what has
    /// no effect on its event.
    pub fn from_toml(text: &str) -> Result<Vec<CommandHook>, super::ImpError> {
        let config = parse(text).map_err(BadConfig)?;
        let Some(hooks) = config.get("hooks") else { return Ok(Vec::new()) };
        let hooks =
            hooks.as_array().ok_or_else(|| BadConfig("'hooks' is no list of tables".to_owned()))?;
        let read = |(at, hook)| read(at, hook).map_err(super::ImpError::from);
        hooks.iter().enumerate().map(read).collect()
    }

    /// Tells whether it is meant by an event with this payload.
    pub(super) fn fires(&self, event: &str, payload: &Value) -> bool {
        if self.event != event {
            return false;
        }
        if let Some(threshold) = self.threshold {
            let ratio = payload.get("ratio").and_then(Value::as_f64);
            if ratio.is_none_or(|ratio| ratio < threshold) {
                return false;
            }
        }
        let Some(pattern) = &self.matches else { return true };
        let text = |name: &str| payload.get(name).and_then(Value::as_str);
        if let Some(file) = text("file") {
            let name = file.rsplit('/').next().unwrap_or(file);
            return matches(pattern, file) || matches(pattern, name);
        }
        text("tool_name").is_some_and(|tool| matches(pattern, tool))
    }

    /// Returns the command as a script for `sh`, and the texts of its places, which are the
    /// script's arguments: what an event tells is never a part of the script itself.
    pub(super) fn script(&self, payload: &Value) -> (String, Vec<String>) {
        let mut script = ShellText::new(&self.command);
        let mut texts = Vec::new();
        while !script.rest().is_empty() {
            match place(script.rest(), payload) {
                Some((name, text)) => {
                    // Of other text in a sum, some shells run parts.
                    let fits = !script.is_in_sum() || is_whole_number(&text);
                    texts.push(if fits { text } else { "0".to_owned() });
                    script.put(texts.len(), name.len() + 2);
                }
                None => script.copy(),
            }
        }
        (script.script, texts)
    }
}

/// Reads a place such as `{file}` at the beginning of a text: its name, and what is put there.
fn place<'a>(text: &'a str, payload: &Value) -> Option<(&'a str, String)> {
    let inner = text.strip_prefix('{')?;
    let name = &inner[..inner.find('}')?];
    Some((name, place_text(name, payload)?))
}

fn read(at: usize, hook: &toml::Value) -> Result<CommandHook, BadConfig> {
    let at = at + 1;
    let bad = |what: &str| BadConfig(format!("hooks[{at}]: {what}"));
    let fields = hook.as_table().ok_or_else(|| bad("no table"))?;
    let (mut event, mut matches, mut action, mut command) = (None, None, None, None);
    let (mut blocking, mut threshold) = (false, None);
    for (name, value) in fields {
        let text = || {
            value.as_str().map(str::to_owned).ok_or_else(|| bad(&format!("'{name}' is no string")))
        };
        match name.as_str() {
            "event" => event = Some(text()?),
            "match" => matches = Some(text()?),
            "action" => action = Some(text()?),
            "command" => command = Some(text()?),
            "blocking" => {
                blocking = boolean(&format!("hooks[{at}].blocking"), value).map_err(BadConfig)?;
            }
            "threshold" => {
                let number = value.as_float().or_else(|| value.as_integer().map(|n| n as f64));
                threshold = Some(number.ok_or_else(|| bad("'threshold' is no number"))?);
            }
            _ => return Err(bad(&format!("'{name}' is no option"))),
        }
    }
    if action.as_deref() != Some("shell") {
        return Err(bad("'action' must be \"shell\""));
    }
    let event = event.ok_or_else(|| bad("'event' is missing"))?;
    if let Some(why) = never(&event, matches.is_some(), threshold.is_some()) {
        return Err(bad(&why));
    }
    Ok(CommandHook {
        event,
        matches,
        command: command.ok_or_else(|| bad("'command' is missing"))?,
        blocking,
        threshold,
    })
}

/// Says why a hook of an event could never run, if it could not. A host may have events of its
/// own, which tell what it likes.
fn never(event: &str, has_match: bool, has_threshold: bool) -> Option<String> {
    use HookEvent::{AfterFileWrite, AfterToolCall, BeforeToolCall, OnContextThreshold};
    let Some(known) = HookEvent::ALL.into_iter().find(|known| known.name() == event) else {
        let meant = HookEvent::meant(event)?;
        return Some(format!("there is no event '{event}': did you mean '{meant}'?"));
    };
    let tells_name = matches!(known, AfterFileWrite | BeforeToolCall | AfterToolCall);
    if has_match && !tells_name {
        return Some(format!("'match' has no effect: {event} is about no tool and no file"));
    }
    (has_threshold && known != OnContextThreshold)
        .then(|| format!("'threshold' has no effect on {event}"))
}

/// Tells whether a text is a name, or matches a glob with `*` and `?`.
fn matches(pattern: &str, text: &str) -> bool {
    let free = |_| Ok::<(), Infallible>(());
    wildcard::matches(pattern.as_bytes(), text.as_bytes(), Dialect::Names, free) == Ok(true)
}

/// Returns the text of a place, if there is one of the name: nothing, if the event does not
/// tell it.
fn place_text(name: &str, payload: &Value) -> Option<String> {
    let text = |value: Option<&Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let result = |name: &str| payload.get("result").and_then(|result| result.get(name));
    Some(match name {
        "file" | "tool_name" | "ratio" | "index" => text(payload.get(name)),
        "is_error" => text(result("is_error")),
        "command" => text(payload.get("args").and_then(|args| args.get("command"))),
        "exit_code" => text(result("details").and_then(|details| details.get("exit_code"))),
        "output_first_line" => {
            let first = result("content").and_then(Value::as_array).and_then(|blocks| {
                blocks.iter().find_map(|block| block.get("text").and_then(Value::as_str))
            });
            first.and_then(|text| text.lines().next()).unwrap_or_default().to_owned()
        }
        _ => return None,
    })
}
