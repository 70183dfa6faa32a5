//! Programs that a repository's own configuration names.
//!
//! A filter, a merge driver, a trailer's command: git runs them where an attribute of a file or
//! an option says so, and both are the script's. What the user's own configuration names is
//! the user's; what only the repository's names is not run. It is overridden by something that
//! fails, so that git says so, rather than by nothing: a file that was to be encrypted must
//! not be committed as it is.

use std::collections::{BTreeMap, BTreeSet};

/// Asks git for its configuration, with where each part of it is from.
pub(in crate::host) const LIST: [&str; 7] =
    ["--no-pager", "config", "--list", "--includes", "--null", "--show-scope", "--show-origin"];

/// Asks git where the hook of transactions is by its configuration, and where its directory is.
pub(in crate::host) const HOOKS: [&str; 5] =
    ["--no-pager", "rev-parse", "--git-path", "hooks/reference-transaction", "--git-common-dir"];

/// Asks git where a rebase that is under way has the list of what is left to do.
pub(in crate::host) const LEFT: [&str; 4] =
    ["--no-pager", "rev-parse", "--git-path", "rebase-merge"];

/// Subcommands that change files and then start others, which read the configuration anew.
const IN_STEPS: [&str; 8] =
    ["am", "cherry-pick", "merge", "pull", "rebase", "revert", "stash", "submodule"];

/// Tells whether a subcommand reads the configuration again after it has changed files.
pub(in crate::host) fn goes_in_steps(subcommand: &[u8]) -> bool {
    IN_STEPS.iter().any(|name| name.as_bytes() == subcommand)
}

/// Most settings that are overridden. Git looks for each among all.
const MOST: usize = 1_000;

/// Reads what [`LIST`] wrote. Returns the settings that are to stand instead of the
/// repository's own; nothing if that is no list, or too much.
pub(in crate::host) fn overrides(listed: &[u8]) -> Option<Vec<(String, &'static str)>> {
    let mut of_the_user: BTreeMap<&[u8], BTreeSet<&[u8]>> = BTreeMap::new();
    let mut own = Vec::new();
    for Setting { scope, key, value, .. } in settings(listed)? {
        match scope {
            b"system" | b"global" => {
                of_the_user.entry(key).or_default().insert(value);
            }
            // What we say ourselves.
            b"command" => {}
            _ => own.push((key, value)),
        }
    }
    instead(own, &of_the_user)
}

/// A setting, and where it is from.
struct Setting<'a> {
    scope: &'a [u8],
    origin: &'a [u8],
    key: &'a [u8],
    value: &'a [u8],
}

/// Reads what [`LIST`] wrote; nothing, if that is no list.
fn settings(listed: &[u8]) -> Option<Vec<Setting<'_>>> {
    let mut settings = Vec::new();
    let mut parts = listed.split(|&byte| byte == 0);
    while let Some(scope) = parts.next() {
        let Some(origin) = parts.next() else {
            // Behind the last there is nothing.
            return scope.is_empty().then_some(settings);
        };
        let setting = parts.next()?;
        let at = setting.iter().position(|&byte| byte == b'\n').unwrap_or(setting.len());
        let (key, value) = (&setting[..at], setting.get(at + 1..).unwrap_or_default());
        settings.push(Setting { scope, origin, key, value });
    }
    None
}

/// Returns what the repository's own configuration includes: the file that says so, and the
/// path that it says, whatever the condition.
pub(in crate::host) fn included(listed: &[u8]) -> Vec<(&[u8], &[u8])> {
    let own = settings(listed).unwrap_or_default().into_iter();
    let own = own.filter(|setting| !matches!(setting.scope, b"system" | b"global" | b"command"));
    let includes = own.filter(|Setting { key, .. }| {
        *key == b"include.path" || key.starts_with(b"includeif.") && key.ends_with(b".path")
    });
    includes
        .filter_map(|setting| Some((setting.origin.strip_prefix(b"file:")?, setting.value)))
        .collect()
}

fn instead(
    own: Vec<(&[u8], &[u8])>,
    of_the_user: &BTreeMap<&[u8], BTreeSet<&[u8]>>,
) -> Option<Vec<(String, &'static str)>> {
    let mut settings = BTreeMap::new();
    for (key, value) in own {
        let Some((other, is_filter)) = program(key, value) else { continue };
        if of_the_user.get(key).is_some_and(|values| values.contains(value)) {
            continue;
        }
        let key = std::str::from_utf8(key).ok()?;
        if is_filter && let Some((filter, _)) = key.rsplit_once('.') {
            // Else git goes on without it.
            settings.insert(format!("{filter}.required"), "true");
            for way in ["clean", "smudge"] {
                settings.insert(format!("{filter}.{way}"), "false");
            }
        }
        settings.insert(key.to_owned(), other);
    }
    (settings.len() <= MOST).then(|| settings.into_iter().collect())
}

/// Returns what stands instead of a setting that names a program, and whether it is a filter's.
/// (`false` and `cat` are programs.) Sections and the last part of a name are in small letters.
fn program(key: &[u8], value: &[u8]) -> Option<(&'static str, bool)> {
    let first = key.iter().position(|&byte| byte == b'.')?;
    let last = key.iter().rposition(|&byte| byte == b'.')?;
    let (section, name) = (&key[..first], &key[last + 1..]);
    Some(match (section, name, first < last) {
        (b"filter", b"clean" | b"smudge", true) => ("false", true),
        (b"filter", b"process", true) => ("", true),
        (b"merge", b"driver", true) | (b"trailer", b"command" | b"cmd", true) => ("false", false),
        (b"diff", b"command", true) | (b"diff", b"external", false) => ("false", false),
        // They read a file and write how it is to be looked at.
        (b"diff", b"textconv", true) | (b"interactive", b"difffilter", false) => ("cat", false),
        (b"core", b"alternaterefscommand", false) => ("true", false),
        // One for `merge-x` is run by `--strategy=x`. Empty, it is an error.
        (b"alias", ..) => ("", false),
        // It may have the end of a line, behind which `exec` follows in the list of what to do.
        (b"rebase", b"instructionformat", false) => ("%s", false),
        // Hooks that later gits find in the configuration.
        (b"hook", b"command", true) => ("true", false),
        (b"submodule", b"update", true) if value.starts_with(b"!") => ("checkout", false),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
