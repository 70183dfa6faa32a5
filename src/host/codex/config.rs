//! The section `[lua]` of codex's configuration. Every key has its effect.

use super::scripts::Scripts;
use crate::LuaError;
use crate::base::one_line::path_text;
use crate::host::settings::{boolean, count, list, parse, section, string, unknown};
use std::path::PathBuf;
use toml::Value;

/// The section `[lua]` of codex's configuration, which the tool is made by.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LuaConfig {
    /// Whether the tool is offered.
    pub enabled: bool,
    /// The folder of scripts that are run by name; `~` is the home folder.
    pub scripts_dir: Option<PathBuf>,
    /// Whether scripts have `io` on the folder of scripts, for reading.
    pub allow_file_io: bool,
    /// Whether scripts have `http`.
    pub allow_network: bool,
    /// The hosts that `http` reaches.
    pub allowed_hosts: Vec<String>,
    /// The milliseconds a script may take; 0 is no limit.
    pub max_execution_time_ms: u64,
    /// The bytes of memory a script may use; 0 is 64 MiB.
    pub max_memory_bytes: u64,
}

impl Default for LuaConfig {
    fn default() -> Self {
        LuaConfig {
            enabled: false,
            scripts_dir: None,
            allow_file_io: false,
            allow_network: false,
            allowed_hosts: Vec::new(),
            max_execution_time_ms: 5000,
            max_memory_bytes: 0,
        }
    }
}

const KEYS: [&str; 7] = [
    "enabled",
    "scripts_dir",
    "allow_file_io",
    "allow_network",
    "allowed_hosts",
    "max_execution_time_ms",
    "max_memory_bytes",
];

impl LuaConfig {
    /// Reads the section `[lua]` of a configuration; others are not looked at.
    ///
    /// # Errors
    /// When the text is no TOML, or the section has a key or a value that says nothing.
    pub fn from_toml(text: &str) -> Result<LuaConfig, LuaError> {
        let table = parse(text).map_err(LuaError::usage)?;
        let mut config = LuaConfig::default();
        if let Some(lua) = table.get("lua") {
            for (key, value) in section("lua", lua).map_err(LuaError::usage)? {
                config.set(key, value).map_err(LuaError::usage)?;
            }
        }
        Ok(config)
    }

    fn set(&mut self, key: &str, value: &Value) -> Result<(), String> {
        let at = format!("lua.{key}");
        match key {
            "enabled" => self.enabled = boolean(&at, value)?,
            "allow_file_io" => self.allow_file_io = boolean(&at, value)?,
            "allow_network" => self.allow_network = boolean(&at, value)?,
            "max_execution_time_ms" => self.max_execution_time_ms = count(&at, value)?,
            "max_memory_bytes" => self.max_memory_bytes = count(&at, value)?,
            "scripts_dir" => self.scripts_dir = Some(string(&at, value)?.into()),
            "allowed_hosts" => self.allowed_hosts = list(&at, value)?,
            _ => return Err(unknown("lua.", key, &KEYS)),
        }
        Ok(())
    }

    /// Looks for an option that could have no effect.
    pub(super) fn check(&self) -> Result<(), LuaError> {
        if self.allow_file_io && self.scripts_dir.is_none() {
            return Err(LuaError::usage("allow_file_io has no effect without scripts_dir"));
        }
        if !self.allowed_hosts.is_empty() && !self.allow_network {
            return Err(LuaError::usage("allowed_hosts has no effect without allow_network"));
        }
        super::network::check(&self.allowed_hosts)
    }

    /// Opens the folder of scripts, if there is one.
    pub(super) fn scripts(&self) -> Result<Option<Scripts>, LuaError> {
        let Some(folder) = &self.scripts_dir else { return Ok(None) };
        let folder = expanded(folder)?;
        let opened = Scripts::open(&folder).map_err(|e| {
            LuaError::usage(format!("cannot open scripts_dir {}: {e}", path_text(folder)))
        });
        opened.map(Some)
    }
}

/// Puts the home folder in the place of `~`.
fn expanded(folder: &std::path::Path) -> Result<PathBuf, LuaError> {
    let Ok(rest) = folder.strip_prefix("~") else { return Ok(folder.to_owned()) };
    match std::env::home_dir() {
        Some(home) => Ok(home.join(rest)),
        None => Err(LuaError::usage("scripts_dir: there is no home folder for '~'")),
    }
}
