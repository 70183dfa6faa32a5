//! `jido.shell('git', …)` does the work of `jido.git`, so what the rules say about that
//! function holds for it too.

use crate::host::declare;
use crate::{Declaration, HostValue, PolicyCall};

/// Functions that run the program they are told.
const SHELLS: [&str; 2] = ["jido.shell", "jido.shell_background"];

/// What a call of a shell asks git for.
pub(super) struct Git {
    declared: Option<Declaration>,
    args: Vec<HostValue>,
}

impl Git {
    /// Looks whether a call is one of a shell that is to run git.
    pub(super) fn of(call: &PolicyCall<'_>) -> Option<Git> {
        let [HostValue::String(command), rest @ ..] = call.args else { return None };
        if command != b"git" || !SHELLS.contains(&call.path) {
            return None;
        }
        let declared = declare::jido().into_iter().find(|declared| declared.path() == "jido.git");
        let words = rest.first().and_then(HostValue::items).unwrap_or_default();
        let subcommand = words.into_iter().find(|word| !word.is_nil());
        Some(Git { declared, args: subcommand.cloned().into_iter().collect() })
    }

    /// Returns the call of `jido.git` that it is.
    pub(super) fn call(&self, number: u64) -> PolicyCall<'_> {
        let declaration = self.declared.as_ref();
        PolicyCall { path: "jido.git", declaration, args: &self.args, number }
    }
}
