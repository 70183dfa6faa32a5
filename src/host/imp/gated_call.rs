//! A call of an extension's tool on its way through the gate.

use super::error::ImpError;
use super::registry::ToolDefinition;
use super::tool::ToolOutput;
use crate::host::gate::Gate;
use crate::{Declaration, Denied, HostError, HostValue, Policy, PolicyCall, Tier};

/// A call that the gate has let through. In the log it is `tools.NAME`.
pub(super) struct GatedCall {
    gate: Gate,
    call: Option<u64>,
}

impl GatedCall {
    /// Asks the gate about a call. What the tool does is asked about again, function by
    /// function, so the call itself asks for no more than looking.
    ///
    /// # Errors
    /// Why the tool must not be called.
    pub(super) fn ask(
        gate: &Gate,
        tool: &ToolDefinition,
        params: &HostValue,
    ) -> Result<GatedCall, Denied> {
        let path = format!("tools.{}", tool.name);
        let declaration = Declaration::new(&path).tier(Tier::ReadOnly);
        let args = std::slice::from_ref(params);
        let call = PolicyCall { path: &path, declaration: Some(&declaration), args, number: 0 };
        let number = gate.ask(&call)?;
        Ok(GatedCall { gate: gate.clone(), call: Some(number) })
    }

    /// Tells the gate that a hook has blocked the call.
    pub(super) fn blocked(mut self, reason: &str) {
        if let Some(call) = self.call.take() {
            self.gate.block(call, "hook", reason);
        }
    }

    /// Has what the tool answered pass the gate, which may take secrets out.
    pub(super) fn settle(
        mut self,
        called: Result<ToolOutput, ImpError>,
    ) -> Result<ToolOutput, ImpError> {
        let Some(call) = self.call.take() else { return called };
        let mut output = match called {
            Ok(output) => output,
            Err(error) => {
                self.gate.settle(call, &mut Err(HostError::new(error.to_string())));
                return Err(error);
            }
        };
        let whole = HostValue::from_json(&output.content.clone().into());
        let details = output.details.as_ref().map(HostValue::from_json).transpose();
        let (Ok(content), Ok(details)) = (whole, details) else {
            let why = "what the tool answers is nested too deeply";
            self.gate.settle(call, &mut Err(HostError::new(why)));
            return Err(ImpError::Extension(why.to_owned()));
        };
        // A failure is told as functions tell it: nil and a text.
        let told = match output.is_error {
            true => vec![HostValue::Nil, output.first_text().unwrap_or_default().into()],
            false => vec![HostValue::Boolean(true), HostValue::Nil],
        };
        let mut answer = Ok([told, vec![content, details.unwrap_or_default()]].concat());
        self.gate.settle(call, &mut answer);
        let values = answer.map_err(|error| ImpError::Extension(error.to_string()))?;
        let mut values = values.iter().skip(2).map(|value| value.to_json().unwrap_or_default());
        if let Some(serde_json::Value::Array(content)) = values.next() {
            output.content = content;
        }
        output.details = values.next().filter(|details| !details.is_null());
        Ok(output)
    }
}

impl Drop for GatedCall {
    fn drop(&mut self) {
        if let Some(call) = self.call {
            self.gate.abandon(call);
        }
    }
}
