//! `jido.shell('git', …)` does the work of `jido.git`, so what the rules say about that
//! function holds for it too.

use crate::host::declare;
use crate::{Declaration, HostKey, HostValue, PolicyCall};

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
        Some(Git { declared, args: rest.first().and_then(first).cloned().into_iter().collect() })
    }

    /// Returns the call of `jido.git` that it is.
    pub(super) fn call(&self, number: u64) -> PolicyCall<'_> {
        let declaration = self.declared.as_ref();
        PolicyCall { path: "jido.git", declaration, args: &self.args, number }
    }
}

/// Returns the first of a list of arguments, holes passed over.
fn first(list: &HostValue) -> Option<&HostValue> {
    match list {
        HostValue::Array(items) => items.iter().find(|item| !item.is_nil()),
        HostValue::Object(fields) => {
            let at = |key: &HostKey| match key {
                HostKey::Integer(at) => Some(*at),
                _ => None,
            };
            let fields = fields.iter().filter(|(_, value)| !value.is_nil());
            let numbered = fields.filter_map(|(key, value)| Some((at(key)?, value)));
            numbered.min_by_key(|(at, _)| *at).map(|(_, value)| value)
        }
        _ => None,
    }
}
