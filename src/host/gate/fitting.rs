//! Whether each rule of a policy has something to be about: one that has none was written by
//! mistake.

use super::grants::below;
use crate::base::nearest::{meant, nearest};
use crate::host::lexical::Root;
use crate::host::net::look_at_hosts;
use crate::host::policy::Rules;
use crate::{Declaration, Effect};

/// Looks for a rule that is about nothing in a session with these functions, on files below
/// this root.
///
/// # Errors
/// Which it is.
pub(super) fn check(
    rules: &Rules,
    root: Option<&Root>,
    declared: &[&Declaration],
) -> Result<(), String> {
    let lists = [
        ("consent", rules.consent.iter().collect::<Vec<_>>()),
        ("requires_consent", rules.requires_consent.iter().collect()),
        ("tiers", rules.tiers.keys().collect()),
        ("rate_of", rules.rate_of.keys().collect()),
    ];
    for (rule, names) in lists {
        for name in names {
            is_there(rule, name, declared)?;
        }
    }
    let grants = &rules.grants;
    for (rule, list) in [("grants.read", &grants.read), ("grants.write", &grants.write)] {
        if let Some(path) = list.iter().flatten().find(|path| path.contains(['*', '?'])) {
            return Err(format!(
                "policy: '{rule}' names '{path}', which would be no file's name: folders and \
                 files are granted by their names, with all that is below them"
            ));
        }
        if let Some(path) =
            list.iter().flatten().find(|path| below(root, path.as_bytes()).is_none())
        {
            return Err(format!(
                "policy: '{rule}' names '{path}', which is not below the root: nothing there is \
                 reached, whatever is granted"
            ));
        }
    }
    let hosts = grants.hosts.as_deref().unwrap_or_default();
    look_at_hosts("policy: 'grants.hosts'", hosts)?;
    let has = |effect: Effect| declared.iter().any(|one| one.effects.contains(&effect));
    let runs =
        |name: &str| declared.iter().any(|one| one.parameters.iter().any(|p| p.name == name));
    for (rule, is_given, has_effect) in [
        ("grants.read", grants.read.is_some(), has(Effect::Read)),
        ("grants.write", grants.write.is_some(), has(Effect::Write)),
        ("grants.commands", grants.commands.is_some(), runs("command")),
        ("grants.git", grants.git.is_some(), runs("subcommand")),
        ("grants.hosts", grants.hosts.is_some(), has(Effect::Net)),
        ("grants.env", grants.env.is_some(), runs("variable")),
    ] {
        if is_given && !has_effect {
            return Err(format!(
                "policy: '{rule}' has no effect: no function of the session does that"
            ));
        }
    }
    Ok(())
}

fn is_there(rule: &str, name: &str, declared: &[&Declaration]) -> Result<(), String> {
    if declared.iter().any(|one| one.path() == name || one.name() == name) {
        return Ok(());
    }
    // The tools that extensions have are known when those have been loaded.
    let registers = declared.iter().any(|one| one.path() == "imp.register_tool");
    if registers && name.strip_prefix("tools.").is_some_and(|tool| !tool.is_empty()) {
        return Ok(());
    }
    let names = declared.iter().flat_map(|one| [one.path(), one.name()]);
    let hint = meant(nearest(name, names));
    Err(format!("policy: '{rule}' names '{name}', which is no function of the session{hint}"))
}
