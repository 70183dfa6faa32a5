//! What extensions have registered.

use super::policy::CapabilityPolicy;
use crate::{Effect, Function};
use std::collections::BTreeMap;

/// A tool that an extension registered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ToolDefinition {
    /// Its name, by which it is called.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// What it does.
    pub description: String,
    /// It changes nothing.
    pub readonly: bool,
    /// The JSON Schema of its parameters.
    pub schema: serde_json::Value,
    pub(super) execute: Function,
}

impl ToolDefinition {
    /// Returns what the tool may do beyond computing, under a policy: nothing but reading, if
    /// it says that it changes nothing; otherwise whatever the policy leaves to extensions.
    pub fn effects(&self, policy: &CapabilityPolicy) -> Vec<Effect> {
        let reaches_out = policy.allow_shell_exec || policy.allow_native_tool_calls;
        let effects = [
            (Effect::Read, reaches_out),
            (Effect::Write, reaches_out && !self.readonly),
            (Effect::Exec, policy.allow_shell_exec && !self.readonly),
            (Effect::Net, policy.allow_http),
            (Effect::Secret, policy.allow_secrets),
        ];
        effects.iter().filter(|(_, may)| *may).map(|(effect, _)| *effect).collect()
    }
}

/// A command that an extension registered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandSummary {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
}

/// How much is registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Tools.
    pub tools: usize,
    /// Handlers of events.
    pub hooks: usize,
    /// Commands.
    pub commands: usize,
}

/// One thing that a script registers.
#[derive(Clone, Debug)]
pub(super) enum Registration {
    Tool(ToolDefinition),
    Command { name: String, description: String, handler: Function },
    Hook { event: String, handler: Function },
}

/// The most bytes of what extensions have registered: the host keeps it, beside what their
/// session may take.
pub(super) const MOST_BYTES: usize = 8 << 20;
/// What each thing takes beside its texts.
const ENTRY: usize = 256;

impl ToolDefinition {
    fn bytes(&self) -> usize {
        let texts = [&self.name, &self.label, &self.description];
        let schema = self.schema.to_string().len();
        ENTRY + schema + texts.iter().map(|text| text.len()).sum::<usize>()
    }
}

/// What the run at work has registered.
#[derive(Debug, Default)]
pub(super) struct Pending {
    list: Vec<Registration>,
    bytes: usize,
    /// What runs before it have.
    registered: usize,
}

impl Pending {
    /// Notes one thing more, if there is room for it.
    pub(super) fn add(&mut self, registration: Registration) -> bool {
        let bytes = match &registration {
            Registration::Tool(tool) => tool.bytes(),
            Registration::Command { name, description, .. } => {
                ENTRY + name.len() + description.len()
            }
            Registration::Hook { event, .. } => ENTRY + event.len(),
        };
        let all = self.registered.saturating_add(self.bytes).saturating_add(bytes);
        if all > MOST_BYTES {
            return false;
        }
        self.bytes += bytes;
        self.list.push(registration);
        true
    }

    /// Takes all of it away.
    pub(super) fn take(&mut self) -> Vec<Registration> {
        self.bytes = 0;
        std::mem::take(&mut self.list)
    }

    /// Says what is registered by now.
    pub(super) fn registered(&mut self, registry: &Registry) {
        self.registered = registry.bytes();
    }
}

/// All that is registered.
#[derive(Clone, Debug, Default)]
pub(super) struct Registry {
    pub(super) tools: Vec<ToolDefinition>,
    pub(super) commands: BTreeMap<String, (String, Function)>,
    pub(super) hooks: Vec<(String, Function)>,
    /// The tools and commands that the last run has registered, whatever came of it.
    pub(super) last: Vec<(Kind, String)>,
}

/// What has a name that it alone can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Of two tools of a name the last one stays.
    Tool,
    /// Of two commands the first one.
    Command,
}

impl Registry {
    /// Adds what a run has registered. A tool replaces the one of its name, in its place; of
    /// two commands of a name the first one stays.
    pub(super) fn add(&mut self, registrations: Vec<Registration>) {
        let named = |registration: &Registration| match registration {
            Registration::Tool(tool) => Some((Kind::Tool, tool.name.clone())),
            Registration::Command { name, .. } => Some((Kind::Command, name.clone())),
            Registration::Hook { .. } => None,
        };
        self.last = registrations.iter().filter_map(named).collect();
        for registration in registrations {
            match registration {
                Registration::Tool(tool) => {
                    match self.tools.iter_mut().find(|there| there.name == tool.name) {
                        Some(there) => *there = tool,
                        None => self.tools.push(tool),
                    }
                }
                Registration::Command { name, description, handler } => {
                    self.commands.entry(name).or_insert((description, handler));
                }
                Registration::Hook { event, handler } => self.hooks.push((event, handler)),
            }
        }
    }

    fn bytes(&self) -> usize {
        let tools = self.tools.iter().map(ToolDefinition::bytes);
        let command =
            |(name, (text, _)): (&String, &(String, Function))| ENTRY + name.len() + text.len();
        let hooks = self.hooks.iter().map(|(event, _)| ENTRY + event.len());
        tools.chain(self.commands.iter().map(command)).chain(hooks).sum()
    }

    pub(super) fn tool(&self, name: &str) -> Option<&ToolDefinition> {
        self.tools.iter().find(|tool| tool.name == name)
    }

    /// Returns the handlers of an event, in the order in which they came.
    pub(super) fn handlers(&self, event: &str) -> Vec<Function> {
        self.hooks
            .iter()
            .filter(|(of, _)| of == event)
            .map(|(_, handler)| handler.clone())
            .collect()
    }

    pub(super) fn counts(&self) -> Counts {
        Counts { tools: self.tools.len(), hooks: self.hooks.len(), commands: self.commands.len() }
    }
}
