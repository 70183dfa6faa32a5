//! What lies outside of the program: variables of the environment and secrets.

use super::shared::Shared;
use crate::HostError;
use std::collections::BTreeMap;

/// `imp.env(name)`: nil if the policy does not list it.
pub(super) fn env(shared: &Shared, name: &str) -> Option<String> {
    let listed = shared.allows(|policy| policy.allowed_env.iter().any(|there| there == name));
    if listed { (shared.environment)(name) } else { None }
}

/// `imp.secret(provider, field)`
pub(super) fn secret(
    shared: &Shared,
    provider: &str,
    field: Option<String>,
) -> Result<String, HostError> {
    let field = field.unwrap_or_else(|| "api_key".to_owned());
    let mut fields = fields(shared, "imp.secret", provider)?;
    fields
        .remove(&field)
        .ok_or_else(|| HostError::new(format!("secret '{provider}' has no field '{field}'")))
}

/// `imp.secret_fields(provider)`
pub(super) fn secret_fields(
    shared: &Shared,
    provider: &str,
) -> Result<BTreeMap<String, String>, HostError> {
    fields(shared, "imp.secret_fields", provider)
}

fn fields(
    shared: &Shared,
    function: &str,
    provider: &str,
) -> Result<BTreeMap<String, String>, HostError> {
    if !shared.allows(|policy| policy.allow_secrets) {
        return Err(disabled(function));
    }
    match &shared.secrets {
        Some(secrets) => secrets(provider).map_err(HostError::new),
        None => Err(HostError::new(format!("secret '{provider}' not found"))),
    }
}

/// Makes the error of a function that the policy does not allow.
pub(super) fn disabled(function: &str) -> HostError {
    HostError::new(format!("{function}() is disabled for this runtime"))
}
