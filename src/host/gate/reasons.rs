//! Why a function refused by itself, read from the texts that jido's have.

/// What a function answers, instead of nil, where a variable of the environment is not listed: a
/// script gets nil for it, as it does for any value that cannot cross.
pub(crate) const HIDDEN_VARIABLE: &str = "variable that is not listed";

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

/// Returns the reason and what it is about, if a text is a refusal.
pub(super) fn reason(text: &[u8]) -> Option<(String, Option<String>)> {
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

/// The same for what functions of `imp` raise.
pub(super) fn raised(text: &str) -> Option<(String, String)> {
    if let Some(function) = text.strip_suffix("() is disabled for this runtime") {
        return Some(("capability".to_owned(), function.to_owned()));
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
    Some((rule.to_owned(), about.to_owned()))
}
