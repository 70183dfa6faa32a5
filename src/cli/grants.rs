//! What the options about hosts come to: the functions of a session, its gate and the log of
//! calls.

use super::Failure;
use super::host_options::{Allow, HostOptions};
use super::log_file::LogFile;
use super::{outputs, whole};
use crate::base::one_line::path_text;
use crate::host::HostProfile;
use crate::host::codex;
use crate::host::gate::Gate;
use crate::host::jido::{Jido, JidoOptions};
use crate::host::net::private_addresses;
use crate::host::policy::Rules;
use crate::host::types;
use crate::{Declaration, Profile, SessionBuilder, Tier};
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

mod unused;

/// The functions that `--allow shell` is about.
const SHELL: [&str; 4] =
    ["jido.shell", "jido.shell_background", "jido.shell_output", "jido.shell_kill"];

/// What the options grant.
#[derive(Clone, Debug)]
pub(crate) struct Grants {
    /// The gate of everything that is granted.
    pub gate: Gate,
    pub(super) rules: Rules,
    root: Option<(PathBuf, JidoOptions)>,
    hosts: Vec<String>,
    has_imp: bool,
    has_http: bool,
}

/// Returns what the options grant; nothing, if that is nothing.
///
/// # Errors
/// When an option, or a rule of the policy, has no effect, or a file cannot be read or written.
pub(crate) fn grants(options: &HostOptions) -> Result<Option<Grants>, Failure> {
    granted(options, true, None)
}

/// As [`grants`], where a user is asked for consent, and may allow more.
///
/// # Errors
/// As [`grants`].
#[cfg(feature = "mcp")]
pub(crate) fn grants_beside(
    options: &HostOptions,
    beside: &[Allow],
) -> Result<Option<Grants>, Failure> {
    granted(options, true, Some(beside))
}

/// As [`grants`], for options that say more than the user has written, of which some may have
/// no effect.
///
/// # Errors
/// When a file cannot be read or written.
#[cfg(feature = "mcp")]
pub(super) fn grants_unchecked(options: &HostOptions) -> Result<Option<Grants>, Failure> {
    granted(options, false, None)
}

fn granted(
    options: &HostOptions,
    is_checked: bool,
    beside: Option<&[Allow]>,
) -> Result<Option<Grants>, Failure> {
    let has_imp = options.has(HostProfile::Imp) || !options.extensions.is_empty();
    let is_codex = options.has(HostProfile::Codex);
    if let Some(why) = without_effect(options, has_imp, is_codex) {
        return Err(Failure::usage(why));
    }
    if let Some(why) = other_repository(options) {
        return Err(Failure::usage(why));
    }
    if options.root.is_none() && !has_imp && options.hosts().is_empty() {
        return Ok(None);
    }
    let policy = policy(options)?;
    let rules = rules(policy.clone(), options, has_imp)?;
    let hosts = rules.grants.hosts.clone().unwrap_or_else(|| options.hosts());
    if !hosts.is_empty() && !cfg!(feature = "net") {
        let why = "grants.hosts has no effect: this build reaches no network (feature net)";
        return Err(Failure::usage(why.to_owned()));
    }
    if is_checked {
        let given = unused::Given { policy: &policy, options, beside, has_imp };
        if let Some(why) = given.unused()? {
            return Err(Failure::usage(why));
        }
    }
    let mut gate = Gate::new(rules.clone(), "command").beside(beside_rules(&rules, options));
    if let Some(root) = &options.root {
        gate = gate.root(root);
    }
    // A log that the policy asks for is written whatever else is.
    let logs: BTreeSet<&PathBuf> = logs(&rules, options).collect();
    for path in logs {
        let opened = OpenOptions::new().create(true).append(true).open(path);
        let file = opened.map_err(|error| Failure::file("write the log", path, &error))?;
        gate.audit().write_to(LogFile::new(file, path.clone(), beside.is_some()));
    }
    let root = options.root.clone();
    let root = root.map(|root| (root, rights(&rules, options, hosts.clone())));
    let has_http = is_codex && !hosts.is_empty();
    Ok(Some(Grants { gate, rules, root, hosts, has_imp, has_http }))
}

/// Returns where calls are written to.
fn logs<'a>(rules: &'a Rules, options: &'a HostOptions) -> impl Iterator<Item = &'a PathBuf> {
    options.audit.iter().chain(&rules.audit_file)
}

/// Returns the command's own files, as far as they lie below the root: what a script has done is
/// not for it to take out of logs and traces, and what later ones may do not for it to say.
fn own_below_root(rules: &Rules, options: &HostOptions) -> Vec<String> {
    let root = options.root.as_ref().and_then(|root| root.canonicalize().ok());
    let Some(root) = root else { return Vec::new() };
    let below = |file: &PathBuf| {
        let file = file.canonicalize().ok().or_else(|| outputs::to_be(file))?;
        Some(format!("/{}", file.strip_prefix(&root).ok()?.to_str()?))
    };
    logs(rules, options).chain(&options.policy).chain(&options.own).filter_map(below).collect()
}

/// Returns what is reached by options alone, where the rules have no list of it. (Which
/// repository it is says the root.)
fn beside_rules(rules: &Rules, options: &HostOptions) -> Vec<String> {
    let mut reached = Vec::new();
    if rules.grants.env.is_none() {
        reached.extend(options.variables().iter().map(|name| format!("env={name}")));
    }
    if rules.grants.hosts.is_none() {
        reached.extend(options.hosts().iter().map(|host| format!("net={host}")));
    }
    if !options.repositories().is_empty() {
        reached.push("git=".to_owned());
    }
    reached
}

/// Says which option has no effect beside the others.
fn without_effect(options: &HostOptions, has_imp: bool, is_codex: bool) -> Option<String> {
    let has_root = options.root.is_some();
    let because = |what: &str, needs: &str| Some(format!("{what} has no effect without {needs}"));
    for allow in &options.allow {
        match allow {
            Allow::Write if !has_root => return because("--allow write", "--root DIR"),
            Allow::Git | Allow::Repository(_) if !has_root => {
                return because("--allow git", "--root DIR");
            }
            Allow::Shell if !has_root && !has_imp => {
                return because("--allow shell", "--root DIR or --host imp");
            }
            Allow::Variable(_) if !has_root && !has_imp => {
                return because("--allow env=NAME", "--root DIR or --host imp");
            }
            Allow::Host(_) if !has_root && !has_imp && !is_codex => {
                return because("--allow net=HOST", "--root DIR, --host imp or --host codex");
            }
            _ => {}
        }
    }
    let has_functions = has_root || has_imp || !options.hosts().is_empty();
    let needs = "functions it could be about: --root DIR, --host imp";
    if options.policy.is_some() && !has_functions {
        return because("--policy", needs);
    }
    if options.audit.is_some() && !has_functions {
        return because("--audit", needs);
    }
    None
}

/// Says which repository is not that of the root. No other place is granted by that name.
fn other_repository(options: &HostOptions) -> Option<String> {
    let (root, repositories) = (options.root.as_ref()?, options.repositories());
    if repositories.is_empty() {
        return None;
    }
    let outside = crate::host::jido::repository_outside(root);
    let is_other = |place: &&PathBuf| outside.is_none() || place.canonicalize().ok() != outside;
    let place = repositories.iter().find(is_other)?.display();
    Some(match outside {
        Some(outside) => {
            let own = path_text(outside);
            format!("--allow git={place} has no effect: the repository of the root is {own}")
        }
        None => {
            let root = path_text(root);
            format!("--allow git={place} has no effect: {root} has no repository outside of it")
        }
    })
}

/// Reads the policy, if one is given.
fn policy(options: &HostOptions) -> Result<Rules, Failure> {
    let Some(file) = &options.policy else { return Ok(Rules::default()) };
    let text = whole::text(whole::read_file(file))
        .map_err(|error| Failure::file("read the policy", file, &error))?;
    Rules::from_toml(&text).map_err(|e| Failure::usage(format!("{}: {e}", path_text(file))))
}

/// Makes the rules of the policy and of what is allowed beside.
fn rules(mut rules: Rules, options: &HostOptions, has_imp: bool) -> Result<Rules, Failure> {
    let has_root = options.root.is_some();
    let consent = |rules: &mut Rules, names: &[&str]| {
        rules.consent.extend(names.iter().map(|&name| name.to_owned()));
    };
    for allow in &options.allow {
        match allow {
            Allow::Write => rules.tier = rules.tier.max(Tier::Write),
            Allow::Shell => {
                if has_root {
                    consent(&mut rules, &SHELL);
                }
                if has_imp {
                    consent(&mut rules, &["imp.exec"]);
                }
            }
            Allow::Git | Allow::Repository(_) => consent(&mut rules, &["jido.git"]),
            Allow::Host(host) => {
                // What is allowed here is allowed beside the policy's own list.
                rules.grants.hosts.iter_mut().for_each(|hosts| hosts.push(host.clone()));
            }
            Allow::Variable(name) => {
                rules.grants.env.iter_mut().for_each(|names| names.push(name.clone()));
            }
        }
    }
    if has_imp {
        // What no list has is not listed, whichever way the list is given.
        rules.grants.env.get_or_insert_with(|| options.variables());
        // The runtime's own defaults: tools of the host may be called.
        consent(&mut rules, &["imp.tool"]);
        if !options.hosts().is_empty() || rules.grants.hosts.is_some() {
            consent(&mut rules, &["imp.http.get", "imp.http.post"]);
        }
    } else {
        let runs = rules.tier >= Tier::Execute || !rules.consent.is_empty();
        if has_root && !runs && !options.variables().is_empty() {
            let text = "`--allow env=NAME` has no effect unless programs may be run: --allow shell";
            return Err(Failure::usage(text.to_owned()));
        }
    }
    if options.has(HostProfile::Codex) && !options.hosts().is_empty() {
        consent(&mut rules, &["http.get", "http.post"]);
    }
    Ok(rules)
}

/// Returns what the functions must be able to do for the rules to have the word.
pub(super) fn rights(rules: &Rules, options: &HostOptions, domains: Vec<String>) -> JidoOptions {
    let is_consented = |one: &Declaration| {
        rules.consent.iter().any(|name| name == one.path() || name == one.name())
    };
    let all = types::jido();
    let asked = |one: &Declaration| {
        let is_it = |name: &String| name == one.path() || name == one.name();
        let changed = rules.tiers.iter().find(|(name, _)| is_it(name));
        changed.map_or(one.tier, |(_, tier)| *tier)
    };
    let may = |tier: Tier, is_it: &dyn Fn(&Declaration) -> bool| {
        let may_call = |one: &Declaration| rules.tier >= asked(one) || is_consented(one);
        rules.tier >= tier || all.iter().any(|one| is_it(one) && may_call(one))
    };
    let usual = JidoOptions::default();
    // A policy that names programs has its way; one that does not has none that would go around
    // its other rules.
    let usual = match (&rules.grants.commands, &options.policy) {
        (Some(commands), _) => JidoOptions { commands: commands.clone(), ..usual },
        (None, Some(_)) => usual.without_interpreters(),
        (None, None) => usual,
    };
    let allow_write = may(Tier::Write, &|one| one.tier == Tier::Write);
    let own = own_below_root(rules, options);
    JidoOptions {
        protected: usual.protected.iter().cloned().chain(own).collect(),
        allow_write,
        // Whoever may write may commit.
        writable: if allow_write { options.repositories() } else { Vec::new() },
        readable: options.repositories(),
        allow_shell: may(Tier::Execute, &|one| one.name().starts_with("shell")),
        allow_git: may(Tier::Execute, &|one| one.name() == "git"),
        follow_links: rules.grants.read.is_none() && rules.grants.write.is_none(),
        environment: options.variables(),
        private_addresses: private_addresses(&domains),
        domains,
        ..usual
    }
}

impl Grants {
    /// Tells whether scripts have `imp.*`.
    pub(super) fn has_imp(&self) -> bool {
        self.has_imp
    }

    /// Returns the root, if there is one.
    pub(super) fn root(&self) -> Option<&Path> {
        self.root.as_ref().map(|(root, _)| root.as_path())
    }

    /// Lets files be edited that the session has not read: where a session is one call, an edit
    /// names what is in the file, and nothing has been read before it.
    pub(super) fn edit_unread(&mut self) {
        if let Some((_, rights)) = &mut self.root {
            rights.require_read = false;
        }
    }

    /// Returns the hosts of the network that may be asked.
    pub(super) fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// Registers what is granted beside `imp.*`, behind the gate.
    ///
    /// # Errors
    /// When the root cannot be opened.
    pub(super) fn register(
        &self,
        builder: SessionBuilder,
        profile: Profile,
    ) -> std::io::Result<SessionBuilder> {
        let mut declared = Vec::new();
        let mut builder = builder;
        if let Some((root, rights)) = &self.root {
            let open = || Jido::open(root, rights.clone());
            let functions = open()?.functions();
            let jido = types::jido().into_iter().filter(|declaration| {
                let name = declaration.name();
                name == "help" || functions.iter().any(|(function, _)| *function == name)
            });
            let jido: Vec<Declaration> = jido.collect();
            builder = builder.host_functions("jido", functions);
            builder = builder.host("jido.help", types::Help(jido.clone()));
            declared.extend(jido);
            if profile == Profile::Compat {
                builder = builder.world(open()?.files_behind(Some(self.gate.clone())));
            }
        }
        if self.has_http {
            builder = codex::network(builder, &self.hosts);
            declared.extend(types::codex());
        }
        if self.has_imp {
            declared.extend(types::imp());
        }
        declared.push(types::help_of_all());
        let known = [types::library(), declared.clone()].concat();
        builder = builder.host("help", types::Help(known));
        for declaration in declared {
            builder = builder.declare(declaration);
        }
        Ok(builder.policy(self.gate.clone()))
    }

    /// As [`Grants::register`], with a failure that names the root.
    pub(super) fn give(
        &self,
        builder: SessionBuilder,
        profile: Profile,
    ) -> Result<SessionBuilder, Failure> {
        self.register(builder, profile).map_err(|error| {
            let root = self.root().unwrap_or_else(|| Path::new(""));
            Failure::file("open the root", root, &error)
        })
    }
}
