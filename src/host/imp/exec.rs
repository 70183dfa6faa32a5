//! `imp.exec` and the commands of hooks: programs of the system.

use super::context::Shared;
use super::hooks::HookResult;
use super::toml_hooks::CommandHook;
use crate::{HostCx, HostError, HostValue};
use serde_json::Value;

/// `imp.exec(command, args, options)`
pub(super) fn exec(
    _cx: &mut HostCx<'_>,
    _shared: &Shared,
    _command: &str,
    _args: &HostValue,
    _options: &HostValue,
) -> Result<HostValue, HostError> {
    Err(HostError::new("imp.exec() is not there"))
}

/// Runs the command of a hook.
pub(super) fn run_hook(
    _shared: &Shared,
    hook: &CommandHook,
    payload: &Value,
    result: &mut HookResult,
) {
    let (script, _texts) = hook.script(payload);
    result.errors.push(format!("{script}: cannot be run"));
}
