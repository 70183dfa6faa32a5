//! Tools of the host's own, which scripts call by `imp.tool`.

use super::context::CallContext;
use super::tool::ToolOutput;
use serde_json::Value;

/// A tool of the host's own. Tools that extensions register are never among those that
/// `imp.tool` finds: so no tool calls itself through a script.
///
/// ```
/// use moonfuel::host::imp::{CallContext, Runtime, ToolOutput};
/// use serde_json::{Value, json};
///
/// let mut runtime = Runtime::builder()
///     .native_tool("add", |params: Value, _: &CallContext| {
///         let sum = params["a"].as_i64().unwrap_or(0) + params["b"].as_i64().unwrap_or(0);
///         Ok(ToolOutput::text(sum.to_string()))
///     })
///     .build()?;
/// runtime.load(
///     "twice.lua",
///     br#"
///     imp.register_tool {
///         name = "twice",
///         description = "Doubles a number",
///         params = { n = { type = "integer", required = true } },
///         execute = function(_, params)
///             return imp.tool("add", { a = params.n, b = params.n })
///         end,
///     }
///     "#,
/// )?;
/// let output = runtime.call_tool("twice", json!({"n": 21}), "call_1", CallContext::new("/"))?;
/// assert_eq!(output.first_text(), Some("42"));
/// # Ok::<(), moonfuel::host::imp::ImpError>(())
/// ```
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
