//! The events that hooks are called at.

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
    /// All of them.
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
