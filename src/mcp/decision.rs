//! What the user has said.

use serde_json::Value;

/// What the user said.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Decision {
    /// Do it; or, to a question, this.
    Accepted(Value),
    /// No.
    Declined,
    /// Nothing.
    Cancelled,
}

impl Decision {
    /// Reads what a client has sent as the result of an elicitation. What cannot be read is
    /// no consent.
    pub(super) fn read(result: &Value) -> Decision {
        match result.get("action").and_then(Value::as_str) {
            Some("accept") => {
                Decision::Accepted(result.get("content").cloned().unwrap_or_default())
            }
            Some("decline") => Decision::Declined,
            _ => Decision::Cancelled,
        }
    }

    /// Writes it as [`Decision::read`] reads it.
    pub(super) fn write(&self) -> Value {
        match self {
            Decision::Accepted(content) => {
                serde_json::json!({"action": "accept", "content": content})
            }
            Decision::Declined => serde_json::json!({"action": "decline"}),
            Decision::Cancelled => serde_json::json!({"action": "cancel"}),
        }
    }

    /// Tells whether a call may be carried out.
    pub(super) fn allows(&self) -> bool {
        match self {
            Decision::Accepted(content) => content.get("approve") == Some(&Value::Bool(true)),
            _ => false,
        }
    }
}
