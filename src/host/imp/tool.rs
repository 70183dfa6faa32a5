//! What tools answer.

use serde_json::{Map, Value, json};

/// What a tool answers: blocks of content, for a model, and details for whoever shows them.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ToolOutput {
    /// Blocks such as `{"type": "text", "text": "…"}`.
    pub content: Vec<Value>,
    /// What is no content.
    pub details: Option<Value>,
    /// The tool could not do what it was called for; the content says why.
    pub is_error: bool,
    /// What hooks of the call raised, or which limit they reached. It is no part of the answer,
    /// and is for whoever has the hooks.
    pub hook_errors: Vec<String>,
}

impl ToolOutput {
    /// Makes an output of one text.
    pub fn text(text: impl Into<String>) -> ToolOutput {
        ToolOutput { content: vec![text_block(text.into())], ..ToolOutput::default() }
    }

    /// Makes an output that says what went wrong.
    pub fn error(text: impl Into<String>) -> ToolOutput {
        ToolOutput { is_error: true, ..ToolOutput::text(text) }
    }

    /// Returns the text of the first block that has one.
    pub fn first_text(&self) -> Option<&str> {
        self.content.iter().find_map(|block| match block.get("type")?.as_str()? {
            "text" => block.get("text")?.as_str(),
            _ => None,
        })
    }

    /// Returns it as JSON: `content`, `details` if there are any, and `is_error`.
    pub fn to_json(&self) -> Value {
        let mut json = json!({"content": self.content, "is_error": self.is_error});
        if let Some(details) = &self.details {
            json["details"] = details.clone();
        }
        json
    }

    /// Makes it of what a tool in Lua returned.
    ///
    /// # Errors
    /// When its blocks are none.
    pub(super) fn from_result(result: Value) -> Result<ToolOutput, String> {
        let mut fields = match result {
            Value::Null => return Ok(ToolOutput::default()),
            Value::Object(fields) if says_what_it_is(&fields) => fields,
            Value::Object(fields) if is_text_block(&fields) => {
                let content = vec![Value::Object(fields)];
                return Ok(ToolOutput { content, ..ToolOutput::default() });
            }
            // The answer itself, as a number or a list is.
            other => return Ok(ToolOutput::text(as_text(other))),
        };
        let is_error = ["is_error", "isError"]
            .iter()
            .any(|name| fields.get(*name).and_then(Value::as_bool) == Some(true));
        Ok(ToolOutput {
            content: blocks(fields.shift_remove("content").unwrap_or(Value::Null))?,
            details: fields.shift_remove("details").filter(|details| !details.is_null()),
            is_error,
            hook_errors: Vec::new(),
        })
    }

    /// Returns what hooks are shown of it.
    pub(super) fn shown(&self, call_id: &str, tool: &str, timestamp: u64) -> Value {
        let mut shown = Map::new();
        shown.insert("tool_call_id".to_owned(), call_id.into());
        shown.insert("tool_name".to_owned(), tool.into());
        shown.insert("content".to_owned(), self.content.clone().into());
        shown.insert("is_error".to_owned(), self.is_error.into());
        shown.insert("details".to_owned(), self.details.clone().unwrap_or(Value::Null));
        shown.insert("timestamp".to_owned(), timestamp.into());
        Value::Object(shown)
    }
}

/// Tells whether a table has a field that an answer is made of; one that has none at all is an
/// answer without content.
fn says_what_it_is(fields: &Map<String, Value>) -> bool {
    let known = ["content", "details", "is_error", "isError"];
    fields.is_empty() || known.iter().any(|name| fields.contains_key(*name))
}

fn is_text_block(fields: &Map<String, Value>) -> bool {
    let is_text = fields.get("type").and_then(Value::as_str) == Some("text");
    is_text && fields.get("text").is_some_and(Value::is_string)
}

fn text_block(text: String) -> Value {
    json!({"type": "text", "text": text})
}

/// Returns a string as it is, and any other value as JSON.
pub(super) fn as_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// Makes blocks of a content: a text, a block, a list of blocks, or whatever has a JSON text.
///
/// # Errors
/// When a list has an item that is no block.
pub(super) fn blocks(content: Value) -> Result<Vec<Value>, String> {
    match content {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => {
            for item in &items {
                check_block(item)
                    .map_err(|why| format!("Lua tool returned invalid content blocks: {why}"))?;
            }
            Ok(items)
        }
        Value::Object(fields) if fields.contains_key("type") => {
            let block = Value::Object(fields);
            check_block(&block)
                .map_err(|why| format!("Lua tool returned invalid content blocks: {why}"))?;
            Ok(vec![block])
        }
        other => Ok(vec![text_block(as_text(other))]),
    }
}

fn check_block(block: &Value) -> Result<(), String> {
    let Some(fields) = block.as_object() else {
        return Err(format!("{block} is no block"));
    };
    match fields.get("type").and_then(Value::as_str) {
        None => Err("a block without a type".to_owned()),
        Some("text") if !fields.get("text").is_some_and(Value::is_string) => {
            Err("a block of text without a text".to_owned())
        }
        Some(_) => Ok(()),
    }
}
