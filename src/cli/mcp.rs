//! `moonfuel mcp`: the options of the server, and what its sessions are made of.

use super::allowed::Allowed;
use super::given::{OF_OUTPUT, OF_SERVERS};
use super::grants::{Grants, grants_beside, grants_unchecked, rights};
use super::host_options::{Allow, HostOptions};
use super::imp::{extensions_with, told_of};
use super::options::{McpOptions, RunOptions};
use super::{Failure, LUA_ERROR, session_with};
use crate::host::HostProfile;
use crate::host::gate::Gate;
use crate::host::imp::{CapabilityPolicy, Extensions, RuntimeBuilder};
use crate::host::jido::Jido;
use crate::host::policy::Rules;
use crate::host::types;
use crate::mcp::{
    Consenting, Leave, Listener, Makers, Options, QUESTIONS, Unserved, serve, used_beside,
};
use crate::session::Journal;
use crate::{Declaration, Decode, Digest, Effect, Policy as _, Session, SessionBuilder};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

/// Serves until the input ends, and returns the exit status.
pub(super) fn mcp(options: McpOptions) -> u8 {
    let served = make(options).and_then(|options| {
        serve(options).map_err(|error| match error {
            Unserved::Key(error) => Failure::usage(error.to_string()),
            Unserved::Output(error) => Failure::unwritten(&error),
            Unserved::System(error) => Failure::new(LUA_ERROR, error.to_string()),
        })
    });
    match served {
        Ok(()) => super::DONE,
        Err(failure) => {
            tell(&format!("moonfuel: {}\n", super::escape(failure.message.as_bytes())));
            failure.status
        }
    }
}

/// What sessions are made of.
struct Making {
    run: RunOptions,
    /// One gate for all sessions: rates and the log are the server's.
    granted: Option<Grants>,
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
        let granted = self.granted.as_ref();
        let mut builder = session_with(&self.run, granted).map_err(|failure| failure.message)?;
        // Whatever the host's way: the values are a list.
        builder = builder.decode(Decode::All);
        let Some(granted) = granted else { return Ok(builder) };
        for path in &self.asked {
            builder = builder.hand_out(path);
        }
        if answers {
            builder = QUESTIONS.iter().fold(builder, |builder, path| builder.hand_out(path));
        }
        Ok(builder.policy(Consenting::new(granted.gate.clone(), &self.asked)))
    }

    fn carry(&self) -> Result<(SessionBuilder, Gate), String> {
        let carrying = self.carrying.as_ref().ok_or("nothing can be consented to")?;
        let builder = Session::builder().limits(self.run.limits());
        Ok((Jido::register(&carrying.jido, builder), carrying.gate.clone()))
    }
}

fn make(options: McpOptions) -> Result<Options, Failure> {
    let McpOptions {
        mut run,
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
    if let Some(option) = run.given.first(&[&OF_OUTPUT[..], &OF_SERVERS].concat()) {
        return Err(Failure::usage(format!("{option} has no effect on mcp")));
    }
    if !ask.is_empty() && run.hosts.root.is_none() {
        return Err(Failure::usage("--ask needs --root DIR".to_owned()));
    }
    if ask.iter().any(|what| !matches!(what, Allow::Write | Allow::Shell | Allow::Git)) {
        return Err(Failure::usage("--ask is about `write`, `shell` and `git`".to_owned()));
    }
    if let Some(key) = &key {
        run.hosts.own.extend([key.clone(), used_beside(key)]);
    }
    let granted = grants_beside(&run.hosts, &ask)?;
    // What is wrong with the options is said at once.
    let first = session_with(&run, granted.as_ref())?;
    first.build().map_err(|e| Failure::usage(e.to_string()))?;
    let (declared, asked) = match &granted {
        Some(granted) => functions(&run.hosts, granted, &ask)?,
        None => (Vec::new(), BTreeSet::new()),
    };
    let carrying = match &granted {
        Some(granted) if !asked.is_empty() => Some(carrying(&run.hosts, granted, &ask, &asked)?),
        _ => None,
    };
    let (listener, journal) = (Listener::default(), Journal::default());
    let (extensions, policy) = asking_extensions(
        &run,
        granted.as_ref(),
        &ask,
        asked.clone(),
        carrying.as_ref(),
        listener.clone(),
        journal.clone(),
    )?;
    let rules = fingerprint(&run, granted.as_ref(), carrying.as_ref(), &policy);
    if let Some(extensions) = &extensions {
        tell(&told_of(extensions));
    }
    Ok(Options {
        limits: run.limits(),
        timeout: run.timeout(),
        declared,
        asked: asked.clone(),
        scripts,
        result: usize::try_from(result).unwrap_or(usize::MAX),
        key,
        thinking: Duration::from_millis(thinking),
        patience: Duration::from_millis(patience),
        sessions,
        traces,
        threads,
        extensions,
        listener,
        journal,
        rules,
        policy,
        audit: granted.as_ref().map(|granted| granted.gate.audit().clone()),
        folder: run.hosts.root.clone().or_else(|| std::env::current_dir().ok()).unwrap_or_default(),
        makers: Box::new(Making { run, granted, asked, carrying }),
    })
}

/// Loads the extensions, whose calls of what is asked about wait for the user; and says what
/// they may do then.
fn asking_extensions(
    run: &RunOptions,
    granted: Option<&Grants>,
    ask: &[Allow],
    mut asked: BTreeSet<String>,
    carrying: Option<&Carrying>,
    listener: Listener,
    journal: Journal,
) -> Result<(Option<Extensions>, CapabilityPolicy), Failure> {
    let capable = Grants::capabilities;
    let Some(granted) = granted else { return Ok((None, CapabilityPolicy::default())) };
    let Some(Carrying { gate, .. }) = carrying else {
        let loaded = extensions_with(run, run.time.given(), Some(granted), move |runtime| {
            heard(runtime).journal(&journal)
        })?;
        return Ok((loaded, capable(granted)));
    };
    let Some(all) = grants_unchecked(&asking(&run.hosts, ask))? else {
        return Ok((None, CapabilityPolicy::default()));
    };
    let (plain, may) = (Allowed::new(granted.rules.clone()), Allowed::new(all.rules.clone()));
    let more = types::imp().into_iter().filter(|one| may.may(one) && !plain.may(one));
    asked.extend(more.map(|one| one.path().to_owned()));
    let policy = Leave::new(granted.gate.clone(), gate.clone(), &asked, listener);
    let tools = granted.gate.clone();
    let loaded = extensions_with(run, run.time.given(), Some(&all), move |runtime| {
        heard(runtime).gate(tools.clone()).calls_pass(policy.clone()).journal(&journal)
    })?;
    Ok((loaded, capable(&all)))
}

/// Returns what stands for the rules under which extensions work.
fn fingerprint(
    run: &RunOptions,
    granted: Option<&Grants>,
    carrying: Option<&Carrying>,
    policy: &CapabilityPolicy,
) -> String {
    let rules = (
        granted.and_then(|granted| granted.gate.fingerprint()),
        carrying.and_then(|carrying| carrying.gate.fingerprint()),
        [policy.allow_native_tool_calls, policy.allow_shell_exec, policy.allow_http],
        [&policy.allowed_env, &policy.hosts],
        (format!("{:?}", run.profile), run.seed, run.time.given()),
    );
    let text = serde_json::to_string(&rules).unwrap_or_default();
    Digest(Sha256::digest(text.as_bytes()).into()).to_string()
}

/// Has what extensions print told on standard error, which is where a server of this kind has
/// its log: its output is the protocol's.
fn heard(runtime: RuntimeBuilder) -> RuntimeBuilder {
    runtime.on_output(|bytes| tell(&super::escape(bytes)))
}

/// Writes to standard error. The server goes on when nobody listens.
fn tell(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Returns the options with what the user is asked about allowed.
fn asking(hosts: &HostOptions, ask: &[Allow]) -> HostOptions {
    let mut all = hosts.clone();
    all.allow.extend(ask.iter().cloned());
    all
}

/// Returns rules in which whatever needs consent has it.
fn consented(mut rules: Rules) -> Rules {
    let wanted = std::mem::take(&mut rules.requires_consent);
    rules.consent.extend(wanted);
    rules
}

/// Returns what scripts can call, and of these the paths of what the user is asked about.
fn functions(
    hosts: &HostOptions,
    granted: &Grants,
    ask: &[Allow],
) -> Result<(Vec<Declaration>, BTreeSet<String>), Failure> {
    let plain = Allowed::new(granted.rules.clone());
    let all = grants_unchecked(&asking(hosts, ask))?.map_or_else(Rules::default, |all| all.rules);
    let consented = Allowed::new(consented(all));
    let mut declared = Vec::new();
    let mut asked = BTreeSet::new();
    if hosts.root.is_some() {
        declared.extend(types::jido());
        declared.retain(|one| consented.may(one));
        asked
            .extend(declared.iter().filter(|one| !plain.may(one)).map(|one| one.path().to_owned()));
    }
    let mut more = Vec::new();
    if granted.has_imp() {
        more.extend(types::imp());
    }
    if hosts.has(HostProfile::Codex) {
        more.extend(types::codex());
    }
    more.retain(|one| plain.may(one));
    declared.extend(more);
    // Without a host, the network is not reached.
    if granted.hosts().is_empty() {
        declared.retain(|one| !one.effects.contains(&Effect::Net));
    }
    Ok((declared, asked))
}

/// Makes what carries out the calls that were consented to: behind a gate of its own, which
/// has the same log.
fn carrying(
    hosts: &HostOptions,
    granted: &Grants,
    ask: &[Allow],
    asked: &BTreeSet<String>,
) -> Result<Carrying, Failure> {
    let root = granted.root().unwrap_or_else(|| ".".as_ref());
    let all = asking(hosts, ask);
    let rules = grants_unchecked(&all)?.map_or_else(Rules::default, |all| all.rules);
    let mut rules = consented(rules);
    rules.consent.extend(asked.iter().cloned());
    let mut options = rights(&rules, &all, granted.hosts().to_vec());
    // The user has seen what is written, and over what.
    options.require_read = false;
    let jido =
        Jido::open(root, options).map_err(|error| Failure::file("open the root", root, &error))?;
    let gate = Gate::with_audit(rules, "command", granted.gate.audit().clone()).root(root);
    Ok(Carrying { jido: Arc::new(jido), gate })
}
