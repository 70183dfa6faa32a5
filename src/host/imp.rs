//! `imp.*`: extensions that register tools, hooks and commands, under a policy of
//! capabilities.
//!
//! A [`Runtime`] is one session in which extensions live together. What a script registers
//! counts when its run has ended well: an extension that fails halfway has registered
//! nothing, and its functions are undone with everything else it did. [`Extensions`] finds
//! the extensions of a user and a project, and takes up changed ones.
//!
//! Failures of `imp.*` are raised, as in the system these functions come from.

mod arguments;
mod builder;
mod context;
mod discover;
mod error;
mod event;
mod exec;
mod extensions;
mod functions;
mod gated_call;
mod hooks;
mod http;
mod native;
mod outside;
mod policy;
mod registry;
mod runtime;
mod schema;
mod shared;
mod shell_text;
mod toml_hooks;
mod tool;

#[cfg(test)]
mod tests;

#[cfg(feature = "mcp")]
pub(crate) use arguments::kind as json_kind;
pub use builder::RuntimeBuilder;
pub(crate) use builder::load_fuel;
pub use context::CallContext;
pub use discover::{Extension, Origin, discover};
#[cfg(feature = "cli")]
pub(crate) use discover::{discover_in, read};
pub use error::ImpError;
pub use event::HookEvent;
pub(crate) use extensions::unreadable;
pub use extensions::{Extensions, Loaded};
pub use hooks::HookResult;
pub use native::NativeTool;
pub use policy::CapabilityPolicy;
pub use registry::{CommandSummary, Counts, ToolDefinition};
pub use runtime::Runtime;
pub use toml_hooks::CommandHook;
pub use tool::ToolOutput;

pub use crate::host::ui::{Ui, UiAnswer, UiKind, UiOption, UiRequest};
