//! What a call would be used on, against what is granted: paths, programs, hosts, variables.
//!
//! The parameters say by their names what they are: `path`, `command`, `subcommand`, `url`,
//! `variable`. Arguments that are no text are left to the function, which has its own words
//! for them. Paths are looked at as they are written; where links lead is a matter of who
//! opens them, below the root in any case.

use crate::host::lexical::{Components, Root, expand};
use crate::host::net::{authority_end, is_within};
use crate::host::policy::Grants;
use crate::host::redact::redact_text;
use crate::{Declaration, Denied, Effect, HostValue, PolicyCall};

/// Parameters that say what a call would be used on.
const ABOUT: [&str; 5] = ["path", "command", "subcommand", "url", "variable"];

/// The most bytes of it that are told.
const LONGEST_ABOUT: usize = 4096;

/// Looks at the arguments of a call.
///
/// # Errors
/// What is not granted, and how it would be.
pub(super) fn check(
    grants: &Grants,
    root: Option<&Root>,
    call: &PolicyCall<'_>,
) -> Result<(), Denied> {
    let Some(declared) = call.declaration else { return Ok(()) };
    for (at, parameter) in declared.parameters.iter().enumerate() {
        let given = call.args.get(at);
        let text = match given {
            Some(HostValue::String(text)) => text.as_slice(),
            // What is left out is the root itself.
            None | Some(HostValue::Nil) if parameter.optional && parameter.name == "path" => b".",
            _ => continue,
        };
        match parameter.name.as_str() {
            "path" => check_path(grants, root, call, declared, text)?,
            "command" => check_name(call, "commands", &grants.commands, text)?,
            "subcommand" => check_name(call, "git", &grants.git, text)?,
            "variable" => check_name(call, "env", &grants.env, text)?,
            "url" => check_host(grants, call, text)?,
            _ => {}
        }
    }
    Ok(())
}

/// Returns what a call would be used on: the first of its arguments that says so.
pub(super) fn about(call: &PolicyCall<'_>) -> Option<String> {
    let is_meant = |name: &str| ABOUT.contains(&name);
    let parameters = call.declaration?.parameters.iter();
    let at = parameters.take(call.args.len()).position(|one| is_meant(&one.name))?;
    let text = call.args[at].as_bytes()?;
    // What is longer is no path, and is not looked through.
    let text = &text[..text.len().min(LONGEST_ABOUT)];
    Some(without_secrets(text))
}

/// Returns what a call was about as the log may have it: without secrets, and without who asks and
/// by which word in an address.
pub(super) fn without_secrets(about: &[u8]) -> String {
    let text = String::from_utf8_lossy(&redact_text(about)).into_owned();
    let Some((scheme, rest)) = text.split_once("://") else { return text };
    let (authority, after) = rest.split_at(authority_end(rest));
    match authority.rsplit_once('@') {
        Some((user, host)) if !user.is_empty() => format!("{scheme}://[REDACTED]@{host}{after}"),
        _ => text,
    }
}

fn check_path(
    grants: &Grants,
    root: Option<&Root>,
    call: &PolicyCall<'_>,
    declared: &Declaration,
    path: &[u8],
) -> Result<(), Denied> {
    for (effect, rule, list) in
        [(Effect::Read, "read", &grants.read), (Effect::Write, "write", &grants.write)]
    {
        let Some(list) = list.as_ref().filter(|_| declared.effects.contains(&effect)) else {
            continue;
        };
        let parts = match (below(root, path), root) {
            (Some(parts), _) => parts,
            // What leads out of the root is refused by whoever opens it, in its own words.
            (None, Some(_)) => continue,
            (None, None) => return Err(not_granted(call, rule, path)),
        };
        let is_granted = |granted: &String| {
            below(root, granted.as_bytes()).is_some_and(|granted| parts.starts_with(&granted))
        };
        if !list.iter().any(is_granted) {
            return Err(not_granted(call, rule, path));
        }
    }
    Ok(())
}

/// Returns the components of a path from the root on, if that is where it leads as it is
/// written. Of a root without a name, paths that go above it or are absolute are not known to
/// lead there.
pub(super) fn below(root: Option<&Root>, path: &[u8]) -> Option<Components> {
    if let Some(root) = root {
        return root.way(path);
    }
    // With something above it, whatever goes up beyond the root comes out elsewhere.
    let above = [b"/".to_vec()];
    let parts = expand(&above, path);
    let is_relative = path.first() != Some(&b'/');
    parts.strip_prefix(&above[..]).filter(|_| is_relative).map(<[_]>::to_vec)
}

fn check_name(
    call: &PolicyCall<'_>,
    rule: &str,
    list: &Option<Vec<String>>,
    name: &[u8],
) -> Result<(), Denied> {
    let Some(list) = list else { return Ok(()) };
    if list.iter().any(|granted| granted.as_bytes() == name) {
        return Ok(());
    }
    Err(not_granted(call, rule, name))
}

fn check_host(grants: &Grants, call: &PolicyCall<'_>, url: &[u8]) -> Result<(), Denied> {
    let Some(list) = &grants.hosts else { return Ok(()) };
    let host = host_of(url).unwrap_or_default();
    if list.iter().any(|granted| is_within(&host, granted)) {
        Ok(())
    } else {
        Err(not_granted(call, "hosts", host.as_bytes()))
    }
}

/// Returns the host of an address, in small letters.
fn host_of(url: &[u8]) -> Option<String> {
    let url = std::str::from_utf8(url).ok()?;
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = if host.starts_with('[') {
        host.split_inclusive(']').next()?
    } else {
        host.split(':').next()?
    };
    Some(host.trim_end_matches('.').to_ascii_lowercase())
}

fn not_granted(call: &PolicyCall<'_>, rule: &str, about: &[u8]) -> Denied {
    let about = String::from_utf8_lossy(about);
    let what = format!("{} on '{about}' is not granted", call.path);
    Denied::new(format!("grants.{rule}"), what, format!("grants.{rule} in the policy"))
        .detail("tool", call.path)
        .detail("about", about)
}

#[cfg(test)]
mod tests;
