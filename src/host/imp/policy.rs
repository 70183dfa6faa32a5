//! What extensions may do beyond computing.

use super::error::BadConfig;
use crate::host::net::look_at_hosts;
use crate::host::settings::{boolean, list, parse, section, unknown};

/// The keys of the table `[lua]`.
const KEYS: [&str; 6] = [
    "allow_native_tool_calls",
    "allow_shell_exec",
    "allow_http",
    "allow_secrets",
    "allowed_env",
    "hosts",
];

/// What a [`Runtime`](super::Runtime) lets its extensions do. A flag that changes is in
/// force at the next call.
///
/// ```
/// use moonfuel::host::imp::CapabilityPolicy;
///
/// let policy = CapabilityPolicy::from_toml("[lua]\nallowed_env = [\"LANG\"]")?;
/// assert!(policy.allow_native_tool_calls && !policy.allow_shell_exec);
/// assert_eq!(policy.allowed_env, ["LANG"]);
/// # Ok::<(), moonfuel::host::imp::ImpError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapabilityPolicy {
    /// `imp.tool` works.
    pub allow_native_tool_calls: bool,
    /// `imp.exec` works.
    pub allow_shell_exec: bool,
    /// `imp.http` works, for the hosts that are listed.
    pub allow_http: bool,
    /// `imp.secret` and `imp.secret_fields` work.
    pub allow_secrets: bool,
    /// The variables of the environment that `imp.env` shows: none, if it is empty.
    pub allowed_env: Vec<String>,
    /// The hosts that `imp.http` reaches, with those below them: none, if it is empty. An
    /// address that is private is reached only if it is listed itself, or as `localhost`.
    pub hosts: Vec<String>,
}

impl Default for CapabilityPolicy {
    fn default() -> Self {
        CapabilityPolicy {
            allow_native_tool_calls: true,
            allow_shell_exec: false,
            allow_http: false,
            allow_secrets: false,
            allowed_env: Vec::new(),
            hosts: Vec::new(),
        }
    }
}

impl CapabilityPolicy {
    /// Reads the table `[lua]` of a configuration. Every field may be left out.
    ///
    /// # Errors
    /// When the text is no TOML, or a field of `[lua]` is unknown or of another type.
    pub fn from_toml(text: &str) -> Result<CapabilityPolicy, super::ImpError> {
        Ok(read(text).map_err(BadConfig)?)
    }
}

fn read(text: &str) -> Result<CapabilityPolicy, String> {
    let config = parse(text)?;
    let mut policy = CapabilityPolicy::default();
    let Some(lua) = config.get("lua") else { return Ok(policy) };
    let lua = section("lua", lua)?;
    for (name, value) in lua {
        let path = format!("lua.{name}");
        match name.as_str() {
            "allow_native_tool_calls" => policy.allow_native_tool_calls = boolean(&path, value)?,
            "allow_shell_exec" => policy.allow_shell_exec = boolean(&path, value)?,
            "allow_http" => policy.allow_http = boolean(&path, value)?,
            "allow_secrets" => policy.allow_secrets = boolean(&path, value)?,
            "allowed_env" => policy.allowed_env = list(&path, value)?,
            "hosts" => {
                policy.hosts = list(&path, value)?;
                look_at_hosts(&path, &policy.hosts)?;
            }
            _ => return Err(unknown("lua.", name, &KEYS)),
        }
    }
    Ok(policy)
}
