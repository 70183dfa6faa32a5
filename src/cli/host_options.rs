//! The options about hosts, and how they are written.

use crate::host::HostProfile;
use crate::host::net::look_at_hosts;
use crate::{Decode, Limits, LuaError, Outcome, SessionBuilder};
use clap::Args;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Options about hosts.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct HostOptions {
    /// Give the script `jido.*` (and `io.open` in the profile compat) on this directory,
    /// for reading.
    #[arg(long, value_name = "DIR", allow_hyphen_values = true)]
    pub root: Option<PathBuf>,
    /// Allow more than looking below the root: `write`, `shell`, `git`, `git=DIR` (where the
    /// root's repository lies outside of it, as that of a linked worktree), `net=HOST` (a host,
    /// and those below it, that may be asked), `env=NAME` (a variable that is seen).
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = parse_allow)]
    pub allow: Vec<Allow>,
    /// Give the script the names and the ways of a host: `jido`, `imp` or `codex`.
    #[arg(long, value_name = "HOST", value_parser = parse_host)]
    pub host: Option<HostProfile>,
    /// What is printed of the values: `all` (an array), `jido` (none is null, one itself) or
    /// `first`.
    #[arg(long, value_name = "WAY", value_parser = parse_decode)]
    pub decode: Option<Decode>,
    /// Read what the script may do from a policy in TOML.
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub policy: Option<PathBuf>,
    /// Write each call of a host function to a file, as lines of JSON.
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub audit: Option<PathBuf>,
    /// Load the extensions in this directory, the files `NAME.lua` and `NAME/init.lua`; of two
    /// with a name the first one counts. Given again, more directories.
    #[arg(long, value_name = "DIR", allow_hyphen_values = true)]
    pub extensions: Vec<PathBuf>,
    /// More files of the command's own, which no script is to reach: where the run is recorded,
    /// and the key of a server.
    #[arg(skip)]
    pub own: Vec<PathBuf>,
}

/// A permission given with `--allow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Allow {
    /// Writing files below the root.
    Write,
    /// Running programs.
    Shell,
    /// Running git.
    Git,
    /// Running git, on a repository that lies outside of the root.
    Repository(PathBuf),
    /// A host of the network.
    Host(String),
    /// A variable of the environment.
    Variable(String),
}

impl fmt::Display for Allow {
    /// Writes it as it is given.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Allow::Write => f.write_str("write"),
            Allow::Shell => f.write_str("shell"),
            Allow::Git => f.write_str("git"),
            Allow::Repository(place) => write!(f, "git={}", place.display()),
            Allow::Host(host) => write!(f, "net={host}"),
            Allow::Variable(name) => write!(f, "env={name}"),
        }
    }
}

pub(super) fn parse_allow(text: &str) -> Result<Allow, String> {
    let named = |prefix| text.strip_prefix(prefix).filter(|name: &&str| !name.is_empty());
    if let Some(name) = named("env=") {
        if let Some((name, _)) = name.split_once('=') {
            return Err(format!(
                "a variable has the value that the command itself sees: `env={name}`"
            ));
        }
        return Ok(Allow::Variable(name.to_owned()));
    }
    if let Some(host) = named("net=") {
        if !cfg!(feature = "net") {
            return Err("it has no effect: this build reaches no network (feature net)".to_owned());
        }
        let host = host.to_owned();
        look_at_hosts("it", std::slice::from_ref(&host))?;
        return Ok(Allow::Host(host));
    }
    if let Some(place) = named("git=") {
        return Ok(Allow::Repository(place.into()));
    }
    match text {
        "write" => Ok(Allow::Write),
        "shell" => Ok(Allow::Shell),
        "git" => Ok(Allow::Git),
        _ => {
            Err("the permissions are `write`, `shell`, `git`, `git=DIR`, `net=HOST` and `env=NAME`"
                .into())
        }
    }
}

fn parse_host(text: &str) -> Result<HostProfile, String> {
    match text {
        "jido" => Ok(HostProfile::Jido),
        "imp" => Ok(HostProfile::Imp),
        "codex" => Ok(HostProfile::Codex),
        _ => Err("the hosts are `jido`, `imp` and `codex`".to_owned()),
    }
}

fn parse_decode(text: &str) -> Result<Decode, String> {
    match text {
        "all" => Ok(Decode::All),
        "jido" => Ok(Decode::Jido),
        "first" => Ok(Decode::First),
        _ => Err("the ways are `all`, `jido` and `first`".to_owned()),
    }
}

impl HostOptions {
    /// Puts what the host is known by into the description of a session.
    pub(super) fn apply(&self, builder: SessionBuilder) -> SessionBuilder {
        let builder = match self.host {
            Some(host) => host.apply(builder),
            None => builder,
        };
        match self.decode {
            Some(decode) => builder.decode(decode),
            None => builder,
        }
    }

    /// Changes limits where the host's way asks for that.
    pub(super) fn limits(&self, limits: Limits) -> Limits {
        match self.host {
            Some(host) => host.limits(limits),
            None => limits,
        }
    }

    /// Makes an error the host's own text.
    pub(super) fn change_error(
        &self,
        error: &mut LuaError,
        outcome: &Outcome,
        timeout: Option<Duration>,
    ) {
        if let Some(host) = self.host {
            host.change_error(error, outcome, timeout);
        }
    }

    /// Returns the arguments of a script that is given none.
    pub(super) fn default_args(&self) -> Option<serde_json::Value> {
        self.host?.default_args()
    }

    /// Tells whether scripts have the functions of a host.
    pub(super) fn has(&self, host: HostProfile) -> bool {
        self.host == Some(host)
    }

    /// Returns the repositories outside of the root that are allowed.
    pub(super) fn repositories(&self) -> Vec<PathBuf> {
        let repository = |allow: &Allow| match allow {
            Allow::Repository(place) => Some(place.clone()),
            _ => None,
        };
        self.allow.iter().filter_map(repository).collect()
    }

    /// Returns the hosts of the network that are allowed.
    pub(super) fn hosts(&self) -> Vec<String> {
        let host = |allow: &Allow| match allow {
            Allow::Host(host) => Some(host.clone()),
            _ => None,
        };
        self.allow.iter().filter_map(host).collect()
    }

    /// Returns the variables of the environment that are allowed.
    pub(super) fn variables(&self) -> Vec<String> {
        let variable = |allow: &Allow| match allow {
            Allow::Variable(name) => Some(name.clone()),
            _ => None,
        };
        self.allow.iter().filter_map(variable).collect()
    }
}
