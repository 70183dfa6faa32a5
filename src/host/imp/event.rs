//! The events that hooks are called at.

use crate::base::nearest::nearest_within;

/// The names of the events that the system fires, as `imp.on` and the configuration know
/// them. Others may be fired by a host of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HookEvent {
    /// A file was written: `{file}`.
    AfterFileWrite,
    /// A tool is about to be called: `{tool_name, args}`. May block it.
    BeforeToolCall,
    /// A tool has answered: `{tool_name, result}`. May change the content.
    AfterToolCall,
    /// The model is about to be asked.
    BeforeLlmCall,
    /// The context is this full: `{ratio}`.
    OnContextThreshold,
    /// A session begins.
    OnSessionStart,
    /// A session ends.
    OnSessionShutdown,
    /// The agent begins: `{prompt}`.
    OnAgentStart,
    /// The agent has ended: `{messages}`.
    OnAgentEnd,
    /// A turn has ended: `{index, message}`.
    OnTurnEnd,
}

impl HookEvent {
    /// All events.
    pub const ALL: [HookEvent; 10] = [
        HookEvent::AfterFileWrite,
        HookEvent::BeforeToolCall,
        HookEvent::AfterToolCall,
        HookEvent::BeforeLlmCall,
        HookEvent::OnContextThreshold,
        HookEvent::OnSessionStart,
        HookEvent::OnSessionShutdown,
        HookEvent::OnAgentStart,
        HookEvent::OnAgentEnd,
        HookEvent::OnTurnEnd,
    ];

    /// Returns the event that is meant by a name that none has, where it is misspelt: a hook
    /// that is never called guards nothing. Any other name may be one of the host's.
    pub(super) fn meant(name: &str) -> Option<&'static str> {
        let known = HookEvent::ALL.map(HookEvent::name);
        if known.contains(&name) {
            return None;
        }
        let letters = |name: &str| name.to_ascii_lowercase().replace(['_', '-', ' ', '.'], "");
        let same = known.into_iter().find(|known| letters(known) == letters(name));
        // Two letters off may be a name of its own: `on_run_end` is no `on_turn_end`.
        same.or_else(|| nearest_within(name, known, 1))
    }

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            HookEvent::AfterFileWrite => "after_file_write",
            HookEvent::BeforeToolCall => "before_tool_call",
            HookEvent::AfterToolCall => "after_tool_call",
            HookEvent::BeforeLlmCall => "before_llm_call",
            HookEvent::OnContextThreshold => "on_context_threshold",
            HookEvent::OnSessionStart => "on_session_start",
            HookEvent::OnSessionShutdown => "on_session_shutdown",
            HookEvent::OnAgentStart => "on_agent_start",
            HookEvent::OnAgentEnd => "on_agent_end",
            HookEvent::OnTurnEnd => "on_turn_end",
        }
    }
}
