//! What lies outside of the program: variables of the environment and secrets.

use super::shared::Shared;
use crate::host::gate::refused;
use crate::host::net::http::{HEADERS, SHORTEST, hide_in};
use crate::session::lock;
use crate::{HostError, HostKey, HostValue, TraceValue};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// `imp.env(name)`: nil if the policy does not list it, which the gate notes as refused.
pub(super) fn env(shared: &Shared, name: &str) -> HostValue {
    if !shared.allows(|policy| policy.allowed_env.iter().any(|there| there == name)) {
        return refused("grants.env");
    }
    (shared.environment)(name).into()
}

/// `imp.secret(provider, field)`
pub(super) fn secret(
    shared: &Shared,
    provider: &str,
    field: Option<String>,
) -> Result<String, HostError> {
    let field = field.unwrap_or_else(|| "api_key".to_owned());
    let secret = field_of(shared, "imp.secret", provider, &field)?;
    reveal(shared, [&secret]);
    Ok(secret)
}

fn field_of(
    shared: &Shared,
    function: &str,
    provider: &str,
    field: &str,
) -> Result<String, HostError> {
    fields(shared, function, provider)?
        .remove(field)
        .ok_or_else(|| HostError::new(format!("secret '{provider}' has no field '{field}'")))
}

/// Puts secrets in the places of a text: `{secret:provider}`, `{secret:provider.field}`, and adds
/// them to those that are known. Returns the text, which is not much longer than headers may be.
pub(super) fn with_secrets(
    shared: &Shared,
    function: &str,
    text: &str,
    secrets: &mut BTreeSet<String>,
) -> Result<String, HostError> {
    let (mut filled, mut rest) = (String::new(), text);
    // Asking for a secret may be dear, and a name may stand there often.
    let mut known = BTreeMap::new();
    while let Some((before, after)) = rest.split_once("{secret:") {
        let Some((name, after)) = after.split_once('}') else { break };
        if !known.contains_key(name) {
            let (provider, field) = name.rsplit_once('.').unwrap_or((name, "api_key"));
            let secret = field_of(shared, function, provider, field)?;
            secrets.insert(secret.clone());
            known.insert(name, secret);
        }
        filled.push_str(before);
        filled.push_str(known.get(name).map_or("", String::as_str));
        rest = after;
        if filled.len() > HEADERS {
            break;
        }
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Notes what scripts are given as text.
fn reveal<'a>(shared: &Shared, secrets: impl IntoIterator<Item = &'a String>) {
    let known = secrets.into_iter().filter(|secret| secret.len() >= SHORTEST);
    lock(&shared.revealed).extend(known.cloned());
}

/// Returns what keeps secrets that scripts were given out of traces.
pub(super) fn hiding(shared: &Arc<Shared>) -> impl FnMut(TraceValue<'_>) + Send + 'static {
    let shared = Arc::clone(shared);
    move |shown| {
        let secrets = lock(&shared.revealed);
        if !secrets.is_empty() {
            hide(shown.value, &secrets);
        }
    }
}

/// Takes secrets out of a value. Values that cross are at most 128 deep, and so is this
/// recursion.
fn hide(value: &mut HostValue, secrets: &BTreeSet<String>) {
    match value {
        HostValue::String(text) => hide_in(text, secrets),
        HostValue::Array(items) => items.iter_mut().for_each(|item| hide(item, secrets)),
        HostValue::Object(fields) => {
            for (key, value) in fields {
                if let HostKey::String(text) = key {
                    hide_in(text, secrets);
                }
                hide(value, secrets);
            }
        }
        _ => {}
    }
}

/// `imp.secret_fields(provider)`
pub(super) fn secret_fields(
    shared: &Shared,
    provider: &str,
) -> Result<BTreeMap<String, String>, HostError> {
    let fields = fields(shared, "imp.secret_fields", provider)?;
    reveal(shared, fields.values());
    Ok(fields)
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
