//! Why a function refused by itself: read from what it answers, or raises.

use super::grants::without_secrets;
use crate::{HostError, HostValue};

/// Makes the answer of a function that refuses without a text: a script gets nil, the gate the
/// rule.
pub(crate) fn refused(rule: &'static str) -> HostValue {
    HostValue::Opaque(rule)
}

/// A refusal: its rule, and what it is about if the answer says that.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) rule: String,
    pub(super) about: Option<String>,
}

/// Reads the refusal in an answer, if it is one, and leaves of it what a script may have. What a
/// refusal is about came from the script, whatever the rules say of results: the log has no
/// secrets.
pub(super) fn take(answer: &mut Result<Vec<HostValue>, HostError>) -> Option<Reason> {
    let (rule, about) = match answer {
        Err(error) => raised(&error.to_string())?,
        Ok(values) => match values.as_mut_slice() {
            // Values of a script's that cannot cross look alike, but have names of types.
            [HostValue::Opaque(rule)] if rule.starts_with("grants.") => {
                let rule = (*rule).to_owned();
                values[0] = HostValue::Nil;
                (rule, None)
            }
            [HostValue::Nil, HostValue::String(text), ..] => told(text)?,
            _ => return None,
        },
    };
    Some(Reason { rule, about: about.map(|about| without_secrets(about.as_bytes())) })
}

/// Texts and their reasons: what comes behind a text is what it is about.
const TEXTS: [(&str, &str); 12] = [
    ("Security error: path escapes project boundary: ", "path_escapes_boundary"),
    ("Security error: path is outside project: ", "path_outside_boundary"),
    ("Security error: symlink points outside project: ", "symlink_escapes_boundary"),
    ("Security error: shell interpreters are blocked ", "shell_interpreter"),
    ("Security error: command not in allowlist ", "command_not_allowed"),
    ("Security error: path traversal not allowed in argument: ", "path_traversal"),
    ("Security error: path traversal not allowed: ", "path_traversal"),
    ("Security error: absolute paths outside project not allowed: ", "absolute_path"),
    ("Security error: absolute path outside project: ", "absolute_path"),
    ("destructive operation blocked: ", "destructive_operation"),
    ("Domain not in allowlist: ", "domain_not_allowed"),
    ("URL scheme not allowed: ", "scheme_not_allowed"),
];

/// Reads what functions tell as nil and a text.
fn told(text: &[u8]) -> Option<(String, Option<String>)> {
    let text = String::from_utf8_lossy(text);
    for (begins, reason) in TEXTS {
        if let Some(about) = text.strip_prefix(begins) {
            // What follows a program's name is what would allow it.
            let about = match about.split_once("): ") {
                Some((command, _)) if reason == "command_not_allowed" => format!("{command})"),
                _ => about.to_owned(),
            };
            return Some((reason.to_owned(), Some(about)));
        }
    }
    if let Some((reason, about)) =
        text.strip_prefix("Security error (").and_then(|rest| rest.split_once("): "))
    {
        return Some((reason.to_owned(), Some(about.to_owned())));
    }
    if let Some(what) = text.strip_prefix("Security error") {
        let about = what.strip_prefix(": ").and_then(|what| what.split_once(": "));
        return Some(("security".to_owned(), about.map(|(_, about)| about.to_owned())));
    }
    let subcommand = text.strip_prefix("git subcommand '")?.strip_suffix("' is not allowed")?;
    Some(("git_subcommand".to_owned(), Some(subcommand.to_owned())))
}

/// Reads what functions of `imp` raise.
fn raised(text: &str) -> Option<(String, Option<String>)> {
    if let Some(function) = text.strip_suffix("() is disabled for this runtime") {
        return Some(("capability".to_owned(), Some(function.to_owned())));
    }
    let (function, why) = text.split_once(": ")?;
    if !function.starts_with("imp.http.") && !function.starts_with("http.") {
        return None;
    }
    let (rule, about) = [
        ("domain_not_allowed: ", "domain_not_allowed"),
        ("blocked_scheme: ", "scheme_not_allowed"),
        ("invalid_scheme: ", "scheme_not_allowed"),
        ("private address refused: ", "private_address"),
    ]
    .iter()
    .find_map(|(begins, rule)| Some((*rule, why.strip_prefix(begins)?)))?;
    Some((rule.to_owned(), Some(about.to_owned())))
}
