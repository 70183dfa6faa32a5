//! `moonfuel mcp`: the options of the server, and what its sessions are made of.

use super::host_options::{Allow, HostOptions, rights, rules};
use super::options::{McpOptions, RunOptions};
use super::{Failure, LUA_ERROR, USAGE, session_builder};
use crate::host::gate::{Gate, Permissions};
use crate::host::jido::Jido;
use crate::host::policy::Rules;
use crate::host::types;
use crate::mcp::{Consenting, Makers, Options, serve};
use crate::{Declaration, Effect, Session, SessionBuilder};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// The function that asks the user something.
const ASK: &str = "jido.ask_user";

/// Serves until the input ends, and returns the exit status.
pub(super) fn mcp(options: McpOptions) -> u8 {
    let served = make(options)
        .and_then(|options| serve(options).map_err(|error| Failure(LUA_ERROR, error.to_string())));
    match served {
        Ok(()) => super::DONE,
        Err(Failure(status, message)) => {
            eprintln!("moonfuel: {}", super::escape(message.as_bytes()));
            status
        }
    }
}

/// What sessions are made of.
struct Making {
    run: RunOptions,
    asked: BTreeSet<String>,
    /// What carries out the calls that the user is asked about: one for all of them, since
    /// programs that one call has begun are another's.
    carrying: Option<Carrying>,
}

struct Carrying {
    jido: Arc<Jido>,
    gate: Gate,
}

impl Makers for Making {
    fn script(&self, answers: bool) -> Result<SessionBuilder, String> {
        let (mut builder, gate) = session_builder(&self.run).map_err(|Failure(_, text)| text)?;
        let Some(gate) = gate else { return Ok(builder) };
        for path in &self.asked {
            builder = builder.hand_out(path);
        }
        if answers {
            builder = builder.hand_out(ASK);
        }
        Ok(builder.policy(Consenting::new(gate, &self.asked)))
    }

    fn carry(&self) -> Result<(SessionBuilder, Gate), String> {
        let carrying = self.carrying.as_ref().ok_or("nothing can be consented to")?;
        let builder = Session::builder().limits(self.run.limits());
        Ok((Jido::register(&carrying.jido, builder), carrying.gate.clone()))
    }
}

fn make(options: McpOptions) -> Result<Options, Failure> {
    let McpOptions {
        run,
        ask,
        scripts,
        result,
        key,
        thinking,
        patience,
        sessions,
        traces,
        threads,
    } = options;
    if let Some(option) = without_effect(&run) {
        return Err(Failure(USAGE, format!("{option} has no effect on mcp")));
    }
    if !ask.is_empty() && run.hosts.root.is_none() {
        return Err(Failure::usage("--ask needs --root DIR".to_owned()));
    }
    // What is wrong with the options is said at once.
    session_builder(&run)?.0.build().map_err(|e| Failure::usage(e.to_string()))?;
    let (declared, asked) = functions(&run.hosts, &ask)?;
    let carrying = if asked.is_empty() { None } else { Some(carrying(&run.hosts, &ask, &asked)?) };
    Ok(Options {
        limits: run.limits(),
        timeout: run.timeout(),
        declared,
        asked: asked.clone(),
        scripts,
        result: usize::try_from(result).unwrap_or(usize::MAX),
        key,
        thinking: Duration::from_secs(thinking),
        patience: Duration::from_millis(patience),
        sessions,
        traces,
        threads,
        makers: Box::new(Making { run, asked, carrying }),
    })
}

/// Returns an option that was given and means nothing to the server.
fn without_effect(run: &RunOptions) -> Option<&'static str> {
    let given = [
        (run.args.is_some(), "--args"),
        (run.record.is_some(), "--record"),
        (run.cover.is_some(), "--cover"),
        (run.json, "--json"),
        (run.stats, "--stats"),
    ];
    given.iter().find(|(is_given, _)| *is_given).map(|(_, option)| *option)
}

/// Returns the rules with what the user is asked about allowed.
fn consented(hosts: &HostOptions, ask: &[Allow]) -> Result<Rules, Failure> {
    let mut all = hosts.clone();
    all.allow.extend(ask.iter().cloned());
    let mut rules = rules(&all)?;
    let wanted = std::mem::take(&mut rules.requires_consent);
    rules.consent.extend(wanted);
    Ok(rules)
}

/// Returns what scripts can call, and of these the paths of what the user is asked about.
fn functions(
    hosts: &HostOptions,
    ask: &[Allow],
) -> Result<(Vec<Declaration>, BTreeSet<String>), Failure> {
    if hosts.root.is_none() {
        return Ok((Vec::new(), BTreeSet::new()));
    }
    let plain = Allowed::new(rules(hosts)?);
    let consented = Allowed::new(consented(hosts, ask)?);
    let mut declared = types::jido();
    declared.retain(|one| consented.may(one));
    // Without a domain, it reaches nothing.
    if rights(&plain.rules, hosts).domains.is_empty() {
        declared.retain(|one| !one.effects.contains(&Effect::Net));
    }
    let asked = declared.iter().filter(|one| !plain.may(one)).map(|one| one.path().to_owned());
    let asked = asked.collect();
    Ok((declared, asked))
}

/// What rules let scripts call.
struct Allowed {
    rules: Rules,
    permissions: Permissions,
}

impl Allowed {
    fn new(rules: Rules) -> Allowed {
        let mut permissions = Permissions::new(rules.tier);
        for name in &rules.consent {
            // Said twice is said once.
            let _ = permissions.consent(name);
        }
        Allowed { rules, permissions }
    }

    fn may(&self, declaration: &Declaration) -> bool {
        let is_it = |name: &String| name == declaration.path() || name == declaration.name();
        let tier = self.rules.tiers.iter().find(|(name, _)| is_it(name)).map(|(_, tier)| *tier);
        let needs = declaration.consent || self.rules.requires_consent.iter().any(is_it);
        let path = declaration.path();
        self.permissions.check(path, tier.unwrap_or(declaration.tier), needs).is_ok()
    }
}

fn carrying(
    hosts: &HostOptions,
    ask: &[Allow],
    asked: &BTreeSet<String>,
) -> Result<Carrying, Failure> {
    let mut rules = consented(hosts, ask)?;
    rules.consent.extend(asked.iter().cloned());
    let mut all = hosts.clone();
    all.allow.extend(ask.iter().cloned());
    let mut options = rights(&rules, &all);
    // The user has seen what is written, and over what.
    options.require_read = false;
    let root = hosts.root.as_deref().unwrap_or_else(|| ".".as_ref());
    let jido = Jido::open(root, options).map_err(|e| {
        let reason = super::source::reason(&e);
        Failure::usage(format!("cannot open the root {}: {reason}", root.display()))
    })?;
    let gate = super::host_options::gate(rules, root, hosts)?;
    Ok(Carrying { jido: Arc::new(jido), gate })
}
