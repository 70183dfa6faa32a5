//! Describing a runtime.

use super::native::NativeTool;
use super::policy::CapabilityPolicy;
use super::registry::Registry;
use super::runtime::Runtime;
use super::shared::{Environment, Output, Secrets, Shared};
use super::toml_hooks::CommandHook;
use super::{ImpError, functions, outside};
use crate::host::gate::Gate;
use crate::host::permits::Permits;
use crate::host::policy::Rules;
use crate::host::types;
#[cfg(feature = "mcp")]
use crate::session::Journal;
use crate::{Limits, SessionBuilder, Tier};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The time that one call of an extension may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The part of a run's fuel that one hook may use.
const HOOK_SHARE: u64 = 10;

/// The part of a run's fuel with which an extension is loaded, and the least that this is.
const LOAD_SHARE: u64 = 100;
const LEAST_LOAD: u64 = 10_000_000;

/// Returns the fuel with which an extension is loaded. Extensions register when they are
/// loaded, and work when they are called; all of them are loaded before anything is.
pub(crate) fn load_fuel(limits: &Limits) -> u64 {
    limits.fuel.min((limits.fuel / LOAD_SHARE).max(LEAST_LOAD))
}

/// Describes a [`Runtime`].
#[must_use]
pub struct RuntimeBuilder {
    policy: CapabilityPolicy,
    limits: Limits,
    timeout: Option<Duration>,
    natives: BTreeMap<String, Arc<dyn NativeTool>>,
    secrets: Option<Box<Secrets>>,
    environment: Box<Environment>,
    output: Option<Box<Output>>,
    hooks: Vec<CommandHook>,
    gate: Option<Gate>,
    session: SessionBuilder,
    /// What is done last to the description of the session.
    last: Option<Box<Last>>,
}

/// Functions that leave something in the process that they are called in, or give out what no
/// client may keep.
#[cfg(feature = "mcp")]
const LOCAL: [&str; 4] =
    ["imp.secret", "imp.secret_fields", "jido.todo_write", "jido.shell_background"];

type Last = dyn FnOnce(SessionBuilder) -> SessionBuilder;

impl Default for RuntimeBuilder {
    fn default() -> Self {
        RuntimeBuilder {
            policy: CapabilityPolicy::default(),
            limits: Limits::default(),
            timeout: Some(TIMEOUT),
            natives: BTreeMap::new(),
            secrets: None,
            environment: Box::new(|name| std::env::var(name).ok()),
            output: None,
            hooks: Vec::new(),
            gate: None,
            session: SessionBuilder::default(),
            last: None,
        }
    }
}

impl RuntimeBuilder {
    /// Sets what extensions may do.
    pub fn policy(mut self, policy: CapabilityPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the limits of each call. A hook has a tenth of the fuel; an extension is loaded
    /// with a hundredth, but 10,000,000 at least.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the time that each call may take: 30 s, unless this says otherwise.
    pub fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeout = timeout;
        self
    }

    /// Adds a tool of the host's own.
    pub fn native_tool(mut self, name: impl Into<String>, tool: impl NativeTool + 'static) -> Self {
        self.natives.insert(name.into(), Arc::new(tool));
        self
    }

    /// Sets what `imp.secret` asks: the fields of a provider, or why there are none.
    pub fn secrets(
        mut self,
        secrets: impl Fn(&str) -> Result<BTreeMap<String, String>, String> + Send + Sync + 'static,
    ) -> Self {
        self.secrets = Some(Box::new(secrets));
        self
    }

    /// Sets what `imp.env` asks for variables that the policy lists: the environment of the
    /// process, unless this says otherwise.
    pub fn environment(
        mut self,
        environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.environment = Box::new(environment);
        self
    }

    /// Sets what hears what extensions print, when they are loaded and when they are called:
    /// nobody, unless this says otherwise.
    pub fn on_output(mut self, output: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        self.output = Some(Box::new(output));
        self
    }

    /// Adds hooks of a configuration: they come before those of extensions.
    pub fn hooks(mut self, hooks: Vec<CommandHook>) -> Self {
        self.hooks.extend(hooks);
        self
    }

    /// Sets the gate that every call of `imp.*`, and of a tool of an extension, passes. Without
    /// one the [`CapabilityPolicy`] alone decides, and [`Runtime::gate`] has a log of all calls.
    pub fn gate(mut self, gate: Gate) -> Self {
        self.gate = Some(gate);
        self
    }

    /// Sets what else the scripts find: functions and modules of the host's. Limits and the
    /// policy of the session are those of the runtime.
    pub fn session(mut self, session: SessionBuilder) -> Self {
        self.session = session;
        self
    }

    /// Sets what calls of functions pass in the place of the gate, which calls of tools pass.
    #[cfg(feature = "mcp")]
    pub(crate) fn calls_pass(mut self, policy: impl crate::Policy + 'static) -> Self {
        self.last = Some(Box::new(|session| session.policy(policy)));
        self
    }

    /// Has a journal of what calls are answered, so that another process can take one up.
    #[cfg(feature = "mcp")]
    pub(crate) fn journal(mut self, journal: &Journal) -> Self {
        if !self.hooks.is_empty() {
            journal.never("commands of the configuration are hooks");
        }
        self.session = self.session.journal(journal, &LOCAL);
        self
    }

    /// Makes the runtime.
    ///
    /// # Errors
    /// When the library does not fit into the memory limit, or the gate has a rule about
    /// nothing that scripts find.
    pub fn build(mut self) -> Result<Runtime, ImpError> {
        let hook_fuel = self.limits.fuel / HOOK_SHARE;
        let load_fuel = load_fuel(&self.limits);
        let (timeout, hooks) = (self.timeout, std::mem::take(&mut self.hooks));
        let (builder, shared, gate) = self.into_session();
        let session = builder.build().map_err(ImpError::Lua)?;
        let registry = Registry::default();
        Ok(Runtime {
            session: Some(session),
            shared,
            registry,
            hooks,
            hook_fuel,
            load_fuel,
            timeout,
            gate,
        })
    }

    /// Puts `imp.*` behind a gate into the description of a session.
    pub(crate) fn into_session(self) -> (SessionBuilder, Arc<Shared>, Gate) {
        let shared = Arc::new(Shared {
            policy: Mutex::new(self.policy),
            context: Mutex::default(),
            pending: Mutex::default(),
            natives: Mutex::new(self.natives),
            secrets: self.secrets,
            environment: self.environment,
            output: self.output,
            asking: Permits::default(),
            revealed: Mutex::default(),
        });
        let all = || Gate::new(Rules::new(Tier::Privileged), "imp");
        let gate = self.gate.unwrap_or_else(all);
        let builder = functions::register(self.session.limits(self.limits), &shared);
        let builder = types::imp().into_iter().fold(builder, SessionBuilder::declare);
        let builder = builder.redact(outside::hiding(&shared));
        let builder = builder.policy(gate.clone());
        let builder = match self.last {
            Some(last) => last(builder),
            None => builder,
        };
        (builder, shared, gate)
    }
}

impl Runtime {
    /// Describes a runtime.
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder::default()
    }
}

impl fmt::Debug for RuntimeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuntimeBuilder")
            .field("policy", &self.policy)
            .field("limits", &self.limits)
            .field("natives", &self.natives.keys())
            .finish_non_exhaustive()
    }
}
