//! The options about hosts, and what they come to: the functions of a session, its gate and
//! the log of calls.

use super::{Failure, source};
use crate::host::codex;
use crate::host::gate::Gate;
use crate::host::jido::{Jido, JidoOptions};
use crate::host::policy::Rules;
use crate::host::types;
use crate::{Declaration, Decode, Limits, LuaError, Outcome, Profile, SessionBuilder, Tier};
use clap::Args;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The functions that `--allow shell` is about.
const SHELL: [&str; 4] =
    ["jido.shell", "jido.shell_background", "jido.shell_output", "jido.shell_kill"];

/// Options about hosts.
#[derive(Clone, Debug, Args)]
pub(super) struct HostOptions {
    /// Give the script `jido.*` (and `io.open` in the profile compat) on this directory,
    /// for reading.
    #[arg(long, value_name = "DIR", allow_hyphen_values = true)]
    pub root: Option<PathBuf>,
    /// Allow more than looking below the root: `write`, `shell`, `git`, `env=NAME` (a variable
    /// that programs see).
    #[arg(
        long,
        value_name = "WHAT",
        value_delimiter = ',',
        value_parser = parse_allow,
        requires = "root"
    )]
    pub allow: Vec<Allow>,
    /// Give the script the names and the ways of a host: `jido` or `codex`.
    #[arg(long, value_name = "HOST", value_parser = parse_host)]
    pub host: Option<HostName>,
    /// What is printed of the values: `all` (an array), `jido` (none is null, one itself) or
    /// `first`.
    #[arg(long, value_name = "WAY", value_parser = parse_decode)]
    pub decode: Option<Decode>,
    /// Read what the script may do from a policy in TOML.
    #[arg(long, value_name = "FILE", requires = "root", allow_hyphen_values = true)]
    pub policy: Option<PathBuf>,
    /// Write each call of a host function to a file, as lines of JSON.
    #[arg(long, value_name = "FILE", requires = "root", allow_hyphen_values = true)]
    pub audit: Option<PathBuf>,
}

/// A permission given with `--allow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Allow {
    /// Writing files below the root.
    Write,
    /// Running programs.
    Shell,
    /// Running git.
    Git,
    /// A variable of the environment for programs.
    Variable(String),
}

pub(super) fn parse_allow(text: &str) -> Result<Allow, String> {
    if let Some(name) = text.strip_prefix("env=").filter(|name| !name.is_empty()) {
        return Ok(Allow::Variable(name.to_owned()));
    }
    if text.starts_with("net=") {
        return Err("`net=HOST` has no effect: this build reaches no network".to_owned());
    }
    match text {
        "write" => Ok(Allow::Write),
        "shell" => Ok(Allow::Shell),
        "git" => Ok(Allow::Git),
        _ => Err("the permissions are `write`, `shell`, `git` and `env=NAME`".to_owned()),
    }
}

/// A host whose scripts are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HostName {
    Jido,
    Codex,
}

fn parse_host(text: &str) -> Result<HostName, String> {
    match text {
        "jido" => Ok(HostName::Jido),
        "codex" => Ok(HostName::Codex),
        _ => Err("the hosts are `jido` and `codex`".to_owned()),
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
        let (builder, own) = match self.host {
            None => (builder, Decode::All),
            Some(HostName::Jido) => (builder, Decode::Jido),
            Some(HostName::Codex) => (codex::names(builder), Decode::First),
        };
        builder.decode(self.decode.unwrap_or(own))
    }

    /// Changes limits where the host's way asks for that: with codex, time has the word
    /// before fuel.
    pub(super) fn limits(&self, limits: Limits) -> Limits {
        let is_default = limits.fuel == Limits::default().fuel;
        match self.host {
            Some(HostName::Codex) if is_default => {
                Limits { fuel: Limits::unlimited().fuel, ..limits }
            }
            _ => limits,
        }
    }

    /// Makes an error the host's own text.
    pub(super) fn change_error(
        &self,
        error: &mut LuaError,
        outcome: &Outcome,
        timeout: Option<Duration>,
    ) {
        if self.host != Some(HostName::Codex) {
            return;
        }
        // One text, which holds the place.
        error.chunk.clear();
        error.line = None;
        match (outcome, timeout) {
            (Outcome::Deadline, Some(timeout)) => {
                error.message = format!("Lua timeout after {}ms", timeout.as_millis()).into_bytes();
            }
            _ => {
                error.message.splice(..0, b"Lua execution error: ".iter().copied());
            }
        }
    }

    /// Returns the arguments of a script that is given none.
    pub(super) fn default_args(&self) -> Option<serde_json::Value> {
        let is_jido = self.host == Some(HostName::Jido);
        is_jido.then(|| serde_json::Value::Object(serde_json::Map::new()))
    }
}

/// Registers what the options grant on a directory, behind a gate. Returns that too, for its
/// log.
pub(super) fn grant(
    mut builder: SessionBuilder,
    root: &Path,
    options: &HostOptions,
    profile: Profile,
) -> Result<(SessionBuilder, Gate), Failure> {
    if profile == Profile::Compat && (options.policy.is_some() || options.audit.is_some()) {
        let what = "--policy and --audit do not reach `io` of --profile compat";
        return Err(Failure::usage(format!("{what}: leave out one of them")));
    }
    let rules = rules(options)?;
    let rights = rights(&rules, options);
    let open = || {
        Jido::open(root, rights.clone()).map_err(|e| {
            let reason = source::reason(&e);
            Failure::usage(format!("cannot open the root {}: {reason}", root.display()))
        })
    };
    let functions = open()?.functions();
    let mut declared = Vec::new();
    for declaration in types::jido() {
        let name = declaration.name();
        if name == "help" || functions.iter().any(|(function, _)| *function == name) {
            declared.push(declaration);
        }
    }
    builder = builder.host_functions("jido", functions);
    builder = builder.function_with("jido.help", types::help_function(declared.clone()));
    for declaration in declared {
        builder = builder.declare(declaration);
    }
    if profile == Profile::Compat {
        builder = builder.world(open()?.files());
    }
    let gate = gate(rules, root, options)?;
    Ok((builder.policy(gate.clone()), gate))
}

/// Makes the gate of these rules, with its log.
pub(super) fn gate(rules: Rules, root: &Path, options: &HostOptions) -> Result<Gate, Failure> {
    let audit_file = options.audit.clone().or_else(|| rules.audit_file.clone());
    let whole = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let gate = Gate::new(rules, "command").root(whole);
    if let Some(file) = audit_file {
        let opened = OpenOptions::new().create(true).append(true).open(&file);
        let file = opened.map_err(|e| {
            let reason = source::reason(&e);
            Failure::usage(format!("cannot write the log {}: {reason}", file.display()))
        })?;
        gate.audit().write_to(file);
    }
    Ok(gate)
}

/// Makes the rules of the policy, if one is given, and of what is allowed beside.
pub(super) fn rules(options: &HostOptions) -> Result<Rules, Failure> {
    let mut rules = match &options.policy {
        None => Rules::default(),
        Some(file) => {
            let name = file.display();
            let text = std::fs::read_to_string(file).map_err(|e| {
                Failure::usage(format!("cannot read the policy {name}: {}", source::reason(&e)))
            })?;
            Rules::from_toml(&text).map_err(|e| Failure::usage(format!("{name}: {e}")))?
        }
    };
    for allow in &options.allow {
        match allow {
            Allow::Write => rules.tier = rules.tier.max(Tier::Write),
            Allow::Shell => rules.consent.extend(SHELL.map(str::to_owned)),
            Allow::Git => rules.consent.push("jido.git".to_owned()),
            // These are no functions, but what programs see.
            Allow::Variable(_) => {}
        }
    }
    let runs = rules.tier >= Tier::Execute || !rules.consent.is_empty();
    if !runs && options.allow.iter().any(|allow| matches!(allow, Allow::Variable(_))) {
        let text = "`--allow env=NAME` has no effect unless programs may be run: --allow shell";
        return Err(Failure::usage(text.to_owned()));
    }
    Ok(rules)
}

/// Returns what the functions must be able to do for the rules to have the word.
pub(super) fn rights(rules: &Rules, options: &HostOptions) -> JidoOptions {
    let is_consented = |one: &Declaration| {
        rules.consent.iter().any(|name| name == one.path() || name == one.name())
    };
    let all = types::jido();
    let may = |tier: Tier, is_it: &dyn Fn(&Declaration) -> bool| {
        rules.tier >= tier || all.iter().any(|one| is_it(one) && is_consented(one))
    };
    let variable = |allow: &Allow| match allow {
        Allow::Variable(name) => Some(name.clone()),
        _ => None,
    };
    JidoOptions {
        allow_write: may(Tier::Write, &|one| one.tier == Tier::Write),
        allow_shell: may(Tier::Execute, &|one| one.name().starts_with("shell")),
        allow_git: may(Tier::Execute, &|one| one.name() == "git"),
        follow_links: rules.grants.read.is_none() && rules.grants.write.is_none(),
        environment: options.allow.iter().filter_map(variable).collect(),
        ..JidoOptions::default()
    }
}
