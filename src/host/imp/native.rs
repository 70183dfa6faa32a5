//! Tools of the host's own, which scripts call by `imp.tool`.

use super::context::CallContext;
use super::tool::ToolOutput;
use serde_json::Value;

/// A tool of the host's own. Tools that extensions register are never among those that
/// `imp.tool` finds: so no tool calls itself through a script.
pub trait NativeTool: Send + Sync {
    /// Calls it.
    ///
    /// # Errors
    /// Why it could not be tried: raised as `tool error: …`. What went wrong in trying is
    /// an output with [`ToolOutput::is_error`].
    fn call(&self, params: Value, context: &CallContext) -> Result<ToolOutput, String>;
}

impl<F> NativeTool for F
where
    F: Fn(Value, &CallContext) -> Result<ToolOutput, String> + Send + Sync,
{
    fn call(&self, params: Value, context: &CallContext) -> Result<ToolOutput, String> {
        self(params, context)
    }
}
