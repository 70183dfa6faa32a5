//! What hooks say together.

use super::tool::blocks;
use serde_json::Value;

/// What came of firing an event: all hooks are called in their order, the first one that
/// blocks has the word, and of several new contents the last one counts.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct HookResult {
    /// What was to happen must not.
    pub block: bool,
    /// Why not.
    pub reason: Option<String>,
    /// The content that takes the place of a tool's own.
    pub modified_content: Option<Vec<Value>>,
    /// What hooks raised, and which limits they reached. These neither block nor unblock.
    pub errors: Vec<String>,
}

impl HookResult {
    /// Takes up the content that a hook returned, and returns the reason that it gave.
    pub(super) fn take(&mut self, returned: Value) -> Option<String> {
        let Value::Object(mut fields) = returned else { return None };
        if let Some(content) = fields.shift_remove("modified_content").filter(|new| !new.is_null())
        {
            match blocks(content) {
                Ok(content) => self.modified_content = Some(content),
                Err(why) => self.errors.push(why),
            }
        }
        fields.get("reason").and_then(Value::as_str).map(str::to_owned)
    }

    /// Blocks, unless a hook before has done so.
    pub(super) fn block_for(&mut self, reason: Option<String>, tool: Option<&str>) {
        if self.block {
            return;
        }
        let default = || match tool {
            Some(tool) => format!("Tool call blocked by hook: {tool}"),
            None => "Blocked by hook".to_owned(),
        };
        self.block = true;
        self.reason = Some(reason.unwrap_or_else(default));
    }
}
